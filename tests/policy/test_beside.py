"""`explain --world`: a stack that puts an instance into a VPC that is there, with and without a snapshot of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from reachability.model import Record, RouteTable, Rule, Target, Unknown, World, Zone
from reachability.snapshot import to_json
from ssm_guard.reach.there import SEVERAL_REGIONS, beside
from tests.policy.judging import UNKNOWN
from tests.policy.session_manager_stacks import (
    BASE,
    EC2,
    INSTANCE,
    REGION,
    TRUST,
    VPC,
    Stack,
    changed,
    made,
    without,
)
from tests.policy.test_explain import export, preview, run
from tests.reachability import worlds
from tests.reachability.worlds import HTTPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def there(*, closed: bool = False) -> World:
    """A VPC with endpoints, whose group lets the VPC in, or nobody; none of what a stack brings along is in it."""
    network = replace(worlds.privatelink(), region=REGION, hosts={}, roles={}, profiles={})
    ingress = () if closed else (Rule(ports=HTTPS, cidrs=("10.0.0.0/16",)),)
    return worlds.changed(worlds.gone(network, "groups", "web"), "groups", "endpoints", ingress=ingress)


# The ids are known, from the configuration or a data source.
INTO = changed(
    changed(without(BASE, "vpc", "subnet", "table", "association"), "group", vpcId="vpc"), "web", subnetId="private"
)


# What exists tells whose the stack is.
IN_ACCOUNT = changed(INTO, "profile", arn="arn:aws:iam::111122223333:instance-profile/profile-1")
UNNAMED = (
    made("aws:iam/role:Role", "role", {"name": UNKNOWN, "assumeRolePolicy": TRUST}),
    *without(INTO, "role"),
)
ADOPTED = (
    made(f"{EC2}/defaultVpc:DefaultVpc", "default", {"id": "vpc"}),
    made(f"{EC2}/defaultSubnet:DefaultSubnet", "home", {"id": "private", "vpcId": "vpc"}),
)


def looked_up(stack: Stack, snapshot: World) -> str:
    """As a preview tells of `Vpc.get` and `Subnet.get`: read, with all outputs, and no resource of the stack."""
    whole = json.loads(preview(stack))
    for token, name, outputs in (
        (f"{EC2}/vpc:Vpc", "vpc", {"id": "vpc", "cidrBlock": "10.0.0.0/16"}),
        (f"{EC2}/subnet:Subnet", "private", {"id": "private", "vpcId": "vpc", "cidrBlock": "10.0.1.0/24"}),
    ):
        assert outputs["id"] in {*snapshot.vpcs, *snapshot.subnets}
        one = made(token, name)
        state = {"urn": one.urn, "type": token, "external": True, "id": outputs["id"], "outputs": outputs}
        whole["steps"].append({"op": "read", "urn": one.urn, "newState": state})
    return json.dumps(whole)


class Ask(Protocol):
    """The verdict on the one instance, what is missing, and what is said beside."""

    def __call__(self, text: str, snapshot: World | None) -> tuple[str, list[str], str]: ...


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def judged(text: str, snapshot: World | None) -> tuple[str, list[str], str]:
        options = ["--format", "json"]
        if snapshot is not None:
            (tmp_path / "world.json").write_text(to_json(snapshot), encoding="utf-8")
            options += ["--world", str(tmp_path / "world.json")]
        _, out, err = run(tmp_path, capsys, text, *options)
        [found] = json.loads(out)
        return found["verdict"], [one["cause"] for one in found["missing"]], err

    return judged


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: preview(INTO), id="ids that are known"),
        pytest.param(lambda: looked_up(INTO, there()), id="resources that are looked up"),
        pytest.param(lambda: export(INTO), id="a state"),
        pytest.param(lambda: export((*INTO, *ADOPTED)), id="a default VPC that is adopted"),
    ],
)
@pytest.mark.parametrize(
    ("snapshot", "verdict", "missing"),
    [
        pytest.param(None, "undetermined", [], id="without a snapshot nothing is guessed"),
        pytest.param(there(), "reachable", [], id="endpoints that let it in"),
        pytest.param(there(closed=True), "unreachable", ["ingress-closed"], id="endpoints without 443"),
    ],
)
def test_an_instance_in_a_vpc_that_is_there(
    ask: Ask,
    write: Callable[[], str],
    snapshot: World | None,
    verdict: str,
    missing: list[str],
) -> None:
    assert ask(write(), snapshot)[:2] == (verdict, missing)


@pytest.mark.parametrize(
    ("stack", "snapshot", "said"),
    [
        pytest.param(INTO, None, "", id="no snapshot"),
        pytest.param(
            INTO,
            there(),
            f"the Region was not compared: the stack names none, and the snapshot is of {REGION}\n",
            id="a stack that names no Region",
        ),
        pytest.param(changed(INTO, "web", region=REGION), there(), "", id="a stack that names the same"),
        pytest.param(
            (*changed(INTO, "web", region=REGION), replace(INSTANCE, name="far", props={"region": "eu-west-1"})),
            there(),
            f"the Region was not compared: the stack names several, and the snapshot is of {REGION}\n",
            id="a stack that names several",
        ),
    ],
)
def test_that_nobody_compared_the_region_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stack: Stack, snapshot: World | None, said: str
) -> None:
    file = tmp_path / "world.json"
    file.write_text(to_json(snapshot or World()), encoding="utf-8")
    code, _, err = run(tmp_path, capsys, preview(stack), *(["--world", str(file)] if snapshot else []))

    assert code == 0
    assert err == (said and f"{file}: {said}")


def test_the_link_that_is_missing_is_named_with_its_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "world.json").write_text(to_json(there(closed=True)), encoding="utf-8")
    code, out, _ = run(tmp_path, capsys, preview(INTO), "--world", str(tmp_path / "world.json"))

    assert code == 1
    assert "add an ingress rule for tcp 443 to main-endpoints from group" in out


OURS, THEIRS = "111122223333", "999999999999"


def for_account(account: str) -> World:
    """Endpoints that let principals of one account through, as this project's own do."""
    whole = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    only = {**whole, "Condition": {"StringEquals": {"aws:PrincipalAccount": account}}}
    network, policy = there(), json.dumps({"Statement": [only]})
    for key in network.endpoints:
        network = worlds.changed(network, "endpoints", key, policy=policy)
    return network


