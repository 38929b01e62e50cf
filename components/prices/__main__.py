"""`python -m components.prices`: the three variants side by side, for a stack's file. It asks nobody."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..base.errors import ConfigError
from .compare import compare, explain
from .estimate import REFERENCE
from .layout import as_markdown, as_text
from .stack_file import StackFileError, read_stack

# The package is `ssm_only.prices` where it is installed.
_PROGRAM = f"python -m {__package__}"
_NOTE = "Instances and their disks come on top. docs/variants.md has the prices, each with its day."
# As of a program that was called wrongly: nothing was compared.
_WRONG = 2


def main(arguments: Sequence[str]) -> int:
    """Print the comparison, or in one message why there is none."""
    asked = _parser().parse_args(arguments)
    try:
        settings, named = read_stack(Path.cwd(), asked.stack)
    except (StackFileError, ConfigError) as error:
        print(f"compare: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return _WRONG
    region = asked.region or named or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REFERENCE
    layout = as_markdown if asked.markdown else as_text
    title = f"Stack {asked.stack}, at the prices of {region} in US dollars"
    notes = f"{explain(settings, region)}\n{_NOTE}"
    print(f"{title}\n\n{layout(compare(settings, region))}\n\n{notes}")  # noqa: T201
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_PROGRAM, description="Compares what the three variants of a stack cost.")
    parser.add_argument("-s", "--stack", required=True, help="its settings are in Pulumi.STACK.yaml")
    parser.add_argument("--region", help="else that of the stack's file, of AWS_REGION, or us-east-1")
    parser.add_argument("--markdown", action="store_true", help="as a table of Markdown")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
