"""The boot script of Linux, really run by two shells, on machines of every kind and in every trouble."""

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agent.machine import (
    AMAZON_LINUX_2023,
    BUCKET,
    DEBIAN_12,
    FETCH,
    METADATA,
    NO_ANSWER,
    REFUSED,
    REFUSED_AT_ONCE,
    SCRIPT,
    SDK_2,
    SIGNING,
    SLEEPING,
    STARTING,
    TAKEN,
    TIMED_OUT,
    UBUNTU,
    VERSION,
    Machine,
    diagnostics,
    not_ready,
    ready,
)


@pytest.fixture(params=["/bin/bash", "/bin/dash"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    assert os.access(request.param, os.X_OK), f"{request.param} is needed to run the boot script as instances do"
    return Machine(request.param, tmp_path)


@dataclass(frozen=True)
class Kind:
    """A distribution's package, and what installs it."""

    os_release: str
    url: str
    tool: str


RPM = f"{BUCKET}/linux_arm64/amazon-ssm-agent.rpm"
DEB = f"{BUCKET}/debian_arm64/amazon-ssm-agent.deb"
KINDS = [
    pytest.param(Kind(AMAZON_LINUX_2023, RPM, "rpm"), id="rpm"),
    pytest.param(Kind(DEBIAN_12, DEB, "dpkg"), id="deb"),
]
ENABLE, IS_ACTIVE = "enable --quiet --now amazon-ssm-agent", "is-active --quiet amazon-ssm-agent"
Trouble = Callable[[Machine, Kind], object]
NO_MORE_TRIES = ["5", "10", "20", "40"]
SIGNATURE_FILE = SIGNING / "package.sig"
SIGNED = "The package bears AWS's signature, says gpgv."


def not_installed(wrong: str, advice: str) -> list[str]:
    return not_ready("not-installed", f"the SSM agent is not installed: {wrong}", advice, version="")


# An agent that is there


def test_an_agent_that_is_there_is_enabled_started_and_reported(machine: Machine) -> None:
    assert machine.said() == ready()
    assert machine.calls("systemctl") == [ENABLE, IS_ACTIVE]
    for untouched in ("rpm", "dpkg", "curl", "sleep", "useradd"):
        assert machine.calls(untouched) == []


def test_the_lines_are_word_for_word(machine: Machine) -> None:
    assert machine.said() == [
        "ssm-only: ready: SSM agent 3.3.2299.0 runs and reaches ssm and ssmmessages.",
        'ssm-only: {"result": "ready", "agent": "3.3.2299.0", "reason": "", "unreachable": [], "advice": ""}',
    ]


@pytest.mark.parametrize(
    ("services", "named"),
    [
        pytest.param("ssm", "ssm", id="one"),
        pytest.param("ssm ssmmessages s3", "ssm, ssmmessages and s3", id="three"),
    ],
)
def test_what_is_reached_is_named(machine: Machine, services: str, named: str) -> None:
    machine.settings["services"] = services

    assert machine.said() == ready(named)


def test_a_second_run_changes_nothing(machine: Machine) -> None:
    machine.runs(DEBIAN_12)
    machine.lacks_agent()
    machine.settings |= {"ssm_user_sudo": "false", "run_as_users": "root", "session_profile": "PS1='# '\n"}
    machine.said()

    def files() -> dict[str, tuple[int, int, bytes]]:
        found = [path for path in (machine.root / "etc").rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_ino, path.stat().st_mode, path.read_bytes()) for path in found}

    before = files()
    machine.calls_log.write_text("")
    machine.console.unlink()
    (machine.root / "var/log/ssm-only.log").unlink()

    assert machine.said() == ready()
    assert files() == before
    assert machine.calls("systemctl") == [ENABLE, IS_ACTIVE]
    for untouched in ("dpkg", "curl", "sleep", "useradd"):
        assert machine.calls(untouched) == []


# An agent that is missing


@pytest.mark.parametrize(
    ("os_release", "processor", "folder"),
    [
        pytest.param(
            'ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"', "aarch64", "linux_arm64", id="amazon-linux-2023"
        ),
        pytest.param(
            'ID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"', "x86_64", "linux_amd64", id="amazon-linux-2"
        ),
        pytest.param('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"', "x86_64", "linux_amd64", id="rhel"),
        pytest.param('ID="rocky"\nID_LIKE="rhel centos fedora"', "aarch64", "linux_arm64", id="rocky"),
        pytest.param('ID="centos"\nID_LIKE="rhel fedora"', "x86_64", "linux_amd64", id="centos"),
        pytest.param("ID=fedora", "x86_64", "linux_amd64", id="fedora"),
        pytest.param("ID=debian\nVERSION_ID=12", "x86_64", "debian_amd64", id="debian-12"),
        pytest.param("ID=debian\nVERSION_ID=13", "aarch64", "debian_arm64", id="debian-13"),
        pytest.param("ID=ubuntu\nID_LIKE=debian", "aarch64", "debian_arm64", id="ubuntu"),
        pytest.param("ID=pop\nID_LIKE='ubuntu debian'", "x86_64", "debian_amd64", id="made from ubuntu"),
    ],
)
@pytest.mark.parametrize("internet", ["true", "false"])
def test_each_distribution_gets_its_package(
    machine: Machine, os_release: str, processor: str, folder: str, internet: str
) -> None:
    suffix = "deb" if folder.startswith("debian") else "rpm"
    tool, other = ("dpkg", "rpm") if suffix == "deb" else ("rpm", "dpkg")
    url = f"{BUCKET}/{folder}/amazon-ssm-agent.{suffix}"
    machine.settings["internet"] = internet
    machine.runs(os_release)
    machine.has("uname", f"echo {processor}")
    machine.lacks_agent()
    machine.serves(url, bytes(1_000_000))
    machine.serves(f"{url}.sig", SIGNATURE_FILE.read_bytes())

    assert machine.said() == ready()
    options = {"dpkg": "--force-confdef --force-confold --install", "rpm": "--upgrade"}[tool]
    (call,) = machine.calls(tool)
    assert call.startswith(f"{options} ")
    assert machine.calls(other) == []
    assert [call.split()[-1] for call in machine.calls("curl")][-2:] == [url, f"{url}.sig"]
    assert machine.calls("systemctl") == [ENABLE, IS_ACTIVE]
    assert SIGNED in machine.log()


def test_china_has_a_domain_of_its_own(machine: Machine) -> None:
    machine.lacks_agent()
    machine.serves(f"{METADATA}/placement/region", b"cn-north-1")
    machine.serves(f"{METADATA}/services/domain", b"amazonaws.com.cn")
    url = "https://s3.cn-north-1.amazonaws.com.cn/amazon-ssm-cn-north-1/latest/linux_arm64/amazon-ssm-agent.rpm"
    machine.serves(url, bytes(1_000_000))
    machine.serves(f"{url}.sig", SIGNATURE_FILE.read_bytes())

    assert machine.said() == ready()


def test_the_metadata_service_is_asked_with_a_token(machine: Machine) -> None:
    machine.lacks_agent()
    machine.boot()
    token, *described = machine.calls("curl")[:3]

    assert "--request PUT --header X-aws-ec2-metadata-token-ttl-seconds: 60 " in token
    assert [call.split()[-1] for call in described] == [
        f"{METADATA}/placement/region",
        f"{METADATA}/services/domain",
    ]
    assert all("X-aws-ec2-metadata-token: a-token" in call for call in described)


@pytest.mark.parametrize("client", ["curl", "wget", "python3"])
def test_any_of_three_clients_fetches(machine: Machine, client: str) -> None:
    machine.lacks("curl")
    machine.has(client, FETCH)
    machine.lacks_agent()

    assert machine.said() == ready()
    asked = [word for word in machine.calls_log.read_text().split() if word.startswith("https://")]
    assert asked[-2:] == [RPM, f"{RPM}.sig"]


def test_the_first_phase_installs_and_says_nothing_yet(machine: Machine) -> None:
    """What a person installs waits for this phase, and for no more."""
    machine.lacks_agent()
    machine.settings["ssm_user_sudo"] = "false"

    assert machine.run("prepare").returncode == 0
    assert len(machine.calls("rpm")) == 1
    assert (machine.root / "etc/sudoers.d/ssm-agent-users").exists()
    assert not machine.console.exists()
    assert machine.calls("systemctl") == []

    assert machine.run().returncode == 0
    assert len(machine.calls("rpm")) == 1
    assert machine.console.read_text().splitlines() == ready()


def test_a_snap_that_comes_late_is_waited_for(machine: Machine) -> None:
    """Its package beside it would be a second agent, and refuses itself."""
    machine.has_snap(VERSION)
    snap = machine.root / "snap"
    snap.rename(machine.folder / "not-seeded-yet")
    machine.has("dpkg", "exit 1")
    machine.has("sleep", f"[ -e {snap} ] || mv {machine.folder / 'not-seeded-yet'} {snap}")

    assert machine.said() == ready()
    assert len(machine.calls("dpkg")) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda m, kind: m.fails("curl", 2, kind.url[-9:]), id="the bucket"),
        pytest.param(lambda m, _: m.fails("curl", 2, "api/token"), id="the metadata service"),
        pytest.param(lambda m, kind: m.fails(kind.tool, 2), id="another process has the lock"),
    ],
)
def test_an_install_that_fails_twice_is_tried_again(machine: Machine, kind: Kind, trouble: Trouble) -> None:
    machine.runs(kind.os_release)
    machine.lacks_agent()
    trouble(machine, kind)

    assert machine.said() == ready()
    assert machine.calls("sleep") == ["5", "10"]
    assert [tool for tool in ("rpm", "dpkg") if machine.calls(tool)] == [kind.tool]