@pytest.mark.parametrize(
    ("stack", "asked_by", "verdict", "missing"),
    [
        pytest.param(INTO, "", "undetermined", [], id="nobody tells the account"),
        pytest.param(INTO, OURS, "reachable", [], id="the snapshot tells it"),
        pytest.param(INTO, THEIRS, "unreachable", ["endpoint-policy"] * 2, id="the snapshot tells of another one"),
        pytest.param(UNNAMED, OURS, "reachable", [], id="the snapshot tells it, of a role that AWS will name"),
        pytest.param(IN_ACCOUNT, OURS, "reachable", [], id="the stack tells it too"),
        # Of a VPC that is shared, only the account that shares it sees the endpoints.
        pytest.param(IN_ACCOUNT, THEIRS, "reachable", [], id="the stack tells it, and an owner took the snapshot"),
    ],
)
def test_the_account_is_the_stacks_own_else_the_snapshots(
    ask: Ask, stack: Stack, asked_by: str, verdict: str, missing: list[str]
) -> None:
    judged = ask(preview(stack), replace(for_account(OURS), account=asked_by))

    assert judged[:2] == (verdict, missing)


def rule(**props: Any) -> Stack:
    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    values = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}
    return (made(token, "rule", {**values, **props}),)


ACL_RULE = {"protocol": "-1", "cidrBlock": "0.0.0.0/0", "ruleNumber": 1, "ruleAction": "deny"}
NO_TABLE = worlds.changed(there(), "subnets", "private", table="elsewhere")
OWN_TABLE = made(f"{EC2}/routeTable:RouteTable", "table", {"vpcId": "vpc"})
ITS_TABLE = made(
    f"{EC2}/routeTableAssociation:RouteTableAssociation", "its", {"subnetId": "private"}, routeTableId="table"
)
TWO_SUBNETS = worlds.changed(there(), "endpoints", "ssm", subnets=())
ADDED_SUBNET = made(
    f"{EC2}/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation",
    "added",
    {"vpcEndpointId": "ssm", "subnetId": "ends"},
)


