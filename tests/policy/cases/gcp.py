"""Google Cloud. Denials of other resources decide too, so most rules are judged with the whole stack."""

from __future__ import annotations

from tests.policy.cases import Case
from tests.policy.judging import UNKNOWN

WORLD = "0.0.0.0/0"
OFFICE = "203.0.113.0/24"
FIREWALL = "gcp:compute/firewall:Firewall"
NATIVE = "google-native:compute/v1:Firewall"
TERRAFORM = "google:index/computeFirewall:ComputeFirewall"
RULE = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
POLICY = "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules"
SSH = {"protocol": "tcp", "ports": ["22"]}


def firewall(sentence: str, *blocked: str, token: str = FIREWALL, **props: object) -> Case:
    given = {"network": "default", "allows": [SSH], "sourceRanges": [WORLD], **props}
    return Case(sentence, token, {key: value for key, value in given.items() if value is not None}, blocked)


FIREWALLS = [
    firewall("the world", "sourceRanges[0]"),
    firewall("an office", sourceRanges=[OFFICE]),
    firewall("Identity-Aware Proxy's own range", sourceRanges=["35.235.240.0/20"]),
    firewall("every IPv6 address", "sourceRanges[0]", sourceRanges=["::/0"]),
    firewall("no source at all, for which the API fills in the world", "sourceRanges", sourceRanges=None),
    firewall("an empty list of sources", "sourceRanges", sourceRanges=[]),
    firewall("instances with a tag", sourceRanges=None, sourceTags=["bastion"]),
    firewall("the world beside a tag: either is enough", "sourceRanges[0]", sourceTags=["bastion"]),
    firewall("instances of a service account", sourceRanges=None, sourceServiceAccounts=["a@b"]),
    firewall("a range that holds 22", "sourceRanges[0]", allows=[{"protocol": "tcp", "ports": ["20-30"]}]),
    firewall("a range that does not", allows=[{"protocol": "tcp", "ports": ["23-30"]}]),
    firewall("no ports are every port", "sourceRanges[0]", allows=[{"protocol": "tcp"}]),
    firewall("https", allows=[{"protocol": "tcp", "ports": ["443"]}]),
    firewall("every protocol", "sourceRanges[0]", allows=[{"protocol": "all"}]),
    firewall("tcp by its number", "sourceRanges[0]", allows=[{"protocol": "6", "ports": ["22"]}]),
    firewall("udp 22", allows=[{"protocol": "udp", "ports": ["22"]}]),
    firewall("icmp", allows=[{"protocol": "icmp"}]),
    firewall("inbound, written out", "sourceRanges[0]", direction="INGRESS"),
    firewall("outbound", direction="EGRESS"),
    firewall("switched off", disabled=True),
    firewall("not switched off", "sourceRanges[0]", disabled=False),
    firewall("a denial", allows=None, denies=[SSH]),
    firewall("the world", "sourceRanges[0]", token=NATIVE, allows=None, allowed=[{"ipProtocol": "tcp"}]),
    firewall("an office", token=NATIVE, allows=None, allowed=[{"ipProtocol": "tcp"}], sourceRanges=[OFFICE]),
    firewall(
        "the world",
        "sourceRanges[0]",
        token="google-native:compute/beta:Firewall",
        allows=None,
        allowed=[{"ipProtocol": "all"}],
    ),
    firewall(
        "https",
        token="google-native:compute/beta:Firewall",
        allows=None,
        allowed=[{"ipProtocol": "tcp", "ports": ["443"]}],
    ),
    firewall(
        "the world",
        "sourceRanges[0]",
        token="google-native:compute/alpha:Firewall",
        allows=None,
        allowed=[{"ipProtocol": "tcp"}],
    ),
    firewall(
        "switched off",
        token="google-native:compute/alpha:Firewall",
        allows=None,
        allowed=[{"ipProtocol": "tcp"}],
        disabled=True,
    ),
    firewall("the world through Terraform's package", "sourceRanges[0]", token=TERRAFORM),
    firewall(
        "the world through the package of Terraform's beta provider",
        "sourceRanges[0]",
        token="google-beta:index/computeFirewall:ComputeFirewall",
    ),
    firewall("an office through Terraform's package", token=TERRAFORM, sourceRanges=[OFFICE]),
]


def rule(sentence: str, *blocked: str, token: str = RULE, **props: object) -> Case:
    match = props.pop("match", {"srcIpRanges": [WORLD], "layer4Configs": [{"ipProtocol": "tcp", "ports": ["22"]}]})
    return Case(
        sentence,
        token,
        {"action": "allow", "direction": "INGRESS", "priority": 1000.0, "firewallPolicy": "p", "match": match, **props},
        blocked,
    )


