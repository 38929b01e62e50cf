"""`status`, `stop` and `reset`: what is there, and how to be rid of it."""

from __future__ import annotations

import json
import math
import platform
import re
import shutil
from importlib import metadata
from typing import TYPE_CHECKING, Any

from localaws import backend, cloud, golang, installed, places, processes, provider, steps
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("pulumi-aws", "pulumi-policy", "moto", "awscli")


def status(*, as_json: bool) -> None:
    """Prints endpoint, processes, stacks and versions: for a person, or as one JSON object."""
    server = cloud.running()
    facts = {
        "endpoint": server.endpoint if server else None,
        "processes": [{"pid": process.pid, "name": processes.title(process)} for process in processes.marked()],
        "stacks": [_stack(state, server) for state in backend.known()],
        "versions": versions(),
    }
    print(json.dumps(facts, indent=2) if as_json else _readable(facts))  # noqa: T201 - what was asked for


def _stack(state: backend.State, server: cloud.Cloud | None) -> dict[str, Any]:
    """What `status` says of a stack; nulls of one whose state can't be read."""
    try:
        count: int | None = len(state.resources())
        stale: bool | None = bool(state.gone(server.started if server else math.inf))
    except LocalawsError as error:
        steps.say(str(error))
        count = stale = None
    return {"project": state.project, "stack": state.stack, "resources": count, "stale": stale}


def stop() -> None:
    """Ends every process of this cloud. Its resources lived in one of them, so the stacks' states go as well.

    Raises:
        LocalawsError: if the states can't be removed.
    """
    processes.end(processes.marked())
    cloud.RECORD.unlink(missing_ok=True)
    forgotten = [line for state in backend.known() if (line := _farewell(state))]
    _remove(places.STATE)
    for line in forgotten:
        steps.say(line)
    steps.say(f"nothing of {places.CLOUD} runs")


def _farewell(state: backend.State) -> str:
    """What `stop` says of a stack that it forgets; nothing of an empty one."""
    name = f"{state.stack} of {state.project}"
    try:
        count = len(state.resources())
    except LocalawsError:
        return f"forgot stack {name}: its state could not be read"
    return f"forgot stack {name}: its {count} resources went with the AWS" if count else ""


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise LocalawsError(f"all processes are ended, but {folder} could not be removed: {error}") from error


def reset() -> None:
    """`stop`, and removes what was set or logged since: all but the virtual environment and what was built.

    Raises:
        LocalawsError: if it can't be removed.
    """
    stop()
    _remove(places.CLOUD)


def versions() -> dict[str, str]:
    """The version of every part, as its own files say."""
    return {
        "python": platform.python_version(),
        "go": golang.version() or "not on this machine",
        "pulumi (Python SDK)": metadata.version("pulumi"),
        **_engine(),
        "terraform-provider-aws": f"{provider.VERSION} ({provider.find() or 'not on this machine'})",
        **{package: metadata.version(package) for package in PACKAGES},
    }


def _engine() -> dict[str, str]:
    """Pulumi's parts: as our go.mod files pin them, or the person's own."""
    if own := installed.pulumi():
        return {"pulumi": f"{installed.version(own)} ({own})", golang.BRIDGE.binary: _pinned(golang.BRIDGE)}
    return {part.binary: _pinned(part) for part in golang.PARTS}


def _pinned(part: golang.Part) -> str:
    """The version of the upstream module that holds the part's package, from our go.mod."""
    text = (places.SOURCES / part.module / "go.mod").read_text()
    required = dict(re.findall(r"^(?:require |\t)(\S+) (v\S+)", text, re.MULTILINE))
    module = max((name for name in required if part.package.startswith(f"{name}/")), key=len)
    return str(required[module])


def _readable(facts: dict[str, Any]) -> str:
    lines = [f"endpoint  {facts['endpoint'] or 'nothing runs; `make up` starts it'}"]
    lines += [f"process   {process['pid']} {process['name']}" for process in facts["processes"]]
    lines += [
        f"stack     {stack['project']}/{stack['stack']}: "
        + ("can't be read" if stack["resources"] is None else f"{stack['resources']} resources")
        + (" of an AWS that has ended" if stack["stale"] else "")
        for stack in facts["stacks"]
    ]
    lines += [f"version   {name} {version}" for name, version in facts["versions"].items()]
    return "\n".join(lines)
