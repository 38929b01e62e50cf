"""Microsoft Azure: network security groups and their rules, security admin rules, Batch pools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node, first_doubt
from ssm_guard.opening import Peer, Source
from ssm_guard.readers.cloud import Cloud, Repair, RuleSet
from ssm_guard.readers.rules import carrying_tcp, entries, everyone, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssm_guard.opening import Opening
    from ssm_guard.readers.cloud import Reader

# The service tag and the wildcard; policies of others also take `any`, whatever its case.
_WORLD = ("*", "internet", "any")
_ADDRESS = re.compile(r"[0-9a-fA-F.:]*(?:/\d+)?")


def security_group(props: Node) -> Iterator[Opening]:
    """A network security group with the rules that are written inside it."""
    for rule in props["securityRules"].each():
        yield from _rule(rule, alone=True)


def security_rule(props: Node) -> Iterator[Opening]:
    """A rule that is a resource of its own; one with a lower priority may come before it."""
    yield from _rule(props, alone=False)


def _rule(rule: Node, *, alone: bool) -> Iterator[Opening]:
    inbound, allows = says(rule["direction"], "inbound"), says(rule["access"], "allow")
    if inbound is False or (allows is False and _is_for_some(rule)):
        return
    yield from entries(
        rule,
        protocol=carrying_tcp(rule["protocol"], "*"),
        ports=port_texts(rule["destinationPortRange"], rule["destinationPortRanges"]),
        sources=_sources(rule),
        unless=inbound,
        allows=allows,
        order=values.order(rule["priority"], missing=0),
        alone=alone,
    )


# What a denial has to be about to close the port of all that a group protects: its subnets are in the network.
_EVERY_DESTINATION = (*_WORLD, "virtualnetwork", "0.0.0.0/0")
_EVERY_SOURCE_PORT = ("*", "0-65535", "1-65535")
_DESTINATION_GROUPS = ("destinationApplicationSecurityGroups", "destinationApplicationSecurityGroupIds")


def _is_for_some(rule: Node) -> bool:
    """Whether a denial leaves the port open on some machines, or for a client that chooses its own port."""
    return (
        any(next(rule[key].each(), None) is not None for key in _DESTINATION_GROUPS)
        or _names_others(_EVERY_DESTINATION, rule["destinationAddressPrefix"], rule["destinationAddressPrefixes"])
        or _names_others(_EVERY_SOURCE_PORT, rule["sourcePortRange"], rule["sourcePortRanges"])
    )


def _names_others(every: tuple[str, ...], *nodes: Node) -> bool:
    words = [values.word(item) for node in nodes for item in node.each() if item.value != ""]
    return bool(words) and not any(word in every for word in words)


def _sources(rule: Node) -> tuple[Source, ...]:
    prefixes = (rule["sourceAddressPrefix"], rule["sourceAddressPrefixes"])
    # An application security group is interfaces of one's own.
    groups = (rule["sourceApplicationSecurityGroups"], rule["sourceApplicationSecurityGroupIds"])
    return (*(source for node in prefixes for item in node.each() for source in _prefix(item)), *values.peers(*groups))


def _prefix(node: Node) -> tuple[Source, ...]:
    """An address, a block, or the name of a service tag such as VirtualNetwork, of which only Internet is the world."""
    word = values.word(node)
    if word in _WORLD:
        return everyone(node)
    is_name = isinstance(node.value, str) and not _ADDRESS.fullmatch(word)
    return (Source(Peer(), node.path),) if is_name else values.networks(node)


def admin_rule(props: Node) -> Iterator[Opening]:
    """A security admin rule of a network manager. `Allow` leaves the verdict to the groups, `AlwaysAllow` does not."""
    inbound = says(props["direction"], "inbound")
    action = props["access"] if props["access"].value is not None else props["action"]
    always, denies = says(action, "alwaysallow"), says(action, "deny")
    if inbound is False or (always is False and denies is False):
        return
    sources = list(props["sources"].each())
    yield from entries(
        props,
        protocol=carrying_tcp(props["protocol"], "*"),
        ports=port_texts(props["destinationPortRanges"]),
        # Without a source it is for everybody.
        sources=tuple(source for item in sources for source in _prefix(item["addressPrefix"]))
        if sources
        else everyone(props["sources"]),
        unless=inbound,
        allows=always,
        order=values.order(props["priority"], missing=0),
        alone=False,
    )


def batch_pool(props: Node) -> Iterator[Opening]:
    """Endpoints of a Batch pool's nodes, as the classic provider spells them."""
    network = props["networkConfiguration"]
    if says(network["publicAddressProvisioningType"], _NO_ADDRESS) is not True:
        yield from _endpoints(network["endpointConfigurations"])


