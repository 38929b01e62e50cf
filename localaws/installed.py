"""What a person has of Pulumi already, in place of what is built here: whoever has it runs what they deploy with."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

from localaws import places, steps
from localaws.errors import LocalawsError

VARIABLE = "LOCALAWS_PULUMI"
PLUGIN_VARIABLE = "LOCALAWS_AWS_PLUGIN"
# The engine that is built here; what is said of exit codes and packs is said of this and newer ones.
OLDEST = (3, 274)
# Pulumi's own archive and packages put them into one folder.
HOSTS = ("pulumi-language-python", "pulumi-language-yaml", "pulumi-language-nodejs")


def binary() -> Path:
    """The `pulumi` that runs: the person's, or the one that is built here."""
    return pulumi() or places.ENGINE / "pulumi"


@functools.cache
def pulumi() -> Path | None:
    """The `pulumi` that LOCALAWS_PULUMI names, if it is set.

    Raises:
        LocalawsError: if it does not run, is too old, or has no language hosts beside it.
    """
    if not (named := os.environ.get(VARIABLE)):
        return None
    path = Path(named).resolve()
    if lack := _lack(path):
        oldest = ".".join(map(str, OLDEST))
        raise LocalawsError(
            f"{VARIABLE} is {named!r}: {lack}. It takes the path of a pulumi {oldest} or newer, with its language "
            "hosts beside it, as Pulumi's archive has them. Or unset it: one is built then."
        )
    return path


def hint() -> None:
    """Says so, where a `pulumi` on PATH would do and save the build."""
    found = shutil.which("pulumi")
    if found and not _lack(Path(found).resolve()):
        steps.say(
            f"pulumi {version(Path(found))} is here; to run that one and build only the bridge: {VARIABLE}={found}"
        )


def version(path: Path) -> str:
    """What a `pulumi` says it is, `v3.274.1`; empty for what does not run or is something else."""
    try:
        done = subprocess.run(
            [path, "version"],
            # It writes a log of each command into the folder that this names, which is the person's own otherwise.
            env={**os.environ, "PULUMI_HOME": str(places.PULUMI_HOME), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except (OSError, ValueError):
        return ""
    found = re.fullmatch(r"v\d+\.\d+\S*", done.stdout.strip())
    return found.group() if found and done.returncode == 0 else ""


def aws_plugin() -> Path | None:
    """The provider plugin that LOCALAWS_AWS_PLUGIN names, if it is set.

    Raises:
        LocalawsError: if it names anything but an executable file.
    """
    if not (named := os.environ.get(PLUGIN_VARIABLE)):
        return None
    path = Path(named).resolve()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise LocalawsError(
            f"{PLUGIN_VARIABLE} is {named!r}: that is not an executable file. Point it to pulumi-resource-aws, as "
            "`pulumi plugin install resource aws` puts it into ~/.pulumi/plugins, or unset it."
        )
    return path


def _lack(path: Path) -> str:
    """Why localaws can't run this `pulumi`; empty if it can."""
    if not (said := version(path)):
        return "`pulumi version` does not run there"
    major, minor = re.findall(r"\d+", said)[:2]
    if (int(major), int(minor)) < OLDEST:
        return f"it is {said}"
    missing = [name for name in HOSTS if not (path.parent / name).exists()]
    return f"there is no {', no '.join(missing)} beside it" if missing else ""
