"""`status`, `stop` and `reset`: what is there, and how to be rid of it."""

from __future__ import annotations

import json
import platform
import re
import shutil
from importlib import metadata
from typing import Any

from localaws import cloud, golang, places, processes, provider, stacks, steps

PACKAGES = ("pulumi-aws", "pulumi-policy", "moto", "awscli")


def status(*, as_json: bool) -> None:
    """Prints endpoint, processes, stacks and versions: for a person, or as one JSON object."""
    server = cloud.running()
    facts = {
        "endpoint": server.endpoint if server else None,
        "processes": [{"pid": process.pid, "name": process.name()} for process in processes.marked()],
        "stacks": [
            {
                "project": stack.project.name,
                "stack": stack.name,
                "resources": stack.resources(),
                "stale": stack.stale or not server,
            }
            for stack in stacks.known()
        ],
        "versions": versions(),
    }
    print(json.dumps(facts, indent=2) if as_json else _readable(facts))  # noqa: T201 - what was asked for


def stop() -> None:
    """Ends every process of this cloud. Its resources lived in one of them, so the stacks' states go as well."""
    processes.end(processes.marked())
    cloud.RECORD.unlink(missing_ok=True)
    for stack in stacks.known():
        if count := stack.resources():
            steps.say(f"forgot stack {stack.name} of {stack.project.name}: its {count} resources went with the AWS")
    shutil.rmtree(places.STATE, ignore_errors=True)
    steps.say("nothing of this checkout runs")


def reset() -> None:
    """`stop`, and removes what was set or logged since: all but the virtual environment and what was built."""
    stop()
    shutil.rmtree(places.CLOUD, ignore_errors=True)


def versions() -> dict[str, str]:
    """The version of every part, as its own files say."""
    return {
        "python": platform.python_version(),
        "go": golang.version() or "not on this machine",
        "pulumi (Python SDK)": metadata.version("pulumi"),
        **{part.binary: _pinned(part) for part in golang.PARTS},
        "terraform-provider-aws": f"{provider.VERSION} ({provider.find() or 'not on this machine'})",
        **{package: metadata.version(package) for package in PACKAGES},
    }


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
        f"stack     {stack['project']}/{stack['stack']}: {stack['resources']} resources"
        + (" of an AWS that has ended" if stack["stale"] else "")
        for stack in facts["stacks"]
    ]
    lines += [f"version   {name} {version}" for name, version in facts["versions"].items()]
    return "\n".join(lines)
