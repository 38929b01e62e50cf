"""IAM documents as plain text, for every partition."""

import json

_VERSION = "2012-10-17"

# "Create a custom IAM role for Session Manager", Systems Manager user guide: the least with which sessions work.
# These actions know no resource, so "*" is the narrowest that AWS takes.
_SESSION_ACTIONS = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)

_MANAGED_INSTANCE_CORE = "AmazonSSMManagedInstanceCore"


def ec2_trust(dns_suffix: str) -> str:
    """Let EC2 hand the role to an instance. The service is ec2.amazonaws.com.cn in China, hence the suffix."""
    principal = {"Service": f"ec2.{dns_suffix}"}
    return _document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def sessions() -> str:
    """What the agent may do so that people can open sessions, and nothing more."""
    return _document({"Sid": "Sessions", "Effect": "Allow", "Action": _SESSION_ACTIONS, "Resource": "*"})


def managed_instance_core(partition: str) -> str:
    """ARN of AWS's own policy: Run Command, patching and inventory too, but also every parameter of the account."""
    return f"arn:{partition}:iam::aws:policy/{_MANAGED_INSTANCE_CORE}"


def _document(statement: dict[str, object]) -> str:
    return json.dumps({"Version": _VERSION, "Statement": [statement]})
