"""Doors that no resource opens by itself: both verdicts, as functions and over gRPC."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from ssm_guard.joins import templates
from ssm_guard.no_world_ssh_across_resources import NO_WORLD_SSH_ACROSS_RESOURCES
from ssm_guard.opaque_ingress import OPAQUE_INGRESS
from ssm_guard.reporting import NotKnownYetError
from tests.policy.cases.ec2 import GROUP, INGRESS_RULE, rule
from tests.policy.judging import UNKNOWN, Made, ask_stack_function, ask_stack_server

if TYPE_CHECKING:
    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
INSTANCE = "aws:lightsail/instance:Instance"
PORTS = "aws:lightsail/instancePublicPorts:InstancePublicPorts"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
TARGETS = "aws:lb/targetGroup:TargetGroup"
ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
SSH = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22}


def group(name: str, **props: object) -> Made:
    return Made(GROUP, name, props)


def part(name: str, source: str, of: str, **props: object) -> Made:
    """A rule that is a resource, for a group whose id a preview doesn't know."""
    values = {**SSH, "cidrIpv4": source, "securityGroupId": UNKNOWN, **props}
    return Made(INGRESS_RULE, name, values, {"securityGroupId": (of,)})


LOW, HIGH = part("low", "0.0.0.0/1", of="web"), part("high", "128.0.0.0/1", of="web")
BY_ID = {"securityGroupId": "sg-1"}


@dataclass(frozen=True)
class Whole:
    """A sentence, a stack, and the resource and the beginning of each report."""

    sentence: str
    stack: tuple[Made, ...]
    blocked: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.sentence


HALVES = [
    Whole(
        "two halves of one new group",
        (group("web"), LOW, HIGH),
        (
            (
                "web",
                "low.cidrIpv4 (0.0.0.0/1), high.cidrIpv4 (128.0.0.0/1) add up to 0.0.0.0/0, every IPv4 address, which",
            ),
        ),
    ),
    Whole("a half each of two groups", (group("web"), group("db"), LOW, part("high", "128.0.0.0/1", of="db"))),
    Whole(
        "two halves of a group that has an id",
        (group("web", id="sg-1"), replace(LOW, props={**LOW.props, **BY_ID}), HIGH),
        (("web", "low.cidrIpv4"),),
    ),
    Whole(
        "two halves of a group of another stack",
        tuple(replace(one, props={**one.props, **BY_ID}, needs={}) for one in (LOW, HIGH)),
        (("low", "low.cidrIpv4"),),
    ),
    Whole(
        "two halves, one of them for https",
        (group("web"), LOW, part("high", "128.0.0.0/1", of="web", fromPort=443, toPort=443)),
    ),
    Whole("the world in one rule is the business of no-world-ssh", (group("web"), part("all", "0.0.0.0/0", of="web"))),
    Whole(
        "what a refresh wrote into the group says nothing beside separate rules",
        (group("web", ingress=[rule(cidrBlocks=["128.0.0.0/1"])]), LOW),
    ),
    Whole("rules whose group nothing names", tuple(replace(one, needs={}) for one in (LOW, HIGH))),
    Whole(
        "two rules of one name",
        (
            group("web"),
            replace(
                LOW,
                token="aws:ec2/securityGroupRule:SecurityGroupRule",
                props={"type": "ingress", **rule(cidrBlocks=["0.0.0.0/1"]), "securityGroupId": UNKNOWN},
            ),
            replace(HIGH, name="high"),
        ),
        (("web", "low.cidrBlocks[0]"),),
    ),
]


def world_list(cidr: str = "0.0.0.0/0", name: str = "everyone", **props: object) -> Made:
    return Made(LIST, name, {"entries": [{"cidr": cidr}], **props})


def listed(*lists: str, **props: object) -> Made:
    values = {**SSH, "prefixListId": UNKNOWN, "securityGroupId": UNKNOWN, **props}
    return Made(INGRESS_RULE, "by-list", values, {"prefixListId": lists, "securityGroupId": ("web",)})


