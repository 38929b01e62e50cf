"""The ready lines, run by a shell and the real AWS CLI against an API that writes down what it is asked."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.operators import console
from components.operators.console import Ways
from tests.components.graph import CN_NORTH_1, US_EAST_1, US_GOV_WEST_1

if TYPE_CHECKING:
    from collections.abc import Iterator

    from components.base.region import Region

INSTANCE = "i-0123456789abcdef0"
PUBLIC_KEY = f"ssh-ed25519 {'A' * 68} ann@example.com"
EVERY_WAY = Ways(port_forwarding=True, remote_hosts=True, ssh=True, ssh_users=["ec2-user", "ubuntu"])


@contextmanager
def api() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An AWS on loopback that refuses everything, after writing it down."""
    asked: list[dict[str, Any]] = []

    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            region = self.headers["Authorization"].split("/")[2]
            asked.append({"asked": self.headers["X-Amz-Target"].split(".")[1], "region": region, **body})
            answer = json.dumps({"__type": "AccessDeniedException", "message": "no"}).encode()
            self.send_response(400)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Refuses)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def paste(line: str, home: Path) -> dict[str, Any]:
    """Give the line to a shell, and tell what AWS was asked for."""
    with api() as (endpoint, asked):
        env = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }
        done = subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, check=False)
    assert len(asked) == 1, done.stderr
    return asked[0]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        pytest.param("shell", {"asked": "StartSession", "Target": INSTANCE}, id="shell"),
        pytest.param(
            "port_forward",
            {
                "asked": "StartSession",
                "Target": INSTANCE,
                "DocumentName": "AWS-StartPortForwardingSession",
                "Parameters": {"portNumber": ["80"], "localPortNumber": ["8080"]},
            },
            id="port forward",
        ),
        pytest.param(
            "remote_host",
            {
                "asked": "StartSession",
                "Target": INSTANCE,
                "DocumentName": "AWS-StartPortForwardingSessionToRemoteHost",
                "Parameters": {"host": ["db.example.internal"], "portNumber": ["5432"], "localPortNumber": ["5432"]},
            },
            id="remote host",
        ),
        pytest.param(
            "ssh_key",
            {
                "asked": "SendSSHPublicKey",
                "InstanceId": INSTANCE,
                "InstanceOSUser": "ec2-user",
                "SSHPublicKey": PUBLIC_KEY,
            },
            id="ssh key",
        ),
    ],
)
def test_a_pasted_line_asks_for_what_it_says(name: str, asked: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text(PUBLIC_KEY)
    lines = console.ready_lines(CN_NORTH_1, "web", INSTANCE, EVERY_WAY)

    assert paste(str(lines[name]), tmp_path) == {"region": "cn-north-1", **asked}


def test_ssh_goes_through_session_manager(tmp_path: Path) -> None:
    """ssh_config(5): %h is the HostName, %p the port, and the shell gets the rest of the line after ProxyCommand."""
    block = str(console.ready_lines(US_EAST_1, "web", INSTANCE, EVERY_WAY)["ssh_config"])
    keywords = dict(line.strip().split(" ", 1) for line in block.splitlines())
    proxy = keywords["ProxyCommand"].replace("%h", keywords["HostName"]).replace("%p", "22")

    assert {**keywords, "ProxyCommand": ""} == {
        "Host": "web",
        "HostName": INSTANCE,
        "User": "ec2-user",
        "ProxyCommand": "",
    }
    assert paste(f"exec {proxy}", tmp_path) == {
        "asked": "StartSession",
        "region": "us-east-1",
        "Target": INSTANCE,
        "DocumentName": "AWS-StartSSHSession",
        "Parameters": {"portNumber": ["22"]},
    }


def test_without_a_user_ssh_asks_for_the_persons_own() -> None:
    assert "User" not in console.ssh_config("us-east-1", "web", INSTANCE)


def test_rival_defect_the_printed_command_does_not_name_the_document(tmp_path: Path) -> None:
    """Preferences of another name than the default's hold only for sessions that name them."""
    named = console.session_command("us-east-1", INSTANCE, "Team-Preferences")

    assert paste(named, tmp_path)["DocumentName"] == "Team-Preferences"
    for document in (None, "SSM-SessionManagerRunShell"):
        default = console.session_command("us-east-1", INSTANCE, document)
        assert default == f"aws ssm start-session --target {INSTANCE} --region us-east-1"


@pytest.mark.parametrize(
    ("ways", "lines"),
    [
        pytest.param(Ways(), ["shell", "console"], id="a shell, by default"),
        pytest.param(Ways(document="Team-Shell"), ["shell"], id="the console opens no other document"),
        pytest.param(Ways(through_endpoint=True), ["shell"], id="a browser comes through no endpoint"),
        pytest.param(Ways(document=None, port_forwarding=True), ["port_forward"], id="tunnels alone"),
        pytest.param(Ways(document=None, remote_hosts=True), ["remote_host"], id="to other hosts"),
        pytest.param(
            Ways(document=None, remote_hosts=True, named_hosts=[("10.0.3.4", 5432)]), ["remote_hosts"], id="one by one"
        ),
        pytest.param(Ways(document=None, ssh=True), ["ssh_config"], id="SSH, with a key that is there"),
        pytest.param(
            Ways(instance_connect=True, ssh_users=["ec2-user"]),
            ["shell", "console", "instance_connect"],
            id="a key that is pushed for a tunnel alone has no line of its own",
        ),
        pytest.param(
            EVERY_WAY, ["shell", "console", "port_forward", "remote_host", "ssh_config", "ssh_key"], id="everything"
        ),
    ],
)
def test_only_allowed_lines_are_printed(ways: Ways, lines: list[str]) -> None:
    assert lines == [*ways.lines]
    assert lines == [*console.ready_lines(US_EAST_1, "web", INSTANCE, ways)]
    assert lines == [*console.needs(ways)]


@pytest.mark.parametrize(
    ("ways", "line"),
    [
        pytest.param(Ways(instance_connect=True), "ssh {} --connection-type eice", id="as the CLI's own user"),
        pytest.param(
            Ways(instance_connect=True, ssh_users=["admin", "root"]),
            "ssh {} --os-user admin --connection-type eice",
            id="as the first user",
        ),
        pytest.param(
            Ways(instance_connect=True, login_port=3389, ssh_users=["ec2-user"]),
            "open-tunnel {} --remote-port 3389 --local-port 13389",
            id="to RDP, which takes no key",
        ),
    ],
)
def test_a_line_goes_through_the_endpoint_of_the_network(ways: Ways, line: str) -> None:
    place = f"--instance-id {INSTANCE} --region cn-north-1"

    assert console.ready_lines(CN_NORTH_1, "web", INSTANCE, ways)["instance_connect"] == (
        f"aws ec2-instance-connect {line.format(place)}"
    )
    assert "plugin" not in console.needs(ways)["instance_connect"]


@pytest.mark.parametrize("ways", [EVERY_WAY, Ways(document=None, remote_hosts=True, ssh=True)])
def test_what_all_lines_need_is_said_once(ways: Ways) -> None:
    first, *others = [name for name in ways.lines if name != "console"]
    said = console.needs(ways)

    assert "Session Manager plugin 1.2.764.0" in said[first]
    assert [said[name].split(";")[0] for name in others] == [f"as {first}"] * len(others)
    assert "".join(said.values()).count("Session Manager plugin") == 1


@pytest.mark.parametrize("mfa", [False, True])
def test_users_with_access_keys_are_told_where_a_second_factor_goes(*, mfa: bool) -> None:
    assert ("`aws sts get-session-token`" in console.needs(Ways(mfa=mfa))["shell"]) is mfa


@pytest.mark.parametrize(
    ("region", "address"),
    [
        pytest.param(US_EAST_1, "console.aws.amazon.com", id="aws"),
        pytest.param(CN_NORTH_1, "console.amazonaws.cn", id="aws-cn"),
        pytest.param(US_GOV_WEST_1, "console.amazonaws-us-gov.com", id="aws-us-gov"),
    ],
)
def test_the_consoles_link(region: Region, address: str) -> None:
    link = console.ready_lines(region, "web", INSTANCE, Ways())["console"]

    assert link == f"https://{address}/systems-manager/session-manager/{INSTANCE}?region={region.name}"


@pytest.mark.parametrize(
    ("port", "local"),
    [
        pytest.param(5432, "5432", id="the same port"),
        pytest.param(1024, "1024", id="the first that anybody may listen on"),
        pytest.param(1023, "9023", id="the last of root's"),
        pytest.param(443, "8443", id="https"),
    ],
)
def test_the_line_for_a_remote_host_names_what_is_reached(port: int, local: str) -> None:
    ways = Ways(remote_hosts=True, remote_host="10.0.3.4", remote_port=port)
    *_, parameters = shlex.split(str(console.ready_lines(US_EAST_1, "web", INSTANCE, ways)["remote_host"]))

    assert json.loads(parameters) == {"host": ["10.0.3.4"], "portNumber": [str(port)], "localPortNumber": [local]}


def test_each_host_that_is_named_has_a_line() -> None:
    ways = Ways(remote_hosts=True, named_hosts=[("db.example.internal", 5432), ("10.0.3.4", 443)])

    assert console.ready_lines(US_EAST_1, "web", INSTANCE, ways)["remote_hosts"] == {
        "db.example.internal:5432": console.remote_host_command("us-east-1", INSTANCE, host="db.example.internal"),
        "10.0.3.4:443": console.remote_host_command("us-east-1", INSTANCE, host="10.0.3.4", port=443),
    }


@given(host=st.text(alphabet="ab '\"$`\\;&|()<>\n*?{},é", min_size=1), document=st.text("a'\"$` ;\n", min_size=1))
def test_no_value_ends_its_word_for_the_shell(host: str, document: str) -> None:
    *_, parameters = shlex.split(console.remote_host_command("us-east-1", INSTANCE, host=host))
    *_, named = shlex.split(console.session_command("us-east-1", INSTANCE, document))

    assert json.loads(parameters)["host"] == [host]
    assert named == document


def test_a_shell_runs_nothing_that_a_value_says(tmp_path: Path) -> None:
    hostile = f"db'; touch {tmp_path}/owned; echo '$(touch {tmp_path}/owned)`touch {tmp_path}/owned`"
    asked = paste(console.remote_host_command("us-east-1", INSTANCE, host=hostile), tmp_path)

    assert asked["Parameters"]["host"] == [hostile]
    assert not (tmp_path / "owned").exists()


def test_the_guide_has_every_line() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "operators.md").read_text().partition("## The lines")[2]

    for name in EVERY_WAY.lines:
        assert f"\n| `{name}` |" in guide
