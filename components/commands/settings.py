"""One entry of the `commands` list: what a person says of a script."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ..base.document_names import NAMES_OF_AWS
from ..base.errors import ConfigError
from ..base.reading import Reader, read_fields, read_list, read_number, read_text, require_own_names
from .document import LONGEST_SECONDS

# Systems Manager takes 3 to 128 characters for an association's name, and Pulumi's own ending of a document's takes 8.
_NAME = re.compile(r"[a-z][a-z0-9-]{2,39}")

_MINUTES = range(1, LONGEST_SECONDS // 60 + 1)

# CreateAssociation, Systems Manager API reference: the values of one target.
MOST_INSTANCES = 50


@dataclass(frozen=True, kw_only=True)
class CommandSettings:
    """One entry of the list.

    Attributes:
        name: how errors, logs and outputs call it.
        script: what runs.
        on: names of instances; none is all of them.
        triggers: whose change makes it run again.
        timeout_minutes: that the script may take.
    """

    name: str
    script: str
    on: Sequence[str] = ()
    triggers: Sequence[str] = ()
    timeout_minutes: int = 10


def read_commands(key: str, raw: object) -> Sequence[CommandSettings]:
    """Read the list; every name in it is used once.

    Raises:
        ConfigError: an entry cannot be deployed.
    """
    commands = read_list(_read_command, "a list, for example [{name: greet, script: echo hello}]", key, raw)
    require_own_names(key, [command.name for command in commands], "a command")
    return commands


def require_targets(
    commands: Sequence[CommandSettings], windows: Mapping[str, bool], fleets: Collection[str] = ()
) -> None:
    """Make sure that each script has instances to run on, and that one shell can run it.

    Args:
        commands: the list.
        windows: the stack's instances by their names, and whether each is one of Windows.
        fleets: names of the stack's fleets, each of which a command runs on as a whole.

    Raises:
        ConfigError: it has none, or two kinds.
    """
    for index, command in enumerate(commands):
        key = f"commands[{index}].on"
        if set(command.on) & set(fleets):
            if len(command.on) > 1:
                raise ConfigError(
                    key, command.on, "a fleet stands alone. Write a command for it, and one for the others."
                )
            continue
        for place, name in enumerate(command.on):
            if name not in windows:
                raise ConfigError(
                    f"{key}[{place}]",
                    name,
                    f"there is no such instance or fleet. Use {', '.join([*windows, *fleets])}.",
                )
        names = names_of(command, windows)
        if len({windows[name] for name in names}) > 1:
            raise ConfigError(
                key,
                names,
                "some are Windows, which takes PowerShell, and some Linux, which takes sh. Write a command for each.",
            )
        if not 1 <= len(names) <= MOST_INSTANCES:
            named = f" Or name one fleet: {', '.join(fleets)}." if fleets else ""
            raise ConfigError(
                key, f"{len(names)} instances", f"a command runs on 1 to {MOST_INSTANCES} of them.{named}"
            )


def names_of(command: CommandSettings, instances: Iterable[str]) -> Sequence[str]:
    """Names of the instances that it runs on, or of the one fleet; without any, those of all instances."""
    return tuple(command.on) or tuple(instances)


def _read_command(key: str, entry: object) -> CommandSettings:
    if not isinstance(entry, dict) or not {"name", "script"} <= entry.keys():
        raise ConfigError(
            key,
            entry,
            "a command is a map with a name and a script, for example {name: greet, script: echo hello}. Keys are "
            f"{', '.join(_READERS)}.",
        )
    return CommandSettings(**read_fields(_READERS, f"{key}.", entry))


def _read_name(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not _NAME.fullmatch(raw):
        raise ConfigError(key, raw, "use 3 to 40 lower-case letters, digits and hyphens, a letter first.")
    if raw.startswith(NAMES_OF_AWS):
        raise ConfigError(key, raw, f"names of AWS's own documents begin with {', '.join(NAMES_OF_AWS)}. Use another.")
    return raw


def _read_script(key: str, raw: object) -> str:
    # Without it there is no command, so that the advice of `read_text`, to leave it out, is none.
    if isinstance(raw, str) and not raw.strip():
        raise ConfigError(key, raw, "it is empty. Write what is to run.")
    return read_text(key, raw)


def _read_on(key: str, raw: object) -> Sequence[str]:
    names = read_list(read_text, "a list of names of instances, for example [main]", key, raw)
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ConfigError(f"{key}[{index}]", name, "it is in the list already. Remove one.")
    return names


_READERS: Mapping[str, Reader] = {
    "name": _read_name,
    "script": _read_script,
    "on": _read_on,
    "triggers": partial(read_list, read_text, "a list of text, for example [version 7]"),
    "timeoutMinutes": partial(read_number, _MINUTES),
}