BY_LIST = "by-list.prefixListId.everyone.entries[0].cidr: 0.0.0.0/0"
PREFIX_LISTS = [
    Whole(
        "a rule that names a list with the world", (group("web"), world_list(), listed("everyone")), (("web", BY_LIST),)
    ),
    Whole("a rule that names a list with an office", (group("web"), world_list("10.0.0.0/8"), listed("everyone"))),
    Whole(
        "a rule that names the list by its id",
        (group("web"), world_list(id="pl-1"), listed("everyone", prefixListId="pl-1")),
        (("web", BY_LIST),),
    ),
    Whole(
        "a rule for https that names the list",
        (group("web"), world_list(), listed("everyone", fromPort=443, toPort=443)),
    ),
    Whole(
        "a list whose entry is a resource",
        (
            group("web"),
            Made(LIST, "everyone"),
            listed("everyone"),
            Made(ENTRY, "entry", {"cidr": "::/0", "prefixListId": UNKNOWN}, {"prefixListId": ("everyone",)}),
        ),
        (("web", "by-list.prefixListId.entry.cidr: ::/0, every public IPv6 address,"),),
    ),
    Whole(
        "a rule inside the group",
        (world_list(), Made(GROUP, "web", {"ingress": [rule(prefixListIds=[UNKNOWN])]}, {"ingress": ("everyone",)})),
        (("web", "web.ingress[0].prefixListIds[0].everyone.entries[0].cidr"),),
    ),
    Whole(
        "a list that holds half, and a rule for the other half",
        (group("web"), world_list("0.0.0.0/1"), listed("everyone"), HIGH),
        (("web", "by-list.prefixListId.everyone"),),
    ),
    Whole(
        "one of two lists, for https: whichever it is",
        (
            group("web"),
            world_list(),
            world_list("10.0.0.0/8", "office"),
            listed("everyone", "office", fromPort=443, toPort=443),
        ),
    ),
]

LIGHTSAIL = [
    Whole(
        "an instance without declared ports",
        (Made(INSTANCE, "box", {"name": "box"}),),
        (("box", "networking: 0.0.0.0/0"),),
    ),
    Whole(
        "an instance with declared ports",
        (Made(INSTANCE, "box", {"name": "box"}), Made(PORTS, "p", {"instanceName": "box"})),
    ),
    Whole(
        "ports of another instance",
        (Made(INSTANCE, "box", {"name": "box"}), Made(PORTS, "p", {"instanceName": "bag"})),
        (("box", "networking"),),
    ),
    Whole(
        "ports of a new instance",
        (
            Made(INSTANCE, "box", {"name": UNKNOWN}),
            Made(PORTS, "p", {"instanceName": UNKNOWN}, {"instanceName": ("box",)}),
        ),
    ),
    Whole("Windows opens 3389 instead", (Made(INSTANCE, "box", {"blueprintId": "windows_server_2022"}),)),
]


def listener(port: int, **props: object) -> Made:
    values = {"port": port, "loadBalancerArn": UNKNOWN, **props}
    return Made(LISTENER, "front", values, {"loadBalancerArn": ("lb",), "defaultActions": ("back",)})


FORWARD = {"defaultActions": [{"type": "forward", "targetGroupArn": UNKNOWN}]}
WEIGHTED = {"defaultActions": [{"type": "forward", "forward": {"targetGroups": [{"arn": UNKNOWN}]}}]}
PUBLIC, INTERNAL = Made(BALANCER, "lb", {"internal": False}), Made(BALANCER, "lb", {"internal": True})
BACK = Made(TARGETS, "back", {"port": 22})
BALANCERS = [
    Whole(
        "a public listener on 22", (PUBLIC, Made(TARGETS, "back"), listener(22)), (("front", "front.port: 0.0.0.0/0"),)
    ),
    Whole("an internal listener on 22", (INTERNAL, Made(TARGETS, "back"), listener(22))),
    Whole("a public listener on 443", (PUBLIC, Made(TARGETS, "back", {"port": 8443}), listener(443, **FORWARD))),
    Whole(
        "a public listener that forwards to 22", (PUBLIC, BACK, listener(2022, **FORWARD)), (("front", "back.port"),)
    ),
    Whole(
        "a public listener that forwards with weights",
        (PUBLIC, BACK, listener(2022, **WEIGHTED)),
        (("front", "back.port"),),
    ),
    Whole("an internal listener that forwards to 22", (INTERNAL, BACK, listener(2022, **FORWARD))),
    Whole(
        "a target that listens on 22",
        (
            PUBLIC,
            Made(TARGETS, "back", {"port": 80}),
            listener(80, **FORWARD),
            Made(ATTACHMENT, "one", {"targetGroupArn": UNKNOWN, "port": 22}, {"targetGroupArn": ("back",)}),
        ),
        (("front", "one.port"),),
    ),
    Whole(
        "a listener of another stack's load balancer is opaque",
        (replace(listener(22, loadBalancerArn="arn:aws:lb"), needs={}),),
    ),
]

