"""A network from which Systems Manager can be reached, instances in it, and the lines that open a session."""

import pulumi

from components.errors import one_message
from components.instance import SsmInstance, SsmInstanceArgs
from components.network import SsmNetwork, SsmNetworkArgs
from components.prices import estimate
from components.region import Region, require_architecture
from components.settings import Settings

with one_message():
    settings = Settings.load(pulumi.Config())
    region = Region.ask()
    require_architecture(settings.instance_type, settings.architecture)

    network = SsmNetwork(
        "main",
        SsmNetworkArgs(
            variant=settings.variant,
            region=region,
            zones=region.first_zones(settings.zones),
            cidr=settings.cidr,
            nat_per_zone=settings.nat_per_zone,
            ec2messages=settings.ec2messages,
            tags=settings.tags,
        ),
    )
    instances = {
        wanted.name: SsmInstance(
            wanted.name,
            SsmInstanceArgs(
                region=region,
                path=network.path,
                zone=wanted.zone,
                architecture=settings.architecture,
                instance_type=settings.instance_type,
                volume_size=settings.volume_size,
                managed_instance_core=settings.managed_instance_core,
                tags=settings.tags,
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
