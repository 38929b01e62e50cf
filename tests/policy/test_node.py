"""The pack's view of properties, and the parts of the SDK outside its public API that it leans on."""

from __future__ import annotations

from pulumi import FileAsset
from pulumi_policy.deserialize import serialize_properties
from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_STRING_VALUE, unknown_checking_proxy
from pulumi_policy.secret import Secret

from ssm_guard import values
from ssm_guard.node import SENTINELS, Doubt, Node, Why, plain, root, short


def test_the_sdk_still_has_its_seven_sentinels() -> None:
    assert len(SENTINELS - {"[secret]"}) == 7
    assert {UNKNOWN_ARRAY_VALUE, UNKNOWN_STRING_VALUE} <= SENTINELS


def test_an_unknown_value_is_a_doubt_that_knows_its_place() -> None:
    props = root(unknown_checking_proxy({"ingress": [{"fromPort": UNKNOWN_STRING_VALUE}]}))
    (rule,) = props["ingress"].each()

    assert rule["fromPort"].value == Doubt(Why.UNKNOWN, "ingress[0].fromPort", "unknown")


def test_a_step_into_an_unknown_keeps_the_first_doubt() -> None:
    unknown = Node({"ingress": UNKNOWN_ARRAY_VALUE})["ingress"]

    assert unknown["cidrBlocks"].value == Doubt(Why.UNKNOWN, "ingress", "unknown")


def test_a_step_into_a_word_is_malformed() -> None:
    assert Node("open", ("ingress", 0))["protocol"].value == Doubt(Why.MALFORMED, "ingress[0]", "'open'")


def test_what_is_missing_has_no_elements() -> None:
    assert list(Node({})["ingress"].each()) == []


def test_plain_values_are_what_the_sdk_serialises() -> None:
    """The pack's copy is faster, and must not be another."""
    given = {
        "text": "x",
        "unknown": UNKNOWN_STRING_VALUE,
        "rules": [{"ports": [22.0, None, True]}, {}],
        "secret": Secret({"inner": [1]}),
        "asset": FileAsset("x"),
    }

    assert plain(unknown_checking_proxy(given)) == serialize_properties(unknown_checking_proxy(given))


def test_a_long_text_is_cut_before_it_is_quoted() -> None:
    """What `repr` makes of 50 MB is as long again, and all but 60 characters of it are thrown away."""
    assert len(short("x" * 1_000)) == 61
    assert len(short(["x" * 1_000] * 1_000)) == 61


def test_a_value_within_itself_can_be_quoted() -> None:
    around: list[object] = []
    around.append(around)

    assert len(short(around)) <= 61


def test_the_cache_of_networks_keeps_no_long_text() -> None:
    before = values._network.cache_info().currsize  # noqa: SLF001 - what it holds shows nowhere else

    assert isinstance(values.network(Node("1" * 1_000)), Doubt)
    assert values._network.cache_info().currsize == before  # noqa: SLF001 - as above
