"""Whether an instance will answer in Session Manager: all that it takes, for each of the services that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reachability.findings import Kind, Link, Path, Verdict
from reachability.host import on_host
from reachability.identity import identity
from reachability.model import Unknown
from reachability.rights import AGENT, session_needs
from reachability.services import way_to
from reachability.view import Ambiguous, View
from reachability.ways import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reachability.model import Host, OneOf, World
    from reachability.ways import Step

# So many combinations of choices are looked at before a verdict is given up.
_CHOICES = 64


def services_of(world: World) -> tuple[str, ...]:
    """The services that an agent calls, by AWS's short names: `ssm`, `ssmmessages`, and those of the preferences."""
    calls = (need for need in (*AGENT, *session_needs(world)) if not isinstance(need, Unknown))
    return tuple(dict.fromkeys(need.action.split(":")[0] for need in calls))


def judge(view: View, host: Host, needs: Sequence[str] | None = None) -> Verdict:
    """What is found about one host.

    Args:
        view: of the world; the same one for all hosts, so that what they share is looked at once.
        host: of the world.
        needs: the services that it has to reach; those of `services_of` if it is not said.
    """
    found = _each_choice(view, host, services_of(view.world) if needs is None else needs, [_CHOICES])
    kinds = {verdict.kind for verdict, _ in found}
    first, _ = found[0]
    if len(kinds) == 1:
        return first
    which = tuple(dict.fromkeys(Unknown(f"which one is {one.what}", one.source) for _, ones in found for one in ones))
    unknown = tuple(dict.fromkeys((*which, *(one for verdict, _ in found for one in verdict.unknown))))
    return Verdict(host=host.id, kind=Kind.UNDETERMINED, paths=first.paths, unknown=unknown)


def _each_choice(
    view: View, host: Host, needs: Sequence[str], left: list[int], chosen: tuple[OneOf, ...] = ()
) -> list[tuple[Verdict, tuple[OneOf, ...]]]:
    """The verdict for each choice that it depends on."""
    left[0] -= 1
    try:
        return [(_judge(view, host, needs), chosen)]
    except Ambiguous as met:
        one = met.one
    if left[0] <= 0:
        given_up = Unknown(one.what, one.source)
        return [(Verdict(host=host.id, kind=Kind.UNDETERMINED, paths=(), unknown=(given_up,)), chosen)]
    found: list[tuple[Verdict, tuple[OneOf, ...]]] = []
    for key in one.ids:
        found += _each_choice(view.choosing(one, key), host, needs, left, (*chosen, one))
    return found


def _judge(view: View, host: Host, needs: Sequence[str]) -> Verdict:
    paths = [Path(to="host", hops=tuple(on_host(host))), Path(to="identity", hops=identity(view, host))]
    for service in needs:
        way = way_to(view, host, service)
        paths.append(Path(to=service, hops=way.there, back=way.back))
    steps: list[Step] = [step for path in paths for step in (*path.hops, *path.back)]
    return Verdict(
        host=host.id,
        kind=kind_of(steps),
        paths=tuple(paths),
        broken=tuple(dict.fromkeys(step for step in steps if isinstance(step, Link))),
        unknown=tuple(dict.fromkeys(step for step in steps if isinstance(step, Unknown))),
    )
