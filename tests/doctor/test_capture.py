"""`--capture`: the snapshot that the doctor writes, and what the pack then says of a stack in that VPC."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from doctor import cli
from reachability.model import Unknown
from reachability.snapshot import from_json
from ssm_guard.__main__ import main
from tests.doctor.world import REGION, VPC, Refusal, World, https, igw, nat, privatelink, to_cidr

if TYPE_CHECKING:
    from collections.abc import Callable

    from reachability import model
    from tests.doctor.recorded import Api, FakeClock

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "reachability.md"
OWNER, ANOTHER = "111122223333", "999999999999"
TRUST = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}


def answers(world: World, *, asking: str = OWNER) -> dict[str, Any]:
    found = world.answers()
    found["DescribeVpcs"]["Vpcs"][0]["OwnerId"] = OWNER
    found["GetServiceSetting"]["ServiceSetting"]["ARN"] = f"arn:aws:ssm:{REGION}:{asking}:servicesetting/ssm/a"
    return found


def captured(clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> model.World:
    assert cli.main(["--capture", VPC], clock) == 0
    return from_json(capsys.readouterr().out)


def stack(group: dict[str, Any]) -> str:
    """A preview of an instance in a subnet that is there, with a group of its own."""
    made = {
        "aws:ec2/securityGroup:SecurityGroup": {"vpcId": VPC, **group},
        "aws:iam/role:Role": {
            "name": "role",
            "assumeRolePolicy": json.dumps(TRUST),
            "managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
        },
        "aws:iam/instanceProfile:InstanceProfile": {"name": "profile", "role": "role"},
        "aws:ec2/instance:Instance": {
            "subnetId": "subnet-web",
            "iamInstanceProfile": "profile",
            "associatePublicIpAddress": True,
        },
    }
    states: list[Any] = [
        {"urn": f"urn:pulumi:s::p::{one}::it", "type": one, "inputs": props} for one, props in made.items()
    ]
    states[-1]["propertyDependencies"] = {"vpcSecurityGroupIds": [states[0]["urn"]]}
    states[-1]["inputs"]["vpcSecurityGroupIds"] = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    return json.dumps({"steps": [{"op": "create", "newState": one} for one in states]})


OUT = {"egress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]}


def open_to_all(world: World) -> None:
    world.endpoint_ingress = [https(**to_cidr("10.0.0.0/16"))]


def for_the_account(world: World) -> None:
    """As this project's own endpoints have it: principals of the account pass."""
    open_to_all(world)
    whole = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    own = {**whole, "Condition": {"StringEquals": {"aws:PrincipalAccount": OWNER}}}
    for one in world.endpoints:
        one["PolicyDocument"] = json.dumps({"Statement": [own]})


def without_routes(world: World) -> None:
    world.tables[0]["Routes"].pop()


def shown(line: str, folder: Path) -> list[str]:
    """The arguments of a line in the guide, for what a test has in place of it."""
    (found,) = re.findall(rf"^.*{line}$", GUIDE.read_text(), re.MULTILINE)
    put = {"vpc-0123456789abcdef0": VPC, "eu-west-1": REGION}
    put |= {name: str(folder / name) for name in ("preview.json", "vpc.json")}
    return [put.get(word, word) for word in shlex.split(found)]


@pytest.fixture
def explained(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Any]:
    """From one program to the other: what the pack says of the stack in the VPC that the doctor wrote down."""

    def run(world: World, out: dict[str, Any] = OUT) -> Any:
        api.answers = answers(world)
        assert cli.main(shown(r"python -m doctor (.*) > vpc.json", tmp_path), clock) == 0
        (tmp_path / "vpc.json").write_text(capsys.readouterr().out)
        (tmp_path / "preview.json").write_text(stack(out))
        main([*shown("python -m ssm_guard (explain .*)", tmp_path), "--format", "json"])
        [found] = json.loads(capsys.readouterr().out)
        return found

    return run


@pytest.mark.parametrize(
    ("build", "change", "verdict", "missing"),
    [
        pytest.param(privatelink, open_to_all, "reachable", set(), id="endpoints that let the VPC in"),
        pytest.param(
            privatelink, lambda _: None, "unreachable", {"ingress-closed"}, id="endpoints that let one group in"
        ),
        pytest.param(privatelink, for_the_account, "reachable", set(), id="endpoints that let the account through"),
        pytest.param(igw, lambda _: None, "reachable", set(), id="an internet gateway"),
        pytest.param(igw, without_routes, "unreachable", {"no-route"}, id="no way out"),
    ],
)
def test_the_pack_reasons_on_what_the_doctor_wrote(
    explained: Callable[[World], Any],
    build: Callable[[], World],
    change: Callable[[World], object],
    verdict: str,
    missing: set[str],
) -> None:
    world = build()
    change(world)
    found = explained(world)

    assert found["verdict"] == verdict
    assert {one["cause"] for one in found["missing"]} == missing


