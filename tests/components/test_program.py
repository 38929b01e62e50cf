"""The whole program on each committed stack file, and what it refuses before any resource exists."""

import base64
import contextlib
import importlib
import json
import re
import runpy
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime.config import set_all_config

from components.base.errors import ConfigError
from components.base.region import Region
from components.base.tags import STACK_TAG
from components.network.routes import Variant
from components.operators import console
from components.prices import estimate, plan_stack
from components.settings import READERS, Settings
from tests.components.graph import (
    ATTACHMENT,
    AUTHORIZATION,
    BUCKET,
    DOCUMENT,
    EGRESS,
    ENDPOINT,
    INGRESS,
    INSTANCE,
    KEY,
    LOG_GROUP,
    PARAMETER,
    ROLE,
    ROLE_POLICY,
    SECURITY_GROUP,
    SERVICE_SETTING,
    STATE,
    SUBNET,
    US_EAST_1,
    VPC,
    Answer,
    Graph,
    deploy,
    state_after,
)
from tests.components.network.existing.account import SSM, Account, endpoint
from tests.components.sessions.test_preferences import NEW, OWN_KEY

ROOT = Path(__file__).parents[2]
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
UNKNOWN_USER_DATA = (
    "ssm-only:instances[0].userData is 'just words': user data begins like no format of cloud-init: begin with "
    "#cloud-config-archive, ## template: jinja, #cloud-config-jsonp, #cloud-boothook, #cloud-config, #include-once, "
    "#part-handler, #include, #! or Content-Type:."
)
TOO_LONG = (
    "ssm-only:operators is 'a policy of 9754 characters': IAM takes 6144. Use fewer or shorter tags, documents, "
    "sourceIps and sshUsers."
)
MAIN = "main-amazon-linux-2023-arm64"
URNS = Path(__file__).parent / "urns.json"
TWO_INSTANCES = '[{"name": "main"}, {"name": "other"}]'
EGRESS_OF_OTHER = {"port": 5432, "to": "10.0.0.0/16", "why": "database"}
TIERS = {"igw": "public", "nat": "private", "privatelink": "private"}
STACKS = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))


def stack_config(stack: str) -> dict[str, str]:
    """A stack file's keys as Pulumi passes them: all values are text."""
    config: Mapping[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def run(
    config: Mapping[str, str],
    *,
    region: Region = US_EAST_1,
    answers: Mapping[str, Answer] | None = None,
    secrets: Sequence[str] = (),
) -> Graph:
    def program() -> None:
        set_all_config(dict(config), [f"ssm-only:{key}" for key in secrets])
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return deploy(program, region=region, answers={**NEW.answers, **(answers or {})})


def test_these_stacks_are_committed() -> None:
    assert STACKS == ["dev", "igw", "nat", "privatelink"]


@pytest.mark.parametrize("stack", STACKS)
def test_no_resource_has_another_urn_than_deployed_stacks_know_it_by(stack: str) -> None:
    """Pulumi deletes, and makes anew, what has another URN: an instance and its disk too."""
    deployed: list[str] = json.loads(URNS.read_text())[stack]

    assert deployed == sorted(run(stack_config(stack)).resources)


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_holds_only_keys_of_the_project_and_no_default_but_the_variant(stack: str) -> None:
    for name, value in stack_config(stack).items():
        project, key = name.split(":")
        assert project == "ssm-only"
        assert key in READERS
        assert key == "variant" or Settings.parse({key: value}) != Settings()


@pytest.mark.parametrize(
    ("stack", "variant", "cost", "zones"),
    [
        ("dev", "privatelink", "$14.60", 1),
        ("igw", "igw", "$3.65", 2),
        ("nat", "nat", "$36.50", 2),
        ("privatelink", "privatelink", "$29.20", 2),
    ],
)
def test_a_stack_comes_up(stack: str, variant: str, cost: str, zones: int) -> None:
    graph = run(stack_config(stack))

    assert graph.exports == {
        "region": "us-east-1",
        "variant": variant,
        "monthly_cost": estimate(plan_stack(Settings(variant=Variant(variant), zones=zones)), "us-east-1"),
        "instances": {
            "main": {
                "id": f"{MAIN}-id",
                "shell": f"aws ssm start-session --target {MAIN}-id --region us-east-1",
                "console": f"https://console.aws.amazon.com/systems-manager/session-manager/{MAIN}-id?region=us-east-1",
                "private_ip": "10.0.0.4",
                "vpc_id": "main-vpc-id",
                "subnet_id": f"main-{TIERS[variant]}-us-east-1a-id",
                "security_group_id": "main-id",
                "role_name": "main-name",
                "role_arn": "main-arn",
            }
        },
        "network": {
            "vpc_id": "main-vpc-id",
            "subnet_ids": [f"main-{TIERS[variant]}-{zone}-id" for zone in US_EAST_1.zones[:zones]],
            "endpoints_group_id": "main-endpoints-id" if variant == "privatelink" else None,
        },
        "needs": console.needs(console.Ways()),
    }
    assert graph.exports["monthly_cost"].startswith(f"{cost} ")
    assert {subnet["availabilityZone"] for subnet in graph.of(SUBNET).values()} == set(US_EAST_1.zones[:zones])
    assert list(graph.of(INSTANCE)) == [MAIN]


def test_the_cost_is_that_of_the_stacks_region() -> None:
    graph = run({"ssm-only:variant": "nat"}, region=replace(US_EAST_1, name="ap-northeast-1"))

    assert graph.exports["monthly_cost"].startswith("$48.91 for the network (ap-northeast-1, prices of 2026-09-25); ")


@pytest.mark.parametrize(
    ("region", "limit", "said"),
    [
        pytest.param("us-east-1", 30, None, id="within the limit"),
        pytest.param("eu-west-1", 30, "the stack costs $32.12 a month in eu-west-1", id="dearer in this Region"),
        pytest.param("eu-south-2", 30, "the stack's cost is unknown for eu-south-2", id="of unknown cost"),
        pytest.param("eu-south-2", 0, None, id="no limit"),
    ],
)
def test_a_stack_dearer_than_its_limit_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, region: str, limit: int, said: str | None
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)

    def program() -> None:
        set_all_config({"ssm-only:monthlyLimit": str(limit)}, [])
        with pytest.raises(SystemExit) if said else contextlib.nullcontext():
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    resources = deploy(program, region=replace(US_EAST_1, name=region), answers=NEW.answers).resources

    assert bool(resources) is (said is None)
    assert [line.partition(f"monthlyLimit is {limit}: ")[2].startswith(said or "") for line in logged] == [True] * bool(
        said
    )


