"""Reads from Pulumi's arguments the three things localaws must know: command, folder and stack. All go on unchanged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Pulumi's global options that take a value: what follows them is not the command.
GLOBAL_VALUES = ("-C", "--cwd", "--color", "--tracing", "--profiling", "--memprofilerate", "-v", "--verbose")
# One-letter switches without a value, which may stand before the `s` of `-ys dev`.
SWITCHES = "defjryQ"


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What localaws reads from the arguments of `pulumi`."""

    command: tuple[str, ...]
    folder: str
    stack: str | None
    config_file: bool


def read(arguments: Sequence[str]) -> Arguments:
    """Command with its operands (`("stack", "init", "dev")`), the project's folder, the stack that `--stack` names."""
    words = _until_double_dash(arguments)
    stack = _value_of(words, rf"-[{SWITCHES}]*s", "--stack")
    return Arguments(
        command=tuple(_positionals(words)),
        folder=_value_of(words, "-C", "--cwd") or ".",
        # `organization/project/stack` names the same stack as `stack` does.
        stack=stack.rsplit("/", 1)[-1] if stack else None,
        config_file=any(word.split("=")[0] == "--config-file" for word in words),
    )


def _until_double_dash(arguments: Sequence[str]) -> list[str]:
    words = list(arguments)
    return words[: words.index("--")] if "--" in words else words


def _value_of(words: Sequence[str], short: str, long: str) -> str | None:
    """The last value of an option, in each way that Pulumi takes it: `-s dev`, `-sdev`, `-s=dev`, `--stack=dev`."""
    value = None
    for index, word in enumerate(words):
        if match := re.fullmatch(rf"{long}=(.*)|(?:{short})=?(.+)", word, re.DOTALL):
            value = match.group(1) or match.group(2)
        elif re.fullmatch(f"{short}|{long}", word) and index + 1 < len(words):
            value = words[index + 1]
    return value


def _positionals(words: Sequence[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if not skip and not word.startswith("-"):
            yield word
        skip = not skip and word in GLOBAL_VALUES
