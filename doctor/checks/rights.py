"""Whether the agent gets credentials, and what they allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doctor.checks.cause import Cause, reboot, show_instance
from doctor.facts import SESSION_ACTIONS, SOURCE_KEYS, Unknown, instance_arn, known
from doctor.times import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doctor.facts import Facts, Running

# The profile that a launch names is attached within moments of it.
_LATE_SECONDS = 60


def check_metadata(facts: Facts, running: Running) -> Iterator[Cause]:
    """The instance metadata service hands the role's credentials to the agent."""
    if running.instance.get("MetadataOptions", {}).get("HttpEndpoint") == "disabled":
        yield Cause(
            name="metadata-off",
            text="The instance metadata service is off, so the agent gets no credentials. Turn it on: "
            f"aws ec2 modify-instance-metadata-options --instance-id {facts.id} --http-endpoint enabled "
            f"{facts.place}",
            command=show_instance(facts, "MetadataOptions"),
        )


def check_profile(facts: Facts, running: Running) -> Iterator[Cause]:
    """An instance has a profile, which holds a role, which EC2 may take on."""
    profile = running.profile
    if profile is None:
        if running.default_management is not True:
            yield Cause(
                name="no-profile",
                text=f"No instance profile is attached, and {_stand_in(running)} for one. "
                "Attach a profile whose role allows what a session needs, then reboot the instance.",
                command=show_instance(facts, "IamInstanceProfile"),
                certain=not isinstance(running.default_management, Unknown),
            )
        known(running.default_management)
        return
    command = f"aws iam get-instance-profile --instance-profile-name {profile.name}{facts.endpoint}"
    if not profile.exists:
        text = (
            f"The instance profile {profile.name} has been deleted. Attach one that exists, then reboot the instance."
        )
        yield Cause(name="profile-deleted", text=text, command=command)
    elif (role := known(profile.role)) is None:
        text = f"The instance profile {profile.name} holds no role, so there are no credentials. Add one to it."
        yield Cause(name="profile-without-role", text=text, command=command)
    # In China the service is ec2.amazonaws.com.cn.
    elif "ec2.amazonaws.com" not in str(role.get("AssumeRolePolicyDocument", "")):
        text = f"The role {role['RoleName']} does not trust EC2 (ec2.amazonaws.com), so the instance can't take it on."
        yield Cause(name="role-not-for-ec2", text=text, command=command)


def check_rights(facts: Facts, running: Running) -> Iterator[Cause]:
    """The role may do what a session needs."""
    profile = running.profile
    if profile is None or not (role := known(profile.role)):
        return
    if not (refused := known(profile.refused)):
        return
    # Default Host Management steps in for a role that may not even register the instance
    # (Systems Manager user guide, "Default Host Management Configuration").
    default = running.default_management if SESSION_ACTIONS[0] in refused else False
    if default is True:
        return
    doubt = f", and {_stand_in(running)}" if SESSION_ACTIONS[0] in refused else ""
    yield Cause(
        name="role-lacks-rights",
        text=f"The role {role['RoleName']} is refused {', '.join(refused)}{doubt}. Allow that, then reboot the "
        "instance: an agent that was refused may wait for more than half an hour before it tries again.",
        command=_simulate(facts, role["Arn"]),
        certain=not isinstance(default, Unknown),
    )
    known(default)


def _stand_in(running: Running) -> str:
    told = not isinstance(running.default_management, Unknown)
    return "no Default Host Management stands in" if told else "whether Default Host Management stands in is not known"


def _simulate(facts: Facts, role_arn: str) -> str:
    """What the survey asked: without the instance, a role that is limited to instances seems to be refused."""
    arn = instance_arn(role_arn, facts.region, facts.id)
    entries = (f"ContextKeyName={key},ContextKeyType=string,ContextKeyValues={arn}" for key in SOURCE_KEYS)
    return (
        f"aws iam simulate-principal-policy --policy-source-arn {role_arn} --action-names {' '.join(SESSION_ACTIONS)} "
        f"--resource-arns {arn} --context-entries {' '.join(entries)}{facts.endpoint}"
    )


def check_late_profile(facts: Facts, running: Running) -> Iterator[Cause]:
    """The profile was there when the agent first tried. Maintainers of the agent: by design it then waits (#544)."""
    if facts.managed is not None or running.profile is None:
        return
    since, launched = known(running.profile.since), running.instance["LaunchTime"]
    if since is not None and (since - launched).total_seconds() > _LATE_SECONDS:
        yield Cause(
            name="profile-late",
            text=f"The instance profile was attached at {written(since)}, after the start at {written(launched)}: "
            f"an agent that found no role tries again after up to 30 minutes. To try at once: {reboot(facts)}",
            command="aws ec2 describe-iam-instance-profile-associations --filters "
            f"Name=instance-id,Values={facts.id} {facts.place}",
        )
