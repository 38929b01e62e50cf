"""What the SDK raises at, and what the pack says of it; the SDK's own behaviour is asked beside the pack's."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime import proto

from tests.policy.cases.ec2 import GROUP, rule
from tests.policy.judging import UNKNOWN, connected, urn_of
from tests.policy.on_the_wire import lists_within_each_other, maps_within_each_other, struct
from tests.policy.test_properties import EVERY_TOKEN, KEYS, LEAVES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "4dabf18193072939515e22adb298388d"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
HASH = hashlib.sha256(b"").hexdigest()
# As the engine sends `new pulumi.asset.StringAsset("")`.
EMPTY = {KEY: ASSET, "hash": HASH}
WORLD = rule()
OFFICE = rule(cidrBlocks=["10.0.0.0/8"])
IDLE = """
from pulumi_policy import PolicyPack, ResourceValidationPolicy, StackValidationPolicy
def nothing(args, report_violation): pass
PolicyPack("idle", policies=[
    ResourceValidationPolicy(name="resource", description="d", validate=nothing),
    StackValidationPolicy(name="stack", description="d", validate=nothing),
])
"""

ODD: dict[str, Any] = {
    "an asset with an empty text": EMPTY,
    "an archive with an empty file": {KEY: ARCHIVE, "hash": HASH, "assets": {"__init__.py": EMPTY}},
    "an archive of which a refresh left the hash": {KEY: ARCHIVE, "hash": HASH},
    "an archive with a part that is unknown": {KEY: ARCHIVE, "assets": {"a": UNKNOWN}},
    "an asset at an unknown place": {KEY: ASSET, "path": {KEY: OUTPUT}},
    "an archive within archives, too deep": {KEY: ARCHIVE, "assets": {"a": {KEY: ARCHIVE, "assets": {"b": [1]}}}},
    "not a number": math.nan,
    "infinity": [{"x": math.inf}],
    "a known output": {KEY: OUTPUT, "value": "x", "secret": True, "dependencies": []},
    "an unknown output": {KEY: OUTPUT},
    "a reference to a resource": {KEY: REFERENCE, "urn": urn_of(GROUP), "id": "sg-1", "packageVersion": ""},
    "a signature of tomorrow": {KEY: "tomorrow", "value": 1},
    "a signature that is a number": {KEY: 1.0},
    "a secret without a value": {KEY: SECRET, "ciphertext": "v1:x"},
}


class Asked:
    """A pack that is asked in bytes: what the test process can't hold itself, it can still send."""

    def __init__(self, channel: grpc.Channel) -> None:
        service = proto.analyzer_pb2.DESCRIPTOR.services_by_name["Analyzer"]
        self._ask: dict[str, Any] = {
            method.name: channel.unary_unary(
                f"/{service.full_name}/{method.name}",
                request_serializer=bytes,
                response_deserializer=GetMessageClass(method.output_type).FromString,
            )
            for method in service.methods
        }

    def ask(self, method: str, request: bytes) -> list[str]:
        answer = self._ask[method](request).diagnostics
        return [f"{one.policyName}: {one.message.partition(chr(10))[2] or one.message}" for one in answer]

    def configure(self, request: proto.ConfigureAnalyzerRequest) -> None:
        self._ask["Configure"](request.SerializeToString())

    def resource(self, properties: bytes, token: str = GROUP) -> list[str]:
        request = proto.AnalyzeRequest(type=token, urn=urn_of(token), name="it").SerializeToString()
        return self.ask("Analyze", request + _member(proto.AnalyzeRequest, "properties", properties))

    def stack(self, properties: bytes, token: str = GROUP) -> list[str]:
        resource = proto.AnalyzerResource(type=token, urn=urn_of(token), name="it").SerializeToString()
        resource += _member(proto.AnalyzerResource, "properties", properties)
        return self.ask("AnalyzeStack", _member(proto.AnalyzeStackRequest, "resources", resource))

    def remedies(self, properties: bytes) -> int:
        request = proto.AnalyzeRequest(type=GROUP, urn=urn_of(GROUP), name="it").SerializeToString()
        answer = self._ask["Remediate"](request + _member(proto.AnalyzeRequest, "properties", properties))
        return len(answer.remediations)


