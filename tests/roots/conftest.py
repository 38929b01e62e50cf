"""Debian as it is: roots made by debootstrap, the real dpkg, gpgv, sqv, curl, wget, python3, useradd and sudo.

Only the agent is pretended, and systemd, which does not run in a root: `make roots`.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.agent.machine import VERSION, diagnostics, render
from tests.roots import aws

HOSTS = ("s3.eu-central-1.amazonaws.com", "ssm.eu-central-1.amazonaws.com")
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
FOLDER = f"{HOSTS[0]}/amazon-ssm-eu-central-1/latest/debian_{ARCHITECTURE}"
PACKAGE = f"https://{FOLDER}/amazon-ssm-agent.deb"
TRUSTED = "usr/local/share/ca-certificates/test.crt"
PATH = "/stubs:/usr/sbin:/usr/bin:/sbin:/bin"

INCLUDES = {
    "bookworm": "ca-certificates,curl,wget,python3,gnupg,sudo",
    "trixie": "ca-certificates,curl",  # as lean as it gets: its apt brings sqv, and no gpgv
}


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True)
class Signer:
    """A key like AWS's: RSA, and it signed itself with SHA-1."""

    home: Path

    def __post_init__(self) -> None:
        self.home.mkdir(mode=0o700)
        self._gpg(
            "--cert-digest-algo", "SHA1", "--quick-generate-key", "Test of ssm-only", "rsa2048", "sign,cert", "1d"
        )

    def _gpg(self, *arguments: str | Path) -> str:
        options = ("--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
        return run("gpg", "--homedir", self.home, *options, *arguments)

    def key(self) -> str:
        """Of the form that the script has: base64 and no armour."""
        armoured = self._gpg("--armor", "--export").splitlines()
        start = armoured.index("") + 1
        return "\n".join(line for line in armoured[start:] if not line.startswith(("=", "-")))

    def sign(self, path: Path) -> None:
        self._gpg("--yes", "--output", f"{path}.sig", "--detach-sign", path)


@dataclass(frozen=True)
class Root:
    """A root of its own for one test, and what is served to it."""

    path: Path
    web: Path
    certificate: Path
    signer: Signer

    def make(self) -> None:
        """The network's stand-ins, and Debian told of them."""
        self.serve(f"{aws.METADATA}/latest/meta-data/placement/region", "eu-central-1")
        self.serve(f"{aws.METADATA}/latest/meta-data/services/domain", "amazonaws.com")
        self.publish(VERSION)
        (self.path / "etc/hosts").write_text("".join(f"127.0.0.1 {host}\n" for host in HOSTS))
        (self.path / "stubs").mkdir()
        self.stub("systemctl", 'echo "$*" >>/systemctl.log')
        self.stub("sleep", 'echo "$*" >>/sleep.log')

    def distrust(self) -> None:
        (self.path / TRUSTED).unlink()
        self.chroot("update-ca-certificates", "--fresh")

    def serve(self, path: str, content: str) -> None:
        (self.web / path).parent.mkdir(parents=True, exist_ok=True)
        (self.web / path).write_text(content)

    def stub(self, name: str, body: str) -> None:
        (self.path / "stubs" / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.path / "stubs" / name).chmod(0o755)

    def lacks(self, *commands: str) -> None:
        for command in commands:
            (self.path / "usr/bin" / command).unlink(missing_ok=True)

    def build(self, version: str) -> Path:
        """A package of the agent's name that brings its two commands, as stubs."""
        tree = Path(mkdtemp(prefix=version, dir=self.web.parent))
        commands = {
            "amazon-ssm-agent": f"echo SSM Agent version: {version}",
            "ssm-cli": f"cat <<'END'\n{diagnostics()}\nEND",
        }
        for name, body in commands.items():
            path = tree / "usr/bin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\n{body}\n")
            path.chmod(0o755)
        (tree / "usr/share/amazon-ssm-agent").mkdir(parents=True)
        (tree / "usr/share/amazon-ssm-agent/weight").write_bytes(bytes(1_000_000))
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN/control").write_text(
            f"Package: amazon-ssm-agent\nVersion: {version}-1\nArchitecture: all\n"
            "Maintainer: tests\nDescription: a stub\n"
        )
        run("dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, tree / "built.deb")
        return tree / "built.deb"

    def publish(self, version: str) -> Path:
        package = self.web / FOLDER / "amazon-ssm-agent.deb"
        package.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self.build(version), package)
        self.signer.sign(package)
        return package

    def chroot(self, *command: str) -> str:
        return run("chroot", self.path, "env", "-i", f"PATH={PATH}", *command)

    def boot(self, settings: Mapping[str, str] | None = None) -> list[str]:
        """Runs the script as the service does, and gives back the console's lines of this boot."""
        (self.path / "console").unlink(missing_ok=True)
        (self.path / "linux.sh").write_text(render(settings or {}, self.signer.key()))
        (self.path / "linux.sh").chmod(0o755)
        server = ("unshare", "--net", sys.executable, aws.__file__, self.web, self.certificate)
        inside = ("chroot", self.path, "env", "-i", f"PATH={PATH}", "SSM_ONLY_CONSOLE=/console", "/linux.sh")
        for phase in (["prepare"], []):
            result = subprocess.run([*server, *inside, *phase], check=False, capture_output=True, text=True)
            assert result.returncode == 0, result.stderr
        return (self.path / "console").read_text().splitlines()

    def log(self) -> str:
        return (self.path / "var/log/ssm-only.log").read_text()