S3 = "Check the way to S3: route, endpoint policy, and port 443 out."
SIGNATURE = 'See "The signature" in docs/instance.md.'
LOCKED = "echo 'lock: another process has it' >&2\nexit 2\n"
NO_PACKAGE = ("no package is made for this distribution and processor", "Use an image that has the agent.")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("trouble", "wrong", "advice"),
    [
        pytest.param(lambda m, kind: m.serves_not(kind.url), "{url} cannot be fetched", S3, id="no network"),
        pytest.param(
            lambda m, kind: m.serves(kind.url, b"<html>"),
            "{url} cannot be fetched",
            S3,
            id="a page instead of a package",
        ),
        pytest.param(
            lambda m, _: m.serves_not("http://169.254.169.254/latest/api/token"),
            "the instance metadata service does not answer",
            "Let it be on, for tokens (IMDSv2).",
            id="no metadata service",
        ),
        pytest.param(lambda m, _: m.has("uname", "echo riscv64"), *NO_PACKAGE, id="another processor"),
        pytest.param(
            lambda m, kind: m.has(kind.tool, LOCKED),
            "{url} cannot be installed",
            "See: journalctl --unit ssm-only",
            id="the lock is held for good",
        ),
        pytest.param(
            lambda m, kind: m.has(kind.tool),
            "{url} cannot be installed",
            "See: journalctl --unit ssm-only",
            id="the package brings no agent",
        ),
    ],
)
def test_an_agent_that_cannot_be_installed_is_said(
    machine: Machine, kind: Kind, trouble: Trouble, wrong: str, advice: str
) -> None:
    machine.runs(kind.os_release)
    machine.lacks_agent()
    trouble(machine, kind)

    assert machine.said() == not_installed(wrong.format(url=kind.url), advice)
    assert machine.calls("sleep") == NO_MORE_TRIES
    assert machine.calls("systemctl") == []


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda m: m.runs("ID=alpine"), id="another distribution"),
        pytest.param(lambda m: (m.root / "etc/os-release").unlink(), id="no name at all"),
    ],
)
def test_a_distribution_without_a_package_is_said(machine: Machine, trouble: Callable[[Machine], object]) -> None:
    machine.lacks_agent()
    trouble(machine)

    assert machine.said() == not_installed(*NO_PACKAGE)
    assert machine.calls("sleep") == NO_MORE_TRIES


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_package_manager_says_goes_to_the_journal(machine: Machine, kind: Kind) -> None:
    machine.runs(kind.os_release)
    machine.lacks_agent()
    machine.has(kind.tool, LOCKED)

    assert "lock: another process has it" in machine.boot().stderr.splitlines()


