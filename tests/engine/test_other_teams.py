"""The pack on stacks that it has never seen: other teams' programs, written here, on the real engine."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.engine.embedded import PROGRAMS, ROOT, Cloud
from tests.engine.node import installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

TYPESCRIPT = ROOT / "tests" / "engine" / "programs" / "typescript"
PACK = ("--policy-pack", str(ROOT / "policy"))
WORLD = "0.0.0.0/0"
WORLD_6 = "::/0"
OFFICE = "10.8.0.0/16"
SSH = {"fromPort": 22, "toPort": 22}
TCP_SSH = {"protocol": "tcp", **SSH}
# What Pulumi gives for a policy's violation and for any other failure alike.
FAILED = 1


@dataclass(frozen=True, kw_only=True)
class Form:
    """A way to open port 22 to the world, and the neighbour that does not."""

    type: str
    blocked: Mapping[str, Any]
    allowed: Mapping[str, Any]
    message: str
    # What the neighbour adds to the groups of the cloud: (protocol, first port, last port, source).
    arrives: tuple[str, int, int, str]


def template(cidr: str) -> str:
    """A CloudFormation template, as a person writes one."""
    return f"""
Parameters:
  Source:
    Type: String
    Default: {cidr}
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: of a template
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: 22
          ToPort: 22
          CidrIp: !Ref Source
"""


FORMS = {
    "inline": Form(
        type="aws:ec2:SecurityGroup",
        blocked={"ingress": [{"protocol": "tcp", "fromPort": 20, "toPort": 25, "cidrBlocks": [OFFICE, WORLD]}]},
        allowed={"ingress": [{"protocol": "tcp", "fromPort": 20, "toPort": 21, "cidrBlocks": [OFFICE, WORLD]}]},
        message="ingress[0].cidrBlocks[1]: 0.0.0.0/0, every IPv4 address, may reach tcp/22.",
        arrives=("tcp", 20, 21, WORLD),
    ),
    "rule": Form(
        type="aws:ec2:SecurityGroupRule",
        blocked={
            "type": "ingress",
            "securityGroupId": "${group.id}",
            "protocol": "-1",
            "fromPort": 0,
            "toPort": 0,
            "cidrBlocks": [WORLD],
        },
        allowed={"type": "ingress", "securityGroupId": "${group.id}", **TCP_SSH, "cidrBlocks": [OFFICE]},
        message="cidrBlocks[0]: 0.0.0.0/0, every IPv4 address, may reach tcp/22.",
        arrives=("tcp", 22, 22, OFFICE),
    ),
    "ingress-rule": Form(
        type="aws:vpc:SecurityGroupIngressRule",
        blocked={"securityGroupId": "${group.id}", "ipProtocol": "tcp", **SSH, "cidrIpv6": WORLD_6},
        allowed={
            "securityGroupId": "${group.id}",
            "ipProtocol": "tcp",
            "fromPort": 23,
            "toPort": 25,
            "cidrIpv6": WORLD_6,
        },
        message="cidrIpv6: ::/0, every public IPv6 address, may reach tcp/22.",
        arrives=("tcp", 23, 25, WORLD_6),
    ),
    "default-group": Form(
        type="aws:ec2:DefaultSecurityGroup",
        blocked={"vpcId": "${vpc.id}", "ingress": [{**TCP_SSH, "cidrBlocks": [WORLD]}]},
        allowed={"vpcId": "${vpc.id}", "ingress": [{**TCP_SSH, "cidrBlocks": ["10.9.0.0/16"]}]},
        message="ingress[0].cidrBlocks[0]: 0.0.0.0/0, every IPv4 address, may reach tcp/22.",
        arrives=("tcp", 22, 22, "10.9.0.0/16"),
    ),
    "template": Form(
        type="aws:cloudformation:Stack",
        blocked={"name": "blocked", "templateBody": template(WORLD)},
        allowed={"name": "allowed", "templateBody": template("10.10.0.0/16")},
        message="templateBody.Group.Properties.SecurityGroupIngress[0].CidrIp: 0.0.0.0/0, every IPv4 address,",
        arrives=("tcp", 22, 22, "10.10.0.0/16"),
    ),
}
# What the forms refer to.
BASE = {
    "vpc": {"type": "aws:ec2:Vpc", "properties": {"cidrBlock": "10.8.0.0/24"}},
    "group": {"type": "aws:ec2:SecurityGroup", "properties": {"vpcId": "${vpc.id}"}},
}
BLOCKED = {f"{name}-blocked": {"type": form.type, "properties": form.blocked} for name, form in FORMS.items()}
ALLOWED = {f"{name}-allowed": {"type": form.type, "properties": form.allowed} for name, form in FORMS.items()}


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program of another team, with the stack `dev`."""

    cloud: Cloud
    folder: Path

    def preview(self, *words: str, code: int = 0) -> str:
        return self.cloud.pulumi("preview", *self.where, *PACK, *words, code=code)

    def up(self, *words: str, code: int = 0) -> str:
        return self.cloud.up(*self.where, *PACK, *words, code=code)

    def state(self) -> str:
        return str(self.cloud.localaws("pulumi", "stack", "export", *self.where).stdout)

    @property
    def where(self) -> tuple[str, ...]:
        """What names it to `pulumi`."""
        return ("--cwd", str(self.folder), "--stack", "dev")


