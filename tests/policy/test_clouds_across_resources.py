"""Rule sets of other clouds whose rules are resources of their own: halves that add up, and denials that come first.

The rules point to their set by an id, by a name, or, in a preview, by the engine's record of a property's dependency.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.no_world_ssh_across_resources import NO_WORLD_SSH_ACROSS_RESOURCES
from ssm_guard.opaque_ingress import OPAQUE_INGRESS
from tests.policy.cases.azure import ALLOW, DENY, GROUP
from tests.policy.cases.azure import RULE as AZURE_RULE
from tests.policy.cases.gcp import FIREWALL
from tests.policy.cases.gcp import RULE as GCP_RULE
from tests.policy.cases.other_clouds import (
    ALI_RULE,
    CIVO_FIREWALL,
    EDGE,
    NEUTRON,
    OVH_EDGE,
    SCW,
    SCW_RULES,
    VULTR_RULE,
    YANDEX_RULE,
    ZERO,
)
from tests.policy.judging import UNKNOWN, Made, ask_function, ask_stack_function, ask_stack_server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

WORLD = "0.0.0.0/0"
LOW, HIGH = "0.0.0.0/1", "128.0.0.0/1"


@dataclass(frozen=True)
class Across:
    """A sentence, a stack, and the beginning of each thing that the stack policy must say."""

    sentence: str
    stack: tuple[Made, ...]
    said: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.sentence


def gcp(name: str, **props: object) -> Made:
    given = {"allows": [{"protocol": "tcp", "ports": ["22"]}], "sourceRanges": [WORLD], "network": "default", **props}
    return Made(FIREWALL, name, {key: value for key, value in given.items() if value is not None})


def denied(name: str, **props: object) -> Made:
    return gcp(name, allows=None, denies=[{"protocol": "tcp"}], **{"priority": 900.0, **props})


def gcp_rule(name: str, **props: object) -> Made:
    match = {"srcIpRanges": [WORLD], "layer4Configs": [{"ipProtocol": "tcp", "ports": ["22"]}]}
    given = {"action": "allow", "direction": "INGRESS", "priority": 1000.0, "firewallPolicy": UNKNOWN, "match": match}
    return Made(GCP_RULE, name, {**given, **props}, {"firewallPolicy": ("policy",)})


def azure_rule(name: str, rule: Mapping[str, Any], group: str = "web-nsg") -> Made:
    return Made(AZURE_RULE, name, {**rule, "sourceAddressPrefix": WORLD, "networkSecurityGroupName": group})


def half(token: str, name: str, props: Mapping[str, object], key: str, of: str) -> Made:
    return Made(token, name, {**props, key: UNKNOWN}, {key: (of,)})


NETWORK = "gcp:compute/network:Network"
REGIONAL = "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"
RESOURCE_GROUP = "azure-native:resources:ResourceGroup"
LIST = Made("oci:Core/securityList:SecurityList", "list", {})
POLICY = Made("gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy", "policy", {})
AZURE_GROUP = Made(GROUP, "web", {"name": "web-nsg", "securityRules": []})
NEUTRON_GROUP = Made("openstack:networking/secGroup:SecGroup", "group", {})
NEUTRON_PROPS = {
    "direction": "ingress",
    "ethertype": "IPv4",
    "protocol": "tcp",
    "portRangeMin": 22.0,
    "portRangeMax": 22.0,
}
YANDEX_GROUP = Made("yandex:index/vpcSecurityGroup:VpcSecurityGroup", "group", {})
YANDEX_PROPS = {"direction": "ingress", "protocol": "TCP", "port": 22.0}
VULTR_GROUP = Made("vultr:index/firewallGroup:FirewallGroup", "group", {})
ALI = {"type": "ingress", "ipProtocol": "tcp", "portRange": "22/22", "cidrIp": WORLD, "securityGroupId": "sg-1"}
SCW_GROUP = {"inboundDefaultPolicy": "accept", "externalRules": True, "id": "fr-par-1/x"}
SCW_DROP = {"inboundRules": [{"action": "drop", "protocol": "TCP"}], "securityGroupId": "fr-par-1/x"}
VCN = Made("oci:Core/vcn:Vcn", "vcn", {"cidrBlocks": ["10.0.0.0/16"]})
SUBNET = Made("oci:Core/subnet:Subnet", "subnet", {"vcnId": UNKNOWN, "cidrBlock": "10.0.1.0/24"}, {"vcnId": ("vcn",)})
LISTED = Made(
    "oci:Core/subnet:Subnet", "subnet", {**SUBNET.props, "securityListIds": ["ocid1.list"]}, {"vcnId": ("vcn",)}
)
PRIVATE = Made(
    "oci:Core/subnet:Subnet", "subnet", {**SUBNET.props, "prohibitPublicIpOnVnic": True}, {"vcnId": ("vcn",)}
)
DEFAULT_LIST = Made(
    "oci:Core/defaultSecurityList:DefaultSecurityList",
    "list",
    {"manageDefaultResourceId": UNKNOWN},
    {"manageDefaultResourceId": ("vcn",)},
)
AFTER = {"id": "ocid1.vcn.x", "defaultSecurityListId": "ocid1.list.default"}
MADE_VCN = Made("oci:Core/vcn:Vcn", "vcn", AFTER)


def subnet(*lists: object, needs: tuple[str, ...] = ("vcn",), vcn: str = UNKNOWN) -> Made:
    return Made(
        "oci:Core/subnet:Subnet",
        "subnet",
        {"vcnId": vcn, "securityListIds": list(lists)},
        {"vcnId": ("vcn",), "securityListIds": needs},
    )


def in_project(made: Made, project: str) -> Made:
    return replace(made, props={**made.props, "project": project})


def in_group(made: Made, name: str) -> Made:
    return replace(made, props={**made.props, "resourceGroupName": name})


CASES = [
    Across(
        "Google: a denial in a network of the same name in another project",
        (in_project(gcp("ssh"), "one"), in_project(denied("no"), "two")),
        ("ssh.sourceRanges[0]",),
    ),
    Across(
        "Google: a denial in a network of the same project",
        (in_project(gcp("ssh"), "one"), in_project(denied("no"), "one")),
    ),
    Across(
        "Google: a denial in the other of two networks of one name",
        (
            Made(NETWORK, "one", {"name": "default", "project": "one"}),
            Made(NETWORK, "two", {"name": "default", "project": "two"}),
            in_project(gcp("ssh"), "one"),
            in_project(denied("no"), "two"),
        ),
        ("ssh.sourceRanges[0]",),
    ),
    Across("Google: a network that nobody knows yet", (gcp("ssh", network=UNKNOWN),), ("ssh.sourceRanges[0]",)),
    Across(
        "Google: a denial for some addresses of the network",
        (gcp("ssh"), denied("no", destinationRanges=["10.0.0.0/8"])),
        ("ssh.sourceRanges[0]",),
    ),
    Across(
        "Google: a denial in a policy of the same name in another region",
        (
            Made(REGIONAL, "ssh", {**gcp_rule("x").props, "firewallPolicy": "p", "region": "here"}),
            Made(
                REGIONAL,
                "no",
                {**gcp_rule("x").props, "firewallPolicy": "p", "region": "there", "action": "deny", "priority": 1.0},
            ),
        ),
        ("ssh.match.srcIpRanges[0]",),
    ),
    Across(
        "Azure: a denial in a group of the same name in another resource group",
        (in_group(azure_rule("ssh", ALLOW), "one"), in_group(azure_rule("no", DENY), "two")),
        ("ssh.sourceAddressPrefix",),
    ),
    Across(
        "Azure: a denial in the same resource group, whatever its case",
        (in_group(azure_rule("ssh", ALLOW), "one"), in_group(azure_rule("no", DENY), "ONE")),
    ),
    Across(
        "Azure: a denial in the other of two groups of one name",
        (
            in_group(replace(AZURE_GROUP, name="a", props={**AZURE_GROUP.props, "id": "/one/web-nsg"}), "one"),
            in_group(replace(AZURE_GROUP, name="b", props={**AZURE_GROUP.props, "id": "/two/web-nsg"}), "two"),
            in_group(azure_rule("ssh", ALLOW), "one"),
            in_group(azure_rule("no", DENY), "two"),
        ),
        ("ssh.sourceAddressPrefix",),
    ),
    Across(
        "Azure: a denial in another resource group, neither of which has a name yet",
        (
            Made(RESOURCE_GROUP, "one", {}),
            Made(RESOURCE_GROUP, "two", {}),
            replace(in_group(azure_rule("ssh", ALLOW), UNKNOWN), needs={"resourceGroupName": ("one",)}),
            replace(in_group(azure_rule("no", DENY), UNKNOWN), needs={"resourceGroupName": ("two",)}),
        ),
        ("ssh.sourceAddressPrefix",),
    ),
    Across(
        "Azure: a denial for one machine",
        (azure_rule("ssh", ALLOW), azure_rule("no", {**DENY, "destinationAddressPrefix": "10.0.0.4"})),
        ("ssh.sourceAddressPrefix",),
    ),
    Across("Oracle: a subnet that names the default list", (VCN, subnet(UNKNOWN)), ("securityListIds: 0.0.0.0/0",)),
    Across("Oracle: a subnet that names a list that isn't made yet", (VCN, LIST, subnet(UNKNOWN, needs=("list",)))),
    Across(
        "Oracle: after the update, a subnet with the default list",
        (MADE_VCN, subnet("ocid1.list.default", vcn="ocid1.vcn.x")),
        ("securityListIds: 0.0.0.0/0",),
    ),
    Across(
        "Oracle: after the update, a subnet with a list of its own",
        (MADE_VCN, subnet("ocid1.list.own", vcn="ocid1.vcn.x")),
    ),
    Across(
        "Oracle: after the update, a default list that the stack manages",
        (
            MADE_VCN,
            subnet("ocid1.list.default", vcn="ocid1.vcn.x"),
            replace(DEFAULT_LIST, props={"manageDefaultResourceId": "ocid1.list.default"}),
        ),
    ),
    Across("Google: one firewall", (gcp("ssh"),), ("ssh.sourceRanges[0]: 0.0.0.0/0",)),
    Across("Google: a denial of a lower priority in the same network", (gcp("ssh"), denied("no"))),
    Across("Google: a denial of the same priority", (gcp("ssh"), denied("no", priority=1000.0))),
    Across(
        "Google: a denial that comes too late", (gcp("ssh"), denied("no", priority=1001.0)), ("ssh.sourceRanges[0]",)
    ),
    Across(
        "Google: a denial in another network", (gcp("ssh"), denied("no", network="other")), ("ssh.sourceRanges[0]",)
    ),
    Across(
        "Google: a denial for some instances", (gcp("ssh"), denied("no", targetTags=["db"])), ("ssh.sourceRanges[0]",)
    ),
    Across(
        "Google: a denial that is switched off", (gcp("ssh"), denied("no", disabled=True)), ("ssh.sourceRanges[0]",)
    ),
    Across(
        "Google: halves in two firewalls",
        (gcp("a", sourceRanges=[LOW]), gcp("b", sourceRanges=[HIGH])),
        ("a.sourceRanges[0] (0.0.0.0/1), b.sourceRanges[0] (128.0.0.0/1) add up to 0.0.0.0/0",),
    ),
    Across(
        "Google: halves in two networks", (gcp("a", sourceRanges=[LOW]), gcp("b", sourceRanges=[HIGH], network="x"))
    ),
    Across("Google: a policy's rule", (POLICY, gcp_rule("ssh")), ("ssh.match.srcIpRanges[0]",)),
    Across(
        "Google: a policy's rule behind a denial",
        (POLICY, gcp_rule("ssh"), gcp_rule("no", action="deny", priority=1.0)),
    ),
    Across(
        "Google: a policy's rule behind one that is handed on",
        (POLICY, gcp_rule("ssh"), gcp_rule("on", action="goto_next", priority=1.0)),
    ),
    Across("Azure: a rule of a group", (AZURE_GROUP, azure_rule("ssh", ALLOW)), ("ssh.sourceAddressPrefix",)),
    Across("Azure: a rule behind a denial", (AZURE_GROUP, azure_rule("ssh", ALLOW), azure_rule("no", DENY))),
    Across(
        "Azure: a rule behind a denial that is written in the group",
        (
            Made(GROUP, "web", {"name": "web-nsg", "securityRules": [{**DENY, "sourceAddressPrefix": WORLD}]}),
            azure_rule("ssh", ALLOW),
        ),
    ),
    Across(
        "Azure: a denial in another group",
        (AZURE_GROUP, azure_rule("ssh", ALLOW), azure_rule("no", DENY, group="other-nsg")),
        ("ssh.sourceAddressPrefix",),
    ),
    Across(
        "OpenStack: halves in two rules of a group",
        (
            NEUTRON_GROUP,
            half(NEUTRON, "a", {**NEUTRON_PROPS, "remoteIpPrefix": LOW}, "securityGroupId", "group"),
            half(NEUTRON, "b", {**NEUTRON_PROPS, "remoteIpPrefix": HIGH}, "securityGroupId", "group"),
        ),
        ("a.remoteIpPrefix (0.0.0.0/1), b.remoteIpPrefix",),
    ),
    Across(
        "OpenStack: one half",
        (NEUTRON_GROUP, half(NEUTRON, "a", {**NEUTRON_PROPS, "remoteIpPrefix": LOW}, "securityGroupId", "group")),
    ),
    Across(
        "Yandex: halves in two rules of a group",
        (
            YANDEX_GROUP,
            half(YANDEX_RULE, "a", {**YANDEX_PROPS, "v4CidrBlocks": [LOW]}, "securityGroupBinding", "group"),
            half(YANDEX_RULE, "b", {**YANDEX_PROPS, "v4CidrBlocks": [HIGH]}, "securityGroupBinding", "group"),
        ),
        ("a.v4CidrBlocks[0] (0.0.0.0/1), b.v4CidrBlocks[0]",),
    ),
    Across(
        "Vultr: halves in two rules of a group",
        (
            VULTR_GROUP,
            *(
                half(
                    VULTR_RULE,
                    name,
                    {"protocol": "tcp", "ipType": "v4", "subnet": subnet, "subnetSize": 1.0, "port": "22"},
                    "firewallGroupId",
                    "group",
                )
                for name, subnet in (("a", ZERO), ("b", "128.0.0.0"))
            ),
        ),
        ("a.subnet (0.0.0.0/1), b.subnet",),
    ),
    Across("Alibaba: a rule", (Made(ALI_RULE, "ssh", ALI),), ("ssh.cidrIp",)),
    Across(
        "Alibaba: a drop of the same priority comes first",
        (Made(ALI_RULE, "ssh", ALI), Made(ALI_RULE, "no", {**ALI, "policy": "drop"})),
    ),
    Across(
        "Alibaba: a drop of a later priority",
        (Made(ALI_RULE, "ssh", ALI), Made(ALI_RULE, "no", {**ALI, "policy": "drop", "priority": 2.0})),
        ("ssh.cidrIp",),
    ),
    Across(
        "Scaleway: a default that accepts, and rules elsewhere that drop",
        (Made(SCW, "group", SCW_GROUP), Made(SCW_RULES, "rules", SCW_DROP)),
    ),
    Across(
        "Scaleway: a default that accepts, and no rules elsewhere",
        (Made(SCW, "group", SCW_GROUP),),
        ("group.inboundDefaultPolicy: 0.0.0.0/0", "group.inboundDefaultPolicy: ::/0"),
    ),
    Across(
        "OVH: permitted after it was denied",
        (Made(OVH_EDGE, "ssh", EDGE), Made(OVH_EDGE, "no", {**EDGE, "action": "deny", "sequence": 0.0})),
    ),
    Across(
        "OVH: denied after it was permitted",
        (Made(OVH_EDGE, "ssh", EDGE), Made(OVH_EDGE, "no", {**EDGE, "action": "deny", "sequence": 2.0})),
        ("ssh.source",),
    ),
    Across("Oracle: a subnet with its VCN's default list", (VCN, SUBNET), ("securityListIds: 0.0.0.0/0",)),
    Across("Oracle: a subnet with a list of its own", (VCN, LISTED)),
    Across("Oracle: a subnet that no public address reaches", (VCN, PRIVATE)),
    Across("Oracle: a default list that the stack manages", (VCN, SUBNET, DEFAULT_LIST)),
    Across("Oracle: a VCN of another stack", (Made("oci:Core/subnet:Subnet", "subnet", {"vcnId": "ocid1.vcn"}),)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_as_a_function(case: Across) -> None:
    said = ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, case.stack)

    assert len(case.said) == len(said), said
    assert all(text.startswith(begin) for begin, (_, text) in zip(case.said, said, strict=True)), said


@pytest.mark.parametrize("case", CASES, ids=str)
def test_over_grpc(case: Across, analyzer: AnalyzerStub) -> None:
    said = ask_stack_server(analyzer, "no-world-ssh-across-resources", case.stack)

    assert [text for _, text in said if "can't run policy" not in text] == [
        text for _, text in ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, case.stack)
    ]


@pytest.mark.parametrize("clouds", [["gcp"], ["aws"]])
def test_only_the_clouds_that_are_asked_for_are_judged(clouds: list[str]) -> None:
    config = {"clouds": clouds}

    said = ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, [gcp("ssh"), SUBNET, VCN], config)
    alone = ask_function(NO_WORLD_SSH, "hcloud:index/firewall:Firewall", {"rules": [HETZNER]}, config)

    assert [name for name, _ in said] == (["ssh"] if clouds == ["gcp"] else [])
    assert alone.violations == []


HETZNER = {"direction": "in", "protocol": "tcp", "port": "22", "sourceIps": [WORLD]}


@pytest.mark.parametrize(
    ("token", "props", "words"),
    [
        pytest.param(NEUTRON, {**NEUTRON_PROPS, "remoteIpPrefix": WORLD}, "over a VPN", id="OpenStack"),
        pytest.param(SCW, {"inboundDefaultPolicy": "accept"}, "Public Gateway", id="Scaleway"),
        pytest.param(GROUP, {"securityRules": [ALLOW]}, "Azure Bastion", id="Azure"),
        pytest.param(
            "azurerm:index/networkSecurityGroup:NetworkSecurityGroup",
            {"securityRules": [ALLOW]},
            "Azure Bastion",
            id="Azure through Terraform",
        ),
        pytest.param(
            "kubernetes:core/v1:Service",
            {"spec": {"type": "LoadBalancer", "ports": [{"port": 22.0}]}},
            "internal",
            id="Kubernetes",
        ),
        pytest.param(
            "oci:Core/securityList:SecurityList",
            {"ingressSecurityRules": [{"protocol": "6", "source": WORLD}]},
            "OCI Bastion",
            id="Oracle",
        ),
    ],
)
def test_a_message_says_what_to_do_on_that_cloud(token: str, props: dict[str, object], words: str) -> None:
    said = ask_function(NO_WORLD_SSH, token, props)

    assert all(words in text and "ssm" not in text for text in said.violations)
    assert said.violations


@pytest.mark.parametrize(
    ("token", "props", "said"),
    [
        pytest.param(
            GCP_RULE,
            {**gcp_rule("x").props, "match": {"srcAddressGroups": ["g"], "layer4Configs": [{"ipProtocol": "all"}]}},
            ["match.srcAddressGroups[0]: the address group 'g' is out of the pack's sight"],
            id="an address group of Google's",
        ),
        pytest.param(
            ALI_RULE,
            {**ALI, "cidrIp": None, "prefixListId": UNKNOWN},
            ["prefixListId: the prefix list is out of the pack's sight"],
            id="a prefix list that isn't made yet",
        ),
        pytest.param(
            GCP_RULE,
            {**gcp_rule("x").props, "match": {"srcRegionCodes": ["DE"], "layer4Configs": [{"ipProtocol": "udp"}]}},
            [],
            id="a country for udp",
        ),
        pytest.param(
            ALI_RULE,
            {**ALI, "cidrIp": None, "prefixListId": "pl-1"},
            ["prefixListId: the prefix list 'pl-1' is out of the pack's sight"],
            id="a prefix list of Alibaba's",
        ),
        pytest.param(
            ALI_RULE, {**ALI, "cidrIp": None, "prefixListId": "", "sourceSecurityGroupId": "sg-2"}, [], id="a group"
        ),
        pytest.param(
            NEUTRON,
            {**NEUTRON_PROPS, "remoteAddressGroupId": "g"},
            ["remoteAddressGroupId: the address group 'g' is out of the pack's sight"],
            id="an address group of OpenStack's",
        ),
        pytest.param(
            CIVO_FIREWALL,
            {"name": "web"},
            ["createDefaultRules: what Civo's default rules let in is out of the pack's sight"],
            id="Civo's default rules",
        ),
        pytest.param(CIVO_FIREWALL, {"name": "web", "createDefaultRules": False}, [], id="none of Civo's rules"),
    ],
)
def test_what_is_listed_elsewhere_is_said(token: str, props: dict[str, object], said: list[str]) -> None:
    texts = [text for _, text in ask_stack_function(OPAQUE_INGRESS, [Made(token, "it", props)])]

    assert [text.partition(": make sure")[0] for text in texts] == said


@pytest.mark.parametrize(("clouds", "number"), [(["alicloud"], 1), (["aws"], 0)])
def test_what_is_listed_elsewhere_is_said_of_the_clouds_that_are_asked_for(clouds: list[str], number: int) -> None:
    listed = Made(ALI_RULE, "it", {**ALI, "cidrIp": None, "prefixListId": "pl-1"})

    assert len(ask_stack_function(OPAQUE_INGRESS, [listed], {"clouds": clouds})) == number
