"""The command from end to end, against a recorded API and a `pulumi` of the test's own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, SSOTokenLoadError
from botocore.retries import bucket

from doctor import aws, cli
from tests.doctor.recorded import CONNECT, GUIDE, Api, FakeClock, permissions, response
from tests.doctor.test_causes import BUCKET, CASES, DECRYPT, KEY, SESSIONS
from tests.doctor.test_fleets import CASES as FLEETS
from tests.doctor.test_fleets import GROUP, group, groups
from tests.doctor.world import (
    ID,
    LAUNCHED,
    REGION,
    WORLD,
    Refusal,
    World,
    endpoint,
    https,
    igw,
    nat,
    online,
    privatelink,
    to_list,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.doctor.conftest import Pulumi

SECOND = "i-0fedcba9876543210"
# What is asked of fleets alone.
OF_FLEETS = {"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"}


def outputs(*ids: str, region: str = "eu-central-1") -> Any:
    """What our program exports."""
    return {
        "region": region,
        "variant": "privatelink",
        "instances": {f"n{number}": {"id": one, "shell": "aws ssm …"} for number, one in enumerate(ids)},
    }


def all_online(asked: Mapping[str, Any]) -> Any:
    return {"InstanceInformationList": [online(one) for one in asked["Filters"][0]["Values"]]}


def test_all_online_is_zero(api: Api, pulumi: Pulumi, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    pulumi(outputs(ID))
    api.answers["DescribeInstanceInformation"] = all_online

    assert cli.main(["--stack", "dev"], clock) == 0
    said = capsys.readouterr()
    assert re.search(rf"^n0 +{ID} +Online +2026-11-22 06:05:00Z +3.3.2299.0", said.out, re.MULTILINE)
    assert "online, agent" in said.err
    assert "cause" not in said.out


def test_it_waits_for_who_comes_late(api: Api, pulumi: Pulumi, clock: FakeClock) -> None:
    pulumi(outputs(ID))
    nobody: Any = {"InstanceInformationList": []}
    api.answers["DescribeInstanceInformation"] = [nobody, nobody, all_online]

    assert cli.main(["-s", "dev"], clock) == 0
    assert clock.sleeps == [5, 5]
    # Nobody diagnoses what is online.
    assert {operation for operation, _ in api.calls} == {
        *("DescribeInstanceInformation", "GetConnectionStatus", "DescribeInstances", "GetDocument")
    }


def test_who_does_not_come_is_one_with_the_cause(
    api: Api, pulumi: Pulumi, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    world = privatelink()
    world.endpoints = [endpoint("ssm")]
    api.answers |= world.answers()
    pulumi(outputs(ID))

    assert cli.main(["--stack", "dev"], clock) == 1
    said = capsys.readouterr().out
    assert clock.passed == 600
    assert re.search(rf"^n0 +{ID} +NotRegistered +2026-11-22 06:00:00Z +-", said, re.MULTILINE)
    assert f"n0 ({ID}) is not online; likely causes, in order:\n1. vpc-1 has no endpoint for ssmmessages" in said
    # A line that is pasted must be whole.
    assert "   aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values=vpc-1 --region eu-central-1\n" in said


@pytest.mark.parametrize(
    ("minutes", "seconds"), [pytest.param("0.5", 30, id="half a minute"), pytest.param("0", 0, id="looks once")]
)
def test_the_limit_is_in_minutes(api: Api, clock: FakeClock, minutes: str, seconds: float) -> None:
    assert cli.main(["--instance", ID, "--timeout", minutes], clock) == 1
    assert clock.passed == seconds
    assert api.calls


def test_the_plain_facts_and_the_api_say_the_same(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the survey reads reaches the checks: one fault in each thing that is asked."""
    faults: Mapping[str, tuple[Callable[[World], Any], str]] = {
        "GetServiceSetting": (lambda world: world.it.pop("IamInstanceProfile"), "no-profile"),
        "DescribeInstances": (lambda world: world.it.update(State={"Name": "stopped"}), "not-running"),
        "DescribeVpcAttribute": (lambda world: setattr(world, "dns_support", False), "dns-support-off"),
        "hostnames": (lambda world: setattr(world, "dns_hostnames", False), "dns-hostnames-off"),
        "DescribeVpcEndpoints": (lambda world: world.endpoints.pop(), "endpoint-missing"),
        "DescribeSubnets": (lambda world: world.subnets[1].update(CidrBlock="10.0.9.0/24"), "network-acl"),
        "DescribeSecurityGroups": (lambda world: world.endpoint_ingress.clear(), "endpoint-group-closed"),
        "DescribeNetworkAcls": (lambda world: world.acls[0]["Entries"].clear(), "network-acl"),
        "DescribeImages": (lambda world: setattr(world, "image_name", "debian-13-arm64"), "image-without-agent"),
        "GetConsoleOutput": (lambda world: world.reports(result="no", reason="not-running"), "agent-not-running"),
        "DescribeIamInstanceProfileAssociations": (
            lambda world: setattr(world, "profile_since", LAUNCHED + timedelta(hours=1)),
            "profile-late",
        ),
        "GetInstanceProfile": (
            lambda world: world.profile["Roles"].clear() if world.profile else None,
            "profile-without-role",
        ),
        "SimulatePrincipalPolicy": (
            lambda world: world.refused.append("ssm:UpdateInstanceInformation"),
            "role-lacks-rights",
        ),
    }
    for asked, (fault, expected) in faults.items():
        world = privatelink()
        if asked == "DescribeSubnets":
            world.acls[0]["Entries"] = [
                one | {"CidrBlock": "10.0.2.0/24"} if one["RuleNumber"] == 100 else one
                for one in world.acls[0]["Entries"]
            ]
        fault(world)
        api.answers |= world.answers()

        assert document(capsys, clock)["instances"][0]["causes"][0]["name"] == expected, asked
    for broken, expected in (("tables", "no-route"), ("nats", "nat-not-available")):
        world = nat()
        world.nats[0]["State"] = "failed"
        world.tables = world.tables[1:] if broken == "tables" else world.tables
        api.answers |= world.answers()

        assert document(capsys, clock)["instances"][0]["causes"][0]["name"] == expected


