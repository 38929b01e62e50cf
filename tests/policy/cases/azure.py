"""Microsoft Azure: words for the world, priorities, and one type under many tokens."""

from __future__ import annotations

from tests.policy.cases import Case
from tests.policy.judging import UNKNOWN

WORLD = "0.0.0.0/0"
OFFICE = "203.0.113.0/24"
GROUP = "azure-native:network:NetworkSecurityGroup"
RULE = "azure-native:network:SecurityRule"
CLASSIC_GROUP = "azure:network/networkSecurityGroup:NetworkSecurityGroup"
CLASSIC_RULE = "azure:network/networkSecurityRule:NetworkSecurityRule"
ADMIN = "azure-native:network:AdminRule"
CLASSIC_ADMIN = "azure:network/networkManagerAdminRule:NetworkManagerAdminRule"
POOL = "azure:batch/pool:Pool"
ALLOW = {
    "access": "Allow",
    "direction": "Inbound",
    "priority": 300.0,
    "protocol": "Tcp",
    "sourcePortRange": "*",
    "destinationPortRange": "22",
    "sourceAddressPrefix": "*",
}
DENY = {**ALLOW, "access": "Deny", "priority": 200.0}
PREFIX = "securityRules[0].sourceAddressPrefix"
BOTH = (f"{PREFIX}: 0.0.0.0/0", f"{PREFIX}: ::/0")


def group(sentence: str, *rules: dict[str, object], blocked: tuple[str, ...] = (), token: str = GROUP) -> Case:
    return Case(sentence, token, {"securityRules": list(rules)}, blocked)


