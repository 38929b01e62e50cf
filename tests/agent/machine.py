"""An instance at boot as the script sees it: a PATH of commands that write down their calls, and a root of its own.

What changes or asks anything is a stub; what only computes (sed, sort, gpgv …) is the real thing.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

SCRIPT = Path(__file__).parents[2] / "components" / "instance" / "agent" / "linux.sh"
AGENT_CONFIG = SCRIPT.with_name("agent-config.sh")
PROXY = SCRIPT.with_name("proxy.sh")
SIGNING = Path(__file__).parent / "signing"
PACKAGE = bytes(1_000_000)  # what signing/package.sig signs

COMPUTE = ("base64", "env", "gpgv", "grep", "head", "sed", "sort", "tail", "timeout", "tr", "wc")
FILES = ("cat", "chmod", "id", "ln", "mkdir", "mktemp", "mv", "rm")

AMAZON_LINUX_2023 = 'NAME="Amazon Linux"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n'
DEBIAN_12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
UBUNTU = "ID=ubuntu\nID_LIKE=debian\n"

METADATA = "http://169.254.169.254/latest/meta-data"
BUCKET = "https://s3.eu-central-1.amazonaws.com/amazon-ssm-eu-central-1/latest"
VERSION = "3.3.2299.0"
NOW = "2026-11-22T06:00:00Z"

# Serves the one argument that is a URL, and keeps what is sent.
FETCH = """
echo "fetched by ${https_proxy-nothing} but ${no_proxy-nothing}" >>"$STATE/ways"
[[ "$*" != *--config* ]] || cat >"$STATE/stdin"
for word; do [[ $word != @* ]] || cat "${word#@}" >"$STATE/body"; done
for url; do [[ $url != http* ]] || break; done
file=$WEB/${url//\\//_}
[ ! -e "$file" ] || exec cat "$file"
exit 22
"""

SYSTEMCTL = """
case $1 in
    enable) [ ! -e "$STATE/dead" ] || exit 1; : >"$STATE/active" ;;
    is-active) [ -e "$STATE/active" ] ;;
    restart)
        set -- "$STATE"/start-*
        [ ! -e "$1" ] || { cat "$1" >>"$SSM_ONLY_ROOT/var/log/amazon/ssm/amazon-ssm-agent.log"; rm "$1"; }
        ;;
