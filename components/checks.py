"""What is refused before anything is made, though no reader of one setting can see it.

A ConfigError that comes later is too late: Pulumi's Python SDK sends every registration that is queued before it hands
on an exception, even a SystemExit (runtime/stack.py, run_pulumi_func).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from .base.document_names import DEFAULT_DOCUMENT
from .base.errors import NAMESPACE, SECRET, ConfigError
from .base.needs import SessionNeeds
from .base.path import AgentPath, Endpoints, Internet
from .base.region import Region
from .base.targets import SecurityGroupTarget
from .fleets import launch_args
from .instance.fleet_plan import zones_of
from .instance.images import Image
from .instance.instance import SsmInstanceArgs, render_user_data
from .instance.platforms import Family
from .instance.references import find_volume_key, require_burstable, require_closed_group, require_target
from .instance.rights import NO_RIGHTS, Rights, instance_policy
from .instance.rights import require_fits as require_rights_fit
from .instance.settings import ZONES
from .instance.user_data import UserDataError
from .instances import Surroundings, connect_ports, instance_args, operators_tunnel, ways_out
from .network.acls import plan_acls
from .network.endpoints import agent_services
from .network.hub import require_private_dns
from .network.make_endpoints import find_endpoints_group
from .network.routes import WAYS
from .network.subnets import count_subnets, plan_subnets
from .network.zones import find_zones
from .operators.access import require_fits
from .operators.people import require_people
from .prices import plan_stack, require_within_limit
from .scripts import require_commands
from .sessions.account_preferences import look_at_account_preferences
from .sessions.planned_needs import planned_needs
from .sessions.settings import DocumentMode
from .settings import NatKind, Settings

# The name of the stack's network: Pulumi knows it by this one.
NETWORK = "main"

# Enough of a person's user data to know it by.
_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What is asked for a network beside its settings; the defaults are those of a stack of this project.

    Attributes:
        name: of the network.
        needs: what the session preferences ask of it, in plain values; None is what `sessions` of the settings does.
        instance_types: that each of its zones is to have; None is those of the settings' instances, in their zones.
        opts: with a provider, if it is not the default one.
    """

    name: str = NETWORK
    needs: SessionNeeds | None = None
    instance_types: Collection[str] | None = None
    opts: pulumi.InvokeOptions | None = None

    def needs_of(self, settings: Settings) -> SessionNeeds:
        """Those of the network."""
        return planned_needs(settings.sessions) if self.needs is None else self.needs

    def types_in(self, settings: Settings) -> Mapping[int, Collection[str]]:
        """Which instance types are to be in which zone."""
        if self.instance_types is None:
            return types_in_zones(settings)
        of_network = types_in_zones(replace(settings, instances=(), fleets=()))
        return {number: {*types, *self.instance_types} for number, types in of_network.items()}


def choose_zones(settings: Settings, region: Region, asking: Asking) -> Sequence[str]:
    """The zones of the stack's network, which have what its instances need.

    Raises:
        ConfigError: there are too few.
    """
    return find_zones(
        asking.name,
        settings.zones,
        region=region,
        variant=settings.variant,
        instance_types=asking.types_in(settings),
        needs=asking.needs_of(settings),
        ec2messages=settings.ec2messages,
        fips=settings.fips,
        endpoints=settings.endpoints,
        opts=asking.opts,
    )


def types_in_zones(settings: Settings) -> Mapping[int, Collection[str]]:
    """Which instance types are to be in which zone, by the zone's number; 1 is the first."""
    types = {number: {one.instance_type for one in settings.instances if one.zone == number} for number in ZONES}
    if settings.nat_kind is NatKind.INSTANCE:
        for number in ZONES if settings.nat_per_zone else ZONES[:1]:
            types[number].add(settings.nat_instance_type)
    # Of a network that is there only its subnets tell how many zones it has, where they are named.
    zones = settings.zone_count if settings.network is None else max(1, len(settings.network.subnets))
    for fleet in settings.fleets:
        for number in zones_of(fleet.scaling, zones):
            types[number] |= {fleet.instance.instance_type, *fleet.scaling.other_types}
    return types


def require_deployable(
    settings: Settings,
    region: Region,
    images: Mapping[str, Image],
    zones: Sequence[str],
    *,
    new_endpoints: int | None = None,
    vpc_id: str = "",
) -> Mapping[str, str]:
    """Plan everything once.

    Args:
        settings: of the stack.
        region: the Region that the provider is set to.
        images: what each instance and fleet starts from, by its name.
        zones: of the network.
        new_endpoints: what a network that is there gets of them, as `plan_stack` counts them.
        vpc_id: of the VPC that the instances are to be in; empty where it is still to be made.

    Returns:
        The user data of each instance and fleet, by its name.

    Raises:
        ConfigError: some of it cannot be made.
    """
    require_within_limit(settings, plan_stack(settings, new_endpoints=new_endpoints), region.name)
    if settings.network is None:
        require_network(settings, zones)
    if WAYS[settings.variant].is_closed and not settings.share_endpoints:
        require_private_dns(NETWORK)
    needs = planned_needs(settings.sessions)
    around = Surroundings(region=region, images=images, path=_planned_path(settings, needs), needs=needs)
    _require_what_is_named(settings, region, vpc_id)
    lengths, user_data = {}, {}
    for key, args in _launches(settings, around).items():
        user_data[settings.machines[key].name] = _plan_user_data(settings, key, args)
        rights = replace(args.rights, **vars(needs))
        require_rights_fit(region, rights)
        lengths[settings.machines[key].name] = _policy_length(region, rights)
    require_commands(settings, region, lengths)
    if settings.operators is not None:
        document = settings.sessions.name if settings.sessions else DEFAULT_DOCUMENT
        has_session_key = needs.session_key_arn is not None
        tunnel = operators_tunnel(settings)
        require_fits(region, settings.operators, document=document, has_session_key=has_session_key, tunnel=tunnel)
        require_people(region, settings.operators)
    _require_run_as(settings, region)
    return user_data


