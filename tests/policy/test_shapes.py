"""The cases once more, in the shape in which the real engine sends them: before the first update, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.no_world_ssh_across_resources import NO_WORLD_SSH_ACROSS_RESOURCES
from ssm_guard.opaque_ingress import OPAQUE_INGRESS
from tests.policy import test_across_resources as across
from tests.policy import test_table as table
from tests.policy.judging import ask_function, ask_stack_function
from tests.policy.shapes import SHAPES, WHEN, inputs, outputs

if TYPE_CHECKING:
    from tests.policy.cases import Case

RESOURCES = [case for case in table.CASES if case.token in SHAPES]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("case", RESOURCES, ids=str)
def test_a_resource(case: Case, when: str) -> None:
    table.check(case, ask_function(NO_WORLD_SSH, case.token, inputs(case.token, case.props, when)))


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("case", across.CASES, ids=str)
def test_a_stack(case: across.Whole, when: str) -> None:
    across.check(case, ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, outputs(case.stack, when)))


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("case", across.OPAQUE, ids=str)
def test_what_is_out_of_sight(case: across.Whole, when: str) -> None:
    across.check(case, ask_stack_function(OPAQUE_INGRESS, outputs(case.stack, when)))
