"""A likely cause, and the AWS CLI's lines that show causes to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doctor.facts import Facts, Refused


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why no session may begin on an instance.

    Attributes:
        name: what it is called in the JSON document; stays the same.
        text: what is wrong, and what to do.
        command: the AWS CLI's line that shows it.
        certain: whether the API shows all that it depends on; if not, the text says on what else.
    """

    name: str
    text: str
    command: str
    certain: bool = True


def show_instance(facts: Facts, what: str) -> str:
    """One part of an instance's description."""
    return (
        f"aws ec2 describe-instances --instance-ids {facts.id} {facts.place} "
        f"--query 'Reservations[].Instances[].{what}'"
    )


def show_groups(facts: Facts, groups: Sequence[str]) -> str:
    """The rules of security groups."""
    return f"aws ec2 describe-security-groups --group-ids {' '.join(groups)} {facts.place}"


def show_in_vpc(facts: Facts, what: str, vpc_id: str) -> str:
    """All of one kind in the VPC."""
    return f"aws ec2 describe-{what} --filters Name=vpc-id,Values={vpc_id} {facts.place}"


def show_vpc_attribute(facts: Facts, vpc_id: str, attribute: str) -> str:
    """One of the two DNS switches of a VPC."""
    return f"aws ec2 describe-vpc-attribute --vpc-id {vpc_id} --attribute {attribute} {facts.place}"


def show_managed(facts: Facts) -> str:
    """What Systems Manager knows of the instance."""
    return f"aws ssm describe-instance-information --filters Key=InstanceIds,Values={facts.id} {facts.place}"


def show_connection(facts: Facts) -> str:
    """Whether Session Manager has a connection to the agent."""
    return f"aws ssm get-connection-status --target {facts.id} {facts.place}"


def show_console(facts: Facts) -> str:
    """What the instance printed; types that are not of the Nitro kind do not take --latest."""
    return f"aws ec2 get-console-output --instance-id {facts.id} --latest --output text {facts.place}"


def show_rights(facts: Facts, refused: Refused) -> str:
    """What IAM's simulator says of the role and of one thing."""
    return (
        f"aws iam simulate-principal-policy --policy-source-arn {refused.role['Arn']} "
        f"--action-names {' '.join(refused.actions)} --resource-arns '{refused.resource}'{facts.endpoint}"
    )


def reboot(facts: Facts) -> str:
    """What makes the agent try again at once. For the person to run: the doctor only reads."""
    return f"aws ec2 reboot-instances --instance-ids {facts.id} {facts.place}"
