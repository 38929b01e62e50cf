"""What an instance and a fleet have in common: their arguments, and what is asked of AWS before either is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pulumi
from typing_extensions import NotRequired

from components.base.errors import ConfigError
from components.base.path import AgentPath, EndpointGroup, Endpoints, Internet
from components.base.region import Region, up_to
from components.instance import CpuCredits, Family, Image, Platform, SsmInstanceArgs, VolumeType
from components.instance.references import find_volume_key, require_burstable, require_closed_group, require_target
from components.instance.rights import require_fits
from components.instance.settings import InstanceSettings
from components.instances import Surroundings
from components.network.endpoints import agent_services
from components.network.existing.settings import read_block
from components.network.routes import WAYS
from components.settings import READERS, DefaultHost, Settings
from plugin.kinds import Egress, Placement, Proxy
from plugin.reading import Given, handed_on, known_or_none, parse, read_plain
from plugin.session import SessionArgs, plain_needs, read_needs

# What Settings says of a VPC whose block is not known here: nothing that concerns the machines in it.
_SOME_VPC = {"vpc": f"vpc-{'0' * 17}", "subnets": [f"subnet-{'0' * 17}"]}


class MachineArgs(SessionArgs):
    """An instance's settings, and the outputs of its network that have the names of these inputs."""

    vpcId: pulumi.Input[str]
    """Of the network: the VPC."""
    subnetIds: pulumi.Input[list[pulumi.Input[str]]]
    """Of the network: the instances' subnets, one for each zone, in the zones' order."""
    variant: NotRequired[pulumi.Input[str]]
    """Of the network: how its instances get to Systems Manager, igw, nat or privatelink. privatelink, unless said."""
    cidr: NotRequired[pulumi.Input[str]]
    """Of SsmNetwork: the VPC's block. In privatelink ways out lead into it, or wherever they do if it is not given."""
    dualStack: NotRequired[pulumi.Input[bool]]
    """Of SsmNetwork: whether instances have IPv6 too."""
    publicAddress: NotRequired[pulumi.Input[bool]]
    """Of ExistingNetwork: whether an instance asks for a public address itself."""
    endpointGroupId: NotRequired[pulumi.Input[str]]
    """Of the network: the security group of the interface endpoints that were made. Only privatelink."""
    foundGroupIds: NotRequired[pulumi.Input[list[str]]]
    """Of ExistingNetwork: security groups of interface endpoints that were there. Only privatelink."""
    endpointCidrs: NotRequired[pulumi.Input[list[str]]]
    """Of ExistingNetwork: where a hub's endpoints are. Only privatelink."""
    s3PrefixListId: NotRequired[pulumi.Input[str]]
    """Of the network: the addresses of S3 in this Region. Only privatelink, which needs it."""
    connectGroupId: NotRequired[pulumi.Input[str]]
    """Of SsmNetwork: the group of its EC2 Instance Connect Endpoint, the only one that an instance lets in."""

    platform: NotRequired[Platform]
    """The operating system: Amazon Linux 2023, unless said."""
    ami: NotRequired[str]
    """An image's id, in place of the platform's newest; custom needs it."""
    family: NotRequired[Family]
    """Only custom: which package of the agent, and which boot script, the image takes."""
    instanceType: NotRequired[str]
    """An EC2 type of the image's architecture: t4g.micro, unless the platform needs another."""
    volumeSize: NotRequired[int]
    """Of the encrypted root volume, in GiB: 8, unless the platform needs more."""
    volumeType: NotRequired[VolumeType]
    """Of the root volume: gp3, unless said."""
    volumeIops: NotRequired[int]
    """Of the root volume."""
    volumeThroughput: NotRequired[int]
    """Of the root volume, in MiB a second."""
    volumeKey: NotRequired[str]
    """The KMS key of all volumes, by its ARN or an alias; the account's default, unless said."""
    tags: NotRequired[dict[str, str]]
    """Tags for everything that takes tags."""
    userData: NotRequired[pulumi.Input[str]]
    """A script of your own for the boot, beside ours. It may be secret."""
    policies: NotRequired[list[str]]
    """ARNs of managed policies for the role, beside our own."""
    egress: NotRequired[list[Egress]]
    """Where it may connect to, beside Systems Manager."""
    securityGroups: NotRequired[list[str]]
    """Ids of up to 4 further security groups, which let nothing in either."""
    metadataHopLimit: NotRequired[int]
    """How many hops the metadata service answers over: 1, unless said. A container is one hop further away."""
    monitoring: NotRequired[bool]
    """Metrics each minute, for a price, not each five."""
    placement: NotRequired[Placement]
    """Where EC2 puts it within its zone."""
    cpuCredits: NotRequired[CpuCredits]
    """Of a burstable type: what it does when its CPU credits are used up."""

    ec2messages: NotRequired[bool]
    """As for the network: for agents older than 3.3.40.0."""
    fips: NotRequired[bool]
    """As for the network: lead the agent to FIPS endpoints. Not for Windows."""
    proxy: NotRequired[Proxy]
    """The proxy through which the agent and the boot check get out."""
    replaceOnNewImage: NotRequired[bool]
    """Whether a newer image of the platform is taken; otherwise the image stays."""
    runCommand: NotRequired[bool]
    """The right to take part in Run Command, State Manager and inventory. SsmCommand needs it."""
    patching: NotRequired[bool]
    """The right to take part in Patch Manager."""
    agentUpdate: NotRequired[bool]
    """Let Systems Manager update the agent."""
    parameterPaths: NotRequired[list[str]]
    """Paths of Parameter Store that it may read, for example /shop/web."""
    managedInstanceCore: NotRequired[bool]
    """AWS's policy AmazonSSMManagedInstanceCore too. With it an instance can read every parameter."""
    defaultHostManagement: NotRequired[DefaultHost]
    """Whether it registers by Default Host Management, and has no such right of its own: off, unless said."""
    permissionsBoundary: NotRequired[str]
    """ARN of the policy that the role can never go beyond."""
    ssmUserSudo: NotRequired[bool]
    """Whether ssm-user, as whom sessions on Linux run, may use sudo without a password: true, unless said."""
    runAsUsers: NotRequired[list[str]]
    """Users to create on Linux, for Session Manager's Run As."""
    sessionProfile: NotRequired[pulumi.Input[str]]
    """Shell lines for sessions on Linux, which SessionPreferences runs with readSessionProfile. It may be secret."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a program says of an instance, or of those of a fleet, and of where they are.

    Attributes:
        key: of it in the settings, `instances[0]` or `fleets[0]`.
        settings: with this one machine.
        wanted: the machine.
        path: the network's way to Systems Manager.
        args: as they were given.
    """

    key: str
    settings: Settings
    wanted: InstanceSettings
    path: AgentPath
    args: Mapping[str, Any]

    def look_around(self, image: Image, region: Region, opts: pulumi.InvokeOptions) -> Surroundings:
        """Ask AWS for what it names, which somebody else made.

        Args:
            image: that it starts from.
            region: the Region that the provider is set to.
            opts: for the provider.

        Raises:
            ConfigError: it is not there, or lets somebody in.
        """
        wanted, key = self.wanted, self.key
        for n, group in enumerate(wanted.security_groups):
            require_closed_group(f"{key}.securityGroups[{n}]", group, opts)
        if wanted.cpu_credits is not None:
            require_burstable(f"{key}.instanceType", wanted.instance_type, opts)
        is_closed = WAYS[self.settings.variant].is_closed
        for n, way in enumerate(wanted.egress):
            require_target(region, f"{key}.egress[{n}].to", way, is_closed=is_closed, opts=opts)
        volume_key = wanted.volume_key and find_volume_key(region, f"{key}.volumeKey", wanted.volume_key, opts)
        return Surroundings(
            region=region,
            images={wanted.name: image},
            path=self.path,
            needs=read_needs(self.args),
            volume_keys={wanted.name: volume_key} if volume_key else {},
        )


