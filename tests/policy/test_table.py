"""The table of both verdicts, asked twice: of the policy as a function, and of the served pack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssm_guard.no_world_ssh import NO_WORLD_SSH
from tests.policy.cases import Case, ec2, elsewhere, templates
from tests.policy.judging import Said, ask_function, ask_server

if TYPE_CHECKING:
    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

CASES = [*ec2.CASES, *elsewhere.CASES, *templates.CASES]
PREVIEW = "can't run policy 'no-world-ssh' from policy pack 'ssm-guard@v0.0.1' during preview: "


def check(case: Case, said: Said) -> None:
    """Every expected beginning, in order, and nothing else."""
    assert [len(case.blocked), len(case.advised)] == [len(said.violations), len(said.advisories)], said
    for expected, text in zip((*case.blocked, *case.advised), (*said.violations, *said.advisories), strict=True):
        assert text.startswith(expected), text


@pytest.mark.parametrize("case", CASES, ids=str)
def test_as_a_function(case: Case) -> None:
    check(case, ask_function(NO_WORLD_SSH, case.token, case.props))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_over_grpc(case: Case, analyzer: AnalyzerStub) -> None:
    said = ask_server(analyzer, "no-world-ssh", case.token, case.props)
    said.advisories = [text.removeprefix(PREVIEW) for text in said.advisories]
    check(case, said)


def test_every_sentence_is_said_once() -> None:
    """Two cases with one id would hide each other in a report."""
    ids = [str(case) for case in CASES]

    assert sorted(set(ids)) == sorted(ids)