# The signature

AWS_KEY = "1C5B395CBE5E74E2F1CA21592784DBF388D19D46"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda m, kind: m.serves(kind.url, bytes(1_000_001)), id="another package"),
        pytest.param(lambda m, kind: m.serves(f"{kind.url}.sig", b"\x89"), id="no signature in the file"),
        pytest.param(lambda m, kind: m.serves_not(f"{kind.url}.sig"), id="no file"),
        pytest.param(lambda m, _: m.has("gpgv", "exit 2"), id="another key"),
    ],
)
def test_a_bad_signature_installs_nothing(machine: Machine, kind: Kind, trouble: Trouble) -> None:
    machine.runs(kind.os_release)
    machine.lacks_agent()
    trouble(machine, kind)

    assert machine.said() == not_installed(f"{kind.url} does not bear AWS's signature", SIGNATURE)
    assert machine.calls("rpm") == machine.calls("dpkg") == []


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        pytest.param("gpgv", "--homedir {work} --keyring {work}/key {work}/signature {work}/package", id="gpgv"),
        pytest.param(
            "gpg",
            "--homedir {work} --batch --no-default-keyring --keyring {work}/key --verify "
            "{work}/signature {work}/package",
            id="gpg",
        ),
        pytest.param("sqv", "--keyring {work}/key --signature-file {work}/signature {work}/package", id="sqv"),
    ],
)
def test_the_tool_of_the_image_checks_the_signature(machine: Machine, tool: str, arguments: str) -> None:
    machine.lacks("gpgv")
    machine.has(tool)
    machine.lacks_agent()

    assert machine.said() == ready()
    (call,) = machine.calls(tool)
    work = os.path.dirname(call.split()[-1])  # noqa: PTH120 - the folder is gone
    assert call == arguments.format(work=work)
    assert f"The package bears AWS's signature, says {tool}." in machine.log()


def test_the_key_in_the_script_is_the_one_that_aws_names() -> None:
    block = re.search(r"<<'KEY'\n(.*?)\nKEY\n", SCRIPT.read_text(), re.DOTALL)
    assert block
    packets = base64.b64decode(block[1])
    # RFC 4880, 12.2: hashed is the first packet, the public key, with its header of 99 and two octets of length.
    fingerprint = hashlib.sha1(packets[: 3 + int.from_bytes(packets[1:3], "big")], usedforsecurity=False)

    assert fingerprint.hexdigest().upper() == AWS_KEY
    assert f"# AWS's key {AWS_KEY} " in SCRIPT.read_text()
    assert AWS_KEY in (SCRIPT.parents[3] / "docs/instance.md").read_text().replace(" ", "")


def test_without_any_tool_tls_and_the_size_count(machine: Machine) -> None:
    machine.lacks("gpgv")
    machine.lacks_agent()

    assert machine.said() == ready()
    assert "There is no gpgv, gpg or sqv: the package is checked by TLS and its size alone." in machine.log()
    assert f"{RPM}.sig" not in [call.split()[-1] for call in machine.calls("curl")]


# An agent that does not run


def test_a_dead_service_is_said(machine: Machine) -> None:
    (machine.state / "dead").touch()

    assert machine.said() == not_ready(
        "not-running", f"SSM agent {VERSION} does not run", "See: journalctl --unit amazon-ssm-agent"
    )
    assert machine.calls("sleep") == NO_MORE_TRIES


@pytest.mark.parametrize("matching", ["enable", "is-active"])
def test_a_service_that_starts_late_is_waited_for(machine: Machine, matching: str) -> None:
    machine.fails("systemctl", 2, matching)

    assert machine.said() == ready()
    assert machine.calls("sleep") == ["5", "10"]


def test_the_snap_of_ubuntu_is_found_where_path_does_not_lead(machine: Machine) -> None:
    machine.has_snap(VERSION)
    service = "snap.amazon-ssm-agent.amazon-ssm-agent"

    assert machine.said() == ready()
    assert machine.calls("systemctl") == [f"enable --quiet --now {service}", f"is-active --quiet {service}"]
    assert machine.calls("dpkg") == machine.calls("snap") == []