GUARDED = Made(BALANCER, "lb", {"internal": False, "securityGroups": [UNKNOWN]}, {"securityGroups": ("web",)})
FOREIGN = Made(BALANCER, "lb", {"internal": False, "securityGroups": ["sg-9"]})
CLASSIC = {"listeners": [{"lbPort": 2222, "instancePort": 22}], "securityGroups": [UNKNOWN]}
GUARDED_CLASSIC = Made("aws:elb/loadBalancer:LoadBalancer", "elb", CLASSIC, {"securityGroups": ("web",)})
TO_2222 = rule(low=2222, high=2222)
FRONT = Made(TARGETS, "back")
GUARDS = [
    Whole(
        "a public listener behind a group that lets the office in",
        (group("web", ingress=[rule(cidrBlocks=["203.0.113.0/24"])]), GUARDED, FRONT, listener(22)),
    ),
    Whole(
        "a public listener behind a group that lets the world in elsewhere",
        (group("web", ingress=[rule(low=443, high=443)]), GUARDED, FRONT, listener(22)),
    ),
    Whole(
        "a public listener behind a group that lets the world in",
        (group("web", ingress=[rule()]), GUARDED, FRONT, listener(22)),
        (("front", "front.port"),),
    ),
    Whole(
        "a public listener behind a group whose rules are resources",
        (group("web"), part("all", "0.0.0.0/0", of="web"), GUARDED, FRONT, listener(22)),
        (("front", "front.port"),),
    ),
    Whole(
        "a listener that forwards to 22 behind a group that lets the world in to the listener",
        (group("web", ingress=[TO_2222]), GUARDED, BACK, listener(2222, **FORWARD)),
        (("front", "back.port"),),
    ),
    Whole(
        "a listener that forwards to 22 behind a group that lets the world in to 22 only",
        (group("web", ingress=[rule()]), GUARDED, BACK, listener(2222, **FORWARD)),
    ),
    Whole("a public listener behind a group of another stack is opaque", (FOREIGN, FRONT, listener(22))),
    Whole("a public listener for UDP", (PUBLIC, FRONT, listener(22, protocol="UDP"))),
    Whole(
        "a public listener for TCP and UDP",
        (PUBLIC, FRONT, listener(22, protocol="TCP_UDP")),
        (("front", "front.port"),),
    ),
    Whole(
        "a classic load balancer behind a group that lets the office in",
        (group("web", ingress=[rule(cidrBlocks=["203.0.113.0/24"])]), GUARDED_CLASSIC),
    ),
    Whole(
        "a classic load balancer behind a group that lets the world in",
        (group("web", ingress=[TO_2222]), GUARDED_CLASSIC),
        (("elb", "listeners[0].instancePort"),),
    ),
]

ACL, ACL_RULE = "aws:ec2/networkAcl:NetworkAcl", "aws:ec2/networkAclRule:NetworkAclRule"


def entry(name: str, number: object, action: str, of: str = "acl", **props: object) -> Made:
    values = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlock": "0.0.0.0/0", **props}
    values |= {"ruleNumber": number, "ruleAction": action, "networkAclId": UNKNOWN}
    return Made(ACL_RULE, name, values, {"networkAclId": (of,)})


