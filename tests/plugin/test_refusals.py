"""What the plugin refuses: as a stack of this project does, with the property that it is about."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from tests.components.graph import OPEN_GROUP, deploy
from tests.components.sessions.test_preferences import GET_DOCUMENT, NEW
from tests.plugin.program import make

PATH = {
    "vpcId": "vpc-1",
    "subnetIds": ["subnet-1", "subnet-2"],
    "endpointGroupId": "sg-1",
    "s3PrefixListId": "pl-1",
}
OPERATORS: Mapping[str, Any] = {"portForwarding": True}


def refusal(kind: str, inputs: Mapping[str, Any], name: str = "web") -> tuple[str, str]:
    """The property and what is said of it; nothing of AWS's is made."""
    told: list[tuple[str, str]] = []

    def program() -> None:
        with pytest.raises(pulumi.InputPropertyError) as raised:
            make(kind, name, inputs)
        told.append((raised.value.property_path, raised.value.reason))

    graph = deploy(program, answers=NEW.answers)
    assert [*graph] == []
    return told[0]


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "words"),
    [
        pytest.param("SsmNetwork", {"cidr": "10.0.0.1/16"}, "cidr", "Did you mean 10.0.0.0/16?", id="a wrong block"),
        pytest.param("SsmNetwork", {"variant": "vpn"}, "variant", "use one of igw, nat, privatelink.", id="no choice"),
        pytest.param(
            "SsmNetwork", {"natPerZone": True}, "natPerZone", "only nat has NAT gateways", id="two that contradict"
        ),
        pytest.param("SsmNetwork", {"zones": 4}, "zones", "this account can use 3 in us-east-1", id="too many zones"),
        pytest.param("SsmNetwork", {"platforms": ["beos"]}, "platforms[0]", "use one of amazon", id="no platform"),
        pytest.param("SsmNetwork", {"platforms": ["custom"]}, "platforms[0]", "most like", id="a custom platform"),
        pytest.param("SsmNetwork", {"instanceTypes": [7]}, "instanceTypes[0]", "no text", id="a type that is none"),
        pytest.param("SsmNetwork", {"flowLogs": {"to": "s3"}}, "flowLogs.to", "in which bucket", id="a nested one"),
        pytest.param("ExistingNetwork", {"network": {"vpc": "vpc-1"}}, "network.vpc", "no id", id="no VPC's id"),
        pytest.param("ExistingNetwork", {"network": {}}, "network", "vpc", id="no VPC"),
        pytest.param("SsmInstance", {**PATH, "zone": 0}, "zone", "from 1 to 6", id="no zone"),
        pytest.param("SsmInstance", {**PATH, "zone": 3}, "zone", "has 2 (subnetIds)", id="a zone too many"),
        pytest.param("SsmInstance", {**PATH, "subnetIds": []}, "subnetIds", "at least one", id="no subnet"),
        pytest.param("SsmFleet", {**PATH, "subnetIds": []}, "subnetIds", "at least one", id="no subnet of a fleet"),
        pytest.param("SsmInstance", {**PATH, "volumeSize": 1.5}, "volumeSize", "whole number", id="half a GiB"),
        pytest.param("SsmInstance", {**PATH, "platform": "beos"}, "platform", "debian-13", id="no platform's name"),
        pytest.param(
            "SsmInstance",
            {**PATH, "cidr": "10.0.0.0/16", "egress": [{"port": 80, "to": "0.0.0.0/0", "why": "mirrors"}]},
            "egress[0].to",
            "no route of privatelink",
            id="a way that leads nowhere",
        ),
        pytest.param("SsmInstance", {**PATH, "instanceType": "t9.big"}, "instanceType", "EC2 does not", id="no type"),
        pytest.param(
            "SsmInstance", {**PATH, "securityGroups": [OPEN_GROUP]}, "securityGroups[0]", "lets", id="an open group"
        ),
        pytest.param("SsmInstance", {**PATH, "userData": "just words"}, "userData", "format", id="no user data"),
        pytest.param(
            "SsmInstance",
            {"vpcId": "vpc-1", "subnetIds": ["subnet-1"]},
            "s3PrefixListId",
            "Pass the network's output of this name",
            id="a closed network without its endpoints",
        ),
        pytest.param(
            "SsmInstance", {**PATH, "dualStack": True}, "dualStack", "only SsmNetwork has it", id="IPv6 of no network"
        ),
        pytest.param("SsmInstance", {**PATH, "zome": 2}, "zome", "Did you mean zone?", id="a misspelt property"),
        pytest.param(
            "SessionPreferences",
            {"sessions": {"idleMinuts": 15}},
            "sessions.idleMinuts",
            "Did you mean idleMinutes?",
            id="a misspelt key of a map",
        ),
        pytest.param("SsmInstance", {**PATH, "vpcId": 7}, "vpcId", "this is no text", id="a number for an id"),
        pytest.param(
            "SsmInstance", {**PATH, "vpcId": 7.0}, "vpcId", 'Put it in quotes: "7".', id="a number of the wire"
        ),
        pytest.param("SsmInstance", {**PATH, "vpcId": ["a"]}, "vpcId", "no text. Give one.", id="a list for a text"),
        pytest.param("SsmInstance", {**PATH, "vpcId": ""}, "vpcId", "it is empty", id="an id that is empty"),
        pytest.param("SsmFleet", {**PATH, "subnetIds": [" "]}, "subnetIds[0]", "it is empty", id="an empty part"),
        pytest.param(
            "SsmCommand", {"script": "x", "roles": {"web": ""}}, "roles.web", "it is empty", id="a role of no name"
        ),
        pytest.param("SsmCommand", {"script": " ", "roles": {}}, "script", "it is empty", id="no script"),
        pytest.param("SsmInstance", {**PATH, "subnetIds": "subnet-1"}, "subnetIds", "no list", id="a text for a list"),
        pytest.param("SsmInstance", {**PATH, "subnetIds": [[]]}, "subnetIds[0]", "no text", id="a list in a list"),
        pytest.param("SsmInstance", {**PATH, "ownBucket": "yes"}, "ownBucket", "true or false", id="a text for a bool"),
        pytest.param("SsmInstance", {**PATH, "endpointCidrs": ["x"]}, "endpointCidrs[0]", "a block", id="no block"),
        pytest.param("SsmCommand", {"script": "x", "roles": ["web"]}, "roles", "no map", id="a list for a map"),
        pytest.param("SsmInstance", {"subnetIds": ["subnet-1"]}, "vpcId", "it is required", id="what is required"),
        pytest.param("SsmFleet", {**PATH, "min": 3, "max": 2}, "max", "min is 3", id="a fleet of no size"),
        pytest.param("SsmFleet", {**PATH, "zones": [1, 3]}, "zones[1]", "has 2 (sub", id="a fleet's zone too many"),
        pytest.param(
            "SessionPreferences",
            {"sessions": {"idleMinutes": 90}},
            "sessions.idleMinutes",
            "from 1 to 60",
            id="a number of a map",
        ),
        pytest.param(
            "OperatorAccess",
            {"operators": {"instanceConnect": True}},
            "operators.instanceConnect",
            "no EC2 Instance Connect Endpoint",
            id="an endpoint that is not there",
        ),
        pytest.param(
            "OperatorAccess", {"operators": {"groups": ["nobody"]}}, "operators.groups[0]", "no such", id="no group"
        ),
        pytest.param(
            "DefaultHostManagement", {"permissionsBoundary": "x"}, "permissionsBoundary", "ARN", id="no boundary"
        ),
        pytest.param("SsmCommand", {"script": "x", "roles": {}}, "instanceIds", "one of them", id="nowhere to run"),
        pytest.param(
            "SsmCommand",
            {"script": "x", "roles": {}, "instanceIds": ["i-1"], "timeoutMinutes": 0},
            "timeoutMinutes",
            "whole number",
            id="no time to run",
        ),
    ],
)
def test_it_names_the_property_and_what_to_do(kind: str, inputs: Mapping[str, Any], path: str, words: str) -> None:
    where, said = refusal(kind, inputs)

    assert where == path
    assert words in said


