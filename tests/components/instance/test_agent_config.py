"""What leads the agent to FIPS endpoints, against AWS's own page and its SDK's data."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from components.base.errors import ConfigError
from components.base.fips import REGIONS, require_fips
from components.base.region import Region
from components.instance.agent_config import fips_config
from tests.components.graph import CN_NORTH_1, US_EAST_1, US_GOV_WEST_1


def known(service: Any, region: str, *, both_kinds: bool = False) -> str:
    """The host that AWS's SDK for Python goes to; both_kinds is of addresses."""
    config = Config(use_fips_endpoint=True, use_dualstack_endpoint=both_kinds)
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=region)
    return str(session.client(service, config=config).meta.endpoint_url).removeprefix("https://")


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(("key", "service"), [("Ssm", "ssm"), ("Kms", "kms"), ("CloudWatchLogs", "logs")])
def test_an_endpoint_is_the_one_that_awss_sdk_takes_for_fips(region: str, key: str, service: str) -> None:
    assert json.loads(fips_config(region))[key] == {"Endpoint": known(service, region)}


def test_s3_is_reached_by_its_name_for_both_kinds_of_addresses() -> None:
    host = known("s3", "us-east-1", both_kinds=True)

    assert json.loads(fips_config("us-east-1"))["S3"] == {"Endpoint": host, "Region": "us-east-1"}


def test_the_channels_which_no_sdk_has_are_those_of_awss_page() -> None:
    """ "Configuring SSM Agent for use with the Federal Information Processing Standard (FIPS)"."""
    config = json.loads(fips_config("ca-west-1"))

    assert config["Mgs"] == {"Endpoint": "ssmmessages-fips.ca-west-1.amazonaws.com", "Region": "ca-west-1"}
    assert config["Mds"] == {"Endpoint": "ec2messages-fips.ca-west-1.amazonaws.com"}


@pytest.mark.parametrize(
    ("region", "refusal"),
    [
        pytest.param(US_EAST_1, None, id="a Region that has them"),
        pytest.param(replace(US_EAST_1, name="ca-west-1"), None, id="another"),
        pytest.param(
            replace(US_EAST_1, name="eu-west-1"),
            "Systems Manager has no such endpoints in eu-west-1; it has in us-east-1, us-east-2, us-west-1, us-west-2, "
            "ca-west-1.",
            id="one that has none",
        ),
        pytest.param(
            CN_NORTH_1,
            "Systems Manager has no such endpoints in cn-north-1; it has in us-east-1, us-east-2, us-west-1, "
            "us-west-2, ca-west-1.",
            id="China",
        ),
        pytest.param(
            US_GOV_WEST_1,
            "the endpoints of Systems Manager in us-gov-west-1 are no others. Remove it.",
            id="GovCloud, which has no others",
        ),
    ],
)
def test_where_there_are_fips_endpoints(region: Region, refusal: str | None) -> None:
    if refusal is None:
        require_fips(region)
        return
    with pytest.raises(ConfigError) as caught:
        require_fips(region)

    assert str(caught.value) == f"ssm-only:fips is 'true': {refusal}"


def test_in_govcloud_awss_sdk_takes_the_ordinary_name_for_fips() -> None:
    assert known("ssm", "us-gov-west-1") == "ssm.us-gov-west-1.amazonaws.com"
