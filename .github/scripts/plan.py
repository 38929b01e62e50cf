"""What there is to preview: the stacks of a Pulumi project, as outputs of a workflow's step.

plan.py CHECKOUT DIRECTORY
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

VARIABLES = ("AWS_PREVIEW_ROLE", "AWS_REGION", "PULUMI_BACKEND_URL")
# Pulumi's own rule for a stack's name. It goes into names of files and artifacts too.
STACK_FILE = re.compile(r"Pulumi\.([A-Za-z0-9_.-]{1,100})\.yaml")


class PlanError(Exception):
    """There is nothing that could be previewed; the text says what is missing and where it goes."""


def stacks(project: Path) -> list[str]:
    """The stacks that have a config file beside the project's Pulumi.yaml.

    Raises:
        PlanError: there is no project, or it has none.
    """
    if not (project / "Pulumi.yaml").is_file():
        raise PlanError(f"{project} has no Pulumi.yaml. Set the input directory to the project's folder.")
    found = [match.group(1) for path in project.iterdir() if (match := STACK_FILE.fullmatch(path.name))]
    if not found:
        raise PlanError(f"{project} has no Pulumi.<stack>.yaml. Commit one for each stack that is to be previewed.")
    return sorted(found)


def slug(directory: str) -> str:
    """The folder's name in the name of an artifact, which takes no slash."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", directory).strip("-") or "root"


def require_variables() -> None:
    """Makes sure that the repository's owner has set what the preview needs.

    Raises:
        PlanError: some are missing.
    """
    if missing := [name for name in VARIABLES if not os.environ.get(name)]:
        raise PlanError(
            f"Set as Actions variables of this repository or its organisation: {', '.join(missing)}. "
            "docs/pull-requests.md of ssm-only says how."
        )


def main(checkout: str, directory: str) -> int:
    """Writes the outputs `stacks` and `slug`; gives the exit code."""
    try:
        require_variables()
        found = stacks(Path(checkout) / directory)
    except PlanError as error:
        print(f"::error::{error}")
        return 1
    print(f"to preview: {', '.join(found)}")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a") as outputs:
        outputs.write(f"stacks={json.dumps(found)}\nslug={slug(directory)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