# Endpoints without private DNS, and a zone with their names, which answers in another VPC or has no record yet.
NAMELESS = worlds.changed(
    worlds.changed(there(), "endpoints", "ssm", private_dns=False), "endpoints", "ssmmessages", private_dns=False
)
NAMES = tuple(Record(name=f"{one}.{REGION}.amazonaws.com", endpoint=one) for one in ("ssm", "ssmmessages"))
ELSEWHERE = Zone(id="Z1", name="Z1", domain="amazonaws.com", vpcs=("vpc-9",), records=NAMES)
EMPTY = replace(ELSEWHERE, vpcs=("vpc",), records=())
ASSOCIATED = made("aws:route53/zoneAssociation:ZoneAssociation", "associated", {"zoneId": "Z1", "vpcId": "vpc"})


def record(name: str) -> Stack:
    """It leads to an endpoint that nobody knows."""
    alias = {"name": "vpce-9-a.ssm.vpce.amazonaws.com", "zoneId": "Z9", "evaluateTargetHealth": False}
    props = {"zoneId": "Z1", "type": "A", "aliases": [alias], "name": name}
    return (made("aws:route53/record:Record", "record", props),)


@pytest.mark.parametrize(
    ("snapshot", "added", "before", "after"),
    [
        pytest.param(
            there(closed=True),
            rule(securityGroupId="endpoints"),
            "unreachable",
            "reachable",
            id="a rule for a group that is there",
        ),
        pytest.param(
            there(),
            (made(f"{EC2}/networkAclRule:NetworkAclRule", "deny", {**ACL_RULE, "networkAclId": "acl-ends"}),),
            "reachable",
            "unreachable",
            id="an entry for an ACL that is there",
        ),
        pytest.param(NO_TABLE, (OWN_TABLE, ITS_TABLE), "undetermined", "reachable", id="a table for a subnet"),
        pytest.param(TWO_SUBNETS, (ADDED_SUBNET,), "unreachable", "reachable", id="a subnet for an endpoint"),
        pytest.param(
            worlds.changed(there(), "vpcs", "vpc", dns_support=False),
            (changed((VPC,), "vpc", id="vpc")[0],),
            "unreachable",
            "reachable",
            id="the VPC itself, of which the stack knows better",
        ),
        pytest.param(
            replace(NAMELESS, zones={"Z1": ELSEWHERE}),
            (ASSOCIATED,),
            "unreachable",
            "reachable",
            id="a VPC for a zone that is there",
        ),
        pytest.param(
            replace(NAMELESS, zones={"Z1": EMPTY}),
            record("*.us-east-1"),
            "unreachable",
            "undetermined",
            id="a record for a zone that is there, whose name leaves the zone's out",
        ),
    ],
)
def test_what_the_stack_changes_of_it_counts(ask: Ask, snapshot: World, added: Stack, before: str, after: str) -> None:
    assert ask(preview(INTO), snapshot)[0] == before
    assert ask(preview((*INTO, *added)), snapshot)[0] == after


@pytest.mark.parametrize(
    ("op", "more", "verdict"),
    [
        pytest.param("delete", {}, "unreachable", id="deleted"),
        pytest.param("delete", {"retainOnDelete": True}, "reachable", id="kept in AWS"),
        pytest.param("discard", {}, "reachable", id="out of the stack alone"),
    ],
)
def test_what_an_update_takes_away_is_there_no_more(ask: Ask, op: str, more: dict[str, bool], verdict: str) -> None:
    whole = json.loads(preview(INTO))
    state = {"urn": "urn:ssm", "type": f"{EC2}/vpcEndpoint:VpcEndpoint", "id": "ssm", **more}
    whole["steps"].append({"op": op, "urn": "urn:ssm", "oldState": state})

    assert ask(json.dumps(whole), there())[0] == verdict


