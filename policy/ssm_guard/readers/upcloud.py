"""UpCloud: firewall rules of a server, and rule sets that servers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import first_doubt
from ssm_guard.readers.cloud import Cloud
from ssm_guard.readers.rules import address_range, carrying_tcp, entries, everyone_in, is_absent, is_on, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Doubt, Node
    from ssm_guard.opening import Opening, Ports, Source


def server_rules(props: Node) -> Iterator[Opening]:
    """All rules of a server: the first that fits decides. One that names nothing is the default."""
    for number, rule in enumerate(props["firewallRules"].each()):
        yield from _rule(rule, number)


def ruleset(props: Node) -> Iterator[Opening]:
    """A set of rules that servers share."""
    on = is_on(props["enabled"])
    if on is False:
        return
    for number, rule in enumerate(props["rules"].each()):
        rule_on = is_on(rule["enabled"])
        if rule_on is not False:
            yield from _rule(rule, number, unless=first_doubt(on, rule_on) or False)


def _rule(rule: Node, number: int, *, unless: bool | Doubt = False) -> Iterator[Opening]:
    inbound = says(rule["direction"], "in")
    if inbound is False:
        return
    yield from entries(
        rule,
        protocol=carrying_tcp(rule["protocol"]),
        ports=(_ports(rule["destinationPortStart"], rule["destinationPortEnd"]),),
        sources=_sources(rule),
        unless=first_doubt(unless, inbound) or False,
        allows=says(rule["action"], "accept"),
        order=number,
    )


def _ports(start: Node, end: Node) -> Ports:
    return values.ports(start, start if is_absent(end) else end)


def _sources(rule: Node) -> tuple[Source, ...]:
    block, start = rule["sourceAddressCidr"], rule["sourceAddressStart"]
    if not is_absent(block):
        return values.networks(block)
    if is_absent(start):
        return everyone_in(start, rule["family"])
    return address_range(start, rule["sourceAddressEnd"])


_RULES = "upcloud:index/serverFirewallRules:ServerFirewallRules"
_RULESET = "upcloud:index/firewallRuleset:FirewallRuleset"

CLOUD = Cloud(
    name="upcloud",
    prefixes=("upcloud",),
    readers={_RULES: server_rules, _RULESET: ruleset},
    remedy="Take it out, and name the addresses that may come in, or connect over a VPN.",
    terraform={"upcloud_firewall_rules": _RULES, "upcloud_firewall_ruleset": _RULESET},
)