esac
"""
INSTALL = 'printf "%s" "$NEW_VERSION" >"$STATE/version"\n'
AGENT = 'echo "SSM Agent version: $(cat "$STATE/version")"\n'
SSM_CLI = 'echo "asked by ${http_proxy-nothing} ${https_proxy-nothing}" >>"$STATE/ways"\ncat "$STATE/diagnostics"\n'


def render(settings: Mapping[str, str], key: str = "") -> str:
    """The script as it is on an instance, with another signing key if one is given."""
    lines = SCRIPT.read_text().splitlines()
    at = lines.index("# <settings>")
    more = PROXY.read_text().splitlines() if "proxy" in settings else []
    more += AGENT_CONFIG.read_text().splitlines() if "agent_config" in settings else []
    lines[at : at + 1] = [*(f"{name}={quote(value)}" for name, value in settings.items()), *more]
    if key:
        start = next(number for number, line in enumerate(lines) if line.endswith("<<'KEY'"))
        lines[start + 1 : lines.index("KEY")] = key.splitlines()
    return "\n".join(lines) + "\n"


def diagnostics(failed: Mapping[str, str] | None = None) -> str:
    """The answer of `ssm-cli get-diagnostics`, in its order and form, with other notes for what failed."""
    endpoints = ("ssm", "ec2messages", "ssmmessages", "s3", "kms", "logs", "monitoring")
    notes = {
        "EC2 IMDS": "IMDS is accessible and has instance id i-0123456789abcdefa in region eu-central-1",
        "Hybrid instance registration": "Instance does not have hybrid registration",
        **{f"Connectivity to {name} endpoint": f"{name}.eu-central-1.amazonaws.com is reachable" for name in endpoints},
        "AWS Credentials": "Credentials are for arn:aws:sts::123456789012:assumed-role/r/i-0 and will expire at 2026",
        "Agent service": "Agent service is running and is running as expected user",
        "Proxy configuration": "No proxy configuration detected",
        "SSM Agent version": f'SSM Agent version is {VERSION}, "latest"',
    }
    skipped = {"Hybrid instance registration", "Proxy configuration"}
    output = [
        {
            "Check": check,
            "Status": "Failed" if check in (failed or {}) else "Skipped" if check in skipped else "Success",
            "Note": (failed or {}).get(check, note),
        }
        for check, note in notes.items()
    ]
    return json.dumps({"DiagnosticsOutput": output}, indent=2)


# Notes of ssm-cli; the first three are of the AWS SDK for Go 2, with which it is built since 3.3.5068.0.
SDK_2 = "Failed call sts endpoint: operation error STS: GetCallerIdentity, "
NO_ANSWER = "https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
REFUSED_AT_ONCE = (
    'https response error StatusCode: 0, RequestID: , request send failed, Post "https://sts.amazonaws.com": '
    "dial tcp 203.0.113.1:443: connect: network is unreachable"
)
TIMED_OUT = "dial tcp 203.0.113.1:443: i/o timeout"

# What the agent writes of its credentials (issues 543 and 544 of aws/amazon-ssm-agent, and its credentialrefresher.go).
STARTING = """\
2026-11-22 06:00:00.1 INFO [CredentialRefresher] credentialRefresher has started
2026-11-22 06:00:00.2 INFO [CredentialRefresher] Starting credentials refresher loop
"""
TAKEN = f"""{STARTING}\
2026-11-22 06:00:00.3 INFO [CredentialRefresher] Credentials ready
2026-11-22 06:00:00.4 INFO [CredentialRefresher] Next credential rotation will be in 29.98 minutes
2026-11-22 06:00:00.5 INFO [ssm-agent-worker] [HealthCheck] HealthCheck reporting agent health.
"""
REFUSED = f"""{STARTING}\
2026-11-22 06:00:00.3 ERROR [CredentialRefresher] Retrieve credentials produced error: no valid credentials could be \
retrieved for ec2 identity. Default Host Management Err: error calling RequestManagedInstanceRoleToken: \
AccessDeniedException: Systems Manager's instance management role is not configured for account: 111122223333
\tstatus code: 400, request id: 8e261733-6d5f-4e2b-9aa4-6306d4a776da
"""
SLEEPING = f"""{REFUSED}\
2026-11-22 06:00:00.4 INFO [CredentialRefresher] Sleeping for 27m34s before retrying retrieve credentials
"""


def ready(services: str = "ssm and ssmmessages", version: str = VERSION) -> list[str]:
    """The two lines of an instance that can be reached."""
    document = {"result": "ready", "agent": version, "reason": "", "unreachable": [], "advice": ""}
    return [
        f"ssm-only: ready: SSM agent {version} runs and reaches {services}.",
        f"ssm-only: {json.dumps(document)}",
    ]


def not_ready(
    reason: str, wrong: str, advice: str, *, version: str = VERSION, unreachable: Sequence[str] = ()
) -> list[str]:
    """The two lines of one that cannot."""
    document = {
        "result": "not-ready",
        "agent": version,
        "reason": reason,
        "unreachable": list(unreachable),
        "advice": advice,
    }
    return [f"ssm-only: NOT ready: {wrong}. {advice}", f"ssm-only: {json.dumps(document)}"]


@dataclass
class Machine:
    """By default, all is well: Amazon Linux 2023 on arm64, with a new agent that reaches everything."""

    shell: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    new_version: str = VERSION

    def __post_init__(self) -> None:
        self.root, self.bin = self.folder / "root", self.folder / "bin"
        self.web, self.state = self.folder / "web", self.folder / "state"
        for folder in (self.bin, self.web, self.state, *(self.root / name for name in ("etc", "var/log", "run"))):
            folder.mkdir(parents=True)
        self.console, self.calls_log = self.folder / "console", self.folder / "calls"
        self.calls_log.touch()
        for command in (*COMPUTE, *FILES):
            where = shutil.which(command)
            assert where, f"{command} is needed to run the boot script as instances do"
            (self.bin / command).symlink_to(where)
        self.has("date", f"echo {NOW}")
        self.has("uname", "echo aarch64")
        self.has("systemctl", SYSTEMCTL)
        self.has("curl", FETCH)
        self.has("rpm", INSTALL)
        self.has("dpkg", INSTALL)
        for command in ("logger", "sleep", "useradd"):
            self.has(command)
        self.runs(AMAZON_LINUX_2023)
        self.diagnoses(diagnostics())
        self.serves(f"{METADATA}/placement/region", b"eu-central-1")
        self.serves(f"{METADATA}/services/domain", b"amazonaws.com")
        self.serves("http://169.254.169.254/latest/api/token", b"a-token")
        for name in ("linux_arm64/amazon-ssm-agent.rpm", "debian_arm64/amazon-ssm-agent.deb"):
            self.serves(f"{BUCKET}/{name}", PACKAGE)
            self.serves(f"{BUCKET}/{name}.sig", (SIGNING / "package.sig").read_bytes())
        self.has_agent(VERSION)

    def runs(self, os_release: str) -> None:
        (self.root / "etc/os-release").write_text(os_release)

    def has(self, command: str, body: str = "") -> Path:
        path = self.bin / command
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/bash\necho "{command} $*" >>{self.calls_log}\n{body}')
        path.chmod(0o755)
        return path

    def lacks(self, *commands: str) -> None:
        for command in commands:
            (self.bin / command).unlink()

    def has_agent(self, version: str) -> None:
        (self.state / "version").write_text(version)
        self.has("amazon-ssm-agent", AGENT)
        self.has("ssm-cli", SSM_CLI)

    def lacks_agent(self) -> None:
        """As on Debian and minimal images: the package manager brings both commands."""
        agent, cli = (self.bin / name for name in ("amazon-ssm-agent", "ssm-cli"))
        for command in (agent, cli):
            command.rename(self.state / command.name)
        brings = INSTALL + "".join(f"cat {self.state / c.name} >{c}; chmod 755 {c}\n" for c in (agent, cli))
        self.has("rpm", brings)
        self.has("dpkg", brings)

    def has_snap(self, version: str) -> None:
        """As on Ubuntu, where systemd knows the agent by another name and PATH does not know it at all."""
        current = self.root / "snap/amazon-ssm-agent/current"
        current.mkdir(parents=True)
        self.has_agent(version)
        for name in ("amazon-ssm-agent", "ssm-cli"):
            (self.bin / name).rename(current / name)
        self.runs(UBUNTU)
        self.has("snap", INSTALL)

    def fails(self, command: str, times: int, matching: str = "") -> None:
        """The command fails this often, if its arguments hold a text, and then does what it did."""
        real = (self.bin / command).rename(self.state / f"real-{command}")
        self.has(
            command,
            f'[[ "$*" != *{quote(matching)}* ]] && exec {real} "$@"\n'
            f'echo >>"$STATE/tries-{command}"\n'
            f'[ "$(wc -l <"$STATE/tries-{command}")" -le {times} ] && exit 1\n'
            f'exec {real} "$@"',
        )
        real.write_text(real.read_text().replace("echo", ":", 1))  # one call is written down once

    def serves(self, url: str, content: bytes) -> None:
        (self.web / url.replace("/", "_")).write_bytes(content)

    def serves_not(self, url: str) -> None:
        (self.web / url.replace("/", "_")).unlink()

    def diagnoses(self, output: str) -> None:
        (self.state / "diagnostics").write_text(output)

    def logs(self, first: str, *starts: str) -> None:
        """What stands in the agent's log, and what each further start adds to it."""
        log = self.root / "var/log/amazon/ssm/amazon-ssm-agent.log"
        log.parent.mkdir(parents=True)
        log.write_text(first)
        for number, start in enumerate(starts):
            (self.state / f"start-{number}").write_text(start)

    def boot(self) -> subprocess.CompletedProcess[str]:
        """Both phases, as the service runs them; what the first exits with is the service's to ignore."""
        self.run("prepare")
        return self.run()

    def run(self, *phase: str) -> subprocess.CompletedProcess[str]:
        script = self.folder / "linux.sh"
        script.write_text(render(self.settings, (SIGNING / "key.b64").read_text()))
        return subprocess.run(
            [self.shell, script, *phase],
            env={
                "PATH": str(self.bin),
                "SSM_ONLY_CONSOLE": str(self.console),
                "SSM_ONLY_ROOT": str(self.root),
                "STATE": str(self.state),
                "WEB": str(self.web),
                "NEW_VERSION": self.new_version,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def said(self) -> list[str]:
        """Boots, and gives back the console's lines; every way out must have said the same."""
        assert self.boot().returncode == 0
        lines = self.console.read_text().splitlines()
        assert (self.root / "run/ssm-only.json").read_text() == lines[-1].removeprefix("ssm-only: ") + "\n"
        assert [line for line in self.log() if line.startswith("ssm-only: ")] == lines
        assert self.calls("logger") == [f"-t ssm-only -- {line}" for line in self.log()]
        return lines

    def log(self) -> list[str]:
        lines = (self.root / "var/log/ssm-only.log").read_text().splitlines()
        assert all(line.startswith(f"{NOW} ") for line in lines)
        return [line.removeprefix(f"{NOW} ") for line in lines]

    def calls(self, command: str) -> list[str]:
        lines = self.calls_log.read_text().splitlines()
        return [line.removeprefix(f"{command} ") for line in lines if line.startswith(f"{command} ")]
