"""The opt-in repair of `no-world-ssh`: takes the world out of a rule and keeps all else as it was.

It runs only at the enforcement level `remediate`. What it can't repair, because the world is all that a resource is
about, is left alone and reported as mandatory.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pulumi_policy.deserialize import serialize_properties

from ssm_guard.exemptions import pardon
from ssm_guard.node import path_text, unwrapped
from ssm_guard.readers import READERS, known_as
from ssm_guard.settings import Settings, settings_or_defaults
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_policy import ResourceValidationArgs

    from ssm_guard.node import Path
    from ssm_guard.opening import Opening


async def remediate(args: ResourceValidationArgs) -> Mapping[str, Any]:
    """The resource's properties without the world's sources; nothing where there is nothing to repair.

    A coroutine because the SDK's type for a remediation is one.
    """
    kind = known_as(args.resource_type)
    reader = READERS.get(kind.token)
    settings = settings_or_defaults(args.get_config())
    today = datetime.now(timezone.utc).date()
    if (
        reader is None
        or not settings.judges(kind.token)
        or pardon(settings.exemptions, args.urn, args.resource_type, today).granted
    ):
        return {}
    # The serialised form is a copy with secrets and unknown values still marked as such. Plain access would unwrap the
    # secrets, and what is returned would go into the state as clear text.
    properties = dict(serialize_properties(args.props))
    removed = [path for path in _to_remove(list(reader(kind.node(properties))), settings) if _remove(properties, path)]
    if not removed:
        return {}
    places = ", ".join(path_text(path) for path in reversed(removed))
    # The engine shows what a pack writes to stderr; stdout is its handshake.
    sys.stderr.write(f"ssm-guard took the world out of {args.name} ({args.resource_type}): {places}\n")
    return properties


def _to_remove(openings: list[Opening], settings: Settings) -> list[Path]:
    """The places to cut, the last of each list first, so that the others stay where they are."""
    violations = judge(openings, settings).violations
    bad = {source.path for violation in violations for source in violation.sources}
    cuts: set[Path] = set()
    for opening in openings:
        hit = [source.path for source in opening.sources if source.path in bad]
        # A rule that nobody may use any more goes as a whole: AWS takes none without a source.
        cuts.update([opening.path] if hit and len(hit) == len(opening.sources) else hit)
    return sorted(cuts, reverse=True)


def _remove(properties: dict[str, Any], path: Path) -> bool:
    """Cuts one place out; False where that would cut the resource itself, or a place inside a text."""
    if not path or (isinstance(path[-1], str) and len(path) == 1):
        return False
    holder: Any = properties
    for step in path[:-1]:
        holder = unwrapped(_step(holder, step))
    if _step(holder, path[-1]) is None:
        return False
    del holder[path[-1]]
    return True


def _step(holder: object, step: str | int) -> object:
    if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        return holder[step]
    return holder.get(step) if isinstance(holder, dict) else None
