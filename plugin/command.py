"""A script that runs on instances as a part of an update."""

from collections.abc import Mapping
from typing import Any

import pulumi
from typing_extensions import NotRequired

import components
from components.base.errors import ConfigError
from components.base.reading import read_choice
from components.base.region import Region
from components.base.tags import read_tags, stack_tag
from components.commands.settings import MOST_INSTANCES, read_commands
from plugin.reading import handed_on, read_plain
from plugin.session import SessionArgs, read_needs

# AWS gives this tag to each instance of a group, and nobody else can.
_GROUP_TAG = "aws:autoscaling:groupName"


class SsmCommandArgs(SessionArgs):
    """What a command is made from."""

    script: pulumi.Input[str]
    """The text. Whoever may call ssm:GetDocument can read it. It may be secret to Pulumi."""
    roles: dict[str, pulumi.Input[str]]
    """roleName of each instance or fleet that it runs on, by a name that stays: each gets what the command needs."""
    instanceIds: NotRequired[list[pulumi.Input[str]]]
    """instanceId of up to 50 instances; or else groupName."""
    groupName: NotRequired[pulumi.Input[str]]
    """Of SsmFleet: the script runs on each instance that is there, and on each that comes."""
    shell: NotRequired[components.Shell]
    """What runs it, as root or SYSTEM: sh (which runs what the first line names), unless said, or powershell."""
    triggers: NotRequired[list[pulumi.Input[str]]]
    """When one of them changes, the script runs again; so it does when it changes itself."""
    timeoutMinutes: NotRequired[int]
    """After which a script is stopped, and has failed: 10, unless said."""
    tags: NotRequired[dict[str, str]]
    """Tags for everything that takes tags."""


class SsmCommand(pulumi.ComponentResource):
    """A script that an update runs on instances, without SSH, and waits for.

    An error shows the end of what it wrote. docs/commands.md says when it runs again. Its name is the resource's: 3 to
    40 lower-case letters, digits and hyphens.
    """

    done: pulumi.Output[str]
    """Which run it was, once it has succeeded: what takes it as an input comes after the script."""

    def __init__(self, name: str, args: SsmCommandArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read all, look which run was the last, then make it."""
        given = read_plain(args, ["script", "timeoutMinutes", "tags", "shell"])
        entry = {key: given.values[key] for key in ("script", "timeoutMinutes") if key in given.values}
        (wanted,) = read_commands("commands", [{**entry, "name": name}])
        tags, targets = read_tags("tags", given.values.get("tags", {})), _read_targets(args)
        needs, last_runs = read_needs(args), components.LastRuns.ask()
        super().__init__("ssm-only:index:SsmCommand", name, {}, opts)
        made = components.SsmCommand(
            name,
            components.SsmCommandArgs(
                region=Region.ask(pulumi.InvokeOptions(parent=self)),
                last_runs=last_runs,
                targets=targets,
                roles=args["roles"],
                script=wanted.script,
                shell=read_choice(components.Shell, "shell", given.values.get("shell", components.Shell.SH.value)),
                triggers=args.get("triggers", ()),
                timeout_seconds=wanted.timeout_minutes * 60,
                needs=needs,
                secret="script" in given.secrets,
                tags={**tags, **stack_tag()},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.done = made.done
        self.register_outputs({})


def _read_targets(args: Mapping[str, Any]) -> components.Instances | components.Tagged:
    ids, group = args.get("instanceIds", []), handed_on(args, "groupName")
    if bool(ids) == (group is not None):
        raise pulumi.InputPropertyError("instanceIds", "say where it runs by instanceIds or by groupName, one of them.")
    if group is not None:
        return components.Tagged(key=_GROUP_TAG, value=group)
    if len(ids) > MOST_INSTANCES:
        raise ConfigError("instanceIds", f"{len(ids)} instances", f"a command runs on 1 to {MOST_INSTANCES} of them.")
    return components.Instances(ids=ids)
