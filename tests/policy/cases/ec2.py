"""The security groups of the classic AWS provider."""

from __future__ import annotations

from tests.policy.cases import Case
from tests.policy.judging import UNKNOWN

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

WORLD = ["0.0.0.0/0"]
OFFICE = ["203.0.113.0/24"]
# What firewalls' own examples call "any public address": everything but the private, local and reserved networks.
PUBLIC_IPV4 = [
    *("1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3"),
    *("64.0.0.0/3", "96.0.0.0/6", "100.0.0.0/10", "100.128.0.0/9", "101.0.0.0/8", "102.0.0.0/7", "104.0.0.0/5"),
    *("112.0.0.0/5", "120.0.0.0/6", "124.0.0.0/7", "126.0.0.0/8", "128.0.0.0/3", "160.0.0.0/5", "168.0.0.0/8"),
    *("169.0.0.0/9", "169.128.0.0/10", "169.192.0.0/11", "169.224.0.0/12", "169.240.0.0/13", "169.248.0.0/14"),
    *("169.252.0.0/15", "169.255.0.0/16", "170.0.0.0/7", "172.0.0.0/12", "172.32.0.0/11", "172.64.0.0/10"),
    *("172.128.0.0/9", "173.0.0.0/8", "174.0.0.0/7", "176.0.0.0/4", "192.0.0.0/9", "192.128.0.0/11", "192.160.0.0/13"),
    *("192.169.0.0/16", "192.170.0.0/15", "192.172.0.0/14", "192.176.0.0/12", "192.192.0.0/10", "193.0.0.0/8"),
    *("194.0.0.0/7", "196.0.0.0/6", "200.0.0.0/5", "208.0.0.0/4"),
]
CIDR = "ingress[0].cidrBlocks[0]"
CIDR6 = "ingress[0].ipv6CidrBlocks[0]"


def rule(protocol: object = "tcp", low: object = 22.0, high: object = 22.0, **sources: object) -> dict[str, object]:
    return {"protocol": protocol, "fromPort": low, "toPort": high, **(sources or {"cidrBlocks": WORLD})}


def group(sentence: str, *ingress: object, blocked: tuple[str, ...] = (), advised: tuple[str, ...] = ()) -> Case:
    return Case(sentence, GROUP, {"name": "web", "ingress": list(ingress)}, blocked, advised)


def single(sentence: str, *blocked: str, advised: tuple[str, ...] = (), **props: object) -> Case:
    direction = props.pop("type", "ingress")
    return Case(sentence, RULE, {"type": direction, "securityGroupId": "sg-1", **rule(**props)}, blocked, advised)


PORTS = [
    group("port 22", rule(), blocked=(CIDR,)),
    group("a range that ends at 22", rule(low=20, high=22), blocked=(CIDR,)),
    group("a range that ends before 22", rule(low=20, high=21)),
    group("a range that starts at 22", rule(low=22, high=80), blocked=(CIDR,)),
    group("a range that starts after 22", rule(low=23, high=80)),
    group("every tcp port", rule(low=0, high=65535), blocked=(CIDR,)),
    group("tcp 0-0 is port 0 only", rule(low=0, high=0)),
    group("ports as whole numbers", rule(low=22, high=22), blocked=(CIDR,)),
    group("ports as text", rule(low="22", high=" 22 "), blocked=(CIDR,)),
    group("another port as text", rule(low="443", high="443")),
    group("no ports at all: every port", rule(low=None, high=None), blocked=(CIDR,)),
    group("one bound only, above 22: every port", rule(low=443, high=None), blocked=(CIDR,)),
    group("-1 to -1 on tcp: every port", rule(low=-1, high=-1), blocked=(CIDR,)),
    group("a range upside down holds nothing", rule(low=25, high=20)),
    group("open https is not our rule", rule(low=443, high=443)),
]

