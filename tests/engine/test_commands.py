"""Commands on the real engine: what AWS is told to run, and what an update does with how that ended."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.embedded import PROGRAMS, ROOT, Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = ("-C", str(PROGRAMS / "commands"), "-s", "dev")
PACK = ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(ROOT / "policy" / "ssm-only.json"))
TOLD, OUTCOME = "/commands/commands/dev/greet", "/localaws/runs/greet"


def settings(**values: Any) -> tuple[str, ...]:
    """Settings of the program, which stay until they are set again."""
    texts = {key: one if isinstance(one, str) else json.dumps(one) for key, one in values.items()}
    return (*PROGRAM, *(word for key, text in texts.items() for word in ("-c", f"commands:{key}={text}")))


def reports(cloud: Cloud, parameter: str = TOLD) -> list[tuple[str, str]]:
    """Runs and instances of all reports, in their order."""
    _, *written = cloud.ssm.get_parameter_history(Name=parameter)["Parameters"]
    told = [json.loads(one["Value"]) for one in written]
    return [(one["run"], one["instance"]) for one in told]


def account(cloud: Cloud) -> dict[str, list[str]]:
    """Everything that a command could leave."""
    mine: Any = [{"Key": "Owner", "Values": ["Self"]}]
    return {
        "associations": [one["AssociationId"] for one in cloud.ssm.list_associations()["Associations"]],
        "documents": [one["Name"] for one in cloud.ssm.list_documents(Filters=mine)["DocumentIdentifiers"]],
        "parameters": [one["Name"] for one in cloud.ssm.describe_parameters()["Parameters"]],
        "policies": cloud.iam.list_role_policies(RoleName="web")["PolicyNames"],
    }


@pytest.fixture(scope="class")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An account of the class's own, with two machines that have a tag and one that has none."""
    cloud = Cloud(tmp_path_factory.mktemp("account"))
    cloud.start()
    image = cloud.ec2.describe_images()["Images"][0]["ImageId"]
    for tags in ([{"Key": "role", "Value": "web"}], []):
        spec: Any = [{"ResourceType": "instance", "Tags": tags}] if tags else []
        count = 2 if tags else 1
        cloud.ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count, TagSpecifications=spec)
    cloud.iam.create_role(RoleName="web", AssumeRolePolicyDocument="{}")
    yield cloud
    cloud.localaws("stop")


@pytest.fixture(scope="class")
def machines(there: Cloud) -> list[str]:
    """The two with the tag, then the other."""
    found = [one["Instances"] for one in there.ec2.describe_instances()["Reservations"]]
    return [one["InstanceId"] for some in sorted(found, key=len, reverse=True) for one in some]


