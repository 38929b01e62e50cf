"""docs/pull-requests.md, held to what the workflows do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import plan
import report

ROOT = Path(__file__).resolve().parent.parent.parent
REPORTS = "WhatInstancesReported"
DRIFT_GUIDE = (ROOT / "docs/drift.md").read_text()
GUIDE = (ROOT / "docs/pull-requests.md").read_text()


def documents() -> list[Any]:
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]


def test_the_trust_is_for_one_repositorys_pull_requests() -> None:
    trust, _ = documents()
    [statement] = trust["Statement"]

    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:your-organisation/your-repository:pull_request",
        }
    }


def test_the_role_only_reads() -> None:
    _, permissions = documents()
    actions = [
        action
        for statement in permissions["Statement"]
        for action in (statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]])
    ]

    assert sorted(actions) == [
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeManagedPrefixLists",
        "ec2:DescribeNatGateways",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribePrefixLists",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcBlockPublicAccessOptions",
        "ec2:DescribeVpcEndpointServices",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
        "ec2:GetManagedPrefixListEntries",
        "iam:GetGroup",
        "iam:GetRole",
        "iam:GetUser",
        "kms:Decrypt",
        "kms:DescribeKey",
        "logs:DescribeLogGroups",
        "logs:ListTagsForResource",
        "route53:GetHostedZone",
        "route53:ListHostedZones",
        "route53:ListResourceRecordSets",
        "route53:ListTagsForResource",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:ListBucket",
        "ssm:GetDocument",
        "ssm:GetParameter",
    ]
    # EC2's Describe actions know no narrower resource, nor does the list of hosted zones, in which a name is looked up.
    assert [each["Sid"] for each in permissions["Statement"] if each["Resource"] == "*"] == [
        "WhatTheProgramAsks",
        "TheVpcThatYouHave",
    ]


def test_the_guide_names_each_variable() -> None:
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", GUIDE, re.MULTILINE))
    used = set(re.findall(r"vars\.([A-Z_]+)", (ROOT / ".github/workflows/guard.yml").read_text()))

    # The audience has a default.
    assert named == used == {*plan.VARIABLES, "AWS_OIDC_AUDIENCE"}


def test_the_guide_shows_the_verdicts_as_they_are() -> None:
    shown = re.findall(r"^\| (\*\*ssm-guard \w+\*\*: .*?) \| (?:green|red) \|", GUIDE, re.MULTILINE)
    passed = report.Outcome(code=0, changes={"create": 20}, packs=["ssm-guard"])
    advised = report.Outcome(code=0, advisory=["one"], changes={"same": 20}, packs=["ssm-guard"])
    blocked = report.Outcome(code=1, mandatory=["one", "two", "three"], changes={}, packs=["ssm-guard"])
    failed = report.Outcome(code=1, changes={}, packs=[])

    assert shown[:-1] == [report.verdict("infra", "dev", each) for each in (passed, advised, blocked, failed)]
    assert shown[-1] == "**ssm-guard failed**: `dev` in `infra` was not previewed."


def test_the_drift_checks_role_only_reads() -> None:
    statements = json.loads(re.findall(r"```json\n(.*?)```", DRIFT_GUIDE, re.DOTALL)[0])
    actions = [action for one in statements for action in ([one["Action"]] if one["Sid"] == REPORTS else one["Action"])]

    assert [one["Effect"] for one in statements] == ["Allow", "Allow"]
    assert all(re.match(r"[a-z0-9]+:(Describe|Get|List)", action) for action in actions)
    # It would read every parameter and every object of the account.
    assert not {"s3:GetObject", "s3:Get*", "ssm:Get*"} & set(actions)
    assert [one["Resource"] for one in statements if "ssm:GetParameter" in one["Action"]] == [
        ["arn:aws:ssm:*:111122223333:parameter/boot-check/*", "arn:aws:ssm:*:111122223333:parameter/commands/*"]
    ]