PROTOCOLS = [
    group("every protocol", rule("-1", 0, 0), blocked=(CIDR,)),
    group("every protocol, whatever its ports say", rule("-1", 80, 80), blocked=(CIDR,)),
    group("every protocol as a number", rule(-1.0, 0, 0), blocked=(CIDR,)),
    group("every protocol by name, in capitals", rule("ALL", 0, 0), blocked=(CIDR,)),
    group("tcp by its number", rule("6"), blocked=(CIDR,)),
    group("tcp by its number as a float", rule(6.0), blocked=(CIDR,)),
    group("tcp in capitals and spaces", rule(" TCP "), blocked=(CIDR,)),
    group("udp 22 is not SSH", rule("udp")),
    group("udp by its number", rule("17")),
    group("icmp, whose ports are types and codes", rule("icmp", -1, -1)),
    group("GRE by its number, which has no ports", rule("47", 0, 0)),
]

SOURCES = [
    group("every IPv6 address", rule(ipv6CidrBlocks=["::/0"]), blocked=(CIDR6,)),
    group("every IPv6 address, spelt otherwise", rule(ipv6CidrBlocks=["0::/0"]), blocked=(CIDR6,)),
    group("all of public IPv6", rule(ipv6CidrBlocks=["2000::/3"]), blocked=(CIDR6,)),
    group("half of public IPv6", rule(ipv6CidrBlocks=["2000::/4"])),
    group("a network of one's own in IPv6", rule(ipv6CidrBlocks=["2001:db8::/32"])),
    group("both families, each its own part", rule(cidrBlocks=WORLD, ipv6CidrBlocks=["::/0"]), blocked=(CIDR, CIDR6)),
    group("an office", rule(cidrBlocks=OFFICE)),
    group(
        "an office first, the world second", rule(cidrBlocks=[*OFFICE, *WORLD]), blocked=("ingress[0].cidrBlocks[1]",)
    ),
    group("host bits set", rule(cidrBlocks=["1.2.3.4/0"]), blocked=(CIDR,)),
    group("spaces around it", rule(cidrBlocks=[" 0.0.0.0/0\n"]), blocked=(CIDR,)),
    group("the short form", rule(cidrBlocks=["0/0"]), blocked=(CIDR,)),
    group("the short form of a private network", rule(cidrBlocks=["10/8"])),
    group("a netmask instead of a prefix", rule(cidrBlocks=["0.0.0.0/0.0.0.0"]), blocked=(CIDR,)),
    group("one address without a prefix", rule(cidrBlocks=["198.51.100.7"])),
    group("one value instead of a list", rule(cidrBlocks="0.0.0.0/0"), blocked=("ingress[0].cidrBlocks:",)),
    group("its own members", rule(self=True)),
    group("another group", rule(securityGroups=["sg-1"])),
    group("itself and the world: the one never clears the other", rule(self=True, cidrBlocks=WORLD), blocked=(CIDR,)),
    group("a prefix list, which is judged with the whole stack", rule(prefixListIds=["pl-1"])),
    group("no source at all", rule(cidrBlocks=[])),
]

