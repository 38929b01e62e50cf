"""The examples in other languages than Python, on the real engine, from a folder as a clone has it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.engine.embedded import ROOT, Cloud
from tests.engine.explaining import found_thrice

if TYPE_CHECKING:
    from pathlib import Path

PACK = ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(ROOT / "policy" / "ssm-only.json"))
EXAMPLES = ROOT / "examples" / "languages"

# Two networks more, one of which waits for the other.
LATE = """\
  other: {type: "ssm-only:SsmNetwork"}
  late: {type: "ssm-only:SsmNetwork", properties: {cidr: "${other.vpcId}"}}
"""
# A mistake in the program in YAML, the property that the error is to name, and what it is to say.
WRONG = [
    # The host of YAML knows the choices itself.
    ("zone: 2", "platform: beos", "Platform", "debian-13"),
    ("zone: 2", "instanceType: t9.big", "property instanceType", "does not have this type"),
    ("zone: 2", "zone: 2\n      zome: 3", "zome", "zone"),
    # Over an error of such a property the engine would panic.
    ("outputs:\n", LATE + "outputs:\n", "property cidr has a problem: ", "an output that is known in a preview"),
]


@dataclass(frozen=True, kw_only=True)
class Program:
    """An example, with the stack `dev`, and what it needs of the repository around it."""

    cloud: Cloud
    folder: Path

    @property
    def where(self) -> tuple[str, ...]:
        """What names it to `pulumi`."""
        return ("-C", str(self.folder), "-s", "dev")

    def outputs(self) -> dict[str, Any]:
        words = ("stack", "output", "--json", *self.where)
        shown: dict[str, Any] = json.loads(self.cloud.localaws("pulumi", *words).stdout)
        return shown

    def preview_with(self, old: str, new: str) -> str:
        """What a preview says of the program with one thing changed."""
        file = self.folder / "Pulumi.yaml"
        right = file.read_text()
        file.write_text(right.replace(old, new))
        said = self.cloud.pulumi("preview", *self.where, code=1)
        file.write_text(right)
        return said


def cloned(cloud: Cloud, place: Path, language: str, *, programs: Path = EXAMPLES) -> Program:
    for part in ("components", "plugin"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    folder = place / "examples" / "languages" / language
    shutil.copytree(programs / language, folder)
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    return Program(cloud=cloud, folder=folder)


def test_a_program_in_yaml_makes_all_of_it_says_what_is_wrong_and_leaves_nothing(cloud: Cloud, tmp_path: Path) -> None:
    program = cloned(cloud, tmp_path, "yaml")
    cloud.start()
    before = cloud.account()
    previewed = cloud.localaws("pulumi", "preview", "--json", *program.where).stdout
    said = cloud.up(*program.where, *PACK)

    require_all_of_it(program, said)
    found = found_thrice(cloud, previewed, program.where, instances(program.outputs()))
    assert found == [[["reachable"]] * 2] * 3
    assert cloud.changes(*program.where) == {}

    said = program.preview_with("zone: 2", "zone: 7")
    assert [line for line in shown_in_the_guide() if line not in said] == []
    for old, new, property_, advice in WRONG:
        said = program.preview_with(old, new)
        assert property_ in said
        assert advice in said
        assert "Traceback" not in said
        assert 'File "' not in said

    cloud.destroy(*program.where)
    assert cloud.account() == before


def shown_in_the_guide() -> list[str]:
    """The lines of the error that it shows."""
    (block,) = re.findall(r"```text\n(error: .*?)```", (ROOT / "docs" / "languages.md").read_text(), re.DOTALL)
    return [line.strip() for line in block.splitlines()]


def instances(told: dict[str, Any]) -> list[str]:
    """The ids of the two; each output is the command that opens a session."""
    return [told[name].split()[-1] for name in ("web", "db")]


def require_all_of_it(program: Program, said: str) -> None:
    """The pack was content, and AWS has what the program of every language makes."""
    cloud, told = program.cloud, program.outputs()
    found = cloud.ec2.describe_instances(InstanceIds=instances(told))["Reservations"]
    web, db = (one for group in found for one in group["Instances"])

    assert "✅ ssm-guard" in said
    assert "mandatory" not in said
    assert len({one["SubnetId"] for one in (web, db)}) == 2
    for instance in (web, db):
        require_closed(cloud, instance)
    services = cloud.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [web["VpcId"]]}])["VpcEndpoints"]
    assert {one["ServiceName"].rpartition(".")[2] for one in services} == {"ssm", "ssmmessages", "logs", "s3"}
    document = json.loads(cloud.ssm.get_document(Name="SSM-SessionManagerRunShell")["Content"])
    assert document["inputs"]["idleSessionTimeout"] == "15"
    require_operators_may_open(cloud, told["operators"], web)


def require_closed(cloud: Cloud, instance: Any) -> None:
    """Nothing comes in to an instance that was made a moment ago."""
    ids = [group["GroupId"] for group in instance["SecurityGroups"]]
    groups = cloud.ec2.describe_security_groups(GroupIds=ids)["SecurityGroups"]

    assert [group["IpPermissions"] for group in groups] == [[]]
    assert "PublicIpAddress" not in instance


def require_operators_may_open(cloud: Cloud, arn: str, instance: Any) -> None:
    """The policy asks for the very tag that the instance has."""
    version = cloud.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Any = cloud.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}

    assert f'"ssm:resourceTag/ssm-only:stack": "{tags["ssm-only:stack"]}"' in json.dumps(document)
