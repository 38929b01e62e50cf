from __future__ import annotations

import pytest

from ssm_guard.imdsv2_required import IMDSV2_REQUIRED
from tests.policy.judging import UNKNOWN, ask_function

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NATIVE_TEMPLATE = "aws-native:ec2:LaunchTemplate"
REQUIRED = {"metadataOptions": {"httpTokens": "required"}}
OPTIONAL = {"metadataOptions": {"httpTokens": "optional"}}


@pytest.mark.parametrize(
    ("token", "props", "expected"),
    [
        pytest.param(INSTANCE, REQUIRED, None, id="required"),
        pytest.param(INSTANCE, OPTIONAL, "metadataOptions.httpTokens is 'optional', so IMDSv1", id="optional"),
        pytest.param(INSTANCE, {}, "metadataOptions.httpTokens is not set, so IMDSv1", id="not set"),
        pytest.param(INSTANCE, {"metadataOptions": {"httpEndpoint": "disabled"}}, None, id="no metadata at all"),
        pytest.param(INSTANCE, {"launchTemplate": {"id": "lt-1"}}, None, id="the launch template says it"),
        pytest.param(
            INSTANCE, {"launchTemplate": {"id": "lt-1"}, **OPTIONAL}, "metadataOptions", id="overrides the template"
        ),
        pytest.param(TEMPLATE, REQUIRED, None, id="a template that requires it"),
        pytest.param(TEMPLATE, {}, "metadataOptions.httpTokens is not set", id="a template that doesn't"),
        pytest.param(NATIVE_TEMPLATE, {"launchTemplateData": REQUIRED}, None, id="a native template that requires it"),
        pytest.param(
            NATIVE_TEMPLATE, {"launchTemplateData": {}}, "launchTemplateData.metadataOptions", id="one that doesn't"
        ),
        pytest.param("aws:s3/bucket:Bucket", {}, None, id="a bucket"),
    ],
)
def test_verdict(token: str, props: dict[str, object], expected: str | None) -> None:
    said = ask_function(IMDSV2_REQUIRED, token, props)

    assert ([] if expected is None else [expected]) == [text[: len(expected or "")] for text in said.violations]
    assert said.advisories == []


def test_an_unknown_setting_is_said_not_to_be_known() -> None:
    said = ask_function(IMDSV2_REQUIRED, INSTANCE, {"metadataOptions": {"httpTokens": UNKNOWN}})

    assert said.violations == []
    assert said.advisories[0].startswith("metadataOptions.httpTokens: not known")
