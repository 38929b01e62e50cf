"""What a person reads, word for word: a message is the pack's whole user interface."""

from __future__ import annotations

from ssm_guard.no_world_ssh import NO_WORLD_SSH, validate
from tests.policy.cases.ec2 import GROUP, rule
from tests.policy.judging import UNKNOWN, arguments, ask_function

REMEDY = (
    "Take it out, and connect with `aws ssm start-session --target <instance id>`: "
    "Session Manager needs no inbound rule (with no way to the internet: VPC endpoints for ssm and ssmmessages)."
)


def said(*ingress: object) -> list[str]:
    return ask_function(NO_WORLD_SSH, GROUP, {"ingress": list(ingress)}).violations


def test_part_value_and_what_to_do_instead() -> None:
    assert said(rule()) == [f"ingress[0].cidrBlocks[0]: 0.0.0.0/0, every IPv4 address, may reach tcp/22. {REMEDY}"]


def test_halves() -> None:
    assert said(rule(cidrBlocks=["0.0.0.0/1", "128.0.0.0/1"])) == [
        (
            "ingress[0].cidrBlocks[0] (0.0.0.0/1), ingress[0].cidrBlocks[1] (128.0.0.0/1) add up to "
            f"0.0.0.0/0, every IPv4 address, which may reach tcp/22. {REMEDY}"
        )
    ]


def test_many_pieces_are_counted() -> None:
    (text,) = said(rule(cidrBlocks=[f"{first}.0.0.0/8" for first in range(256)]))

    assert " and 253 more add up to 0.0.0.0/0, every IPv4 address, which may reach tcp/22." in text


def test_a_value_that_is_none() -> None:
    assert said(rule(cidrBlocks=["anywhere"])) == [
        "ingress[0].cidrBlocks[0]: cannot judge 'anywhere', which is not a value that is taken here. Correct it."
    ]


def test_a_long_value_is_cut() -> None:
    (text,) = said(rule(cidrBlocks=["x" * 10_000]))

    assert len(text) < 200


def test_unknown_values_are_one_line() -> None:
    props = {"ingress": [rule(cidrBlocks=[UNKNOWN, UNKNOWN]), rule(UNKNOWN), rule(low=UNKNOWN)]}

    assert ask_function(NO_WORLD_SSH, GROUP, props).advisories == [
        (
            "ingress[0].cidrBlocks[0], ingress[0].cidrBlocks[1], ingress[1].protocol and 1 more: "
            "not known before `pulumi up`, which judges it"
        )
    ]


def test_five_hundred_violations_are_a_hundred_short_lines_and_a_count() -> None:
    *texts, last = said(*(rule() for _ in range(500)))

    assert len(texts) == 100
    assert max(map(len, texts)) < 280
    assert not any("\n" in text for text in texts)
    assert [text.partition(":")[0] for text in texts] == [f"ingress[{index}].cidrBlocks[0]" for index in range(100)]
    assert last == "and 400 more of this resource, which are not shown"


def test_a_group_that_awsx_made_says_what_to_pass() -> None:
    """Its load balancers and services come with a group that is open to everybody on every port."""
    args = arguments(GROUP, {"ingress": [rule("-1", 0, 0)]})
    args.urn = "urn:pulumi:dev::project::awsx:lb:ApplicationLoadBalancer$aws:ec2/securityGroup:SecurityGroup::lb"
    texts: list[str] = []

    def report(message: str, _urn: str | None = None) -> None:
        texts.append(message)

    validate(args, report)

    assert texts[0].endswith(" A component of awsx made this: give it `securityGroups` or `defaultSecurityGroup`.")
