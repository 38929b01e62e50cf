"""Every cause beside its neighbour that is none: one thing changed in an instance that is right."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor import packets
from doctor.causes import CHECKS, diagnose, diagnose_session
from doctor.facts import SESSION_ACTIONS, Unknown
from doctor.packets import Exit
from tests.doctor.world import (
    ID,
    LAUNCHED,
    World,
    default_route,
    endpoint,
    entry,
    https,
    igw,
    nat,
    open_acl,
    privatelink,
    table,
    to_cidr,
    to_group,
    to_list,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from doctor.facts import Facts

NONE = ["unexplained"]
WORLD_OUT = [https(**to_cidr("0.0.0.0/0"))]


def names(world: World) -> list[str]:
    return [cause.name for cause in diagnose(world.facts()).causes]


def only(world: World) -> str:
    """The text of the one cause there is."""
    (cause,) = diagnose(world.facts()).causes
    return cause.text


@pytest.mark.parametrize("build", [privatelink, igw, nat])
def test_an_instance_that_is_right_has_no_cause(build: Callable[[], World]) -> None:
    diagnosis = diagnose(build().facts())

    assert [cause.name for cause in diagnosis.causes] == NONE
    assert diagnosis.unchecked == {}


def case(name: str, build: Callable[[], World], expected: list[str], **changes: Any) -> Any:
    """A world with some of its fields changed, or with a function that changes more than that."""
    change: Callable[[World], None] = changes.pop("change", lambda _: None)

    def made() -> World:
        world = replace(build(), **changes)
        change(world)
        return world

    return pytest.param(made, expected, id=name)


def of_instance(**keys: Any) -> Callable[[World], None]:
    return lambda world: world.it.update(keys)


def without(key: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        del world.it[key]

    return change


def of_endpoint(service: str, **keys: Any) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.endpoints = [
            endpoint(service) | keys if one["VpcEndpointId"].endswith(f"-{service}") else one for one in world.endpoints
        ]

    return change


def reporting(**result: Any) -> Callable[[World], None]:
    return lambda world: world.reports(**result)


def lost(**keys: Any) -> dict[str, Any]:
    return {"InstanceId": ID, "PingStatus": "ConnectionLost", "LastPingDateTime": LAUNCHED, **keys}


def heard(**keys: Any) -> dict[str, Any]:
    """Systems Manager hears the agent; that a diagnosis is made means that Session Manager has no connection to it."""
    return lost(PingStatus="Online", **keys)


def routed(*routes: dict[str, Any]) -> list[dict[str, Any]]:
    return [table("rtb-web", "subnet-web", *routes), table("rtb-ends", "subnet-ends")]


def route(destination: str, **target: str) -> dict[str, Any]:
    return default_route(**target) | {"DestinationCidrBlock": destination}


def halves(**target: str) -> list[dict[str, Any]]:
    """All there is, and more specific than the default route."""
    return [route(half, **target) for half in ("0.0.0.0/1", "128.0.0.0/1")]


def by_nat(*routes: dict[str, Any]) -> list[dict[str, Any]]:
    """The NAT gateway's own subnet has these."""
    return [nat().tables[0], table("rtb-public", "subnet-public", *routes)]


