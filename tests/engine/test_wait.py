"""The doctor on a stack that the real engine brought up, where no machine starts: what it must and must not say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Cloud]:
    cloud.up("-s", "dev")
    yield cloud
    cloud.destroy("-s", "dev")


def doctor(cloud: Cloud, *words: str, code: int) -> Any:
    return cloud.localaws("python", "-m", "doctor", "--timeout", "0", *words, code=code)


def test_a_stack_that_is_right_gets_no_cause_until_something_is_taken_away(stack: Cloud) -> None:
    outputs = stack.outputs("dev")
    (made,) = outputs["instances"].values()
    assert outputs["region"] == "us-east-1", "the doctor asks there"
    right = json.loads(doctor(stack, "--stack", "dev", "--json", code=3).stdout)
    (shown,) = right["instances"]

    assert (shown["name"], shown["id"], shown["status"]) == ("main", made["id"], "NotRegistered")
    assert (right["region"], right["emulator"]) == ("us-east-1", stack.endpoint)
    assert [cause["name"] for cause in shown["causes"]] == ["emulator"]
    assert shown["causes"][0]["command"].endswith(
        f"--region us-east-1 --endpoint-url {stack.endpoint} --query 'Reservations[].Instances[].State'"
    )
    assert shown["unchecked"] == {}

    (reservation,) = stack.ec2.describe_instances(InstanceIds=[made["id"]])["Reservations"]
    (endpoint,) = stack.ec2.describe_vpc_endpoints(
        # moto also tells the deleted endpoints of the stacks before this one, whose VPCs are gone.
        Filters=[
            {"Name": "vpc-id", "Values": [reservation["Instances"][0]["VpcId"]]},
            {"Name": "service-name", "Values": ["com.amazonaws.us-east-1.ssmmessages"]},
        ]
    )["VpcEndpoints"]
    stack.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    said = doctor(stack, "--stack", "dev", code=1).stdout

    assert f"1. {endpoint['VpcId']} has no endpoint for ssmmessages, and there is no other way out." in said
    assert "2. " not in said
    assert f"{stack.endpoint} answered in place of AWS. An emulator starts no machine" in said


def test_a_stack_that_is_not_there_is_one_line(stack: Cloud) -> None:
    done = doctor(stack, "--stack", "moon", code=2)

    assert done.stdout == ""
    # Another worker's localaws may hold the checkout's lock meanwhile, and localaws says so.
    (line,) = (line for line in done.stderr.splitlines() if not line.startswith("localaws: "))
    assert line.startswith("doctor: error: pulumi does not give the outputs of stack moon: no stack named 'moon' ")
