"""The security group that is an instance's alone: nothing in, and out to Systems Manager and whatever else is said.

Where the network has an EC2 Instance Connect Endpoint, its group is let in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network

import pulumi
import pulumi_aws as aws

from ..base.path import AgentPath, Endpoints
from ..base.targets import PrefixListTarget, SecurityGroupTarget
from .egress import ANYWHERE, ANYWHERE_IPV6, HTTPS, Egress, Protocol
from .platforms import Family


@dataclass(frozen=True, kw_only=True)
class InstanceGroup:
    """A group, and what must be open before an agent starts."""

    id: pulumi.Output[str]
    openings: Sequence[pulumi.Resource]


def make_group(
    name: str,
    path: AgentPath,
    egress: Sequence[Egress],
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
    *,
    family: Family = Family.RPM,
) -> InstanceGroup:
    """Make the group and its rules as children of a component."""
    group = aws.ec2.SecurityGroup(
        name,
        vpc_id=path.vpc_id,
        # EC2 changes the description of no group. An inbound rule has one of its own.
        description="Reached through Session Manager: nothing comes in",
        # An explicit list, empty or not, makes every inbound rule that someone adds a difference, which the next
        # `pulumi up --refresh` takes away. Left out, such a rule would not be seen. A rule that were a resource of its
        # own beside the list would be taken away too.
        ingress=_let_in(path, family),
        tags={**tags, "Name": name},
        opts=child,
    )
    ways = _once([*_to_systems_manager(path), *map(_as_asked, egress)])
    openings: list[pulumi.Resource] = [_make_way(name, way, group, tags, child) for way in ways]
    openings += [_make_entrance(name, way, group, tags, child) for way in ways if way.takes_rules]
    if path.connect_group_id is not None:
        openings.append(_lead_from_instance_connect(name, path.connect_group_id, group, tags, child, family=family))
    return InstanceGroup(id=group.id, openings=openings)


def _let_in(path: AgentPath, family: Family) -> list[aws.ec2.SecurityGroupIngressArgs]:
    """The one inbound rule that there can be. Its source is a group, which holds an endpoint and no machine."""
    if path.connect_group_id is None:
        return []
    return [
        aws.ec2.SecurityGroupIngressArgs(
            description="EC2 Instance Connect Endpoint",
            protocol="tcp",
            from_port=family.login_port,
            to_port=family.login_port,
            security_groups=[path.connect_group_id],
        )
    ]


def _lead_from_instance_connect(
    name: str,
    connect_group_id: pulumi.Input[str],
    group: aws.ec2.SecurityGroup,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
    *,
    family: Family,
) -> pulumi.Resource:
    """Let the endpoint out to this instance. The two groups know each other, so one of them has no rule of its own."""
    label = f"{name}-from-instance-connect"
    return aws.vpc.SecurityGroupEgressRule(
        label,
        security_group_id=connect_group_id,
        referenced_security_group_id=group.id,
        ip_protocol="tcp",
        from_port=family.login_port,
        to_port=family.login_port,
        tags={**tags, "Name": label},
        opts=child,
    )


@dataclass(frozen=True, kw_only=True)
class _Way:
    """An outbound rule, by the end of its name and EC2's names of the rest; it leads to one of the three in the middle.

    Attributes:
        takes_rules: whether the group that it leads to gets the rule that lets it in.
    """

    name: str
    port: int = HTTPS
    protocol: Protocol = Protocol.TCP
    description: str | None = None
    cidr: IPv4Network | IPv6Network | None = None
    referenced_security_group_id: pulumi.Input[str] | None = None
    prefix_list_id: pulumi.Input[str] | None = None
    takes_rules: bool = False

    @property
    def end(self) -> object:
        """What EC2 tells rules apart by; None where that is known only once there is a group or a list."""
        end = self.cidr or self.referenced_security_group_id or self.prefix_list_id
        return None if isinstance(end, pulumi.Output) else (self.protocol, self.port, end)

    @property
    def other_names(self) -> Sequence[str]:
        """The ends of the names that the same rule has where something else asks for it.

        Without them Pulumi would make the one before it deletes the other, and EC2 takes no second.
        """
        if (self.protocol, self.port) != (Protocol.TCP, HTTPS):
            return []
        names: list[str] = []
        if self.cidr is not None:
            # Exploded: the ends of a URN's parts are two colons, as in `::/0`.
            names = [f"tcp-443-{self.cidr.exploded}", f"endpoints-{self.cidr.exploded}"]
            names += {ANYWHERE: ["internet"], ANYWHERE_IPV6: ["internet-ipv6"]}.get(self.cidr, [])
        elif isinstance(self.referenced_security_group_id, str):
            id_ = self.referenced_security_group_id
            names = [f"tcp-443-group-{id_}", f"endpoints-{id_}"]
        return [name for name in names if name != self.name]


def _once(ways: Sequence[_Way]) -> Sequence[_Way]:
    """Each rule once, since EC2 refuses one that is there already; of several that are alike the first."""
    merged: dict[object, _Way] = {}
    for way in ways:
        end = way.end or way.name
        first = merged.setdefault(end, way)
        merged[end] = replace(first, takes_rules=first.takes_rules or way.takes_rules)
    return [*merged.values()]


def _to_systems_manager(path: AgentPath) -> Sequence[_Way]:
    https_to = path.https_to
    if not isinstance(https_to, Endpoints):
        ipv6 = [_Way(name="internet-ipv6", cidr=ANYWHERE_IPV6)] if path.dual_stack else []
        return [_Way(name="internet", cidr=ANYWHERE), *ipv6]
    return [
        *(_Way(name=group.name, referenced_security_group_id=group.id) for group in https_to.groups),
        *map(_to_block, https_to.cidrs),
        _Way(name="s3", prefix_list_id=https_to.s3_prefix_list_id),
    ]


def _to_block(block: IPv4Network | IPv6Network) -> _Way:
    # Exploded: the ends of a URN's parts are two colons, as in `::/0`.
    return _Way(name=f"endpoints-{block.exploded}", description="Endpoints of another VPC", cidr=block)


def _as_asked(entry: Egress) -> _Way:
    way = _Way(name=entry.name, port=entry.port, protocol=entry.protocol, description=entry.why)
    if isinstance(entry.to, SecurityGroupTarget):
        return replace(way, referenced_security_group_id=entry.to.id, takes_rules=entry.to.takes_rules)
    if isinstance(entry.to, PrefixListTarget):
        return replace(way, prefix_list_id=entry.to.id)
    return replace(way, cidr=entry.to)


def _make_way(
    name: str, way: _Way, group: aws.ec2.SecurityGroup, tags: Mapping[str, str], child: pulumi.ResourceOptions
) -> pulumi.Resource:
    label = f"{name}-to-{way.name}"
    return aws.vpc.SecurityGroupEgressRule(
        label,
        security_group_id=group.id,
        ip_protocol=way.protocol.value,
        from_port=way.port,
        to_port=way.port,
        description=way.description,
        cidr_ipv4=str(way.cidr) if isinstance(way.cidr, IPv4Network) else None,
        cidr_ipv6=str(way.cidr) if isinstance(way.cidr, IPv6Network) else None,
        referenced_security_group_id=way.referenced_security_group_id,
        prefix_list_id=way.prefix_list_id,
        tags={**tags, "Name": label},
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(aliases=[pulumi.Alias(name=f"{name}-to-{one}") for one in way.other_names])
        ),
    )


def _make_entrance(
    name: str, way: _Way, group: aws.ec2.SecurityGroup, tags: Mapping[str, str], child: pulumi.ResourceOptions
) -> pulumi.Resource:
    label = f"{name}-to-{way.name}"
    return aws.vpc.SecurityGroupIngressRule(
        label,
        security_group_id=way.referenced_security_group_id,
        referenced_security_group_id=group.id,
        ip_protocol=way.protocol.value,
        from_port=way.port,
        to_port=way.port,
        description=way.description,
        tags={**tags, "Name": label},
        opts=child,
    )
