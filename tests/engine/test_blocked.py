"""The classic bastion, which the pack must stop before its group exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.embedded import ROOT

if TYPE_CHECKING:
    from tests.engine.embedded import Cloud

BASTION = ("-C", str(ROOT / "examples" / "ssh-bastion"), "-s", "dev")
PACK = ("--policy-pack", str(ROOT / "policy"))


def test_the_bastion_is_stopped_at_preview_and_at_up(fresh_cloud: Cloud) -> None:
    preview = fresh_cloud.pulumi("preview", *BASTION, *PACK, code=255)
    up = fresh_cloud.up(*BASTION, *PACK, code=255)
    groups = fresh_cloud.ec2.describe_security_groups()["SecurityGroups"]
    ours = [group for group in groups if group["GroupName"] != "default"]

    for said in (preview, up):
        assert "[mandatory]" in said
        assert "ingress[0].cidrBlocks[0]: 0.0.0.0/0, every IPv4 address, may reach tcp/22." in said
        assert "aws ssm start-session" in said
    assert ours == []


def test_without_the_pack_it_would_open_port_22(fresh_cloud: Cloud) -> None:
    """Else the test above could pass for another reason."""
    fresh_cloud.up(*BASTION)
    groups = fresh_cloud.ec2.describe_security_groups()["SecurityGroups"]
    world = [
        (rule["FromPort"], rule["ToPort"])
        for group in groups
        for rule in group["IpPermissions"]
        if {"CidrIp": "0.0.0.0/0"} in rule["IpRanges"]
    ]

    assert world == [(22, 22)]