def read_machine(
    kind: str, name: str, args: Mapping[str, Any], entry_keys: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> Machine:
    """Read all of it, before anything is registered.

    Args:
        kind: the list of settings that it would be an entry of, `instances` or `fleets`.
        name: of it.
        args: as a program gives them.
        entry_keys: those of an entry of that list.
        opts: as a program gives them.

    Raises:
        ConfigError: a value cannot be deployed.
        pulumi.InputPropertyError: a value that has to be known is not.
    """
    entry = read_plain(args, [key for key in args if key in entry_keys])
    others = read_plain(args, [key for key in args if key in READERS and key not in entry_keys])
    place: dict[str, Any] = {"zones": 6} if "cidr" in others.values else {"network": _SOME_VPC}
    if others.values.get("dualStack") and "cidr" not in others.values:
        raise ConfigError("dualStack", value=True, advice="only SsmNetwork has it, whose cidr belongs here too.")
    values = {**others.values, **place, "instances": [], kind: [{**entry.values, "name": name}]}
    if "cidr" not in others.values:
        values.pop("dualStack", None)
    given = Given(values=values, secrets=entry.secrets | others.secrets)
    settings = parse(given, secret={"userData": kind})
    ((key, wanted),) = settings.machines.items()
    zones = settings.fleets[0].scaling.zones if settings.fleets else [wanted.zone]
    subnet_ids = _subnets(args["subnetIds"], key, zones)
    return Machine(
        key=key,
        settings=settings,
        wanted=wanted,
        path=_path(settings, args, subnet_ids, opts),
        args=args,
    )


def require_rights_fit(region: Region, args: SsmInstanceArgs) -> None:
    """Make sure that IAM takes the policy of the role, with names as long as those can get that are not known yet.

    Raises:
        ConfigError: it is too long.
    """
    require_fits(region, replace(args.rights, **vars(plain_needs(args.needs))))


def _path(
    settings: Settings,
    args: Mapping[str, Any],
    subnet_ids: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions | None,
) -> AgentPath:
    plain = read_plain(args, ["publicAddress", "foundGroupIds", "endpointCidrs"]).values
    ready = opts.depends_on if opts is not None and isinstance(opts.depends_on, list) else []
    return AgentPath(
        vpc_id=args["vpcId"],
        subnet_ids=subnet_ids,
        https_to=_endpoints(args, plain) if WAYS[settings.variant].is_closed else Internet(),
        dual_stack=settings.dual_stack,
        services=agent_services(read_needs(args), ec2messages=settings.ec2messages),
        # What the network has beside these, such as routes, is there when it is; a destroy takes this machine first.
        ready=[one for one in ready if isinstance(one, pulumi.Resource)],
        connect_group_id=handed_on(args, "connectGroupId"),
        public_address=plain.get("publicAddress", False),
    )


def _endpoints(args: Mapping[str, Any], plain: Mapping[str, Any]) -> Endpoints:
    own, s3 = handed_on(args, "endpointGroupId"), handed_on(args, "s3PrefixListId")
    found, hub = plain.get("foundGroupIds", ()), plain.get("endpointCidrs", ())
    if s3 is None or (own is None and not found and not hub):
        raise pulumi.InputPropertyError(
            "s3PrefixListId" if s3 is None else "endpointGroupId",
            "variant is privatelink, whose instances reach nothing but endpoints, and this says where they are. Pass "
            "the network's output of this name, and its variant if that is another.",
        )
    groups = [EndpointGroup(name=f"endpoints-{one}", id=one) for one in found]
    if own is not None:
        groups.insert(0, EndpointGroup(name="endpoints", id=own))
    cidrs = [read_block(f"endpointCidrs[{n}]", block) for n, block in enumerate(hub)]
    return Endpoints(groups=groups, cidrs=cidrs, s3_prefix_list_id=s3)


def _subnets(given: Any, key: str, zones: Sequence[int]) -> Sequence[pulumi.Input[str]]:  # noqa: ANN401 - an Input
    """The subnets, as far as these zones need them; no zones are all."""
    known = known_or_none(given)
    if known is not None and not known:
        raise pulumi.InputPropertyError("subnetIds", "give at least one: the machine is in one of them.")
    if known is None and not zones:
        raise pulumi.InputPropertyError(
            "zones", "how many subnets the network has is not known yet. Say in which zones, for example [1, 2]."
        )
    if known is not None:
        for index, zone in enumerate(zones):
            if zone > len(known):
                where = f"{key}.zone" if key.startswith("instances") else f"{key}.zones[{index}]"
                raise ConfigError(where, zone, f"the network has {len(known)} (subnetIds). Use {up_to(len(known))}.")
        zones = range(1, len(known) + 1)
    if not isinstance(given, pulumi.Output):
        return list(given)
    return [given.apply(partial(_pick, number)) for number in range(max(zones))]


def _pick(number: int, subnet_ids: Sequence[str]) -> str:
    if number >= len(subnet_ids):
        raise pulumi.RunError(f"subnetIds has {len(subnet_ids)}, so there is no zone {number + 1}. Use another.")
    return subnet_ids[number]
