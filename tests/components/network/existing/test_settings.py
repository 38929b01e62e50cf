"""The key `network`, as a person writes it."""

import json
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.network.existing.settings import EndpointSource, ExistingVpc, read_network
from components.settings import Settings

VPC, SUBNET = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0"
LEAST: Mapping[str, Any] = {"vpc": VPC, "subnets": [SUBNET]}


def test_all_of_it() -> None:
    raw = {
        "tags": {"team": "web"},
        "subnetTags": {"tier": "private"},
        "endpoints": "shared",
        "endpointCidrs": ["10.1.0.0/24"],
        "endpointRules": True,
    }

    assert read_network("network", json.dumps(raw)) == ExistingVpc(
        tags={"team": "web"},
        subnet_tags={"tier": "private"},
        endpoints=EndpointSource.SHARED,
        endpoint_cidrs=(IPv4Network("10.1.0.0/24"),),
        endpoint_rules=True,
    )
    assert read_network("network", LEAST) == ExistingVpc(vpc=VPC, subnets=(SUBNET,))


@pytest.mark.parametrize(
    ("raw", "key", "said"),
    [
        pytest.param([], "network", "a map", id="a list"),
        pytest.param({**LEAST, "vpc": "vpc-1"}, "network.vpc", "this is no id", id="no id of a VPC"),
        pytest.param({**LEAST, "subnets": ["sub"]}, "network.subnets[0]", "this is no id", id="no id of a subnet"),
        pytest.param({"subnets": [SUBNET]}, "network", "name the VPC by vpc or by tags", id="no VPC"),
        pytest.param({**LEAST, "tags": {"a": "b"}}, "network", "name the VPC by vpc or by tags", id="a VPC twice"),
        pytest.param({"vpc": VPC}, "network", "name the subnets", id="no subnets"),
        pytest.param({**LEAST, "subnetTags": {"a": "b"}}, "network", "name the subnets", id="subnets twice"),
        pytest.param({"tags": {}, "subnets": [SUBNET]}, "network.tags", "at least one", id="no tags"),
        pytest.param({"tags": {"a": 1}, "subnets": [SUBNET]}, "network.tags.a", 'quotes: "1"', id="a number as a tag"),
        pytest.param({**LEAST, "endpoints": "hub"}, "network.endpoints", "use one of own, shared", id="another source"),
        pytest.param(
            {**LEAST, "endpoints": "shared"}, "network.endpoints", "endpointCidrs:", id="a hub that is nowhere"
        ),
        pytest.param({**LEAST, "endpointCidrs": ["10.0.0.0/8"]}, "network.endpointCidrs", "shared", id="no hub"),
        pytest.param(
            {**LEAST, "endpoints": "shared", "endpointCidrs": ["10.0.0.1/8"]},
            "network.endpointCidrs[0]",
            "by its first",
            id="not the first address",
        ),
        pytest.param({**LEAST, "endpointCidrs": [10]}, "network.endpointCidrs[0]", "a block", id="a number as a block"),
        pytest.param({**LEAST, "subnet": []}, "network.subnet", "Did you mean subnets?", id="a misspelt key"),
    ],
)
def test_what_is_refused(raw: Any, key: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_network("network", raw)

    assert caught.value.key == key
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("beside", "refused"),
    [
        pytest.param({}, None, id="alone"),
        pytest.param(
            {"zones": "2", "cidr": "10.0.0.0/16", "natPerZone": "false"}, None, id="the defaults, written out"
        ),
        pytest.param({"zones": "1"}, "zones", id="a number of zones"),
        pytest.param({"zones": '["us-east-1a"]'}, "zones", id="names of zones"),
        pytest.param({"cidr": "10.1.0.0/16"}, "cidr", id="addresses"),
        pytest.param({"variant": "nat", "natPerZone": "true"}, "natPerZone", id="NAT gateways"),
        pytest.param({"dualStack": "true"}, "dualStack", id="IPv6"),
        pytest.param({"networkAcls": "true"}, "networkAcls", id="ACLs"),
        pytest.param({"flowLogs": '{"traffic": "all"}'}, "flowLogs", id="flow logs"),
        pytest.param({"instanceConnect": "true"}, "instanceConnect", id="the one EC2 Instance Connect Endpoint"),
        pytest.param(
            {"variant": "nat", "publicAccessExclusion": "true"}, "publicAccessExclusion", id="an exclusion from a block"
        ),
        pytest.param({"buckets": '["mine"]'}, None, id="buckets, for the way to S3"),
        pytest.param({"instances": '[{"name": "web", "zone": 3}]'}, None, id="a zone of which only the VPC knows"),
        pytest.param({"egress": '[{"port": 5432, "to": "10.77.0.0/16", "why": "db"}]'}, None, id="a way to a peer"),
    ],
)
def test_beside_other_keys(beside: Mapping[str, str], refused: str | None) -> None:
    raw = {"network": json.dumps(LEAST), **beside}
    if refused is None:
        assert Settings.parse(raw).network == ExistingVpc(vpc=VPC, subnets=(SUBNET,))
        return
    with pytest.raises(ConfigError, match="network names a VPC that is there") as caught:
        Settings.parse(raw)

    assert caught.value.key == refused


@pytest.mark.parametrize("variant", ["igw", "nat"])
@pytest.mark.parametrize(
    ("key", "extra"),
    [
        ("endpointRules", {"endpointRules": True}),
        ("endpoints", {"endpoints": "shared", "endpointCidrs": ["10.0.0.0/8"]}),
    ],
)
def test_endpoints_are_for_privatelink(variant: str, key: str, extra: Mapping[str, Any]) -> None:
    network = json.dumps({**LEAST, **extra})

    assert Settings.parse({"network": network}).network is not None
    with pytest.raises(ConfigError, match="only privatelink uses endpoints") as caught:
        Settings.parse({"network": network, "variant": variant})
    assert caught.value.key == f"network.{key}"
