"""A hub and a spoke of the guide on the real engine: what a name leads to, as Route 53 and EC2 have it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.calls import recorded
from tests.engine.embedded import ROOT, Cloud
from tests.engine.guides import DRIFT, OF_HUB, PREVIEW, deployer, unallowed, unasked
from tests.engine.stack import Stack, configured
from tests.engine.test_library import outputs, write

if TYPE_CHECKING:
    from collections.abc import Iterator

ALONE = {"zones": 1, "endpoints": ["ecr.dkr"]}
# Of another account.
THEIR_VPC = "vpc-0123456789abcdef0"
CONFIG = {**ALONE, "shareEndpoints": ["10.1.0.0/16"], "spokeVpcs": [THEIR_VPC]}
HTTPS = ("tcp", 443, 443)


@dataclass(frozen=True, kw_only=True)
class Both:
    """A hub, a spoke that uses it, and what Pulumi asked of AWS for the hub."""

    hub: Stack
    spoke: tuple[str, ...]
    asked: set[str]
    said: str
    ids_alone: set[str]

    @property
    def cloud(self) -> Cloud:
        return self.hub.cloud

    def instance(self, told: Any) -> Any:
        (found,) = self.cloud.ec2.describe_instances(InstanceIds=[told["id"]])["Reservations"]
        return found["Instances"][0]

    @property
    def in_hub(self) -> Any:
        return self.instance(self.hub.outputs()["instances"]["main"])

    @property
    def in_spoke(self) -> Any:
        return self.instance(outputs(self.cloud, self.spoke)["instance"])


def spoke_of_the_guide() -> str:
    (found,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "hub.md").read_text(), re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def both(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    cloud.start()
    before = cloud.account()
    with configured(cloud, "hub", tmp_path_factory.mktemp("hub")) as hub:
        with recorded(cloud) as asked:
            hub.up(ALONE)
            ids_alone = {one["VpcEndpointId"] for one in interfaces(cloud)}
            said = hub.up(CONFIG)
        program = write(tmp_path_factory.mktemp("spoke"), spoke_of_the_guide())
        said += cloud.up(*program, "--policy-pack", str(ROOT / "policy"))
        yield Both(hub=hub, spoke=program, asked=asked, said=said, ids_alone=ids_alone)

        cloud.destroy(*program)
        # The hub's stack does not know of its spokes.
        assert hub.changes(CONFIG) == {}
        with recorded(cloud) as more:
            hub.destroy()
        assert unasked(asked | more, deployer(OF_HUB)) == set()
        assert unallowed(asked | more, deployer(OF_HUB)) == set()
    assert cloud.account() == before


def interfaces(cloud: Cloud) -> list[Any]:
    kind: Any = [{"Name": "vpc-endpoint-type", "Values": ["Interface"]}]
    endpoints = cloud.ec2.describe_vpc_endpoints(Filters=kind)["VpcEndpoints"]
    return [one for one in endpoints if one["State"].lower() == "available"]


def resolve(cloud: Cloud, vpc_id: str, name: str) -> str | None:
    """Which service's endpoint a name leads to in a VPC, by its private zones, of which the longest counts."""
    zones = cloud.route53.list_hosted_zones_by_vpc(VPCId=vpc_id, VPCRegion="us-east-1")["HostedZoneSummaries"]
    fitting = [zone for zone in zones if f".{name}.".endswith(f".{zone['Name']}")]
    if not fitting:
        return None
    zone = max(fitting, key=lambda one: len(one["Name"]))
    below = f"\\052.{name.split('.', 1)[1]}."
    records = cloud.route53.list_resource_record_sets(HostedZoneId=zone["HostedZoneId"])["ResourceRecordSets"]
    (record,) = (one for one in records if one["Type"] == "A" and one["Name"] in (f"{name}.", below))
    target = record["AliasTarget"]
    (endpoint,) = (
        one
        for one in cloud.ec2.describe_vpc_endpoints()["VpcEndpoints"]
        if any(
            (entry["DnsName"], entry["HostedZoneId"]) == (target["DNSName"].rstrip("."), target["HostedZoneId"])
            for entry in one.get("DnsEntries", [])
        )
    )
    return endpoint["ServiceName"]