def matching(**source: object) -> dict[str, object]:
    return {"layer4Configs": [{"ipProtocol": "tcp", "ports": ["22"]}], **source}


RULES = [
    rule("the world", "match.srcIpRanges[0]"),
    rule("an office", match=matching(srcIpRanges=[OFFICE])),
    rule("a denial", action="deny"),
    rule("handed on to the next policy", action="goto_next"),
    rule("handed to an inspection, which lets through", "match.srcIpRanges[0]", action="apply_security_profile_group"),
    rule("outbound", direction="EGRESS"),
    rule("switched off", disabled=True),
    rule(
        "every protocol",
        "match.srcIpRanges[0]",
        match=matching(srcIpRanges=[WORLD], layer4Configs=[{"ipProtocol": "all"}]),
    ),
    rule("https", match=matching(srcIpRanges=[WORLD], layer4Configs=[{"ipProtocol": "tcp", "ports": ["443"]}])),
    rule("the internet as a context", "match.srcNetworkContext", match=matching(srcNetworkContext="INTERNET")),
    rule("the internet as a scope", "match.srcNetworkScope", match=matching(srcNetworkScope="INTERNET")),
    rule("the world inside the VPC", match=matching(srcIpRanges=[WORLD], srcNetworkScope="INTRA_VPC")),
    rule("countries, which nobody can tell", match=matching(srcRegionCodes=["DE"])),
    rule("no source at all, which is every address", "match.srcIpRanges", match=matching()),
    rule(
        "the world beside countries", "match.srcIpRanges[0]", match=matching(srcIpRanges=[WORLD], srcRegionCodes=["DE"])
    ),
    rule("instances with a secure tag", match=matching(srcSecureTags=[{"name": "tagValues/1"}])),
]
TOKENS = [
    case
    for token in (
        "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
        "gcp:compute/firewallPolicyRule:FirewallPolicyRule",
    )
    for case in (
        rule("the world", "match.srcIpRanges[0]", token=token),
        rule("an office", token=token, match=matching(srcIpRanges=[OFFICE])),
    )
]


def policy(sentence: str, *rules: dict[str, object], blocked: tuple[str, ...] = (), token: str = POLICY) -> Case:
    return Case(sentence, token, {"rules": list(rules)}, blocked)


ALLOW = {"action": "allow", "priority": 1000.0, "match": matching(srcIpRanges=[WORLD])}
DENY = {"action": "deny", "priority": 900.0, "match": matching(srcIpRanges=[WORLD])}
POLICIES = [
    policy("the world; without a direction it is inbound", ALLOW, blocked=("rules[0].match.srcIpRanges[0]",)),
    policy("a denial of a lower priority comes first", ALLOW, DENY),
    policy("a denial of the same priority comes first", ALLOW, {**DENY, "priority": 1000.0}),
    policy("a denial of a higher priority comes too late", ALLOW, {**DENY, "priority": 1001.0}, blocked=("rules[0]",)),
    policy("a denial of half", ALLOW, {**DENY, "match": matching(srcIpRanges=["0.0.0.0/1"])}),
    policy(
        "a denial for some destinations",
        ALLOW,
        {**DENY, "match": matching(srcIpRanges=[WORLD], destIpRanges=["10.0.0.0/8"])},
        blocked=("rules[0]",),
    ),
    policy("a denial for some instances", ALLOW, {**DENY, "targetServiceAccounts": ["a@b"]}, blocked=("rules[0]",)),
    *(
        case
        for token in (
            "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules",
            "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules",
            *(
                f"google-native:compute/{version}:{name}"
                for version in ("v1", "beta", "alpha")
                for name in ("FirewallPolicy", "NetworkFirewallPolicy", "RegionNetworkFirewallPolicy")
            ),
        )
        for case in (
            policy("the world", ALLOW, blocked=("rules[0].match.srcIpRanges[0]",), token=token),
            policy("nothing open", DENY, token=token),
        )
    ),
]
ADVISED = [
    Case(
        "unknown sources",
        POLICY,
        {"rules": [{**ALLOW, "match": matching(srcIpRanges=[UNKNOWN])}]},
        advised=("rules[0]",),
    ),
]

# A rule that another resource may come before is judged with the stack: tests/policy/test_clouds.py asks both policies.
CASES = [*FIREWALLS, *RULES, *TOKENS, *POLICIES, *ADVISED]