def _member(message: Any, name: str, content: bytes) -> bytes:
    """A member of a message that is a message, by concatenation, which is how protobuf merges."""
    number = message.DESCRIPTOR.fields_by_name[name].number
    length, groups = len(content), []
    while length > 127:
        groups.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *groups, length]) + content


@pytest.fixture(scope="module")
def pack(pack_copy: Path) -> Iterator[Asked]:
    with connected(pack_copy) as channel:
        yield Asked(channel)


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The SDK with nothing of ours around it."""
    folder = tmp_path_factory.mktemp("idle")
    (folder / "__main__.py").write_text(IDLE)
    with connected(folder) as channel:
        yield Asked(channel)


@pytest.fixture(scope="module")
def repairing(pack_copy: Path) -> Iterator[Asked]:
    """The pack with `no-world-ssh` at the level `remediate`."""
    level = proto.PolicyConfig(enforcementLevel=proto.REMEDIATE)
    with connected(pack_copy) as channel:
        asked = Asked(channel)
        asked.configure(proto.ConfigureAnalyzerRequest(policyConfig={"no-world-ssh": level}))
        yield asked


def packed(props: dict[str, Any]) -> bytes:
    return struct(props).SerializeToString()


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_the_sdk_still_raises(sdk: Asked, odd: object) -> None:
    """Where this goes red, the SDK has learned to read the value, and the guard may unlearn it."""
    for ask in (sdk.resource, sdk.stack, sdk.remedies):
        with pytest.raises(grpc.RpcError):
            ask(packed({"odd": odd}))


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_value_that_is_none_of_its_business_changes_no_verdict(pack: Asked, odd: object) -> None:
    """Beside a rule, and in a resource that no policy looks at."""
    (said,) = pack.resource(packed({"odd": odd, "ingress": [WORLD]}))

    assert said.startswith("no-world-ssh: ingress[0].cidrBlocks[0]: 0.0.0.0/0, every IPv4 address, may reach tcp/22.")
    assert pack.resource(packed({"odd": odd, "ingress": [OFFICE]})) == []
    assert pack.stack(packed({"odd": odd, "ingress": [OFFICE]})) == []
    assert pack.resource(packed({"code": odd}), "aws:lambda/function:Function") == []
    assert pack.stack(packed({"code": odd}), "aws:lambda/function:Function") == []


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_value_that_the_sdk_cannot_read_is_never_written_back(repairing: Asked, odd: object) -> None:
    """A remediation's answer takes the place of all properties: the resource stays as it is, and a violation."""
    assert repairing.remedies(packed({"ingress": [OFFICE, WORLD]})) == 1
    assert repairing.remedies(packed({"odd": odd, "ingress": [OFFICE, WORLD]})) == 0
    assert len(repairing.resource(packed({"odd": odd, "ingress": [OFFICE, WORLD]}))) == 1


def test_a_provider_counts_too(pack: Asked, sdk: Asked) -> None:
    """Each resource comes with the settings of its provider."""
    provider = proto.AnalyzerProviderResource(type="pulumi:providers:aws", properties=struct({"odd": EMPTY}))
    sent = proto.AnalyzeRequest(
        type=GROUP, urn=urn_of(GROUP), provider=provider, properties=struct({"ingress": [WORLD]})
    )

    assert len(pack.ask("Analyze", sent.SerializeToString())) == 1
    with pytest.raises(grpc.RpcError):
        sdk.ask("Analyze", sent.SerializeToString())


# What each comes to where a source belongs: known, not known, or nothing that AWS takes.
CANNOT_JUDGE = "no-world-ssh: ingress[0].cidrBlocks[0]: cannot judge"
NOT_KNOWN = "ingress[0].cidrBlocks[0]: not known before"
OPEN = "no-world-ssh: ingress[0].cidrBlocks[0]: 0.0.0.0/0, every IPv4 address,"
SOURCES = [
    pytest.param({KEY: OUTPUT, "value": "0.0.0.0/0"}, OPEN, id="an output with the world"),
    pytest.param({KEY: OUTPUT, "value": "10.0.0.0/8"}, "", id="an output with an office"),
    pytest.param(
        {KEY: OUTPUT, "value": {KEY: SECRET, "value": "0.0.0.0/0"}}, OPEN, id="a secret output with the world"
    ),
    pytest.param({KEY: OUTPUT}, NOT_KNOWN, id="an unknown output"),
    pytest.param({KEY: SECRET}, NOT_KNOWN, id="a secret without a value"),
    pytest.param(EMPTY, CANNOT_JUDGE, id="an asset"),
    pytest.param({KEY: "tomorrow", "value": "10.0.0.0/8"}, CANNOT_JUDGE, id="a signature of tomorrow"),
    pytest.param(math.nan, CANNOT_JUDGE, id="not a number"),
]


