"""The flow logs of a network, as children of its component."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from .flow_logs import FlowLogs, LogTarget, delivery_policy, trust_policy
from .make_endpoints import EndpointPlace

# Long enough to look into what happened last month, and an end to the bill.
_RETENTION_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class _Destination:
    """Where logs go, in EC2's words, and what must be there before."""

    type: str
    arn: pulumi.Input[str] | None
    role_arn: pulumi.Input[str] | None = None
    after: Sequence[pulumi.Resource] = ()


def make_flow_logs(place: EndpointPlace, wanted: FlowLogs, permissions_boundary: pulumi.Input[str]) -> None:
    """Write down what passes the VPC's network interfaces."""
    label = f"{place.name}-flow-logs"
    if wanted.to is LogTarget.S3:
        # The bucket's policy has to let delivery.logs.amazonaws.com write. AWS adds that where the deployer may.
        to = _Destination(type="s3", arn=wanted.bucket)
    else:
        to = _make_log_group(place, label, wanted, permissions_boundary)
    aws.ec2.FlowLog(
        label,
        vpc_id=place.vpc_id,
        traffic_type=wanted.traffic.value.upper(),
        log_destination_type=to.type,
        log_destination=to.arn,
        iam_role_arn=to.role_arn,
        tags=place.tagged(label),
        opts=pulumi.ResourceOptions.merge(place.child, pulumi.ResourceOptions(depends_on=to.after)),
    )


def _make_log_group(
    place: EndpointPlace, label: str, wanted: FlowLogs, permissions_boundary: pulumi.Input[str]
) -> _Destination:
    # Two stacks of an account must not meet.
    name = f"/{pulumi.get_project()}/{pulumi.get_stack()}/{label}"
    group = aws.cloudwatch.LogGroup(
        label,
        name=name,
        kms_key_id=wanted.key,
        retention_in_days=wanted.retention_days or _RETENTION_DAYS,
        tags=place.tagged(label),
        opts=place.child,
    )
    role = aws.iam.Role(
        label,
        assume_role_policy=trust_policy(place.region),
        permissions_boundary=permissions_boundary or None,
        # IAM deletes no role that has a policy, and one that was attached by hand is in no state.
        force_detach_policies=True,
        tags=place.tagged(label),
        opts=place.child,
    )
    rights = aws.iam.RolePolicy(
        label,
        # A name that Pulumi makes is another at every try: when the answer to a first one is lost, the role keeps two.
        name="flow-logs",
        role=role.id,
        policy=delivery_policy(place.region, name),
        opts=place.child,
    )
    return _Destination(type="cloud-watch-logs", arn=group.arn, role_arn=role.arn, after=[rights])