A, B, C = US_EAST_1.zones
OFFERS = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
NEW_ZONE = replace(US_EAST_1, zones=("us-east-10", A, B, C), zone_ids={**US_EAST_1.zone_ids, "us-east-10": "use1-az9"})


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("region", "offered"),
    [
        pytest.param(replace(US_EAST_1, zones=(B, C)), (B, C), id="its first zone is impaired"),
        pytest.param(NEW_ZONE, ("us-east-10", A, B, C), id="a new zone sorts before it"),
        pytest.param(US_EAST_1, (C,), id="its zones offer the type no more"),
    ],
)
def test_a_stack_that_is_there_stays_where_it_is(stack: str, region: Region, offered: Sequence[str]) -> None:
    before = run(stack_config(stack))
    offers: Answer = lambda _: {"instanceTypes": ["t4g.micro"] * len(offered), "locations": [*offered]}  # noqa: E731
    answers: Mapping[str, Answer] = {STATE: lambda _: {"outputs": dict(state_after(before))}, OFFERS: offers}

    assert run(stack_config(stack), region=region, answers=answers).resources == before.resources


@pytest.mark.parametrize("stack", STACKS)
def test_of_a_stack_that_is_there_and_stays_nothing_is_said_to_be_replaced(
    monkeypatch: pytest.MonkeyPatch, stack: str
) -> None:
    """What the program takes for the instance's user data before there is a network is what it makes it with."""
    config = {**stack_config(stack), "ssm-only:replaceOnUserData": "true", "ssm-only:replaceOnNewImage": "true"}
    config |= {"ssm-only:sessions": '{"cloudwatch": {}, "key": "create"}', "ssm-only:bootReport": "true"}
    state = dict(state_after(run(config)))
    answers: Mapping[str, Answer] = {STATE: lambda _: {"outputs": state}}
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)

    run(config, answers=answers)
    assert [one for one in warned if "made anew" in one] == []
    run({**config, "ssm-only:runAsUsers": '["ann"]'}, answers=answers)
    assert [one.split(": ")[0] for one in warned if "made anew" in one] == ["ssm-only:replaceOnUserData is true"]


def test_a_new_stack_goes_where_its_instance_can_be() -> None:
    offers: Answer = lambda _: {"instanceTypes": ["t4g.micro"], "locations": [C]}  # noqa: E731
    graph = run({"ssm-only:zones": "2"}, answers={OFFERS: offers})

    assert set(graph.of(SUBNET)) == {f"main-private-{C}", f"main-private-{A}"}
    assert graph.of(INSTANCE)[MAIN]["subnetId"] == f"main-private-{C}-id"


def test_zones_are_named() -> None:
    graph = run({"ssm-only:zones": f'["use1-az2", "{A}"]', "ssm-only:instances": '[{"name": "main", "zone": 2}]'})

    assert set(graph.of(SUBNET)) == {f"main-private-{C}", f"main-private-{A}"}
    assert graph.of(INSTANCE)[MAIN]["subnetId"] == f"main-private-{A}-id"


