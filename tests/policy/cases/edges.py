"""What has a switch: each case is judged with every switch on; test_settings.py turns them one by one."""

from __future__ import annotations

from tests.policy.cases import Case
from tests.policy.judging import UNKNOWN

WORLD = "0.0.0.0/0"
OFFICE = "203.0.113.0/24"

ACL = "aws:ec2/networkAcl:NetworkAcl"
ENTRY = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "action": "allow", "ruleNo": 100, "cidrBlock": WORLD}
ALL = {"protocol": "-1", "fromPort": 0, "toPort": 0}
DENY = {**ENTRY, "action": "deny", "ruleNo": 50}


def acl(sentence: str, *entries: object, blocked: tuple[str, ...] = (), advised: tuple[str, ...] = ()) -> Case:
    return Case(sentence, ACL, {"ingress": list(entries)}, blocked, advised)


FIRST = "ingress[0].cidrBlock"
ACLS = [
    acl("port 22", ENTRY, blocked=(FIRST,)),
    acl("port 22 for an office", {**ENTRY, "cidrBlock": OFFICE}),
    acl("Allow in capitals", {**ENTRY, "action": "Allow"}, blocked=(FIRST,)),
    acl("a denial", {**ENTRY, "action": "deny"}),
    acl("every protocol, as AWS's default", {**ENTRY, **ALL}, blocked=(FIRST,)),
    acl(
        "every IPv6 address",
        {**ENTRY, "cidrBlock": None, "ipv6CidrBlock": "::/0"},
        blocked=("ingress[0].ipv6CidrBlock",),
    ),
    acl("denied before", ENTRY, DENY),
    acl("denied before, for every protocol", ENTRY, {**DENY, **ALL}),
    acl("denied after", ENTRY, {**DENY, "ruleNo": 150}, blocked=(FIRST,)),
    acl("denied before, for an office only", ENTRY, {**DENY, "cidrBlock": OFFICE}, blocked=(FIRST,)),
    acl("denied before, on other ports only", ENTRY, {**DENY, "fromPort": 23, "toPort": 80}, blocked=(FIRST,)),
    acl("a denial of tcp 22 takes SSH out of every protocol", {**ENTRY, **ALL}, DENY),
    acl("a denial of udp doesn't", {**ENTRY, **ALL}, {**DENY, "protocol": "udp"}, blocked=(FIRST,)),
    acl("denied before, of more ports allowed", {**ENTRY, "fromPort": 0, "toPort": 65535}, DENY),
    acl("denied before, in a range", ENTRY, {**DENY, "fromPort": 20, "toPort": 24}),
    acl(
        "denied before, by two that add up",
        ENTRY,
        {**DENY, "cidrBlock": "0.0.0.0/1"},
        {**DENY, "ruleNo": 51, "cidrBlock": "128.0.0.0/1"},
    ),
    acl(
        "denied before, by one half and another's quarter",
        ENTRY,
        {**DENY, "cidrBlock": "0.0.0.0/2"},
        {**DENY, "ruleNo": 151, "cidrBlock": "128.0.0.0/1"},
        blocked=(FIRST,),
    ),
    acl("denied before, for a public address only", ENTRY, {**DENY, "cidrBlock": "8.8.8.8/32"}, blocked=(FIRST,)),
    acl(
        "denied before, in the other family",
        ENTRY,
        {**DENY, "cidrBlock": None, "ipv6CidrBlock": "::/0"},
        blocked=(FIRST,),
    ),
    acl(
        "halves, of which one is denied before",
        {**ENTRY, "cidrBlock": "0.0.0.0/1"},
        {**ENTRY, "ruleNo": 101, "cidrBlock": "128.0.0.0/1"},
        {**DENY, "cidrBlock": "128.0.0.0/1"},
    ),
    acl(
        "halves, of which one is denied after",
        {**ENTRY, "cidrBlock": "0.0.0.0/1"},
        {**ENTRY, "ruleNo": 101, "cidrBlock": "128.0.0.0/1"},
        {**DENY, "ruleNo": 102, "cidrBlock": "128.0.0.0/1"},
        blocked=("ingress[0].cidrBlock (0.0.0.0/1), ingress[1].cidrBlock (128.0.0.0/1) add up to 0.0.0.0/0",),
    ),
    acl("denied before, at an unknown number", ENTRY, {**DENY, "ruleNo": UNKNOWN}, advised=("ingress[1].ruleNo",)),
    acl(
        "denied before, for an unknown source", ENTRY, {**DENY, "cidrBlock": UNKNOWN}, advised=("ingress[1].cidrBlock",)
    ),
    acl("denied after, for an unknown source", ENTRY, {**DENY, "ruleNo": 150, "cidrBlock": UNKNOWN}, blocked=(FIRST,)),
    acl("an unknown source that is denied before", {**ENTRY, "cidrBlock": UNKNOWN}, DENY, advised=(FIRST,)),
    acl(
        "an unknown source that is denied before in both families",
        {**ENTRY, "cidrBlock": UNKNOWN},
        DENY,
        {**DENY, "ruleNo": 51, "cidrBlock": None, "ipv6CidrBlock": "::/0"},
    ),
    acl("an unknown action", {**ENTRY, "action": UNKNOWN}, advised=("ingress[0].action",)),
    Case("opened", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", {"ingress": [ENTRY]}, (FIRST,)),
    Case("emptied", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", {"ingress": []}),
]

ELB = "aws:elb/loadBalancer:LoadBalancer"
NATIVE_ELB = "aws-native:elasticloadbalancing:LoadBalancer"
BALANCERS = [
    Case("listens on 22", ELB, {"listeners": [{"lbPort": 22, "instancePort": 2222}]}, ("listeners[0].lbPort",)),
    Case("forwards to 22", ELB, {"listeners": [{"lbPort": 80, "instancePort": 22}]}, ("listeners[0].instancePort",)),
    Case(
        "from 22 to 22 is one violation",
        ELB,
        {"listeners": [{"lbPort": 22, "instancePort": 22}]},
        ("listeners[0].lbPort",),
    ),
    Case("internal", ELB, {"internal": True, "listeners": [{"lbPort": 22, "instancePort": 22}]}),
    Case(
        "unknown whether internal",
        ELB,
        {"internal": UNKNOWN, "listeners": [{"lbPort": 22, "instancePort": 22}]},
        advised=("internal",),
    ),
    Case("https", ELB, {"listeners": [{"lbPort": 443, "instancePort": 8443}]}),
    Case(
        "listens on 22",
        NATIVE_ELB,
        {"listeners": [{"loadBalancerPort": "22", "instancePort": "2222"}]},
        ("listeners[0].loadBalancerPort",),
    ),
    Case(
        "internal", NATIVE_ELB, {"scheme": "internal", "listeners": [{"loadBalancerPort": "22", "instancePort": "22"}]}
    ),
]


def accelerators(blocked: str, passing: dict[str, object], failing: dict[str, object], *tokens: str) -> list[Case]:
    return [
        case
        for token in tokens
        for case in (Case("on 22", token, failing, (blocked,)), Case("on another port", token, passing))
    ]


GA = "aws:globalaccelerator"
ACCELERATORS = [
    *accelerators(
        "portRanges[0]",
        {"portRanges": [{"fromPort": 443, "toPort": 443}]},
        {"portRanges": [{"fromPort": 20, "toPort": 30}]},
        f"{GA}/listener:Listener",
        f"{GA}/customRoutingListener:CustomRoutingListener",
        "aws-native:globalaccelerator:Listener",
    ),
    Case("udp", f"{GA}/listener:Listener", {"protocol": "UDP", "portRanges": [{"fromPort": 20, "toPort": 30}]}),
    *accelerators(
        "portOverrides[0].endpointPort",
        {"portOverrides": [{"listenerPort": 443, "endpointPort": 8443}]},
        {"portOverrides": [{"listenerPort": 443, "endpointPort": 22}]},
        f"{GA}/endpointGroup:EndpointGroup",
        "aws-native:globalaccelerator:EndpointGroup",
    ),
    *accelerators(
        "destinationConfigurations[0]",
        {"destinationConfigurations": [{"fromPort": 22, "toPort": 22, "protocols": ["UDP"]}]},
        {"destinationConfigurations": [{"fromPort": 1, "toPort": 99, "protocols": ["TCP", "UDP"]}]},
        f"{GA}/customRoutingEndpointGroup:CustomRoutingEndpointGroup",
    ),
]

SERVERS = [
    case
    for token in ("aws:transfer/server:Server", "aws-native:transfer:Server")
    for case in (
        Case("by default public and SFTP", token, {}, ("endpointType",)),
        Case("public", token, {"endpointType": "PUBLIC", "protocols": ["SFTP"]}, ("endpointType",)),
        Case("in a VPC", token, {"endpointType": "VPC"}),
        Case("public, but FTPS", token, {"endpointType": "PUBLIC", "protocols": ["FTPS"]}),
        Case("unknown where", token, {"endpointType": UNKNOWN}, advised=("endpointType",)),
    )
]

EMR = "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration"
GUARDS = [
    Case("off", EMR, {"blockPublicSecurityGroupRules": False}, ("blockPublicSecurityGroupRules",)),
    Case(
        "on, sparing 22",
        EMR,
        {
            "blockPublicSecurityGroupRules": True,
            "permittedPublicSecurityGroupRuleRanges": [{"minRange": 22, "maxRange": 22}],
        },
        ("permittedPublicSecurityGroupRuleRanges[0]",),
    ),
    Case(
        "on, sparing 443",
        EMR,
        {
            "blockPublicSecurityGroupRules": True,
            "permittedPublicSecurityGroupRuleRanges": [{"minRange": 443, "maxRange": 443}],
        },
    ),
    Case("on", EMR, {"blockPublicSecurityGroupRules": True}),
]

LISTS = [
    case
    for token in ("aws:ec2/managedPrefixList:ManagedPrefixList", "aws-native:ec2:PrefixList")
    for case in (
        Case("that holds the world", token, {"entries": [{"cidr": OFFICE}, {"cidr": WORLD}]}, ("entries[1].cidr",)),
        Case("that holds an office", token, {"entries": [{"cidr": OFFICE}]}),
    )
] + [
    Case("the world", "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", {"cidr": WORLD}, ("cidr",)),
    Case("an office", "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", {"cidr": OFFICE}),
]

CASES = [*ACLS, *BALANCERS, *ACCELERATORS, *SERVERS, *GUARDS, *LISTS]
