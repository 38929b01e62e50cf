"""`python -m ssm_guard`, or `ssm-guard` where it is installed: what a person asks the pack without the engine.

- `check-config FILE`: what is wrong with a configuration file. The engine passes over the name of a policy that there
  isn't: a misspelt one is a policy at its defaults.
- `explain FILE`: the way of each instance to Session Manager, hop by hop (`explain.py`).
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from typing import TYPE_CHECKING

from ssm_guard import POLICIES
from ssm_guard.config_error import ConfigError
from ssm_guard.explain import add_to, explain
from ssm_guard.levels import levels_of
from ssm_guard.settings import parse_settings
from ssm_guard.text_file import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# The key under which a file gives every policy a level.
EVERY = "all"
# A file of this version has Pulumi's own exceptions beside the policies; the engine checks them itself.
EXCEPTIONS_VERSION = 2
MODULE = "python -m ssm_guard"


def problems(text: str) -> Iterator[str]:
    """Every mistake in the text of a configuration file, each with the key, the value and the choices."""
    try:
        config = json.loads(text)
    except ValueError as error:
        yield f"The file is no JSON: {error}."
        return
    if not isinstance(config, dict):
        yield f"The file holds {config!r}; use an object with a policy's name for each key."
        return
    policies = {policy.name: policy for policy in POLICIES}
    for name, given in _policies_of(config).items():
        if name not in policies and name != EVERY:
            yield _unknown(name, list(policies))
            continue
        settings = {"enforcementLevel": given} if isinstance(given, str) else given
        if not isinstance(settings, dict):
            yield f"{name} is {given!r}; use a level or an object."
            continue
        settings = dict(settings)
        levels = levels_of(name)
        level = settings.pop("enforcementLevel", levels[0])
        if level not in levels:
            yield f"{name}: enforcementLevel is {level!r}; use one of {', '.join(levels)}."
        schema = policies[name].config_schema if name in policies else None
        if schema is None:
            if settings:
                yield f"{name}: {next(iter(settings))!r} is no setting of this policy; it takes a level only."
            continue
        try:
            parse_settings(settings, schema)
        except ConfigError as error:
            yield f"{name}: {error}"


def _policies_of(config: dict[str, object]) -> dict[str, object]:
    """What a file says of policies, in either form."""
    policies = config.get("policies", {}) if config.get("version") == EXCEPTIONS_VERSION else config
    return policies if isinstance(policies, dict) else {"policies": policies}


def _unknown(name: str, policies: Sequence[str]) -> str:
    """What is said of a name that no policy has."""
    near = difflib.get_close_matches(name, policies, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return f"{name!r} is no policy of the pack.{guess} Policies are {', '.join(policies)}."


def script() -> int:
    """What the package installs as the command `ssm-guard`."""
    return main(sys.argv[1:], "ssm-guard")


def main(arguments: Sequence[str], called: str = MODULE) -> int:
    """Runs one of the commands; 0 where all is well. `--help` and a wrong word end the process, as argparse does."""
    given = _parser(called).parse_args(arguments)
    return explain(given) if given.command == "explain" else check_config(given.file)


def _parser(called: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=called, description="Asks the policy pack ssm-guard without the engine.")
    commands = parser.add_subparsers(dest="command", required=True)
    checks = "finds what is wrong with a configuration of the pack, which the engine would pass over"
    check = commands.add_parser(
        "check-config",
        help=checks,
        description=f"It {checks}.",
        epilog="Exit codes: 0 nothing is, 1 each mistake has a line, 2 the file cannot be read.",
    )
    check.add_argument("file", metavar="FILE", help="what --policy-pack-config is given; - is standard input")
    explains = "says whether instances will answer in Session Manager, hop by hop, with each missing link's mend"
    add_to(
        commands.add_parser(
            "explain",
            help=explains,
            description=f"It {explains}.",
            epilog="Exit codes: 0 no instance is unreachable, 1 one is, 2 the file cannot be used.",
        )
    )
    return parser


def check_config(name: str) -> int:
    """Prints the mistakes; 0 where there is none."""
    try:
        text = read(name)
    except ConfigError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 2
    found = list(problems(text))
    for problem in found:
        sys.stderr.write(f"{name}: {problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
