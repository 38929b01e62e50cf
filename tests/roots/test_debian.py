"""The boot script in real roots of Debian."""

import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.agent.machine import VERSION, not_ready, ready
from tests.roots import aws
from tests.roots.conftest import HOSTS, PACKAGE, Root

S3 = "Check the way to S3: route, endpoint policy, and port 443 out."
SIGNATURE = 'See "The signature" in docs/instance.md.'
UNFETCHED = not_ready("not-installed", f"the SSM agent is not installed: {PACKAGE} cannot be fetched", S3, version="")
UNSIGNED = not_ready(
    "not-installed", f"the SSM agent is not installed: {PACKAGE} does not bear AWS's signature", SIGNATURE, version=""
)


def installed(root: Root) -> str:
    listed = root.chroot("dpkg-query", "--show", "--showformat", "${Package} ${Version}\n")
    return next((line.split()[1] for line in listed.splitlines() if line.startswith("amazon-ssm-agent ")), "")


@pytest.mark.parametrize(
    ("suite", "tool", "others"),
    [
        pytest.param("bookworm", "gpgv", (), id="bookworm, gpgv"),
        pytest.param("bookworm", "gpg", ("gpgv",), id="bookworm, gpg"),
        pytest.param("trixie", "sqv", ("gpgv", "gpg"), id="trixie, sqv"),
    ],
)
def test_a_signed_package_is_installed_and_a_changed_one_is_not(root: Root, tool: str, others: tuple[str, ...]) -> None:
    root.lacks(*others)
    package = root.publish(VERSION + "1")
    signed = package.read_bytes()
    package.write_bytes(signed[:-1] + b"\1")

    assert root.boot() == UNSIGNED
    assert installed(root) == ""

    package.write_bytes(signed)

    assert root.boot() == ready(version=VERSION + "1")
    assert installed(root) == VERSION + "1-1"
    assert f"The package bears AWS's signature, says {tool}." in root.log()
    assert root.chroot("find", "/tmp", "-mindepth", "1") == ""  # noqa: S108 - of the root


CLIENTS = ["curl", "wget", "python3"]


@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_takes_all_or_nothing(root: Root, client: str) -> None:
    root.lacks(*(set(CLIENTS) - {client}))
    one_byte_less = root.web / f"{PACKAGE.removeprefix('https://')}.short"
    one_byte_less.touch()

    assert root.boot() == UNFETCHED

    one_byte_less.unlink()

    assert root.boot() == ready()


@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_takes_from_nobody_that_it_does_not_trust(root: Root, client: str) -> None:
    root.lacks(*(set(CLIENTS) - {client}))
    root.distrust()

    assert root.boot() == UNFETCHED


def test_a_second_boot_changes_nothing(root: Root) -> None:
    settings = {"ssm_user_sudo": "false", "run_as_users": "ops", "session_profile": "cd /"}
    root.boot(settings)
    root.chroot("touch", "/before")

    assert root.boot(settings) == ready()
    changed = root.chroot("find", "/etc", "/usr", "/home", "/var", "-newer", "/before", "-type", "f")
    assert changed.splitlines() == ["/var/log/ssm-only.log"]
    assert not (root.path / "sleep.log").exists()


def test_an_old_agent_is_updated_by_dpkg(root: Root) -> None:
    root.publish("3.2.2303.0")
    root.boot({"services": "ssm ssmmessages ec2messages"})

    assert installed(root) == "3.2.2303.0-1"

    root.publish(VERSION)

    assert root.boot() == ready()
    assert installed(root) == f"{VERSION}-1"


def test_ssm_user_has_sudo_or_not_as_sudo_sees_it(root: Root) -> None:
    root.chroot("useradd", "ssm-user")
    asked = ("sudo", "--list", "--other-user=ssm-user")
    theirs = root.path / "etc/sudoers.d/ssm-agent-users"
    theirs.write_text("# User rules for ssm-user\nssm-user ALL=(ALL) NOPASSWD:ALL\n")

    assert "NOPASSWD: ALL" in root.chroot(*asked)

    root.boot({"ssm_user_sudo": "false"})

    assert "not allowed to run sudo" in root.chroot(*asked)

    root.boot({"ssm_user_sudo": "true"})

    assert "NOPASSWD: ALL" in root.chroot(*asked)
    assert root.chroot("visudo", "--check", "--quiet") == ""


def test_run_as_users_have_a_shell_and_no_password(root: Root) -> None:
    root.boot({"run_as_users": "ops"})

    assert root.chroot("getent", "passwd", "ops").strip().endswith(":/home/ops:/bin/bash")
    assert root.chroot("getent", "shadow", "ops").split(":")[1] == "!"


def test_a_session_reads_the_profile(root: Root) -> None:
    root.boot({"session_profile": "greeting='it'\\''s # $5'"})

    # The agent starts `sh`, no login shell, and types the preferences' shellProfile into it.
    assert root.chroot("sh", "-c", '. /etc/ssm-only/session-profile; echo "$greeting"') == "it's # $5\n"


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_curl_signs_the_parameter_as_aws_wants_it(root: Root) -> None:
    name, secret, token = "/boot-check/ssm-only/dev/main", "wJalr/XUtnFEMI+K7MDENG=", "IQoJb3JpZ2luX2Vj//+="
    credentials = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": secret, "Token": token}
    role = f"{aws.METADATA}/latest/meta-data/iam/security-credentials"
    root.serve(f"{role}/index", "a-role")
    root.serve(f"{role}/a-role", json.dumps(credentials, indent=2, separators=(",", " : ")))

    assert root.boot({"report_parameter": name}) == ready()
    request = json.loads((root.web / "request.json").read_text())
    headers, body = request["headers"], request["body"]
    assert json.loads(body) == {
        "Name": name,
        "Type": "String",
        "Overwrite": True,
        "Value": ready()[1].removeprefix("ssm-only: "),
    }
    assert headers["x-amz-target"] == "AmazonSSM.PutParameter"
    assert headers["authorization"].split("Signature=")[1] == botocore_signature(headers, body, secret, token)


def botocore_signature(headers: dict[str, str], body: str, secret: str, token: str) -> str:
    """The signature that AWS's own library makes of the same request: of the same headers, at the same time."""
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-security-token"} <= set(signed)
    request = AWSRequest("POST", f"https://{HOSTS[1]}/", {name: headers[name] for name in signed}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials("ASIAEXAMPLE", secret, token), "ssm", "eu-central-1")
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))
