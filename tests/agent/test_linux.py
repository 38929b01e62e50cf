"""The boot script, really run by two shells, with commands that only write down how they were called."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "components" / "agent" / "linux.sh"

IMDS = """
case "$*" in
    *api/token*) echo a-token ;;
    *placement/region*) echo eu-central-1 ;;
    *services/domain*) echo amazonaws.com ;;
esac
"""


@dataclass
class Machine:
    """An instance at boot: a PATH of pretend commands, and a console."""

    shell: str
    folder: Path

    def __post_init__(self) -> None:
        """A machine on which all is well."""
        self.bin.mkdir()
        self.console = self.folder / "console"
        self.calls_log = self.folder / "calls"
        self.calls_log.touch()
        self.has("amazon-ssm-agent", "")
        self.has("systemctl", "")
        self.has("dnf", "")
        self.has("curl", IMDS)
        self.has("uname", "echo aarch64")

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    def has(self, command: str, body: str) -> None:
        path = self.bin / command
        path.write_text(f'#!{self.shell}\necho "{command} $*" >>{self.calls_log}\n{body}\n')
        path.chmod(0o755)

    def lacks(self, command: str) -> None:
        (self.bin / command).unlink()

    def boot(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.shell, SCRIPT],
            env={"PATH": str(self.bin), "SSM_ONLY_CONSOLE": str(self.console)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def calls(self, command: str) -> list[str]:
        lines = self.calls_log.read_text().splitlines()
        return [line.removeprefix(f"{command} ") for line in lines if line.startswith(f"{command} ")]


@pytest.fixture(params=["/bin/bash", "/bin/dash"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    assert os.access(request.param, os.X_OK), f"{request.param} is needed to run the boot script as instances do"
    return Machine(request.param, tmp_path)


RUNNING = "ssm-only: The SSM agent is installed, enabled and running.\n"
NOT_RUNNING = "ssm-only: The SSM agent is NOT running, so this instance cannot be reached: "
URL = "https://s3.eu-central-1.amazonaws.com/amazon-ssm-eu-central-1/latest/linux_arm64/amazon-ssm-agent.rpm"


def test_an_agent_that_is_there_is_enabled_started_and_reported(machine: Machine) -> None:
    assert machine.boot().returncode == 0
    assert machine.console.read_text() == RUNNING
    assert machine.calls("systemctl") == ["enable --now amazon-ssm-agent", "is-active --quiet amazon-ssm-agent"]
    assert machine.calls("dnf") == machine.calls("curl") == []


def test_a_missing_agent_comes_from_the_bucket_of_this_region(machine: Machine) -> None:
    machine.lacks("amazon-ssm-agent")

    assert machine.boot().returncode == 0
    assert machine.calls("dnf") == [f"install --quiet --assumeyes --disablerepo=* {URL}"]
    assert machine.calls("systemctl") == ["enable --now amazon-ssm-agent", "is-active --quiet amazon-ssm-agent"]
    assert machine.console.read_text() == RUNNING


def test_the_metadata_service_is_asked_with_a_token(machine: Machine) -> None:
    machine.lacks("amazon-ssm-agent")
    machine.boot()
    token, *described = machine.calls("curl")

    assert "--request PUT" in token
    assert token.endswith("http://169.254.169.254/latest/api/token")
    assert [call.split("latest/")[1] for call in described] == [
        "meta-data/placement/region",
        "meta-data/services/domain",
    ]
    assert all("X-aws-ec2-metadata-token: a-token" in call for call in described)


def test_china_has_a_domain_of_its_own(machine: Machine) -> None:
    machine.lacks("amazon-ssm-agent")
    machine.has("curl", IMDS.replace("eu-central-1", "cn-north-1").replace("amazonaws.com", "amazonaws.com.cn"))
    machine.has("uname", "echo x86_64")
    machine.boot()
    (install,) = machine.calls("dnf")

    assert install.split()[-1] == (
        "https://s3.cn-north-1.amazonaws.com.cn/amazon-ssm-cn-north-1/latest/linux_amd64/amazon-ssm-agent.rpm"
    )


@pytest.mark.parametrize(
    ("command", "body", "reason"),
    [
        pytest.param("dnf", "exit 1", f"it could not be installed from {URL}.", id="the package cannot be had"),
        pytest.param(
            "curl",
            "exit 22",
            "it is not installed, and the instance metadata service did not say where to get it.",
            id="no metadata service",
        ),
        pytest.param(
            "uname",
            "echo riscv64",
            "it is not installed, and the instance metadata service did not say where to get it.",
            id="an architecture without an agent",
        ),
    ],
)
def test_an_agent_that_cannot_be_installed_is_said(machine: Machine, command: str, body: str, reason: str) -> None:
    machine.lacks("amazon-ssm-agent")
    machine.has(command, body)

    assert machine.boot().returncode == 1
    assert machine.console.read_text() == f"{NOT_RUNNING}{reason}\n"
    assert machine.calls("systemctl") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("exit 1", "systemctl could not enable and start it.", id="it does not start"),
        pytest.param('[ "$1" != is-active ]', "it was started and stopped again.", id="it does not stay up"),
    ],
)
def test_an_agent_that_does_not_run_is_said(machine: Machine, body: str, reason: str) -> None:
    machine.has("systemctl", body)

    assert machine.boot().returncode == 1
    assert machine.console.read_text() == f"{NOT_RUNNING}{reason}\n"


def test_every_boot_says_one_line(machine: Machine) -> None:
    for _ in range(2):
        assert machine.boot().stdout == ""
    machine.console.unlink()
    machine.boot()

    assert machine.console.read_text() == RUNNING


def test_without_a_console_the_line_goes_to_cloud_inits_log(machine: Machine) -> None:
    machine.console.mkdir()
    result = machine.boot()

    assert (result.returncode, result.stdout) == (0, RUNNING)
