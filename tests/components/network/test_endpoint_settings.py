"""What a stack may say of a closed network's endpoints, and what it is told otherwise."""

import json
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.network.endpoint_policy import interface_policy
from components.network.endpoint_settings import read_accounts, read_endpoints, read_other_vpcs, read_vpcs

ACCOUNTS = [f"{number:012}" for number in range(500)]


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        pytest.param(read_endpoints, '["ecr.api", "ecr.dkr", "sts"]', ("ecr.api", "ecr.dkr", "sts"), id="services"),
        pytest.param(read_endpoints, '["elasticfilesystem-fips"]', ("elasticfilesystem-fips",), id="a FIPS one"),
        pytest.param(read_endpoints, '["logs", "kms"]', ("logs", "kms"), id="those that sessions may ask for"),
        pytest.param(
            read_accounts, '["222233334444", "000000000001"]', ("222233334444", "000000000001"), id="accounts"
        ),
        pytest.param(read_accounts, json.dumps(ACCOUNTS), tuple(ACCOUNTS), id="as many accounts as fit"),
        pytest.param(read_other_vpcs, '["10.1.0.0/16"]', (IPv4Network("10.1.0.0/16"),), id="a block"),
        pytest.param(
            read_vpcs, '["vpc-0123456789abcdef0", "vpc-1a2b3c4d"]', ("vpc-0123456789abcdef0", "vpc-1a2b3c4d"), id="VPCs"
        ),
    ],
)
def test_it_is_read(read: Callable[[str, object], Any], raw: str, value: tuple[Any, ...]) -> None:
    assert tuple(read("key", raw)) == value


@pytest.mark.parametrize(
    ("read", "raw", "message"),
    [
        pytest.param(
            read_endpoints,
            '["ecr.api", "ssm"]',
            "key[1] is 'ssm': privatelink has an endpoint for it anyway. Remove it here.",
            id="one that is there",
        ),
        pytest.param(
            read_endpoints,
            '["s3"]',
            "key[0] is 's3': privatelink has an endpoint for it anyway. Remove it here.",
            id="S3, whose gateway is there",
        ),
        pytest.param(
            read_endpoints,
            '["ec2messages"]',
            "key[0] is 'ec2messages': it has a key of its own, ssm-only:ec2messages. Remove it here.",
            id="one that has its own key",
        ),
        pytest.param(
            read_endpoints, '["sts", "sts"]', "key[1] is 'sts': it is in the list already. Remove one.", id="one twice"
        ),
        pytest.param(
            read_endpoints,
            '["com.amazonaws.us-east-1.STS"]',
            "key[0] is 'com.amazonaws.us-east-1.STS': use AWS's short name of a service, for example ecr.api.",
            id="in capitals",
        ),
        pytest.param(
            read_accounts,
            "[222233334444]",
            'key[0] is 222233334444: this is no text. Put it in quotes: "222233334444".',
            id="a number without quotes, whose zeros YAML takes away",
        ),
        pytest.param(
            read_accounts, '["12"]', "key[0] is '12': use an account's number, 12 digits.", id="too few digits"
        ),
        pytest.param(
            read_accounts,
            json.dumps([*ACCOUNTS, "999999999999"]),
            "key is '501 accounts': an endpoint's policy has no room for more than 500.",
            id="more accounts than fit",
        ),
        pytest.param(
            read_other_vpcs,
            '["10.1.0.1/16"]',
            "key[0] is '10.1.0.1/16': the address must be the block's first. Did you mean 10.1.0.0/16?",
            id="an address in a block",
        ),
        pytest.param(
            read_other_vpcs,
            '["vpc-1"]',
            "key[0] is 'vpc-1': this is no IPv4 block. Write it like 10.1.0.0/16.",
            id="no block",
        ),
        pytest.param(read_vpcs, '["my-vpc"]', "key[0] is 'my-vpc': use a VPC's id, vpc-….", id="a VPC's name"),
    ],
)
def test_it_is_refused(read: Callable[[str, object], Any], raw: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read("key", raw)

    assert str(caught.value) == f"ssm-only:{message}"


@pytest.mark.parametrize("service", ["ssm", "sts"])
def test_as_many_accounts_as_are_taken_fit_into_an_endpoints_policy(service: str) -> None:
    """20,480 characters: "Control access to VPC endpoints", PrivateLink guide. The network's own is one more."""
    assert len(interface_policy(service, [*ACCOUNTS, "123456789012"])) <= 20_480
