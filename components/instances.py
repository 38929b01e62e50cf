"""The instances of a stack, from its settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network

import pulumi

from .base.needs import SessionNeeds
from .base.path import AgentPath
from .base.region import Region
from .base.targets import PrefixListTarget, SecurityGroupTarget, Target, address_of
from .instance.egress import ANYWHERE, first_tcp
from .instance.images import Image
from .instance.instance import SsmInstance, SsmInstanceArgs
from .instance.rights import Rights
from .instance.settings import InstanceSettings, name_of_policy
from .network.acls import WayOut
from .network.make_instance_connect import InstanceConnect
from .operators.console import Ways
from .operators.documents import Tunnel
from .settings import DefaultHost, Settings


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the instances of a stack have in common.

    Attributes:
        region: the Region that the provider is set to.
        images: what each starts from, by its name.
        path: the network's way to Systems Manager.
        needs: what the session preferences ask of them.
        volume_keys: the ARNs of the KMS keys of their volumes, by the names of those that name one.
    """

    region: Region
    images: Mapping[str, Image]
    path: AgentPath
    needs: SessionNeeds
    volume_keys: Mapping[str, str] = field(default_factory=dict)


def make_instances(settings: Settings, around: Surroundings) -> Mapping[str, SsmInstance]:
    """Make each instance of the list; its name is the key."""
    return {
        wanted.name: SsmInstance(wanted.name, instance_args(settings, wanted, around)) for wanted in settings.instances
    }


def instance_args(settings: Settings, wanted: InstanceSettings, around: Surroundings) -> SsmInstanceArgs:
    """What one instance of the list is made from."""
    return SsmInstanceArgs(
        region=around.region,
        path=around.path,
        zone=wanted.zone,
        image=around.images[wanted.name],
        instance_type=wanted.instance_type,
        volume_size=wanted.volume_size,
        volume_kind=wanted.volume_kind,
        volume_key=around.volume_keys.get(wanted.name, ""),
        volumes=wanted.volumes,
        # Not /ssm-only/…: names that begin with ssm are AWS's own.
        rights=_rights(settings, f"/boot-check/{pulumi.get_project()}/{pulumi.get_stack()}/{wanted.name}"),
        needs=around.needs,
        managed_instance_core=settings.managed_instance_core,
        policies={name_of_policy(arn): arn for arn in wanted.policies},
        permissions_boundary=settings.permissions_boundary,
        fips=settings.fips,
        ssm_user_sudo=settings.ssm_user_sudo,
        run_as_users=settings.run_as_users,
        session_profile=settings.session_profile,
        egress=settings.egress_of(wanted),
        security_groups=wanted.security_groups,
        proxy=settings.proxy,
        metadata_hop_limit=wanted.metadata_hop_limit,
        associate_public_ip=wanted.associate_public_ip,
        termination_protection=wanted.termination_protection,
        stop_protection=wanted.stop_protection,
        monitoring=wanted.monitoring,
        spot=wanted.spot,
        placement=wanted.placement,
        cpu_credits=wanted.cpu_credits,
        user_data=wanted.user_data,
        secret_user_data=settings.has_secret_user_data,
        replace_on_new_image=settings.replace_on_new_image,
        replace_on_user_data=settings.replace_on_user_data,
        keep=wanted.keep_instance,
        wait_for_agent=settings.wait_for_agent,
        tags={**settings.all_tags, **wanted.tags},
    )


def ways_out(settings: Settings) -> Sequence[WayOut]:
    """What any of the instances may connect to beside Systems Manager, for the ACLs of their subnets."""
    entries = [entry for wanted in settings.machines.values() for entry in settings.egress_of(wanted)]
    return [
        WayOut(port=entry.port, to=_block_of(settings, entry.to), protocol=entry.protocol.value) for entry in entries
    ]


def _block_of(settings: Settings, target: Target) -> IPv4Network | IPv6Network:
    """Where a target is, as far as an ACL can say it: a group is of the VPC, and a prefix list may be anywhere."""
    if isinstance(target, SecurityGroupTarget):
        return settings.cidr
    return ANYWHERE if isinstance(target, PrefixListTarget) else target


def connect_ports(settings: Settings) -> Sequence[int]:
    """The ports that an EC2 Instance Connect Endpoint is to reach; none for no endpoint."""
    return (
        sorted({wanted.family.login_port for wanted in settings.machines.values()}) if settings.instance_connect else ()
    )


def operators_tunnel(settings: Settings, endpoint: InstanceConnect | None = None) -> Tunnel | None:
    """What operators may go through the endpoint to, if they may; before there is one, its ARN is empty."""
    if settings.operators is None or not settings.operators.instance_connect:
        return None
    arn = endpoint.endpoint_arn if endpoint else ""
    return Tunnel(endpoint_arn=arn, ports=connect_ports(settings), block=settings.cidr)


def ways_to(settings: Settings, wanted: InstanceSettings, ways: Ways) -> Ways:
    """The ways into one instance: its line for a remote host names the first that its group lets it reach.

    Those that `operators` names have a line each, and a way from every instance.
    """
    ways = replace(ways, login_port=wanted.family.login_port)
    if ways.named_hosts:
        return ways
    reached = first_tcp(settings.egress_of(wanted))
    if reached is None:
        return replace(ways, remote_hosts=False)
    host = address_of(reached.to) or ways.remote_host
    return replace(ways, remote_host=host, remote_port=reached.port)


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
