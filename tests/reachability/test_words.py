"""Every text is said of something, and everything that can be said has a text."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from reachability import identity
from reachability.reasoning import judge
from reachability.view import View
from reachability.words import HOPS, LINKS, broken_text, code_of, mend_text, step_text
from tests.reachability.mutations import MUTATIONS
from tests.reachability.worlds import VARIANTS

if TYPE_CHECKING:
    from reachability.findings import Link

PACKAGE = Path(__file__).resolve().parent.parent.parent / "policy" / "reachability"

# AWS's codes that a way to Systems Manager can meet ("Reachability Analyzer explanation codes", VPC user guide).
CODES = {
    *("BAD_STATE", "BAD_STATE_ATTACHMENT", "BAD_STATE_ROUTE", "NO_ROUTE_TO_DESTINATION", "NO_POSSIBLE_DESTINATION"),
    *("ENI_SG_RULES_MISMATCH", "SUBNET_ACL_RESTRICTION", "ENI_SOURCE_DEST_CHECK_RESTRICTION"),
    *("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"),
}


def literals(*functions: str) -> set[str]:
    """The texts that the package hands to these functions first."""
    found: set[str] = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
                found |= {str(one.value) for one in node.args[:1] if isinstance(one, ast.Constant)}
    return found


def test_each_cause_and_each_step_has_its_text() -> None:
    assert literals("link") - LINKS.keys() == set()
    assert literals("hop") - HOPS.keys() == set()


def said() -> set[Link]:
    found: set[Link] = set()
    for mutation in MUTATIONS:
        world = mutation.breaks(VARIANTS[mutation.variant]())
        found |= set(judge(View(world), world.hosts["host"], mutation.needs).broken)
    return found


def test_each_cause_is_met_by_a_mutation() -> None:
    """Those of the role have tests of their own. A host without any address is in no subnet that EC2 would make."""
    assert LINKS.keys() - identity.TEXTS.keys() - {link.cause for link in said()} == {"no-address"}


def test_each_text_has_its_names_and_each_mend_its_changes() -> None:
    for link in said():
        assert "{" not in broken_text(link) + mend_text(link)
        assert link.mend
        assert step_text(link) == f"{broken_text(link)}; {mend_text(link)}"


def test_the_codes_are_awss() -> None:
    assert {code_of(link) for link in said()} - {""} == CODES