def native_batch_pool(props: Node) -> Iterator[Opening]:
    """The same as the API spells them."""
    network = props["networkConfiguration"]
    if says(network["publicIPAddressConfiguration"]["provision"], _NO_ADDRESS) is not True:
        yield from _endpoints(network["endpointConfiguration"]["inboundNatPools"])


_NO_ADDRESS = "nopublicipaddresses"


def _endpoints(endpoints: Node) -> Iterator[Opening]:
    """What each lets in. Without rules of its own, an endpoint gets one that lets everybody in."""
    for endpoint in endpoints.each():
        protocol = carrying_tcp(endpoint["protocol"])
        ports = port_texts(endpoint["backendPort"])
        rules = list(endpoint["networkSecurityGroupRules"].each())
        group = ".".join(str(step) for step in endpoint.path)
        for rule in rules:
            allows = says(rule["access"], "allow")
            if allows is False and _names_others(_EVERY_SOURCE_PORT, rule["sourcePortRanges"]):
                continue
            yield from entries(
                rule,
                protocol=protocol,
                ports=ports,
                sources=_prefix(rule["sourceAddressPrefix"]),
                allows=allows,
                order=values.order(rule["priority"], missing=0),
                group=group,
            )
        missing = endpoint["networkSecurityGroupRules"]
        if not rules:
            doubt = first_doubt(missing.value)
            unless: bool | Doubt = doubt or False
            yield from entries(endpoint, protocol=protocol, ports=ports, sources=everyone(missing), unless=unless)


_GROUP = "azure-native:network:NetworkSecurityGroup"
_RULE = "azure-native:network:SecurityRule"
_CLASSIC_GROUP = "azure:network/networkSecurityGroup:NetworkSecurityGroup"
_CLASSIC_RULE = "azure:network/networkSecurityRule:NetworkSecurityRule"
_ADMIN_RULE = "azure-native:network:AdminRule"
_CLASSIC_ADMIN_RULE = "azure:network/networkManagerAdminRule:NetworkManagerAdminRule"

_READERS: Mapping[str, Reader] = {
    _GROUP: security_group,
    _RULE: security_rule,
    _ADMIN_RULE: admin_rule,
    _CLASSIC_GROUP: security_group,
    _CLASSIC_RULE: security_rule,
    _CLASSIC_ADMIN_RULE: admin_rule,
    "azure:batch/pool:Pool": batch_pool,
    "azure-native:batch:Pool": native_batch_pool,
}

# Version 2 of azure-native has a module for each version of an API; from version 3 on such a version is a package of
# its own, made by `pulumi package add azure-native network v20240301`, whose name holds the version.
_VERSIONED = re.compile(r"azure-native(?:_\w+_v\w+:|:)(\w+)(?:/(?:v\w+|latest))?:(\w+)")


def _unversioned(token: str) -> str:
    found = _VERSIONED.fullmatch(token)
    return f"azure-native:{found[1]}:{found[2]}" if found else token


CLOUD = Cloud(
    name="azure",
    prefixes=("azure-native", "azure"),
    readers=_READERS,
    remedy="Take it out, and connect through Azure Bastion: it needs no rule for the internet.",
    rule_sets=(
        RuleSet(sets=(_GROUP,), rules={_RULE: ("networkSecurityGroupName",)}, scope=("resourceGroupName",)),
        RuleSet(
            sets=(_CLASSIC_GROUP,),
            rules={_CLASSIC_RULE: ("networkSecurityGroupName",)},
            scope=("resourceGroupName",),
        ),
        RuleSet(
            sets=("azure-native:network:AdminRuleCollection",),
            rules={_ADMIN_RULE: ("ruleCollectionName",)},
            scope=("resourceGroupName", "networkManagerName", "configurationName"),
        ),
        RuleSet(
            sets=("azure:network/networkManagerAdminRuleCollection:NetworkManagerAdminRuleCollection",),
            rules={_CLASSIC_ADMIN_RULE: ("adminRuleCollectionId",)},
        ),
    ),
    today=_unversioned,
    repairs={_GROUP: Repair(), _CLASSIC_GROUP: Repair()},
    terraform={
        "azurerm_network_security_group": _CLASSIC_GROUP,
        "azurerm_network_security_rule": _CLASSIC_RULE,
        "azurerm_network_manager_admin_rule": _CLASSIC_ADMIN_RULE,
        "azurerm_network_manager_admin_rule_collection": (
            "azure:network/networkManagerAdminRuleCollection:NetworkManagerAdminRuleCollection"
        ),
        "azurerm_batch_pool": "azure:batch/pool:Pool",
    },
)
