"""The provider that the engine talks to: every call goes on to the bridge, with the names put right on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import grpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from localaws.adapter import VERSION, table, translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    # Changes a request in place, and gives what changes its response.
    Rename = Callable[[Any], Callable[[Any], None]]

# Where messages about one resource hold its properties, and its property paths in request and response.
STRUCTS = ("olds", "news", "old_inputs", "properties", "inputs")
REQUEST_PATHS = ("ignoreChanges",)
RESPONSE_PATHS = ("replaces", "stables", "diffs")


class Adapter(provider_pb2_grpc.ResourceProviderServicer):
    """Forwards each call to the bridge. Errors come back as they are: code, details, trailing metadata."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        """Args: the bridge's stub."""
        self._stub = stub
        for call, rename in RENAMES.items():
            setattr(self, call, self._forwarder(call, rename))

    def _forwarder(self, call: str, rename: Rename) -> Callable[..., Message]:
        """A handler for one call."""

        def handle(request: Message, context: grpc.ServicerContext) -> Message:
            try:
                rename_response = rename(request)
                response: Message = getattr(self._stub, call)(request)
            except translate.UnsupportedTypeError as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            except grpc.RpcError as error:
                pass_on(error, context)
            rename_response(response)
            return response

        return handle

    def GetSchema(  # noqa: N802 - gRPC's name
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        """The bridge's schema, in pulumi-aws's names."""
        try:
            response = self._stub.GetSchema(request)
        except grpc.RpcError as error:
            pass_on(error, context)
        return provider_pb2.GetSchemaResponse(schema=translate.schema_from_bridge(response.schema))

    def GetPluginInfo(self, _request: Message, _context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: N802 - gRPC's name
        """The engine warns of a version that is older than what the program's SDK asks for."""
        return plugin_pb2.PluginInfo(version=VERSION)


def rename_resource(request: Any) -> Callable[[Any], None]:  # noqa: ANN401 - six generated message types
    """Renames a request about one resource in place; gives what renames its response."""
    own = translate.token_to_bridge(translate.type_of_urn(request.urn))
    request.urn = translate.urn_to_bridge(request.urn)
    if request.type:
        request.type = own
    lists = translate.lists_of(own)
    rename_fields(request, translate.names_of(own, to_bridge=True), REQUEST_PATHS, lists)
    fold_fields(request, own, to_bridge=True)
    back = translate.names_of(own, to_bridge=False)

    def rename_response(response: Any) -> None:  # noqa: ANN401 - six generated message types
        fold_fields(response, own, to_bridge=False)
        rename_fields(response, back, RESPONSE_PATHS, lists)
        fields = response.DESCRIPTOR.fields_by_name
        if "failures" in fields:
            for failure in response.failures:
                failure.property = translate.rename_path(failure.property, back, lists)
        if "detailedDiff" in fields and back:
            detailed = {translate.rename_path(path, back, lists): diff for path, diff in response.detailedDiff.items()}
            response.ClearField("detailedDiff")
            for path, diff in detailed.items():
                response.detailedDiff[path].CopyFrom(diff)

    return rename_response


def rename_fields(
    message: Any,  # noqa: ANN401 - any message
    names: dict[str, str],
    paths: tuple[str, ...],
    lists: frozenset[str] = frozenset(),
) -> None:
    """Renames the properties and property paths that a message has."""
    if not names:
        return
    fields = message.DESCRIPTOR.fields_by_name
    for field in STRUCTS:
        if field in fields:
            translate.rename_properties(getattr(message, field), names)
    for field in paths:
        if field in fields:
            renamed = translate.rename_paths(getattr(message, field), names, lists)
            del getattr(message, field)[:]
            getattr(message, field).extend(renamed)


def fold_fields(message: Any, own: str, *, to_bridge: bool) -> None:  # noqa: ANN401 - any message
    """Puts the shape of nested properties right in every struct that a message has."""
    for field in STRUCTS:
        if field in message.DESCRIPTOR.fields_by_name:
            translate.fold(getattr(message, field), own, to_bridge=to_bridge)


def rename_settings(request: Any) -> Callable[[object], None]:  # noqa: ANN401 - three generated message types
    """Puts the shape of the provider's settings right; they come back, and are kept, in the bridge's own."""
    for field in (*STRUCTS, "args"):
        if field in request.DESCRIPTOR.fields_by_name:
            translate.settings_to_bridge(getattr(request, field))
    if "variables" in request.DESCRIPTOR.fields_by_name:
        for name, bridge in table.SETTINGS.items():
            if (key := f"aws:config:{name}") in request.variables:
                text = request.variables.pop(key)
                request.variables[f"aws:config:{bridge}"] = translate.setting_to_bridge(text)
    return lambda _response: None


def rename_function(request: provider_pb2.InvokeRequest) -> Callable[[object], None]:
    """Renames the token of a function call; arguments and results are named alike on both sides."""
    request.tok = translate.token_to_bridge(request.tok)
    return lambda _response: None


def rename_nothing(_request: object) -> Callable[[object], None]:
    """For messages that hold no name of a type or property."""
    return lambda _response: None


RENAMES: dict[str, Rename] = {
    **dict.fromkeys(("Handshake", "Cancel"), rename_nothing),
    **dict.fromkeys(("CheckConfig", "DiffConfig", "Configure"), rename_settings),
    **dict.fromkeys(("Check", "Diff", "Create", "Read", "Update", "Delete"), rename_resource),
    "Invoke": rename_function,
}


def pass_on(error: Any, context: grpc.ServicerContext) -> NoReturn:  # noqa: ANN401 - grpc.RpcError has these, untyped
    """Ends the call with the bridge's own error."""
    context.set_trailing_metadata(error.trailing_metadata())
    context.abort(error.code(), error.details())
    raise AssertionError  # `abort` raised