SUMS = [
    group(
        "two halves in one rule",
        rule(cidrBlocks=["0.0.0.0/1", "128.0.0.0/1"]),
        blocked=(f"{CIDR} (0.0.0.0/1), ingress[0].cidrBlocks[1] (128.0.0.0/1) add up to 0.0.0.0/0",),
    ),
    group("one half", rule(cidrBlocks=["0.0.0.0/1"])),
    group(
        "a half that is written twice is named twice",
        rule(cidrBlocks=["0.0.0.0/1", "0.0.0.0/1", "128.0.0.0/1"]),
        blocked=(
            f"{CIDR} (0.0.0.0/1), ingress[0].cidrBlocks[1] (0.0.0.0/1), ingress[0].cidrBlocks[2] (128.0.0.0/1) add",
        ),
    ),
    group(
        "two halves in two rules",
        rule(cidrBlocks=["0.0.0.0/1"]),
        rule(low=0, high=1023, cidrBlocks=["128.0.0.0/1"]),
        blocked=(f"{CIDR} (0.0.0.0/1), ingress[1].cidrBlocks[0] (128.0.0.0/1) add up",),
    ),
    group(
        "two halves that meet on no port of ours",
        rule(cidrBlocks=["0.0.0.0/1"]),
        rule(low=443, high=443, cidrBlocks=["128.0.0.0/1"]),
    ),
    group(
        "256 pieces stay one readable line",
        rule(cidrBlocks=[f"{first}.0.0.0/8" for first in range(256)]),
        blocked=(f"{CIDR} (0.0.0.0/8), ingress[0].cidrBlocks[1] (1.0.0.0/8), ",),
    ),
    group("255 of the 256 pieces", rule(cidrBlocks=[f"{first}.0.0.0/8" for first in range(256) if first != 8])),
    group(
        "all of public IPv4 without the private networks",
        rule(cidrBlocks=PUBLIC_IPV4),
        blocked=(f"{CIDR} (1.0.0.0/8), ingress[0].cidrBlocks[1] (2.0.0.0/7), ",),
    ),
    group("all of public IPv4 but one network", rule(cidrBlocks=PUBLIC_IPV4[1:])),
    group(
        "the halves of public IPv6",
        rule(ipv6CidrBlocks=["2000::/4", "3000::/4"]),
        blocked=(f"{CIDR6} (2000::/4), ingress[0].ipv6CidrBlocks[1] (3000::/4) add up to 2000::/3",),
    ),
]

UNKNOWNS = [
    group(
        "an unknown source beside the world",
        rule(cidrBlocks=[UNKNOWN, "0.0.0.0/0"]),
        blocked=("ingress[0].cidrBlocks[1]",),
        advised=(CIDR,),
    ),
    group(
        "an unknown rule beside an open one",
        UNKNOWN,
        rule(),
        blocked=("ingress[1].cidrBlocks[0]",),
        advised=("ingress[0]",),
    ),
    group("an unknown source on another port doesn't matter", rule(low=443, high=443, cidrBlocks=[UNKNOWN])),
    group("an unknown port for an office doesn't matter", rule(low=UNKNOWN, high=UNKNOWN, cidrBlocks=OFFICE)),
    group("an unknown port for the world", rule(low=UNKNOWN, high=UNKNOWN), advised=("ingress[0].fromPort",)),
    group("an unknown bound that can't bring 22 back", rule(low=443, high=UNKNOWN)),
    group("an unknown protocol on port 22", rule(UNKNOWN), advised=("ingress[0].protocol",)),
    group(
        "an unknown protocol may be -1, which ignores ports", rule(UNKNOWN, 443, 443), advised=("ingress[0].protocol",)
    ),
    group("an unknown group is a group", rule(securityGroups=[UNKNOWN], self=UNKNOWN)),
    Case("all of it unknown", GROUP, {"ingress": UNKNOWN}, advised=("ingress: not known",)),
    Case("an unknown egress is not our rule", GROUP, {"egress": UNKNOWN, "ingress": []}),
]

MALFORMED = [
    group("a source that is none", rule(cidrBlocks=["anywhere"]), blocked=(f"{CIDR}: cannot judge 'anywhere'",)),
    group("a source that is none, on another port", rule(low=443, high=443, cidrBlocks=["anywhere"])),
    group("a value that CloudFormation looks up is none of ours to judge", rule(cidrBlocks=["{{resolve:ssm:/x}}"])),
    group("a secret that an analysis of a file can't decrypt", rule(cidrBlocks=["[secret]"]), advised=(CIDR,)),
    group("a source that is a number", rule(cidrBlocks=[0]), blocked=(f"{CIDR}: cannot judge 0",)),
    group("no protocol", rule(None), blocked=("ingress[0].protocol: cannot judge nothing",)),
    group("a protocol that is none", rule("ssh"), blocked=("ingress[0].protocol: cannot judge 'ssh'",)),
    group("a port that is none", rule(low="ssh", high=22), blocked=("ingress[0].fromPort: cannot judge 'ssh'",)),
    group("half a port", rule(low=21.5, high=22), blocked=("ingress[0].fromPort: cannot judge 21.5",)),
    group("a yes for a port", rule(low=True, high=22), blocked=("ingress[0].fromPort: cannot judge True",)),
    group("a port beyond the last", rule(low=0, high=70000), blocked=("ingress[0].toPort: cannot judge 70000",)),
    group("a rule that is a word", "open", blocked=("ingress[0]: cannot judge 'open'",)),
    Case("a list that is a word", GROUP, {"ingress": "open"}, ("ingress: cannot judge 'open'",)),
    group("a rule that is null", None),
]

