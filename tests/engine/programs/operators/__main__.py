"""Gives operators their access, with a key that is made in the same run; the people themselves are there already."""

import sys
from pathlib import Path

import pulumi
import pulumi_aws as aws

# The components of this checkout, and of no package that is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from components.base.region import Region
from components.operators.access import OperatorAccess, OperatorAccessArgs
from components.operators.console import ready_lines
from components.operators.settings import read_operators

config = pulumi.Config()
region = Region.ask()
key = aws.kms.Key("sessions", description="of sessions", enable_key_rotation=True)
access = OperatorAccess(
    "operators",
    OperatorAccessArgs(
        region=region,
        settings=read_operators("operators", config.require("operators")),
        session_key_arn=key.arn,
        tags={"team": "platform"},
    ),
)
pulumi.export("key", key.arn)
pulumi.export("operators", dict(access.outputs))
pulumi.export("permission_set", access.permission_set)
pulumi.export("lines", dict(ready_lines(region, "web", "i-0123456789abcdef0", access.ways)))
