"""A network from which Systems Manager can be reached, instances in it, and the lines that open a session."""

from dataclasses import replace
from functools import partial

import pulumi

from components import (
    DEFAULT_DOCUMENT,
    NO_NEEDS,
    DefaultHostManagement,
    DefaultHostManagementArgs,
    LastRuns,
    OperatorAccess,
    OperatorAccessArgs,
    Region,
    SessionPreferences,
    SessionPreferencesArgs,
    one_message,
)
from components.checks import find_volume_keys, require_deployable
from components.fleets import make_fleets
from components.instance.fleet_images import find_fleet_images
from components.instance.images import find_images
from components.instances import Surroundings, make_instances, operators_tunnel, ways_to
from components.networks import make_network, new_endpoints, plan_network, vpc_of
from components.operators import console, fleet_console
from components.prices import estimate, plan_stack
from components.replacements import Plans, tell_replacements
from components.scripts import make_commands
from components.settings import DefaultHost, Settings
from components.updates import missing_updates

with one_message():
    settings = Settings.load(pulumi.Config())
    region = Region.ask()
    images = {**find_images(settings.instances), **find_fleet_images(settings.fleets)}
    planned = plan_network(settings, region)
    volume_keys = find_volume_keys(settings, region)
    last_runs = LastRuns.ask()
    user_data = require_deployable(
        settings, region, images, planned.zones, new_endpoints=new_endpoints(planned), vpc_id=vpc_of(planned)
    )
    plans = Plans(network=planned, images=images, user_data=user_data, volume_keys=volume_keys)
    tell_replacements(settings, plans)
    for warning in missing_updates(settings):
        pulumi.log.warn(warning)

    document, needs, session_key_arn = DEFAULT_DOCUMENT, NO_NEEDS, None
    if settings.preferences is not None:
        # The first of all resources: it asks the account whether it may be made at all.
        preferences = SessionPreferences(
            "main",
            SessionPreferencesArgs(
                region=region,
                sessions=settings.preferences,
                tags=settings.all_tags,
                secret="sessions" in settings.secrets,
            ),
        )
        document, needs = preferences.document_name, preferences.needs
        session_key_arn = preferences.session_key_arn
        pulumi.export("sessions", preferences.outputs)
        if preferences.restore_command is not None:
            pulumi.export("previous", preferences.previous)
            pulumi.export("restore", preferences.restore_command)

    network = make_network(planned, needs)
    path = network.path
    if settings.default_host_management is DefaultHost.CREATE:
        host_args = DefaultHostManagementArgs(
            region=region, needs=needs, permissions_boundary=settings.permissions_boundary, tags=settings.all_tags
        )
        path = replace(path, ready=[*path.ready, DefaultHostManagement("default-host", host_args)])
    around = Surroundings(region=region, images=images, path=path, needs=needs, volume_keys=volume_keys)
    instances, fleets = make_instances(settings, around), make_fleets(settings, around)

    commands = make_commands(settings, instances, fleets, region=region, last_runs=last_runs, needs=needs)

    ways = console.Ways(document=document, instance_connect=settings.instance_connect)
    if settings.operators is not None:
        operators = OperatorAccess(
            "operators",
            OperatorAccessArgs(
                region=region,
                settings=settings.operators,
                document=document,
                session_key_arn=session_key_arn,
                tunnel=operators_tunnel(settings, network.instance_connect),
                tags=settings.all_tags,
                secret="operators" in settings.secrets,
            ),
        )
        ways = operators.ways
        pulumi.export("operators", operators.outputs)

    pulumi.export("region", region.name)
    pulumi.export("variant", settings.variant.value)
    pulumi.export("network", network.outputs)
    pulumi.export("monthly_cost", estimate(plan_stack(settings, new_endpoints=new_endpoints(planned)), region.name))
    pulumi.export(
        "instances",
        {
            one.name: pulumi.Output.all(**instances[one.name].outputs).apply(
                partial(console.instance_outputs, region, one.name, ways_to(settings, one, ways))
            )
            for one in settings.instances
        },
    )
    if settings.fleets:
        pulumi.export(
            "fleets",
            {
                one.name: pulumi.Output.all(**fleets[one.name].outputs).apply(
                    partial(fleet_console.fleet_outputs, region, ways_to(settings, one.instance, ways))
                )
                for one in settings.fleets
            },
        )
    pulumi.export("needs", console.needs(ways))
    if commands:
        pulumi.export("commands", {name: command.done for name, command in commands.items()})