# The agent's own configuration

FIPS = {"agent_config": '{"Ssm":{"Endpoint":"ssm-fips.us-east-1.amazonaws.com"}}'}
CONFIG = "etc/amazon/ssm/amazon-ssm-agent.json"
RESTARTS = [f"try-restart {unit}" for unit in ("amazon-ssm-agent", "snap.amazon-ssm-agent.amazon-ssm-agent")]


def test_the_agent_finds_its_configuration_and_is_restarted_for_it_once(machine: Machine) -> None:
    machine.settings = FIPS

    assert machine.said() == ready()
    assert json.loads((machine.root / CONFIG).read_text()) == json.loads(FIPS["agent_config"])
    # The second phase finds it as it is to be.
    assert machine.calls("systemctl") == [*RESTARTS, ENABLE, IS_ACTIVE]


def test_another_configuration_restarts_the_agent(machine: Machine) -> None:
    machine.settings = FIPS
    machine.boot()
    machine.settings = {"agent_config": "{}"}
    machine.boot()

    assert machine.calls("systemctl").count("try-restart amazon-ssm-agent") == 2
    assert (machine.root / CONFIG).read_text() == "{}\n"


def test_after_a_boot_that_says_nothing_of_it_the_agent_has_its_defaults(machine: Machine) -> None:
    machine.settings = FIPS
    machine.boot()
    machine.settings = {}
    # What a boot does to /run.
    shutil.rmtree(machine.root / "run")
    (machine.root / "run").mkdir()
    machine.boot()

    assert not (machine.root / CONFIG).exists()


def test_what_an_earlier_boot_wrote_for_ipv6_gives_way(machine: Machine) -> None:
    old = machine.root / CONFIG
    old.parent.mkdir(parents=True)
    old.write_text('{"Agent": {"UseDualStackEndpoint": true}}\n')
    machine.settings = FIPS
    machine.boot()

    assert json.loads(old.read_text()) == json.loads(FIPS["agent_config"])


def test_a_configuration_of_a_persons_own_stays(machine: Machine) -> None:
    own = machine.root / CONFIG
    own.parent.mkdir(parents=True)
    own.write_text("{}")
    machine.settings = FIPS

    assert "is there already and stays" in machine.boot().stderr
    assert own.read_text() == "{}"
    assert RESTARTS[0] not in machine.calls("systemctl")


# A proxy

PROXY = {"proxy": "http://10.0.0.9:3128", "direct": "169.254.169.254,.example.internal"}
UNITS = ("amazon-ssm-agent", "snap.amazon-ssm-agent.amazon-ssm-agent")
RELOADS = [call for unit in UNITS for call in ("daemon-reload", f"try-restart {unit}")]


def override(machine: Machine, unit: str) -> Path:
    return machine.root / f"run/systemd/system/{unit}.service.d/ssm-only-proxy.conf"


def ways(machine: Machine) -> set[str]:
    return set((machine.state / "ways").read_text().splitlines())


def test_the_agent_gets_the_proxy_at_each_boot_and_is_restarted_for_it_once(machine: Machine) -> None:
    machine.settings = PROXY

    assert machine.said() == ready()
    for unit in UNITS:
        assert override(machine, unit).read_text() == (
            "[Service]\n"
            'Environment="http_proxy=http://10.0.0.9:3128" "https_proxy=http://10.0.0.9:3128" '
            '"no_proxy=169.254.169.254,.example.internal"\n'
        )
    # The second phase finds it as it is to be.
    assert machine.calls("systemctl") == [*RELOADS, ENABLE, IS_ACTIVE]


def test_what_the_script_fetches_and_asks_goes_through_the_proxy(machine: Machine) -> None:
    machine.settings = PROXY
    machine.lacks_agent()

    assert machine.said() == ready()
    assert machine.calls("rpm")
    assert ways(machine) == {
        "fetched by http://10.0.0.9:3128 but 169.254.169.254,.example.internal",
        "asked by http://10.0.0.9:3128 http://10.0.0.9:3128",
    }


def test_another_proxy_restarts_the_agent(machine: Machine) -> None:
    machine.settings = PROXY
    machine.boot()
    machine.settings = {**PROXY, "proxy": "http://10.0.0.10:3128"}
    machine.boot()

    assert machine.calls("systemctl").count("try-restart amazon-ssm-agent") == 2
    assert "10.0.0.10" in override(machine, "amazon-ssm-agent").read_text()


def test_without_a_proxy_nothing_is_told_of_one(machine: Machine) -> None:
    machine.lacks_agent()

    assert machine.said() == ready()
    assert ways(machine) == {"fetched by nothing but nothing", "asked by nothing nothing"}
    assert not (machine.root / "run/systemd").exists()


def test_a_proxy_that_cannot_be_written_down_stops_nothing(machine: Machine) -> None:
    machine.settings = PROXY
    (machine.root / "run/systemd").write_text("no folder")

    assert machine.said() == ready()
    assert machine.calls("systemctl") == [ENABLE, IS_ACTIVE]


# Old agents

OLD = "3.3.39.9"
NEEDS_EC2MESSAGES = not_ready(
    "old-agent",
    f"SSM agent {OLD} is older than 3.3.40.0 and could not be updated, so it needs ec2messages",
    "Use a newer image or agent.",
    version=OLD,
)
UPDATING = f"SSM agent {OLD} is older than 3.3.40.0: updating."


