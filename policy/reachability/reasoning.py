"""Whether an instance will answer in Session Manager: all that it takes, for each of the services that it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from reachability.findings import Kind, Link, Path, Verdict
from reachability.host import on_host
from reachability.identity import identity
from reachability.model import Unknown
from reachability.rights import AGENT, session_needs
from reachability.services import way_to
from reachability.view import Ambiguous, View
from reachability.ways import Way, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reachability.model import Host, OneOf, World
    from reachability.ways import Step

    # A verdict, and the choices that it was made under.
    _Judged = tuple[Verdict, tuple[OneOf, ...]]

Item = TypeVar("Item")
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
    first, _ = found[0]
    if len(found) == 1:
        return first
    if {verdict.kind for verdict, _ in found} == {first.kind}:
        return replace(
            first, broken=_named(found), unknown=_once(one for verdict, _ in found for one in verdict.unknown)
        )
    which = (Unknown(f"which one is {one.what}", one.source) for _, ones in found for one in ones)
    unknown = _once((*which, *(one for verdict, _ in found for one in verdict.unknown)))
    return Verdict(host=host.id, kind=Kind.UNDETERMINED, paths=first.paths, unknown=unknown)


def _named(found: Sequence[_Judged]) -> tuple[Link, ...]:
    """What is missing whichever choice it is; if that is something else for each, all of it."""
    all_of = _once(link for verdict, _ in found for link in verdict.broken)
    return tuple(link for link in all_of if all(link in verdict.broken for verdict, _ in found)) or all_of


def _once(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))


def _each_choice(
    view: View, host: Host, needs: Sequence[str], left: list[int], chosen: tuple[OneOf, ...] = ()
) -> list[_Judged]:
    """The verdict for each choice that it depends on."""
    left[0] -= 1
    try:
        return [(_judge(view, host, needs), chosen)]
    except Ambiguous as met:
        one = met.one
    if left[0] <= 0:
        given_up = Unknown(one.what, one.source)
        return [(Verdict(host=host.id, kind=Kind.UNDETERMINED, paths=(), unknown=(given_up,)), chosen)]
    found: list[_Judged] = []
    for key in one.ids:
        found += _each_choice(view.choosing(one, key), host, needs, left, (*chosen, one))
    return found


def _judge(view: View, host: Host, needs: Sequence[str]) -> Verdict:
    paths = [Path(to="host", hops=tuple(on_host(host))), Path(to="identity", hops=identity(view, host))]
    for service in needs:
        way = way_to(view, host, service) if host.proxy is None else Way((host.proxy,))
        paths.append(Path(to=service, hops=way.there, back=way.back))
    steps: list[Step] = [step for path in paths for step in (*path.hops, *path.back)]
    return Verdict(
        host=host.id,
        kind=kind_of(steps),
        paths=tuple(paths),
        broken=_once(step for step in steps if isinstance(step, Link)),
        unknown=_once(step for step in steps if isinstance(step, Unknown)),
    )