def mirror() -> str:
    """Where this machine's own apt finds Debian."""
    lines = run(
        "apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(SITE)", "Created-By: Packages"
    ).splitlines()
    return next(line.split()[-1] for line in lines if line.startswith("Debian Debian "))


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Signer]:
    """A certificate that is its own authority, and a signer of packages."""
    assert os.geteuid() == 0, "debootstrap and chroot need root: sudo make roots"
    folder = tmp_path_factory.mktemp("common")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    request = ("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "1", "-subj", "/CN=ssm-only", "-addext")
    run("openssl", *request, f"subjectAltName={names}", "-keyout", key, "-out", certificate)
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate, Signer(folder / "gpg")


class Debians:
    """Makes each suite's root once, and small, since every test copies it."""

    _DPKG = "force-unsafe-io\n" + "".join(f"path-exclude=/usr/share/{name}/*\n" for name in ("doc", "locale", "man"))

    def __init__(self, folder: Path, certificate: Path) -> None:
        self._folder, self._certificate = folder, certificate

    def __getitem__(self, suite: str) -> Path:
        path = self._folder / suite
        if not path.exists():
            (path / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True)
            (path / "etc/dpkg/dpkg.cfg.d/tests").write_text(self._DPKG)
            run("debootstrap", "--variant=minbase", f"--include={INCLUDES[suite]}", suite, path, mirror())
            for useless in ("var/cache/apt", "var/lib/apt/lists"):
                shutil.rmtree(path / useless)
            shutil.copy(self._certificate, path / TRUSTED)
            run("chroot", path, "update-ca-certificates")
        return path


@pytest.fixture(scope="session")
def debians(tmp_path_factory: pytest.TempPathFactory, common: tuple[Path, Signer]) -> Iterator[Debians]:
    """In memory, since a root is many small files that are gone in a minute."""
    folder = tmp_path_factory.mktemp("debians")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    yield Debians(folder, common[0])
    run("umount", folder)


@pytest.fixture
def suite() -> str:
    """Which Debian: a test that is about another says so."""
    return "bookworm"


@pytest.fixture
def root(suite: str, debians: Debians, common: tuple[Path, Signer], tmp_path: Path) -> Iterator[Root]:
    path = debians[suite].with_name("root")
    run("cp", "--archive", debians[suite], path)
    certificate, signer = common
    root = Root(path, tmp_path / "web", certificate, signer)
    root.make()
    yield root
    shutil.rmtree(path)