@pytest.mark.parametrize("os_release", [pytest.param(DEBIAN_12, id="deb"), pytest.param("ID=amzn", id="rpm")])
def test_an_old_agent_is_updated(machine: Machine, os_release: str) -> None:
    machine.runs(os_release)
    machine.has_agent(OLD)

    assert machine.said() == ready()
    assert machine.log()[:2] == [UPDATING, SIGNED]


@pytest.mark.parametrize(
    ("version", "updated"),
    [
        pytest.param("3.3.40.0", False, id="just new enough"),
        pytest.param("3.3.131.0", False, id="newer, though its text sorts before"),
        pytest.param("3.2.2303.0", True, id="older, though its text sorts after"),
        pytest.param("2.3.68.0", True, id="very old"),
    ],
)
def test_versions_are_compared_as_numbers(machine: Machine, version: str, updated: bool) -> None:  # noqa: FBT001 - a table
    machine.has_agent(version)

    assert machine.said() == ready(version=VERSION if updated else version)


def test_an_old_agent_that_cannot_be_updated_needs_ec2messages(machine: Machine) -> None:
    machine.has_agent(OLD)
    machine.serves_not(RPM)

    assert machine.said() == NEEDS_EC2MESSAGES
    assert machine.log()[:2] == [UPDATING, f"Not updated: {RPM} cannot be fetched."]


def test_an_update_that_brings_an_old_version_is_no_update(machine: Machine) -> None:
    machine.has_agent(OLD)
    machine.new_version = OLD

    assert machine.said() == NEEDS_EC2MESSAGES


def test_an_old_agent_is_well_where_ec2messages_is_reached(machine: Machine) -> None:
    machine.has_agent(OLD)
    machine.serves_not(RPM)
    machine.settings["services"] = "ssm ssmmessages ec2messages"

    assert machine.said() == ready("ssm, ssmmessages and ec2messages", version=OLD)


def test_an_old_snap_is_refreshed_from_the_internet(machine: Machine) -> None:
    machine.has_snap(OLD)

    assert machine.said() == ready()
    assert machine.calls("snap") == ["refresh amazon-ssm-agent"]
    assert machine.calls("dpkg") == []


def test_an_old_snap_without_the_internet_stays(machine: Machine) -> None:
    machine.has_snap(OLD)
    machine.settings["internet"] = "false"

    assert machine.said() == NEEDS_EC2MESSAGES
    assert machine.calls("snap") == machine.calls("dpkg") == []


def test_an_agent_that_tells_no_version_is_left_alone(machine: Machine) -> None:
    machine.has("amazon-ssm-agent", "exit 1")

    assert machine.said() == ready(version="unknown")
    assert machine.calls("rpm") == []


# What the agent's own check says

INTERNET = "Check the route to the internet, and port 443 out in the security group and the network ACL."
ENDPOINT = "Check that the VPC has the endpoint, with private DNS, and that its security group lets 443 in."
RUNS = f"SSM agent {VERSION} runs but"
CREDENTIALS = (
    "no-credentials",
    f"{RUNS} has no credentials",
    "Give the instance a profile with a role for Systems Manager, and leave its metadata service on.",
)


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(
            {f"Connectivity to {name} endpoint": TIMED_OUT for name in ("ec2messages", "kms")}, id="endpoints"
        ),
        pytest.param({"AWS Credentials": "STS call timed out"}, id="STS, to which no endpoint leads"),
        pytest.param(
            {"AWS Credentials": "Failed call sts endpoint: RequestError: send request failed\ncaused by: EOF"},
            id="STS, refused at once",
        ),
        pytest.param({"AWS Credentials": f"{SDK_2}{NO_ANSWER}"}, id="STS, since the SDK's version 2"),
        pytest.param(
            {"AWS Credentials": f"{SDK_2}exceeded maximum number of attempts, 3, {REFUSED_AT_ONCE}"},
            id="STS, refused at once, since the SDK's version 2",
        ),
        pytest.param(
            {"Agent service": 'Agent service is running but failed to get user: exec: "ps": not found'}, id="no ps"
        ),
        pytest.param({"SSM Agent version": "Failed to get SSM Agent version: timeout"}, id="the version"),
    ],
)
def test_what_nobody_asked_for_may_fail(machine: Machine, failed: dict[str, str]) -> None:
    machine.diagnoses(diagnostics(failed))

    assert machine.said() == ready()


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        pytest.param(
            {"Connectivity to s3 endpoint": TIMED_OUT, "Connectivity to kms endpoint": TIMED_OUT},
            not_ready("unreachable", f"{RUNS} does not reach s3", INTERNET, unreachable=["s3"]),
            id="one service",
        ),
        pytest.param(
            {f"Connectivity to {name} endpoint": TIMED_OUT for name in ("ssm", "ssmmessages", "s3")},
            not_ready(
                "unreachable",
                f"{RUNS} does not reach ssm, ssmmessages and s3",
                INTERNET,
                unreachable=["ssm", "ssmmessages", "s3"],
            ),
            id="all services",
        ),
        pytest.param(
            {"AWS Credentials": "EC2RoleRequestError: no EC2 instance role found\ncaused by: 404"},
            not_ready(*CREDENTIALS),
            id="no role",
        ),
        pytest.param(
            {"AWS Credentials": "Failed call sts endpoint: ExpiredToken: expired"},
            not_ready(*CREDENTIALS),
            id="expired",
        ),
        pytest.param(
            {"AWS Credentials": f"{SDK_2}https response error StatusCode: 403, RequestID: 1, ExpiredToken: x"},
            not_ready(*CREDENTIALS),
            id="expired, since the SDK's version 2",
        ),
        pytest.param(
            {"AWS Credentials": f"{SDK_2}get identity: get credentials: no role, http response error StatusCode: 0, x"},
            not_ready(*CREDENTIALS),
            id="no role, since the SDK's version 2",
        ),
        pytest.param({"EC2 IMDS": "IMDS request timeout"}, not_ready(*CREDENTIALS), id="no metadata service"),
        pytest.param(
            {"Agent service": "Agent is installed as a systemctl service but is not running"},
            not_ready("not-running", f"SSM agent {VERSION} does not run", "See: journalctl --unit amazon-ssm-agent"),
            id="it ran and stopped",
        ),
    ],
)
def test_what_is_needed_may_not_fail(machine: Machine, failed: dict[str, str], expected: list[str]) -> None:
    machine.settings["services"] = "ssm ssmmessages s3"
    machine.diagnoses(diagnostics(failed))

    assert machine.said() == expected
    assert machine.calls("sleep") == NO_MORE_TRIES


