from __future__ import annotations

import pytest

from ssm_guard.no_key_pair import NO_KEY_PAIR
from tests.policy.judging import UNKNOWN, ask_function

INSTANCE = "aws:ec2/instance:Instance"


@pytest.mark.parametrize(
    ("token", "props", "expected"),
    [
        pytest.param(INSTANCE, {}, None, id="none"),
        pytest.param(INSTANCE, {"keyName": ""}, None, id="an empty name"),
        pytest.param(INSTANCE, {"keyName": "ops"}, "keyName names the key pair 'ops'.", id="one"),
        pytest.param(INSTANCE, {"keyName": UNKNOWN}, "keyName names a key pair that is not known yet.", id="a new one"),
        pytest.param("aws:ec2/launchTemplate:LaunchTemplate", {"keyName": "ops"}, "keyName names", id="in a template"),
        pytest.param(
            "aws-native:ec2:LaunchTemplate",
            {"launchTemplateData": {"keyName": "ops"}},
            "launchTemplateData.keyName names",
            id="in a native template",
        ),
        pytest.param("aws:ec2/keyPair:KeyPair", {"keyName": "ops"}, None, id="a key pair that no instance has"),
    ],
)
def test_verdict(token: str, props: dict[str, object], expected: str | None) -> None:
    said = ask_function(NO_KEY_PAIR, token, props)

    assert ([] if expected is None else [expected]) == [text[: len(expected or "")] for text in said.violations]
