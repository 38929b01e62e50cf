"""The security group that is an instance's alone: nothing in, and 443 out to where Systems Manager is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base.path import AgentPath, Endpoints

_HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class InstanceGroup:
    """A group, and what must be open before an agent starts."""

    id: pulumi.Output[str]
    openings: Sequence[pulumi.Resource]


def make_group(name: str, path: AgentPath, tags: Mapping[str, str], child: pulumi.ResourceOptions) -> InstanceGroup:
    """Make the group and its rules as children of a component."""
    group = aws.ec2.SecurityGroup(
        name,
        vpc_id=path.vpc_id,
        description="Reached through Session Manager: nothing comes in",
        # An explicit empty list makes every inbound rule that someone adds a difference, which the next
        # `pulumi up --refresh` takes away. Left out, such a rule would not be seen.
        ingress=[],
        tags={**tags, "Name": name},
        opts=child,
    )
    return InstanceGroup(id=group.id, openings=_open_https(name, path, group, tags, child))


def _open_https(
    name: str, path: AgentPath, group: aws.ec2.SecurityGroup, tags: Mapping[str, str], child: pulumi.ResourceOptions
) -> Sequence[pulumi.Resource]:
    def allow_out(
        target: str,
        *,
        cidr_ipv4: str | None = None,
        referenced_security_group_id: pulumi.Input[str] | None = None,
        prefix_list_id: pulumi.Input[str] | None = None,
    ) -> aws.vpc.SecurityGroupEgressRule:
        label = f"{name}-to-{target}"
        return aws.vpc.SecurityGroupEgressRule(
            label,
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            cidr_ipv4=cidr_ipv4,
            referenced_security_group_id=referenced_security_group_id,
            prefix_list_id=prefix_list_id,
            tags={**tags, "Name": label},
            opts=child,
        )

    https_to = path.https_to
    if not isinstance(https_to, Endpoints):
        return [allow_out("internet", cidr_ipv4="0.0.0.0/0")]
    label = f"{name}-to-endpoints"
    into_endpoints = aws.vpc.SecurityGroupIngressRule(
        label,
        security_group_id=https_to.group_id,
        referenced_security_group_id=group.id,
        ip_protocol="tcp",
        from_port=_HTTPS,
        to_port=_HTTPS,
        tags={**tags, "Name": label},
        opts=child,
    )
    return [
        into_endpoints,
        allow_out("endpoints", referenced_security_group_id=https_to.group_id),
        allow_out("s3", prefix_list_id=https_to.s3_prefix_list_id),
    ]
