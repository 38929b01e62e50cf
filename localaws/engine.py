"""Everything that must be there before `pulumi` can run: built once, kept under `.localaws/engine`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from localaws import adapter, golang, places, provider, steps

# The language hosts that are built, by the runtime that a project names, when one first needs it. Python's is ours.
HOSTS = {"yaml": golang.YAML_HOST, "nodejs": golang.NODE_HOST}
# Node's is older than the call that `pulumi import` asks for a program, and ours does not answer it.
WRITE_NO_CODE = ("python", "nodejs")
# They start a Python program, a Python policy pack, and dynamic providers. They come with the engine's sources.
SCRIPTS = (
    "python/cmd/pulumi-language-python-exec",
    "python/dist/pulumi-analyzer-policy-python",
    "python/dist/pulumi-resource-pulumi-python",
    "nodejs/dist/pulumi-resource-pulumi-nodejs",
)
# PYTHONSAFEPATH: the plugin starts in the program's folder, whose modules must not stand before ours.
# An adapter that is killed leaves the bridge, and the engine would wait for that to close its end of a pipe: for five
# minutes. So the shell stays, and ends the process group that the engine made for the plugin.
PLUGIN = """#!/bin/sh
LOCALAWS_ENGINE=$PPID PYTHONSAFEPATH=1 PYTHONPATH={root} {python} -m localaws.adapter "$@"
kill -KILL 0
"""
# It starts in the program's folder, whose modules must not stand before ours; and what is set here, programs inherit.
HOST = """#!/bin/sh
cd {root} && LOCALAWS_ENGINE=$PPID exec {python} -m localaws.host "$@"
"""


def ensure(*runtimes: str) -> None:
    """Builds what is missing for projects of these runtimes, and says each step.

    Raises:
        LocalawsError: if a part can't be had.
    """
    places.ENGINE.mkdir(parents=True, exist_ok=True)
    golang.ensure(golang.CLI, golang.BRIDGE, *(HOSTS[runtime] for runtime in runtimes if runtime in HOSTS))
    _copy_scripts()
    _write_script(places.ENGINE / "pulumi-language-python", script(HOST))
    provider.ensure()
    _install_plugin()


def script(text: str) -> str:
    """PLUGIN or HOST, for this checkout."""
    return text.format(root=shlex.quote(str(places.ROOT)), python=shlex.quote(str(places.PYTHON)))


def _write_script(target: Path, text: str) -> None:
    """Writes it, if it is not there as it is: another `pulumi` may just start it."""
    if target.exists() and target.read_bytes() == text.encode():
        return
    new = target.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o755)
    new.replace(target)


def _copy_scripts() -> None:
    missing = [name for name in SCRIPTS if not (places.ENGINE / Path(name).name).exists()]
    if not missing:
        return
    with steps.step("scripts of the runtimes"):
        sdk = Path(
            golang.go("list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3", module=golang.CLI.module)
        )
        for name in missing:
            _write_script(places.ENGINE / Path(name).name, (sdk / name).read_text())


def _install_plugin() -> None:
    """Puts the adapter where the engine looks for `aws`; drops the engine's copy of the schema when it is a new one."""
    plugins = places.PULUMI_HOME / "plugins"
    target = plugins / f"resource-aws-v{adapter.VERSION}" / "pulumi-resource-aws"
    text = script(PLUGIN)
    newest = max(path.stat().st_mtime for path in (places.ROOT / "localaws" / "adapter").glob("*.py"))
    if target.exists() and target.read_text() == text and target.stat().st_mtime >= newest:
        return
    for schema in plugins.glob("schema-aws-*.json"):
        schema.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    _write_script(target, text)
    os.utime(target)