DIRECTIONS = [
    Case("egress to the world", GROUP, {"egress": [rule("-1", 0, 0)]}),
    Case("no rule at all", GROUP, {"name": "web"}),
    Case("the default group, emptied", DEFAULT_GROUP, {"vpcId": "vpc-1"}),
    Case("the default group, opened", DEFAULT_GROUP, {"ingress": [rule()]}, (CIDR,)),
]

SINGLE_RULES = [
    single("the world", "cidrBlocks[0]"),
    single("an office", cidrBlocks=OFFICE),
    single("every IPv6 address", "ipv6CidrBlocks[0]", ipv6CidrBlocks=["::/0"]),
    single("-1 with the ports of https", "cidrBlocks[0]", protocol="-1", low=443, high=443),
    single("another group", sourceSecurityGroupId="sg-1"),
    single("out to the world", type="egress"),
    single("a direction that is unknown", type=UNKNOWN, advised=("type",)),
    single("both halves", "cidrBlocks[0] (0.0.0.0/1), cidrBlocks[1]", cidrBlocks=["0.0.0.0/1", "128.0.0.0/1"]),
]

INGRESS_RULES = [
    Case(sentence, INGRESS_RULE, {"securityGroupId": "sg-1", "ipProtocol": "tcp", **props}, blocked, advised)
    for sentence, props, blocked, advised in (
        ("the world", {"fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"}, ("cidrIpv4",), ()),
        ("an office", {"fromPort": 22, "toPort": 22, "cidrIpv4": "203.0.113.0/24"}, (), ()),
        ("every IPv6 address", {"fromPort": 22, "toPort": 22, "cidrIpv6": "::/0"}, ("cidrIpv6",), ()),
        ("an office and no IPv6 address", {"cidrIpv4": "203.0.113.0/24", "cidrIpv6": ""}, (), ()),
        ("tcp without ports", {"cidrIpv4": "0.0.0.0/0"}, ("cidrIpv4",), ()),
        ("https", {"fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"}, (), ()),
        ("all in capitals", {"ipProtocol": "ALL", "cidrIpv4": "0.0.0.0/0"}, ("cidrIpv4",), ()),
        ("another group", {"ipProtocol": "-1", "referencedSecurityGroupId": "sg-2"}, (), ()),
        ("an unknown source", {"fromPort": 22, "toPort": 22, "cidrIpv4": UNKNOWN}, (), ("cidrIpv4",)),
    )
]

NEVER = [
    Case(f"{token.rpartition(':')[2]} has the shape of a permission, and is none", token, {**rule(), **props})
    for token, props in (
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"}),
        ("aws:ec2/trafficMirrorFilterRule:TrafficMirrorFilterRule", {"sourceCidrBlock": "0.0.0.0/0"}),
        ("aws:ec2/networkInsightsPath:NetworkInsightsPath", {"destinationPort": 22}),
        ("aws:ec2/routeTable:RouteTable", {"routes": [{"cidrBlock": "0.0.0.0/0"}]}),
        ("aws:securityhub/insight:Insight", {"filters": {"networkSourcePorts": [{"eq": "22"}]}}),
    )
]

CASES = [
    *PORTS,
    *PROTOCOLS,
    *SOURCES,
    *SUMS,
    *UNKNOWNS,
    *MALFORMED,
    *DIRECTIONS,
    *SINGLE_RULES,
    *INGRESS_RULES,
    *NEVER,
]