@pytest.mark.parametrize(("source", "expected"), SOURCES)
def test_a_source(pack: Asked, source: object, expected: str) -> None:
    said = pack.resource(packed({"ingress": [rule(cidrBlocks=[source])]}))

    assert len(said) == bool(expected)
    assert all(expected in text for text in said)


@pytest.mark.parametrize("port", [math.nan, math.inf, -math.inf], ids=str)
def test_a_port_that_is_no_number(pack: Asked, port: float) -> None:
    (said,) = pack.resource(packed({"ingress": [rule(low=port)]}))

    assert said.startswith("no-world-ssh: ingress[0].fromPort: cannot judge")


def test_a_reference_to_a_group_is_its_id(pack: Asked) -> None:
    """And so no source that lets the world in."""
    group = {KEY: REFERENCE, "urn": urn_of(GROUP), "id": "sg-1"}

    assert pack.resource(packed({"ingress": [rule(cidrBlocks=[], securityGroups=[group])]})) == []


DEEP = {
    "maps, 300 levels": maps_within_each_other(300),
    "lists, 1,000 levels": lists_within_each_other(1_000),
    "archives, 300 levels": maps_within_each_other(300, "assets"),
    # Go reads neither JSON nor protobuf that is nested deeper, so no engine can send more.
    "maps, 10,000 levels": maps_within_each_other(10_000),
    "lists, 10,000 levels": lists_within_each_other(10_000),
}


@pytest.mark.parametrize("deep", DEEP.values(), ids=DEEP)
def test_however_deep_a_value_is(pack: Asked, deep: bytes) -> None:
    """A message is merged by concatenation."""
    assert pack.resource(deep + packed({"ingress": [OFFICE]})) == []
    assert len(pack.resource(deep + packed({"ingress": [WORLD]}))) == 1
    assert pack.stack(deep + packed({"ingress": [OFFICE]})) == []
    assert pack.remedies(deep) == 0


@pytest.mark.parametrize("name", ["maps, 300 levels", "lists, 1,000 levels"])
def test_the_sdk_still_gives_up_on_depth(sdk: Asked, name: str) -> None:
    with pytest.raises(grpc.RpcError, match="recursion"):
        sdk.resource(DEEP[name])


def test_the_sdk_still_ends_at_a_depth(tmp_path: Path) -> None:
    """Its threads have too small a stack: the connection breaks, and every policy of the run with it."""
    (tmp_path / "__main__.py").write_text(IDLE)
    with connected(tmp_path) as channel, pytest.raises(grpc.RpcError) as raised:
        Asked(channel).resource(DEEP["maps, 10,000 levels"])

    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


SIGNATURES = st.sampled_from([ASSET, ARCHIVE, SECRET, OUTPUT, REFERENCE, "tomorrow", "", None, 1.0])
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
        st.dictionaries(
            st.sampled_from(["value", "hash", "text", "path", "uri", "assets", "id", "urn", "secret"]),
            inner,
            max_size=3,
        ).flatmap(lambda held: SIGNATURES.map(lambda signature: {KEY: signature, **held})),
    ),
    max_leaves=20,
)
PROPS = st.dictionaries(st.sampled_from(KEYS), JUNK, max_size=6)


@given(token=st.sampled_from(EVERY_TOKEN), props=PROPS)
@settings(max_examples=400, deadline=None)
def test_junk_gets_an_answer_on_every_type(pack: Asked, token: str, props: dict[str, Any]) -> None:
    sent = packed(props)

    pack.resource(sent, token)
    pack.stack(sent, token)
    pack.remedies(sent)
