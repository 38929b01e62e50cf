"""A network from which Systems Manager can be reached, instances in it, and the lines that open a session."""

import pulumi

from components.arguments import instance_args, network_args
from components.default_host_management import DefaultHostManagement, DefaultHostManagementArgs
from components.errors import one_message
from components.images import find_images
from components.instance import SsmInstance
from components.needs import SessionNeeds
from components.network import SsmNetwork
from components.prices import estimate
from components.region import Region
from components.settings import DefaultHost, Settings

with one_message():
    settings = Settings.load(pulumi.Config())
    region = Region.ask()
    images = find_images(settings.instances)
    needs = SessionNeeds()

    if settings.default_host_management is DefaultHost.CREATE:
        DefaultHostManagement("default-host", DefaultHostManagementArgs(region=region, tags=settings.tags))
    network = SsmNetwork("main", network_args(settings, region, needs))
    instances = {
        wanted.name: SsmInstance(
            wanted.name,
            instance_args(
                settings,
                wanted,
                stack=f"{pulumi.get_project()}/{pulumi.get_stack()}",
                region=region,
                path=network.path,
                needs=needs,
                image=images[wanted.name],
            ),
        )
        for wanted in settings.instances
    }

    pulumi.export("variant", settings.variant.value)
    pulumi.export("monthly_cost", estimate(settings))
    pulumi.export(
        "instances",
        {
            name: {"id": made.instance_id, "session": made.session_command, "console": made.console_link}
            for name, made in instances.items()
        },
    )
