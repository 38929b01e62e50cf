"""Writes policy/reachability/aws_policies.json: AWS's managed policies that matter to an agent, cut to what matters.

`.localaws/venv/bin/python -m tests.reachability.managed_policies`, after a newer moto.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TABLE = Path(__file__).parents[2] / "policy/reachability/aws_policies.json"

# "Create a custom IAM role for Session Manager", Systems Manager user guide: without them no agent is reached.
AGENT = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
# The same page: what sessions with logs and keys need.
LOGGING = (
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "s3:GetEncryptionConfiguration",
    "s3:PutObject",
)
# What profiles of instances often carry beside it, and says nothing of an agent: known not to grant is known.
COMMON = (
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMDirectoryServiceAccess",
    "AmazonSSMPatchAssociation",
    "CloudWatchAgentAdminPolicy",
    "CloudWatchAgentServerPolicy",
    "CloudWatchLogsFullAccess",
    "ReadOnlyAccess",
    "SecretsManagerReadWrite",
    "service-role/AmazonEC2ContainerServiceforEC2Role",
)
# AWS attaches these itself, to roles of its services and to sessions of a root user.
NOT_FOR_INSTANCES = ("aws-service-role/", "root-task/")


def says(statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement is about an action."""
    key = "NotAction" if "NotAction" in statement else "Action"
    named = any(fits(pattern, action) for pattern in listed(statement[key]))
    return named is (key == "Action")


def fits(pattern: str, action: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower())


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def policies() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every managed policy that a role of instances may have, under the part of its ARN after `policy/`."""
    for name, policy in json.loads(aws_managed_policies_data).items():
        path = policy["Path"].removeprefix("/")
        if path not in NOT_FOR_INSTANCES:
            yield path + name, policy


def matters(name: str, statements: list[Mapping[str, Any]]) -> bool:
    return name in COMMON or any(says(statement, action) for statement in statements for action in AGENT)


def cut(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """The statement with those of its actions that matter."""
    if "NotAction" in statement:
        return statement
    kept = [one for one in listed(statement["Action"]) if any(fits(one, action) for action in (*AGENT, *LOGGING))]
    return {**statement, "Action": kept}


def table() -> dict[str, Any]:
    """The table as it should be."""
    found = {}
    for name, policy in sorted(policies()):
        statements = listed(policy["Document"]["Statement"])
        if matters(name, statements):
            kept = [cut(one) for one in statements if any(says(one, action) for action in (*AGENT, *LOGGING))]
            found[name] = {
                "version": policy["DefaultVersionId"],
                "updated": policy.get("UpdateDate", policy["CreateDate"])[:10],
                "statements": kept,
            }
    return {"source": f"moto {version('moto')}, which has them from AWS's GetPolicyVersion", "policies": found}


def text() -> str:
    """The table as its file has it: a statement on each line."""
    whole = table()
    policies = []
    for name, policy in whole["policies"].items():
        dated = f'"version": "{policy["version"]}", "updated": "{policy["updated"]}"'
        head = f'  {json.dumps(name)}: {{{dated}, "statements": ['
        lines = ",\n".join(f"   {json.dumps(one)}" for one in policy["statements"])
        policies.append(f"{head}\n{lines}\n  ]}}" if lines else f"{head}]}}")
    return f'{{\n "source": {json.dumps(whole["source"])},\n "policies": {{\n' + ",\n".join(policies) + "\n }\n}\n"


if __name__ == "__main__":
    TABLE.write_text(text(), encoding="utf-8")