GROUPS = [
    group("the wildcard is every address of both families", ALLOW, blocked=BOTH),
    group("the service tag Internet", {**ALLOW, "sourceAddressPrefix": "Internet"}, blocked=BOTH),
    group("any, in any case", {**ALLOW, "sourceAddressPrefix": "ANY"}, blocked=BOTH),
    group("the world as a block", {**ALLOW, "sourceAddressPrefix": WORLD}, blocked=(PREFIX,)),
    group("every IPv6 address", {**ALLOW, "sourceAddressPrefix": "::/0"}, blocked=(PREFIX,)),
    group("an office", {**ALLOW, "sourceAddressPrefix": OFFICE}),
    group("one address", {**ALLOW, "sourceAddressPrefix": "203.0.113.7"}),
    group("the service tag VirtualNetwork", {**ALLOW, "sourceAddressPrefix": "VirtualNetwork"}),
    group(
        "an application security group",
        {**ALLOW, "sourceAddressPrefix": None, "sourceApplicationSecurityGroups": [{"id": "x"}]},
    ),
    group(
        "the world in a list of blocks",
        {**ALLOW, "sourceAddressPrefix": None, "sourceAddressPrefixes": [OFFICE, WORLD]},
        blocked=("securityRules[0].sourceAddressPrefixes[1]",),
    ),
    group(
        "halves in a list of blocks",
        {**ALLOW, "sourceAddressPrefix": None, "sourceAddressPrefixes": ["0.0.0.0/1", "128.0.0.0/1"]},
        blocked=("securityRules[0].sourceAddressPrefixes[0] (0.0.0.0/1), ",),
    ),
    group("a range that holds 22", {**ALLOW, "destinationPortRange": "20-30"}, blocked=BOTH),
    group("every port", {**ALLOW, "destinationPortRange": "*"}, blocked=BOTH),
    group(
        "22 in a list of ranges",
        {**ALLOW, "destinationPortRange": None, "destinationPortRanges": ["443", "22"]},
        blocked=BOTH,
    ),
    group("https", {**ALLOW, "destinationPortRange": "443"}),
    group("22 as the source's port", {**ALLOW, "sourcePortRange": "22", "destinationPortRange": "443"}),
    group("tcp in capitals", {**ALLOW, "protocol": "TCP"}, blocked=BOTH),
    group("every protocol, on its port", {**ALLOW, "protocol": "*"}, blocked=BOTH),
    group("every protocol, on another port", {**ALLOW, "protocol": "*", "destinationPortRange": "443"}),
    group("icmp on every port", {**ALLOW, "protocol": "Icmp", "destinationPortRange": "*"}),
    group("outbound", {**ALLOW, "direction": "Outbound"}),
    group("a denial", DENY),
    group("a denial of a lower priority comes first", ALLOW, DENY),
    group("a denial of a higher priority comes too late", ALLOW, {**DENY, "priority": 400.0}, blocked=BOTH),
    group("a denial of another port", ALLOW, {**DENY, "destinationPortRange": "443"}, blocked=BOTH),
    group("a denial of another protocol", ALLOW, {**DENY, "protocol": "Udp"}, blocked=BOTH),
    group(
        "a denial of an office",
        {**ALLOW, "sourceAddressPrefix": WORLD},
        {**DENY, "sourceAddressPrefix": OFFICE},
        blocked=(PREFIX,),
    ),
    group(
        "a denial for one machine",
        ALLOW,
        {**DENY, "destinationAddressPrefix": "10.0.0.4"},
        blocked=BOTH,
    ),
    group("a denial for all of the network", ALLOW, {**DENY, "destinationAddressPrefix": "VirtualNetwork"}),
    group(
        "a denial for the machines of an application",
        ALLOW,
        {**DENY, "destinationApplicationSecurityGroups": [{"id": "x"}]},
        blocked=BOTH,
    ),
    group("a denial of one port of the client's", ALLOW, {**DENY, "sourcePortRange": "1024"}, blocked=BOTH),
    group("the world, in the classic provider", ALLOW, blocked=BOTH, token=CLASSIC_GROUP),
    group("an office, in the classic provider", {**ALLOW, "sourceAddressPrefix": OFFICE}, token=CLASSIC_GROUP),
    group(
        "the world, under a versioned token",
        ALLOW,
        blocked=BOTH,
        token="azure-native:network/v20230901:NetworkSecurityGroup",
    ),
    group(
        "an office, under a versioned token",
        {**ALLOW, "sourceAddressPrefix": OFFICE},
        token="azure-native:network/v20230901:NetworkSecurityGroup",
    ),
    group(
        "the world, in a package of one version",
        ALLOW,
        blocked=BOTH,
        token="azure-native_network_v20240301:network:NetworkSecurityGroup",
    ),
    group(
        "the world, through Terraform's package",
        ALLOW,
        blocked=BOTH,
        token="azurerm:index/networkSecurityGroup:NetworkSecurityGroup",
    ),
    Case("an unknown source", GROUP, {"securityRules": [{**ALLOW, "sourceAddressPrefix": UNKNOWN}]}, advised=(PREFIX,)),
]
RULES = [
    case
    for token in (
        RULE,
        CLASSIC_RULE,
        "azure-native:network/v20230901:SecurityRule",
        "azurerm:index/networkSecurityRule:NetworkSecurityRule",
    )
    for case in (
        Case(
            "the world",
            token,
            {**ALLOW, "networkSecurityGroupName": "g"},
            ("sourceAddressPrefix", "sourceAddressPrefix"),
        ),
        Case("an office", token, {**ALLOW, "networkSecurityGroupName": "g", "sourceAddressPrefix": OFFICE}),
        Case("a denial", token, {**DENY, "networkSecurityGroupName": "g"}),
        Case(
            "a list of ports, and the empty text that outputs write beside it",
            token,
            {**ALLOW, "networkSecurityGroupName": "g", "destinationPortRange": "", "destinationPortRanges": ["443"]},
        ),
    )
]
ADMIN_RULE = {
    "direction": "Inbound",
    "priority": 1.0,
    "protocol": "Tcp",
    "destinationPortRanges": ["22"],
    "sources": [{"addressPrefix": "Internet", "addressPrefixType": "ServiceTag"}],
}
PREFIXES = ("sources[0].addressPrefix", "sources[0].addressPrefix")
ADMINS = [
    Case("always allowed, whatever the groups say", ADMIN, {**ADMIN_RULE, "access": "AlwaysAllow"}, PREFIXES),
    Case("allowed, which leaves it to the groups", ADMIN, {**ADMIN_RULE, "access": "Allow"}),
    Case("denied", ADMIN, {**ADMIN_RULE, "access": "Deny"}),
    Case(
        "always allowed, from wherever",
        ADMIN,
        {**ADMIN_RULE, "access": "AlwaysAllow", "sources": None},
        ("sources: 0.0.0.0/0", "sources: ::/0"),
    ),
    Case(
        "always allowed, from an office",
        ADMIN,
        {
            **ADMIN_RULE,
            "access": "AlwaysAllow",
            "sources": [{"addressPrefix": OFFICE, "addressPrefixType": "IPPrefix"}],
        },
    ),
    Case(
        "always allowed, to another port",
        ADMIN,
        {**ADMIN_RULE, "access": "AlwaysAllow", "destinationPortRanges": ["443"]},
    ),
    Case(
        "always allowed, whatever the groups say",
        CLASSIC_ADMIN,
        {**ADMIN_RULE, "action": "AlwaysAllow", "protocol": "Any"},
        PREFIXES,
    ),
    Case("allowed, which leaves it to the groups", CLASSIC_ADMIN, {**ADMIN_RULE, "action": "Allow", "protocol": "Any"}),
]