def test_every_setting_of_the_network_arrives() -> None:
    graph = run(
        {
            "ssm-only:cidr": "10.9.0.0/16",
            "ssm-only:ec2messages": "true",
            "ssm-only:endpoints": '["sts"]',
            "ssm-only:endpointAccounts": '["222233334444"]',
            "ssm-only:shareEndpoints": '["10.1.0.0/16"]',
            "ssm-only:spokeVpcs": '["vpc-0123456789abcdef0"]',
            "ssm-only:buckets": '["packages"]',
            "ssm-only:tags": '{"team": "platform"}',
        }
    )

    assert {"main-ssm", "main-ssmmessages", "main-ec2messages", "main-sts", "main-s3"} == set(graph.of(ENDPOINT))
    assert "222233334444" in graph.of(ENDPOINT)["main-ssm"]["policy"]
    assert {rule.get("cidrIpv4") for rule in graph.of(INGRESS).values()} == {"10.9.0.0/16", "10.1.0.0/16"}
    assert {one["vpcId"] for one in graph.of(AUTHORIZATION).values()} == {"vpc-0123456789abcdef0"}
    assert {subnet["cidrBlock"] for subnet in graph.of(SUBNET).values()} == {"10.9.0.0/20", "10.9.16.0/20"}
    assert "packages" in graph.of(ENDPOINT)["main-s3"]["policy"]
    assert all(resource.inputs["tags"]["team"] == "platform" for resource in graph if "tags" in resource.inputs)


EVERYTHING = {
    "ssm-only:networkAcls": "true",
    "ssm-only:flowLogs": '{"to": "cloudwatch"}',
    "ssm-only:instanceConnect": "true",
    "ssm-only:ec2messages": "true",
    "ssm-only:bootReport": "true",
    "ssm-only:defaultHostManagement": "create",
    "ssm-only:sessions": '{"key": "create", "s3": {}, "cloudwatch": {}}',
    "ssm-only:operators": '{"role": {"trust": ["arn:aws:iam::123456789012:root"]}, "groups": ["operators"]}',
}


@pytest.mark.parametrize("variant", ["igw", "nat", "privatelink"])
def test_all_that_takes_tags_says_which_stack_it_is_of(variant: str) -> None:
    """Its SDK says what takes tags. What an `up` that was cut has left is found by this tag."""
    tagged = [one for one in run({**EVERYTHING, "ssm-only:variant": variant}) if takes_tags(one.type)]

    assert {one.type for one in tagged} >= {VPC, SUBNET, SECURITY_GROUP, ROLE, BUCKET, LOG_GROUP, KEY, DOCUMENT}
    assert [one.urn for one in tagged if one.inputs.get("tags", {}).get(STACK_TAG) != "acme/ssm-only/test"] == []


def takes_tags(type_: str) -> bool:
    """Whether pulumi_aws knows tags of a type such as aws:ec2/vpc:Vpc."""
    _, path, name = type_.split(":")
    return hasattr(getattr(importlib.import_module(f"pulumi_aws.{path.split('/')[0]}"), name), "tags")


def test_the_options_of_the_network_know_the_instances() -> None:
    mail = {"port": 25, "to": "10.0.0.0/16", "why": "mail"}
    instances = [
        {"name": "web", "egress": [mail]},
        {"name": "win", "platform": "windows-2022", "instanceType": "t3.micro"},
    ]
    operators = {"instanceConnect": True, "sshUsers": ["ec2-user"], "groups": ["people"]}
    config = {"networkAcls": True, "instanceConnect": True, "instances": instances, "operators": operators}
    graph = run({f"ssm-only:{key}": json.dumps(value) for key, value in config.items()})
    ports = {rule["fromPort"] for rule in graph.of("aws:ec2/networkAcl:NetworkAcl")["main-private"]["ingress"]}
    (policy,) = graph.of("aws:iam/policy:Policy").values()
    (tunnel,) = (one for one in json.loads(policy["policy"])["Statement"] if one["Sid"] == "Tunnel")
    lines = {name: one["instance_connect"].split()[2] for name, one in graph.exports["instances"].items()}

    assert {22, 25, 443} < ports
    groups = graph.of(SECURITY_GROUP)
    assert {name: groups[name]["ingress"][0]["fromPort"] for name in ("web", "win")} == {"web": 22, "win": 3389}
    assert tunnel["Resource"] == "main-instance-connect-arn"
    assert tunnel["Condition"]["NumericEquals"] == {"ec2-instance-connect:remotePort": ["22", "3389"]}
    assert lines == {"web": "ssh", "win": "open-tunnel"}


