"""Conditions of IAM statements, as far as the values of their keys are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reachability.patterns import any_of, filled, fits, literal, negated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reachability.patterns import Maybe

# A key with one value is treated alike by both ("Single-valued vs. multivalued context keys", IAM user guide).
_QUALIFIERS = ("ForAnyValue:", "ForAllValues:")


def conditions(block: object, context: Mapping[str, str]) -> Iterator[tuple[str, Maybe]]:
    """Each key that a statement sets a condition on, and whether the condition holds.

    `context` has the values that are known, by key in lower case; of a key that isn't in it nothing is known.
    """
    if block is None:
        return
    if not isinstance(block, Mapping) or not all(isinstance(keys, Mapping) for keys in block.values()):
        yield "what can't be read", None
        return
    for operator, keys in block.items():
        for key, wanted in keys.items():
            yield str(key), _holds(str(operator), context.get(str(key).lower()), wanted, context)


def _holds(operator: str, value: str | None, wanted: object, context: Mapping[str, str]) -> Maybe:
    for qualifier in _QUALIFIERS:
        operator = operator.removeprefix(qualifier)
    operator = operator.removesuffix("IfExists")
    values = wanted if isinstance(wanted, list) else [wanted]
    if value is None:
        return None
    if operator == "Null":
        return any_of(str(one).lower() == "false" for one in values)
    is_negative = "Not" in operator
    compare = _COMPARISONS.get(operator.replace("Not", ""))
    if compare is None:
        return None
    found = any_of(compare(filled(_text(one), context), value) for one in values)
    return negated(found) if is_negative else found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _arn(pattern: str, value: str) -> Maybe:
    """Each of the six parts by itself ("Amazon Resource Name (ARN) condition operators", IAM user guide)."""
    wanted, found = pattern.split(":", 5), value.split(":", 5)
    if len(wanted) != len(found):
        return True if pattern == "*" else None
    return negated(any_of(negated(fits(*pair)) for pair in zip(wanted, found, strict=True)))


_COMPARISONS: Mapping[str, Callable[[str, str], Maybe]] = {
    "StringEquals": lambda wanted, value: fits(literal(wanted), value),
    "StringEqualsIgnoreCase": lambda wanted, value: fits(literal(wanted.lower()), value.lower()),
    "StringLike": fits,
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}
