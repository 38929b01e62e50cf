"""What is not known is carried into the verdict where it counts; beside each case its neighbour that is known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reachability.findings import Kind
from reachability.model import (
    AclEntry,
    NetworkAcl,
    OneOf,
    Peering,
    Platform,
    Preferences,
    PrefixList,
    Route,
    Rule,
    Target,
    Unknown,
)
from reachability.reasoning import judge
from reachability.view import View
from reachability.words import broken_text, unknown_text
from tests.reachability.mutations import denies, every_endpoint, more_routes, sets, table
from tests.reachability.worlds import ANYWHERE, VARIANTS, changed, keyed, out, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from reachability.model import World

IT = Unknown("the value", "what was read")
REACHABLE, UNREACHABLE, UNDETERMINED = Kind


def extends(**things: dict[str, Any]) -> Callable[[World], World]:
    def breaks(world: World) -> World:
        more: dict[str, Any] = {name: {**getattr(world, name), **added} for name, added in things.items()}
        return replace(world, **more)

    return breaks


def both(*breaks: Callable[[World], World]) -> Callable[[World], World]:
    def one_after_the_other(world: World) -> World:
        for one in breaks:
            world = one(world)
        return world

    return one_after_the_other


def policy(**statement: Any) -> str:
    return json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"} | statement]}
    )


def lists(*entries: str) -> Callable[[World], World]:
    """The instance's only rule is for a prefix list with these entries."""
    return both(
        extends(prefix_lists=keyed(PrefixList(id="list", name="offices", entries=entries))),
        sets("groups", "web", egress=(out(prefix_lists=("list",)),)),
    )


