"""localaws as a person meets it: what it leaves alone, what it says, and that it ends."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

from localaws import processes
from tests.engine.embedded import ROOT, Cloud

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = ROOT / "tests" / "engine" / "programs"
YAML = ("-C", str(PROGRAMS / "yaml"), "-s", "dev")


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below a folder, with a checksum of what is in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def marked(cloud: Cloud) -> list[psutil.Process]:
    """The cloud's processes, found without localaws."""
    return [process for process in psutil.process_iter() if mark(process) == str(cloud.folder)]


def mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(processes.MARK)
    except psutil.Error:
        return None


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
    before = fingerprint(home)
    planted = {
        "HOME": str(home),
        "AWS_PROFILE": "default",
        "AWS_ACCESS_KEY_ID": "planted",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "PULUMI_ACCESS_TOKEN": "planted",
        "PULUMI_BACKEND_URL": f"file://{home}",
        "PULUMI_CONFIG_PASSPHRASE": "planted",
        "PULUMI_HOME": str(home / ".pulumi"),
    }
    cloud.localaws("pulumi", "up", "--yes", "--skip-preview", *YAML, env=planted)
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
    before = fingerprint(PROGRAMS)
    cloud.pulumi("stack", "init", "trial", *here)
    assert "trial*" in cloud.pulumi("stack", "ls", *here)
    # No --stack: the one that `init` selected.
    cloud.pulumi("config", "set", "other-team:size", "large", *here)
    assert "large" in cloud.pulumi("config", "get", "other-team:size", *here)
    cloud.pulumi("stack", "rm", "trial", "--yes", *here)
    assert "trial" not in cloud.pulumi("stack", "ls", *here)
    assert before == fingerprint(PROGRAMS)


def test_a_stack_without_a_file_is_refused_with_those_that_have_one(cloud: Cloud) -> None:
    said = cloud.pulumi("preview", "-s", "privatlink", code=None)

    assert "its stacks: dev, igw, nat, privatelink" in said
    assert "no stack named 'privatlink' found" in said


def test_two_clouds_know_nothing_of_each_other(cloud: Cloud, fresh_cloud: Cloud) -> None:
    cloud.up(*YAML)
    fresh_cloud.up(*YAML)
    assert cloud.endpoint != fresh_cloud.endpoint

    fresh_cloud.localaws("stop")
    assert marked(fresh_cloud) == []
    assert cloud.changes(*YAML) == {}
    cloud.destroy(*YAML)


def test_status_says_what_runs(fresh_cloud: Cloud) -> None:
    before = fresh_cloud.status()
    fresh_cloud.up(*YAML)
    after = fresh_cloud.status()
    read = fresh_cloud.localaws("status").stdout

    assert (before["endpoint"], before["processes"], before["stacks"]) == (None, [], [])
    assert after["endpoint"].startswith("http://127.0.0.1:")
    assert [process["pid"] for process in after["processes"]] == [process.pid for process in marked(fresh_cloud)]
    assert after["stacks"] == [{"project": "other-team", "stack": "dev", "resources": 2, "stale": False}]
    assert after["versions"]["pulumi"] == "v3.220.0"
    assert after["versions"].keys() >= {"moto", "pulumi-aws", "pulumi-terraform-bridge", "terraform-provider-aws"}
    assert "other-team/dev: 2 resources" in read


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