class TestCommand:
    """One command's life, in the order of the tests."""

    def test_a_preview_makes_and_runs_nothing(self, there: Cloud, machines: list[str]) -> None:
        there.pulumi("preview", *settings(instances=machines[:1], script="echo hello", roles={"web": "web"}), *PACK)

        assert account(there) == {"associations": [], "documents": [], "parameters": [], "policies": []}

    def test_it_runs_and_the_update_ends_when_it_has_succeeded(self, there: Cloud, machines: list[str]) -> None:
        said = there.up(*settings(instances=machines[:1], script="echo hello", roles={"web": "web"}), *PACK)
        ((run, instance),) = reports(there)

        assert instance == machines[0]
        assert run in said
        assert "ssm-guard" in said
        assert "[mandatory]" not in said
        assert "[advisory]" not in said

    def test_what_aws_was_told(self, there: Cloud, machines: list[str]) -> None:
        made = account(there)
        (name,) = made["documents"]
        described = there.ssm.describe_association(AssociationId=made["associations"][0])["AssociationDescription"]
        document = json.loads(there.ssm.get_document(Name=name)["Content"])
        policy: Any = there.iam.get_role_policy(RoleName="web", PolicyName="command-greet")["PolicyDocument"]
        by_sid = {one["Sid"]: one["Resource"] for one in policy["Statement"]}

        assert described["Targets"] == [{"Key": "InstanceIds", "Values": machines[:1]}]
        assert described["Parameters"]["report"] == [TOLD]
        assert described["DocumentVersion"] == "1"
        assert "script='echo hello'" in document["mainSteps"][0]["inputs"]["runCommand"]
        assert by_sid["CommandReport"] == [there.ssm.get_parameter(Name=TOLD)["Parameter"]["ARN"]]
        assert by_sid["CommandDocument"] == [f"arn:aws:ssm:us-east-1:123456789012:document/{name}"]

    def test_without_a_change_it_does_not_run_again(self, there: Cloud) -> None:
        before = reports(there)
        assert there.changes(*PROGRAM, "--refresh") == {}
        there.up(*PROGRAM, "--refresh", "--expect-no-changes")

        assert reports(there) == before

    @pytest.mark.parametrize(
        ("changed", "updates"),
        [
            pytest.param({"triggers": ["version 7"]}, 1, id="a trigger"),
            pytest.param({"script": "echo bye"}, 2, id="the script"),
            pytest.param({"instances": None}, 1, id="one more instance"),
        ],
    )
    def test_a_change_runs_it_once_on_each(
        self, there: Cloud, machines: list[str], changed: dict[str, Any], updates: int
    ) -> None:
        where = machines[:2] if "instances" in changed else machines[:1]
        words = settings(**{**changed, "instances": where})
        before = reports(there)
        assert there.changes(*words) == {"update": updates}
        assert reports(there) == before, "a preview runs nothing"
        there.up(*words)

        new = reports(there)[len(before) :]
        assert sorted(instance for _, instance in new) == sorted(where)
        assert {run for run, _ in new}.isdisjoint(run for run, _ in before)
        assert there.changes(*words) == {}

    def test_a_failure_ends_the_update_with_the_end_of_the_output(self, there: Cloud, machines: list[str]) -> None:
        outcome = {"code": 3, "output": "migrating\nno space left"}
        there.ssm.put_parameter(Name=OUTCOME, Type="String", Value=json.dumps(outcome))
        said = there.up(*settings(triggers=["version 8"]), code=1)

        assert f"error: The script of command 'greet' ended with exit code 3 on {min(machines[:2])}." in said
        assert re.search(r"^ +migrating\n +no space left\n", said, re.MULTILINE)
        assert "aws ssm describe-association-executions --association-id" in said
        assert "Traceback" not in said

    def test_the_line_that_it_names_runs(self, there: Cloud) -> None:
        (association,) = account(there)["associations"]
        line = ("ssm", "describe-association-executions", "--association-id", association, "--region", "us-east-1")
        (run,) = json.loads(there.localaws("aws", *line).stdout)["AssociationExecutions"]

        assert run["Status"] == "Failed"

    def test_a_script_that_was_stopped_is_a_failure_too(self, there: Cloud) -> None:
        outcome = {"code": None, "output": "still migrating"}
        there.ssm.put_parameter(Name=OUTCOME, Value=json.dumps(outcome), Overwrite=True)
        said = there.up(*PROGRAM, code=1)

        assert "The script of command 'greet' did not end within 1 seconds on" in said
        assert "still migrating" in said

    def test_an_update_does_not_wait_for_ever(self, there: Cloud, machines: list[str]) -> None:
        there.ssm.put_parameter(Name=OUTCOME, Value="{}", Overwrite=True)
        said = there.up(*PROGRAM, code=1)

        assert f"has not ended after 3 seconds on {', '.join(sorted(machines[:2]))}: " in said
        assert "Traceback" not in said

    def test_the_next_update_tries_again(self, there: Cloud, machines: list[str]) -> None:
        there.ssm.delete_parameter(Name=OUTCOME)
        before = reports(there)
        assert there.changes(*PROGRAM) == {"update": 1}
        there.up(*PROGRAM)

        assert sorted(instance for _, instance in reports(there)[len(before) :]) == sorted(machines[:2])
        assert there.changes(*PROGRAM, "--refresh") == {}

    def test_a_fleet_is_all_that_has_the_tag(self, there: Cloud, machines: list[str]) -> None:
        before = reports(there)
        there.up(*settings(tag="web"))

        assert sorted(instance for _, instance in reports(there)[len(before) :]) == sorted(machines[:2])
        there.up(*settings(tag="nobody"))
        assert len(reports(there)) == len(before) + 2

    def test_nothing_is_left(self, there: Cloud) -> None:
        there.destroy(*PROGRAM)

        assert account(there) == {"associations": [], "documents": [], "parameters": [], "policies": []}


def test_the_guides_program_runs(fresh_cloud: Cloud, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "commands.md").read_text(), re.DOTALL)
    shutil.copytree(ROOT / "components", tmp_path / "ssm_only")
    (tmp_path / "__main__.py").write_text(program)
    (tmp_path / "Pulumi.yaml").write_text("name: fleet\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {fleet:group: web, fleet:role: web, fleet:version: '7'}\n")
    fresh_cloud.start()
    fresh_cloud.iam.create_role(RoleName="web", AssumeRolePolicyDocument="{}")
    image = fresh_cloud.ec2.describe_images()["Images"][0]["ImageId"]
    tags: Any = [{"ResourceType": "instance", "Tags": [{"Key": "aws:autoscaling:groupName", "Value": "web"}]}]
    fresh_cloud.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tags)
    words = ("-C", str(tmp_path), "-s", "dev")
    fresh_cloud.up(*words)

    assert len(reports(fresh_cloud, "/commands/fleet/dev/migrate")) == 1
    (line,) = re.findall(r"```\npython3 -m localaws (.*?)\n```", (ROOT / "docs" / "commands.md").read_text())
    fresh_cloud.localaws(*shlex.split(line))
    said = fresh_cloud.up(*words, "-c", "fleet:version=8", code=1)
    assert "The script of command 'migrate' ended with exit code 1 on" in said
    assert "no space" in said
    fresh_cloud.destroy(*words)
