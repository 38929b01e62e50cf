"""AWS's own managed policies, as far as they say something about the calls of an instance's agent.

`aws_policies.json` has them with their versions; tests/reachability/managed_policies.py wrote it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from reachability.iam import Document, read_document

_ARN = re.compile(r"arn:([^:]*):iam::aws:policy/(.+)")
_TABLE = Path(__file__).with_name("aws_policies.json")


def managed_policy(arn: str) -> Document | None:
    """The policy of AWS's with this ARN; None where the ARN is no such policy's.

    One that the table lacks said nothing about these calls when the table was written. AWS may have made it since, and
    then it may grant; what it attaches to roles of instances denies nothing.
    """
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    partition, name = found.groups()
    return _table(partition).get(name) or Document(_short(name), only_grants=True)


@cache
def _table(partition: str) -> dict[str, Document]:
    # The documents are those of the partition aws; the others have the same, with ARNs of their own.
    text = _TABLE.read_text(encoding="utf-8").replace('"arn:aws:', f'"arn:{partition}:')
    policies = json.loads(text)["policies"]
    return {name: read_document(_short(name), {"Statement": one["statements"]}) for name, one in policies.items()}


def _short(name: str) -> str:
    """A policy's name without its path."""
    return name.rpartition("/")[2]
