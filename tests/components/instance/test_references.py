"""What an instance names and somebody else made, asked of AWS."""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.base.targets import PrefixListTarget, SecurityGroupTarget, Target
from components.instance.egress import Egress, Protocol
from components.instance.references import find_volume_key, require_burstable, require_closed_group, require_target
from tests.components.graph import OPEN_GROUP, S3_PREFIXES, US_EAST_1, Answer, deploy

GROUP, LIST = "sg-0123456789abcdef0", "pl-0123456789abcdef0"
OF_ENDPOINTS = "sg-0eeeeeeeeeeeeeeee"
NO_GROUP, NO_LIST = "sg-00000000000000000", "pl-00000000000000000"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
GET_KEY = "aws:kms/getKey:getKey"


def told(ask: Callable[[], object], answers: Mapping[str, Answer] | None = None) -> str:
    """What asking is refused with, or what it gives as text."""
    said: list[str] = []

    def program() -> None:
        try:
            said.append(str(ask()))
        except ConfigError as error:
            said.append(str(error))

    assert deploy(program, answers=answers).resources == {}
    return said[0]


def to(target: Target, *, port: int = 443, protocol: Protocol = Protocol.TCP) -> Egress:
    return Egress(port=port, to=target, why="x", protocol=protocol)


@pytest.mark.parametrize(
    ("way", "is_closed", "refused"),
    [
        pytest.param(to(IPv4Network("10.0.0.0/8")), True, "", id="a block is nobody's"),
        pytest.param(to(SecurityGroupTarget(name=GROUP, id=GROUP)), True, "", id="a group"),
        pytest.param(to(PrefixListTarget(name=LIST, id=LIST)), True, "", id="a list"),
        pytest.param(
            to(SecurityGroupTarget(name=NO_GROUP, id=NO_GROUP)),
            True,
            f"egress[0].to is '{NO_GROUP}': EC2 has no such security group in this Region. An id is of one Region.",
            id="no group",
        ),
        pytest.param(
            to(PrefixListTarget(name=NO_LIST, id=NO_LIST)),
            False,
            f"egress[0].to is '{NO_LIST}': EC2 has no such prefix list in this Region.",
            id="no list",
        ),
        pytest.param(
            to(PrefixListTarget(name=S3_PREFIXES, id=S3_PREFIXES)),
            True,
            f"egress[0].to is '{S3_PREFIXES}': every instance of privatelink has this way already. Remove it.",
            id="S3, where the way to it is there",
        ),
        pytest.param(
            to(SecurityGroupTarget(name=OF_ENDPOINTS, id=OF_ENDPOINTS)),
            True,
            f"egress[0].to is '{OF_ENDPOINTS}': every instance of privatelink has this way already. Remove it.",
            id="the endpoints that the stack made",
        ),
        pytest.param(
            to(SecurityGroupTarget(name=OF_ENDPOINTS, id=OF_ENDPOINTS), port=8443), True, "", id="they on another port"
        ),
        pytest.param(to(PrefixListTarget(name=S3_PREFIXES, id=S3_PREFIXES)), False, "", id="S3, in an open network"),
        pytest.param(
            to(PrefixListTarget(name=S3_PREFIXES, id=S3_PREFIXES), port=80), True, "", id="S3 on another port"
        ),
        pytest.param(
            to(PrefixListTarget(name=S3_PREFIXES, id=S3_PREFIXES), protocol=Protocol.UDP), True, "", id="S3 by UDP"
        ),
    ],
)
def test_where_a_way_leads_is_there(way: Egress, is_closed: bool, refused: str) -> None:  # noqa: FBT001 - pytest passes them by name
    said = told(
        lambda: require_target(US_EAST_1, "egress[0].to", way, is_closed=is_closed, endpoints_group=OF_ENDPOINTS)
    )

    assert said == (f"ssm-only:{refused}" if refused else "None")


@pytest.mark.parametrize(
    ("group", "refused"),
    [
        pytest.param(GROUP, "", id="with outbound rules alone"),
        pytest.param(
            OPEN_GROUP,
            f"groups[0] is '{OPEN_GROUP}': its rule sgr-{OPEN_GROUP}-2 lets 10.0.0.0/8 in, and nothing comes in to an "
            "instance of this stack. Take the rule away, or use a group that has none.",
            id="with an inbound one",
        ),
        pytest.param(
            NO_GROUP,
            f"groups[0] is '{NO_GROUP}': EC2 has no such security group in this Region. An id is of one Region.",
            id="that is none",
        ),
    ],
)
def test_a_further_group_lets_nobody_in(group: str, refused: str) -> None:
    assert told(lambda: require_closed_group("groups[0]", group)) == (f"ssm-only:{refused}" if refused else "None")


@pytest.mark.parametrize(
    ("vpc_id", "refused"),
    [
        pytest.param("vpc", "", id="the instance's"),
        pytest.param(
            "vpc-2", "it is of vpc, and the instance is to be in vpc-2. Use one of that VPC.", id="another VPC"
        ),
        pytest.param(
            "",
            "it is of vpc, and the stack's own VPC is still to be made. Make one in that VPC, and add it with the next "
            "`up`.",
            id="a VPC that is to be made, which no group can be of",
        ),
    ],
)
def test_a_further_group_is_of_the_instances_vpc(vpc_id: str, refused: str) -> None:
    said = told(lambda: require_closed_group("groups[0]", "sg-0123456789abcdef0", vpc_id=vpc_id))

    assert said == (f"ssm-only:groups[0] is 'sg-0123456789abcdef0': {refused}" if refused else "None")


FOUND = {"arn": KEY, "enabled": True, "keyState": "Enabled", "keySpec": "SYMMETRIC_DEFAULT"}
ELSEWHERE = "arn:aws:kms:eu-west-1:123456789012:key/1"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(FOUND, KEY, id="the ARN of what the alias is of"),
        pytest.param(
            "reading KMS Key (alias/volumes): NotFoundException: Alias is not found.",
            "ssm-only:volumeKey is 'alias/volumes': there is no such key. Make it first, or use another.",
            id="none",
        ),
        pytest.param(
            {**FOUND, "enabled": False, "keyState": "PendingDeletion"},
            "ssm-only:volumeKey is 'alias/volumes': its state is PendingDeletion. Enable it (aws kms enable-key), or "
            "use another.",
            id="one that is on its way out",
        ),
        pytest.param(
            {**FOUND, "arn": ELSEWHERE},
            "ssm-only:volumeKey is 'alias/volumes': it is in eu-west-1, and the volumes are in us-east-1. Use a key "
            "that is there.",
            id="another Region's",
        ),
        pytest.param(
            {**FOUND, "keySpec": "RSA_2048"},
            "ssm-only:volumeKey is 'alias/volumes': EBS takes symmetric keys for encryption alone. Use one of those.",
            id="an asymmetric one",
        ),
    ],
)
def test_the_key_of_volumes(answer: dict[str, Any] | str, said: str) -> None:
    assert told(lambda: find_volume_key(US_EAST_1, "volumeKey", "alias/volumes"), {GET_KEY: lambda _: answer}) == said


@pytest.mark.parametrize(
    ("instance_type", "refused"),
    [
        pytest.param("t3.micro", "None", id="burstable"),
        pytest.param(
            "im4gn.large",
            "ssm-only:instanceType is 'im4gn.large': only burstable types (t2, t3, t3a, t4g) have CPU credits. Remove "
            "cpuCredits.",
            id="not burstable",
        ),
    ],
)
def test_cpu_credits_are_of_burstable_types(instance_type: str, refused: str) -> None:
    assert told(lambda: require_burstable("instanceType", instance_type)) == refused
