"""Pulumi's names for the bridge's, in each place where a message holds one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2

from localaws.adapter import table, translate
from localaws.adapter.servicer import rename_resource, rename_settings

GROUP = "aws:ec2/securityGroup:SecurityGroup"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


@pytest.mark.parametrize(
    ("name", "bridge", "function"),
    [
        pytest.param("aws_vpc", "aws:index/vpc:Vpc", False, id="one word"),
        pytest.param("aws_vpc_endpoint", "aws:index/vpcEndpoint:VpcEndpoint", False, id="two words"),
        pytest.param("aws_ssm_parameter", "aws:index/getSsmParameter:getSsmParameter", True, id="a function"),
    ],
)
def test_bridge_token(name: str, bridge: str, *, function: bool) -> None:
    assert table.bridge_token(name, function=function) == bridge


@pytest.mark.parametrize(
    ("urn", "expected"),
    [
        pytest.param(
            f"urn:pulumi:dev::p::{GROUP}::g",
            "urn:pulumi:dev::p::aws:index/securityGroup:SecurityGroup::g",
            id="no parent",
        ),
        pytest.param(
            f"urn:pulumi:dev::p::my:C${GROUP}${ENDPOINT}::a::b",
            f"urn:pulumi:dev::p::my:C${GROUP}$aws:index/vpcEndpoint:VpcEndpoint::a::b",
            id="parents keep their types, a name may hold colons",
        ),
    ],
)
def test_urn(urn: str, expected: str) -> None:
    assert translate.urn_to_bridge(urn) == expected


def test_an_unknown_type_names_itself_and_the_table() -> None:
    with pytest.raises(translate.UnsupportedTypeError, match=r"aws:no/such:Such .*localaws/adapter/table\.py"):
        translate.token_to_bridge("aws:no/such:Such")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("ingress", "ingresses", id="the property"),
        pytest.param("ingress[0].cidrBlocks", "ingresses[0].cidrBlocks", id="below it"),
        pytest.param("ingress.a", "ingresses.a", id="a field of it"),
        pytest.param("tags.ingress", "tags.ingress", id="the same word further down"),
        pytest.param("ingressRule", "ingressRule", id="a longer name"),
    ],
)
def test_path(path: str, expected: str) -> None:
    assert translate.rename_path(path, {"ingress": "ingresses"}) == expected


def struct(**properties: Any) -> Struct:
    found = Struct()
    found.update(properties)
    return found


def test_a_diff_is_renamed_both_ways() -> None:
    request = provider_pb2.DiffRequest(
        urn=f"urn:pulumi:dev::p::{GROUP}::g",
        type=GROUP,
        olds=struct(ingress=[], name="g"),
        news=struct(ingress=["x"], name="g"),
        ignoreChanges=["egress[0]", "tags"],
    )
    response = provider_pb2.DiffResponse(
        replaces=["egresses"],
        diffs=["ingresses", "name"],
        detailedDiff={"ingresses[0].cidrBlocks": provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.UPDATE)},
    )
    rename_response = rename_resource(request)
    rename_response(response)

    assert request.type == "aws:index/securityGroup:SecurityGroup"
    assert set(request.olds) == set(request.news) == {"ingresses", "name"}
    assert list(request.ignoreChanges) == ["egresses[0]", "tags"]
    assert (list(response.replaces), list(response.diffs)) == (["egress"], ["ingress", "name"])
    assert response.detailedDiff["ingress[0].cidrBlocks"].kind == provider_pb2.PropertyDiff.UPDATE
    assert len(response.detailedDiff) == 1


def test_a_failed_check_names_the_property_as_the_program_does() -> None:
    request = provider_pb2.CheckRequest(urn=f"urn:pulumi:dev::p::{GROUP}::g", news=struct(ingress=[]))
    response = provider_pb2.CheckResponse(
        inputs=struct(ingresses=[]), failures=[provider_pb2.CheckFailure(property="ingresses[0].toPort", reason="no")]
    )
    rename_resource(request)(response)

    assert list(response.inputs) == ["ingress"]
    assert response.failures[0].property == "ingress[0].toPort"


def test_a_type_without_other_names_is_left_as_it_is() -> None:
    request = provider_pb2.CreateRequest(urn=f"urn:pulumi:dev::p::{ENDPOINT}::e", properties=struct(ingress=1))
    response = provider_pb2.CreateResponse(properties=struct(ingresses=1))
    rename_resource(request)(response)

    assert list(request.properties) == ["ingress"]
    assert list(response.properties) == ["ingresses"]


def test_schema_is_given_in_the_sdks_names() -> None:
    spec = {
        "properties": {"ingresses": {}},
        "inputProperties": {"ingresses": {}},
        "required": ["ingresses"],
        "stateInputs": {"properties": {"egresses": {}}},
    }
    text = json.dumps(
        {
            "version": "5.100.0",
            "parameterization": {},
            "resources": {"aws:index/securityGroup:SecurityGroup": spec, "aws:index/other:Other": {}},
            "functions": {
                "aws:index/getVpc:getVpc": {},
                "pulumi:providers:aws/f": {},
                "aws:index/getOther:getOther": {},
            },
        }
    )

    assert json.loads(translate.schema_from_bridge(text)) == {
        "resources": {
            GROUP: {
                "properties": {"ingress": {}},
                "inputProperties": {"ingress": {}},
                "required": ["ingress"],
                "stateInputs": {"properties": {"egress": {}}},
            }
        },
        "functions": {"aws:ec2/getVpc:getVpc": {}, "pulumi:providers:aws/f": {}},
    }


TAGS = {"tags": {"team": "x"}}


@pytest.mark.parametrize(
    ("ours", "bridge"),
    [
        pytest.param({"defaultTags": TAGS}, {"defaultTags": [TAGS]}, id="an object"),
        pytest.param({"defaultTags": json.dumps(TAGS)}, {"defaultTags": json.dumps([TAGS])}, id="an object as text"),
        pytest.param({"defaultTags": json.dumps([TAGS])}, {"defaultTags": json.dumps([TAGS])}, id="a list as text"),
        pytest.param({"defaultTags": [TAGS]}, {"defaultTags": [TAGS]}, id="a list, as an older state has it"),
        pytest.param({"defaultTags": "unknown"}, {"defaultTags": "unknown"}, id="not known yet"),
        pytest.param({"ignoreTags": {"keys": ["a"]}}, {"ignoreTags": [{"keys": ["a"]}]}, id="tags to ignore"),
        pytest.param(
            {"assumeRoleWithWebIdentity": {"roleArn": "r"}},
            {"assumeRoleWithWebIdentities": [{"roleArn": "r"}]},
            id="another name",
        ),
        pytest.param({"region": "eu-west-1"}, {"region": "eu-west-1"}, id="a word"),
    ],
)
def test_a_setting_of_the_provider_is_a_list_of_one_there(ours: dict[str, Any], bridge: dict[str, Any]) -> None:
    checked = provider_pb2.CheckRequest(olds=struct(**bridge), news=struct(**ours))
    rename_settings(checked)
    configured = provider_pb2.ConfigureRequest(
        args=struct(**ours),
        variables={f"aws:config:{key}": value for key, value in ours.items() if isinstance(value, str)},
    )
    rename_settings(configured)

    assert json_format.MessageToDict(checked.olds) == bridge
    assert json_format.MessageToDict(checked.news) == json_format.MessageToDict(configured.args) == bridge
    assert dict(configured.variables) == {
        f"aws:config:{key}": value for key, value in bridge.items() if isinstance(value, str)
    }


def test_a_setting_is_one_object_in_the_schema() -> None:
    tags, text = {"$ref": "#/types/tags"}, {"type": "string"}
    inputs = {"defaultTags": {"type": "array", "items": tags}, "region": text}
    shown = json.loads(
        translate.schema_from_bridge(
            json.dumps({"provider": {"inputProperties": inputs}, "config": {"variables": inputs}})
        )
    )

    assert shown["provider"]["inputProperties"] == shown["config"]["variables"] == {"defaultTags": tags, "region": text}


LIFECYCLE = "aws:index/s3BucketLifecycleConfiguration:S3BucketLifecycleConfiguration"
NONE: dict[str, Any] = {
    "abortIncompleteMultipartUploads": [],
    "expirations": [],
    "filters": [],
    "noncurrentVersionExpirations": [],
}


@pytest.mark.parametrize(
    ("ours", "bridge"),
    [
        pytest.param({"id": "a"}, {"id": "a", **NONE}, id="what is not there is an empty list"),
        pytest.param(
            {"expiration": {"days": 9}}, {**NONE, "expirations": [{"days": 9}]}, id="an object is a list of one"
        ),
        pytest.param(
            {"filter": {"and": {"prefix": "x", "tags": {"a": "b"}}}},
            {**NONE, "filters": [{"ands": [{"prefix": "x", "tags": {"a": "b"}}], "tags": []}]},
            id="an object in an object",
        ),
        pytest.param(
            {"filter": {"tag": {"key": "a", "value": "b"}}},
            {**NONE, "filters": [{"ands": [], "tags": [{"key": "a", "value": "b"}]}]},
            id="a name that means something else one level up",
        ),
    ],
)
def test_an_object_is_a_list_of_one_there(ours: dict[str, Any], bridge: dict[str, Any]) -> None:
    asked, answered = struct(rules=[ours], bucket="b"), struct(rules=[bridge], bucket="b")

    translate.fold(asked, LIFECYCLE, to_bridge=True)
    assert json_format.MessageToDict(asked) == {"rules": [bridge], "bucket": "b"}

    translate.fold(answered, LIFECYCLE, to_bridge=False)
    assert json_format.MessageToDict(answered) == {"rules": [ours], "bucket": "b"}


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"bucket": "b"}, id="no list"),
        pytest.param({"rules": "unknown"}, id="a list that is not known yet"),
        pytest.param({"rules": ["unknown"]}, id="a rule that is not known yet"),
    ],
)
def test_what_has_no_shape_yet_keeps_it(properties: dict[str, Any]) -> None:
    asked = struct(**properties)

    translate.fold(asked, LIFECYCLE, to_bridge=True)

    assert json_format.MessageToDict(asked) == properties


def test_an_object_that_is_not_known_yet_is_no_list() -> None:
    asked = struct(rules=[{"filter": "unknown"}])

    translate.fold(asked, LIFECYCLE, to_bridge=True)

    assert json_format.MessageToDict(asked)["rules"] == [{**NONE, "filters": "unknown"}]


RECORD = "aws:route53/record:Record"
ALIAS = {"name": "vpce-1.example", "zoneId": "Z1"}


@pytest.mark.parametrize(
    ("ours", "bridge"),
    [
        pytest.param({"name": "a"}, {"name": "a"}, id="what is not there is nothing"),
        pytest.param({"aliases": [ALIAS], "name": "a"}, {"alias": ALIAS, "name": "a"}, id="a list of one is an object"),
        pytest.param({"aliases": "unknown"}, {"alias": "unknown"}, id="a list that is not known yet"),
    ],
)
def test_a_list_of_one_is_an_object_there(ours: dict[str, Any], bridge: dict[str, Any]) -> None:
    request = provider_pb2.CreateRequest(urn=f"urn:pulumi:dev::p::{RECORD}::r", properties=struct(**ours))
    response = provider_pb2.CreateResponse(properties=struct(**bridge))
    rename_resource(request)(response)

    assert json_format.MessageToDict(request.properties) == bridge
    assert json_format.MessageToDict(response.properties) == ours


def test_an_empty_list_is_no_object_there() -> None:
    request = provider_pb2.CreateRequest(urn=f"urn:pulumi:dev::p::{RECORD}::r", properties=struct(aliases=[]))
    rename_resource(request)

    assert json_format.MessageToDict(request.properties) == {}


@pytest.mark.parametrize(
    ("ours", "bridge"),
    [
        pytest.param("aliases[0].zoneId", "alias.zoneId", id="below it"),
        pytest.param("aliases", "alias", id="all of it"),
        pytest.param("records[0]", "records[0]", id="a list on both sides"),
    ],
)
def test_a_path_into_a_list_of_one_has_an_index_for_the_sdk_alone(ours: str, bridge: str) -> None:
    request = provider_pb2.DiffRequest(urn=f"urn:pulumi:dev::p::{RECORD}::r", ignoreChanges=[ours])
    response = provider_pb2.DiffResponse(replaces=[bridge])
    rename_resource(request)(response)

    assert list(request.ignoreChanges) == [bridge]
    assert list(response.replaces) == [ours]


def test_other_types_keep_their_shape() -> None:
    asked = struct(rules=[{"expiration": {"days": 9}}])

    translate.fold(asked, GROUP, to_bridge=True)

    assert json_format.MessageToDict(asked) == {"rules": [{"expiration": {"days": 9}}]}