@pytest.mark.parametrize(
    ("kind", "inputs", "words"),
    [
        pytest.param("SsmInstance", {**PATH, "zone": 7}, "use a whole number from 1 to 6.", id="a number"),
        pytest.param(
            "SessionPreferences", {"sessions": {"idleMinutes": 90}}, "use a whole number from 1 to 60.", id="of a map"
        ),
        pytest.param(
            "SsmFleet",
            {**PATH, "zones": [1, 3]},
            "the network has 2 (subnetIds). Use a number from 1 to 2.",
            id="one of several",
        ),
    ],
)
def test_what_the_engine_shows_is_not_said_twice(kind: str, inputs: Mapping[str, Any], words: str) -> None:
    """It writes `property zone with value 7 has a problem: `, and then the words."""
    assert refusal(kind, inputs)[1] == words


def test_a_name_that_no_group_can_have_is_refused_by_its_name() -> None:
    where, said = refusal("SsmInstance", PATH, name="sg-web")

    assert where == "name"
    assert "EC2 refuses sg-" in said


def test_what_aws_refuses_is_told_in_a_line_and_without_a_traceback() -> None:
    """The engine writes a traceback for any error but the SDK's own, and `Unexpected <class …` before a RunError."""

    def denied(_asked: Mapping[str, Any]) -> str:
        return "GetDocument, AccessDeniedException: not authorized to perform: ssm:GetDocument"

    def program() -> None:
        with pytest.raises(
            pulumi.InputPropertiesError, match=r"^AWS does not answer getDocument: .*needs the right ssm:GetDocument"
        ):
            make("SessionPreferences", "web", {"sessions": {"idleMinutes": 15}})

    assert [*deploy(program, answers={**NEW.answers, GET_DOCUMENT: denied})] == []
