"""The doctor's facts in the model: the same verdict as its causes, and the same path as the pack writes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from doctor import cli, packets, stack
from doctor.causes import diagnose
from doctor.facts import SESSION_ACTIONS, Unknown
from doctor.preferences import Preferences
from doctor.world import network_of, world_of
from reachability.findings import Kind
from reachability.reasoning import judge
from reachability.render import as_json
from reachability.view import View
from reachability.words import step_text
from tests.doctor.test_causes import ACLS, DNS, ENDPOINTS, GROUPS, NAMES, NONE, PREFIXES, PUBLIC_ACCESS, WAYS
from tests.doctor.world import (
    ID,
    WORLD,
    Refusal,
    World,
    default_route,
    entry,
    https,
    igw,
    nat,
    privatelink,
    to_cidr,
    to_list,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from doctor.facts import Network
    from reachability.findings import Verdict
    from tests.doctor.recorded import Api, FakeClock

TRUST = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}


def whole(world: World) -> World:
    """With what AWS says beside what the doctor's own checks look at."""
    if world.profile is not None:
        for role in world.profile["Roles"]:
            role["AssumeRolePolicyDocument"] = TRUST
    if world.nats:
        world.subnets.append({"SubnetId": "subnet-public", "CidrBlock": "10.0.3.0/24"})
    return world


def verdict(world: World, wanted: Preferences | None = None) -> Verdict:
    facts = world.facts()
    assert facts.running is not None
    session = None if wanted is None else world.session_facts().session
    made = world_of(facts, facts.running, wanted or Preferences(), session)
    return judge(View(made), made.hosts[ID])


def closed(world: World) -> None:
    world.egress.clear()


def acl(world: World) -> None:
    world.acls[0]["Entries"] = [entry(100, "allow", egress=True)]


def blackhole(world: World) -> None:
    world.tables[0]["Routes"][-1]["State"] = "blackhole"


def shadowed(world: World) -> None:
    """A longer prefix comes before the way out."""
    world.tables[0]["Routes"] += [
        {"DestinationCidrBlock": f"{half}.0.0.0/1", "NatGatewayId": "nat-gone", "State": "blackhole"}
        for half in (0, 128)
    ]


def listed_policy(world: World) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "ssm:UpdateInstanceInformation", "Resource": "*"}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    world.endpoints[0]["PolicyDocument"] = json.dumps({"Statement": [allow, statement]})


def set_of(**values: Any) -> Callable[[World], None]:
    return lambda world: world.__dict__.update(values)


@pytest.mark.parametrize("build", [pytest.param(one, id=one.__name__) for one in (igw, nat, privatelink)])
def test_a_network_that_is_right_is_reachable(build: Callable[[], World]) -> None:
    assert verdict(whole(build())).kind is Kind.REACHABLE