def test_without_the_internet_the_advice_is_about_endpoints(machine: Machine) -> None:
    machine.settings["internet"] = "false"
    machine.diagnoses(diagnostics({"Connectivity to ssmmessages endpoint": TIMED_OUT}))

    assert machine.said() == not_ready(
        "unreachable", f"{RUNS} does not reach ssmmessages", ENDPOINT, unreachable=["ssmmessages"]
    )


def test_a_service_that_the_tool_does_not_try_is_not_taken_as_reached(machine: Machine) -> None:
    machine.settings["services"] = "ssm nowhere"

    assert machine.said() == not_ready(
        "unreachable", f"{RUNS} does not reach nowhere", INTERNET, unreachable=["nowhere"]
    )


@pytest.mark.parametrize(
    "output", ["", "get-diagnostics needs to be executed by root", '{"DiagnosticsOutput": []}', "panic: {"]
)
def test_a_check_that_says_nothing_proves_nothing(machine: Machine, output: str) -> None:
    machine.diagnoses(output)

    assert machine.said() == not_ready(
        "diagnostics-failed", f"{RUNS} its own check, ssm-cli, says nothing", "It needs version 3.1.501.0."
    )


def test_a_check_that_dies_for_want_of_the_metadata_service_is_not_blamed(machine: Machine) -> None:
    machine.diagnoses("")
    machine.serves_not("http://169.254.169.254/latest/api/token")

    assert machine.said() == not_ready(*CREDENTIALS)


def test_a_network_that_comes_late_is_waited_for(machine: Machine) -> None:
    machine.fails("ssm-cli", 2)
    machine.logs(TAKEN)

    assert machine.said() == ready()
    assert machine.calls("sleep") == ["5", "10"]
    assert machine.calls("systemctl") == [ENABLE, IS_ACTIVE]


RESTART = "restart amazon-ssm-agent"


@pytest.mark.parametrize(
    ("log", "restarts"),
    [
        pytest.param([TAKEN], 0, id="at once"),
        pytest.param([STARTING], 0, id="not yet"),
        pytest.param([SLEEPING + TAKEN], 0, id="after a while"),
        pytest.param([SLEEPING, TAKEN], 1, id="at the second start"),
        pytest.param([TAKEN + SLEEPING, REFUSED, TAKEN], 2, id="at the third start"),
    ],
)
def test_an_agent_whose_credentials_were_refused_is_started_anew(
    machine: Machine, log: list[str], restarts: int
) -> None:
    machine.logs(*log)

    assert machine.said() == ready()
    assert machine.calls("systemctl") == [ENABLE, IS_ACTIVE, *[RESTART] * restarts]


def test_an_agent_whose_network_came_late_is_started_anew(machine: Machine) -> None:
    machine.fails("ssm-cli", 1)
    machine.logs(SLEEPING, TAKEN)

    assert machine.said() == ready()
    assert machine.calls("sleep") == ["5", "10"]
    assert machine.calls("systemctl") == [ENABLE, IS_ACTIVE, RESTART]


def test_credentials_that_are_refused_again_and_again_are_said(machine: Machine) -> None:
    machine.logs(SLEEPING)

    assert machine.said() == not_ready(
        "refused",
        f"{RUNS} Systems Manager does not take its credentials",
        "Let its role call ssm:UpdateInstanceInformation, or set up Default Host Management. "
        f"See: {machine.root}/var/log/amazon/ssm/amazon-ssm-agent.log",
    )
    assert machine.calls("systemctl") == [ENABLE, IS_ACTIVE, *[RESTART] * 5]


def test_where_nothing_is_reached_the_refusal_is_not_blamed(machine: Machine) -> None:
    machine.logs(SLEEPING)
    machine.diagnoses(diagnostics({"Connectivity to ssm endpoint": TIMED_OUT}))

    assert machine.said() == not_ready("unreachable", f"{RUNS} does not reach ssm", INTERNET, unreachable=["ssm"])


# Where the lines go


def test_without_a_console_the_lines_go_to_the_journal(machine: Machine) -> None:
    machine.console.mkdir()
    result = machine.boot()

    assert (result.returncode, result.stdout.splitlines()) == (0, ready())
    assert machine.log() == ready()
    assert machine.calls("logger") == [f"-t ssm-only -- {line}" for line in ready()]


