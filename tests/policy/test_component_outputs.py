"""What a component of another language hands out: all that a preview knows is that it comes from the component."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.policy.session_manager_stacks import (
    EC2,
    PRIVATELINK,
    Stack,
    changed,
    endpoint,
    joined,
    made,
)
from tests.policy.test_explain import preview, run

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = made("ssm-only:index:SsmNetwork", "network")
INSIDE = ("vpc", "subnet", "table", "association", "endpoints", "ingress", "ssm", "ssmmessages", "default", "s3")
GATEWAY = changed((endpoint("s3", vpcEndpointType="Gateway", privateDnsEnabled=False),), "s3", securityGroupIds=None)


def built(default: dict[str, Any], **needs: str) -> str:
    """PrivateLink in a component, and an instance outside of it whose one rule leads to what that hands out."""
    egress = changed(PRIVATELINK, "egress", cidrIpv4=None)
    group = made(f"{EC2}/defaultSecurityGroup:DefaultSecurityGroup", "default", default, vpcId="vpc")
    stack: Stack = (*joined(egress, "egress", **needs), group, *GATEWAY, NETWORK)
    whole = json.loads(preview(stack))
    for step in whole["steps"]:
        if step["urn"].rpartition("::")[2] in INSIDE:
            step["newState"]["parent"] = NETWORK.urn
    return json.dumps(whole)


OPEN = {"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]}


@pytest.mark.parametrize(
    ("key", "default", "verdict"),
    [
        pytest.param("referencedSecurityGroupId", {}, "reachable", id="the one group beside an emptied default one"),
        pytest.param("referencedSecurityGroupId", OPEN, "undetermined", id="one of two groups that are in use"),
        pytest.param("prefixListId", {}, "unreachable", id="the list of the one endpoint that has one"),
    ],
)
def test_an_output_of_a_component_is_what_can_be_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, default: dict[str, Any], verdict: str
) -> None:
    """The list is S3's, whose addresses are not Systems Manager's."""
    _, out, _ = run(tmp_path, capsys, built(default, **{key: "network"}))

    assert out.startswith(f"web is {verdict}\n")
