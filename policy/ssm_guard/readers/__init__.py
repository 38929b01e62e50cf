"""The registry: which reader turns a resource type's properties into openings.

A new type is a line here, a reader, and its rows in tests/policy; no rule changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ssm_guard.node import Node
from ssm_guard.opening import Opening
from ssm_guard.readers import ec2

Reader = Callable[[Node], Iterator[Opening]]

READERS: Mapping[str, Reader] = {
    "aws:ec2/securityGroup:SecurityGroup": ec2.inline_rules,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2.inline_rules,
    "aws:ec2/securityGroupRule:SecurityGroupRule": ec2.single_rule,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2.ingress_rule,
}