@pytest.mark.parametrize("missing", ["log", "run"])
def test_a_file_that_cannot_be_written_stops_nothing(machine: Machine, missing: str) -> None:
    folder = machine.root / {"log": "var/log", "run": "run"}[missing]
    folder.rmdir()

    assert machine.boot().returncode == 0
    assert machine.console.read_text().splitlines() == ready()


def test_without_logger_the_rest_happens(machine: Machine) -> None:
    machine.lacks("logger")

    assert machine.boot().returncode == 0
    assert machine.log() == ready()


def test_a_full_disk_is_said(machine: Machine) -> None:
    machine.has("mktemp", "exit 1")
    machine.settings["report_parameter"] = "/boot-check/ssm-only/dev/main"

    assert machine.said() == not_ready(
        "diagnostics-failed", "no temporary folder can be made", "Make room on the disk.", version=""
    )
    # What would be sent is a file in that folder.
    assert machine.calls("curl") == []


def test_nothing_stays_in_the_temporary_folder(machine: Machine) -> None:
    folder = machine.folder / "temporary"
    machine.has("mktemp", f"mkdir {folder} && echo {folder}")
    machine.lacks_agent()
    machine.said()

    assert not folder.exists()


def test_json_survives_a_strange_version(machine: Machine) -> None:
    version = 'a"b\\c\td'
    (machine.state / "version").write_text(version)
    human, line = machine.said()

    assert human == f"ssm-only: ready: SSM agent {version} runs and reaches ssm and ssmmessages."
    assert json.loads(line.removeprefix("ssm-only: "))["agent"] == 'a"b\\cd'


# The parameter

PARAMETER = "/boot-check/ssm-only/dev/main"
BODY = {"Name": PARAMETER, "Type": "String", "Overwrite": True, "Value": ready()[1].removeprefix("ssm-only: ")}
ENDPOINT_OF_SSM = "https://ssm.eu-central-1.amazonaws.com/"
UNWRITTEN = f"The parameter {PARAMETER} could not be written."
SECRET, TOKEN = "wJalr/Xut+nFEMI=", "IQoJb3JpZ2lu/+=="


def give_credentials(machine: Machine) -> None:
    document = {"Code": "Success", "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": SECRET, "Token": TOKEN}
    spaced = json.dumps(document, indent=2, separators=(",", " : "))
    machine.serves(f"{METADATA}/iam/security-credentials/", b"a-role")
    machine.serves(f"{METADATA}/iam/security-credentials/a-role", spaced.encode())
    machine.serves(ENDPOINT_OF_SSM, b"{}")


def test_the_result_goes_to_a_parameter_and_no_secret_to_the_process_list(machine: Machine) -> None:
    machine.settings["report_parameter"] = PARAMETER
    give_credentials(machine)

    assert machine.said() == ready()
    assert json.loads((machine.state / "body").read_text()) == BODY
    assert (machine.state / "stdin").read_text() == (
        f'user = "ASIAEXAMPLE:{SECRET}"\nheader = "X-Amz-Security-Token: {TOKEN}"\n'
    )
    assert not any(secret in call for secret in (SECRET, TOKEN) for call in machine.calls("curl"))
    put = machine.calls("curl")[-1]
    assert put.endswith(f" {ENDPOINT_OF_SSM}")
    assert "--aws-sigv4 aws:amz:eu-central-1:ssm" in put
    assert "--header X-Amz-Target: AmazonSSM.PutParameter" in put


def test_the_aws_cli_writes_the_parameter_where_there_is_one(machine: Machine) -> None:
    machine.settings["report_parameter"] = PARAMETER
    machine.has("aws")

    assert machine.said() == ready()
    assert machine.calls("aws") == [
        f"ssm put-parameter --region eu-central-1 --name {PARAMETER} --type String --overwrite --value {BODY['Value']}"
    ]


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda m: m.serves_not(ENDPOINT_OF_SSM), id="refused"),
        pytest.param(lambda m: m.serves_not(f"{METADATA}/iam/security-credentials/"), id="no role"),
        pytest.param(lambda m: m.serves_not(f"{METADATA}/placement/region"), id="no metadata service"),
        pytest.param(lambda m: m.has("aws", "exit 254"), id="refused to the AWS CLI"),
        pytest.param(lambda m: m.lacks("curl"), id="neither curl nor the AWS CLI"),
    ],
)
def test_a_parameter_that_cannot_be_written_is_said_in_the_log(machine: Machine, trouble: object) -> None:
    machine.settings["report_parameter"] = PARAMETER
    give_credentials(machine)
    assert callable(trouble)
    trouble(machine)

    assert machine.said() == ready()
    assert machine.log() == [*ready(), UNWRITTEN]


# People

NOBODY = "# ssm-only: ssm-user has no sudo\n"
EVERYTHING = "# User rules for ssm-user\nssm-user ALL=(ALL) NOPASSWD:ALL\n"


def sudoers(machine: Machine) -> Path:
    return machine.root / "etc/sudoers.d/ssm-agent-users"