ALLOW, NEW_ACL = entry("allow", 20, "allow"), Made(ACL, "acl", {"vpcId": "vpc-1"})
ACLS = [
    Whole("an entry that lets the world in", (NEW_ACL, ALLOW), (("acl", "allow.cidrBlock: 0.0.0.0/0"),)),
    Whole("an entry of an ACL that nothing names", (replace(ALLOW, needs={}),), (("allow", "allow.cidrBlock"),)),
    Whole(
        "an entry as an update leaves it, with a text for what isn't set",
        (NEW_ACL, entry("allow", 20, "allow", cidrBlock="203.0.113.0/24", ipv6CidrBlock="", icmpType=0)),
    ),
    Whole("an entry for an office", (NEW_ACL, entry("allow", 20, "allow", cidrBlock="203.0.113.0/24"))),
    Whole("a denial before it", (NEW_ACL, ALLOW, entry("deny", 10, "deny"))),
    Whole("a denial after it", (NEW_ACL, ALLOW, entry("deny", 30, "deny")), (("acl", "allow.cidrBlock"),)),
    Whole(
        "a denial before it in another ACL",
        (NEW_ACL, Made(ACL, "other"), ALLOW, entry("deny", 10, "deny", of="other")),
        (("acl", "allow.cidrBlock"),),
    ),
    Whole(
        "a denial before it, for an office",
        (NEW_ACL, ALLOW, entry("deny", 10, "deny", cidrBlock="8.8.8.0/24")),
        (("acl", "allow.cidrBlock"),),
    ),
    Whole("an entry that goes out", (NEW_ACL, entry("allow", 20, "allow", egress=True))),
    Whole("tcp without ports is port 0", (NEW_ACL, entry("allow", 20, "allow", fromPort=None, toPort=None))),
    Whole(
        "ports from 0 on, of which the first is left out",
        (NEW_ACL, entry("allow", 20, "allow", fromPort=None, toPort=1023)),
        (("acl", "allow.cidrBlock"),),
    ),
    *(
        Whole(f"{name} is not tcp", (NEW_ACL, entry("allow", 20, "allow", protocol=name)))
        for name in ("vrrp", "ospf", "igmp", "ipip", "pim", "eigrp", "l2tp", "ipv6", "dccp", "112", "udp")
    ),
    Whole(
        "an entry by CloudControl, and a denial by it",
        tuple(
            Made(
                "aws:cloudcontrol/resource:Resource",
                action,
                {
                    "typeName": "AWS::EC2::NetworkAclEntry",
                    "desiredState": json.dumps(
                        {"NetworkAclId": "acl-1", "RuleNumber": number, "RuleAction": action, "Protocol": 6}
                        | {"CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}}
                    ),
                },
            )
            for number, action in ((10, "deny"), (20, "allow"))
        ),
    ),
    Whole(
        "an entry as an extension resource",
        (
            Made(
                "aws-native:index:ExtensionResource",
                "allow",
                {
                    "type": "AWS::EC2::NetworkAclEntry",
                    "properties": {"NetworkAclId": "acl-1", "RuleNumber": 1, "RuleAction": "allow", "Protocol": 6}
                    | {"CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}},
                },
            ),
        ),
        (("allow", "allow.properties.CidrBlock"),),
    ),
]


def carried(name: str, source: str, **props: object) -> tuple[Made, Made]:
    """The same rule by CloudControl and as an extension resource."""
    state = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": source, **props}
    kind = "AWS::EC2::SecurityGroupIngress"
    return (
        Made("aws:cloudcontrol/resource:Resource", name, {"typeName": kind, "desiredState": json.dumps(state)}),
        Made("aws-native:index:ExtensionResource", f"{name}-native", {"type": kind, "properties": state}),
    )


ONE, TWO = carried("one", "0.0.0.0/1", GroupId="sg-1"), carried("two", "128.0.0.0/1", GroupId="sg-1")
NATIVE_RULE = "aws-native:ec2:SecurityGroupIngress"
NATIVE_HALVES = [
    Made(NATIVE_RULE, cidr[:1], {"groupName": "web", "ipProtocol": "-1", "cidrIp": cidr})
    for cidr in ("0.0.0.0/1", "128.0.0.0/1")
]
ELSEWHERE = [
    Whole("two halves by CloudControl", (ONE[0], TWO[0]), (("one", "one.desiredState.CidrIp (0.0.0.0/1), two"),)),
    Whole("two halves as extension resources", (ONE[1], TWO[1]), (("one-native", "one-native.properties.CidrIp"),)),
    Whole(
        "a half by CloudControl and one as a rule",
        (ONE[0], replace(HIGH, props={**HIGH.props, **BY_ID}, needs={})),
        (("high", "high.cidrIpv4"),),
    ),
    Whole("two halves by CloudControl of two groups", (ONE[0], carried("two", "128.0.0.0/1", GroupId="sg-2")[0])),
    Whole("two halves by a group's name", tuple(NATIVE_HALVES), (("0", "0.cidrIp"),)),
    Whole(
        "two halves by a name that isn't set",
        tuple(replace(half, props={**half.props, "groupName": "", "groupId": ""}) for half in NATIVE_HALVES),
    ),
    Whole(
        "two halves by the name of a group of this stack",
        (Made("aws-native:ec2:SecurityGroup", "group", {"groupName": "web"}), *NATIVE_HALVES),
        (("group", "0.cidrIp"),),
    ),
]

BOTH = {"vpcSecurityGroupIds": [UNKNOWN, UNKNOWN]}
TWO_GROUPS = (
    group("a", ingress=[rule(cidrBlocks=["0.0.0.0/1"])]),
    group("b", ingress=[rule(cidrBlocks=["128.0.0.0/1"])]),
)
INTERFACES = [
    Whole(
        "a half in each of an instance's two groups",
        (*TWO_GROUPS, Made("aws:ec2/instance:Instance", "box", BOTH, {"vpcSecurityGroupIds": ("a", "b")})),
        (("box", "a.ingress[0].cidrBlocks[0] (0.0.0.0/1), b.ingress[0].cidrBlocks[0] (128.0.0.0/1) add up"),),
    ),
    Whole(
        "a half in each of two instances' groups",
        (
            *TWO_GROUPS,
            *(
                Made(
                    "aws:ec2/instance:Instance",
                    f"box-{name}",
                    {"vpcSecurityGroupIds": [UNKNOWN]},
                    {"vpcSecurityGroupIds": (name,)},
                )
                for name in "ab"
            ),
        ),
    ),
    Whole(
        "a half in each group of a launch template's interface",
        (
            *TWO_GROUPS,
            Made(
                "aws:ec2/launchTemplate:LaunchTemplate",
                "box",
                {"networkInterfaces": [{"securityGroups": [UNKNOWN, UNKNOWN]}]},
                {"networkInterfaces": ("a", "b")},
            ),
        ),
        (("box", "a.ingress[0].cidrBlocks[0]"),),
    ),
    Whole(
        "a half in each of two groups that have ids",
        (
            *(replace(one, props={**one.props, "id": f"sg-{one.name}"}) for one in TWO_GROUPS),
            Made("aws:ec2/networkInterface:NetworkInterface", "eni", {"securityGroups": ["sg-a", "sg-b"]}),
        ),
        (("eni", "a.ingress[0].cidrBlocks[0]"),),
    ),
]

WORLD_BODY = json.dumps(
    {
        "Resources": {
            "In": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"IpProtocol": "-1", "CidrIp": "::/0"}}
        }
    }
)
TEMPLATES = [
    Whole(
        f"a template at a URL that opens the port, known after an update, of {token}",
        (Made(token, "it", {"templateUrl": "https://x", "templateBody": WORLD_BODY}),),
        (("it", "templateBody.In.Properties.CidrIp: ::/0, every public IPv6 address, may reach tcp/22."),),
    )
    for token in templates.STACKS
]
TEMPLATES += [
    Whole(
        "a template at a URL that opens nothing, known after an update",
        (
            Made(
                templates.STACKS[0],
                "it",
                {"templateUrl": "https://x", "templateBody": WORLD_BODY.replace("::/0", "fd00::/8")},
            ),
        ),
    ),
    Whole(
        "a template at a URL before the first update",
        (Made(templates.STACKS[0], "it", {"templateUrl": "https://x", "templateBody": UNKNOWN}),),
    ),
    Whole(
        "a template that is written here is the business of no-world-ssh",
        (Made(templates.STACKS[0], "it", {"templateBody": WORLD_BODY}),),
    ),
]