@pytest.mark.parametrize(
    ("build", "break_it", "causes"),
    [
        pytest.param(igw, closed, ["egress-closed"], id="a group that lets nothing out"),
        pytest.param(igw, acl, ["acl-answer-in"], id="an ACL that lets no answer in"),
        pytest.param(igw, blackhole, ["blackhole-route"], id="a route to what is gone"),
        pytest.param(igw, shadowed, ["blackhole-route"], id="a longer prefix that shadows the way out"),
        pytest.param(igw, lambda one: one.it.pop("PublicIpAddress"), ["no-public-address"], id="no public address"),
        pytest.param(
            nat, lambda one: one.nats[0].update(State="failed"), ["nat-not-available"], id="a NAT that failed"
        ),
        pytest.param(
            nat, lambda one: one.tables[1]["Routes"].pop(), ["nat-without-internet"], id="a NAT in a private subnet"
        ),
        pytest.param(privatelink, set_of(dns_support=False), ["dns-support-off"], id="no DNS"),
        pytest.param(privatelink, set_of(dns_hostnames=False), ["dns-hostnames-off"], id="no DNS host names"),
        pytest.param(privatelink, listed_policy, ["endpoint-policy"], id="an endpoint's policy that denies"),
        pytest.param(
            privatelink,
            set_of(endpoint_ingress=[https(**to_cidr("192.0.2.0/24"))]),
            ["ingress-closed"],
            id="endpoints that let somebody else in",
        ),
        pytest.param(
            igw, set_of(public_access="block-bidirectional"), ["public-access-blocked"], id="Block Public Access"
        ),
        pytest.param(igw, set_of(refused=[SESSION_ACTIONS[1]]), ["not-allowed"], id="a role that lacks a right"),
        pytest.param(igw, lambda one: one.it.pop("IamInstanceProfile"), ["no-profile"], id="no profile"),
        pytest.param(
            igw,
            lambda one: one.it["MetadataOptions"].update(HttpEndpoint="disabled"),
            ["metadata-off"],
            id="no metadata",
        ),
    ],
)
def test_a_broken_link_is_named(
    build: Callable[[], World], break_it: Callable[[World], object], causes: list[str]
) -> None:
    world = whole(build())
    break_it(world)
    found = verdict(world)

    assert found.kind is Kind.UNREACHABLE
    assert sorted({link.cause for link in found.broken}) == causes


@pytest.mark.parametrize(
    "lead",
    [
        pytest.param({"TransitGatewayId": "tgw-1"}, id="a transit gateway"),
        pytest.param({"GatewayId": "vgw-1"}, id="a virtual private gateway"),
        pytest.param({"GatewayId": "vpce-firewall"}, id="a firewall's endpoint"),
        pytest.param({"NetworkInterfaceId": "eni-1"}, id="a network interface"),
    ],
)
def test_what_stands_outside_is_not_known(lead: dict[str, str]) -> None:
    world = whole(igw())
    world.tables[0]["Routes"][-1] = default_route(**lead)

    assert verdict(world).kind is Kind.UNDETERMINED


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("endpoints", Kind.UNDETERMINED, id="endpoints"),
        pytest.param("subnets", Kind.UNDETERMINED, id="subnets"),
        pytest.param("groups", Kind.UNDETERMINED, id="groups"),
        pytest.param("route_tables", Kind.UNDETERMINED, id="route tables"),
        pytest.param("acls", Kind.UNDETERMINED, id="network ACLs"),
        pytest.param("dns_support", Kind.UNDETERMINED, id="DNS support"),
        pytest.param("name_servers", Kind.UNDETERMINED, id="name servers"),
        pytest.param("zones", Kind.REACHABLE, id="zones, which stand behind private DNS"),
        pytest.param("nat_gateways", Kind.REACHABLE, id="NAT gateways, which nothing leads to"),
    ],
)
def test_what_could_not_be_asked_is_not_known(name: str, kind: Kind) -> None:
    facts = whole(privatelink()).facts()
    assert facts.running is not None
    unasked: Any = {name: Unknown(why="needs the right to ask")}
    running = replace(facts.running, network=replace(facts.running.network, **unasked))
    made = world_of(facts, running, Preferences(), None)

    assert judge(View(made), made.hosts[ID]).kind is kind


