"""The instances of a stack, from its settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.endpoints import agent_services
from components.errors import ConfigError
from components.images import Image
from components.instance import SsmInstance, SsmInstanceArgs, render_user_data
from components.instance_settings import InstanceSettings, name_of_policy
from components.needs import SessionNeeds
from components.path import AgentPath, Endpoints, Internet
from components.region import Region
from components.rights import Rights
from components.routes import WAYS
from components.settings import DefaultHost, Settings
from components.tags import STACK_TAG
from components.user_data import UserDataError

# Enough of a person's user data to know it by.
_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the instances of a stack have in common.

    Attributes:
        stack: project and stack, for example ``ssm-only/dev``.
        region: the Region that the provider is set to.
        images: what each starts from, by its name.
        path: the network's way to Systems Manager.
        needs: what the session preferences ask of them.
    """

    stack: str
    region: Region
    images: Mapping[str, Image]
    path: AgentPath
    needs: SessionNeeds


def planned_path(settings: Settings, needs: SessionNeeds) -> AgentPath:
    """The way as far as it is known before there is a network: all of it that user data says."""
    closed = WAYS[settings.variant].is_closed
    return AgentPath(
        vpc_id="",
        subnet_ids=(),
        https_to=Endpoints(group_id="", s3_prefix_list_id="") if closed else Internet(),
        services=agent_services(needs, ec2messages=settings.ec2messages),
        ready=(),
    )


def require_user_data(settings: Settings, around: Surroundings) -> None:
    """Make sure, while nothing is made yet, that every instance's user data can be passed on.

    Raises:
        ConfigError: it cannot.
    """
    for index, wanted in enumerate(settings.instances):
        _require_user_data(f"instances[{index}].userData", wanted.user_data, _args(settings, wanted, around))


def _require_user_data(key: str, own: str, args: SsmInstanceArgs) -> None:
    try:
        render_user_data(args)
    except UserDataError as error:
        raise ConfigError(key, own[:_SHOWN], f"{error}.") from error


def make_instances(settings: Settings, around: Surroundings) -> Mapping[str, SsmInstance]:
    """Make each instance of the list; its name is the key."""
    return {wanted.name: SsmInstance(wanted.name, _args(settings, wanted, around)) for wanted in settings.instances}


def _args(settings: Settings, wanted: InstanceSettings, around: Surroundings) -> SsmInstanceArgs:
    return SsmInstanceArgs(
        region=around.region,
        path=around.path,
        zone=wanted.zone,
        image=around.images[wanted.name],
        instance_type=wanted.instance_type,
        volume_size=wanted.volume_size,
        rights=_rights(settings, f"/{around.stack}/{wanted.name}"),
        needs=around.needs,
        managed_instance_core=settings.managed_instance_core,
        policies={name_of_policy(arn): arn for arn in wanted.policies},
        permissions_boundary=settings.permissions_boundary,
        ssm_user_sudo=settings.ssm_user_sudo,
        run_as_users=settings.run_as_users,
        session_profile=settings.session_profile,
        user_data=wanted.user_data,
        replace_on_new_image=settings.replace_on_new_image,
        replace_on_user_data=settings.replace_on_user_data,
        tags={**settings.tags, **wanted.tags, STACK_TAG: around.stack},
    )


def _rights(settings: Settings, report_parameter: str) -> Rights:
    return Rights(
        # An agent whose own profile lets it register never asks for the role of Default Host Management.
        sessions=settings.default_host_management is DefaultHost.OFF,
        run_command=settings.run_command,
        patching=settings.patching,
        agent_update=settings.agent_update,
        ec2messages=settings.ec2messages,
        parameter_paths=settings.parameter_paths,
        report_parameter=report_parameter if settings.boot_report else None,
    )
