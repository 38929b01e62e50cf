"""ICMP rules of network ACLs, whose type and code moto 5.2.5 looks for under another name than it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.ec2.responses.network_acls import NetworkACLs

if TYPE_CHECKING:
    from moto.core.responses import ActionResult

_create_entry = NetworkACLs.create_network_acl_entry
_replace_entry = NetworkACLs.replace_network_acl_entry


def create_network_acl_entry(asked: NetworkACLs) -> ActionResult:
    """CreateNetworkAclEntry."""
    return _with_icmp(asked, _create_entry(asked))


def replace_network_acl_entry(asked: NetworkACLs) -> ActionResult:
    """ReplaceNetworkAclEntry."""
    return _with_icmp(asked, _replace_entry(asked))


def _with_icmp(asked: NetworkACLs, answer: ActionResult) -> ActionResult:
    parameter = asked._get_param  # noqa: SLF001 - moto's own way to read a parameter
    acl = asked.ec2_backend.get_network_acl(parameter("NetworkAclId"))
    for entry in acl.network_acl_entries:
        if (entry.rule_number, entry.egress) == (parameter("RuleNumber"), parameter("Egress")):
            entry.icmp_type, entry.icmp_code = parameter("IcmpTypeCode.Type"), parameter("IcmpTypeCode.Code")
    return answer