def test_the_sample_in_the_readme_has_each_output_and_no_other() -> None:
    (sample,) = re.findall(r"```text\n(Outputs:\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    shown = {depth: set(re.findall(rf"^ {{{depth}}}(\w+) *:", sample, re.MULTILINE)) for depth in (4, 12)}
    exports = run(stack_config("privatelink")).exports

    assert shown[4] == exports.keys()
    assert shown[12] == exports["instances"]["main"].keys()


@pytest.mark.parametrize(
    ("operators", "shown"),
    [
        pytest.param({}, True, id="nobody in particular"),
        pytest.param({"operators": '{"groups": ["people"]}'}, False, id="operators who may not"),
    ],
)
def test_the_line_through_an_endpoint_is_for_who_may(operators: Mapping[str, str], *, shown: bool) -> None:
    config = {f"ssm-only:{key}": value for key, value in {"instanceConnect": "true", **operators}.items()}

    assert ("instance_connect" in run(config).exports["instances"]["main"]) is shown


@pytest.mark.parametrize(
    ("egress", "line"),
    [
        pytest.param([], None, id="an instance that reaches none"),
        pytest.param(
            [{"port": 3306, "to": "10.0.5.6/32", "why": "database"}],
            {"host": ["10.0.5.6"], "portNumber": ["3306"], "localPortNumber": ["3306"]},
            id="one host",
        ),
        pytest.param(
            [
                {"port": 53, "to": "10.0.0.2", "why": "names", "protocol": "udp"},
                {"port": 443, "to": "10.0.0.0/16", "why": "web"},
            ],
            {"host": ["db.example.internal"], "portNumber": ["443"], "localPortNumber": ["8443"]},
            id="the first that a session can forward to",
        ),
    ],
)
def test_the_line_for_a_remote_host_is_one_that_the_group_lets_out(egress: Any, line: Any) -> None:
    instances = [{"name": "main", "egress": egress}, {"name": "other", "egress": [EGRESS_OF_OTHER]}]
    exports = run({"ssm-only:operators": '{"remoteHosts": true}', "ssm-only:instances": json.dumps(instances)}).exports[
        "instances"
    ]
    shown = exports["main"].get("remote_host")

    assert (shown and json.loads(shlex.split(shown)[-1])) == line
    assert "5432" in exports["other"]["remote_host"]


def test_a_remote_host_that_is_named_has_a_way_out_a_way_in_and_a_line() -> None:
    host = {"host": "db.internal", "to": "sg-0123456789abcdef0", "port": 5432, "why": "orders", "addRule": True}
    graph = run({"ssm-only:operators": json.dumps({"remoteHosts": [host]}), "ssm-only:instances": TWO_INSTANCES})
    labels = {f"{name}-to-tcp-5432-group-sg-0123456789abcdef0" for name in ("main", "other")}
    line = graph.exports["instances"]["other"]["remote_hosts"]["db.internal:5432"]

    assert labels <= set(graph.of(EGRESS))
    assert {
        name: rule["securityGroupId"] for name, rule in graph.of(INGRESS).items() if name in labels
    } == dict.fromkeys(labels, "sg-0123456789abcdef0")
    assert json.loads(shlex.split(line)[-1])["host"] == ["db.internal"]
    assert "remote_host" not in graph.exports["instances"]["main"]


def test_a_way_out_of_the_stack_is_one_of_each_instance() -> None:
    mirror, database = {"port": 80, "to": "10.0.9.9", "why": "mirror"}, EGRESS_OF_OTHER
    graph = run(
        {
            "ssm-only:egress": json.dumps([mirror]),
            "ssm-only:instances": json.dumps([{"name": "web"}, {"name": "db", "egress": [database]}]),
        }
    )

    assert {name for name, rule in graph.of(EGRESS).items() if rule["fromPort"] != 443} == {
        "web-to-tcp-80-10.0.9.9/32",
        "db-to-tcp-80-10.0.9.9/32",
        "db-to-tcp-5432-10.0.0.0/16",
    }


def test_fips_endpoints_arrive_at_network_and_instance() -> None:
    graph = run({"ssm-only:fips": "true", "ssm-only:endpoints": '["sts"]'})
    boot = base64.b64decode(graph.of(INSTANCE)[MAIN]["userDataBase64"]).decode()

    assert set(graph.of(ENDPOINT)) == {"main-ssm-fips", "main-ssmmessages-fips", "main-sts", "main-s3"}
    assert "ssmmessages-fips.us-east-1.amazonaws.com" in boot
    # What the boot check asks the agent for has the services' own names.
    assert "services='\"'\"'ssm ssmmessages s3'\"'\"'" in boot


def test_every_setting_of_an_instance_arrives() -> None:
    graph = run(
        {
            "ssm-only:replaceOnNewImage": "true",
            "ssm-only:replaceOnUserData": "true",
            "ssm-only:permissionsBoundary": BOUNDARY,
            "ssm-only:ssmUserSudo": "false",
            "ssm-only:runAsUsers": '["alice"]',
            "ssm-only:sessionProfile": "exec bash",
            "ssm-only:instances": json.dumps(
                [
                    {"name": "web"},
                    {
                        "name": "db",
                        "zone": 2,
                        "platform": "custom",
                        "ami": "ami-00000000000000002",
                        "family": "deb",
                        "instanceType": "t3.micro",
                        "volumeSize": 12,
                        "tags": {"role": "db"},
                        "userData": "#!/bin/sh\necho theirs\n",
                        "policies": ["arn:aws:iam::123456789012:policy/team/backup"],
                    },
                ]
            ),
        }
    )
    web, db = graph.of(INSTANCE)["web-amazon-linux-2023-arm64"], graph.of(INSTANCE)["db-custom-x86_64"]
    boot = base64.b64decode(db["userDataBase64"]).decode()

    assert (web["instanceType"], web["subnetId"]) == ("t4g.micro", "main-private-us-east-1a-id")
    assert (db["instanceType"], db["subnetId"]) == ("t3.micro", "main-private-us-east-1b-id")
    assert (db["ami"], db["rootBlockDevice"]["volumeSize"]) == ("ami-00000000000000002", 12)
    assert db["tags"] == {"role": "db", "Name": "db", "ssm-only:stack": "acme/ssm-only/test"}
    assert db["userDataReplaceOnChange"]
    assert graph.one(INSTANCE, "web-amazon-linux-2023-arm64").ignores == set()
    assert {role["permissionsBoundary"] for role in graph.of(ROLE).values()} == {BOUNDARY}
    assert graph.of(ATTACHMENT) == {
        "db/team/backup": {"role": "db-name", "policyArn": "arn:aws:iam::123456789012:policy/team/backup"}
    }
    assert "\n#!/bin/sh\necho theirs\n" in boot
    for told in ("ssm_user_sudo=false", "run_as_users=alice", "session_profile=", "exec bash", "internet=false"):
        assert told in boot


@pytest.mark.parametrize(
    ("config", "sids"),
    [
        pytest.param({}, {"Sessions", "SessionsChannels"}, id="sessions alone"),
        pytest.param({"patching": "true"}, {"Patching", "PatchingBaselines"}, id="patching"),
        pytest.param({"runCommand": "true"}, {"RunCommandDocuments", "RunCommandInventory"}, id="Run Command"),
        pytest.param({"agentUpdate": "true"}, {"AgentUpdate"}, id="agent update"),
        pytest.param({"parameterPaths": '["/shop/web"]'}, {"Parameters"}, id="parameters"),
        pytest.param({"ec2messages": "true"}, {"Ec2Messages"}, id="an old agent"),
        pytest.param({"bootReport": "true"}, {"ReportParameter"}, id="a report"),
    ],
)
def test_a_feature_brings_its_statements(config: Mapping[str, str], sids: set[str]) -> None:
    (policy,) = run({f"ssm-only:{key}": value for key, value in config.items()}).of(ROLE_POLICY).values()

    found = {statement["Sid"] for statement in json.loads(policy["policy"])["Statement"]}
    assert found >= sids
    assert found > {"Sessions", "SessionsChannels"} or not config


def test_the_boot_report_has_a_parameter_of_its_own() -> None:
    graph = run({"ssm-only:bootReport": "true"})
    parameter = graph.one(PARAMETER, "main-report")

    assert (parameter.inputs["name"], parameter.inputs["type"]) == ("/boot-check/ssm-only/test/main", "String")
    assert parameter.ignores == {"value", "insecureValue", "description"}
    assert (PARAMETER, "main-report") in graph.made_before(graph.one(INSTANCE, MAIN))


@pytest.mark.parametrize(("choice", "settings"), [("use", 0), ("create", 1)])
def test_under_default_host_management_an_instance_has_no_right_of_its_own(choice: str, settings: int) -> None:
    graph = run({"ssm-only:defaultHostManagement": choice})

    assert graph.of(ROLE_POLICY) == {}
    assert len(graph.of(SERVICE_SETTING)) == settings
    before = graph.made_before(graph.one(INSTANCE, MAIN))
    assert {type_ for type_, _ in before} >= ({SERVICE_SETTING} if settings else set())


def test_who_gets_no_security_updates_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    run({"ssm-only:instances": '[{"name": "main"}, {"name": "web", "platform": "ubuntu-24.04"}]'})

    assert [line.split(".")[0] for line in warned] == ["ssm-only:instances[1]"]


def test_managed_instance_core_is_attached_to_each() -> None:
    graph = run({"ssm-only:managedInstanceCore": "true", "ssm-only:instances": '[{"name": "a"}, {"name": "b"}]'})

    assert set(graph.of(ATTACHMENT)) == {"a/AmazonSSMManagedInstanceCore", "b/AmazonSSMManagedInstanceCore"}
    assert list(graph.exports["instances"]) == ["a", "b"]


def test_an_ended_platform_is_taken_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    graph = run({"ssm-only:instances": '[{"name": "main"}, {"name": "old", "platform": "amazon-linux-2"}]'})

    assert "old-amazon-linux-2-arm64" in graph.of(INSTANCE)
    assert warned == [
        "ssm-only:instances[1].platform is 'amazon-linux-2': its maker mends it no longer, since 2026-06-30."
    ]


SECRET_CONFIG = {
    "instances": json.dumps([{"name": "main", "userData": "#!/bin/sh\necho hunter2\n"}]),
    "sessionProfile": "export WORD=hunter2",
    "sessions": json.dumps({"shellProfile": {"linux": "echo hunter2"}, "s3": {}}),
    "operators": json.dumps(
        {
            "users": ["ann"],
            "mfa": True,
            "tags": {"team": "hunter2"},
            "role": {"trust": ["arn:aws:iam::123456789012:root"], "mfa": True, "externalId": "hunter2"},
        }
    ),
}


@pytest.mark.parametrize(
    ("secrets", "kept"),
    [
        pytest.param([], set(), id="none"),
        pytest.param(["instances"], {"userDataBase64"}, id="user data"),
        pytest.param(["sessionProfile"], {"userDataBase64"}, id="the profile, which is in user data too"),
        pytest.param(["sessions"], {"content"}, id="the shell profile of the document"),
        pytest.param(["operators"], {"policy", "assumeRolePolicy"}, id="the external id"),
        pytest.param([*SECRET_CONFIG], {"userDataBase64", "content", "policy", "assumeRolePolicy"}, id="all"),
    ],
)
def test_what_is_set_as_a_secret_is_sent_as_one(secrets: list[str], kept: set[str]) -> None:
    """The engine encrypts what is marked, and shows the rest to whoever reads the state."""
    graph = run({f"ssm-only:{key}": value for key, value in SECRET_CONFIG.items()}, secrets=secrets)
    clear = [
        f"{resource.name}.{name}"
        for resource in graph.resources.values()
        for name, value in resource.inputs.items()
        if name not in resource.secret and "hunter2" in f"{value}{decoded(name, value)}"
    ]

    assert {name for resource in graph for name in resource.secret} == kept
    assert (clear == []) is (set(secrets) == {*SECRET_CONFIG})
    assert "hunter2" not in str(graph.exports)


def decoded(name: str, value: object) -> str:
    return base64.b64decode(str(value)).decode() if name == "userDataBase64" else ""


def test_user_data_that_is_a_secret_is_not_shown_where_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)

    def program() -> None:
        set_all_config({"ssm-only:instances": '[{"name": "main", "userData": "hunter2"}]'}, ["ssm-only:instances"])
        with pytest.raises(SystemExit):
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    assert deploy(program).resources == {}
    assert [one.split(": ")[0] for one in logged] == ["ssm-only:instances[0].userData is '[secret]'"]
    assert "hunter2" not in str(logged)