def require_network(settings: Settings, zones: Sequence[str]) -> None:
    """Plan a network of the stack's own."""
    way = WAYS[settings.variant]
    plan_subnets(settings.cidr, zones, count_subnets(way, len(zones), nat_per_zone=settings.nat_per_zone))
    if settings.network_acls:
        ports = connect_ports(settings)
        plan_acls(way, settings.cidr, ways_out(settings), ports_in=ports, ipv6=settings.dual_stack)


def find_volume_keys(settings: Settings, region: Region) -> Mapping[str, str]:
    """The ARN of the KMS key of each instance's volumes, by the name of the instance, of those that name one.

    Raises:
        ConfigError: no volume could be encrypted with it.
    """
    return {
        one.name: find_volume_key(region, f"{key}.volumeKey", one.volume_key)
        for key, one in settings.machines.items()
        if one.volume_key
    }


def _require_what_is_named(settings: Settings, region: Region, vpc_id: str) -> None:
    """Ask for the groups and lists that somebody else made, and for what only some instance types have."""
    ways = {f"egress[{index}].to": way for index, way in enumerate(settings.egress)} | {**settings.named_ways}
    for at, one in settings.machines.items():
        ways |= {f"{at}.egress[{n}].to": way for n, way in enumerate(one.egress)}
        for n, group in enumerate(one.security_groups):
            require_closed_group(f"{at}.securityGroups[{n}]", group, vpc_id=vpc_id)
        if one.cpu_credits is not None:
            require_burstable(f"{at}.instanceType", one.instance_type)
    for number, fleet in enumerate(settings.fleets):
        for n, other in enumerate(fleet.scaling.other_types if fleet.instance.cpu_credits is not None else ()):
            require_burstable(f"fleets[{number}].otherTypes[{n}]", other)
    names_a_group = any(isinstance(way.to, SecurityGroupTarget) for way in ways.values())
    endpoints_group = find_endpoints_group(NETWORK) if names_a_group else ""
    for key, way in ways.items():
        require_target(region, key, way, is_closed=WAYS[settings.variant].is_closed, endpoints_group=endpoints_group)


def _policy_length(region: Region, rights: Rights) -> int:
    """How many characters the policy of an instance's role has."""
    return 0 if rights == NO_RIGHTS else len(instance_policy(region, rights))


def _require_run_as(settings: Settings, region: Region) -> None:
    """Warn of sessions as a user whom nobody makes; where the account's own document decides, of all that it asks."""
    sessions, where = settings.sessions, f"{NAMESPACE}:sessions.runAs.user"
    if sessions is None or sessions.document is DocumentMode.SKIP:
        user, where = look_at_account_preferences(region, sessions).run_as, f"runAsDefaultUser of {DEFAULT_DOCUMENT}"
    else:
        user = sessions.run_as.user if sessions.run_as else ""
    linux = any(instance.family is not Family.WINDOWS for instance in settings.machines.values())
    if user and linux and user not in settings.run_as_users:
        # The agent makes ssm-user only where Run As is off (aws/amazon-ssm-agent#431), and no other at all.
        pulumi.log.warn(
            f"{where} is {user!r}: where an instance has no such user, no session opens. Add it to runAsUsers, unless "
            "the image or userData brings it."
        )


def _planned_path(settings: Settings, needs: SessionNeeds) -> AgentPath:
    """The way as far as it is known before there is a network: all of it that user data says."""
    closed = WAYS[settings.variant].is_closed
    return AgentPath(
        vpc_id="",
        subnet_ids=(),
        https_to=Endpoints(s3_prefix_list_id="") if closed else Internet(),
        dual_stack=settings.dual_stack,
        services=agent_services(needs, ec2messages=settings.ec2messages),
        ready=(),
    )


def _launches(settings: Settings, around: Surroundings) -> Mapping[str, SsmInstanceArgs]:
    """What is started from each entry of the lists, by its key."""
    args = [instance_args(settings, one, around) for one in settings.instances]
    args += [launch_args(settings, one, around) for one in settings.fleets]
    return dict(zip(settings.machines, args, strict=True))


def _plan_user_data(settings: Settings, key: str, args: SsmInstanceArgs) -> str:
    try:
        return render_user_data(args)
    except UserDataError as error:
        shown = SECRET if key.split("[", maxsplit=1)[0] in settings.secrets else args.user_data[:_SHOWN]
        raise ConfigError(f"{key}.userData", shown, f"{error}.") from error