@pytest.mark.parametrize(
    ("page", "verdict", "code"),
    [
        pytest.param("docs/reachability.md", "unreachable", 1, id="with a snapshot"),
        pytest.param("policy/README.md", "undetermined", 0, id="without one"),
    ],
)
def test_the_line_of_the_guides_runs_in_a_clone(
    explained: Callable[[World], Any], tmp_path: Path, page: str, verdict: str, code: int
) -> None:
    """In an environment that has the packages: the folder of the pack has none in a clone."""
    explained(privatelink())
    (line,) = re.findall(r"^.*python -m ssm_guard explain .*$", (ROOT / page).read_text(), re.MULTILINE)
    for name in ("preview.json", "vpc.json"):
        line = line.replace(name, str(tmp_path / name))
    environment = {**os.environ, "PATH": str(Path(sys.executable).parent), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.startswith(f"it (Instance) is {verdict}\n"), done.stderr
    assert done.returncode == code


@pytest.mark.parametrize("name", ["preview.json", "state.json", "vpc.json"])
def test_git_takes_no_note_of_the_files_of_the_guides(name: str) -> None:
    """A plan and a state have in them what nobody wants to commit."""
    assert f"/{name}" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("listed", "verdict"),
    [
        pytest.param(["0.0.0.0/0"], "reachable", id="everybody"),
        pytest.param(["192.0.2.0/24"], "unreachable", id="somebody else"),
        pytest.param("com.amazonaws.eu-west-1.s3", "unreachable", id="AWS's own of another service"),
    ],
)
def test_a_stacks_own_rule_may_name_a_list_that_is_there(
    explained: Callable[..., Any], listed: list[str] | str, verdict: str
) -> None:
    """None of the VPC's rules names it yet."""
    out = {"egress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "prefixListIds": ["pl-1"]}]}

    assert explained(igw(), out)["verdict"] == "undetermined"
    assert explained(replace(igw(), prefix_lists={"pl-1": listed}), out)["verdict"] == verdict


def test_it_looks_at_no_instance(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    api.answers = answers(nat())
    world = captured(clock, capsys)

    assert list(world.vpcs) == [VPC]
    assert not world.hosts
    assert {name for name, _ in api.calls}.isdisjoint({"DescribeInstances", "DescribeInstanceInformation"})


@pytest.mark.parametrize(
    ("setting", "account"),
    [
        pytest.param({}, OWNER, id="the ARN of a setting tells"),
        pytest.param({"GetServiceSetting": Refusal(code="AccessDeniedException")}, "", id="no right to ask for one"),
    ],
)
def test_whose_credentials_they_were_is_in_it(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], setting: Any, account: str
) -> None:
    api.answers = answers(privatelink()) | setting

    assert captured(clock, capsys).account == account


def test_what_a_new_subnet_and_interface_get_is_known(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    world = privatelink()
    api.answers = answers(world)
    assert captured(clock, capsys).vpcs[VPC].default_acl is None
    world.acls[0]["IsDefault"] = True
    api.answers["DescribeSecurityGroups"]["SecurityGroups"][0]["GroupName"] = "default"
    vpc = captured(clock, capsys).vpcs[VPC]

    assert (vpc.default_acl, vpc.default_group) == ("acl-1", "sg-web")


@pytest.mark.parametrize(
    ("asking", "ends", "known"),
    [
        pytest.param(OWNER, False, True, id="its owner, who sees that there are none"),
        pytest.param(ANOTHER, False, False, id="somebody whom it is shared with"),
        pytest.param(None, False, False, id="nobody knows who"),
        pytest.param(None, True, True, id="nobody knows who, and endpoints show"),
    ],
)
def test_endpoints_that_do_not_show_are_not_known(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], asking: str | None, *, ends: bool, known: bool
) -> None:
    world = privatelink()
    if not ends:
        world.endpoints.clear()
    api.answers = answers(world, asking=asking or "")
    if asking is None:
        api.answers["GetServiceSetting"] = Refusal(code="AccessDeniedException")

    assert (captured(clock, capsys).vpcs[VPC].gaps is None) == known


def test_what_may_not_be_asked_is_in_it_as_not_known(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answers = answers(privatelink()) | {"DescribeVpcAttribute": Refusal(code="UnauthorizedOperation")}

    assert captured(clock, capsys).vpcs[VPC].dns_support == Unknown(
        f"enableDnsSupport of {VPC}", "it could not be asked: needs ec2:DescribeVpcAttribute"
    )


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param({"Vpcs": []}, f"{REGION} has no VPC {VPC} that these credentials see", id="no such VPC"),
        pytest.param(
            Refusal(code="UnauthorizedOperation"),
            f"whether there is a VPC {VPC} could not be asked: needs ec2:DescribeVpcs",
            id="no right to ask",
        ),
    ],
)
def test_a_vpc_that_is_not_there_is_one_line(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], answer: Any, problem: str
) -> None:
    api.answers = answers(privatelink()) | {"DescribeVpcs": answer}

    assert cli.main(["--capture", VPC], clock) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"doctor: error: {problem}")
    assert said.err.count("\n") == 1
