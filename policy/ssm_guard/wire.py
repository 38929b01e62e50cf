"""Stands between the wire and the SDK, so that no value of a stack is the reason that its preview stops.

The SDK turns the properties of every resource into Python values before it asks a policy, and raises at what it doesn't
expect, whatever the type: an asset whose text is empty, NaN, a map 300 levels deep. An exception there ends the whole
preview. Here a request that was answered by an exception is asked once more, with such values made plain. The ordinary
request goes straight through. docs/adr/0008-a-guard-on-the-wire.md of the project has the reasons.

A configuration passes here too, and `levels.py` lowers what would make a policy stop an update that must not.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any

from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc
from pulumi_policy.deserialize import (
    SPECIAL_ARCHIVE_SIG,
    SPECIAL_ASSET_SIG,
    SPECIAL_SECRET_SIG,
    SPECIAL_SIG_KEY,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from ssm_guard import levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping

    from google.protobuf.struct_pb2 import Struct, Value

# Two more of the engine's signatures, which the SDK for policies has no name for
# (sdk/go/common/resource/properties.go in pulumi/pulumi).
OUTPUT_SIG = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIG = "5cf8f73096256a8f31e491e813e4eb8e"

# No resource's schema nests half as deep; the SDK gives up at some 240 levels.
DEEPEST = 100
TOO_DEEP = f"nested deeper than {DEEPEST} levels"
# protobuf's parser takes about 600 bytes of stack a level, and refuses by itself what is deeper than 65,535 messages. A
# thread's usual 8 MiB end the process, without a word, at 5,000 maps within each other.
STACK_BYTES = 64 * 1024 * 1024


def guard() -> None:
    """Puts the guard around whatever the SDK is about to serve. To be called once, before `PolicyPack`.

    It takes the place of the function by which generated code registers a servicer: its name is the protocol's, where
    all that lies behind it is the SDK's own business.
    """
    threading.stack_size(STACK_BYTES)
    register = analyzer_pb2_grpc.add_AnalyzerServicer_to_server

    def register_guarded(servicer: Any, server: Any) -> None:  # noqa: ANN401 - generated code names no common type
        register(Guarded(servicer), server)  # type: ignore[arg-type] # it has every name of the one inside

    analyzer_pb2_grpc.add_AnalyzerServicer_to_server = register_guarded


class Guarded:
    """The SDK's servicer, asked once more in plainer words where it raised."""

    def __init__(self, servicer: Any) -> None:  # noqa: ANN401 - its methods have no types
        """Stands for `servicer`, whatever the engine asks."""
        self._servicer = servicer

    def __getattr__(self, name: str) -> object:
        """What carries no properties of resources goes straight to the SDK."""
        return getattr(self._servicer, name)

    def Analyze(self, request: proto.AnalyzeRequest, context: object) -> object:  # noqa: N802 - the protocol's name
        """What the policies say about one resource."""
        return _asked(self._servicer.Analyze, request, context, [request])

    def AnalyzeStack(self, request: proto.AnalyzeStackRequest, context: object) -> object:  # noqa: N802 - as above
        """What the policies say about all resources together."""
        return _asked(self._servicer.AnalyzeStack, request, context, request.resources)

    def Configure(self, request: proto.ConfigureAnalyzerRequest, context: object) -> object:  # noqa: N802 - as above
        """Which level and settings each policy has."""
        levels.lower(request.policyConfig)
        answer: object = self._servicer.Configure(request, context)
        return answer

    def Remediate(self, request: proto.AnalyzeRequest, context: object) -> object:  # noqa: N802 - as above
        """What the policies would write instead.

        The answer takes the place of all properties, and a value that was made plain must not come back as if the
        program had said it: such a resource isn't repaired, and `Analyze` reports what is wrong with it.
        """
        try:
            answer: object = self._servicer.Remediate(request, context)
        except Exception:  # noqa: BLE001 - whatever the SDK trips over, in this release or the next
            return proto.RemediateResponse()
        return answer


