"""From a stack's settings to the components' arguments."""

from components.images import Image
from components.instance import SsmInstanceArgs
from components.instance_settings import InstanceSettings, name_of_policy
from components.needs import SessionNeeds
from components.network import SsmNetworkArgs
from components.path import AgentPath
from components.region import Region
from components.rights import Rights
from components.settings import DefaultHost, Settings
from components.tags import STACK_TAG


def network_args(settings: Settings, region: Region, needs: SessionNeeds) -> SsmNetworkArgs:
    """The network of a stack.

    Raises:
        ConfigError: the Region has fewer zones.
    """
    return SsmNetworkArgs(
        variant=settings.variant,
        region=region,
        zones=region.first_zones(settings.zones),
        cidr=settings.cidr,
        nat_per_zone=settings.nat_per_zone,
        ec2messages=settings.ec2messages,
        needs=needs,
        buckets=settings.s3_buckets,
        tags=settings.tags,
    )


def instance_args(
    settings: Settings,
    wanted: InstanceSettings,
    *,
    stack: str,
    region: Region,
    path: AgentPath,
    needs: SessionNeeds,
    image: Image,
) -> SsmInstanceArgs:
    """One instance of a stack, which is called by project and stack, for example ``ssm-only/dev``."""
    return SsmInstanceArgs(
        region=region,
        path=path,
        zone=wanted.zone,
        image=image,
        instance_type=wanted.instance_type,
        volume_size=wanted.volume_size,
        rights=_rights(settings, f"/{stack}/{wanted.name}"),
        needs=needs,
        managed_instance_core=settings.managed_instance_core,
        policies={name_of_policy(arn): arn for arn in wanted.policies},
        permissions_boundary=settings.permissions_boundary,
        ssm_user_sudo=settings.ssm_user_sudo,
        run_as_users=settings.run_as_users,
        session_profile=settings.session_profile,
        user_data=wanted.user_data,
        replace_on_new_image=settings.replace_on_new_image,
        replace_on_user_data=settings.replace_on_user_data,
        tags={**settings.tags, **wanted.tags, STACK_TAG: stack},
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
