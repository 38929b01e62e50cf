"""Other clouds: every type and trap with both verdicts, asked of the resource policy and of the stack policy together.

A rule that another resource may come before is judged by the stack policy alone; a person sees one list of messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.no_world_ssh_across_resources import NO_WORLD_SSH_ACROSS_RESOURCES
from tests.policy.cases import Case, azure, gcp, other_clouds
from tests.policy.judging import Made, ask_function, ask_server, ask_stack_function, ask_stack_server

if TYPE_CHECKING:
    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

CASES = [*gcp.CASES, *azure.CASES, *other_clouds.CASES]


def check(case: Case, texts: list[str]) -> None:
    assert len(case.blocked) == len(texts), texts
    for expected, text in zip(case.blocked, texts, strict=True):
        assert text.removeprefix("it.").startswith(expected), text


@pytest.mark.parametrize("case", CASES, ids=str)
def test_as_functions(case: Case) -> None:
    alone = ask_function(NO_WORLD_SSH, case.token, case.props)
    together = ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, [Made(case.token, "it", case.props)])

    check(case, [*alone.violations, *(text for _, text in together)])
    assert len(case.advised) == len(alone.advisories)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_over_grpc(case: Case, analyzer: AnalyzerStub) -> None:
    alone = ask_server(analyzer, "no-world-ssh", case.token, case.props)
    together = ask_stack_server(analyzer, "no-world-ssh-across-resources", [Made(case.token, "it", case.props)])

    check(case, [*alone.violations, *(text for _, text in together if "can't run policy" not in text)])


def test_every_sentence_is_said_once() -> None:
    ids = [str(case) for case in CASES]

    assert sorted(set(ids)) == sorted(ids)