def test_a_snapshot_of_another_vpc_closes_no_gap_and_that_is_said(
    ask: Ask,
) -> None:
    other = World(region=REGION, vpcs={"vpc-9": replace(there().vpcs["vpc"], id="vpc-9")})
    verdict, missing, said = ask(preview(INTO), other)

    assert (verdict, missing) == ("undetermined", [])
    assert said.endswith("world.json: the stack names nothing of vpc-9: is it the right VPC?\n")


def test_a_route_of_the_stack_takes_the_place_of_one_that_is_there() -> None:
    new = worlds.route(Target.TRANSIT_GATEWAY, "transit")
    table = RouteTable(id="out", name="out", vpc=Unknown("its VPC"), routes=(new,), gaps=Unknown("its other routes"))
    joined = beside(World(tables={"out": table}), worlds.igw()).tables["out"]

    assert (joined.routes, joined.gaps, joined.vpc) == ((new,), None, "vpc")


def test_the_addresses_of_an_instance_are_those_of_its_subnet(ask: Ask) -> None:
    six = replace(worlds.dual_stack(), region=REGION, hosts={}, roles={}, profiles={})
    _, missing, _ = ask(preview(INTO), six)

    assert "ipv6-only" in missing


@pytest.mark.parametrize(
    ("region", "joined"),
    [
        pytest.param(
            Unknown("the Region", "no resource of the stack names it"), REGION, id="none that the stack names"
        ),
        pytest.param(SEVERAL_REGIONS, SEVERAL_REGIONS, id="several, of which the snapshot is one"),
        pytest.param(REGION, REGION, id="the same"),
    ],
)
def test_the_region_is_the_snapshots_where_the_stack_names_none(region: str | Unknown, joined: str | Unknown) -> None:
    assert beside(World(region=region), there()).region == joined


@pytest.mark.parametrize(
    ("vpc", "zones"),
    [
        pytest.param("vpc", {"ours"}, id="in the same VPC it is the same"),
        pytest.param("another", {"ours", "example.com."}, id="in another VPC it is another"),
    ],
)
def test_a_zone_of_the_stack_is_not_there_twice(vpc: str, zones: set[str]) -> None:
    ours = Zone(id="ours", name="ours", domain="example.com", vpcs=(vpc,))
    other = Zone(id="example.com.", name="example.com.", domain="example.com", vpcs=("vpc",))
    snapshot = replace(there(), zones={other.id: other})

    assert beside(World(zones={ours.id: ours}), snapshot).zones.keys() == zones


@pytest.mark.parametrize(
    ("stack", "text", "problem"),
    [
        pytest.param(INTO, "{", "it is no JSON", id="no JSON"),
        pytest.param(INTO, preview(INTO), "it is no snapshot of a VPC: use what `python -m", id="a preview"),
        pytest.param(
            changed(INTO, "web", region=REGION),
            to_json(replace(there(), region="eu-west-1")),
            "it is of a VPC in eu-west-1, and the stack is in us-east-1",
            id="another Region",
        ),
    ],
)
def test_a_snapshot_that_cannot_be_used_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stack: Stack, text: str, problem: str
) -> None:
    (tmp_path / "world.json").write_text(text, encoding="utf-8")
    code, out, err = run(tmp_path, capsys, preview(stack), "--world", str(tmp_path / "world.json"))

    assert (code, out) == (2, "")
    assert problem in err
    assert err.count("\n") == 1


def test_a_snapshot_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(tmp_path, capsys, preview(INTO), "--world", "nowhere.json")

    assert code == 2
    assert "the snapshot nowhere.json can't be used: it can't be read" in err