@pytest.mark.parametrize(
    "before",
    [pytest.param(None, id="never had it"), pytest.param(EVERYTHING, id="had it"), pytest.param(NOBODY, id="ours")],
)
def test_ssm_user_is_kept_from_sudo_before_the_agent_starts(machine: Machine, before: str | None) -> None:
    if before is not None:
        sudoers(machine).parent.mkdir()
        sudoers(machine).write_text(before)
        sudoers(machine).chmod(0o440)
    machine.settings["ssm_user_sudo"] = "false"
    machine.has("systemctl", f'[ -e "$STATE/seen" ] || cp {sudoers(machine)} "$STATE/seen"')
    (machine.bin / "cp").symlink_to("/bin/cp")
    machine.said()

    assert sudoers(machine).read_text() == (machine.state / "seen").read_text() == NOBODY
    assert sudoers(machine).stat().st_mode & 0o7777 == 0o440
    assert list(sudoers(machine).parent.iterdir()) == [sudoers(machine)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(None, None, id="nothing is written"),
        pytest.param(EVERYTHING, EVERYTHING, id="the agent's own stays"),
        pytest.param("# somebody else's\n", "# somebody else's\n", id="somebody else's stays"),
        pytest.param(NOBODY, "ssm-user ALL=(ALL) NOPASSWD:ALL\n", id="ours is taken back"),
    ],
)
def test_ssm_user_with_sudo_again(machine: Machine, before: str | None, after: str | None) -> None:
    if before is not None:
        sudoers(machine).parent.mkdir()
        sudoers(machine).write_text(before)
    machine.said()

    assert (sudoers(machine).read_text() if sudoers(machine).exists() else None) == after


def test_run_as_users_are_created_once(machine: Machine) -> None:
    machine.settings["run_as_users"] = "root ssm-only-ops ssm-only.dev"
    machine.said()

    assert machine.calls("useradd") == [
        "--create-home --shell /bin/bash ssm-only-ops",
        "--create-home --shell /bin/bash ssm-only.dev",
    ]


@pytest.mark.parametrize("name", ["--root=x", "a;b", "$HOME", "*", "a/b"])
def test_what_is_no_user_name_is_refused(machine: Machine, name: str) -> None:
    machine.settings["run_as_users"] = name

    assert machine.said() == ready()
    assert machine.calls("useradd") == []
    assert machine.log()[0] == f"The Run As user {name} is not created: that is no user name."


def test_a_user_that_cannot_be_created_is_said_in_the_log(machine: Machine) -> None:
    machine.settings["run_as_users"] = "ssm-only-ops"
    machine.has("useradd", "exit 1")

    assert machine.said() == ready()
    assert machine.log()[0] == "The Run As user ssm-only-ops could not be created."


PROFILE = "export PS1='it'\\''s $PWD # '\ncd \"$HOME\" || :\n# <settings>"


def test_the_session_profile_is_written_changed_and_removed(machine: Machine) -> None:
    path = machine.root / "etc/ssm-only/session-profile"
    machine.settings["session_profile"] = PROFILE
    machine.said()

    assert path.read_text() == f"{PROFILE}\n"
    assert path.stat().st_mode & 0o7777 == 0o644
    for text in ("cd /", ""):
        machine.settings["session_profile"] = text
        machine.console.unlink()
        machine.boot()
        assert (path.read_text() if path.exists() else "") == (text and f"{text}\n")


DUAL_STACK_NAMES = '{"Agent": {"UseDualStackEndpoint": true}}\n'
THEIRS = '{"Agent": {"Region": "eu-central-1"}}\n'
TRY_RESTART = "try-restart amazon-ssm-agent"


@pytest.mark.parametrize(
    ("wanted", "before", "after", "restarts"),
    [
        pytest.param("true", None, DUAL_STACK_NAMES, [TRY_RESTART], id="set"),
        pytest.param("true", DUAL_STACK_NAMES, DUAL_STACK_NAMES, [], id="set already"),
        pytest.param("true", THEIRS, THEIRS, [], id="a file of a person's own"),
        pytest.param("false", DUAL_STACK_NAMES, None, [TRY_RESTART], id="taken back"),
        pytest.param("false", THEIRS, THEIRS, [], id="a person's own stays"),
        pytest.param("false", None, None, [], id="never set"),
    ],
)
def test_the_agent_is_told_which_names_to_use(
    machine: Machine, wanted: str, before: str | None, after: str | None, restarts: list[str]
) -> None:
    file = machine.root / CONFIG
    if before:
        file.parent.mkdir(parents=True)
        file.write_text(before)
    machine.settings["dual_stack"] = wanted

    assert machine.said() == ready()
    assert (file.read_text() if file.exists() else None) == after
    assert [call for call in machine.calls("systemctl") if "restart" in call] == restarts


def test_the_names_are_there_before_an_agent_that_is_installed_starts(machine: Machine) -> None:
    machine.lacks_agent()
    machine.settings["dual_stack"] = "true"
    machine.has("rpm", f'cat {machine.root / CONFIG} >"$STATE/seen"\n' + (machine.bin / "rpm").read_text())

    machine.said()
    assert (machine.state / "seen").read_text() == DUAL_STACK_NAMES
    assert TRY_RESTART not in machine.calls("systemctl")


def test_the_snap_reads_the_same_file(machine: Machine) -> None:
    machine.has_snap(VERSION)
    machine.settings["dual_stack"] = "true"

    machine.said()
    assert (machine.root / CONFIG).read_text() == DUAL_STACK_NAMES
    assert "try-restart snap.amazon-ssm-agent.amazon-ssm-agent" in machine.calls("systemctl")


def test_ubuntu_without_the_snap_gets_the_package(machine: Machine) -> None:
    machine.runs(UBUNTU)
    machine.lacks_agent()
    machine.has("snap")

    assert machine.said() == ready()
    assert machine.calls("snap") == []
    assert [call.split()[-1] for call in machine.calls("curl")][-2:] == [DEB, f"{DEB}.sig"]