def written(cloud: Cloud, folder: Path, resources: Mapping[str, Any], variables: Mapping[str, Any] = {}) -> Program:
    """A program in YAML; each has the name of its folder, so that none meets another's stack."""
    facts = {"name": folder.name, "runtime": "yaml", "variables": dict(variables), "resources": dict(resources)}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(facts))
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    return Program(cloud=cloud, folder=folder)


def verdicts(said: str) -> list[tuple[str, str, str]]:
    """What policies reported: (level, policy, resource), in the order of the resources' names."""
    found = re.findall(r"^ +- \[(\w+)\].*?(\S+)  \(\S+: (\S+)\)$", said, re.MULTILINE)
    return sorted(found, key=lambda verdict: verdict[2])


def permissions(cloud: Cloud) -> set[tuple[str, int, int, str]]:
    """What the groups of the cloud let in from addresses: (protocol, first port, last port, source)."""
    return {
        (rule["IpProtocol"], rule.get("FromPort", 0), rule.get("ToPort", 65535), source)
        for group in cloud.ec2.describe_security_groups()["SecurityGroups"]
        for rule in group["IpPermissions"]
        for source in (
            *(one["CidrIp"] for one in rule["IpRanges"]),
            *(one["CidrIpv6"] for one in rule["Ipv6Ranges"]),
        )
    }


def open_to_the_world(cloud: Cloud) -> list[tuple[str, int, int, str]]:
    """What lets the world reach port 22, as the cloud itself shows it."""
    return [
        (protocol, first, last, source)
        for protocol, first, last, source in permissions(cloud)
        if source in {WORLD, WORLD_6} and protocol in {"tcp", "-1"} and first <= 22 <= last
    ]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud of this file's own: what the programs leave goes with it."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    cloud.start()
    yield cloud
    cloud.localaws("stop")


def test_a_preview_names_each_form_that_opens_and_none_of_its_neighbours(cloud: Cloud, tmp_path: Path) -> None:
    said = written(cloud, tmp_path, {**BASE, **BLOCKED, **ALLOWED}).preview(code=FAILED)

    assert verdicts(said) == [("mandatory", "no-world-ssh", name) for name in sorted(BLOCKED)]
    assert [name for name, form in FORMS.items() if form.message not in said] == []


@pytest.mark.parametrize("name", FORMS)
def test_an_up_stops_before_the_world_is_let_in(cloud: Cloud, tmp_path: Path, name: str) -> None:
    resource = f"{name}-blocked"
    said = written(cloud, tmp_path, {**BASE, resource: BLOCKED[resource]}).up(code=FAILED)

    assert verdicts(said) == [("mandatory", "no-world-ssh", resource)]
    assert FORMS[name].message in said
    assert open_to_the_world(cloud) == []


def test_an_up_brings_every_neighbour(cloud: Cloud, tmp_path: Path) -> None:
    said = written(cloud, tmp_path, {**BASE, **ALLOWED}).up()

    assert verdicts(said) == []
    assert [name for name, form in FORMS.items() if form.arrives not in permissions(cloud)] == []
    assert open_to_the_world(cloud) == []


