"""The Command document of a script: our own around a person's, as JSON."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .runs import RUN

_AGENT = Path(__file__).parent / "agent"
_SETTINGS = "# <settings>\n"

# CreateDocument, Systems Manager API reference: the largest content.
LARGEST_DOCUMENT = 65_536

LONGEST_SECONDS = 24 * 60 * 60
# Beyond the script's own time, for what comes after it: a report may take more than a minute. Then the agent ends all.
_GRACE_SECONDS = 300


class ScriptError(ValueError):
    """This script cannot be in a document; the message says why, and what to write instead."""


class Shell(str, Enum):
    """What runs a script."""

    SH = "sh"
    POWERSHELL = "powershell"


@dataclass(frozen=True, kw_only=True)
class ScriptSettings:
    """What a document is made from.

    Attributes:
        command: the name of the command, which its log streams begin with.
        script: the person's.
        shell: what runs it; sh runs what its first line (`#!`) names.
        seconds: after so many it is stopped.
        region: name of the Region.
        domain: the partition's DNS suffix.
        log_group: name of the log group that gets the output; empty is none.
    """

    command: str
    script: str
    shell: Shell
    seconds: int
    region: str
    domain: str
    log_group: str = ""


def command_document(settings: ScriptSettings) -> str:
    """The document's content.

    Raises:
        ScriptError: the script is empty, holds what no shell can, or is too long.
    """
    windows = settings.shell is Shell.POWERSHELL
    content = {
        "schemaVersion": "2.2",
        "description": f"The script of command {settings.command}, and the report of how it ended",
        "parameters": {
            "run": {"type": "String", "description": "Which run it is", "allowedPattern": f"^{RUN.pattern}$"},
            "report": {
                "type": "String",
                "description": "The parameter that is told how it ended",
                "allowedPattern": "^[a-zA-Z0-9_./-]+$",
            },
        },
        "mainSteps": [
            {
                "action": "aws:runPowerShellScript" if windows else "aws:runShellScript",
                "name": "run",
                "precondition": {"StringEquals": ["platformType", "Windows" if windows else "Linux"]},
                "inputs": {
                    # Not splitlines: a script may hold a form feed, and the agent puts a newline between lines.
                    "runCommand": _render(settings).split("\n"),
                    "timeoutSeconds": str(settings.seconds + _GRACE_SECONDS),
                },
            }
        ],
    }
    text = json.dumps(content)
    if len(text.encode()) > LARGEST_DOCUMENT:
        raise ScriptError(
            f"with what goes around it this is a document of {len(text.encode()):,} bytes, and Systems Manager takes "
            f"{LARGEST_DOCUMENT:,}. Let it fetch what is large.",
        )
    return text


def _render(settings: ScriptSettings) -> str:
    if not settings.script.strip():
        raise ScriptError("it is empty. Write what is to run.")
    if re.search(r"[\0\ud800-\udfff]", settings.script):
        raise ScriptError("no shell can hold NUL or half of a surrogate pair. Remove it.")
    values = {
        "script": settings.script,
        "seconds": str(settings.seconds),
        "region": settings.region,
        "log_group": settings.log_group,
        "command": settings.command,
    }
    if settings.shell is Shell.POWERSHELL:
        named = {"".join(part.capitalize() for part in name.split("_")): value for name, value in values.items()}
        return _put("run.ps1", {f"${name}": _quote_powershell(value) for name, value in named.items()}, " = ")
    values |= {"domain": settings.domain, "reporter": (_AGENT / "report.py").read_text(encoding="utf-8")}
    return _put("run.sh", {name: _quote_sh(value) for name, value in values.items()}, "=")


def _put(file: str, values: Mapping[str, str], equals: str) -> str:
    before, after = (_AGENT / file).read_text(encoding="utf-8").split(_SETTINGS)
    return before + "".join(f"{name}{equals}{value}\n" for name, value in values.items()) + after


# Systems Manager would take `{{ word }}` in a script for a parameter of the document, or of Parameter Store: two such
# brackets never stand beside each other.
_OPENING = re.compile(r"\{(?=\{)")


def _quote_sh(value: str) -> str:
    return _OPENING.sub("{''", "'" + value.replace("'", "'\"'\"'") + "'") if "{{" in value else shlex.quote(value)


def _quote_powershell(value: str) -> str:
    return "(" + _OPENING.sub("{'+'", _powershell_literal(value)) + ")"


def _powershell_literal(value: str) -> str:
    # PowerShell takes typographic quotes for quotes ("about_Quoting_Rules").
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", value) + "'"
