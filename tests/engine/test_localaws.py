"""localaws as a person meets it: what it says, and what it passes on."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

from localaws import installed
from tests.engine.embedded import PROGRAMS, ROOT, YAML, Cloud, marked

if TYPE_CHECKING:
    from pathlib import Path


def test_status_says_what_runs(fresh_cloud: Cloud) -> None:
    before = fresh_cloud.status()
    said = fresh_cloud.up(*YAML)
    after = fresh_cloud.status()
    read = fresh_cloud.localaws("status").stdout

    assert (before["endpoint"], before["processes"], before["stacks"]) == (None, [], [])
    assert after["endpoint"].startswith("http://127.0.0.1:")
    assert [process["pid"] for process in after["processes"]] == [process.pid for process in marked(fresh_cloud)]
    assert [process["name"] for process in after["processes"]] == ["moto"]
    assert after["stacks"] == [{"project": "other-team", "stack": "dev", "resources": 3, "stale": False}]
    assert "+ 3 created" in said
    assert after["versions"]["pulumi"].startswith(fresh_cloud.localaws("pulumi", "version").stdout.strip())
    assert after["versions"].keys() >= {"moto", "pulumi-aws", "pulumi-terraform-bridge", "terraform-provider-aws"}
    assert "other-team/dev: 3 resources" in read


def yaml_program(folder: Path, **parts: Any) -> tuple[str, ...]:
    """A program with a stack `dev`; gives the options that name it."""
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": folder.name, "runtime": "yaml", **parts}))
    (folder / "Pulumi.dev.yaml").touch()
    return ("-C", str(folder), "-s", "dev")


def test_an_unsupported_type_is_named(cloud: Cloud, tmp_path: Path) -> None:
    here = yaml_program(tmp_path, resources={"repository": {"type": "aws:codecommit:Repository"}})
    for program in (("-C", str(PROGRAMS / "unsupported"), "-s", "dev"), here):
        said = cloud.pulumi("preview", *program, code=1)

        assert "aws:codecommit/repository:Repository is not one of the" in said
        assert "localaws/adapter/table.py" in said


def test_what_fails_is_said_once_and_under_its_own_name(cloud: Cloud, tmp_path: Path) -> None:
    attachment = {"group": "nobody", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    here = yaml_program(
        tmp_path, resources={"one": {"type": "aws:iam:GroupPolicyAttachment", "properties": attachment}}
    )
    said = cloud.up(*here, code=1).split("Diagnostics:")[1]

    assert said.count("NoSuchEntity") == 1
    assert "aws:iam:GroupPolicyAttachment (one)" in said
    assert "aws:index" not in said


def test_default_tags_are_set_as_pulumi_documents_them(cloud: Cloud, tmp_path: Path) -> None:
    elsewhere = {"region": "eu-west-1", "defaultTags": {"tags": {"team": "programs"}}}
    vpc = {"type": "aws:ec2:Vpc", "properties": {"cidrBlock": "10.9.0.0/24"}}
    here = yaml_program(
        tmp_path,
        resources={
            "elsewhere": {"type": "pulumi:providers:aws", "properties": elsewhere},
            "one": vpc,
            "other": {**vpc, "options": {"provider": "${elsewhere}"}},
        },
        outputs={"one": "${one.id}", "other": "${other.id}"},
    )
    cloud.pulumi("config", "set", "--path", "aws:defaultTags.tags.team", "configs", *here)
    cloud.up(*here)
    made = json.loads(cloud.localaws("pulumi", "stack", "output", "--json", *here).stdout)
    there = (
        "aws",
        "--region",
        "eu-west-1",
        "ec2",
        "describe-vpcs",
        "--vpc-ids",
        made["other"],
        "--query",
        "Vpcs[].Tags",
    )

    assert cloud.ec2.describe_vpcs(VpcIds=[made["one"]])["Vpcs"][0]["Tags"] == [{"Key": "team", "Value": "configs"}]
    assert json.loads(cloud.localaws(*there).stdout) == [[{"Key": "team", "Value": "programs"}]]
    assert cloud.changes(*here) == {}
    cloud.destroy(*here)


def test_an_import_ends_without_the_code_that_the_host_can_not_write(cloud: Cloud) -> None:
    group = cloud.ec2.create_security_group(GroupName="by-hand", Description="-")["GroupId"]
    here = ("-C", str(PROGRAMS / "unsupported"), "-s", "dev")
    done = cloud.pulumi("import", "--yes", *here, "aws:ec2/securityGroup:SecurityGroup", "group", group)

    # Who has Pulumi has its hosts too, which can.
    assert ("--generate-code=false" in done) is (installed.pulumi() is None)
    assert group in cloud.pulumi("stack", "export", *here)
    cloud.pulumi("state", "unprotect", "--all", "--yes", *here)
    cloud.destroy(*here)


def test_taking_down_what_is_not_there_starts_nothing(fresh_cloud: Cloud) -> None:
    said = fresh_cloud.destroy(*YAML)

    assert "stack dev of other-team is empty: nothing to take down" in said
    assert marked(fresh_cloud) == []


def test_a_session_is_refused_at_once(cloud: Cloud) -> None:
    said = cloud.localaws("aws", "ssm", "start-session", "--target", "i-0123456789abcdef0", code=255)

    assert "TargetNotConnected" in said.stderr
    assert "no machine runs on this AWS" in said.stderr
    assert "reached max retries" not in said.stderr


def test_lines_that_name_aws_and_pulumi_can_be_pasted_into_a_shell(cloud: Cloud) -> None:
    said = cloud.localaws("sh", "-c", "aws sts get-caller-identity && pulumi version").stdout

    assert "123456789012" in said
    assert cloud.localaws("pulumi", "version").stdout in said


def test_nothing_that_moto_records_lands_where_it_was_started(cloud: Cloud) -> None:
    recorder = f"{cloud.endpoint}/moto-api/recorder"
    for asked in ("start-recording", "stop-recording"):
        urllib.request.urlopen(f"{recorder}/{asked}", data=b"").close()  # noqa: S310 - moto, on loopback
        cloud.ec2.describe_vpcs()

    assert (cloud.folder / "moto_recording").read_text()
    assert not (ROOT / "moto_recording").exists()


def test_a_wrong_provider_path_is_one_clear_error(cloud: Cloud, tmp_path: Path) -> None:
    said = cloud.localaws(
        "pulumi", "preview", *YAML, code=1, env={"LOCALAWS_TERRAFORM_PROVIDER_AWS": str(tmp_path / "missing")}
    )

    assert "LOCALAWS_TERRAFORM_PROVIDER_AWS is" in said.stderr
    assert "Traceback" not in said.stderr


def test_aws_takes_its_own_options(cloud: Cloud) -> None:
    done = cloud.localaws("aws", "--output", "json", "sts", "get-caller-identity")

    assert json.loads(done.stdout)["Account"] == "123456789012"
    cloud.localaws("aws", "no-such-service", code=2)


def test_pulumi_keeps_its_exit_code_and_help(cloud: Cloud) -> None:
    assert cloud.localaws("pulumi", "version").stdout.startswith("v3.")
    assert "pulumi preview" in cloud.localaws("pulumi", "preview", "--help").stdout
    cloud.localaws("pulumi", "no-such-command", code=1)
