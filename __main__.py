"""A network from which Systems Manager can be reached, instances in it, and the lines that open a session."""

from dataclasses import replace

import pulumi

from components.default_host_management import DefaultHostManagement, DefaultHostManagementArgs
from components.errors import one_message
from components.images import find_images
from components.instances import Surroundings, make_instances, planned_path, require_user_data
from components.needs import SessionNeeds
from components.network import SsmNetwork, SsmNetworkArgs
from components.prices import estimate
from components.region import Region
from components.settings import DefaultHost, Settings

with one_message():
    settings = Settings.load(pulumi.Config())
    region = Region.ask()
    images = find_images(settings.instances)
    needs = SessionNeeds()
    around = Surroundings(
        stack=f"{pulumi.get_project()}/{pulumi.get_stack()}",
        region=region,
        images=images,
        path=planned_path(settings, needs),
        needs=needs,
    )
    require_user_data(settings, around)

    network = SsmNetwork(
        "main",
        SsmNetworkArgs(
            variant=settings.variant,
            region=region,
            zones=region.first_zones(settings.zones),
            cidr=settings.cidr,
            nat_per_zone=settings.nat_per_zone,
            ec2messages=settings.ec2messages,
            needs=needs,
            buckets=settings.buckets,
            tags=settings.tags,
        ),
    )
    path = network.path
    if settings.default_host_management is DefaultHost.CREATE:
        args = DefaultHostManagementArgs(
            region=region, needs=needs, permissions_boundary=settings.permissions_boundary, tags=settings.tags
        )
        path = replace(path, ready=[*path.ready, DefaultHostManagement("default-host", args)])
    instances = make_instances(settings, replace(around, path=path))

    pulumi.export("variant", settings.variant.value)
    pulumi.export("monthly_cost", estimate(settings, needs))
    pulumi.export(
        "instances",
        {
            name: {"id": made.instance_id, "session": made.session_command, "console": made.console_link}
            for name, made in instances.items()
        },
    )
