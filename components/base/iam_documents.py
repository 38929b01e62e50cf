"""IAM documents as plain text, for every partition."""

import json
from collections.abc import Iterable, Mapping, Sequence

Statement = Mapping[str, object]
Conditions = Mapping[str, Mapping[str, object]]

_VERSION = "2012-10-17"


def document(statements: Iterable[Statement]) -> str:
    """The JSON text of a policy, without blanks: its length is what AWS's limits are about."""
    return json.dumps({"Version": _VERSION, "Statement": list(statements)}, separators=(",", ":"))


def allow(sid: str, actions: str | Sequence[str], resources: str | Sequence[str], *all_of: Conditions) -> Statement:
    """Let whoever has the policy do this to these resources, under all of these conditions."""
    statement = {"Sid": sid, "Effect": "Allow", "Action": _listed(actions), "Resource": _listed(resources)}
    return with_conditions(statement, *all_of)


def with_conditions(statement: Statement, *all_of: Conditions) -> Statement:
    """The same statement under all of these conditions; an operator of two of them has the keys of both."""
    merged: dict[str, dict[str, object]] = {}
    for conditions in all_of:
        for operator, keys in conditions.items():
            merged.setdefault(operator, {}).update(keys)
    return {**statement, "Condition": merged} if merged else statement


def allow_anyone(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Statement:
    """Let everybody do this, also who signs no request. For policies of things, such as endpoints."""
    return {**allow(sid, actions, resources), "Principal": "*"}


def ec2_trust(dns_suffix: str) -> str:
    """Let EC2 hand the role to an instance. The service is ec2.amazonaws.com.cn in China, hence the suffix."""
    return _trust(f"ec2.{dns_suffix}")


def systems_manager_trust(dns_suffix: str) -> str:
    """Let Systems Manager take the role. Its principal has the partition's suffix too ("Reference", user guide)."""
    return _trust(f"ssm.{dns_suffix}")


def managed_instance_core(partition: str) -> str:
    """ARN of AWS's own policy for a profile: Run Command and patching too, but also every parameter of the account."""
    return f"arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"


def default_host_management(partition: str) -> str:
    """ARN of AWS's own policy for Default Host Management: the one above without the parameters."""
    return f"arn:{partition}:iam::aws:policy/AmazonSSMManagedEC2InstanceDefaultPolicy"


def _trust(service: str) -> str:
    return document([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}])


def _listed(values: str | Sequence[str]) -> str | Sequence[str]:
    return values if isinstance(values, str) else list(values)
