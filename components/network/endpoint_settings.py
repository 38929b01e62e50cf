"""The settings of a closed network's endpoints, as a stack has them."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import IPv4Network
from typing import TypeVar

from ..base.errors import ConfigError
from ..base.reading import read_list, read_text
from .endpoints import OURS

_Item = TypeVar("_Item")

# AWS's short names: ecr.api, secretsmanager, elasticfilesystem-fips.
_SERVICE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*")
_ACCOUNT = re.compile(r"\d{12}")
_VPC = re.compile(r"vpc-[0-9a-f]{8,17}")

# An endpoint's policy has up to 20,480 characters ("Control access to VPC endpoints", PrivateLink guide), and that of
# sts names each account twice.
_MOST_ACCOUNTS = 500


def read_endpoints(key: str, raw: object) -> Sequence[str]:
    """Read a list of services that get an endpoint beside the network's own.

    Raises:
        ConfigError: no service has such a name, it is in the list twice, or the network has it without being asked.
    """
    return _read_distinct(_read_service, "a list of services, for example [ecr.api, secretsmanager]", key, raw)


def read_accounts(key: str, raw: object) -> Sequence[str]:
    """Read a list of numbers of accounts.

    Raises:
        ConfigError: an entry is none, or in the list twice; or there are too many.
    """
    accounts = _read_distinct(_read_account, 'a list of accounts, for example ["111122223333"]', key, raw)
    if len(accounts) > _MOST_ACCOUNTS:
        raise ConfigError(
            key, f"{len(accounts)} accounts", f"an endpoint's policy has no room for more than {_MOST_ACCOUNTS}."
        )
    return accounts


def read_other_vpcs(key: str, raw: object) -> Sequence[IPv4Network]:
    """Read a list of blocks of addresses.

    Raises:
        ConfigError: an entry is none, or in the list twice.
    """
    return _read_distinct(_read_block, "a list of blocks of other VPCs, for example [10.1.0.0/16]", key, raw)


def read_vpcs(key: str, raw: object) -> Sequence[str]:
    """Read a list of ids of VPCs.

    Raises:
        ConfigError: an entry is none, or in the list twice.
    """
    return _read_distinct(partial(_read_named, _VPC, "a VPC's id, vpc-…"), "a list of ids of VPCs", key, raw)


def _read_distinct(read: Callable[[str, object], _Item], example: str, key: str, raw: object) -> Sequence[_Item]:
    found = read_list(read, example, key, raw)
    for index, one in enumerate(found):
        if one in found[:index]:
            raise ConfigError(f"{key}[{index}]", str(one), "it is in the list already. Remove one.")
    return found


def _read_service(key: str, raw: object) -> str:
    service = _read_named(_SERVICE, "AWS's short name of a service, for example ecr.api", key, raw)
    if service not in OURS:
        return service
    raise ConfigError(
        key,
        service,
        "it has a key of its own, ssm-only:ec2messages. Remove it here."
        if service == "ec2messages"
        else "privatelink has an endpoint for it anyway. Remove it here.",
    )


def _read_account(key: str, raw: object) -> str:
    return _read_named(_ACCOUNT, "an account's number, 12 digits", key, raw)


def _read_named(form: re.Pattern[str], what: str, key: str, raw: object) -> str:
    text = read_text(key, raw)
    if not form.fullmatch(text):
        raise ConfigError(key, text, f"use {what}.")
    return text


def _read_block(key: str, raw: object) -> IPv4Network:
    text = read_text(key, raw)
    try:
        loose = IPv4Network(text, strict=False)
    except ValueError:
        raise ConfigError(key, text, "this is no IPv4 block. Write it like 10.1.0.0/16.") from None
    if str(loose) != text:
        raise ConfigError(key, text, f"the address must be the block's first. Did you mean {loose}?")
    return loose