THEIRS = {"s3BucketName": "their-logs", "runAsEnabled": True, "runAsDefaultUser": "ops"}
WINDOWS = '[{"name": "main", "platform": "windows-2022", "instanceType": "t3.micro", "volumeSize": 30}]'


@pytest.mark.parametrize(
    ("config", "theirs", "warned"),
    [
        pytest.param({}, {}, [], id="no preferences"),
        pytest.param({}, THEIRS, ["the account's preferences", "runAsDefaultUser"], id="the account's"),
        pytest.param(
            {"runAsUsers": '["ops"]', "sessions": '{"document": "skip", "s3": {"bucket": "their-logs"}}'},
            THEIRS,
            [],
            id="the account's, served",
        ),
        pytest.param({"sessions": '{"runAs": {"user": "ops"}}'}, {}, ["sessions.runAs.user is 'ops'"], id="Run As"),
        pytest.param(
            {"sessions": '{"runAs": {"user": "ssm-user"}}'}, {}, ["sessions.runAs.user"], id="as the agent's own user"
        ),
        pytest.param(
            {"sessions": '{"runAs": {"user": "ops"}}', "runAsUsers": '["ops"]'}, {}, [], id="as a user that is made"
        ),
        pytest.param({"sessions": '{"runAs": {}}'}, {}, [], id="as each person's own"),
        pytest.param(
            {"sessions": '{"runAs": {"user": "ops"}}', "instances": WINDOWS},
            {},
            ["it gets no security updates"],
            id="Windows has no Run As",
        ),
    ],
)
def test_preferences_that_no_session_could_open_with_are_said(
    config: Mapping[str, str], theirs: Mapping[str, object], warned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_: said.append(message))
    bucket = {"bucketRegion": "us-east-1", "region": "us-east-1"}
    answers: dict[str, Answer] = {"aws:s3/getBucket:getBucket": lambda _: bucket}
    if theirs:
        content = json.dumps({"inputs": theirs})
        answers["aws:ssm/getDocument:getDocument"] = lambda _: {"content": content, "documentVersion": "1"}
    run({f"ssm-only:{key}": value for key, value in config.items()}, answers=answers)

    assert [part in one for part, one in zip(warned, said, strict=True)] == [True] * len(warned)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param(
            {"variant": "natt"},
            "ssm-only:variant is 'natt': use one of igw, nat, privatelink.",
            id="an unknown variant",
        ),
        pytest.param(
            {"cidr": "10.0.0.0/28"},
            "ssm-only:cidr is '10.0.0.0/28': it has room for 1 of the 2 subnets that are needed "
            "(AWS's smallest is /28). Use a /27 or larger, or fewer zones.",
            id="a block that is too small for the zones",
        ),
        pytest.param(
            {"zones": "4"},
            "ssm-only:zones is 4: this account can use 3 in us-east-1 (us-east-1a, us-east-1b, us-east-1c). "
            "Use a number from 1 to 3.",
            id="more zones than the Region has",
        ),
        pytest.param(
            {"instances": '[{"name": "main"}, {"name": "other", "instanceType": "t9.micro"}]'},
            "ssm-only:instances[1].instanceType is 't9.micro': EC2 does not have this type in this Region. "
            "It has t4g.micro, t3.micro. "
            "`aws ec2 describe-instance-types --query InstanceTypes[].InstanceType` lists all.",
            id="a type that does not exist",
        ),
        pytest.param(
            {"instances": json.dumps([{"name": "main", "userData": "just words"}])},
            UNKNOWN_USER_DATA,
            id="user data of no known kind",
        ),
        pytest.param(
            {"operators": json.dumps({"groups": ["people"], "tags": {f"tag{n}": "x" * 256 for n in range(30)}})},
            TOO_LONG,
            id="a policy that IAM does not take",
        ),
        pytest.param(
            {"operators": '{"groups": ["people", "nobody"]}'},
            "ssm-only:operators.groups[1] is 'nobody': this account has no such group. Make it first "
            "(aws iam create-group --group-name nobody), or name another.",
            id="a group that does not exist",
        ),
        pytest.param(
            {
                "parameterPaths": json.dumps([f"/shop/{number:03}" for number in range(82)]),
                # Both keys' ARNs, the bucket's and the group's name are not known by then.
                "sessions": '{"key": "create", "s3": {}, "cloudwatch": {}}',
            },
            "ssm-only:parameterPaths is '82 paths': the instances' policy would have 11010 characters, and IAM takes "
            "10240. Use fewer or shorter paths, for example one that they have in common.",
            id="a role's policy that IAM does not take",
        ),
        pytest.param(
            {
                "variant": "nat",
                "networkAcls": "true",
                "egress": json.dumps([{"port": port, "to": "0.0.0.0/0", "why": "x"} for port in range(1, 18)]),
            },
            "ssm-only:networkAcls is true: with all of egress the ACL of the private subnets has 20 inbound rules for "
            "IPv4, and AWS takes 19 beside its own. Use fewer ports or larger blocks in egress, or no ACLs: the "
            "instances' groups have the same rules.",
            id="more rules than an ACL has room for",
        ),
        pytest.param(
            {"fips": "true", "endpoints": '["nowhere"]'},
            "ssm-only:endpoints[0] is 'nowhere': us-east-1 has no endpoint service com.amazonaws.us-east-1.nowhere. "
            "`aws ec2 describe-vpc-endpoint-services --query ServiceNames` lists those that there are.",
            id="an endpoint of no service",
        ),
        pytest.param(
            {"varient": "nat"},
            f"ssm-only:varient is 'nat': there is no such key. Did you mean variant? Keys are {', '.join(READERS)}.",
            id="a misspelt key",
        ),
    ],
)
def test_a_wrong_config_is_one_message_and_no_resource(
    monkeypatch: pytest.MonkeyPatch, config: Mapping[str, str], message: str
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)

    def program() -> None:
        set_all_config({f"ssm-only:{key}": value for key, value in config.items()})
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
        # The language host adds an error of its own to any other code.
        assert end.value.code == 32

    assert deploy(program).resources == {}
    assert logged == [message]


