"""Readers for Elastic Beanstalk, which makes a security group of its own for an environment's instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Node, Why, first_doubt
from ssm_guard.opening import Kind, Opening, Ports, Protocol, Source, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "aws:autoscaling:launchconfiguration"
_FIELDS = 4
NOTHING = Node(None)


def environment(resource: Node) -> Iterator[Opening]:
    """An environment or a configuration template: `settings` in the classic provider, `optionSettings` elsewhere."""
    options: dict[str, Node] = {}
    for setting in (*resource["settings"].each(), *resource["optionSettings"].each()):
        name = setting["optionName"] if setting["name"].value is None else setting["name"]
        doubt = first_doubt(setting["namespace"].value, name.value)
        if doubt:
            yield unreadable(doubt, setting.path)
        elif values.word(setting["namespace"]) == NAMESPACE:
            options[values.word(name)] = setting["value"]
    restriction = options.get("sshsourcerestriction", NOTHING)
    if restriction.value is not None:
        yield _restriction(restriction)
    else:
        yield from _default_group(options)


def _default_group(options: dict[str, Node]) -> Iterator[Opening]:
    key = options.get("ec2keyname", NOTHING)
    without = values.true(options.get("disabledefaultec2securitygroup", NOTHING))
    if key.value and without is not True:
        yield Opening(
            protocol=first_doubt(without) or Protocol.TCP,
            ports=Ports(22, 22),
            sources=values.everyone(key),
            path=key.path,
            kind=Kind.BEANSTALK_DEFAULT_GROUP,
            note="With a key and no SSHSourceRestriction, Beanstalk's default security group lets every address in.",
        )


def _restriction(value: Node) -> Opening:
    """`tcp, 22, 22, 203.0.113.0/24`: protocol, first port, last port, and a CIDR or a security group."""
    fields = [field.strip() for field in value.value.split(",")] if isinstance(value.value, str) else []
    if len(fields) != _FIELDS:
        return unreadable(value.doubt(Why.MALFORMED), value.path)
    protocol, low, high, source = (Node(field, value.path) for field in fields)
    return Opening(
        protocol=values.protocol(protocol),
        ports=values.ports(low, high),
        sources=_source(source),
        path=value.path,
    )


def _source(source: Node) -> tuple[Source, ...]:
    if "/" in str(source.value):
        return values.networks(source)
    return values.prefix_lists(source) if values.word(source).startswith("pl-") else values.peers(source)