@pytest.mark.parametrize(
    ("name", "in_hub", "in_spoke"),
    [
        pytest.param("ssm.us-east-1.amazonaws.com", "ssm", "ssm", id="where an agent registers"),
        pytest.param("ssmmessages.us-east-1.amazonaws.com", "ssmmessages", "ssmmessages", id="where its sessions are"),
        pytest.param(
            "123456789012.dkr.ecr.us-east-1.amazonaws.com", "ecr.dkr", None, id="a registry, which the spoke left out"
        ),
        pytest.param("kms.us-east-1.amazonaws.com", None, None, id="a service that has no endpoint"),
    ],
)
def test_a_name_leads_to_the_hubs_endpoint(both: Both, name: str, in_hub: str | None, in_spoke: str | None) -> None:
    found = [resolve(both.cloud, instance["VpcId"], name) for instance in (both.in_hub, both.in_spoke)]

    assert found == [service and f"com.amazonaws.us-east-1.{service}" for service in (in_hub, in_spoke)]


def test_the_endpoints_are_the_hubs_alone_and_for_this_accounts_principals(both: Both) -> None:
    found = interfaces(both.cloud)

    assert {one["VpcId"] for one in found} == {both.in_hub["VpcId"]}
    assert [one["PrivateDnsEnabled"] for one in found] == [False] * 3
    for one in found:
        (statement,) = json.loads(one["PolicyDocument"])["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ["123456789012"]}}


def test_another_account_may_give_the_zones_to_its_vpc(both: Both) -> None:
    zone_ids = both.hub.outputs()["network"]["shared"]["zone_ids"]
    listed = [both.cloud.route53.list_vpc_association_authorizations(HostedZoneId=id_) for id_ in zone_ids.values()]

    assert len(listed) == 3
    assert [one["VPCs"] for one in listed] == [[{"VPCRegion": "us-east-1", "VPCId": THEIR_VPC}]] * 3


def test_a_network_became_a_hub_with_the_endpoints_that_it_had(both: Both) -> None:
    assert {one["VpcEndpointId"] for one in interfaces(both.cloud)} == both.ids_alone


def rules(cloud: Cloud, group_id: str, *, outbound: bool) -> list[Any]:
    found = cloud.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])
    return [rule for rule in found["SecurityGroupRules"] if rule["IsEgress"] is outbound]


def test_the_doors_are_the_hubs_vpc_and_the_spokes_block_on_443(both: Both) -> None:
    group_id = both.hub.outputs()["network"]["endpoints_group_id"]
    found = rules(both.cloud, group_id, outbound=False)

    assert {(one["IpProtocol"], one["FromPort"], one["ToPort"]) for one in found} == {HTTPS}
    assert {one["CidrIpv4"] for one in found} == {"10.0.0.0/16", "10.1.0.0/16"}


def test_a_spokes_instance_is_let_out_to_where_the_endpoints_are_and_nothing_comes_in(both: Both) -> None:
    (group,) = both.in_spoke["SecurityGroups"]
    cidrs = both.hub.outputs()["network"]["shared"]["endpoint_cidrs"]
    found = rules(both.cloud, group["GroupId"], outbound=True)

    assert {(one["IpProtocol"], one["FromPort"], one["ToPort"]) for one in found} == {HTTPS}
    assert {one["CidrIpv4"] for one in found if "CidrIpv4" in one} == set(cidrs)
    assert ["PrefixListId" in one for one in found].count(True) == 1
    assert rules(both.cloud, group["GroupId"], outbound=False) == []


def test_packets_have_a_way_there_and_back(both: Both) -> None:
    tables = both.cloud.ec2.describe_route_tables()["RouteTables"]
    peered = {
        table["VpcId"]: route["DestinationCidrBlock"]
        for table in tables
        for route in table["Routes"]
        if "VpcPeeringConnectionId" in route
    }

    assert peered == {both.in_spoke["VpcId"]: "10.0.0.0/16", both.in_hub["VpcId"]: "10.1.0.0/16"}


def test_the_pack_says_nothing(both: Both) -> None:
    assert both.said.count("✅ ssm-guard") == 2
    assert "[advisory]" not in both.said


def test_nothing_differs_once_both_are_there(both: Both) -> None:
    of_zones = set(re.findall(r"`(route53:\w+)`", (ROOT / "docs" / "drift.md").read_text()))
    with recorded(both.cloud) as asked:
        assert both.hub.changes(CONFIG) == {}

    assert unallowed(asked, (PREVIEW | DRIFT) - of_zones) == of_zones
    assert both.cloud.changes(*both.spoke, "--refresh") == {}


def test_a_hub_that_is_to_be_none_is_refused_before_anything_changes(both: Both) -> None:
    said = both.hub.up(ALONE, code=1)

    assert "ssm-only:shareEndpoints is []: this network is a hub" in said
    assert both.hub.changes(CONFIG) == {}