def acls(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    """The instance's subnet has an ACL of its own; the other one keeps the VPC's."""
    own = {"NetworkAclId": "acl-web", "Associations": [{"SubnetId": "subnet-web"}], "Entries": list(entries)}
    return [own, open_acl("acl-1", "subnet-ends")]


def policy(effect: str, **keys: Any) -> str:
    return json.dumps({"Statement": [{"Effect": effect, "Principal": "*", "Resource": "*", **keys}]})


PROPAGATED = default_route(GatewayId="vgw-1", Origin="EnableVgwRoutePropagation")
ALL, NOTHING = policy("Allow", Action="*"), policy("Allow", Action="s3:*")
ZONE = "ssmmessages.eu-west-1.amazonaws.com."
ARNS = "arn:aws-cn:ec2:eu-west-1:123456789012"
KEY = "arn:aws-cn:kms:eu-west-1:123456789012:key/1234"
BUCKET = {"s3BucketName": "logs", "s3EncryptionEnabled": True}
GROUP = {"cloudWatchLogGroupName": "sessions"}
DECRYPT, ENCRYPTION, FIND = "kms:Decrypt", "s3:GetEncryptionConfiguration", "logs:DescribeLogGroups"

out, into = partial(entry, egress=True), partial(entry, egress=False)
ANSWERS_IN = into(100, "allow", ports=(1024, 65535))
HTTPS_OUT = out(100, "allow", ports=(443, 443))

STATES = [
    case("there is no such instance", privatelink, ["not-found"], instance=None),
    case("it has been terminated", privatelink, ["not-running"], change=of_instance(State={"Name": "terminated"})),
    case("it is stopped", nat, ["not-running"], change=of_instance(State={"Name": "stopped"})),
    case("it is about to run", nat, ["not-running"], change=of_instance(State={"Name": "pending"})),
]
RIGHTS = [
    case("metadata is off", igw, ["metadata-off"], change=of_instance(MetadataOptions={"HttpEndpoint": "disabled"})),
    case("no profile", igw, ["no-profile"], change=without("IamInstanceProfile")),
    case("none, but a default role", igw, NONE, change=without("IamInstanceProfile"), default_management="role"),
    case(
        "no profile, and nobody may ask for a default role",
        igw,
        ["no-profile"],
        change=without("IamInstanceProfile"),
        default_management=None,
    ),
    case("the profile was deleted", igw, ["profile-deleted"], profile=None),
    case("the profile is empty", igw, ["profile-without-role"], change=lambda world: world.profile.update(Roles=[])),
    case(
        "the role is for another service",
        igw,
        ["role-not-for-ec2"],
        change=lambda world: world.profile["Roles"][0].update(AssumeRolePolicyDocument={"Service": "lambda"}),
    ),
    case("a right is missing", igw, ["role-lacks-rights"], refused=[SESSION_ACTIONS[1]]),
    case(
        "it may not register, and a default role steps in",
        igw,
        NONE,
        refused=list(SESSION_ACTIONS),
        default_management="role",
    ),
    case(
        "it may register, so no default role steps in",
        igw,
        ["role-lacks-rights"],
        refused=[SESSION_ACTIONS[4]],
        default_management="role",
    ),
    case(
        "it may not register, and nobody may ask for a default role",
        igw,
        ["role-lacks-rights"],
        refused=list(SESSION_ACTIONS),
        default_management=None,
    ),
    case("the profile came late", igw, ["profile-late"], profile_since=LAUNCHED + timedelta(minutes=3)),
    case("EC2 does not say when it came", igw, NONE, profile_since=None),
    case(
        "it came late, and the agent was online since",
        igw,
        ["connection-lost"],
        profile_since=LAUNCHED + timedelta(minutes=3),
        managed=lost(),
    ),
]
DNS = [
    case("DNS is off", igw, ["dns-support-off"], dns_support=False),
    case("names do not lead to endpoints", privatelink, ["dns-hostnames-off"], dns_hostnames=False),
    case("no endpoint needs names", nat, NONE, dns_hostnames=False),
    case(
        "endpoints need names, but there is the internet", igw, NONE, dns_hostnames=False, endpoints=[endpoint("ssm")]
    ),
]
NAMES = [
    case("only IPv6", privatelink, ["ipv6-only"], change=without("PrivateIpAddress")),
    case("other name servers", privatelink, ["other-name-servers"], name_servers=["10.9.0.2", "10.9.0.3"]),
    case("other name servers, but the internet", nat, NONE, name_servers=["10.9.0.2"], endpoints=[endpoint("ssm")]),
    case("a private zone for the missing endpoint", privatelink, NONE, endpoints=[endpoint("ssm")], zones=[ZONE]),
    case(
        "a private zone for another service",
        privatelink,
        ["endpoint-missing"],
        endpoints=[endpoint("ssm")],
        zones=["ec2.eu-west-1.amazonaws.com."],
    ),
    case(
        "a private zone in place of private DNS",
        privatelink,
        NONE,
        change=of_endpoint("ssmmessages", PrivateDnsEnabled=False),
        zones=[ZONE],
    ),
    case(
        "a private zone in place of one of two",
        privatelink,
        ["private-dns-off"],
        endpoints=[endpoint(one) | {"PrivateDnsEnabled": False} for one in ("ssm", "ssmmessages")],
        zones=[ZONE],
    ),
    case(
        "private zones for a hub's endpoints",
        igw,
        NONE,
        tables=[table("rtb-web", "subnet-web")],
        zones=["amazonaws.com."],
    ),
    case(
        "its policy stops the agent",
        privatelink,
        ["endpoint-policy"],
        change=of_endpoint("ssm", PolicyDocument=NOTHING),
    ),
    case("its policy is open", privatelink, NONE, change=of_endpoint("ssm", PolicyDocument=ALL)),
    case(
        "the policy of one without private DNS stops nobody",
        igw,
        NONE,
        endpoints=[endpoint("ssm") | {"PrivateDnsEnabled": False, "PolicyDocument": NOTHING}],
    ),
]
PUBLIC_ACCESS = [
    case("public access is blocked", igw, ["public-access-blocked"], public_access="block-bidirectional"),
    case("inbound is blocked, and with it the answers", igw, ["public-access-blocked"], public_access="block-ingress"),
    case("inbound is blocked, but a NAT gateway is let out", nat, NONE, public_access="block-ingress"),
    case("a NAT gateway is blocked too", nat, ["public-access-blocked"], public_access="block-bidirectional"),
    case("blocked, but endpoints need no public access", privatelink, NONE, public_access="block-bidirectional"),
    case("blocked, but for the VPC", igw, NONE, public_access="block-bidirectional", excluded=[f"{ARNS}:vpc/vpc-1"]),
    case(
        "blocked, but for the NAT gateway's subnet",
        nat,
        NONE,
        public_access="block-bidirectional",
        excluded=[f"{ARNS}:subnet/subnet-public"],
    ),
    case(
        "blocked, but for the subnet of the instance behind the NAT gateway",
        nat,
        ["public-access-blocked"],
        public_access="block-bidirectional",
        excluded=[f"{ARNS}:subnet/subnet-web"],
    ),
    case(
        "blocked, but for another subnet",
        igw,
        ["public-access-blocked"],
        public_access="block-ingress",
        excluded=[f"{ARNS}:subnet/subnet-other"],
    ),
]
ENDPOINTS = [
    case("no ssmmessages", privatelink, ["endpoint-missing"], endpoints=[endpoint("ssm"), endpoint("s3")]),
    case("no ssmmessages, but the internet", nat, NONE, endpoints=[endpoint("ssm")]),
    case("a deleted endpoint is none", privatelink, ["endpoint-missing"], change=of_endpoint("ssm", State="deleted")),
    case(
        "an endpoint of FIPS answers to another name",
        privatelink,
        ["endpoint-missing"],
        change=of_endpoint("ssm", ServiceName="com.amazonaws.us-gov-west-1.ssm-fips"),
    ),
    case(
        "private DNS is off",
        privatelink,
        ["private-dns-off"],
        change=of_endpoint("ssmmessages", PrivateDnsEnabled=False),
    ),
    case(
        "private DNS is off, but there is the internet",
        igw,
        NONE,
        endpoints=[endpoint("ssm") | {"PrivateDnsEnabled": False}],
    ),
    case(
        "one without private DNS, the other missing",
        privatelink,
        ["endpoint-missing", "private-dns-off"],
        endpoints=[endpoint("ssm") | {"PrivateDnsEnabled": False}],
    ),
    case(
        "it waits for acceptance",
        privatelink,
        ["endpoint-not-available"],
        change=of_endpoint("ssm", State="pendingAcceptance"),
    ),
    case("AWS writes states with a capital too", privatelink, NONE, change=of_endpoint("ssm", State="Available")),
    case(
        "it is in no subnet", privatelink, ["endpoint-without-subnets"], change=of_endpoint("ssmmessages", SubnetIds=[])
    ),
    case(
        "a broken endpoint stands before the internet",
        igw,
        ["endpoint-without-subnets"],
        endpoints=[endpoint("ssm") | {"SubnetIds": []}],
    ),
    case("its group has no rule", privatelink, ["endpoint-group-closed"], endpoint_ingress=[]),
    case(
        "its group lets another port in",
        privatelink,
        ["endpoint-group-closed"],
        endpoint_ingress=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 442, **to_group("sg-web")}],
    ),
    case(
        "its group lets udp in",
        privatelink,
        ["endpoint-group-closed"],
        endpoint_ingress=[https(**to_group("sg-web")) | {"IpProtocol": "udp"}],
    ),
    case(
        "its group lets another group in",
        privatelink,
        ["endpoint-group-closed"],
        endpoint_ingress=[https(**to_group("sg-other"))],
    ),
    case(
        "its group lets other addresses in",
        privatelink,
        ["endpoint-group-closed"],
        endpoint_ingress=[https(**to_cidr("10.0.3.0/24"))],
    ),
    case(
        "its group lets the instance's address in",
        privatelink,
        NONE,
        endpoint_ingress=[https(**to_cidr("10.0.1.5/32"))],
    ),
    case(
        "its group lets everything in",
        privatelink,
        NONE,
        endpoint_ingress=[{"IpProtocol": "-1", **to_cidr("10.0.0.0/16")}],
    ),
    case(
        "its group lets a range in that holds 443",
        privatelink,
        NONE,
        endpoint_ingress=[{"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, **to_group("sg-web")}],
    ),
    case(
        "its group lets a list of addresses in, which does not show",
        privatelink,
        NONE,
        endpoint_ingress=[https(**to_list("pl-mine"))],
    ),
    case(
        "its subnet is another account's, and does not show",
        privatelink,
        NONE,
        egress=[https(**to_cidr("10.0.9.0/24"))],
        change=lambda world: world.subnets.pop(),
    ),
    case(
        "its group is another account's, and does not show",
        privatelink,
        NONE,
        egress=WORLD_OUT,
        change=of_endpoint("ssm", Groups=[{"GroupId": "sg-shared"}]),
    ),
]
WAYS = [
    case("neither endpoint nor route", igw, ["no-route"], tables=routed()),
    case(
        "only an IPv6 route",
        igw,
        ["no-route"],
        tables=routed({"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"}),
    ),
    case(
        "only S3",
        igw,
        ["no-route"],
        tables=routed({"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "State": "active"}),
    ),
    case(
        "the main table counts where the subnet has none",
        igw,
        NONE,
        tables=[table("rtb-main", "x", default_route(GatewayId="igw-1")) | {"Associations": [{"Main": True}]}],
    ),
    case(
        "the subnet's table counts before the main one",
        igw,
        ["no-route"],
        tables=[
            table("rtb-main", "x", default_route(GatewayId="igw-1")) | {"Associations": [{"Main": True}]},
            *routed(),
        ],
    ),
    case("no public address", igw, ["no-public-address"], change=without("PublicIpAddress")),
    case(
        "the NAT gateway failed",
        nat,
        ["nat-not-available"],
        nats=[{"NatGatewayId": "nat-1", "State": "failed", "SubnetId": "subnet-public"}],
    ),
    case(
        "the NAT gateway is in a private subnet",
        nat,
        ["nat-without-internet"],
        nats=[{"NatGatewayId": "nat-1", "State": "available", "SubnetId": "subnet-web"}],
    ),
    case("a regional NAT gateway is in no subnet", nat, NONE, nats=[{"NatGatewayId": "nat-1", "State": "available"}]),
    case(
        "a private NAT gateway leads to another network",
        nat,
        ["unseen"],
        nats=[{"NatGatewayId": "nat-1", "State": "available", "ConnectivityType": "private"}],
    ),
    case(
        "the route's target is gone",
        igw,
        ["blackhole"],
        tables=routed(default_route(NatGatewayId="nat-1") | {"State": "blackhole"}),
    ),
    case(
        "a transit gateway leads out of sight", igw, ["unseen"], tables=routed(default_route(TransitGatewayId="tgw-1"))
    ),
    case(
        "a firewall's endpoint leads out of sight", igw, ["unseen"], tables=routed(default_route(GatewayId="vpce-fw"))
    ),
    case(
        "a NAT instance leads out of sight",
        igw,
        ["unseen"],
        tables=routed(default_route(NetworkInterfaceId="eni-1", InstanceId="i-1")),
    ),
    case(
        "one endpoint is here, the other may be out of sight",
        privatelink,
        ["unseen"],
        endpoints=[endpoint("ssm")],
        tables=routed({"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "active"}),
    ),
    case(
        "a private NAT gateway leads through a transit gateway",
        nat,
        ["unseen"],
        nats=[
            {
                "NatGatewayId": "nat-1",
                "State": "available",
                "SubnetId": "subnet-public",
                "ConnectivityType": "private",
            }
        ],
        tables=by_nat(default_route(TransitGatewayId="tgw-1")),
    ),
    case("the NAT gateway is another account's, and does not show", nat, NONE, nats=[]),
    case(
        "behind the NAT gateway a firewall leads out of sight",
        nat,
        ["unseen"],
        tables=by_nat(default_route(GatewayId="vpce-fw")),
    ),
    case(
        "another network beside the internet",
        igw,
        NONE,
        tables=routed(default_route(GatewayId="igw-1"), route("10.9.0.0/16", TransitGatewayId="tgw-1")),
    ),
    case(
        "a route of one's own stands before a propagated one",
        igw,
        NONE,
        tables=routed(PROPAGATED, default_route(GatewayId="igw-1")),
    ),
    case("a propagated route leads out of sight", igw, ["unseen"], tables=routed(PROPAGATED)),
]
PREFIXES = [
    case(
        "more specific routes that are gone shadow a good one",
        igw,
        ["blackhole"],
        tables=routed(default_route(GatewayId="igw-1"), *halves(NatGatewayId="nat-1", State="blackhole")),
    ),
    case(
        "good ones shadow one that is gone",
        igw,
        NONE,
        tables=routed(
            default_route(NatGatewayId="nat-1") | {"State": "blackhole"},
            *halves(GatewayId="igw-1"),
        ),
    ),
    case(
        "more specific routes lead out of sight",
        igw,
        ["unseen"],
        tables=routed(default_route(GatewayId="igw-1"), *halves(TransitGatewayId="tgw-1")),
    ),
    case(
        "one that is gone, beside a good one for some of AWS's addresses",
        igw,
        NONE,
        tables=routed(
            default_route(NatGatewayId="nat-1") | {"State": "blackhole"}, route("52.0.0.0/8", GatewayId="igw-1")
        ),
    ),
    case(
        "a good one, beside one that is gone for some addresses",
        igw,
        NONE,
        tables=routed(default_route(GatewayId="igw-1"), route("52.0.0.0/8", NatGatewayId="nat-1", State="blackhole")),
    ),
    case("a route for a few strangers", igw, ["no-route"], tables=routed(route("192.0.0.0/25", GatewayId="igw-1"))),
    case("a route for half the internet", igw, NONE, tables=routed(route("0.0.0.0/1", GatewayId="igw-1"))),
    case(
        "a list of addresses, which does not show, may have AWS's",
        igw,
        NONE,
        tables=routed({"DestinationPrefixListId": "pl-mine", "GatewayId": "igw-1", "State": "active"}),
    ),
    case(
        "only IPv6 is shadowed",
        igw,
        NONE,
        tables=routed(
            default_route(GatewayId="igw-1"),
            {"DestinationIpv6CidrBlock": "2000::/3", "NatGatewayId": "nat-1", "State": "blackhole"},
        ),
    ),
    case(
        "the NAT gateway's own way is shadowed",
        nat,
        ["nat-without-internet"],
        tables=by_nat(default_route(GatewayId="igw-1"), *halves(NetworkInterfaceId="eni-1", State="blackhole")),
    ),
    case(
        "the NAT gateway's way to another network is not its way out",
        nat,
        NONE,
        tables=by_nat(
            default_route(GatewayId="igw-1"),
            route("10.9.0.0/16", TransitGatewayId="tgw-1"),
            {"DestinationPrefixListId": "pl-mine", "TransitGatewayId": "tgw-1", "State": "active"},
        ),
    ),
]
GROUPS = [
    case("nothing out to the internet", igw, ["egress-closed"], egress=[]),
    case("only private addresses", nat, ["egress-closed"], egress=[https(**to_cidr("10.0.0.0/8"))]),
    case(
        "only S3",
        nat,
        ["egress-closed"],
        egress=[https(**to_list("pl-s3"))],
        tables=[
            table(
                "rtb-web",
                "subnet-web",
                default_route(NatGatewayId="nat-1"),
                {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3"},
            ),
            nat().tables[1],
        ],
    ),
    case("some public addresses", nat, NONE, egress=[https(**to_cidr("52.0.0.0/8"))]),
    case("nothing out to the endpoints", privatelink, ["egress-closed"], egress=[https(**to_list("pl-s3"))]),
    case("out to the endpoints' addresses", privatelink, NONE, egress=[https(**to_cidr("10.0.2.0/24"))]),
    case("out to other addresses", privatelink, ["egress-closed"], egress=[https(**to_cidr("10.0.1.0/24"))]),
    case(
        "out of sight nobody knows what is needed",
        igw,
        ["unseen"],
        egress=[],
        tables=routed(default_route(TransitGatewayId="tgw-1")),
    ),
    case(
        "one way is an endpoint, the other the internet",
        igw,
        ["egress-closed"],
        endpoints=[endpoint("ssm")],
        egress=[https(**to_group("sg-ends"))],
    ),
    case("both ways are open", igw, NONE, endpoints=[endpoint("ssm")], egress=WORLD_OUT),
]
ACLS = [
    case("nothing at all", igw, ["network-acl"], acls=acls()),
    case("no answers in", igw, ["network-acl"], acls=acls(HTTPS_OUT, into(100, "allow", ports=(443, 443)))),
    case("no https out", igw, ["network-acl"], acls=acls(ANSWERS_IN, out(100, "allow", ports=(80, 80)))),
    case("https and answers", igw, NONE, acls=acls(ANSWERS_IN, HTTPS_OUT)),
    case(
        "refused before it is allowed",
        igw,
        ["network-acl"],
        acls=acls(ANSWERS_IN, HTTPS_OUT, out(50, "deny", ports=(443, 443))),
    ),
    case(
        "refused after it is allowed",
        igw,
        NONE,
        acls=acls(ANSWERS_IN, HTTPS_OUT, out(150, "deny", ports=(443, 443))),
    ),
    case("one address refused", igw, NONE, acls=acls(ANSWERS_IN, HTTPS_OUT, out(50, "deny", cidr="1.1.1.1/32"))),
    case(
        "udp says nothing of tcp",
        igw,
        NONE,
        acls=acls(ANSWERS_IN, HTTPS_OUT, out(50, "deny", ports=(443, 443)) | {"Protocol": "17"}),
    ),
    case("only inside the VPC", nat, ["network-acl"], acls=acls(ANSWERS_IN, out(1, "allow", cidr="10.0.0.0/16"))),
    case(
        "only inside the VPC, where the endpoints are",
        privatelink,
        NONE,
        acls=acls(ANSWERS_IN, out(1, "allow", cidr="10.0.0.0/16")),
    ),
    case(
        "the endpoints' subnet lets nothing in",
        privatelink,
        ["network-acl"],
        acls=[
            open_acl("acl-web", "subnet-web"),
            {"NetworkAclId": "acl-ends", "Associations": [{"SubnetId": "subnet-ends"}], "Entries": [HTTPS_OUT]},
        ],
    ),
    case(
        "nothing filters inside a subnet",
        privatelink,
        NONE,
        acls=acls(),
        endpoints=[endpoint(one) | {"SubnetIds": ["subnet-web"]} for one in ("ssm", "ssmmessages")],
    ),
    case("an ACL that does not show lets pass", igw, NONE, acls=[]),
]
AGENT = [
    case("not installed", igw, ["agent-not-installed"], change=reporting(result="not-ready", reason="not-installed")),
    case("not running", igw, ["agent-not-running"], change=reporting(result="not-ready", reason="not-running")),
    case(
        "unreachable",
        igw,
        ["agent-unreachable"],
        change=reporting(result="not-ready", reason="unreachable", unreachable=["ssm", "s3"]),
    ),
    case(
        "no credentials", igw, ["agent-no-credentials"], change=reporting(result="not-ready", reason="no-credentials")
    ),
    case("refused", igw, ["agent-refused"], change=reporting(result="not-ready", reason="refused")),
    case(
        "old, says the check",
        igw,
        ["agent-old-agent"],
        change=reporting(result="not-ready", reason="old-agent", agent="3.2.1.0"),
    ),
    case(
        "no diagnosis",
        igw,
        ["agent-diagnostics-failed"],
        change=reporting(result="not-ready", reason="diagnostics-failed"),
    ),
    case("a reason of a newer check", igw, ["agent-not-ready"], change=reporting(result="not-ready", reason="moon")),
    case("ready", igw, NONE, change=reporting(result="ready", reason="")),
    case(
        "once broken, then ready",
        igw,
        NONE,
        change=lambda world: (world.reports(result="not-ready", reason="not-running"), world.reports(result="ready")),
    ),
    case("an image without the agent", igw, ["image-without-agent"], image_name="al2023-ami-minimal-2023.9-arm64"),
    case("Debian", igw, ["image-without-agent"], image_name="debian-13-arm64-20261101-1234"),
    case(
        "such an image, but the check installed it",
        igw,
        NONE,
        image_name="debian-13-arm64-20261101-1234",
        change=reporting(result="ready"),
    ),
    case(
        "such an image, but the agent was online",
        igw,
        ["connection-lost"],
        image_name="debian-13-arm64-20261101-1234",
        managed=lost(),
    ),
    case("lost", nat, ["connection-lost"], managed=lost(AgentVersion="3.2.0.0")),
    case(
        "lost, and too old for endpoints",
        privatelink,
        ["agent-old-agent", "connection-lost"],
        managed=lost(AgentVersion="3.2.2222.0"),
    ),
    case("lost, and new enough", privatelink, ["connection-lost"], managed=lost(AgentVersion="3.3.40.0")),
    case(
        "lost, and old with the endpoint it needs",
        privatelink,
        ["connection-lost"],
        managed=lost(AgentVersion="3.2.2222.0"),
        change=lambda world: world.endpoints.append(endpoint("ec2messages")),
    ),
]
UNCONNECTED = [
    case("heard, and not connected", igw, ["not-connected"], managed=heard(AgentVersion="3.3.40.0")),
    case(
        "heard, without an endpoint for sessions",
        privatelink,
        ["endpoint-missing", "not-connected"],
        endpoints=[endpoint("ssm")],
        managed=heard(),
    ),
    case(
        "heard, without the right to sessions",
        igw,
        ["role-lacks-rights", "not-connected"],
        refused=list(SESSION_ACTIONS[1:]),
        managed=heard(),
    ),
    case(
        "heard, with an endpoint for sessions that lets nobody in",
        privatelink,
        ["endpoint-group-closed", "not-connected"],
        change=of_endpoint("ssm", Groups=[{"GroupId": "sg-shared"}]),
        egress=WORLD_OUT,
        endpoint_ingress=[],
        managed=heard(),
    ),
    case(
        "heard, from such an image, with a late profile",
        igw,
        ["not-connected"],
        image_name="debian-13-arm64-20261101-1234",
        profile_since=LAUNCHED + timedelta(minutes=3),
        managed=heard(),
    ),
    case(
        "heard until it was stopped",
        igw,
        ["not-running"],
        change=of_instance(State={"Name": "stopped"}),
        managed=heard(),
    ),
]
CASES = [
    *STATES,
    *RIGHTS,
    *DNS,
    *NAMES,
    *PUBLIC_ACCESS,
    *ENDPOINTS,
    *WAYS,
    *PREFIXES,
    *GROUPS,
    *ACLS,
    *AGENT,
    *UNCONNECTED,
]


@pytest.mark.parametrize(("build", "expected"), CASES)
def test_causes(build: Callable[[], World], expected: list[str]) -> None:
    diagnosis = diagnose(build().facts())

    assert expected == [cause.name for cause in diagnosis.causes]


SESSIONS = [
    case("none are set", igw, [], preferences={}),
    case("a key that the role may use", igw, [], preferences={"kmsKeyId": KEY}),
    case("a key that no policy gives", igw, ["session-key-refused"], preferences={"kmsKeyId": KEY}, refused=[DECRYPT]),
    case("a key that is denied", igw, ["session-key-refused"], preferences={"kmsKeyId": KEY}, denied=[DECRYPT]),
    case("a key, in a network without kms", privatelink, ["session-endpoint-missing"], preferences={"kmsKeyId": KEY}),
    case(
        "a key, in a network with kms",
        privatelink,
        [],
        preferences={"kmsKeyId": KEY},
        change=lambda world: world.endpoints.append(endpoint("kms")),
    ),
    case(
        "a key, with kms under another name",
        privatelink,
        ["session-endpoint-missing"],
        preferences={"kmsKeyId": KEY},
        change=lambda world: world.endpoints.append(endpoint("kms") | {"PrivateDnsEnabled": False}),
    ),
    case(
        "a key, with a private zone for kms",
        privatelink,
        [],
        preferences={"kmsKeyId": KEY},
        zones=["kms.eu-west-1.amazonaws.com."],
    ),
    case("a key, and a way that does not show", nat, [], preferences={"kmsKeyId": KEY}, tables=[]),
    case("a bucket that must be encrypted", igw, ["session-bucket-refused"], preferences=BUCKET, refused=[ENCRYPTION]),
    case("a bucket that need not be", igw, [], preferences={"s3BucketName": "logs"}, refused=[ENCRYPTION]),
    case("a bucket, in a network without S3", privatelink, ["session-endpoint-missing"], preferences=BUCKET),
    case(
        "a bucket, in a network with S3",
        privatelink,
        [],
        preferences=BUCKET,
        change=lambda world: world.endpoints.append(
            endpoint("s3") | {"VpcEndpointType": "Gateway", "PrivateDnsEnabled": False}
        ),
    ),
    case("a log group", igw, [], preferences={"cloudWatchLogGroupName": "logs"}),
    case("a log group, in a network without logs", privatelink, ["session-endpoint-missing"], preferences=GROUP),
    case("a log group that may not be found", igw, ["session-log-refused"], preferences=GROUP, refused=[FIND]),
    case(
        "all of it, and no right",
        privatelink,
        [
            "session-endpoint-missing",
            "session-key-refused",
            "session-bucket-refused",
            "session-log-refused",
            "session-log-refused",
        ],
        preferences={"kmsKeyId": KEY, **BUCKET, **GROUP},
        refused=[DECRYPT, ENCRYPTION, FIND, "logs:PutLogEvents"],
    ),
]


@pytest.mark.parametrize(("build", "expected"), SESSIONS)
def test_why_no_session_can_begin(build: Callable[[], World], expected: list[str]) -> None:
    diagnosis = diagnose_session(build().session_facts())

    assert expected == [cause.name for cause in diagnosis.causes]
    assert diagnosis.unchecked == {}


def test_a_key_that_is_named_by_an_alias_can_not_be_judged() -> None:
    diagnosis = diagnose_session(replace(igw(), preferences={"kmsKeyId": "alias/sessions"}).session_facts())

    assert diagnosis.causes == []
    assert list(diagnosis.unchecked.values()) == [["rights for the session preferences"]]


UNCERTAIN = {
    "no profile, and nobody may ask for a default role",
    "it may not register, and nobody may ask for a default role",
    "only IPv6",
    "other name servers",
    "an endpoint of FIPS answers to another name",
    "a key that no policy gives",
    "a bucket that must be encrypted",
}


def test_what_does_not_show_all_is_possible_and_no_more() -> None:
    """Of the causes that depend on what the API does not show, and of the others beside them."""
    uncertain = set()
    for one in CASES:
        found = diagnose(one.values[0]().facts()).causes
        # Another network and the agent's own configuration never show.
        if any(not cause.certain for cause in found if cause.name not in ("unseen", "no-route")):
            uncertain.add(one.id)
    for one in SESSIONS[:-1]:
        if any(not cause.certain for cause in diagnose_session(one.values[0]().session_facts()).causes):
            uncertain.add(one.id)

    assert uncertain == UNCERTAIN


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        pytest.param(
            lambda: replace(privatelink(), endpoints=[endpoint("ssm")]), "endpoint-missing", id="an endpoint is missing"
        ),
        pytest.param(lambda: replace(igw(), tables=routed()), "no-route", id="no route"),
    ],
)
def test_without_a_word_of_private_zones_a_missing_way_is_possible(build: Callable[[], World], expected: str) -> None:
    known, not_known = diagnose(build().facts()), diagnose(unknown(build(), zones="route53"))

    assert [cause.name for cause in known.causes] == [cause.name for cause in not_known.causes] == [expected]
    assert not not_known.causes[0].certain
    assert "private hosted zone" in not_known.causes[0].text
    assert list(not_known.unchecked) == ["route53"]


def test_what_must_be_asked_first_is_told_beside_the_cause() -> None:
    facts = replace(igw(), default_management=None)
    del facts.it["IamInstanceProfile"]

    assert diagnose(facts.facts()).unchecked == {"needs ssm:GetServiceSetting": ["instance profile"]}


def test_every_cause_has_a_case() -> None:
    sources = [Path(packets.__file__).parent / "causes.py", *(Path(packets.__file__).parent / "checks").glob("*.py")]
    named = r'name="([a-z0-9-]+)"|"(session-[a-z-]+)"'
    written = {a or b for path in sources for a, b in re.findall(named, path.read_text())}
    reasons = set(re.findall(r"\b(?:reason=|fail )([a-z][a-z-]+)", BOOT_SCRIPT.read_text()))
    possible = written | {f"agent-{one}" for one in reasons} | {one.value for one in Exit} - {"open"}
    shown = {name for one in [*CASES, *SESSIONS] for name in one.values[1]}

    assert shown | {"emulator"} == possible | {"agent-not-ready", "emulator"} == set(COMMANDS)


EMULATOR = "http://127.0.0.1:9"
BOOT_SCRIPT = Path(__file__).parents[2] / "components" / "instance" / "agent" / "linux.sh"
INSTANCE = "arn:aws-cn:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0"
THE_INSTANCE = "aws ec2 describe-instances --instance-ids i-0123456789abcdef0 --region eu-west-1"
THE_PROFILE = "aws iam get-instance-profile --instance-profile-name web"
CONSOLE = "aws ec2 get-console-output --instance-id i-0123456789abcdef0 --latest --output text --region eu-west-1"
MANAGED = (
    "aws ssm describe-instance-information --filters Key=InstanceIds,Values=i-0123456789abcdef0 --region eu-west-1"
)
ENDPOINTS_OF_VPC = "aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values=vpc-1 --region eu-west-1"
ROUTES_OF_VPC = "aws ec2 describe-route-tables --filters Name=vpc-id,Values=vpc-1 --region eu-west-1"
SIMULATED = "aws iam simulate-principal-policy --policy-source-arn arn:aws-cn:iam::123456789012:role/team/web"
# The cause, and the whole line that shows it.
COMMANDS = {
    "not-found": THE_INSTANCE,
    "not-running": f"{THE_INSTANCE} --query 'Reservations[].Instances[].State'",
    "metadata-off": f"{THE_INSTANCE} --query 'Reservations[].Instances[].MetadataOptions'",
    "no-profile": f"{THE_INSTANCE} --query 'Reservations[].Instances[].IamInstanceProfile'",
    "profile-deleted": THE_PROFILE,
    "profile-without-role": THE_PROFILE,
    "role-not-for-ec2": THE_PROFILE,
    "role-lacks-rights": "aws iam simulate-principal-policy "
    "--policy-source-arn arn:aws-cn:iam::123456789012:role/team/web "
    "--action-names ssm:UpdateInstanceInformation ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel "
    "ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel "
    f"--resource-arns {INSTANCE} --context-entries "
    f"ContextKeyName=ec2:SourceInstanceARN,ContextKeyType=string,ContextKeyValues={INSTANCE} "
    f"ContextKeyName=ssm:SourceInstanceARN,ContextKeyType=string,ContextKeyValues={INSTANCE}",
    "profile-late": "aws ec2 describe-iam-instance-profile-associations "
    "--filters Name=instance-id,Values=i-0123456789abcdef0 --region eu-west-1",
    "dns-support-off": "aws ec2 describe-vpc-attribute --vpc-id vpc-1 --attribute enableDnsSupport --region eu-west-1",
    "dns-hostnames-off": "aws ec2 describe-vpc-attribute --vpc-id vpc-1 --attribute enableDnsHostnames "
    "--region eu-west-1",
    "endpoint-missing": ENDPOINTS_OF_VPC,
    "private-dns-off": ENDPOINTS_OF_VPC,
    "endpoint-not-available": ENDPOINTS_OF_VPC,
    "endpoint-without-subnets": ENDPOINTS_OF_VPC,
    "endpoint-group-closed": "aws ec2 describe-security-groups --group-ids sg-ends --region eu-west-1",
    "ipv6-only": f"{THE_INSTANCE} --query 'Reservations[].Instances[].NetworkInterfaces'",
    "other-name-servers": "aws ec2 describe-dhcp-options --region eu-west-1",
    "endpoint-policy": ENDPOINTS_OF_VPC,
    "public-access-blocked": "aws ec2 describe-vpc-block-public-access-options --region eu-west-1",
    "session-endpoint-missing": ENDPOINTS_OF_VPC,
    "session-key-refused": f"{SIMULATED} --action-names kms:Decrypt --resource-arns '{KEY}'",
    "session-bucket-refused": f"{SIMULATED} --action-names s3:GetEncryptionConfiguration "
    "--resource-arns 'arn:aws-cn:s3:::logs'",
    "session-log-refused": f"{SIMULATED} --action-names logs:DescribeLogGroups "
    "--resource-arns 'arn:aws-cn:logs:eu-west-1:123456789012:log-group:*'",
    "emulator": f"{THE_INSTANCE} --query 'Reservations[].Instances[].State'",
    "no-route": ROUTES_OF_VPC,
    "no-public-address": ROUTES_OF_VPC,
    "nat-not-available": ROUTES_OF_VPC,
    "nat-without-internet": ROUTES_OF_VPC,
    "blackhole": ROUTES_OF_VPC,
    "unseen": ROUTES_OF_VPC,
    "egress-closed": "aws ec2 describe-security-groups --group-ids sg-web --region eu-west-1",
    "network-acl": "aws ec2 describe-network-acls --filters Name=vpc-id,Values=vpc-1 --region eu-west-1",
    "agent-not-installed": CONSOLE,
    "agent-not-running": CONSOLE,
    "agent-unreachable": CONSOLE,
    "agent-no-credentials": CONSOLE,
    "agent-refused": CONSOLE,
    "agent-diagnostics-failed": CONSOLE,
    "agent-not-ready": CONSOLE,
    "agent-old-agent": CONSOLE,
    "image-without-agent": "aws ec2 describe-images --image-ids ami-1 --region eu-west-1",
    "connection-lost": MANAGED,
    "not-connected": "aws ssm get-connection-status --target i-0123456789abcdef0 --region eu-west-1",
    "unexplained": CONSOLE,
}


@pytest.mark.parametrize("build", [pytest.param(one.values[0], id=one.id) for one in CASES])
def test_each_cause_says_what_to_run_for_this_instance(build: Callable[[], World]) -> None:
    facts = build().facts()
    # A version that only Systems Manager tells is shown by Systems Manager.
    commands = {**COMMANDS, "agent-old-agent": MANAGED} if facts.managed else COMMANDS
    for cause in diagnose(facts).causes:
        assert cause.command == commands[cause.name]
        assert cause.text[0].isupper() or cause.text.startswith(("vpc", "rtb"))
        assert cause.text.endswith((".", "--region eu-west-1"))


@pytest.mark.parametrize("build", [pytest.param(one.values[0], id=one.id) for one in SESSIONS[:-1]])
def test_each_cause_against_a_session_says_what_to_run(build: Callable[[], World]) -> None:
    for cause in diagnose_session(build().session_facts()).causes:
        assert cause.command == COMMANDS[cause.name]
        assert cause.text[0].isupper()
        assert cause.text.endswith(".")


@pytest.mark.parametrize("build", [pytest.param(one.values[0], id=one.id) for one in [*CASES, *SESSIONS]])
def test_no_line_asks_a_real_account_of_what_an_emulator_said(build: Callable[[], World]) -> None:
    world = build()
    found = diagnose(replace(world.facts(), emulator=EMULATOR)).causes
    if world.preferences is not None:
        found = diagnose_session(replace(world.session_facts(), emulator=EMULATOR)).causes
    for cause in found:
        lines = [cause.command, *re.findall(r"aws \w+ [a-z-]+-.*", cause.text)]
        assert all(f"--endpoint-url {EMULATOR}" in line for line in lines)


def test_an_emulator_is_a_reason_of_its_own() -> None:
    (right,) = diagnose(replace(igw().facts(), emulator=EMULATOR)).causes
    (wrong,) = diagnose(replace(replace(igw(), egress=[]).facts(), emulator=EMULATOR)).causes

    assert (right.name, wrong.name) == ("emulator", "egress-closed")
    assert "reboot" not in right.text + right.command


def test_roots_stand_before_symptoms() -> None:
    world = privatelink()
    world.endpoints, world.refused = [endpoint("ssm")], [SESSION_ACTIONS[0]]
    world.reports(result="not-ready", reason="unreachable", unreachable=["ssmmessages"], advice="Add its endpoint.")

    assert names(world) == ["role-lacks-rights", "endpoint-missing", "agent-unreachable"]


def test_messages_name_what_they_are_about() -> None:
    missing, closed, role = privatelink(), privatelink(), igw()
    missing.endpoints.pop()
    closed.endpoint_ingress = []
    role.refused = list(SESSION_ACTIONS[1:3])
    world = igw()
    world.reports(result="not-ready", reason="unreachable", unreachable=["ssm", "s3"], advice="Open 443.")

    assert only(missing).startswith("vpc-1 has no endpoint for ssmmessages, and there is no other way out.")
    assert only(closed) == (
        "No group of vpce-ssm for ssm and vpce-ssmmessages for ssmmessages (sg-ends) lets 443 in from the instance "
        "(sg-web, 10.0.1.5). Add such a rule."
    )
    assert only(role).startswith("The role web is refused ssmmessages:CreateControlChannel, ssmmessages:CreateDataC")
    assert only(world) == "The agent does not reach ssm and s3, says its console. Open 443."
    assert only(replace(igw(), managed=lost())).startswith("The agent was last heard at 2026-11-22 06:00:00Z. Since")
    assert only(replace(igw(), managed=heard())).startswith(
        "The agent was heard by ssm at 2026-11-22 06:00:00Z, but has no connection to ssmmessages,"
    )


def unknown(world: World, **of_network: str) -> Facts:
    """Facts, some of which nobody may ask for."""
    facts = world.facts()
    assert facts.running is not None
    fields: dict[str, Any] = {name: Unknown(why=action) for name, action in of_network.items()}
    return replace(facts, running=replace(facts.running, network=replace(facts.running.network, **fields)))


def test_what_may_not_be_asked_is_said_and_the_rest_is_checked() -> None:
    world = privatelink()
    world.refused = [SESSION_ACTIONS[0]]
    diagnosis = diagnose(unknown(world, acls="ec2:DescribeNetworkAcls", groups="ec2:DescribeSecurityGroups"))

    assert [cause.name for cause in diagnosis.causes] == ["role-lacks-rights"]
    assert diagnosis.unchecked == {
        "ec2:DescribeSecurityGroups": ["the endpoints' groups", "the instance's groups"],
        "ec2:DescribeNetworkAcls": ["network ACLs"],
    }


@pytest.mark.parametrize(
    ("managed", "expected"),
    [
        pytest.param(None, [], id="never"),
        pytest.param(lost(), ["connection-lost"], id="lost"),
        pytest.param(heard(), ["not-connected"], id="not connected"),
    ],
)
def test_without_the_instance_only_systems_manager_is_asked(
    managed: dict[str, Any] | None, expected: list[str]
) -> None:
    facts: Any = replace(privatelink().facts(), instance=Unknown(why="ec2:DescribeInstances"), running=None)
    diagnosis = diagnose(replace(facts, managed=managed))

    assert [cause.name for cause in diagnosis.causes] == expected
    assert diagnosis.unchecked == {"ec2:DescribeInstances": tuple(CHECKS)}


BLOCKS = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False), st.ip_addresses(v=4), st.integers(0, 32)
)


@given(
    rules=st.lists(
        st.tuples(
            st.integers(1, 99), st.sampled_from(["allow", "deny"]), BLOCKS, st.integers(0, 500), st.integers(443, 900)
        ),
        max_size=6,
        unique_by=lambda rule: rule[0],
    ),
    address=st.ip_addresses(v=4),
)
def test_an_acl_decides_for_one_address_as_aws_does(rules: list[Any], address: IPv4Address) -> None:
    """The entry with the lowest number that holds the packet decides, and without one it is dropped."""
    held = [one for one in sorted(rules, key=lambda rule: rule[0]) if address in one[2] and one[3] <= 443 <= one[4]]
    expected = bool(held) and held[0][1] == "allow"
    entries = [out(number, action, cidr=str(cidr), ports=(first, last)) for number, action, cidr, first, last in rules]
    world = privatelink()
    world.subnets[1]["CidrBlock"] = f"{address}/32"
    world.egress = WORLD_OUT
    world.acls = acls(ANSWERS_IN, *entries)

    assert (names(world) == NONE) == expected