def test_pulumi_prints_a_components_error_without_a_traceback() -> None:
    assert issubclass(ConfigError, pulumi.RunError)


# What a function of the provider needs of IAM; the engine's own, and whose credentials these are, need nothing.
RIGHTS = {
    "getAvailabilityZones": "ec2:DescribeAvailabilityZones",
    "getInstanceTypes": "ec2:DescribeInstanceTypes",
    "getInstanceType": "ec2:DescribeInstanceTypes",
    "getInstanceTypeOfferings": "ec2:DescribeInstanceTypeOfferings",
    "getVpcEndpointService": "ec2:DescribeVpcEndpointServices",
    "getAmi": "ec2:DescribeImages",
    "getSecurityGroup": "ec2:DescribeSecurityGroups",
    "getSecurityGroupRules": "ec2:DescribeSecurityGroupRules",
    "getSecurityGroupRule": "ec2:DescribeSecurityGroupRules",
    "getManagedPrefixList": "ec2:DescribeManagedPrefixLists",
    "getSubnet": "ec2:DescribeSubnets",
    "getParameter": "ssm:GetParameter",
    "getDocument": "ssm:GetDocument",
    "getGroup": "iam:GetGroup",
    "getUser": "iam:GetUser",
    "getRole": "iam:GetRole",
    "getKey": "kms:DescribeKey",
    "getBucket": "s3:ListBucket",
    "getLogGroups": "logs:DescribeLogGroups",
    "getLogGroup": "logs:ListTagsForResource",
    "getVpcs": "ec2:DescribeVpcs",
    "getVpc": "ec2:DescribeVpcAttribute",
    "getSubnets": "ec2:DescribeSubnets",
    "getRouteTables": "ec2:DescribeRouteTables",
    "getRouteTable": "ec2:DescribeRouteTables",
    "getInternetGateway": "ec2:DescribeInternetGateways",
    "getNatGateway": "ec2:DescribeNatGateways",
    "getNetworkAcls": "ec2:DescribeNetworkAcls",
    "getVpcEndpoint": "ec2:DescribeVpcEndpoints",
    "getNetworkInterfaces": "ec2:DescribeNetworkInterfaces",
    "getNetworkInterface": "ec2:DescribeNetworkInterfaces",
    "getPrefixList": "ec2:DescribePrefixLists",
    "getZone": "route53:ListHostedZones",
    "getPartition": None,
    "getCallerIdentity": None,
    "readStackResourceOutputs": None,
}


