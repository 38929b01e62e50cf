"""Everything that must be there before `pulumi` can run: built once, kept under `.localaws/engine`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from localaws import adapter, golang, installed, places, provider, steps

# The language hosts that are built, by the runtime that a project names, when one first needs it. Python's is ours.
HOSTS = {"yaml": golang.YAML_HOST, "nodejs": golang.NODE_HOST, "java": golang.JAVA_HOST}
# Node's is older than the call that `pulumi import` asks for a program, and ours does not answer it.
WRITE_NO_CODE = ("python", "nodejs")
# They start a Python program and dynamic providers. They come with the engine's sources.
SCRIPTS = (
    "python/cmd/pulumi-language-python-exec",
    "python/dist/pulumi-resource-pulumi-python",
    "nodejs/dist/pulumi-resource-pulumi-nodejs",
)
# Both start in the program's folder, whose modules must not stand before ours: Python looks where it is started first.
# An adapter that is killed leaves the bridge, and the engine would wait for that to close its end of a pipe: for five
# minutes. So the shell stays, and ends the process group that the engine made for the plugin.
PLUGIN = """#!/bin/sh
export LOCALAWS_ENGINE=$PPID LOCALAWS_PROGRAM="$PWD"
cd {root} && {python} -m localaws.adapter "$@"
kill -KILL 0
"""
OWN_PLUGIN = """#!/bin/sh
exec {plugin} "$@"
"""
# What is set here, programs inherit.
HOST = """#!/bin/sh
cd {root} && LOCALAWS_ENGINE=$PPID exec {python} -m localaws.host "$@"
"""


def ensure(*runtimes: str) -> None:
    """Builds what is missing for projects of these runtimes, and says each step.

    Raises:
        LocalawsError: if a part can't be had.
    """
    places.ENGINE.mkdir(parents=True, exist_ok=True)
    plugin = installed.aws_plugin()
    if not (installed.pulumi() or golang.is_built(golang.CLI)):
        installed.hint()
    golang.ensure(*parts(*runtimes))
    if not installed.pulumi():
        copy_scripts()
        _write_script(places.ENGINE / "pulumi-language-python", script(HOST))
    if not plugin:
        provider.ensure()
    _install_plugin(script(OWN_PLUGIN, plugin) if plugin else script(PLUGIN))


def parts(*runtimes: str) -> list[golang.Part]:
    """What is built, for projects of these runtimes, as long as a person has not named their own.

    Raises:
        LocalawsError: if what is named can't be run.
    """
    bridge = [] if installed.aws_plugin() else [golang.BRIDGE]
    hosts = [HOSTS[runtime] for runtime in runtimes if runtime in HOSTS]
    return bridge + ([] if installed.pulumi() else [golang.CLI, *hosts])


def script(text: str, plugin: Path | None = None) -> str:
    """PLUGIN, OWN_PLUGIN or HOST, for this checkout."""
    paths = {"root": places.ROOT, "python": places.PYTHON, "plugin": plugin}
    return text.format(**{name: shlex.quote(str(path)) for name, path in paths.items()})


def _write_script(target: Path, text: str) -> None:
    """Writes it, if it is not there as it is: another `pulumi` may just start it."""
    if target.exists() and target.read_bytes() == text.encode():
        return
    new = target.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o755)
    new.replace(target)


def copy_scripts() -> None:
    """Takes SCRIPTS from the engine's sources, anew for another engine."""
    stamp, wanted = places.ENGINE / "scripts.built", golang.wanted(golang.CLI)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with steps.step("scripts of the runtimes"):
        sdk = Path(
            golang.go("list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3", module=golang.CLI.module)
        )
        for name in SCRIPTS:
            _write_script(places.ENGINE / Path(name).name, (sdk / name).read_text())
    stamp.write_text(wanted)


def _install_plugin(text: str) -> None:
    """Puts the plugin where the engine looks for `aws`; drops the engine's copy of the schema when it is a new one."""
    plugins = places.PULUMI_HOME / "plugins"
    target = plugins / f"resource-aws-v{adapter.VERSION}" / "pulumi-resource-aws"
    newest = max(path.stat().st_mtime for path in (places.ROOT / "localaws" / "adapter").glob("*.py"))
    if target.exists() and target.read_text() == text and target.stat().st_mtime >= newest:
        return
    for schema in (places.PULUMI_HOME / "schemas").glob("aws-*.json"):
        schema.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    _write_script(target, text)
    os.utime(target)
