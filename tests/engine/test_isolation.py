"""A run keeps to itself: a person's own files, another cloud, the network."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import psutil

from tests.engine.embedded import PROGRAMS, ROOT, YAML, Cloud, marked, start_up

if TYPE_CHECKING:
    from pathlib import Path


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below a folder, with a checksum of what is in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_persons_own_credentials_and_home_are_neither_used_nor_changed(cloud: Cloud, tmp_path: Path) -> None:
    home, touched = tmp_path / "home", tmp_path / "touched"
    (home / ".aws").mkdir(parents=True)
    (home / ".pulumi").mkdir()
    # Whoever reads the profile runs this, and leaves a trace.
    (home / ".aws" / "config").write_text(f"[default]\nregion = eu-west-1\ncredential_process = touch {touched}\n")
    (home / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id = planted\naws_secret_access_key = planted\n"
    )
    (home / ".pulumi" / "credentials.json").write_text('{"current": "https://planted.invalid"}')
    # Modules of the person's own with the names of ours, and an alias for the command line.
    (home / "python").mkdir()
    (home / "python" / "yaml.py").write_text("raise SystemExit('planted')\n")
    (home / ".aws" / "cli").mkdir()
    (home / ".aws" / "cli" / "alias").write_text(f"[toplevel]\nsts = !touch {touched}\n")
    before = fingerprint(home)
    planted = {
        "HOME": str(home),
        "AWS_PROFILE": "default",
        "AWS_ACCESS_KEY_ID": "planted",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
        "https_proxy": "http://127.0.0.1:1",
        "no_proxy": "planted.invalid",
        "PYTHONPATH": str(home / "python"),
        "PULUMI_ACCESS_TOKEN": "planted",
        "PULUMI_BACKEND_URL": f"file://{home}",
        "PULUMI_CONFIG_PASSPHRASE": "planted",
        "PULUMI_HOME": str(home / ".pulumi"),
    }
    cloud.localaws("pulumi", "up", "--yes", "--skip-preview", *YAML, env=planted)
    cloud.localaws("aws", "sts", "get-caller-identity", env=planted)
    listed = cloud.localaws(
        "aws", "ec2", "describe-vpcs", "--query", "Vpcs[].CidrBlock", "--output", "text", env=planted
    )
    cloud.localaws("pulumi", "destroy", "--yes", "--skip-preview", *YAML, env=planted)

    assert "10.8.0.0/24" in listed.stdout
    assert before == fingerprint(home)
    assert not touched.exists()


def test_committed_stack_files_never_change(cloud: Cloud) -> None:
    files = [*ROOT.glob("Pulumi.*"), *(PROGRAMS / "yaml").iterdir()]
    before = {path: path.read_bytes() for path in files}
    cloud.pulumi("config", "set", "other-team:size", "large", *YAML)
    said = cloud.pulumi("config", "get", "other-team:size", *YAML)
    cloud.pulumi("config", "set", "--secret", "other-team:password", "hidden", *YAML)
    shown = cloud.pulumi("config", *YAML)
    cloud.pulumi("config", "rm", "other-team:size", *YAML)
    cloud.pulumi("config", "rm", "other-team:password", *YAML)

    assert "large" in said
    assert "hidden" not in shown
    assert before == {path: path.read_bytes() for path in files}


def test_stacks_are_made_and_removed_as_pulumi_does(cloud: Cloud) -> None:
    here = ("-C", str(PROGRAMS / "yaml"))
    before = fingerprint(PROGRAMS / "yaml")
    cloud.pulumi("stack", "init", "trial", *here)
    assert "trial*" in cloud.pulumi("stack", "ls", *here)
    # No --stack: the one that `init` selected.
    cloud.pulumi("config", "set", "other-team:size", "large", *here)
    assert "large" in cloud.pulumi("config", "get", "other-team:size", *here)
    cloud.pulumi("stack", "select", "--create", "another", *here)
    assert "another*" in cloud.pulumi("stack", "ls", *here)
    cloud.pulumi("stack", "rm", "another", "--yes", *here)
    assert "--remove would delete" in cloud.pulumi("destroy", "--remove", "--yes", "-s", "trial", *here, code=1)
    cloud.pulumi("stack", "rm", "trial", "--yes", *here)
    assert "trial" not in cloud.pulumi("stack", "ls", *here)
    assert before == fingerprint(PROGRAMS / "yaml")


def test_a_stack_without_a_file_is_refused_with_those_that_have_one(cloud: Cloud) -> None:
    said = cloud.pulumi("preview", "-s", "privatlink", code=6)

    assert "its stacks: dev, igw, nat, privatelink" in said
    assert "python3 -m localaws pulumi stack init -s privatlink" in said
    assert "no stack named 'privatlink' found" in said


def test_a_renamed_stack_goes_on(cloud: Cloud) -> None:
    here = ("-C", str(PROGRAMS / "yaml"))
    cloud.pulumi("stack", "init", "old", *here)
    cloud.up("-s", "old", *here)
    cloud.pulumi("stack", "rename", "new", "-s", "old", *here)
    assert cloud.changes("-s", "new", *here) == {}
    cloud.destroy("-s", "new", *here)
    cloud.pulumi("stack", "rm", "new", "--yes", *here)


def test_reset_removes_nothing_of_a_persons_folder(fresh_cloud: Cloud) -> None:
    mine = fresh_cloud.place / "state" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("precious")
    fresh_cloud.start()
    fresh_cloud.localaws("reset")

    assert mine.read_text() == "precious"
    assert not fresh_cloud.folder.exists()


def test_two_clouds_know_nothing_of_each_other(cloud: Cloud, fresh_cloud: Cloud) -> None:
    cloud.up(*YAML)
    fresh_cloud.up(*YAML)
    assert cloud.endpoint != fresh_cloud.endpoint

    fresh_cloud.localaws("stop")
    assert marked(fresh_cloud) == []
    assert cloud.changes(*YAML) == {}
    cloud.destroy(*YAML)


def test_everything_listens_on_loopback_only(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    try:
        addresses = set()
        while engine.poll() is None:
            addresses |= {address for process in marked(fresh_cloud) for address in listening(process)}
            time.sleep(0.2)
    finally:
        engine.communicate()

    # moto, the engine's monitor, the language host, the adapter and the bridge, at the least.
    assert len(addresses) >= 5
    assert {address for address, _ in addresses} <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


def listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Where a process listens; nothing once it has gone."""
    try:
        sockets = process.net_connections(kind="tcp")
    except psutil.Error:
        return []
    return [(socket.laddr.ip, socket.laddr.port) for socket in sockets if socket.status == psutil.CONN_LISTEN]