def start_up(cloud: Cloud) -> subprocess.Popen[str]:
    """An `up` of our own stack in the background, as the leader of a process group, as a shell starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "localaws", "pulumi", "--non-interactive", "up", "-y", "-f", "-s", "dev"],
        cwd=ROOT,
        env={**os.environ, "LOCALAWS_CLOUD": str(cloud.folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(cloud: Cloud, name: str) -> None:
    """Until a process of the cloud with this in its command line runs."""
    deadline = time.monotonic() + 120
    while not any(name in " ".join(command(process)) for process in marked(cloud)):
        assert time.monotonic() < deadline, f"{name} never ran"
        time.sleep(0.1)


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def survivors(cloud: Cloud) -> list[list[str]]:
    """The command lines of what still runs beside moto, once it had time to leave."""
    deadline = time.monotonic() + 30
    while True:
        left = [line for process in marked(cloud) if "localaws.cloud_server" not in (line := command(process)) and line]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.2)


def test_an_interrupted_up_leaves_no_process(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    # Ctrl-C goes to the whole group of the command in front.
    os.killpg(engine.pid, signal.SIGINT)
    engine.communicate()

    assert engine.returncode != 0
    assert survivors(fresh_cloud) == []


def test_stop_ends_what_a_killed_engine_leaves(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    engine.kill()
    engine.communicate()
    fresh_cloud.localaws("stop")

    assert marked(fresh_cloud) == []


def test_stop_ends_an_up_that_runs(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    fresh_cloud.localaws("stop")
    engine.communicate()

    assert marked(fresh_cloud) == []


def test_stop_forgets_what_went_with_the_cloud(fresh_cloud: Cloud) -> None:
    fresh_cloud.up(*YAML)
    said = fresh_cloud.localaws("stop").stderr
    fresh_cloud.up(*YAML)

    assert "forgot stack dev of other-team: its 2 resources went with the AWS" in said


def kill_cloud(cloud: Cloud) -> None:
    """What a power cut does."""
    for process in marked(cloud):
        process.kill()
        process.wait()


def test_a_stack_of_a_cloud_that_has_gone_is_refused_until_a_named_command_mends_it(fresh_cloud: Cloud) -> None:
    for mend in (["pulumi", "refresh", "--yes", *YAML], ["reset"]):
        fresh_cloud.up(*YAML)
        kill_cloud(fresh_cloud)
        for operation in (["preview"], ["up", "--yes", "--skip-preview"], ["destroy", "--yes"]):
            said = fresh_cloud.pulumi(*operation, *YAML, code=1)
            assert "describes 2 resources of an AWS that has ended" in said
            assert "python3 -m localaws pulumi refresh -s dev --yes" in said
            assert "python3 -m localaws reset" in said
        assert fresh_cloud.status()["stacks"][0]["stale"]
        fresh_cloud.localaws(*mend)
    fresh_cloud.up(*YAML)


def test_a_cloud_that_does_not_answer_is_said(fresh_cloud: Cloud) -> None:
    fresh_cloud.up(*YAML)
    (server,) = marked(fresh_cloud)
    server.suspend()
    said = fresh_cloud.pulumi("preview", *YAML, code=1)
    server.resume()

    assert f"process {server.pid}" in said
    assert "does not answer" in said
    assert "python3 -m localaws stop" in said


def test_an_unsupported_type_is_named(cloud: Cloud) -> None:
    said = cloud.pulumi("preview", "-C", str(PROGRAMS / "unsupported"), "-s", "dev", code=None)

    assert "aws:codecommit/repository:Repository is not one of the" in said
    assert "localaws/adapter/table.py" in said


def test_a_wrong_provider_path_is_one_clear_error(cloud: Cloud, tmp_path: Path) -> None:
    said = cloud.localaws(
        "pulumi", "preview", *YAML, code=1, env={"LOCALAWS_TERRAFORM_PROVIDER_AWS": str(tmp_path / "missing")}
    )

    assert "LOCALAWS_TERRAFORM_PROVIDER_AWS is" in said.stderr
    assert "Traceback" not in said.stderr


def test_aws_takes_its_own_options(cloud: Cloud) -> None:
    done = cloud.localaws("aws", "--output", "json", "sts", "get-caller-identity")

    assert json.loads(done.stdout)["Account"] == "123456789012"
    assert cloud.localaws("aws", "no-such-service", code=None).returncode != 0


def test_pulumi_keeps_its_exit_code_and_help(cloud: Cloud) -> None:
    assert cloud.localaws("pulumi", "version").stdout.strip() == "v3.220.0"
    assert "pulumi preview" in cloud.localaws("pulumi", "preview", "--help").stdout
    assert cloud.localaws("pulumi", "no-such-command", code=None).returncode != 0
