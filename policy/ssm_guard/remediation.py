"""The opt-in repair of `no-world-ssh`: closes our ports to the world and keeps all else as it was.

It runs only at the enforcement level `remediate`, and the engine asks no policy about what it left: so what is left
has to be closed, something that the provider takes, and all that was no offence. A range of ports is split around ours.
Where that can't be, nothing is changed, and the violation is reported as mandatory.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from copy import deepcopy
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pulumi_policy.deserialize import serialize_properties

from ssm_guard.exemptions import pardon
from ssm_guard.node import path_text, unwrapped
from ssm_guard.opening import Ports, Protocol
from ssm_guard.readers import READERS, cloud_of, known_as
from ssm_guard.settings import settings_or_defaults
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pulumi_policy import ResourceValidationArgs

    from ssm_guard.node import Node, Path
    from ssm_guard.opening import Opening
    from ssm_guard.readers.cloud import Repair
    from ssm_guard.verdict import Violation


class _CannotRepairError(Exception):
    """What would be left is open, not what the provider takes, or less than what was no offence."""


async def remediate(args: ResourceValidationArgs) -> Mapping[str, Any]:
    """The resource's properties with our ports closed to the world; nothing where there is nothing to repair.

    A coroutine because the SDK's type for a remediation is one.
    """
    kind = known_as(args.resource_type)
    repair = cloud_of(kind.token).repairs.get(kind.token)
    settings = settings_or_defaults(args.get_config())
    today = datetime.now(timezone.utc).date()
    if repair is None or not settings.judges(kind.token):
        return {}
    if pardon(settings.exemptions, args.urn, args.resource_type, today).granted:
        return {}
    # The serialised form is a copy with secrets and unknown values still marked as such. Plain access would unwrap the
    # secrets, and what is returned would go into the state as clear text.
    properties = dict(serialize_properties(args.props))
    removed: list[Path] = []
    try:
        # What is left may add up to the world again: quarters below the halves that went.
        while True:
            openings = list(READERS[kind.token](kind.node(properties)))
            violations = judge(openings, settings).violations
            if not violations:
                break
            removed += _close(properties, openings, violations, repair, kind.node)
    except _CannotRepairError:
        return {}
    if not removed:
        return {}
    # The engine shows what a pack writes to stderr; stdout is its handshake.
    places = ", ".join(path_text(path) for path in removed)
    sys.stderr.write(f"ssm-guard took the world out of {args.name} ({args.resource_type}): {places}\n")
    return properties


def _close(
    properties: dict[str, Any],
    openings: Sequence[Opening],
    violations: Sequence[Violation],
    repair: Repair,
    node: type[Node],
) -> list[Path]:
    """Changes the properties, the last rule first, so that the others stay where they are; gives what it took out."""
    ports: dict[Path, set[int]] = defaultdict(set)
    for violation in violations:
        for source in violation.sources:
            ports[source.path].update(violation.ports)
    gone: list[list[Path]] = []
    hit = [opening for opening in openings if any(source.path in ports for source in opening.sources)]
    for opening in sorted(hit, key=lambda opening: opening.path, reverse=True):
        # Azure's `*` is two sources, one of each family, in one place.
        paths = list(dict.fromkeys(source.path for source in opening.sources if source.path in ports))
        closed = set().union(*(ports[path] for path in paths))
        pieces = list(_pieces(opening, closed))
        if pieces and not repair.ports:
            raise _CannotRepairError
        hits = [path[len(opening.path) :] for path in paths]
        others = [source.path[len(opening.path) :] for source in opening.sources if source.path not in ports]
        if not opening.path and others:
            # Google's sources stand beside all rules of a firewall, and go once.
            if hits not in gone:
                _take_out(properties, hits, repair)
                gone.append(hits)
            continue
        rules = _at(properties, opening.path[:-1]) if opening.path else None
        index = opening.path[-1] if opening.path else None
        if not isinstance(rules, list) or not isinstance(index, int):
            raise _CannotRepairError
        kept = [_without(rules[index], hits, repair)] if others else []
        split = [_moved(_without(rules[index], others, repair), piece, repair, node) for piece in pieces]
        rules[index : index + 1] = [*kept, *split]
        if not rules and repair.needs_a_rule:
            raise _CannotRepairError
    return sorted(ports)


def _pieces(opening: Opening, closed: Collection[int]) -> Iterator[Ports]:
    """What a range of tcp ports is without some of them. Every protocol but one port of one can't be written at all."""
    if opening.protocol is Protocol.OTHER:
        raise _CannotRepairError  # Google's sources are those of ping and of udp too, which were no offence.
    low, high = opening.ports.low, opening.ports.high
    if opening.protocol is Protocol.TCP and isinstance(low, int) and isinstance(high, int):
        for port in sorted(closed):
            if low < port:
                yield Ports(low, port - 1)
            low = port + 1
        if low <= high:
            yield Ports(low, high)


def _without(rule: object, paths: Collection[Path], repair: Repair) -> object:
    """A copy of a rule without some of its sources."""
    copy = deepcopy(rule)
    _take_out(unwrapped(copy), paths, repair)
    return copy


def _moved(rule: object, ports: Ports, repair: Repair, node: type[Node]) -> object:
    """The same rule for other ports, under the names that its package has for them."""
    inner: Any = unwrapped(rule)
    for name, port in zip(repair.ports, (ports.low, ports.high), strict=True):
        inner[node(inner)[name].path[-1]] = port
    return rule


def _take_out(rule: Any, paths: Collection[Path], repair: Repair) -> None:  # noqa: ANN401 - a rule as it was written
    """Cuts sources out of a rule, the last of each list first; a list that is empty then goes too."""
    for path in sorted(paths, key=lambda path: path[-1] if isinstance(path[-1], int) else -1, reverse=True):
        holder = _at(rule, path[:-1])
        if isinstance(holder, list) and isinstance(path[-1], int):
            del holder[path[-1]]
            if holder:
                continue
            path = path[:-1]  # noqa: PLW2901 - the list in place of its last item
        if repair.needs_its_lists:
            raise _CannotRepairError
        _at(rule, path[:-1]).pop(path[-1], None)


def _at(value: Any, path: Path) -> Any:  # noqa: ANN401 - properties are anything
    """What stands at a place, without the wrapping of a secret."""
    try:
        for step in path:
            value = unwrapped(value)[step]
    except (LookupError, TypeError) as error:
        raise _CannotRepairError from error
    return unwrapped(value)