def document(capsys: pytest.CaptureFixture[str], clock: FakeClock, *words: str, code: int = 1) -> Any:
    capsys.readouterr()
    assert cli.main([*(words or ("--instance", ID)), "--timeout", "0", "--json"], clock) == code
    return json.loads(capsys.readouterr().out)


def test_a_lost_instance_is_shown_with_its_last_sign_of_life(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = online(ID) | {"PingStatus": "ConnectionLost"}
    api.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [lost]}
    (shown,) = document(capsys, clock)["instances"]

    assert (shown["status"], shown["agent"]) == ("ConnectionLost", "3.3.2299.0")
    assert shown["since"] == "2026-11-22T06:04:00+00:00"
    assert [one["name"] for one in shown["causes"]] == ["connection-lost"]


def unconnected(world: World) -> World:
    world.managed, world.connection = online(ID), "notconnected"
    return world


def test_who_is_heard_and_not_connected_is_waited_for(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a stop and a start, PingStatus can be Online minutes before a session opens."""
    api.answers |= unconnected(nat()).answers()
    late: Any = {"Status": "connected"}
    api.answers["GetConnectionStatus"] = [{"Status": "notconnected"}] * 3 + [late]

    assert cli.main(["--instance", ID], clock) == 0
    assert clock.sleeps == [5, 5, 5]
    assert re.search(rf"^{ID} +{ID} +Online +2026-11-22 06:05:15Z +3.3.2299.0", capsys.readouterr().out, re.MULTILINE)
    assert api.asked("GetConnectionStatus") == [{"Target": ID}] * 4


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda _: None, ["not-connected"], id="of no cause that shows"),
        pytest.param(lambda world: world.endpoints.pop(), ["endpoint-missing", "not-connected"], id="no endpoint"),
        pytest.param(
            lambda world: world.refused.append("ssmmessages:OpenControlChannel"),
            ["role-lacks-rights", "not-connected"],
            id="no right",
        ),
    ],
)
def test_why_no_session_opens_although_the_instance_is_heard(
    api: Api,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[World], Any],
    expected: list[str],
) -> None:
    world = unconnected(privatelink())
    change(world)
    api.answers |= world.answers()
    read = document(capsys, clock)
    (shown,) = read["instances"]

    assert read["all_online"] is False
    assert (shown["status"], shown["since"]) == ("NotConnected", "2026-11-22T06:04:00+00:00")
    assert [one["name"] for one in shown["causes"]] == expected

    assert cli.main(["--instance", ID], clock) == 1
    said = capsys.readouterr()
    assert clock.passed == 600
    assert f"After 600 s: waiting for {ID} (not connected)." in said.err
    assert re.search(rf"^{ID} +{ID} +NotConnected +2026-11-22 06:04:00Z +3.3.2299.0", said.out, re.MULTILINE)
    assert f"{ID} is not connected to Session Manager; likely causes, in order:\n1. " in said.out


def test_without_the_right_to_ask_for_the_connection_there_is_no_verdict(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answers |= {
        "DescribeInstanceInformation": all_online,
        "GetConnectionStatus": Refusal(code="AccessDeniedException"),
    }
    read = document(capsys, clock, code=2)
    (shown,) = read["instances"]

    assert read["all_online"] is None
    assert (shown["status"], shown["causes"]) == ("Online", [])
    assert shown["unchecked"] == {"needs ssm:GetConnectionStatus": ["connection to Session Manager"]}

    assert cli.main(["--instance", ID], clock) == 2
    said = capsys.readouterr()
    assert clock.sleeps == []
    assert f"{ID} is online as far as it could be asked, agent 3.3.2299.0." in said.err
    assert (
        f"{ID} is online, but whether a session can begin is not known.\n"
        "Could not be checked (needs ssm:GetConnectionStatus): connection to Session Manager.\n"
    ) in said.out
    assert "cause" not in said.out


@pytest.mark.parametrize(
    ("change", "code", "status", "causes"),
    [
        pytest.param({}, 0, "Online", [], id="no preferences"),
        pytest.param({"preferences": {"kmsKeyId": KEY}}, 0, "Online", [], id="a key that the role may use"),
        pytest.param(
            {"preferences": {"kmsKeyId": KEY}, "denied": [DECRYPT]},
            1,
            "NoSessions",
            ["session-key-refused"],
            id="a key that is denied to the role",
        ),
        pytest.param(
            {"preferences": {"kmsKeyId": KEY}, "refused": [DECRYPT]},
            2,
            "Online",
            ["session-key-refused"],
            id="a key whose own policy may allow the role",
        ),
    ],
)
def test_who_is_online_may_have_no_sessions(
    api: Api,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    *,
    change: dict[str, Any],
    code: int,
    status: str,
    causes: list[str],
) -> None:
    api.answers |= replace(igw(), managed=online(ID), **change).answers()
    read = document(capsys, clock, code=code)
    (shown,) = read["instances"]

    assert read["all_online"] is {0: True, 1: False, 2: None}[code]
    assert (shown["status"], [cause["name"] for cause in shown["causes"]]) == (status, causes)
    assert clock.sleeps == []


def test_what_keeps_sessions_away_is_told_as_such(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    world = replace(privatelink(), managed=online(ID), preferences=BUCKET, refused=["s3:GetEncryptionConfiguration"])
    api.answers |= world.answers()

    assert cli.main(["--instance", ID], clock) == 1
    said = capsys.readouterr()
    assert "Looking at what sessions need: 1 instance.\n" in said.err
    assert (
        f"\n{ID} is online, but no session can begin; likely causes, in order:\n1. The account's session pref"
        in said.out
    )
    assert "\n2. Possible: The account's session preferences name arn:aws-cn:s3:::logs, on which" in said.out


@pytest.mark.parametrize(
    ("change", "answers", "expected"),
    [
        pytest.param(
            {},
            {"GetDocument": Refusal(code="AccessDeniedException")},
            {"needs ssm:GetDocument": ["session preferences"]},
            id="the document may not be read",
        ),
        pytest.param(
            {"preferences": {"kmsKeyId": KEY}},
            {"DescribeInstances": Refusal(code="UnauthorizedOperation")},
            {"needs ec2:DescribeInstances": ["session preferences"]},
            id="EC2 may not be asked",
        ),
        pytest.param(
            {"preferences": {"kmsKeyId": KEY}},
            {"SimulatePrincipalPolicy": Refusal(code="AccessDenied")},
            {"needs iam:SimulatePrincipalPolicy": ["rights for the session preferences"]},
            id="IAM may not be asked",
        ),
        pytest.param(
            {"preferences": {"kmsKeyId": "alias/mine"}},
            {},
            {"the session preferences name their key by an alias, alias/mine": ["rights for the session preferences"]},
            id="the key is an alias",
        ),
    ],
)
def test_what_sessions_need_and_nobody_may_ask_is_said(
    api: Api,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    *,
    change: dict[str, Any],
    answers: dict[str, Any],
    expected: dict[str, list[str]],
) -> None:
    api.answers |= replace(igw(), managed=online(ID), **change).answers() | answers
    read = document(capsys, clock, code=0)
    (why,) = expected

    assert (read["all_online"], read["instances"][0]["unchecked"]) == (True, expected)
    assert cli.main(["--instance", ID], clock) == 0
    assert f"\nCould not be checked ({why}): {expected[why][0]}.\n" in capsys.readouterr().out


def test_who_is_away_outweighs_what_is_not_known(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answers |= {
        "DescribeInstanceInformation": {"InstanceInformationList": [online(SECOND)]},
        "GetConnectionStatus": Refusal(code="AccessDeniedException"),
    }
    read = document(capsys, clock, "--instance", ID, "--instance", SECOND)

    assert read["all_online"] is False
    assert [one["status"] for one in read["instances"]] == ["NotRegistered", "Online"]


def test_many_instances_come_one_after_the_other(api: Api, clock: FakeClock) -> None:
    """One call for each that is heard, until it is connected."""
    ids = [f"i-{number:08x}" for number in range(230)]
    asked: list[str] = []

    def connection(of: Mapping[str, Any]) -> Any:
        asked.append(of["Target"])
        # The last thirty come with the third look.
        came = of["Target"] in ids[:200] or clock.passed >= 10
        return {"Status": "connected" if came else "notconnected"}

    instances = [privatelink().it | {"InstanceId": one} for one in ids]
    api.answers |= {
        "DescribeInstanceInformation": all_online,
        "DescribeInstances": {"Reservations": [{"Instances": instances}]},
        "GetConnectionStatus": connection,
    }

    assert cli.main([word for one in ids for word in ("--instance", one)], clock) == 0
    assert asked == [*ids, *ids[200:], *ids[200:]]


def test_an_instance_that_is_not_there_has_no_since(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answers["DescribeInstances"] = {"Reservations": []}

    assert cli.main(["--instance", ID], clock) == 1
    assert re.search(rf"^{ID} +{ID} +NotRegistered +\? +-", capsys.readouterr().out, re.MULTILINE)


# Asked where a rule, a route or the VPC names such a thing; what is not told of it stops no check.
NAMED_BY_OTHERS = {
    *("ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries", "route53:ListResourceRecordSets"),
}


def refused(api: Api, *but: str) -> None:
    api.answers |= dict.fromkeys((one for one in api.answers if one not in but), Refusal(code="UnauthorizedOperation"))


def test_rights_that_are_missing_are_named(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    refused(api, "DescribeInstanceInformation", "DescribeInstances")
    (shown,) = document(capsys, clock)["instances"]
    # Some stand behind others: who may not see the profile learns nothing of its role.
    behind = {"ssm:DescribeInstanceInformation", "ssm:GetConnectionStatus"}
    behind |= {"ssm:GetServiceSetting", "ec2:DescribeInstances"}
    behind |= {
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeNatGateways",
        "iam:SimulatePrincipalPolicy",
    }
    behind |= {"ec2:DescribeSecurityGroups", "ec2:DescribeNetworkAcls"}
    behind |= {"ec2:DescribeVpcs", "ec2:DescribeDhcpOptions", "route53:ListHostedZonesByVPC", "ssm:GetDocument"}
    behind |= {f"ec2:DescribeVpcBlockPublicAccess{one}" for one in ("Options", "Exclusions")}
    behind |= NAMED_BY_OTHERS

    assert [one["name"] for one in shown["causes"]] == ["unexplained"]
    assert set(shown["unchecked"]) == {f"needs {one}" for one in permissions() - behind - OF_FLEETS}

    assert cli.main(["--instance", ID, "--timeout", "0"], clock) == 1
    assert (
        "Could not be checked (needs iam:GetInstanceProfile): instance profile, the role's rights."
        in capsys.readouterr().out
    )


def test_each_missing_right_alone_ends_nothing(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    told = set()
    for operation in [one for one in api.answers if one != "DescribeInstanceInformation"]:
        api.answers = nat().answers() | {operation: Refusal(code="AccessDenied")}
        told |= set(document(capsys, clock)["instances"][0]["unchecked"])

    # Of an instance that is not heard nobody asks for the connection, or what a session needs. Without endpoints nobody
    # needs to know the subnets and who answers names; without a profile alone, Default Host Management.
    unneeded = {"ssm:DescribeInstanceInformation", "ssm:GetConnectionStatus", "ssm:GetDocument"}
    unneeded |= {"ssm:GetServiceSetting", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "ec2:DescribeDhcpOptions"}
    unneeded |= {"route53:ListHostedZonesByVPC", "ec2:DescribeVpcBlockPublicAccessExclusions"} | NAMED_BY_OTHERS
    assert told == {f"needs {one}" for one in permissions() - unneeded - OF_FLEETS}


def test_without_ec2_there_is_a_verdict_without_causes(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(api, "DescribeInstanceInformation")

    assert cli.main(["--instance", ID], clock) == 1
    assert "Could not be checked (needs ec2:DescribeInstances): instance metadata" in capsys.readouterr().out


def test_the_guide_names_what_is_called_and_nothing_more(api: Api, pulumi: Pulumi, clock: FakeClock) -> None:
    """Each call of each test must be among them (`Api` sees to it); these two runs make all of them."""
    world = replace(privatelink(), preferences={"kmsKeyId": "1234"}, public_access="block-ingress")
    world.egress.append(https(**to_list("pl-1")))
    world.prefix_lists, world.zones, world.records = {"pl-1": [WORLD]}, ["eu-west-1.amazonaws.com."], []
    api.answers |= world.answers() | {"DescribeInstanceInformation": {"InstanceInformationList": [online(SECOND)]}}
    (reservation,) = api.answers["DescribeInstances"]["Reservations"]
    reservation["Instances"].append(world.it | {"InstanceId": SECOND})
    cli.main(["--instance", ID, "--instance", SECOND, "--timeout", "0"], clock)
    pulumi({"instances": {}, "fleets": {"workers": {"group_name": GROUP}}})
    activities: Any = {"Activities": []}
    api.answers |= {"DescribeAutoScalingGroups": groups(group(1)), "DescribeScalingActivities": activities}
    cli.main(["-s", "dev", "--timeout", "0"], clock)

    assert {f"{service}:{name}" for service, name in api.services} == permissions()
    assert all(
        re.match(r"(autoscaling|ec2|iam|route53|ssm):(Describe|Get|List|Simulate)", one) for one in permissions()
    )


def test_what_instances_share_is_asked_once(api: Api, clock: FakeClock) -> None:
    ids = [f"i-{number:08x}" for number in range(60)]
    instances = [privatelink().it | {"InstanceId": one} for one in ids]
    api.answers["DescribeInstances"] = {"Reservations": [{"Instances": instances}]}
    api.answers |= {"DescribeInstanceInformation": all_online, "GetConnectionStatus": {"Status": "notconnected"}}

    assert cli.main([word for one in ids for word in ("--instance", one)] + ["--timeout", "0"], clock) == 1
    counts = {operation: len(api.asked(operation)) for operation in api.answers}
    each = {"GetConsoleOutput", "SimulatePrincipalPolicy", "DescribeIamInstanceProfileAssociations"}
    each.add("GetConnectionStatus")
    assert {operation for operation, count in counts.items() if count == 60} == each
    assert {count for operation, count in counts.items() if operation not in each} <= {0, 1, 2}


def test_iam_is_asked_about_this_instance_in_this_partition(api: Api, clock: FakeClock) -> None:
    cli.main(["--instance", ID, "--timeout", "0"], clock)
    (asked,) = api.asked("SimulatePrincipalPolicy")
    arn = f"arn:aws-cn:ec2:{REGION}:123456789012:instance/{ID}"

    assert asked["ResourceArns"] == [arn]
    assert {one["ContextKeyName"]: one["ContextKeyValues"] for one in asked["ContextEntries"]} == {
        "ec2:SourceInstanceARN": [arn],
        "ssm:SourceInstanceARN": [arn],
    }
    assert api.asked("GetInstanceProfile") == [{"InstanceProfileName": "web"}]


def test_a_type_without_the_latest_console_gives_that_of_the_boot(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    world = privatelink()
    world.reports(result="not-ready", reason="not-running")
    api.answers["GetConsoleOutput"] = [Refusal(code="UnsupportedOperation"), world.answers()["GetConsoleOutput"]]

    assert document(capsys, clock)["instances"][0]["causes"][0]["name"] == "agent-not-running"
    assert [asked.get("Latest") for asked in api.asked("GetConsoleOutput")] == [True, None]


def test_a_console_without_output_says_nothing(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    api.answers["GetConsoleOutput"] = {}

    assert [one["name"] for one in document(capsys, clock)["instances"][0]["causes"]] == ["unexplained"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param({"GetInstanceProfile": Refusal(code="NoSuchEntity")}, "profile-deleted", id="no such profile"),
        pytest.param({"DescribeImages": {"Images": []}}, "unexplained", id="no such image"),
    ],
)
def test_what_is_gone_is_no_error(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], answers: Any, expected: str
) -> None:
    api.answers |= answers

    assert [one["name"] for one in document(capsys, clock)["instances"][0]["causes"]] == [expected]


@pytest.mark.parametrize("operation", ["DescribeSubnets", "GetInstanceProfile", "GetConsoleOutput"])
def test_another_failure_costs_the_checks_that_need_the_answer(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], operation: str
) -> None:
    """After ten minutes nobody wants to lose the verdict to one call of many."""
    api.answers[operation] = Refusal(code="RequestLimitExceeded")
    (shown,) = document(capsys, clock)["instances"]
    ((why, checks),) = shown["unchecked"].items()

    assert why.endswith(f":{operation} failed: RequestLimitExceeded")
    assert checks != []
    assert [cause["name"] for cause in shown["causes"]] == ["unexplained"]


def test_credentials_that_end_end_the_diagnosis(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    api.answers["DescribeSubnets"] = Refusal(code="RequestExpired")

    assert cli.main(["--instance", ID, "--timeout", "0"], clock) == 2
    assert "the credentials have expired" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        pytest.param("123456789012", ["no-route"], id="its own"),
        pytest.param("999999999999", ["unexplained"], id="another account's, whose endpoints do not show"),
    ],
)
def test_whose_vpc_it_is(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], owner: str, expected: list[str]
) -> None:
    world = privatelink()
    world.endpoints.clear()
    world.it["NetworkInterfaces"] = [{"OwnerId": "123456789012"}]
    world.subnets[0]["OwnerId"] = owner
    api.answers |= world.answers()
    (shown,) = document(capsys, clock)["instances"]
    unseen = [why for why in shown["unchecked"] if "only account 999999999999, which shares the VPC" in why]

    assert [cause["name"] for cause in shown["causes"]] == expected
    assert bool(unseen) == (owner == "999999999999")


REFUSALS = {
    "ExpiredToken": "AWS says that the credentials have expired (ExpiredToken). Get new ones (aws sso login,",
    "RequestExpired": "AWS says that the credentials have expired (RequestExpired).",
    "UnrecognizedClientException": "AWS does not accept the credentials (UnrecognizedClientException: as the",
    "AuthFailure": "AWS does not accept the credentials (AuthFailure: as the service puts it).",
    "AccessDeniedException": "You may not call DescribeInstanceInformation, without which there is no verdict: as the",
    "ThrottlingException": "AWS still refuses DescribeInstanceInformation as too frequent after all retries",
    "InternalServerError": "AWS answered DescribeInstanceInformation with InternalServerError: as the service puts it",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_without_systems_manager_there_is_no_verdict(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    api.answers["DescribeInstanceInformation"] = Refusal(code=code)

    assert cli.main(["--instance", ID, "--json"], clock) == 2
    said = capsys.readouterr()
    assert f"doctor: error: {REFUSALS[code]}" in said.err
    assert said.out == ""


def test_credentials_that_expire_while_it_waits(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    api.answers["DescribeInstanceInformation"] = [
        {"InstanceInformationList": []},
        Refusal(code="ExpiredTokenException"),
    ]

    assert cli.main(["--instance", ID], clock) == 2
    assert clock.sleeps == [5]
    assert "the credentials have expired" in capsys.readouterr().err


def test_no_credentials(monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    assert cli.main(["--instance", ID], clock) == 2
    assert "doctor: error: No AWS credentials were found. Set AWS_PROFILE, or sign in" in capsys.readouterr().err


def test_half_of_the_credentials(
    monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    assert cli.main(["--instance", ID], clock) == 2
    assert (
        "doctor: error: The AWS credentials can't be used: Partial credentials found in env" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(SSOTokenLoadError(error_msg="expired"), "The AWS credentials can't be used: ", id="not signed in"),
        pytest.param(ConnectTimeoutError(endpoint_url="u"), "AWS can't be asked: Connect timeout on", id="no network"),
    ],
)
def test_what_botocore_fails_with(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], error: Exception, expected: str
) -> None:
    def fail(_: Mapping[str, Any]) -> Any:
        raise error

    api.answers["DescribeInstanceInformation"] = fail

    assert cli.main(["--instance", ID], clock) == 2
    assert f"doctor: error: {expected}" in capsys.readouterr().err


def test_no_region(monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert cli.main(["--instance", ID], clock) == 2
    assert "doctor: error: No Region is known. Set AWS_REGION, or say --region." in capsys.readouterr().err


def test_the_region_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the AWS CLI and of Pulumi."""
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    first = CONNECT(None).region
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    alone = CONNECT(None).region
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")

    assert (first, alone, CONNECT(None).region) == ("sa-east-1", "sa-east-1", "eu-north-1")


def test_no_such_profile(monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    assert cli.main(["--instance", ID], clock) == 2
    assert (
        "doctor: error: AWS can't be asked: The config profile (nobody) could not be found" in capsys.readouterr().err
    )


def as_bytes(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body).encode()


class Sent:
    """What goes out past the Stubber, which no retry reaches: each request is answered before it is sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, throttled: Mapping[str, int]) -> None:
        """Takes how often an operation of Systems Manager is refused before it is answered."""
        self.operations: list[str] = []
        self.pauses: list[float] = []
        self.brakes = 0
        self._left = dict(throttled)
        monkeypatch.setattr("botocore.endpoint.time.sleep", self.pauses.append)
        # The client's own brake, of the adaptive mode, waits on a lock of its own.
        monkeypatch.setattr(bucket.TokenBucket, "acquire", self._brake)

    def _brake(self, *_: Any) -> None:
        self.brakes += 1

    def answer(self, request: Any, event_name: str, **_: Any) -> Any:
        operation = event_name.rpartition(".")[2]
        self.operations.append(operation)
        self._left[operation] = self._left.get(operation, 0) - 1
        if self._left[operation] >= 0:
            return response(request, 400, as_bytes({"__type": "ThrottlingException", "message": "Rate exceeded"}))
        heard = [{"InstanceId": ID, "PingStatus": "Online", "AgentVersion": "3.3.2299.0"}]
        return response(request, 200, as_bytes({"InstanceInformationList": heard, "Status": "connected"}))


@pytest.mark.parametrize(
    ("throttled", "code", "calls"),
    [
        pytest.param({}, 0, [1, 1], id="never"),
        pytest.param({"DescribeInstanceInformation": 3}, 0, [4, 1], id="what is heard, three times"),
        pytest.param({"DescribeInstanceInformation": 4}, 2, [4, 0], id="what is heard, each time"),
        pytest.param({"GetConnectionStatus": 3}, 0, [1, 4], id="the connection, three times"),
        pytest.param({"GetConnectionStatus": 4}, 2, [1, 4], id="the connection, each time"),
    ],
)
def test_throttling_is_retried_and_then_said(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    *,
    throttled: Mapping[str, int],
    code: int,
    calls: list[int],
) -> None:
    sent = Sent(monkeypatch, throttled)

    def connect(region: str | None) -> aws.Clients:
        ssm = CONNECT(region).ssm
        ssm.meta.events.register("before-send.ssm.*", sent.answer)
        return replace(api.connect(region), ssm=ssm)

    monkeypatch.setattr(aws, "connect", connect)

    assert cli.main(["--instance", ID, "--timeout", "0"], clock) == code
    assert [sent.operations.count(one) for one in ("DescribeInstanceInformation", "GetConnectionStatus")] == calls
    assert len(sent.pauses) == sum(calls) - sum(call > 0 for call in calls)
    assert bool(sent.brakes) == bool(throttled)
    said = capsys.readouterr()
    told = "refuses DescribeInstanceInformation as too frequent after all retries" in said.err
    told |= "Could not be checked (ssm:GetConnectionStatus failed: ThrottlingException)" in said.out
    assert told == (code == 2)


def test_ctrl_c_is_130_without_a_traceback(
    api: Api, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    def press(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(clock, "sleep", press)

    assert cli.main(["--instance", ID], clock) == 130
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "Waiting for 1 instance, at most 10 min.",
        "doctor: interrupted; nothing was changed",
    ]
    assert (said.out, len(api.calls)) == ("", 2)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param([], "one of the arguments --stack/-s --instance --capture is required", id="neither"),
        pytest.param(["--stack", "dev", "--instance", ID], "not allowed with argument", id="both"),
        pytest.param(["--instance", "web"], "'web' is no id of an EC2 instance, such as i-", id="a name"),
        pytest.param(["--capture", "main"], "'main' is no id of a VPC, such as vpc-", id="a VPC's name"),
        pytest.param(
            ["--instance", ID, "--timeout", "soon"], "'soon' is no number of minutes from 0 to 1440", id="a word"
        ),
        pytest.param(["--instance", ID, "--timeout", "-1"], "'-1' is no number of minutes", id="before now"),
        pytest.param(["--instance", ID, "--timeout", "nan"], "'nan' is no number of minutes", id="not a number"),
    ],
)
def test_wrong_arguments(words: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)

    assert ended.value.code == 2
    assert expected in capsys.readouterr().err


def test_an_instance_that_is_named_twice_is_one(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(document(capsys, clock, "--instance", ID, "--instance", ID)["instances"]) == 1
    assert api.calls


def test_another_address_than_aws_is_said(
    api: Api, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    right = document(capsys, clock, code=3)
    assert (right["emulator"], right["all_online"]) == ("http://127.0.0.1:9", False)
    assert [cause["name"] for cause in right["instances"][0]["causes"]] == ["emulator"]

    assert cli.main(["--instance", ID, "--timeout", "0"], clock) == 3
    said = capsys.readouterr().out
    assert "http://127.0.0.1:9 answered in place of AWS. An emulator starts no machine" in said
    assert "reboot" not in said
    assert api.calls


def test_what_is_wrong_on_an_emulator_is_as_wrong_as_on_aws(
    api: Api, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    world = privatelink()
    world.endpoints.pop()
    api.answers |= world.answers()
    (cause,) = document(capsys, clock, code=1)["instances"][0]["causes"]

    assert cause["name"] == "endpoint-missing"
    assert cause["command"].endswith(" --endpoint-url http://127.0.0.1:9")


def test_an_emulator_that_has_an_agent_is_not_said_to_have_none(
    api: Api, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    api.answers |= {
        "DescribeInstanceInformation": all_online,
        "GetConnectionStatus": Refusal(code="AccessDeniedException"),
    }

    assert cli.main(["--instance", ID, "--timeout", "0"], clock) == 2
    assert "in place of AWS" not in capsys.readouterr().out


def test_whose_region_counts(api: Api, pulumi: Pulumi, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    pulumi(outputs(ID, region="eu-central-1"))
    of_the_stack = document(capsys, clock, "-s", "dev")["region"]
    of_the_command_line = document(capsys, clock, "-s", "dev", "--region", "sa-east-1")["region"]
    pulumi({"instances": {"n0": {"id": ID}}})
    of_the_configuration = document(capsys, clock, "-s", "dev")["region"]

    assert (of_the_stack, of_the_command_line, of_the_configuration) == ("eu-central-1", "sa-east-1", REGION)
    assert api.calls


def test_pulumi_is_asked_without_a_prompt(api: Api, pulumi: Pulumi, clock: FakeClock, person: Path) -> None:
    pulumi(outputs(ID))
    cli.main(["--stack", "team/project/dev", "--timeout", "0"], clock)

    assert (person / "asked").read_text().split() == [
        *("stack", "output", "--json", "--non-interactive", "--stack", "team/project/dev")
    ]
    assert api.calls


def test_a_stack_without_instances_is_all_online(
    api: Api, pulumi: Pulumi, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi(outputs())

    assert document(capsys, clock, "-s", "dev", code=0)["instances"] == []
    assert cli.main(["-s", "dev"], clock) == 0
    assert capsys.readouterr().out == "Stack dev has no instances.\n"
    # EC2 would take no ids for all ids.
    assert api.calls == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, "stack dev has no output `instances`", id="not up"),
        pytest.param({"instances": "[secret]"}, "stack dev has no output `instances`", id="a secret"),
        pytest.param({"instances": {"n0": ID}}, "stack dev has no output `instances`", id="of another program"),
        pytest.param(
            {"instances": {"n0": {"id": "mi-1"}}}, "stack dev gives mi-1 as the id of an instance", id="not EC2's"
        ),
        pytest.param({"instances": {"n0": {"id": None}}}, "stack dev gives None as the id of an instance", id="none"),
        pytest.param({"instances": {}, "region": 7}, "stack dev gives 7 as its output `region`", id="a number"),
        pytest.param({"instances": {}, "region": {}}, "stack dev gives {} as its output `region`", id="a map"),
        pytest.param([1], "stack dev has no output `instances`", id="a list"),
    ],
)
def test_outputs_that_are_not_ours(
    pulumi: Pulumi, clock: FakeClock, capsys: pytest.CaptureFixture[str], given: Any, expected: str
) -> None:
    pulumi(given)

    assert cli.main(["-s", "dev"], clock) == 2
    assert capsys.readouterr().err.startswith(f"doctor: error: {expected}")


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        pytest.param("error: no stack named 'dev' found\n", "no stack named 'dev' found", id="no such stack"),
        pytest.param(
            "warning: old\nerror: passphrase\nmust be set\n", "warning: old error: passphrase must be set", id="more"
        ),
    ],
)
def test_pulumi_speaks_for_itself_in_one_line(
    pulumi: Pulumi, clock: FakeClock, capsys: pytest.CaptureFixture[str], says: str, expected: str
) -> None:
    pulumi(says=says, code=255)

    assert cli.main(["-s", "dev"], clock) == 2
    assert capsys.readouterr().err == f"doctor: error: pulumi does not give the outputs of stack dev: {expected}\n"


def test_no_pulumi(clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-s", "dev"], clock) == 2
    assert "doctor: error: `pulumi` is not on PATH" in capsys.readouterr().err


def test_the_clients_are_those_of_the_person() -> None:
    clients = aws.connect("us-gov-west-1")

    assert (clients.region, clients.emulator) == ("us-gov-west-1", None)
    assert aws.connect("cn-north-1").emulator is None
    assert aws.connect("us-iso-east-1").emulator is None
    assert aws.connect(None).region == REGION == boto3.Session().region_name


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def sample(api: Api, pulumi: Pulumi) -> None:
    """What the guide shows: one instance came, the other was launched without a profile."""
    pulumi({"region": REGION, "instances": {"web": {"id": ID}, "worker": {"id": SECOND}}})
    answers = privatelink().answers()
    (reservation,) = answers["DescribeInstances"]["Reservations"]
    reservation["Instances"].append(
        {key: value for key, value in reservation["Instances"][0].items() if key != "IamInstanceProfile"}
        | {"InstanceId": SECOND}
    )
    api.answers |= answers | {
        "DescribeInstanceInformation": {"InstanceInformationList": [online(ID)]},
        "DescribeNetworkAcls": Refusal(code="UnauthorizedOperation"),
    }


@pytest.mark.usefixtures("sample")
def test_the_guide_shows_what_is_said(clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["--stack", "privatelink", "--timeout", "1"], clock)
    said = capsys.readouterr()
    lines = [line.rstrip() for line in (said.err + said.out).splitlines()]

    assert "\n".join(lines) + "\n" == blocks("text")[0]


@pytest.mark.usefixtures("sample")
def test_the_guide_shows_the_document(clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, clock, "--stack", "privatelink") == json.loads(blocks("json")[0])


def test_the_guide_names_every_cause() -> None:

    told = set(re.findall(r"`([a-z0-9-]+)`", GUIDE.read_text().split("## What it looks at")[1].split("## The JSON")[0]))

    assert told == {name for one in [*CASES, *SESSIONS] for name in one.values[1]} | {
        "emulator",
        *(str(one.values[2]) for one in FLEETS),
    }