# Of which all functions are asked: two endpoints of a service, and a group that a prefix list lets in.
VPCS = {
    "privatelink": Account(
        endpoints=[
            endpoint("vpce-1", SSM),
            endpoint("vpce-2", SSM, privateDnsEnabled=False, securityGroupIds=[]),
        ],
        rules={
            "sgr-1": {
                "group": "sg-1",
                "isEgress": False,
                "ipProtocol": "-1",
                "prefixListId": "pl-10.8.0.0/16",
            }
        },
    ),
    "nat": Account(
        routes={"rtb-main": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}]}, nat_gateways={"nat-1": {}}
    ),
}


def test_the_role_for_previews_may_do_what_a_preview_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()

    def recording(invoke: Callable[..., Any], token: str, *args: Any, **kwargs: Any) -> Any:
        asked.add(token.rsplit(":", maxsplit=1)[-1])
        return invoke(token, *args, **kwargs)

    for name in ("invoke", "invoke_output"):
        monkeypatch.setattr(pulumi.runtime, name, partial(recording, getattr(pulumi.runtime, name)))
    own_image = {"name": "own", "ami": "ami-00000000000000001", "volumeSize": 10}
    named = {
        "securityGroups": ["sg-0123456789abcdef0"],
        "volumes": [{"device": "/dev/sdf", "size": 8}],
        "egress": [{"port": 5432, "to": "pl-0123456789abcdef0", "why": "x"}],
    }
    sessions = {"s3": {"bucket": "own"}, "cloudwatch": {"group": "own"}, "key": OWN_KEY}
    operators = {"groups": ["a"], "users": ["b"], "roles": ["c"]}
    config = {"instances": [{"name": "main", **named}, own_image], "sessions": sessions, "operators": operators}
    # A group of a person's own can be of a VPC that is there alone.
    vpc = {"type": VPC, "outputs": {"arn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc", "cidrBlock": "10.0.0.0/16"}}
    state = {f"urn:pulumi:test::ssm-only::ssm-only:components:SsmNetwork${VPC}::main-vpc": vpc}
    run(
        {f"ssm-only:{key}": json.dumps(value) for key, value in config.items()},
        answers={STATE: lambda _: {"outputs": state}},
    )
    for variant, account in VPCS.items():
        network = json.dumps({"tags": {"team": "web"}, "subnetTags": {"tier": "private"}})
        run({"ssm-only:variant": variant, "ssm-only:network": network}, answers=account.answers)
    guide = (ROOT / "docs" / "pull-requests.md").read_text()

    assert asked == set(RIGHTS)
    assert [right for right in RIGHTS.values() if right and f'"{right}"' not in guide] == []


def test_no_source_names_a_partition() -> None:
    sources = [*(ROOT / "components").rglob("*.*"), ROOT / "__main__.py"]
    texts = {path.name: path.read_text() for path in sources if path.suffix in {".py", ".sh"}}

    assert [name for name, text in texts.items() if re.search(r"arn:aws\b", text)] == []
