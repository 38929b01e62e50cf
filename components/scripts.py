"""The commands of a stack, from its settings."""

from collections.abc import Mapping

from .base.errors import SECRET, ConfigError
from .base.needs import SessionNeeds
from .base.region import Region
from .commands.command import LONGEST_GROUP, Instances, SsmCommand, SsmCommandArgs, Tagged, report_parameter
from .commands.document import ScriptError, ScriptSettings, Shell, command_document
from .commands.last_runs import LastRuns
from .commands.rights import command_policy
from .commands.settings import CommandSettings, names_of
from .instance.fleet import SsmFleet
from .instance.instance import SsmInstance
from .instance.platforms import Family
from .instance.rights import LARGEST_POLICY
from .settings import Settings

# As many characters as Pulumi adds to a document's name.
_ENDING = "-1234567"


def make_commands(
    settings: Settings,
    instances: Mapping[str, SsmInstance],
    fleets: Mapping[str, SsmFleet],
    *,
    region: Region,
    last_runs: LastRuns,
    needs: SessionNeeds,
) -> Mapping[str, SsmCommand]:
    """Make each command of the list; its name is the key. It comes after what it runs on: instances, or a fleet."""
    made = {}
    for wanted in settings.commands:
        on = names_of(wanted, instances)
        machines: Mapping[str, SsmInstance | SsmFleet] = {**instances, **fleets}
        args = SsmCommandArgs(
            region=region,
            last_runs=last_runs,
            targets=(
                # AWS gives this tag to each instance of a group, and nobody else can.
                Tagged(key="aws:autoscaling:groupName", value=fleets[on[0]].group_name)
                if on[0] in fleets
                else Instances(ids=[instances[name].instance_id for name in on])
            ),
            roles={name: machines[name].role_name for name in on},
            script=wanted.script,
            shell=_shell(settings, wanted),
            triggers=wanted.triggers,
            timeout_seconds=wanted.timeout_minutes * 60,
            needs=needs,
            secret="commands" in settings.secrets,
            tags=settings.all_tags,
        )
        made[wanted.name] = SsmCommand(wanted.name, args)
    return made


def require_commands(settings: Settings, region: Region, rights: Mapping[str, int]) -> None:
    """Plan the documents and policies of all commands, before anything is made.

    Args:
        settings: of the stack.
        region: of the stack.
        rights: by the names of instances, how many characters the policies of their roles have without commands.

    Raises:
        ConfigError: Systems Manager or IAM would take one of them no more.
    """
    taken = dict(rights)
    for index, wanted in enumerate(settings.commands):
        try:
            command_document(_longest(settings, wanted, region))
        except ScriptError as error:
            shown = SECRET if "commands" in settings.secrets else wanted.script
            raise ConfigError(f"commands[{index}].script", shown, str(error)) from error
        arn = region.arn("ssm", f"document/{wanted.name}{_ENDING}")
        length = len(command_policy(region, arn, report_parameter(wanted.name)))
        for name in names_of(wanted, [one.name for one in settings.instances]):
            taken[name] += length
            if taken[name] > LARGEST_POLICY:
                raise ConfigError(
                    f"commands[{index}].name",
                    wanted.name,
                    f"with the policy of this command, those of {name}'s role have {taken[name]:,} characters, and IAM "
                    f"takes {LARGEST_POLICY:,}. Put scripts together, or use fewer parameterPaths.",
                )


def _longest(settings: Settings, wanted: CommandSettings, region: Region) -> ScriptSettings:
    return ScriptSettings(
        command=wanted.name,
        script=wanted.script,
        shell=_shell(settings, wanted),
        seconds=wanted.timeout_minutes * 60,
        region=region.name,
        domain=region.dns_suffix,
        log_group=LONGEST_GROUP,
    )


def _shell(settings: Settings, wanted: CommandSettings) -> Shell:
    """Of all instances that it runs on: `require_targets` has seen that they are of one kind."""
    families = {one.name: one.family for one in settings.machines.values()}
    windows = families[names_of(wanted, [one.name for one in settings.instances])[0]] is Family.WINDOWS
    return Shell.POWERSHELL if windows else Shell.SH