CASES = [*TEMPLATES, *HALVES, *PREFIX_LISTS, *LIGHTSAIL, *BALANCERS, *GUARDS, *ACLS, *ELSEWHERE, *INTERFACES]


def check(case: Whole, said: list[tuple[str, str]]) -> None:
    assert [name for name, _ in case.blocked] == [name for name, _ in said], said
    for (_, expected), (_, text) in zip(case.blocked, said, strict=True):
        assert text.startswith(expected), text


@pytest.mark.parametrize("case", CASES, ids=str)
def test_as_a_function(case: Whole) -> None:
    check(case, ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, case.stack))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_over_grpc(case: Whole, analyzer: AnalyzerStub) -> None:
    check(case, ask_stack_server(analyzer, "no-world-ssh-across-resources", case.stack))


def test_one_of_two_lists_is_said_not_to_be_known() -> None:
    """Before the ids exist, only the property's dependencies tell which list it is, and here there are two."""
    stack = [group("web"), world_list(), world_list("10.0.0.0/8", "office"), listed("everyone", "office")]

    with pytest.raises(NotKnownYetError) as raised:
        ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, stack)
    assert raised.value.message.startswith("by-list.prefixListId: not known before `pulumi up`")


def test_a_wrong_configuration_is_said_once() -> None:
    ((name, text),) = ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, [group("web"), LOW], {"ports": []})

    assert name == ""
    assert "ports is []" in text


def test_an_exemption_of_the_group_lets_its_rules_through() -> None:
    exemption = {"urn": "*::web", "reason": "a honeypot"}
    stack = [group("web"), LOW, HIGH]

    assert ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, stack, {"exemptions": [exemption]}) == []


