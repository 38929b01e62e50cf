"""Runs `pulumi`, `aws` and Python on the AWS of this machine.

The command takes this process over, so its exit code, its prompts and Ctrl-C are its own.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from localaws import (
    arguments,
    cloud,
    engine,
    environment,
    installed,
    lock,
    places,
    preparation,
    stacks,
    steps,
    yaml_program,
)
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# They write the stack's config file and take no --config-file: they run where that file is the generated one.
WRITE_CONFIG = {("stack", "init"), ("stack", "rename"), ("stack", "rm"), ("stack", "change-secrets-provider")}


def pulumi(words: Sequence[str]) -> NoReturn:
    """Runs `pulumi` with these very arguments.

    Raises:
        LocalawsError: if a part can't be had, or the command can't be run on the stack as it is.
    """
    read = arguments.read(words)
    command = read.command[0] if read.command else ""
    project = stacks.find_project(Path(read.folder).resolve())
    if command in preparation.DESTROY and project and read.stack and not cloud.running():
        preparation.leave_if_empty(stacks.Stack(project=project, name=read.stack))
    with lock.exclusive():
        engine.ensure(project.runtime if project else "")
        server = cloud.ensure()
        places.STATE.mkdir(parents=True, exist_ok=True)
    own = environment.embedded(server, os.environ)
    if project and _writes_config(read, words):
        _write_config(project, read, words, own)
    name = read.stack or (_selected(read.folder, own) if command in preparation.MAKE_STACK else None)
    if project and name:
        stack = stacks.Stack(project=project, name=name)
        preparation.prepare(stack, read, own)
        preparation.refuse(stack, read, words, server)
        if not read.config_file:
            own["PULUMI_OPTION_CONFIG_FILE"] = str(stack.config)
    if project and project.runtime == "yaml" and command in preparation.RUN_PROGRAM and not installed.aws_plugin():
        yaml_program.check(project.folder)
    if project and project.runtime in engine.WRITE_NO_CODE and command == "import" and not installed.pulumi():
        # The resource would be imported, and the command end in `method GenerateProgram not implemented`.
        own["PULUMI_OPTION_GENERATE_CODE"] = "false"
        steps.say(
            f"import writes no code here (--generate-code=false): the {project.runtime} host can't. Write it by hand"
        )
    os.execve(installed.binary(), ["pulumi", *words], own)


def aws(words: Sequence[str]) -> NoReturn:
    """Runs the AWS command line with these very arguments.

    Raises:
        LocalawsError: if the cloud can't be started.
    """
    with lock.exclusive():
        server = cloud.ensure()
    # The command line runs aliases from ~/.aws/cli, whatever the environment says.
    own = {**environment.embedded(server, os.environ), "HOME": str(places.PULUMI_HOME)}
    os.execve(places.PYTHON, [str(places.PYTHON), "-m", "awscli", *words], own)


def python(words: Sequence[str]) -> NoReturn:
    """Runs the virtual environment's Python with these very arguments, and the AWS of this machine around it.

    Raises:
        LocalawsError: if the cloud can't be started.
    """
    with lock.exclusive():
        server = cloud.ensure()
        # Its `pulumi` finds its backend even where no stack was ever made.
        places.STATE.mkdir(parents=True, exist_ok=True)
    os.execve(places.PYTHON, [str(places.PYTHON), *words], environment.embedded(server, os.environ))


def sh(words: Sequence[str]) -> NoReturn:
    """Runs a shell with these very arguments, whose `aws`, `pulumi` and `python` are those of the AWS of this machine.

    Raises:
        LocalawsError: if the cloud can't be started.
    """
    with lock.exclusive():
        server = cloud.ensure()
        places.STATE.mkdir(parents=True, exist_ok=True)
    own = {**environment.embedded(server, os.environ), "HOME": str(places.PULUMI_HOME), "PS1": "localaws$ "}
    os.execve("/bin/sh", ["sh", *words], own)


def _writes_config(read: arguments.Arguments, words: Sequence[str]) -> bool:
    """Whether the command writes a stack's config file other than the one it is given.

    Raises:
        LocalawsError: if it would delete that of the project.
    """
    if read.command[:1] and read.command[0] in preparation.DESTROY and "--remove" in words:
        raise LocalawsError("--remove would delete the project's own config file. Destroy, then `pulumi stack rm`.")
    creates = read.command[:2] == ("stack", "select") and {"-c", "--create"} & {*words}
    return bool(creates) or read.command[:2] in WRITE_CONFIG


def _write_config(
    project: stacks.Project, read: arguments.Arguments, words: Sequence[str], own: Mapping[str, str]
) -> NoReturn:
    """Runs one of WRITE_CONFIG beside the generated config file; the stack that one makes is also selected."""
    named = read.stack or next(iter(read.command[2:]), "")
    stack = stacks.Stack(project=project, name=named.rsplit("/", 1)[-1])
    stack.make_folder()
    there = ["pulumi", *words, "--cwd", str(stack.folder)]
    if read.command[1] not in ("init", "select") or not named or "--no-select" in words:
        os.execve(installed.binary(), there, own)
    if code := subprocess.run(there, executable=installed.binary(), env=own, check=False).returncode:
        raise SystemExit(code)
    os.execve(installed.binary(), ["pulumi", "stack", "select", stack.name, "--cwd", read.folder], own)


def _selected(folder: str, own: Mapping[str, str]) -> str | None:
    """The stack that `pulumi stack select` chose for the project; None lets Pulumi say that there is none."""
    command = ["pulumi", "stack", "--show-name", "--non-interactive", "--cwd", folder]
    done = subprocess.run(
        command,
        executable=installed.binary(),
        env=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None