CASES = [
    # Beyond what was read.
    *(
        (f"a route to a {kind.value}", "nat", both(table("inner", route(kind, "it")),
     extends(elsewhere={"it": "corp"})),
         UNDETERMINED, f"what the {kind.value} corp does with packets for the internet")
        for kind in (Target.TRANSIT_GATEWAY, Target.FIREWALL, Target.VPN_GATEWAY, Target.CORE_NETWORK, Target.INTERFACE)
    ),
    ("a NAT gateway that was not read", "nat", table("inner", route(Target.NAT_GATEWAY, "nat-0ff")), UNDETERMINED,
     "nat-0ff"),
    ("a firewall before the endpoints", "privatelink", more_routes("inner", route(Target.FIREWALL, "f", "10.0.2.0/24")),
     UNDETERMINED, "what the firewall endpoint f does with packets for main-ends"),
    ("a firewall on the way back", "privatelink", more_routes("ends", route(Target.FIREWALL, "f", "10.0.1.0/24")),
     UNDETERMINED, "what the firewall endpoint f does with packets for main-private"),
    ("a transit gateway to the hub", "hub", table("away", route(Target.TRANSIT_GATEWAY, "t")), UNDETERMINED,
     "what the transit gateway t does"),
    ("a peering with a VPC that was not read", "hub",
     lambda world: replace(world, peerings=keyed(Peering(id="peering", name="main-peering", vpcs=("spoke", IT)))),
     UNDETERMINED, "what is beyond main-peering"),
    ("a peering that is perhaps accepted", "hub", sets("peerings", "peering", active=IT), UNDETERMINED, "the value"),
    # Routes.
    ("a route that may be anything", "igw", more_routes("out", Route(destination="10.9.0.0/16", kind=IT)), REACHABLE,
     ""),
    ("a default route that may be anything", "igw", table("out", Route(destination=ANYWHERE, kind=IT)), UNDETERMINED,
     "the value"),
    ("a destination that is not known, to elsewhere", "igw",
     more_routes("out", Route(destination=IT, kind=Target.TRANSIT_GATEWAY, target="t")), UNDETERMINED,
     "transit gateway t"),
    ("a destination that is not known, to the same gateway", "igw",
     more_routes("out", Route(destination=IT, kind=Target.INTERNET_GATEWAY, target="gateway")), REACHABLE, ""),
    ("the only route's destination is not known", "igw",
     table("out", Route(destination=IT, kind=Target.INTERNET_GATEWAY, target="gateway")), UNDETERMINED, "the value"),
    ("a table that may have other routes", "igw", sets("tables", "out", gaps=IT), UNDETERMINED, "the value"),
    ("such a table, with endpoints in the VPC", "privatelink", sets("tables", "inner", gaps=IT), REACHABLE, ""),
    ("a route that is perhaps gone", "igw",
     table("out", replace(route(Target.INTERNET_GATEWAY, "gateway"), blackhole=IT)), UNDETERMINED, "the value"),
    ("a part of the internet leads elsewhere", "igw", more_routes("out", route(Target.TRANSIT_GATEWAY, "t",
     "52.0.0.0/8")),
     UNDETERMINED, "transit gateway t"),
    ("a partner's few addresses lead elsewhere", "igw",
     more_routes("out", route(Target.TRANSIT_GATEWAY, "t", "52.1.2.0/24")), REACHABLE, ""),
    ("S3's list leads elsewhere, and S3 is not asked", "igw",
     both(extends(prefix_lists=keyed(PrefixList(id="pl", name="S3", service="s3"))),
          more_routes("out", route(Target.TRANSIT_GATEWAY, "t", "pl"))), REACHABLE, ""),
    ("a list that was not read leads elsewhere", "igw", more_routes("out", route(Target.TRANSIT_GATEWAY, "t", "pl")),
     UNDETERMINED, "transit gateway t"),
    # Groups.
    ("the instance's groups", "igw", sets("hosts", "host", groups=IT), UNDETERMINED, "the value"),
    ("another group that was not read", "igw", sets("hosts", "host", groups=("web", "sg-0ff")), REACHABLE, ""),
    ("a group alone that was not read", "igw", sets("hosts", "host", groups=("sg-0ff",)), UNDETERMINED, "sg-0ff"),
    ("no group is the VPC's default one, which lets all out", "igw", sets("hosts", "host", groups=()), REACHABLE, ""),
    ("a group that may have more rules", "igw", sets("groups", "web", egress=(), gaps=IT), UNDETERMINED, "the value"),
    ("a group that needs no more rules", "igw", sets("groups", "web", gaps=IT), REACHABLE, ""),
    ("a rule's ports", "igw", sets("groups", "web", egress=(replace(out(cidrs=(ANYWHERE,)), ports=IT),)), UNDETERMINED,
     "the value"),
    ("a rule's block", "igw", sets("groups", "web", egress=(out(cidrs=(IT,)),)), UNDETERMINED, "the value"),
    ("a rule's block for another port", "igw",
     sets("groups", "web", egress=(Rule(ports=(22, 22), cidrs=(IT,)),)), UNREACHABLE, "no rule of main-web"),
    ("a rule's group, to the internet", "igw", sets("groups", "web", egress=(out(groups=(IT,)),)), UNREACHABLE,
     "no rule of main-web"),
    ("a rule's group, to an endpoint", "privatelink", sets("groups", "web", egress=(out(groups=(IT,)),)), UNDETERMINED,
     "the value"),
    ("a rule for a part of the internet", "igw", sets("groups", "web", egress=(out(cidrs=("52.0.0.0/8",)),)),
     UNDETERMINED, "which addresses ssm has"),
    ("two rules that are the internet together", "igw",
     sets("groups", "web", egress=(out(cidrs=("0.0.0.0/1",)), out(cidrs=("128.0.0.0/1",)))), REACHABLE, ""),
    ("a rule for all of the endpoints' subnet", "privatelink",
     sets("groups", "web", egress=(out(cidrs=("10.0.2.0/24",)),)), REACHABLE, ""),
    ("a rule for a half of it", "privatelink", sets("groups", "web", egress=(out(cidrs=("10.0.2.0/25",)),)),
     UNDETERMINED, "which address of 10.0.2.0/24 is taken"),
    ("the half with the endpoints' addresses", "privatelink",
     both(every_endpoint(addresses=("10.0.2.7",)), sets("groups", "web", egress=(out(cidrs=("10.0.2.0/25",)),))),
     REACHABLE, ""),
    ("the other half", "privatelink",
     both(every_endpoint(addresses=("10.0.2.7",)), sets("groups", "web", egress=(out(cidrs=("10.0.2.128/25",)),))),
     UNREACHABLE, "no rule of main-web"),
    ("a subnet's block, with a rule for the VPC", "privatelink",
     both(sets("subnets", "ends", cidr=IT), sets("groups", "web", egress=(out(cidrs=("10.0.0.0/16",)),)),
          sets("subnets", "ends", acl=None), sets("subnets", "private", acl=None)), REACHABLE, ""),
    ("a list with all of the internet", "igw", lists("0.0.0.0/1", "128.0.0.0/1"), REACHABLE, ""),
    ("a list with a part of it", "igw", lists("52.0.0.0/8"), UNDETERMINED, "which addresses ssm has"),
    ("a list with private addresses", "igw", lists("10.0.0.0/8"), UNREACHABLE, "no rule of main-web"),
    ("a list with something else", "igw", lists("everywhere"), UNDETERMINED, "an entry of offices"),
    # ACLs.
    ("an ACL that may have more entries", "igw", sets("acls", "acl-public", gaps=IT), UNDETERMINED, "the value"),
    ("an ACL that was not read", "igw", sets("subnets", "public", acl="acl-0ff"), UNDETERMINED, "acl-0ff"),
    ("no ACL is the VPC's default one, which lets all through", "igw", sets("subnets", "public", acl=None), REACHABLE,
     ""),
    ("an entry that may deny all", "igw", denies("acl-public", egress=True, cidr=IT), UNDETERMINED, "the value"),
    ("such an entry for another port", "igw", denies("acl-public", egress=True, cidr=IT, ports=(22, 22)), REACHABLE,
     ""),
    ("such an entry that comes too late", "igw", denies("acl-public", egress=True, cidr=IT, number=900), REACHABLE, ""),
    ("an entry that denies a few strangers", "igw", denies("acl-public", egress=True, cidr="203.0.112.0/24"), REACHABLE,
     ""),
    ("an entry that denies a tenth of the internet", "igw", denies("acl-public", egress=True, cidr="48.0.0.0/5"),
     UNDETERMINED, "which addresses ssm has"),
    ("an entry that denies some of the answers' ports", "igw", denies("acl-public", egress=False, ports=(50000, 65535)),
     UNDETERMINED, "which of the ports 32768-60999 is taken"),
    ("an entry that denies ports that are no answers'", "igw", denies("acl-public", egress=False, ports=(61000, 65535)),
     REACHABLE, ""),
    ("such ports, on a platform that is not known", "igw",
     both(sets("hosts", "host", platform=IT), denies("acl-public", egress=False, ports=(61000, 65535))), UNDETERMINED,
     "which of the ports 32768-65535 is taken"),
    ("such ports, on Windows", "igw",
     both(sets("hosts", "host", platform=Platform.WINDOWS), denies("acl-public", egress=False, ports=(61000, 65535))),
     UNDETERMINED, "which of the ports 49152-65535 is taken"),
    ("an ACL that closes a subnet does not stand between neighbours", "privatelink",
     both(every_endpoint(subnets=("private",)), sets("subnets", "private", acl="none"),
          extends(acls=keyed(NetworkAcl(id="none", name="none", entries=())))), REACHABLE, ""),
    ("one of two endpoints' addresses is enough", "privatelink",
     both(every_endpoint(subnets=("ends", "private")), sets("subnets", "ends", acl="none"),
          extends(acls=keyed(NetworkAcl(id="none", name="none", entries=())))), REACHABLE, ""),
    ("an entry of the other protocol", "igw",
     both(sets("acls", "acl-public", entries=(
         AclEntry(number=1, egress=True, allow=True, cidr=ANYWHERE, protocol=IT),
         AclEntry(number=1, egress=False, allow=True, cidr=ANYWHERE)))), UNDETERMINED, "the value"),
    # Addresses.
    ("whether the subnet gives public addresses", "igw", sets("subnets", "public", maps_public_ip=IT), UNDETERMINED,
     "the value"),
    ("the instance says so itself", "igw",
     both(sets("subnets", "public", maps_public_ip=IT), sets("hosts", "host", public_ip=True)), REACHABLE, ""),
    ("the subnet", "igw", sets("hosts", "host", subnet=IT), UNDETERMINED, "the value"),
    ("whether an agent asks over IPv6, where that alone leads out", "dual stack", sets("hosts", "host", dual_stack=IT),
     UNDETERMINED, "the value"),
    ("IPv6 in vain beside IPv4", "igw", sets("hosts", "host", ipv6=True, dual_stack=True), REACHABLE, ""),
    ("whether there is IPv6, beside IPv4 that works", "igw", sets("hosts", "host", ipv6=IT, dual_stack=True), REACHABLE,
     ""),
    # The host.
    ("whether there is an agent", "igw", sets("hosts", "host", agent=IT), UNDETERMINED, "the value"),
    ("whether the metadata service is on", "igw", sets("hosts", "host", metadata=IT), UNDETERMINED, "the value"),
    ("the hop limit", "igw", sets("hosts", "host", hop_limit=IT), UNDETERMINED, "the value"),
    # Names.
    ("what else is in the VPC, where names lead to the internet", "igw", sets("vpcs", "vpc", gaps=IT), UNDETERMINED,
     "the value"),
    ("what else is in the VPC, where endpoints have the names", "privatelink", sets("vpcs", "vpc", gaps=IT), REACHABLE,
     ""),
    ("other name servers, where endpoints have the names", "privatelink",
     sets("vpcs", "vpc", name_servers=("10.0.0.53",)), UNDETERMINED,
     "what 10.0.0.53 answer to ssm.eu-west-1.amazonaws.com"),
    ("other name servers, where names lead to the internet", "igw", sets("vpcs", "vpc", name_servers=("10.0.0.53",)),
     REACHABLE, ""),
    ("other name servers, in place of a resolver that is off", "igw",
     sets("vpcs", "vpc", name_servers=("10.0.0.53",), dns_support=False), UNDETERMINED, "what 10.0.0.53 answer"),
    ("whether private DNS is on", "privatelink", every_endpoint(private_dns=IT), UNDETERMINED, "the value"),
    ("the VPC of an endpoint", "igw",
     lambda world: replace(world, endpoints=keyed(replace(VARIANTS["privatelink"]().endpoints["ssm"], vpc=IT))),
     UNDETERMINED, "the value"),
    ("the service of an endpoint", "igw",
     lambda world: replace(world, endpoints=keyed(replace(VARIANTS["privatelink"]().endpoints["ssm"], service=IT))),
     UNDETERMINED, "the value"),
    ("an endpoint of another VPC", "igw",
     lambda world: replace(world, endpoints=keyed(replace(VARIANTS["privatelink"]().endpoints["ssm"], vpc="other"))),
     REACHABLE, ""),
    ("whom else a zone answers", "hub", sets("zones", "zone-ssm", vpcs=("vpc",), gaps=IT), UNDETERMINED, "the value"),
    ("what a zone's record leads to", "own zone",
     lambda world: changed(world, "zones", "zone-ssm",
                           records=(replace(world.zones["zone-ssm"].records[0], endpoint="vpce-0ff"),)),
     UNDETERMINED, "vpce-0ff"),
    ("a zone of the whole domain with a wildcard", "own zone",
     lambda world: changed(world, "zones", "zone-ssm", domain="amazonaws.com",
                           records=(replace(world.zones["zone-ssm"].records[0], name="*.amazonaws.com"),)),
     REACHABLE, ""),
    # Endpoints.
    ("the endpoint's subnets", "privatelink", every_endpoint(subnets=IT), UNDETERMINED, "the value"),
    ("the endpoint's groups", "privatelink", every_endpoint(groups=IT), UNDETERMINED, "the value"),
    ("whether the endpoint works", "privatelink", every_endpoint(available=IT), UNDETERMINED, "the value"),
    ("the endpoint's policy", "privatelink", every_endpoint(policy=IT), UNDETERMINED, "the value"),
    ("a policy for all", "privatelink", every_endpoint(policy=policy()), REACHABLE, ""),
    ("a policy for the account", "privatelink",
     every_endpoint(policy=policy(Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})), REACHABLE,
     ""),
    ("a policy for another account", "privatelink",
     every_endpoint(policy=policy(Condition={"StringEquals": {"aws:PrincipalAccount": "999999999999"}})), UNREACHABLE,
     "the policy of main-ssm does not let ssm:UpdateInstanceInformation through"),
    ("a policy for tagged principals", "privatelink",
     every_endpoint(policy=policy(Condition={"StringEquals": {"aws:PrincipalTag/team": "web"}})), UNDETERMINED,
     "whether the policy of main-ssm lets the agent's calls through"),
    # One of several.
    ("one of two subnets that both work", "igw",
     both(extends(subnets=keyed(replace(VARIANTS["igw"]().subnets["public"], id="second", name="second"))),
          sets("hosts", "host", subnet=OneOf("the subnet of web", ("public", "second")))), REACHABLE, ""),
    ("one of two subnets of which one works", "nat",
     both(sets("subnets", "public", maps_public_ip=False),
          sets("hosts", "host", subnet=OneOf("the subnet of web", ("public", "private"), "subnetId of web"))),
     UNDETERMINED,
     "which one is the subnet of web: subnetId of web"),
    ("one of two subnets of which none works", "nat",
     both(sets("hosts", "host", subnet=OneOf("the subnet of web", ("public", "private"))),
          sets("groups", "web", egress=())), UNREACHABLE, "no rule of main-web"),
    ("a thing of which nothing is known is one of none", "igw", sets("hosts", "host", subnet=OneOf("the subnet of web",
     ())),
     UNDETERMINED, "the subnet of web"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("variant", "breaks", "kind", "says"), [pytest.param(*rest, id=f"{rest[0]}: {name}") for name, *rest in CASES]
)
def test_it_is_said_where_it_counts(variant: str, breaks: Callable[[World], World], kind: Kind, says: str) -> None:
    world = breaks(VARIANTS[variant]())
    verdict = judge(View(world), world.hosts["host"])
    texts = [*map(broken_text, verdict.broken), *map(unknown_text, verdict.unknown)]

    assert (verdict.kind, texts if kind is REACHABLE else []) == (kind, [])
    assert not says or any(says in text for text in texts), texts


def test_preferences_add_their_services_and_calls() -> None:
    world = replace(VARIANTS["privatelink"](), preferences=Preferences(bucket="sessions"))
    granted = policy(Action=["s3:PutObject", "s3:GetEncryptionConfiguration"])
    world = changed(world, "roles", "role", documents=(granted,))
    other = changed(world, "endpoints", "s3", policy=policy(Action="s3:GetObject"))

    assert judge(View(world), world.hosts["host"]).kind is REACHABLE
    assert [broken_text(link) for link in judge(View(other), other.hosts["host"]).broken] == [
        "the policy of main-s3 does not let s3:PutObject, s3:GetEncryptionConfiguration through"
    ]


def test_too_many_choices_are_given_up() -> None:
    """Twenty choices of two are a million verdicts."""
    groups = tuple(OneOf(f"group {number} of web", ("web", "web")) for number in range(20))
    world = changed(VARIANTS["igw"](), "hosts", "host", groups=groups)

    assert judge(View(world), world.hosts["host"]).kind is UNDETERMINED
