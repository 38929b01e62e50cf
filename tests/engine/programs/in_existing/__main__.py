"""An instance in each of five VPCs that another program made."""

import sys
from ipaddress import IPv4Network
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from components import (
    EndpointSource,
    ExistingNetwork,
    ExistingNetworkArgs,
    ExistingVpc,
    Platform,
    Region,
    SsmInstance,
    SsmInstanceArgs,
    Variant,
    find_existing,
    find_image,
    one_message,
)

PRIVATE = {"tier": "private"}
SUBNETS_OF_ALL = pulumi.Config().require_object("allSubnets")
NETWORKS = {
    "half": (Variant.PRIVATELINK, ExistingVpc(tags={"team": "half"}, subnet_tags=PRIVATE, endpoint_rules=True)),
    "all": (Variant.PRIVATELINK, ExistingVpc(tags={"team": "all"}, subnets=SUBNETS_OF_ALL[:1])),
    "spoke": (
        Variant.PRIVATELINK,
        ExistingVpc(
            tags={"team": "spoke"},
            subnet_tags=PRIVATE,
            endpoints=EndpointSource.SHARED,
            endpoint_cidrs=[IPv4Network("10.14.0.0/16")],
        ),
    ),
    "public": (Variant.IGW, ExistingVpc(tags={"team": "public"}, subnet_tags={"tier": "public"})),
    "natted": (Variant.NAT, ExistingVpc(tags={"team": "public"}, subnet_tags=PRIVATE)),
}

with one_message():
    region = Region.ask()
    image = find_image("t4g.micro", Platform.AMAZON_LINUX_2023, key="web")
    types = {1: ["t4g.micro"]}
    plans = {
        name: find_existing(name, vpc, region=region, variant=variant, instance_types=types)
        for name, (variant, vpc) in NETWORKS.items()
    }
    for name, plan in plans.items():
        network = ExistingNetwork(name, ExistingNetworkArgs(plan=plan, region=region))
        # In the last of its zones.
        args = SsmInstanceArgs(
            region=region, path=network.path, zone=len(plan.zones), image=image, instance_type="t4g.micro"
        )
        pulumi.export(name, SsmInstance(f"{name}-web", args).instance_id)
