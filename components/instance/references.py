"""What an instance names and somebody else made, asked of AWS before any resource exists: groups, lists, keys."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pulumi_aws as aws

from ..base.answers import is_missing
from ..base.errors import ConfigError
from ..base.targets import PrefixListTarget, SecurityGroupTarget
from .egress import HTTPS, Egress, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulumi

    from ..base.region import Region


def require_target(
    region: Region,
    key: str,
    way: Egress,
    *,
    is_closed: bool,
    endpoints_group: str = "",
    opts: pulumi.InvokeOptions | None = None,
) -> None:
    """Make sure that there is what a way out of a stack's settings leads to, and that it is not open anyway.

    Args:
        region: the Region that the provider is set to.
        key: that an error names.
        way: its target's id is plain.
        is_closed: whether Systems Manager is reached at endpoints, S3's among them.
        endpoints_group: id of the group of the stack's own endpoints, if they are there already.
        opts: with a provider, if it is not the default one.

    Raises:
        ConfigError: EC2 has no such group or list, or every instance has this way.
    """
    ours = False
    if isinstance(way.to, SecurityGroupTarget):
        _require_group(key, str(way.to.id), opts)
        ours = way.to.id == endpoints_group
    if isinstance(way.to, PrefixListTarget):
        with _asking(key, str(way.to.id), "EC2 has no such prefix list in this Region."):
            found = aws.ec2.get_managed_prefix_list(id=str(way.to.id), opts=opts)
        ours = found.name == f"com.amazonaws.{region.name}.s3"
    # EC2 refuses a rule that is there already, and of these two the ids are known only to AWS.
    if is_closed and ours and (way.protocol, way.port) == (Protocol.TCP, HTTPS):
        raise ConfigError(key, str(way.to), "every instance of privatelink has this way already. Remove it.")


def require_closed_group(
    key: str, group: str, opts: pulumi.InvokeOptions | None = None, *, vpc_id: str | None = None
) -> None:
    """Make sure that an instance can have a further group, and that it lets nothing in, as far as can be seen today.

    Args:
        key: that an error names.
        group: its id.
        opts: with a provider, if it is not the default one.
        vpc_id: of the VPC that the instance is to be in; empty where it is still to be made, None where nobody knows.

    Raises:
        ConfigError: there is no such group, it is of another VPC, or it has an inbound rule.
    """
    theirs = _require_group(key, group, opts)
    of_group = aws.vpc.GetSecurityGroupRulesFilterArgs(name="group-id", values=[group])
    for rule in aws.vpc.get_security_group_rules(filters=[of_group], opts=opts).ids:
        found = aws.vpc.get_security_group_rule(security_group_rule_id=rule, opts=opts)
        if not found.is_egress:
            raise ConfigError(
                key,
                group,
                f"its rule {rule} lets {_who(found)} in, and nothing comes in to an instance of this stack. Take the "
                "rule away, or use a group that has none.",
            )
    if vpc_id is not None and theirs != vpc_id:
        where = f"the instance is to be in {vpc_id}" if vpc_id else "the stack's own VPC is still to be made"
        how = "Use one of that VPC." if vpc_id else "Make one in that VPC, and add it with the next `up`."
        raise ConfigError(key, group, f"it is of {theirs}, and {where}. {how}")


def _who(rule: aws.vpc.GetSecurityGroupRuleResult) -> str:
    others = (rule.cidr_ipv4, rule.cidr_ipv6, rule.prefix_list_id, rule.referenced_security_group_id)
    return next(other for other in (*others, "someone") if other)


def _require_group(key: str, group: str, opts: pulumi.InvokeOptions | None = None) -> str:
    """The VPC that it is of."""
    with _asking(key, group, "EC2 has no such security group in this Region. An id is of one Region."):
        return aws.ec2.get_security_group(id=group, opts=opts).vpc_id


def find_volume_key(region: Region, key: str, name: str, opts: pulumi.InvokeOptions | None = None) -> str:
    """The ARN of the KMS key that is named by its ARN or by an alias: EC2 tells a volume's key by ARN alone.

    Raises:
        ConfigError: no volume of this Region could be encrypted with it.
    """
    with _asking(key, name, "there is no such key. Make it first, or use another."):
        found = aws.kms.get_key(key_id=name, opts=opts)
    if not found.enabled:
        raise ConfigError(key, name, f"its state is {found.key_state}. Enable it (aws kms enable-key), or use another.")
    where = found.arn.split(":")[3]
    if where != region.name:
        raise ConfigError(
            key, name, f"it is in {where}, and the volumes are in {region.name}. Use a key that is there."
        )
    if found.key_spec != "SYMMETRIC_DEFAULT":
        raise ConfigError(key, name, "EBS takes symmetric keys for encryption alone. Use one of those.")
    return found.arn


def require_burstable(key: str, instance_type: str, opts: pulumi.InvokeOptions | None = None) -> None:
    """Make sure that a type has CPU credits.

    Raises:
        ConfigError: it has none.
    """
    if not aws.ec2.get_instance_type(instance_type=instance_type, opts=opts).burstable_performance_supported:
        raise ConfigError(
            key, instance_type, "only burstable types (t2, t3, t3a, t4g) have CPU credits. Remove cpuCredits."
        )


@contextmanager
def _asking(key: str, value: str, missing: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if is_missing(error):
            raise ConfigError(key, value, missing) from error
        raise