@pytest.fixture
def by_the_doctor(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """What its own questions to AWS lead to."""

    def run(world: World, **answers: Any) -> Any:
        api.answers = world.answers() | answers
        cli.main(["--instance", ID, "--timeout", "0", "--json", "--explain"], clock)
        [found] = json.loads(capsys.readouterr().out)["explained"]
        return found

    return run


SERVICES = ("ssm", "ssmmessages")
NAMES_OF_SERVICES = [f"{service}.eu-west-1.amazonaws.com." for service in SERVICES]


def leading_to(*ends: str) -> list[dict[str, Any]]:
    """An alias for each of the services."""
    targets = [f"{end}-0a1b.x.vpce.amazonaws.com." for end in ends]
    return [
        {
            "Name": name,
            "Type": "A",
            "AliasTarget": {"DNSName": target, "HostedZoneId": "Z9", "EvaluateTargetHealth": False},
        }
        for name, target in zip(NAMES_OF_SERVICES, targets, strict=True)
    ]


@pytest.mark.parametrize(
    ("records", "kind", "said"),
    [
        pytest.param(leading_to("vpce-ssm", "vpce-ssmmessages"), Kind.REACHABLE, "", id="the VPC's own endpoints"),
        pytest.param(leading_to("vpce-hub1", "vpce-hub2"), Kind.UNDETERMINED, "vpce-hub1", id="another VPC's"),
        pytest.param(
            [{**one, "Name": "\\052.eu-west-1.amazonaws.com."} for one in leading_to("vpce-hub1", "vpce-hub1")],
            Kind.UNDETERMINED,
            "vpce-hub1",
            id="a record for every name, as Route 53 writes one",
        ),
        pytest.param(
            [{"Name": one, "Type": "CNAME", "ResourceRecords": [{"Value": "proxy.corp"}]} for one in NAMES_OF_SERVICES],
            Kind.UNDETERMINED,
            "its record names no endpoint",
            id="something else",
        ),
        pytest.param(
            [{"Name": "amazonaws.com.", "Type": "NS", "ResourceRecords": [{"Value": "ns-0.awsdns-00.com."}]}],
            Kind.UNREACHABLE,
            "zone-without-record",
            id="no record at all",
        ),
        pytest.param(
            None, Kind.UNDETERMINED, "the records of the private hosted zone", id="records that nobody may read"
        ),
    ],
)
def test_where_a_private_zone_leads(
    by_the_doctor: Callable[..., Any],
    records: list[dict[str, Any]] | None,
    kind: Kind,
    said: str,
) -> None:
    world = whole(privatelink())
    world.zones, world.records = ["amazonaws.com."], records
    for one in world.endpoints:
        one["PrivateDnsEnabled"] = False
    found = verdict(world)

    assert found.kind is kind
    assert said in str([found.broken, found.unknown])
    assert (told := by_the_doctor(world))["verdict"] == kind.value, told["unknown"]


@pytest.mark.parametrize(
    ("listed", "kind", "causes"),
    [
        pytest.param([WORLD], Kind.REACHABLE, NONE, id="everybody"),
        pytest.param(["10.0.0.0/8"], Kind.UNREACHABLE, ["egress-closed"], id="a few who are not AWS"),
        pytest.param(
            "com.amazonaws.eu-west-1.s3", Kind.UNREACHABLE, ["egress-closed"], id="AWS's own of another service"
        ),
    ],
)
def test_a_rule_counts_by_the_entries_of_its_prefix_list(
    by_the_doctor: Callable[..., Any],
    listed: list[str] | str,
    kind: Kind,
    causes: list[str],
) -> None:
    world = whole(igw())
    world.egress, world.prefix_lists = [https(**to_list("pl-1"))], {"pl-1": listed}

    assert verdict(world).kind is kind
    assert [cause.name for cause in diagnose(world.facts()).causes] == causes
    assert by_the_doctor(world)["verdict"] == kind.value


@pytest.mark.parametrize("refused", ["GetManagedPrefixListEntries", "DescribeManagedPrefixLists"])
def test_a_list_that_nobody_may_read_is_not_known(by_the_doctor: Callable[..., Any], refused: str) -> None:
    """Without the names of lists the entries do; without the entries nobody knows whose addresses they are."""
    world = whole(igw())
    world.egress, world.prefix_lists = [https(**to_list("pl-1"))], {"pl-1": [WORLD]}
    found = by_the_doctor(world, **{refused: Refusal(code="UnauthorizedOperation")})

    if refused.startswith("Describe"):
        assert found["verdict"] == "reachable"
    else:
        assert found["verdict"] == "undetermined"
        assert found["unknown"][0]["what"] == "the entries of pl-1"


def test_a_vpc_is_put_into_the_model_once_for_all_its_instances(
    api: Api, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once with its network ACLs and once without; each of the checks did it anew for every instance."""
    made: list[str] = []

    def counted(network: Network) -> Any:
        made.append(network.vpc_id)
        return network_of(network)

    monkeypatch.setattr(packets, "network_of", counted)
    world = igw()
    api.answers = world.answers()
    ids = [f"i-{number:08x}" for number in range(5)]
    api.answers["DescribeInstances"] = {
        "Reservations": [{"Instances": [{**world.it, "InstanceId": one} for one in ids]}]
    }
    cli.main([word for one in ids for word in ("--instance", one)] + ["--timeout", "0"], clock)

    assert made == ["vpc-1"] * 2


def test_explain_adds_the_path(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    api.answers = whole(privatelink()).answers()
    plain = cli.main(["--instance", ID, "--timeout", "0"], clock)
    before = capsys.readouterr().out
    code = cli.main(["--instance", ID, "--timeout", "0", "--explain"], clock)
    after = capsys.readouterr().out

    assert code == plain
    assert after.startswith(before)
    assert f"\n{ID} is reachable" in after.removeprefix(before)


def test_a_stacks_instance_has_the_name_that_the_table_has(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its id: the same name may be another instance's in another stack."""
    monkeypatch.setattr(stack, "read", lambda *_: stack.Stack(names={ID: "main"}, fleets={}, region="eu-west-1"))
    api.answers = whole(privatelink()).answers()
    cli.main(["--stack", "dev", "--timeout", "0", "--explain"], clock)
    said = capsys.readouterr().out.splitlines()

    assert f"main ({ID}) is reachable" in said
    assert f"    ok       main ({ID}) has an agent" in said


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        pytest.param([], "web may call {all}: IAM's simulator allows it", id="all are allowed"),
        pytest.param(
            [SESSION_ACTIONS[1]],
            f"the role web may not call {SESSION_ACTIONS[1]}: nothing in the answer of IAM's simulator allows it",
            id="one is refused",
        ),
        pytest.param(
            Unknown(why="needs iam:SimulatePrincipalPolicy"),
            "not known: whether web may call {all}: IAM's simulator may allow it: it could not be asked: "
            "needs iam:SimulatePrincipalPolicy",
            id="it may not be asked",
        ),
    ],
)
def test_who_judged_the_roles_rights_is_named_and_no_policy_is_made_up(refused: Any, said: str) -> None:
    world = whole(privatelink())
    world.refused = refused
    found = verdict(world)

    assert said.format(all=", ".join(SESSION_ACTIONS)) in [
        step_text(step).split(";")[0] for path in found.paths for step in path.hops
    ]


def test_the_document_says_what_the_pack_would(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    world = whole(igw())
    api.answers = world.answers()
    cli.main(["--instance", ID, "--timeout", "0", "--json", "--explain"], clock)
    (explained,) = json.loads(capsys.readouterr().out)["explained"]
    facts = world.facts()
    assert facts.running is not None
    made = world_of(facts, facts.running, Preferences(), None)

    assert explained == as_json(made, judge(View(made), made.hosts[ID]))


NETWORKS = [*DNS, *NAMES, *PUBLIC_ACCESS, *ENDPOINTS, *WAYS, *PREFIXES, *GROUPS, *ACLS]


@pytest.mark.parametrize("build", [pytest.param(one.values[0], id=one.id) for one in NETWORKS])
def test_the_causes_and_the_path_do_not_contradict_each_other(build: Callable[[], World]) -> None:
    """What is certainly in the way makes it unreachable, and where nothing is seen the path is not broken."""
    world = whole(build())
    causes, found = diagnose(world.facts()).causes, verdict(world)

    if [cause.name for cause in causes] == NONE:
        assert found.kind is not Kind.UNREACHABLE
    elif any(cause.certain for cause in causes):
        assert found.kind is Kind.UNREACHABLE