def read_back(name: str, cidr: str, after: Sequence[str] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    """A group whose source is only known once a parameter that holds it is there: its resources and variables."""
    source = {
        "fn::invoke": {"function": "aws:ssm:getParameter", "arguments": {"name": f"${{{name}-source.id}}"}},
    }
    rule = {**TCP_SSH, "cidrBlocks": [f"${{{name}-read.insecureValue}}"]}
    resources = {
        f"{name}-source": {"type": "aws:ssm:Parameter", "properties": {"type": "String", "value": cidr}},
        name: {
            "type": "aws:ec2:SecurityGroup",
            "properties": {"ingress": [rule]},
            "options": {"dependsOn": [f"${{{one}}}" for one in after]},
        },
    }
    return resources, {f"{name}-read": source}


def test_an_unknown_source_is_said_once_and_judged_when_known(cloud: Cloud, tmp_path: Path) -> None:
    office, read_office = read_back("office", "10.11.0.0/16")
    # An update stops at a violation: the office's group comes first.
    world, read_world = read_back("world", WORLD, after=["office"])
    program = written(cloud, tmp_path, {**office, **world}, {**read_office, **read_world})
    preview = program.preview()
    up = program.up(code=FAILED)

    assert verdicts(preview) == [("advisory", "no-world-ssh", name) for name in ("office", "world")]
    assert preview.count("ingress[0].cidrBlocks[0]: not known before `pulumi up`") == 2
    assert verdicts(up) == [("mandatory", "no-world-ssh", "world")]
    assert "ingress[0].cidrBlocks[0]: 0.0.0.0/0, every IPv4 address, may reach tcp/22." in up
    assert ("tcp", 22, 22, "10.11.0.0/16") in permissions(cloud)
    assert open_to_the_world(cloud) == []


def test_an_empty_file_stops_no_preview(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes as a hash alone, at which the SDK raises before it asks a policy: a pack without a guard shows that."""
    code = {"fn::assetArchive": {"__init__.py": {"fn::stringAsset": ""}}}
    program = written(cloud, tmp_path, {"code": {"type": "pulumi:index:Stash", "properties": {"input": code}}})
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    unguarded = cloud.pulumi("preview", *program.where, "--policy-pack", str(PROGRAMS / "recorder"), code=FAILED)

    assert "Invalid asset encountered" in unguarded
    assert verdicts(program.preview()) == []


def at_url(name: str, cidr: str) -> dict[str, Any]:
    """A stack whose template lies in a bucket, as a program writes it."""
    return {
        f"{name}-bucket": {"type": "aws:s3:Bucket"},
        f"{name}-file": {
            "type": "aws:s3:BucketObjectv2",
            "properties": {"bucket": f"${{{name}-bucket.bucket}}", "key": "template.yaml", "content": template(cidr)},
        },
        name: {
            "type": "aws:cloudformation:Stack",
            "properties": {
                "name": name,
                "templateUrl": f"https://${{{name}-bucket.bucket}}.s3.amazonaws.com/${{{name}-file.key}}",
            },
        },
    }


def test_a_template_at_a_url_is_said_before_an_update_and_judged_after_it(fresh_cloud: Cloud, tmp_path: Path) -> None:
    program = written(fresh_cloud, tmp_path, {**at_url("office", "10.15.0.0/16"), **at_url("world", WORLD)})
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"opaque-ingress": "mandatory"}))
    said = [("opaque-ingress", "office"), ("opaque-ingress", "world")]
    judged = ("mandatory", "no-world-ssh-across-resources", "world")
    first = program.preview()
    strict = program.preview("--policy-pack-config", str(config), code=FAILED)
    up = program.up(code=FAILED)
    later = program.preview(code=FAILED)

    assert verdicts(first) == [("advisory", *one) for one in said]
    assert verdicts(strict) == [("mandatory", *one) for one in said]
    for text in (up, later):
        assert sorted(verdicts(text)) == sorted([*(("advisory", *one) for one in said), judged])
        assert "templateBody.Group.Properties.SecurityGroupIngress[0].CidrIp: 0.0.0.0/0, every IPv4 address," in text


def test_remediation_takes_the_world_alone_and_keeps_a_secret(cloud: Cloud, tmp_path: Path) -> None:
    sources = [WORLD, "10.12.0.0/16", {"fn::secret": "10.13.0.0/16"}]
    rules = [
        {**TCP_SSH, "cidrBlocks": sources, "ipv6CidrBlocks": [WORLD_6]},
        {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": [WORLD]},
    ]
    group = {"type": "aws:ec2:SecurityGroup", "properties": {"ingress": rules}}
    program = written(cloud, tmp_path, {"group": group})
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"no-world-ssh": {"enforcementLevel": "remediate"}}))
    said = program.up("--policy-pack-config", str(config))

    assert "took the world out of group" in said
    assert "ingress[0].cidrBlocks[0], ingress[0].ipv6CidrBlocks[0]" in said
    kept = {("tcp", 22, 22, "10.12.0.0/16"), ("tcp", 22, 22, "10.13.0.0/16"), ("tcp", 443, 443, WORLD)}
    assert kept <= permissions(cloud)
    assert open_to_the_world(cloud) == []
    state = program.state()
    assert "ciphertext" in state
    assert "10.13.0.0" not in said + state


def test_an_exemption_lets_a_resource_through_and_is_said(cloud: Cloud, tmp_path: Path) -> None:
    """The engine shows nothing of a policy that is not applicable, so an advisory says it."""
    resources = {name: BLOCKED[name] for name in ("inline-blocked", "template-blocked")}
    exemption = {"urn": "*::inline-blocked", "reason": "a honeypot has to be found", "expires": "9999-12-31"}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"no-world-ssh": {"enforcementLevel": "mandatory", "exemptions": [exemption]}}))
    exempt = written(cloud, tmp_path, {"inline-blocked": resources["inline-blocked"]})
    said = exempt.preview("--policy-pack-config", str(config))

    assert verdicts(said) == [("advisory", "exempt-resources", "inline-blocked")]
    assert "no-world-ssh: exempt until 9999-12-31: a honeypot has to be found" in said

    said = written(cloud, tmp_path, resources).preview("--policy-pack-config", str(config), code=FAILED)
    assert ("mandatory", "no-world-ssh", "template-blocked") in verdicts(said)
    assert ("mandatory", "no-world-ssh", "inline-blocked") not in verdicts(said)


@pytest.mark.parametrize(("number", "code"), [(10, 0), (30, FAILED)], ids=["denied before", "denied after"])
def test_entries_of_one_network_acl_count_by_their_order(cloud: Cloud, tmp_path: Path, number: int, code: int) -> None:
    """Before the ACL has an id, the engine's record of dependencies says which entries belong together."""
    entry = {"networkAclId": "${acl.id}", **TCP_SSH, "cidrBlock": WORLD}
    resources = {
        "vpc": BASE["vpc"],
        "acl": {"type": "aws:ec2:NetworkAcl", "properties": {"vpcId": "${vpc.id}"}},
        "allow": {
            "type": "aws:ec2:NetworkAclRule",
            "properties": {**entry, "ruleNumber": 20, "ruleAction": "allow"},
        },
        "deny": {
            "type": "aws:ec2:NetworkAclRule",
            "properties": {**entry, "ruleNumber": number, "ruleAction": "deny", "toPort": 24, "fromPort": 20},
        },
    }
    said = written(cloud, tmp_path, resources).preview(code=code)

    open_ = [("mandatory", "no-world-ssh-across-resources", "acl")]
    assert verdicts(said) == (open_ if code else [])


@pytest.fixture(scope="module")
def typescript(cloud: Cloud) -> Program:
    """A program in TypeScript."""
    return Program(cloud=cloud, folder=installed(TYPESCRIPT, "typescript"))


# One worker: two would install into one folder, and share a stack.
@pytest.mark.xdist_group("typescript")
def test_an_up_in_typescript_stops_before_the_world_is_let_in(cloud: Cloud, typescript: Program) -> None:
    said = typescript.up("--config", f"source={WORLD}", code=FAILED)

    assert verdicts(said) == [("mandatory", "no-world-ssh", "ssh")]
    assert "cidrIpv4: 0.0.0.0/0, every IPv4 address, may reach tcp/22." in said
    assert open_to_the_world(cloud) == []


@pytest.mark.xdist_group("typescript")
def test_its_neighbour_in_typescript_arrives(cloud: Cloud, typescript: Program) -> None:
    said = typescript.up("--config", "source=10.14.0.0/16")

    assert verdicts(said) == []
    assert ("tcp", 22, 22, "10.14.0.0/16") in permissions(cloud)
    assert open_to_the_world(cloud) == []


@pytest.mark.parametrize("stack", sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")))
def test_this_projects_own_stacks_break_no_policy(cloud: Cloud, stack: str) -> None:
    config = ROOT / "policy" / "ssm-only.json"
    said = cloud.pulumi("preview", "--stack", stack, *PACK, "--policy-pack-config", str(config))

    assert "✅ ssm-guard" in said
    assert verdicts(said) == []


@pytest.fixture(params=["Python", "YAML", "TypeScript"])
def opened(request: pytest.FixtureRequest, cloud: Cloud, tmp_path: Path) -> Iterator[tuple[Program, str]]:
    """A stack that lets the world in, deployed without the pack, and the name of what does."""
    words: tuple[str, ...] = ()
    name = "inline-blocked"
    if request.param == "TypeScript":
        program, words, name = request.getfixturevalue("typescript"), ("--config", f"source={WORLD}"), "ssh"
        cloud.destroy(*program.where)
    elif request.param == "YAML":
        program = written(cloud, tmp_path, {name: BLOCKED[name]})
    else:
        program = written(cloud, tmp_path, {})
        (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump({"name": tmp_path.name, "runtime": "python"}))
        rule = {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": [WORLD]}
        text = f"import pulumi_aws as aws\naws.ec2.SecurityGroup({name!r}, ingress=[{rule!r}])\n"
        (tmp_path / "__main__.py").write_text(text)
    cloud.up(*program.where, *words)
    yield program, name
    cloud.destroy(*program.where)


def test_a_deployed_stack_is_judged_without_its_program(opened: tuple[Program, str], tmp_path: Path) -> None:
    program, name = opened
    project = yaml.safe_load((program.folder / "Pulumi.yaml").read_text())["name"]
    empty = tmp_path / "empty"
    empty.mkdir()
    analyze = ("policy", "analyze", "--cwd", str(empty), "--stack", f"organization/{project}/dev", *PACK)
    said = program.cloud.pulumi(*analyze, code=FAILED)
    before = program.state()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"no-world-ssh": {"enforcementLevel": "remediate"}}))
    mended = program.cloud.pulumi(*analyze, "--policy-pack-config", str(config), code=FAILED)

    assert verdicts(said) == [("mandatory", "no-world-ssh", name)]
    assert ("mandatory", "no-world-ssh", name) in verdicts(mended)
    assert program.state() == before
    assert open_to_the_world(program.cloud) != []


def test_a_state_file_is_judged_with_its_secrets_unread_and_what_is_read_is_not(cloud: Cloud, tmp_path: Path) -> None:
    hidden = {"ingress": [{**TCP_SSH, "cidrBlocks": [{"fn::secret": WORLD}]}]}
    resources = {
        "world": BLOCKED["inline-blocked"],
        "hidden": {"type": "aws:ec2:SecurityGroup", "properties": hidden},
        "read": {"type": "aws:ec2:SecurityGroup", "get": {"id": "${world.id}"}},
    }
    program = written(cloud, tmp_path, resources)
    cloud.up(*program.where)
    state = json.loads(cloud.localaws("pulumi", "stack", "export", *program.where).stdout)
    urn = next(one["urn"] for one in state["deployment"]["resources"] if one["urn"].endswith("::world"))
    file, config = tmp_path / "state.json", tmp_path / "config.json"
    analyze = ("policy", "analyze", "--file", str(file), "--json", *PACK)
    file.write_text(json.dumps(state))
    own = events(cloud.localaws("pulumi", *analyze, code=FAILED).stdout)
    # Of another team: nobody has its passphrase here.
    salt = "v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA=="
    state["deployment"]["secrets_providers"]["state"]["salt"] = salt
    file.write_text(json.dumps(state))
    foreign = events(cloud.localaws("pulumi", *analyze, code=FAILED).stdout)
    exception = {"reason": "a honeypot has to be found", "match": [{"policies": ["no-world-ssh"], "targets": [urn]}]}
    config.write_text(json.dumps({"version": 2, "policies": {}, "exceptions": {"SEC-1": exception}}))
    excepted = cloud.pulumi(*(word for word in analyze if word != "--json"), "--policy-pack-config", str(config))
    previewed = program.preview("--policy-pack-config", str(config), code=FAILED)
    cloud.destroy(*program.where)

    assert own == [("mandatory", "no-world-ssh", "hidden"), ("mandatory", "no-world-ssh", "world")]
    assert foreign == [("advisory", "no-world-ssh", "hidden"), ("mandatory", "no-world-ssh", "world")]
    assert re.search(r"\[exempted\] \[mandatory\].*no-world-ssh  \(\S+: world\)", excepted)
    assert "SEC-1: a honeypot has to be found" in excepted
    # Beside what stops a preview, the engine counts them only.
    assert "[exempted]  no-world-ssh  (1 violation)" in previewed
    assert verdicts(previewed) == [("mandatory", "no-world-ssh", "hidden")]


def events(log: str) -> list[tuple[str, str, str]]:
    """What `policy analyze --json` reports: (level, policy, resource), in the order of the resources' names."""
    found = [one["policyEvent"] for line in log.splitlines() if "policyEvent" in (one := json.loads(line))]
    verdicts = [(one["enforcementLevel"], one["policyName"], one["resourceUrn"].rsplit("::", 1)[1]) for one in found]
    return sorted(verdicts, key=lambda verdict: verdict[2])
