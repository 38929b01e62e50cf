"""Google Cloud: firewalls of a network, and the rules of firewall policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node, first_doubt
from ssm_guard.opening import Peer, Source
from ssm_guard.readers.cloud import Cloud, Repair, RuleSet
from ssm_guard.readers.rules import carrying_tcp, entries, out_of_sight, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssm_guard.opening import Opening
    from ssm_guard.readers.cloud import Reader

_DEFAULT_PRIORITY = 1000
# A rule of a policy that hands packets on to Cloud NGFW's inspection lets in what that doesn't stop.
_LETS_IN = ("allow", "apply_security_profile_group")


def firewall(props: Node) -> Iterator[Opening]:
    """A firewall of a VPC network. Without any source the API fills in 0.0.0.0/0."""
    yield from _firewall(props, "allows", "denies", "protocol")


def native_firewall(props: Node) -> Iterator[Opening]:
    """The same as the API spells it."""
    yield from _firewall(props, "allowed", "denied", "ipProtocol")


def _firewall(props: Node, allowed: str, denied: str, protocol: str) -> Iterator[Opening]:
    off = values.true(props["disabled"])
    inbound = says(props["direction"], "ingress", missing=True)
    if off is True or inbound is False:
        return
    unless = first_doubt(off, inbound) or False
    # They stand beside the rules of a firewall, and are those of all of them.
    sources, order = _sources(props), values.order(props["priority"], missing=_DEFAULT_PRIORITY)
    for key, allows in ((allowed, True), (denied, False)):
        if not allows and _is_for_some(props):
            continue  # It closes the port of some instances only; a world beside it is open on the others.
        for entry in props[key].each():
            yield from entries(
                props,
                protocol=carrying_tcp(entry[protocol], missing=None),
                ports=port_texts(entry["ports"]),
                sources=sources,
                unless=unless,
                allows=allows,
                order=order,
                alone=False,
            )


def _is_for_some(props: Node) -> bool:
    keys = ("targetTags", "targetServiceAccounts", "destinationRanges")
    return any(next(props[key].each(), None) is not None for key in keys)


def _sources(props: Node) -> tuple[Source, ...]:
    ranges = props["sourceRanges"]
    peers = values.peers(props["sourceTags"], props["sourceServiceAccounts"])
    found = values.networks(ranges)
    # An empty list is no range either.
    return (*found, *peers) if found or peers or isinstance(ranges.value, Doubt) else values.everyone(ranges)


def policy_rule(props: Node) -> Iterator[Opening]:
    """A rule of a firewall policy as a resource of its own."""
    yield from _policy_rule(props, alone=False)


def policy_with_rules(props: Node) -> Iterator[Opening]:
    """A firewall policy with all its rules."""
    for rule in props["rules"].each():
        yield from _policy_rule(rule, alone=True)


def _policy_rule(rule: Node, *, alone: bool) -> Iterator[Opening]:
    off = values.true(rule["disabled"])
    inbound = says(rule["direction"], "ingress", missing=True)
    allows = says(rule["action"], *_LETS_IN)
    if off is True or inbound is False or (allows is False and _is_for_some_of_policy(rule)):
        return
    match = rule["match"]
    configs = list(match["layer4Configs"].each()) or [match["layer4Config"]]
    for config in configs:
        yield from entries(
            rule,
            protocol=carrying_tcp(config["ipProtocol"]),
            ports=port_texts(config["ports"]),
            sources=_policy_sources(match),
            unless=first_doubt(off, inbound) or False,
            allows=allows,
            order=values.order(rule["priority"], missing=0),
            alone=alone,
        )


def _is_for_some_of_policy(rule: Node) -> bool:
    keys = ("targetSecureTags", "targetServiceAccounts", "targetResources", "targetForwardingRules")
    destinations = ("destIpRanges", "destAddressGroups", "destFqdns", "destRegionCodes", "destThreatIntelligences")
    narrower = (*(rule[key] for key in keys), *(rule["match"][key] for key in destinations))
    return any(next(node.each(), None) is not None for node in narrower)


# Sources of a policy's rule that are no addresses here. Beside ranges they let in more, not less.
_PEERS = ("srcFqdns", "srcNetworks", "srcSecureTags")
_LISTS_ELSEWHERE = {
    "srcAddressGroups": "the address group",
    "srcRegionCodes": "the country",
    "srcThreatIntelligences": "Google's list",
}
# A network context narrows what stands beside it.
_INSIDE = ("intra_vpc", "non_internet", "vpc_networks")


def _policy_sources(match: Node) -> tuple[Source, ...]:
    contexts = (match["srcNetworkContext"], match["srcNetworkScope"])
    peers = tuple(Source(Peer(), item.path) for key in _PEERS for item in match[key].each())
    if any(says(context, *_INSIDE) is True for context in contexts):
        return (*peers, *values.peers(*contexts))
    ranges = values.networks(match["srcIpRanges"])
    listed = tuple(source for key, what in _LISTS_ELSEWHERE.items() for source in out_of_sight(what, match[key]))
    if ranges or peers or listed:
        return (*ranges, *peers, *listed)
    said = [context for context in contexts if context.value is not None]
    # Without any source it is for every IPv4 address, as a firewall is.
    return tuple(source for node in said or [match["srcIpRanges"]] for source in values.everyone(node))


_RULES: Mapping[str, str] = {
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule": (
        "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy"
    ),
    "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule": (
        "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy"
    ),
    "gcp:compute/firewallPolicyRule:FirewallPolicyRule": "gcp:compute/firewallPolicy:FirewallPolicy",
}
# A policy of an organisation is named by its number.
_POLICY_SCOPES = {
    "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy": ("project",),
    "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy": ("project", "region"),
}
_POLICIES = (
    "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules",
    "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules",
    "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules",
)
_NATIVE_VERSIONS = ("v1", "beta", "alpha")
_NATIVE = tuple(f"google-native:compute/{version}:Firewall" for version in _NATIVE_VERSIONS)
_NATIVE_POLICIES = tuple(
    f"google-native:compute/{version}:{name}"
    for version in _NATIVE_VERSIONS
    for name in ("FirewallPolicy", "NetworkFirewallPolicy", "RegionNetworkFirewallPolicy")
)
_FIREWALL = "gcp:compute/firewall:Firewall"

_READERS: Mapping[str, Reader] = {
    _FIREWALL: firewall,
    **dict.fromkeys(_RULES, policy_rule),
    **dict.fromkeys((*_POLICIES, *_NATIVE_POLICIES), policy_with_rules),
    **dict.fromkeys(_NATIVE, native_firewall),
}

CLOUD = Cloud(
    name="gcp",
    prefixes=("gcp", "google-native"),
    readers=_READERS,
    remedy=(
        "Take it out, and connect through Identity-Aware Proxy with `gcloud compute ssh --tunnel-through-iap`: "
        "its TCP forwarding needs 35.235.240.0/20 alone."
    ),
    rule_sets=(
        RuleSet(sets=("gcp:compute/network:Network",), rules={_FIREWALL: ("network",)}, scope=("project",)),
        RuleSet(
            sets=tuple(f"google-native:compute/{version}:Network" for version in _NATIVE_VERSIONS),
            rules=dict.fromkeys(_NATIVE, ("network",)),
            scope=("project",),
        ),
        *(
            RuleSet(sets=(policy,), rules={rule: ("firewallPolicy",)}, scope=_POLICY_SCOPES.get(policy, ()))
            for rule, policy in _RULES.items()
        ),
    ),
    repairs=dict.fromkeys((_FIREWALL, *_NATIVE), Repair(needs_its_lists=True)),
    packages=("google-beta",),
    terraform={
        "google_compute_firewall": _FIREWALL,
        "google_compute_network": "gcp:compute/network:Network",
        **{
            f"google_compute_{name}": f"gcp:compute/{camel}:{camel[0].upper()}{camel[1:]}"
            for name, camel in {
                "network_firewall_policy": "networkFirewallPolicy",
                "network_firewall_policy_rule": "networkFirewallPolicyRule",
                "network_firewall_policy_with_rules": "networkFirewallPolicyWithRules",
                "region_network_firewall_policy": "regionNetworkFirewallPolicy",
                "region_network_firewall_policy_rule": "regionNetworkFirewallPolicyRule",
                "region_network_firewall_policy_with_rules": "regionNetworkFirewallPolicyWithRules",
                "firewall_policy": "firewallPolicy",
                "firewall_policy_rule": "firewallPolicyRule",
                "firewall_policy_with_rules": "firewallPolicyWithRules",
            }.items()
        },
    },
)