STACK = "aws:cloudformation/stack:Stack"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
NESTED = json.dumps(
    {"Resources": {"In": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x"}}}}
)
RULE = "Resources: {In: {Type: AWS::EC2::SecurityGroupIngress, Properties: {IpProtocol: -1, CidrIp: %s}}}"
# The functions come to the world, and nobody who reads 200 levels of them would know.
DEEP_YAML = RULE % ("!Join ['', [" * 300 + "0.0.0.0/0" + "]]" * 300)
DEEP_JSON = json.dumps({"Resources": {"In": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": "?"}}}).replace(
    '"?"', '{"IpProtocol": -1, "CidrIp": ' + '{"Fn::Join": ["", [' * 200 + '"0.0.0.0/0"' + "]]}" * 200 + "}"
)
NATIVE_PRODUCT = "aws-native:servicecatalog:CloudFormationProduct"


def body_with(resource: object) -> tuple[Made, ...]:
    return (Made(STACK, "it", {"templateBody": json.dumps({"Resources": {"In": resource}})}),)


OPAQUE = [
    Whole(
        "a stack at a URL by CloudControl",
        (
            Made(
                "aws:cloudcontrol/resource:Resource",
                "it",
                {"typeName": "AWS::CloudFormation::Stack", "desiredState": '{"TemplateURL": "https://x"}'},
            ),
        ),
        (("it", "desiredState.TemplateURL: 'https://x' is out of the pack's sight"),),
    ),
    Whole(
        "a stack at a URL as an extension resource",
        (
            Made(
                "aws-native:index:ExtensionResource",
                "it",
                {"type": "AWS::CloudFormation::Stack", "properties": {"TemplateURL": "https://x"}},
            ),
        ),
        (("it", "properties.TemplateURL: 'https://x' is out of the pack's sight"),),
    ),
    *(
        Whole(
            f"a source that is nested too deeply in {language}",
            (Made(STACK, "it", {"templateBody": text}),),
            (("it", "templateBody.In.Properties.CidrIp: Fn::Join"),),
        )
        for language, text in (("YAML", DEEP_YAML), ("JSON", DEEP_JSON))
    ),
    Whole(
        "an empty URL beside a template",
        (Made(STACK, "it", {"templateUrl": "", "templateBody": "{}"}),),
    ),
    Whole(
        "an empty template beside a URL",
        (Made(STACK, "it", {"templateUrl": "https://x", "templateBody": ""}),),
        (("it", "templateUrl: 'https://x' is out of the pack's sight"),),
    ),
    Whole(
        "a template at a URL whose text is not known yet",
        (Made(STACK, "it", {"templateUrl": "https://example.com/t", "templateBody": UNKNOWN}),),
        (("it", "templateUrl: 'https://example.com/t' is out of the pack's sight"),),
    ),
    Whole(
        "a template at a URL whose text is that of the last update",
        (Made(STACK, "it", {"templateUrl": "https://example.com/t", "templateBody": "{}"}),),
        (("it", "templateUrl: 'https://example.com/t' is out of the pack's sight"),),
    ),
    Whole(
        "a template at a URL that is not known yet",
        (Made(STACK, "it", {"templateUrl": UNKNOWN, "templateBody": UNKNOWN}),),
        (("it", "templateUrl: a template is out of the pack's sight"),),
    ),
    Whole(
        "a template as an asset",
        (Made(STACK, "it", {"templateBody": {"4dabf18193072939515e22adb298388d": ASSET, "text": "{}"}}),),
        (("it", "templateBody: {"),),
    ),
    Whole(
        "a module in a template",
        body_with({"Type": "My::Own::Group::MODULE"}),
        (("it", "templateBody.In: what the module My::Own::Group::MODULE makes"),),
    ),
    Whole(
        "a macro within a group",
        body_with(
            {"Type": "AWS::EC2::SecurityGroup", "Properties": {"Tags": [], "Fn::Transform": {"Name": "AWS::Include"}}}
        ),
        (("it", "templateBody.In.Properties: what Fn::Transform makes"),),
    ),
    Whole(
        "a macro beside the type of a resource",
        body_with({"Type": "AWS::S3::Bucket", "Fn::Transform": {"Name": "AWS::Include"}}),
        (("it", "templateBody.In: what Fn::Transform makes"),),
    ),
    Whole(
        "a macro within a bucket",
        body_with({"Type": "AWS::S3::Bucket", "Properties": {"Fn::Transform": {"Name": "AWS::Include"}}}),
    ),
    Whole(
        "an application in a template",
        body_with({"Type": "AWS::Serverless::Application", "Properties": {"Location": {"ApplicationId": "arn:aws:x"}}}),
        (("it", "templateBody.In.Properties.Location: {'ApplicationId': 'arn:aws:x'}"),),
    ),
    Whole(
        "a provisioned product in a template",
        body_with({"Type": "AWS::ServiceCatalog::CloudFormationProvisionedProduct", "Properties": {"ProductId": "p"}}),
        (("it", "templateBody.In.Properties.ProductId: 'p'"),),
    ),
    Whole(
        "a provisioned product",
        (Made("aws:servicecatalog/provisionedProduct:ProvisionedProduct", "it", {"productName": "web"}),),
        (("it", "productName: 'web' is out of the pack's sight"),),
    ),
    Whole(
        "a provisioned product of aws-native",
        (Made("aws-native:servicecatalog:CloudFormationProvisionedProduct", "it", {"productId": UNKNOWN}),),
        (("it", "productId: a template is out of the pack's sight"),),
    ),
    Whole(
        "a published application",
        (Made("aws:serverlessrepository/cloudFormationStack:CloudFormationStack", "it", {"applicationId": "arn:x"}),),
        (("it", "applicationId: 'arn:x'"),),
    ),
    Whole(
        "a product of aws-native",
        (
            Made(
                NATIVE_PRODUCT,
                "it",
                {"provisioningArtifactParameters": [{"info": {"LoadTemplateFromURL": "https://x"}}]},
            ),
        ),
        (("it", "provisioningArtifactParameters[0].info: {'LoadTemplateFromURL': 'https://x'}"),),
    ),
    Whole("a product of aws-native without artifacts", (Made(NATIVE_PRODUCT, "it", {"owner": "us"}),)),
    Whole(
        "a dynamic reference",
        body_with(
            {
                "Type": "AWS::EC2::SecurityGroupIngress",
                "Properties": {"IpProtocol": "-1", "CidrIp": "{{resolve:ssm:/office}}"},
            }
        ),
        (("it", "templateBody.In.Properties.CidrIp: '{{resolve:ssm:/office}}' is out"),),
    ),
    Whole(
        "a prefix list of another stack in a template",
        body_with(
            {
                "Type": "AWS::EC2::SecurityGroupIngress",
                "Properties": {"IpProtocol": "-1", "SourcePrefixListId": "pl-9"},
            }
        ),
        (("it", "templateBody.In.Properties.SourcePrefixListId: the prefix list pl-9 is out"),),
    ),
    Whole(
        "a listener in a template of another stack's load balancer",
        body_with(
            {
                "Type": "AWS::ElasticLoadBalancingV2::Listener",
                "Properties": {"Port": 22, "Protocol": "TCP", "LoadBalancerArn": {"Fn::ImportValue": "x"}},
            }
        ),
        (("it", "templateBody.In.Properties.Port: whether the load balancer is internal is out"),),
    ),
    Whole(
        "a text with half a pair of surrogates for a name",
        (Made(STACK, "it", {"templateBody": r"""{"Resources": {"\ud800": {"Type": "\udfff::MODULE"}}}"""}),),
        (("it", r"templateBody.\ud800: what the module \udfff::MODULE makes"),),
    ),
    Whole(
        "a template at a URL",
        (Made(STACK, "it", {"templateUrl": "https://example.com/t"}),),
        (("it", "templateUrl: 'https://example.com/t' is out of the pack's sight"),),
    ),
    Whole("a template that is written here", (Made(STACK, "it", {"templateBody": "{}"}),)),
    Whole(
        "a template that is no YAML",
        (Made(STACK, "it", {"templateBody": "a: b: c"}),),
        (("it", "templateBody: a template that is no"),),
    ),
    Whole(
        "a template with aliases",
        (Made(STACK, "it", {"templateBody": "a: &x 1\nb: *x"}),),
        (("it", "templateBody: a template that is a YAML alias"),),
    ),
    Whole(
        "a template that is only a word",
        (Made(STACK, "it", {"templateBody": "word"}),),
        (("it", "templateBody: 'word'"),),
    ),
    Whole(
        "a template with a macro",
        (Made(STACK, "it", {"templateBody": "Transform: [Mine]"}),),
        (("it", "templateBody: what the macro Mine makes"),),
    ),
    Whole(
        "a template that includes another",
        (Made(STACK, "it", {"templateBody": "Transform: {Name: AWS::Include}"}),),
        (("it", "templateBody: what the macro {'Name': 'AWS::Include'} makes"),),
    ),
    Whole(
        "a template with a transform that opens nothing",
        (Made(STACK, "it", {"templateBody": "Transform: AWS::LanguageExtensions"}),),
    ),
    Whole(
        "a stack in a template",
        (
            Made(
                STACK,
                "it",
                {"templateBody": NESTED},
            ),
        ),
        (("it", "templateBody.In.Properties.TemplateURL"),),
    ),
    Whole(
        "a loop in a template",
        (Made(STACK, "it", {"templateBody": '{"Resources": {"Fn::ForEach::X": []}}'}),),
        (("it", "templateBody.Fn::ForEach::X: what Fn::ForEach::X makes"),),
    ),
    Whole(
        "a product's template",
        (
            Made(
                "aws:servicecatalog/product:Product",
                "it",
                {"provisioningArtifactParameters": {"templateUrl": "https://x"}},
            ),
        ),
        (("it", "provisioningArtifactParameters.templateUrl"),),
    ),
    Whole(
        "a foreign prefix list on 22",
        (Made(GROUP, "it", {"ingress": [rule(prefixListIds=["pl-9"])]}),),
        (("it", "ingress[0].prefixListIds[0]: the prefix list pl-9 is out"),),
    ),
    Whole(
        "a foreign prefix list beside this stack's own",
        (
            world_list("10.0.0.0/8", id="pl-1"),
            Made(GROUP, "it", {"ingress": [rule(prefixListIds=["pl-1", "pl-9"])]}, {"ingress": ("everyone",)}),
        ),
        (("it", "ingress[0].prefixListIds[1]: the prefix list pl-9 is out"),),
    ),
    Whole(
        "a foreign prefix list on 443",
        (Made(GROUP, "it", {"ingress": [rule(low=443, high=443, prefixListIds=["pl-9"])]}),),
    ),
    Whole(
        "this stack's prefix list on 22",
        (world_list(id="pl-9"), Made(GROUP, "it", {"ingress": [rule(prefixListIds=["pl-9"])]})),
    ),
    Whole(
        "a foreign load balancer on 22",
        (replace(listener(22, loadBalancerArn="arn:aws:lb"), needs={}),),
        (("front", "front.port: whether the load balancer is internal"),),
    ),
    Whole(
        "an unknown source is not opaque",
        (Made(GROUP, "it", {"ingress": [rule(cidrBlocks=[UNKNOWN])]}),),
    ),
]


@pytest.mark.parametrize("case", OPAQUE, ids=str)
def test_what_is_out_of_sight_is_said(case: Whole) -> None:
    check(case, ask_stack_function(OPAQUE_INGRESS, case.stack))


@pytest.mark.parametrize("case", OPAQUE, ids=str)
def test_what_is_out_of_sight_is_said_over_grpc(case: Whole, analyzer: AnalyzerStub) -> None:
    check(case, ask_stack_server(analyzer, "opaque-ingress", case.stack))


CIRCLE = {
    "Mappings": {"A": {"b": {"c": [{"Fn::Select": [0, {"Fn::FindInMap": ["A", "b", "c"]}]}]}}},
    "Parameters": {"P": {"Type": "String", "Default": [{"Fn::Select": [0, {"Ref": "P"}]}]}},
    "Conditions": {
        **{f"C{number}": {"Condition": f"C{number + 1}"} for number in range(1_200)},
        "C1200": {"Fn::Not": [{"Condition": "C0"}]},
    },
}


@pytest.mark.parametrize(
    "source",
    [
        {"Fn::Select": [0, {"Fn::FindInMap": ["A", "b", "c"]}]},
        {"Fn::Select": [0, {"Ref": "P"}]},
        {"Fn::If": ["C0", "10.0.0.0/8", {"Fn::ImportValue": "x"}]},
    ],
    ids=["a mapping that names itself", "a parameter that names itself", "a chain of 1,200 conditions"],
)
def test_circles_end_in_a_doubt(source: object) -> None:
    rules = {"IpProtocol": "-1", "CidrIp": source}
    body = {**CIRCLE, "Resources": {"In": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": rules}}}
    stack = [Made("aws-native:cloudformation:Stack", "it", {"templateBody": body})]
    ((_, text),) = ask_stack_function(OPAQUE_INGRESS, stack)

    assert text.startswith("templateBody.In.Properties.CidrIp: Fn::")


def test_deep_and_long_templates_end_at_once() -> None:
    """Each of these kept a naive reader busy for minutes, or ended it with a RecursionError."""
    bombs = ["[" * 50_000, "{" * 50_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "x: " + "y" * 1_100_000, "[a, " * 9_000]
    bombs += ["Transform: " + "[" * 20_000 + "]" * 20_000]  # well-formed, and a crash of the process without a limit
    stack = [Made(STACK, f"s{number}", {"templateBody": bomb}) for number, bomb in enumerate(bombs)]

    said = dict(ask_stack_function(OPAQUE_INGRESS, stack))

    assert len(said) == len(bombs)
    assert "longer than the 1,048,576 bytes" in said["s3"]


def test_a_group_without_rules_has_nothing_to_wait_for() -> None:
    """Its `ingress` is an output, which no preview knows: every group whose rules are resources would be named."""
    group = Made("aws:ec2/securityGroup:SecurityGroup", "web", {"ingress": UNKNOWN})

    assert ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, [group]) == []


def test_a_list_that_a_rule_names_is_waited_for() -> None:
    rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "prefixListIds": [UNKNOWN]}

    with pytest.raises(NotKnownYetError) as raised:
        ask_stack_function(
            NO_WORLD_SSH_ACROSS_RESOURCES, [Made("aws:ec2/securityGroup:SecurityGroup", "web", {"ingress": [rule]})]
        )

    assert raised.value.message.startswith("web.ingress[0].prefixListIds[0]: not known")
