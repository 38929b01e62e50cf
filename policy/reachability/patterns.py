"""IAM's patterns against texts of which parts aren't known: the id of an instance that is still to be made.

`*` stands for any text and `?` for one character ("IAM JSON policy elements: Resource", IAM user guide).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Whether something holds; None where that isn't known.
Maybe = bool | None

# Stands in a text for what nobody knows yet of one part of an ARN: it may be empty, and it holds no colon. No ARN holds
# this character.
SOME: Final = "\0"

# A policy variable, `${aws:PrincipalAccount}`; `${*}`, `${?}` and `${$}` are these characters themselves.
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_TOKEN = re.compile(r"\$\{[^}]*\}|.", re.DOTALL)
# A comparison takes time by the product of both lengths; an ARN is no longer than this ("ARN format", IAM user guide).
_LONGEST = 2048

_ANY, _ONE, _SOME, _COLON = "any", "one", "some", ":"
_TOKENS = {"*": _ANY, "?": _ONE, SOME: _SOME}


def any_of(parts: Iterable[Maybe]) -> Maybe:
    """Whether one of them holds."""
    found = set(parts)
    return True if True in found else (None if None in found else False)


def negated(holds: Maybe) -> Maybe:
    """Whether it does not hold."""
    return None if holds is None else not holds


def literal(text: str) -> str:
    """The pattern that holds for this text alone; variables in it stay variables."""
    return re.sub(r"[*?](?!\})", lambda found: f"${{{found[0]}}}", text)


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """The pattern with those of its variables written out that are known; `values` has their names in lower case."""
    return _VARIABLE.sub(lambda found: literal(values.get(found[1].lower(), found[0])), pattern)


def fits(pattern: str, text: str) -> Maybe:
    """Whether a pattern holds for a text; None where it hangs on what isn't known of either."""
    return _fits(pattern, text) if max(len(pattern), len(text)) <= _LONGEST else None


# A thousand instances make the same few calls under the same few documents.
@lru_cache(maxsize=4096)
def _fits(pattern: str, text: str) -> Maybe:
    tokens = [_token(found) for found in _TOKEN.findall(pattern)]
    if _holds(tokens, text):
        return True
    return None if _may_hold(tokens, text) else False


def _token(found: str) -> str:
    variable = _VARIABLE.fullmatch(found)
    if variable:
        return variable[1] if variable[1] in {"*", "?", "$"} else _SOME
    return _TOKENS.get(found, found)


def _holds(tokens: Sequence[str], text: str) -> bool:
    """Whether the pattern holds whatever the unknown parts are: of the text only a `*` takes such a part in."""
    ends = {0}  # where in the text what was read of the pattern may end
    for token, least in _runs(tokens):
        if token == _ANY and ends:
            start = min(ends)
            known = accumulate((one != SOME for one in text[start:]), initial=0)
            ends = {start + length for length, count in enumerate(known) if count >= least}
        else:
            ends = {end + 1 for end in ends if text[end : end + 1] not in {"", SOME} and token in {_ONE, text[end]}}
    return len(text) in ends


def _runs(tokens: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The tokens, with `*` and `?` beside each other as one `*` that takes so many characters at the least."""
    for is_wild, run in groupby(tokens, key=lambda token: token in {_ANY, _ONE}):
        found = [*run]
        if is_wild and _ANY in found:
            yield _ANY, found.count(_ONE)
        else:
            yield from ((token, 0) for token in found)


def _may_hold(tokens: Sequence[str], text: str) -> bool:
    """Whether there is a way to fill in the unknown parts, on either side, so that the pattern holds."""
    ends = _past_unknown({0}, text)
    for token in tokens:
        if token in {_ANY, _SOME} and ends:
            ends = set(range(min(ends), len(text) + 1))
        else:
            # An unknown part of the text takes in what the pattern has there, and may go on.
            known = {end for end in ends if text[end : end + 1] not in {"", SOME}}
            held = set[int]() if token == _COLON else {end for end in ends - known if end < len(text)}
            ends = _past_unknown(held | {end + 1 for end in known if token in {_ONE, text[end]}}, text)
    return len(text) in ends


def _past_unknown(ends: set[int], text: str) -> set[int]:
    """These places, and those behind the unknown parts that begin there: they may be empty."""
    reached = set(ends)
    for end in ends:
        rest = text[end:]
        reached.update(range(end, end + len(rest) - len(rest.lstrip(SOME)) + 1))
    return reached
