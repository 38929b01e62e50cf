"""Whom the settings name is asked of IAM, before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from components.base.errors import ConfigError
from components.operators.people import require_people
from components.operators.settings import OperatorRole, OperatorSettings
from tests.components.graph import US_EAST_1, deploy

if TYPE_CHECKING:
    from tests.components.graph import Answer

IAM = "arn:aws:iam::123456789012"
ELSEWHERE = "arn:aws:iam::999999999999"


def ask(settings: OperatorSettings, answers: dict[str, Answer] | None = None) -> None:
    deploy(lambda: require_people(US_EAST_1, settings), answers=answers)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="nobody"),
        pytest.param({"groups": ["a"], "users": ["b"], "roles": ["c"]}, id="everybody is there"),
        pytest.param({"role": OperatorRole(trust=[f"{IAM}:user/ann", f"{IAM}:root"])}, id="a user and the account"),
        pytest.param({"role": OperatorRole(trust=[f"{ELSEWHERE}:user/nobody"])}, id="another account is not asked"),
    ],
)
def test_who_is_there_passes(settings: dict[str, Any]) -> None:
    ask(OperatorSettings(**settings))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"groups": ["a", "nobody"]},
            r"operators.groups\[1\] is 'nobody': this account has no such group. Make it first "
            r"\(aws iam create-group --group-name nobody\), or name another.",
            id="a group",
        ),
        pytest.param({"users": ["nobody"]}, r"users\[0\] is 'nobody': .* no such user. .*create-user", id="a user"),
        pytest.param({"roles": ["nobody"]}, r"roles\[0\] is 'nobody': .* no such role. Make it first, or", id="a role"),
        pytest.param(
            {"role": OperatorRole(trust=[f"{IAM}:user/ann", f"{IAM}:role/team/nobody"])},
            r"operators.role.trust\[1\] is 'arn:aws:iam::123456789012:role/team/nobody': this account has no such role",
            id="a role that is trusted",
        ),
        pytest.param(
            {"role": OperatorRole(trust=[f"{IAM}:role/team/Developers"])},
            r"role.trust\[0\] is .*: this account has that role as arn:aws:iam::123456789012:role/Developers. Use this",
            id="a role of another path",
        ),
    ],
)
def test_who_is_not_there_is_refused(settings: dict[str, Any], message: str) -> None:
    def program() -> None:
        with pytest.raises(ConfigError, match=message):
            require_people(US_EAST_1, OperatorSettings(**settings))

    deploy(program)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param("reading IAM Group (a): AccessDenied: not authorized to perform: iam:GetGroup", None, id="denied"),
        pytest.param("reading IAM Group (a): couldn't find resource", "no such group", id="as the provider says it"),
        pytest.param("reading IAM Group (a): Throttling: Rate exceeded", "Throttling", id="another error"),
    ],
)
def test_without_the_right_to_ask_it_goes_on_with_a_warning(
    answer: str, error: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    settings = OperatorSettings(groups=["a"], users=["ann"])

    def program() -> None:
        if error is None:
            require_people(US_EAST_1, settings)
        else:
            with pytest.raises(Exception, match=error):
                require_people(US_EAST_1, settings)

    deploy(program, answers={"aws:iam/getGroup:getGroup": lambda _: answer})

    assert [one.split(". ")[0] for one in said] == (
        ["AWS does not let this program look whether these exist: ssm-only:operators.groups[0]"] if not error else []
    )
