"""The document of a command, run by two shells as the agent runs it, with the metadata service and AWS played here."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from components.commands.agent import report
from components.commands.document import (
    LARGEST_DOCUMENT,
    ScriptError,
    ScriptSettings,
    Shell,
    command_document,
)
from components.commands.runs import Report, read_report
from tests.agent.powershell import parse, texts, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENT = Path(report.__file__).parent
REGION, DOMAIN = "eu-central-1", "amazonaws.com"
INSTANCE, RUN, PARAMETER = "i-0123456789abcdef0", "0123456789ab-1", "/commands/shop/prod/migrate"
KEYS = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "a+secret/key", "Token": "a-session-token=="}
METADATA = {
    "/meta-data/instance-id": INSTANCE,
    "/meta-data/iam/security-credentials/": "web-1234567",
    "/meta-data/iam/security-credentials/web-1234567": json.dumps(KEYS),
}
SHELLS = ("dash", "bash")


@dataclass
class World:
    """What an instance can reach, and what was asked of it.

    Attributes:
        calls: targets and bodies of what AWS was asked and did.
        refusals: how many calls of a target AWS refuses first.
    """

    address: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    signed: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)

    def told(self) -> list[Report | None]:
        return [read_report(body["Value"]) for target, body in self.calls if target == "AmazonSSM.PutParameter"]


def handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.answer(200 if self.path == "/latest/api/token" else 404, "a-token")

        def do_GET(self) -> None:
            known = METADATA.get(self.path.removeprefix("/latest"))
            has_token = self.headers["X-aws-ec2-metadata-token"] == "a-token"
            self.answer(200 if known and has_token else 401, known or "")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target = self.headers["X-Amz-Target"]
            if world.refusals.get(target, 0):
                world.refusals[target] -= 1
                self.answer(400, '{"__type": "AccessDeniedException"}')
                return
            world.signed.append(({name.lower(): value for name, value in self.headers.items()}, body))
            world.calls.append((target, json.loads(body)))
            self.answer(200, "{}")

        def answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def world() -> Iterator[World]:
    with reachable() as world:
        yield world


@contextmanager
def reachable() -> Iterator[World]:
    world = World()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(world)) as server:
        world.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield world
        server.shutdown()
        thread.join()


def script_settings(script: str, *, shell: Shell = Shell.SH, seconds: int = 60, log_group: str = "") -> ScriptSettings:
    return ScriptSettings(
        command="migrate",
        script=script,
        shell=shell,
        seconds=seconds,
        region=REGION,
        domain=DOMAIN,
        log_group=log_group,
    )


def step_of(document: str) -> dict[str, Any]:
    (step,) = json.loads(document)["mainSteps"]
    return dict(step)


def substituted(document: str) -> str:
    """The lines that the agent runs: Systems Manager has put the parameters in."""
    text = "\n".join(step_of(document)["inputs"]["runCommand"])
    patterns = {name: one["allowedPattern"] for name, one in json.loads(document)["parameters"].items()}
    values = {"run": RUN, "report": PARAMETER}
    assert all(re.match(patterns[name], value) for name, value in values.items())
    return re.sub(r"\{\{ *(\w+) *\}\}", lambda found: values[found[1]], text)


def run(
    world: World, script: str, shell: str, *, seconds: int = 60, log_group: str = "", path: str | None = None
) -> subprocess.CompletedProcess[bytes]:
    document = command_document(script_settings(script, seconds=seconds, log_group=log_group))
    return subprocess.run(
        [shell, "-c", substituted(document)],
        env={
            "PATH": os.environ["PATH"] if path is None else path,
            "SSM_ONLY_METADATA": f"{world.address}/latest",
            "SSM_ONLY_ENDPOINT": world.address,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("script", "code", "output"),
    [
        pytest.param("echo hello", 0, "hello\n", id="it succeeds"),
        pytest.param("echo one; echo two >&2; exit 3", 3, "one\ntwo\n", id="it fails, and both streams are told"),
        pytest.param("exit 0", 0, "", id="it says nothing"),
        pytest.param("exit 124", 124, "", id="it ends with the code that timeout has"),
        pytest.param("#!/usr/bin/env python3\nprint(f'{1 + 1}')\n", 0, "2\n", id="its first line names what runs it"),
        pytest.param("#!/bin/sh -e\nfalse\necho never\n", 1, "", id="with what the first line gives it"),
        pytest.param("printf 'no end'", 0, "no end", id="the last line has no end"),
        pytest.param('echo "{{ run }} {{{ ssm:x }}}"', 0, "{{ run }} {{{ ssm:x }}}\n", id="brackets are its own"),
        pytest.param("cat; echo done", 0, "done\n", id="there is nothing to read"),
    ],
)
def test_it_runs_and_tells_how_it_ended(world: World, shell: str, script: str, code: int, output: str) -> None:
    done = run(world, script, shell)

    assert (done.returncode, done.stdout.decode(), done.stderr) == (code, output, b"")
    assert world.told() == [Report(run=RUN, instance=INSTANCE, code=code, output=output)]
    ((_, body),) = world.calls
    assert (body["Name"], body["Type"], body["Overwrite"]) == (PARAMETER, "String", True)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "script",
    [
        pytest.param("echo begun; sleep 600", id="it sleeps"),
        pytest.param("trap '' TERM; echo begun; while :; do sleep 1; done", id="it will not be told"),
    ],
)
def test_what_takes_too_long_is_stopped(world: World, shell: str, script: str) -> None:
    done = run(world, script, shell, seconds=1)
    (told,) = world.told()

    assert done.returncode in {124, 137}
    assert told is not None
    assert (told.code, told.output.splitlines()[0]) == (None, "begun")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_it_leaves_behind_is_not_waited_for(world: World, shell: str, tmp_path: Path) -> None:
    wanted, ended = tmp_path / "wanted", tmp_path / "ended"
    wanted.touch()
    # It ends by itself after half a minute, and with the test.
    daemon = f"for i in $(seq 300); do [ -e {wanted} ] || exit; sleep 0.1; done; touch {ended}"
    run(world, f"({daemon}) & echo started", shell)

    assert world.told() == [Report(run=RUN, instance=INSTANCE, code=0, output="started\n")]
    assert not ended.exists()
    wanted.unlink()


def test_the_report_has_the_end_of_a_long_output(world: World) -> None:
    done = run(world, "i=0; while [ $i -lt 2000 ]; do echo line $i ü; i=$((i + 1)); done; exit 1", "dash")
    (told,) = world.told()
    ((_, body),) = world.calls

    assert len(done.stdout.decode().splitlines()) == 2000
    assert told is not None
    assert told.output.splitlines()[-1] == "line 1999 ü"
    assert len(told.output.splitlines()) > 150
    assert len(body["Value"]) <= 4096, "a standard parameter holds no more"


def test_a_file_of_the_script_is_gone_after_it(world: World) -> None:
    done = run(world, 'echo "$0"', "dash")

    assert not Path(done.stdout.decode().strip()).exists()
    assert not Path(done.stdout.decode().strip()).parent.exists()


def test_no_script_stands_in_the_arguments_of_a_process(world: World) -> None:
    done = run(world, "secret=hunter2; tr '\\0' ' ' </proc/$$/cmdline; tr '\\0' ' ' </proc/$PPID/cmdline", "dash")

    assert b"hunter2" not in done.stdout


def test_without_python_it_fails_and_says_so(world: World, tmp_path: Path) -> None:
    for tool in ("mktemp", "sed", "date", "timeout", "cat", "rm"):
        (tmp_path / tool).symlink_to(next(Path(p) / tool for p in os.get_exec_path() if (Path(p) / tool).exists()))
    done = run(world, "echo hello", "/bin/sh", path=str(tmp_path))

    assert done.returncode == 1
    assert done.stdout == b"hello\nssm-only: there is no python3 here, so nobody is told how the script ended.\n"


@pytest.mark.parametrize(
    ("refusals", "told"),
    [
        pytest.param(1, [Report(run=RUN, instance=INSTANCE, code=0, output="hello\n")], id="a right that comes late"),
        pytest.param(99, [], id="a right that never comes"),
    ],
)
def test_a_report_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, refusals: int, told: list[Report]
) -> None:
    monkeypatch.setattr("components.commands.agent.report.random.uniform", lambda *_: 0)
    monkeypatch.setattr(report, "METADATA", f"{world.address}/latest")
    monkeypatch.setenv("SSM_ONLY_ENDPOINT", world.address)
    world.refusals["AmazonSSM.PutParameter"] = refusals
    (tmp_path / "output").write_text("hello\n")
    words = (str(tmp_path / "output"), "0", RUN, PARAMETER, REGION, DOMAIN, "", "migrate")
    if told:
        report.main(*words)
    else:
        with pytest.raises(OSError, match="400"):
            report.main(*words)

    assert world.told() == told


def test_its_signature_is_that_of_the_aws_sdk(world: World) -> None:
    run(world, "echo hello", "dash", log_group="/ssm-only/logs")

    assert {target.split(".")[0] for target, _ in world.calls} == {"AmazonSSM", "Logs_20140328"}
    for headers, body in world.signed:
        service = re.findall(r"/(\w+)/aws4_request", headers["authorization"])[0]
        names = re.findall(r"SignedHeaders=([^,]+)", headers["authorization"])[0].split(";")
        kept = {name: headers[name] for name in names if name not in {"host", "x-amz-date", "x-amz-security-token"}}
        theirs = AWSRequest(method="POST", url=f"https://{headers['host']}/", data=body, headers=kept)
        theirs.context["timestamp"] = headers["x-amz-date"]
        auth = SigV4Auth(Credentials(KEYS["AccessKeyId"], KEYS["SecretAccessKey"], KEYS["Token"]), service, REGION)
        theirs.headers["X-Amz-Date"], theirs.headers["X-Amz-Security-Token"] = headers["x-amz-date"], KEYS["Token"]
        signature = auth.signature(auth.string_to_sign(theirs, auth.canonical_request(theirs)), theirs)
        assert headers["authorization"].endswith(f"Signature={signature}")
        assert headers["host"] == f"{service}.{REGION}.{DOMAIN}"


class TestLogs:
    def test_all_lines_come_into_a_stream_of_the_run(self, world: World) -> None:
        run(world, "echo one; echo; echo two", "dash", log_group="/ssm-only/logs")
        (made, put, _) = world.calls

        assert made[0] == "Logs_20140328.CreateLogStream"
        assert made[1]["logGroupName"] == put[1]["logGroupName"] == "/ssm-only/logs"
        assert re.fullmatch(rf"migrate/{INSTANCE}/{RUN}/\d+", made[1]["logStreamName"])
        assert put[1]["logStreamName"] == made[1]["logStreamName"]
        assert [event["message"] for event in put[1]["logEvents"]] == ["one", " ", "two"]

    def test_logs_that_are_refused_do_not_keep_the_report(self, world: World) -> None:
        world.refusals["Logs_20140328.CreateLogStream"] = 99
        done = run(world, "echo one", "dash", log_group="/ssm-only/logs")

        assert done.returncode == 0
        assert done.stdout.startswith(b"one\nssm-only: the output is not in /ssm-only/logs: HTTP Error 400")
        assert world.told() == [Report(run=RUN, instance=INSTANCE, code=0, output="one\n")]

    @pytest.mark.parametrize(
        "output",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"x\n" * 25_000, id="many lines"),
            pytest.param(b"y" * 200_000, id="a long line"),
            pytest.param("ü".encode() * 59_999 + b"\n" + b"z" * 900_000, id="many bytes to a character"),
            pytest.param(b"\xff\xfe\x00", id="no text"),
        ],
    )
    def test_each_call_is_one_that_cloudwatch_takes(self, output: bytes) -> None:
        made = list(report.batches(output))
        sizes = [sum(len(event["message"].encode()) + 26 for event in batch) for batch in made]

        assert all(0 < size <= 1_048_576 for size in sizes)
        assert all(len(batch) <= 10_000 for batch in made)
        assert sum(len(batch) for batch in made) == len(output.decode(errors="replace").splitlines())
        assert all(event["message"] for batch in made for event in batch)


# Any text that a shell can hold, with much of what a quoting may get wrong.
TEXT = st.text(
    st.one_of(st.sampled_from("{}'\"$`\\\n# a"), st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))
)


class TestQuoting:
    @settings(deadline=None)
    @given(text=TEXT)
    def test_a_shell_has_the_script_as_it_was_written(self, text: str) -> None:
        script = f"# {text}"
        document = command_document(script_settings(script))
        lines = "\n".join(step_of(document)["inputs"]["runCommand"])
        before = lines[: lines.index("seconds=")]
        told = f'{before}printf %s "$script"'.encode()
        done = subprocess.run(["dash"], input=told, capture_output=True, check=True)

        assert done.stdout.decode() == script
        assert set(re.findall(r"\{\{.*?\}\}", lines)) == {"{{ run }}", "{{ report }}"}

    @settings(deadline=None)
    @given(text=TEXT)
    def test_powershell_has_it_too(self, text: str) -> None:
        script = f"# {text}"
        document = command_document(script_settings(script, shell=Shell.POWERSHELL))
        lines = "\n".join(step_of(document)["inputs"]["runCommand"])
        before = lines[lines.index("$Script") : lines.index("$Seconds = ")]
        literals = texts(parse(before), "verbatim_string_characters")

        assert not parse(before).has_error
        assert "".join(re.sub("(['\u2018\u2019\u201a\u201b])\\1", r"\1", one[1:-1]) for one in literals) == script
        assert set(re.findall(r"\{\{.*?\}\}", lines)) == {"{{ run }}", "{{ report }}"}


class TestDocument:
    def test_it_is_for_one_kind_of_machine(self) -> None:
        steps = {shell: step_of(command_document(script_settings("exit", shell=shell))) for shell in Shell}

        assert steps[Shell.SH]["action"] == "aws:runShellScript"
        assert steps[Shell.SH]["precondition"] == {"StringEquals": ["platformType", "Linux"]}
        assert steps[Shell.POWERSHELL]["action"] == "aws:runPowerShellScript"
        assert steps[Shell.POWERSHELL]["precondition"] == {"StringEquals": ["platformType", "Windows"]}

    def test_the_agent_gives_the_report_time(self) -> None:
        step = step_of(command_document(script_settings("exit", seconds=600)))

        assert step["inputs"]["timeoutSeconds"] == "900"

    @pytest.mark.parametrize(
        ("script", "message"),
        [
            pytest.param(" \n", "it is empty. Write what is to run.", id="empty"),
            pytest.param("a\0b", "no shell can hold NUL", id="NUL"),
            pytest.param("\ud800", "half of a surrogate pair", id="half of a pair"),
            pytest.param("x" * LARGEST_DOCUMENT, r"and Systems Manager takes 65,536\. Let it fetch", id="too long"),
        ],
    )
    def test_what_cannot_be_one_is_refused(self, script: str, message: str) -> None:
        with pytest.raises(ScriptError, match=message):
            command_document(script_settings(script))

    def test_the_program_of_windows_is_powershell(self) -> None:
        step = step_of(command_document(script_settings("date", shell=Shell.POWERSHELL)))
        tree = parse("\n".join(step["inputs"]["runCommand"]))
        given = [node.text.decode() for node in walk(tree) if node.type == "variable" and node.text]

        assert not tree.has_error
        assert {"$Script", "$Seconds", "$Region", "$LogGroup", "$Command"} <= set(given)

    def test_the_program_of_windows_goes_through_the_agents_proxy_before_it_asks_aws(self) -> None:
        """Its environment has it, and .NET, which the AWS Tools ask, looks there for none."""
        script = (AGENT / "run.ps1").read_text()
        set_to = "[Net.WebRequest]::DefaultWebProxy = New-Object Net.WebProxy $env:https_proxy, $true, $direct"

        assert script.index("if ($env:https_proxy) {") < script.index(set_to) < script.index("function Get-InstanceId")
        assert "169.254.169.254,$env:no_proxy" in script

    def test_the_reporter_is_one_that_old_pythons_read(self) -> None:
        """Amazon Linux 2 has 3.7."""
        ast.parse((AGENT / "report.py").read_text(), feature_version=(3, 7))

    def test_the_reporter_needs_the_standard_library_alone(self) -> None:
        tree = ast.parse((AGENT / "report.py").read_text())
        named = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
        named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

        assert {name.split(".")[0] for name in named} <= sys.stdlib_module_names
