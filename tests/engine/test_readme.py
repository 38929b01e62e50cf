"""Every command of the README is run, here or by .ci/run, so that none of them can rot."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.engine.embedded import ROOT, Cloud
from tests.engine.stack import PACK

if TYPE_CHECKING:
    from pathlib import Path

ANYBODY = "-c user.name=anybody -c user.email=anybody@example.com"
README = (ROOT / "README.md").read_text()
TRY, USE = README.split("## Use it: your AWS account")


def commands(text: str) -> list[str]:
    """The lines of the shell blocks."""
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


def test_the_first_half_runs_as_it_stands(fresh_cloud: Cloud) -> None:
    lines = commands(TRY)
    said = {line: shell(line, {**os.environ, "LOCALAWS_CLOUD": str(fresh_cloud.place)}) for line in lines}

    assert lines[0] == "make up"
    assert 'variant     : "privatelink"' in said["make up"]
    assert "This AWS is on this machine" in said["make up"].splitlines()[-1]
    assert "SecurityGroups" in said["python3 -m localaws aws ec2 describe-security-groups"]
    blocked = said["make blocked"].splitlines()
    tried = [line.split()[4:6] for line in blocked if line.startswith("$ python3 -m localaws ")]
    assert tried == [["pulumi", "preview"], ["pulumi", "up"], ["aws", "ec2"], ["pulumi", "destroy"]]
    assert sum("no-world-ssh" in line for line in blocked) >= 2
    assert blocked[-1].startswith("==> The policy pack held: preview and up were stopped, and no")
    assert fresh_cloud.status()["processes"] == []


def image_of(cloud: Cloud, instance_id: str) -> str:
    """The name of the image that an instance started from."""
    (reservation,) = cloud.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    (image,) = cloud.ec2.describe_images(ImageIds=[reservation["Instances"][0]["ImageId"]])["Images"]
    return image["Name"]


def test_the_second_half_runs_with_pulumi_alone(fresh_cloud: Cloud, tmp_path: Path) -> None:
    """On a copy, as a person with an account has it: no localaws, but its engine and its AWS in the environment."""
    fresh_cloud.pulumi("version")
    project = tmp_path / "ssm-only"
    parts = (".gitignore", "components", "policy", "__main__.py", "Pulumi.yaml", "Pulumi.privatelink.yaml")
    for part in parts:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        (project / part).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / part, project / part)
    (tmp_path / "state").mkdir()
    environment = {
        "HOME": str(tmp_path),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": fresh_cloud.endpoint,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "a person's own",
        "PULUMI_HOME": str(fresh_cloud.folder / "home"),
        "PATH": f"{ROOT}/.localaws/engine:{ROOT}/.localaws/venv/bin:{os.environ['PATH']}",
        **fresh_cloud.adapter_environment(),
    }
    shell(f"git init --quiet && git add . && git {ANYBODY} commit --quiet --message all", environment, project)
    lines = commands(USE)
    # What is installed here is what requirements.txt names: the lock file is made from it.
    installing = ["python3 -m venv .venv", ". .venv/bin/activate", "pip install -r requirements.txt"]
    # In the order of the page, but that a person goes on reading before taking it all down.
    ends = [line for line in lines if line.split()[1] in {"destroy", "restore"} or " rm " in line]
    said = {line: shell(without_a_prompt(line), environment, project) for line in lines[3:] if line not in ends}
    changed = shell("git diff --unified=0", environment, project).splitlines()[4:]
    status = shell("git status --porcelain", environment, project)

    assert lines[:3] == installing
    assert [line.split()[1] for line in said] == ["stack", "up", "preview"]
    assert 'variant     : "privatelink"' in said["pulumi up -s privatelink"]
    assert "ssm-guard" in said["pulumi preview -s privatelink --policy-pack policy"]
    # The page says so.
    assert status == " M Pulumi.privatelink.yaml\n"
    assert [line.split(":")[0] for line in changed if line.startswith(("+", "-"))] == ["+encryptionsalt"]

    for line in ends:
        shell(without_a_prompt(line), environment, project)
    assert [line.split()[1] for line in ends] == ["destroy", "stack", "restore"]
    assert shell("git status --porcelain", environment, project) == ""
    assert json.loads(shell("pulumi stack ls --json", environment, project)) == []


def test_the_sample_of_a_stack_of_ones_own_comes_up_as_it_stands(fresh_cloud: Cloud, tmp_path: Path) -> None:
    # The other one is of a VPC that is there.
    (sample,) = (one for one in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if "variant:" in one)
    (tmp_path / "Pulumi.mine.yaml").write_text(sample)
    mine = ("-s", "mine", "--config-file", str(tmp_path / "Pulumi.mine.yaml"))
    fresh_cloud.pulumi("stack", "init", "mine")
    said = fresh_cloud.up(*mine, *PACK)
    outputs = fresh_cloud.outputs("mine")
    images = {name: image_of(fresh_cloud, one["id"]) for name, one in outputs["instances"].items()}

    assert "warning" not in said
    assert images["web"].startswith("debian/release/13/")
    assert images["db"].startswith("al2023-ami-")
    assert outputs["sessions"]["log_group"] == "/ssm-only/mine/main"
    assert fresh_cloud.changes(*mine, *PACK) == {}
    fresh_cloud.destroy(*mine)


def without_a_prompt(line: str) -> str:
    return f"{line} --yes" if line.split()[1] in {"up", "destroy"} or " rm " in line else line


def shell(line: str, environment: dict[str, str], folder: Path = ROOT) -> str:
    """Runs a line as a person's shell does."""
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