def _asked(
    method: Callable[..., object],
    request: object,
    context: object,
    resources: Iterable[proto.AnalyzeRequest | proto.AnalyzerResource],
) -> object:
    try:
        return method(request, context)
    except Exception:  # noqa: BLE001 - as above
        for resource in resources:
            make_plain(resource.properties)
            make_plain(resource.provider.properties)
    return method(request, context)


def make_plain(properties: Struct) -> None:
    """Puts something that the SDK takes, and that means the same or as little, in the place of what it doesn't take.

    Without recursion, which is what too deep a value exhausts.
    """
    left = [(value, 1) for value in properties.fields.values()]
    while left:
        value, depth = left.pop()
        kind = value.WhichOneof("kind")
        if kind == "number_value" and not math.isfinite(value.number_value):
            # As protobuf's JSON writes a float: no port and no protocol, so a rule that holds it is malformed.
            value.string_value = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value.number_value, "NaN")
        elif kind in {"list_value", "struct_value"} and depth > DEEPEST:
            value.string_value = TOO_DEEP
        elif kind == "list_value":
            left += ((item, depth + 1) for item in value.list_value.values)
        elif kind == "struct_value":
            if SPECIAL_SIG_KEY in value.struct_value.fields:
                _make_signed_plain(value, depth)
            # Still a map, unless it has become a text.
            left += ((item, depth + 1) for item in value.struct_value.fields.values())


def _make_signed_plain(value: Value, depth: int) -> None:
    """A map with a signature of the engine's, as the SDK takes it."""
    fields, signature = value.struct_value.fields, _signature(value)
    if signature in {SPECIAL_SECRET_SIG, OUTPUT_SIG}:
        # The SDK takes the value out of a secret.
        fields[SPECIAL_SIG_KEY].string_value = SPECIAL_SECRET_SIG
        if "value" not in fields:
            value.string_value = UNKNOWN_STRING_VALUE
    elif signature == RESOURCE_SIG:
        # What the engine itself writes for somebody who takes no references.
        value.string_value = _text(fields, "id") or _text(fields, "urn") or UNKNOWN_STRING_VALUE
    elif signature == SPECIAL_ASSET_SIG:
        _keep_one(fields, ("path", "text", "uri"), otherwise="text")
    elif signature == SPECIAL_ARCHIVE_SIG:
        if depth + 2 <= DEEPEST and "assets" in fields and fields["assets"].HasField("struct_value"):
            for part in fields["assets"].struct_value.fields.values():
                _make_part_plain(part)
        else:
            _keep_one(fields, ("path", "uri"), otherwise="path")
    else:
        # A map, which is nothing that AWS takes where a text or a number belongs.
        del fields[SPECIAL_SIG_KEY]


def _keep_one(fields: MutableMapping[str, Value], keys: tuple[str, ...], otherwise: str) -> None:
    """Leaves the one text that says where an asset or archive is; where only its hash is known, an empty one."""
    kept = next((key for key in keys if key in fields and fields[key].HasField("string_value")), otherwise)
    text = _text(fields, kept)
    for key in {*keys, "assets"} & {*fields}:
        del fields[key]
    fields[kept].string_value = text


def _make_part_plain(part: Value) -> None:
    """A part of an archive, which the SDK takes only as an asset or an archive: not secret, and not unknown."""
    inner = part
    while _signature(inner) in {SPECIAL_SECRET_SIG, OUTPUT_SIG} and "value" in inner.struct_value.fields:
        inner = inner.struct_value.fields["value"]
    copy = type(part)()
    copy.CopyFrom(inner)
    if _signature(copy) not in {SPECIAL_ASSET_SIG, SPECIAL_ARCHIVE_SIG}:
        copy.Clear()
        copy.struct_value.fields[SPECIAL_SIG_KEY].string_value = SPECIAL_ASSET_SIG
    part.CopyFrom(copy)


def _signature(value: Value) -> str:
    return _text(value.struct_value.fields, SPECIAL_SIG_KEY)


def _text(fields: Mapping[str, Value], key: str) -> str:
    return fields[key].string_value if key in fields else ""
