"""`managed-instances-have-no-ingress`: what Session Manager reaches takes no inbound connection at all.

But one from an EC2 Instance Connect Endpoint, to log in: nobody gets at that without IAM either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from ssm_guard.joins.instance_connect import endpoint_groups, lets_endpoint_in
from ssm_guard.joins.interfaces import groups_at
from ssm_guard.joins.rules import rules_by_set
from ssm_guard.node import Doubt, path_text
from ssm_guard.reporting import About, report_stack, stack_settings
from ssm_guard.settings import EXEMPTIONS_ONLY
from ssm_guard.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.opening import Opening

NAME = "managed-instances-have-no-ingress"
REMEDY = "Take the rule out: the agent calls out, and a session needs no inbound port."

INSTANCE = "aws:ec2/instance:Instance"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INLINE_POLICY = "aws:iam/rolePolicy:RolePolicy"
POLICY = "aws:iam/policy:Policy"

# The managed policy for Session Manager, and the service whose channels every session runs through.
SIGNS = ("AmazonSSMManagedInstanceCore", "ssmmessages:")


def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports every inbound rule of every group of an instance whose role lets it speak to Session Manager."""
    settings = stack_settings(args, EXEMPTIONS_ONLY, report_violation)
    report_stack(NAME, _found(Stack(args.resources)), settings, report_violation)


def _found(stack: Stack) -> Iterator[About]:
    managed = set(_managed_roles(stack))
    # Most stacks have none, and to read every rule for them is dear.
    rules = rules_by_set(stack) if managed else {}
    endpoints = endpoint_groups(stack) if managed else set()
    for instance in stack.of([INSTANCE]) if managed else ():
        properties = stack.properties(instance)
        profiles = stack.targets(instance, properties["iamInstanceProfile"], [PROFILE])
        roles = (stack.key(profile, stack.properties(profile)["role"], [ROLE]) for profile in profiles)
        if managed.isdisjoint(roles):
            continue
        groups = set(groups_at(stack, instance, properties["vpcSecurityGroupIds"]))
        for resource, opening in (rule for key in sorted(groups) for rule in rules.get(key, ())):
            if not (_is_unwritten(opening) or lets_endpoint_in(stack, resource, opening, endpoints)):
                where = path_text((stack.label(resource), *opening.path))
                text = f"{where} is an inbound rule of a group of this instance. {REMEDY}"
                yield About(text, instance.urn, stack.token(instance))


def _is_unwritten(opening: Opening) -> bool:
    """In a preview AWS has yet to fill in an `ingress` that the program doesn't write: that is no rule."""
    return isinstance(opening.protocol, Doubt) and opening.protocol.where == path_text(opening.path)


def _managed_roles(stack: Stack) -> Iterator[str]:
    """The roles with a policy for Session Manager, by URN, or by name where they are another stack's."""
    for role in stack.of([ROLE]):
        properties = stack.properties(role)
        if _speaks(properties["managedPolicyArns"].value) or _speaks(properties["inlinePolicies"].value):
            yield role.urn
    for inline in stack.of([INLINE_POLICY]):
        properties = stack.properties(inline)
        if _speaks(properties["policy"].value):
            yield stack.key(inline, properties["role"], [ROLE]) or ""
    for attachment in stack.of([ATTACHMENT]):
        properties = stack.properties(attachment)
        policies = stack.targets(attachment, properties["policyArn"], [POLICY])
        if _speaks(properties["policyArn"].value) or any(
            _speaks(stack.properties(policy)["policy"].value) for policy in policies
        ):
            yield stack.key(attachment, properties["role"], [ROLE]) or ""


def _speaks(value: object) -> bool:
    return any(sign in str(value) for sign in SIGNS)


MANAGED_INSTANCES_HAVE_NO_INGRESS = StackValidationPolicy(
    name=NAME,
    display_name="No inbound rule on instances of Session Manager",
    description="Instances that Session Manager reaches have security groups without any inbound rule, but for an EC2 "
    "Instance Connect Endpoint of the stack.",
    enforcement_level=EnforcementLevel.ADVISORY,
    severity=Severity.HIGH,
    config_schema=EXEMPTIONS_ONLY,
    tags=["aws", "ec2", "network", "session-manager"],
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    validate=validate,
)