def pool(sentence: str, endpoint: dict[str, object], *blocked: str, **network: object) -> Case:
    return Case(sentence, POOL, {"networkConfiguration": {"endpointConfigurations": [endpoint], **network}}, blocked)


ENDPOINT = {"backendPort": 22.0, "protocol": "TCP", "frontendPortRange": "4000-4100", "name": "ssh"}
RULES_OF = "networkConfiguration.endpointConfigurations[0].networkSecurityGroupRules"
POOLS = [
    pool("an endpoint without rules, which lets everybody in", ENDPOINT, RULES_OF, RULES_OF),
    pool(
        "an endpoint without rules, and no public address",
        ENDPOINT,
        publicAddressProvisioningType="NoPublicIPAddresses",
    ),
    pool("an endpoint of another port", {**ENDPOINT, "backendPort": 443.0}),
    pool(
        "an endpoint for everybody",
        {**ENDPOINT, "networkSecurityGroupRules": [{"access": "Allow", "priority": 150.0, "sourceAddressPrefix": "*"}]},
        f"{RULES_OF}[0].sourceAddressPrefix",
        f"{RULES_OF}[0].sourceAddressPrefix",
    ),
    pool(
        "an endpoint for an office",
        {
            **ENDPOINT,
            "networkSecurityGroupRules": [{"access": "Allow", "priority": 150.0, "sourceAddressPrefix": OFFICE}],
        },
    ),
]
NATIVE_RULES = "networkConfiguration.endpointConfiguration.inboundNatPools[0].networkSecurityGroupRules"


def native_pool(sentence: str, *rules: dict[str, object], blocked: tuple[str, ...] = (), **network: object) -> Case:
    endpoint = {"backendPort": 22.0, "protocol": "TCP", "name": "ssh", "networkSecurityGroupRules": list(rules)}
    given = {"endpointConfiguration": {"inboundNatPools": [endpoint]}, **network}
    return Case(sentence, "azure-native:batch:Pool", {"networkConfiguration": given}, blocked)


BATCH_DENY = {"access": "Deny", "priority": 150.0, "sourceAddressPrefix": "*"}
BATCH_ALLOW = {"access": "Allow", "priority": 160.0, "sourceAddressPrefix": OFFICE}
POOLS += [
    native_pool("an endpoint without rules, which lets everybody in", blocked=(NATIVE_RULES, NATIVE_RULES)),
    native_pool("an endpoint for an office", BATCH_ALLOW, BATCH_DENY),
    native_pool(
        "an endpoint that denies one port of the client's",
        {**BATCH_ALLOW, "sourceAddressPrefix": WORLD},
        {**BATCH_DENY, "sourcePortRanges": ["1024"]},
        blocked=(f"{NATIVE_RULES}[0].sourceAddressPrefix",),
    ),
    native_pool(
        "an endpoint without rules, and no public address",
        publicIPAddressConfiguration={"provision": "NoPublicIPAddresses"},
    ),
]
CASES = [*GROUPS, *RULES, *ADMINS, *POOLS]
