"""The readers and cases of other clouds against the table of what the providers' own SDKs say (`clouds/sdks.py`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ssm_guard.readers import CLOUDS, RULE_SETS
from tests.policy.cases import Case, azure, gcp, other_clouds
from tests.policy.clouds.sdks import TABLE, UNVERIFIED, tokens

SAID: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    token: said["properties"] for sdk in json.loads(TABLE.read_text()).values() for token, said in sdk.items()
}
CASES = [case for case in (*gcp.CASES, *azure.CASES, *other_clouds.CASES) if case.token in SAID]


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Every property that is written, as the table spells it: `rules[].match.srcIpRanges[]`."""
    if isinstance(value, list):
        for item in value:
            yield from paths(item, f"{path}[]")
        if not value:
            yield f"{path}[]"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if inner is not None and not path.endswith("annotations"):  # a map of anything
                yield from paths(inner, f"{path}.{key}" if path else key)
    else:
        yield path


def test_every_type_of_another_cloud_is_in_the_sdk_of_its_provider() -> None:
    """A misspelt token would never be asked for, and so let everything through."""
    assert set(tokens()) - set(SAID) <= UNVERIFIED


@pytest.mark.parametrize("case", [case for case in CASES if case.token not in UNVERIFIED], ids=str)
def test_a_case_is_written_in_properties_that_the_sdk_has(case: Case) -> None:
    written = {path for path in paths(case.props) if path}

    assert written - set(SAID[case.token]) - {path.removesuffix("[]") for path in SAID[case.token]} == set()


def test_the_property_that_names_a_rule_set_is_one_that_the_sdk_has() -> None:
    named = {
        (token, name)
        for rule_set in RULE_SETS
        for token, names in rule_set.rules.items()
        for name in (*names, *rule_set.scope)
        if token in SAID and token not in UNVERIFIED
    }

    assert {(token, name) for token, name in named if name not in SAID[token]} == set()


@pytest.mark.parametrize(
    ("token", "path", "default"),
    [
        pytest.param("gcp:compute/firewall:Firewall", "direction", "INGRESS", id="a firewall of Google's is inbound"),
        pytest.param("openstack:firewall/ruleV2:RuleV2", "action", "deny", id="a firewall rule of OpenStack's denies"),
        pytest.param("openstack:firewall/ruleV2:RuleV2", "protocol", "any", id="and is for every protocol"),
        pytest.param(
            "alicloud:ecs/securityGroupRule:SecurityGroupRule", "policy", "accept", id="Alibaba's rule accepts"
        ),
        pytest.param("alicloud:ecs/securityGroupRule:SecurityGroupRule", "priority", "1", id="and is the first"),
        pytest.param("linode:index/firewall:Firewall", "disabled", "false", id="Linode's firewall is on"),
    ],
)
def test_what_a_reader_takes_for_the_default_is_what_the_sdk_says(token: str, path: str, default: str) -> None:
    assert SAID[token][path]["default"] == default


def test_every_cloud_has_a_case() -> None:
    covered = {token for case in (*gcp.CASES, *azure.CASES, *other_clouds.CASES) for token in [case.token]}

    assert {cloud.name for cloud in CLOUDS if cloud.name != "aws" and not covered & set(cloud.readers)} == set()
