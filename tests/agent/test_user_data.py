"""User data for Linux, read back with Python's parsers of mail and gzip, and run by two shells."""

import base64
import configparser
import email
import gzip
import random
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.instance import user_data
from components.instance.proxy import Proxy
from components.instance.user_data import BootSettings, UserDataError, linux_user_data, slim

AGENT = Path(__file__).parents[2] / "components" / "instance" / "agent"
LIMIT = 16384
BOOT = BootSettings(services=("ssm", "ssmmessages"), internet=False)
BOOTHOOK = "text/cloud-boothook"


@dataclass(frozen=True)
class Part:
    kind: str
    name: str | None
    content: bytes
    merge: str | None = None


def unpack(value: str) -> bytes:
    packed = base64.b64decode(value, validate=True)
    return gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed


def parts_of(value: str) -> list[Part]:
    """What cloud-init sees: it splits the text with the same parser, and looks at the leaves."""
    whole = email.message_from_bytes(unpack(value))
    contents = [(leaf, leaf.get_payload(decode=True)) for leaf in whole.walk()]
    return [
        Part(leaf.get_content_type(), leaf.get_filename(), content, leaf["Merge-Type"])
        for leaf, content in contents
        if isinstance(content, bytes)
    ]


def the_persons(extra: str) -> list[Part]:
    """All parts but the first, which must be ours and the same as without the person's."""
    ours, *others = parts_of(linux_user_data(BOOT, extra))
    assert [ours] == parts_of(linux_user_data(BOOT))
    return others


class TestTheBoothook:
    """What cloud-init runs at each boot."""

    @pytest.fixture(params=["/bin/bash", "/bin/dash"])
    def boot(self, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], list[str]]:
        """Run a user data's boothook in a root of its own; the answer is how systemctl was called."""
        (tmp_path / "etc/systemd/system").mkdir(parents=True)
        calls = tmp_path / "calls"
        systemctl = tmp_path / "systemctl"
        systemctl.write_text(f'#!/bin/sh\necho "$*" >>{calls}\n')
        systemctl.chmod(0o755)

        def boot(value: str) -> list[str]:
            calls.write_text("")
            run_boothook(request.param, value, tmp_path, path=f"{tmp_path}:/usr/bin:/bin")
            return calls.read_text().splitlines()

        return boot

    def test_the_check_becomes_a_service_that_starts_at_this_boot_and_at_each(
        self, boot: Callable[[str], list[str]], tmp_path: Path
    ) -> None:
        assert boot(linux_user_data(BOOT)) == [
            "daemon-reload",
            "enable ssm-only.service",
            "start --no-block ssm-only.service",
        ]

        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign] # systemd's keys have capitals
        unit.read(tmp_path / "etc/systemd/system/ssm-only.service")
        assert {section: dict(unit[section]) for section in unit.sections()} == {
            "Unit": {
                "Description": "SSM agent: installed, running, and able to reach what it needs",
                "Wants": "network-online.target",
                "After": "network-online.target cloud-init.service cloud-init-network.service snapd.seeded.service",
                "Before": "cloud-config.service cloud-final.service",
            },
            "Service": {
                "Type": "simple",
                "TimeoutStartSec": "660",
                "ExecStartPre": "-/usr/bin/timeout 600 /bin/sh /var/lib/ssm-only/agent.sh prepare",
                "ExecStart": "/bin/sh /var/lib/ssm-only/agent.sh",
            },
            "Install": {"WantedBy": "multi-user.target"},
        }

    def test_the_next_boot_takes_the_user_data_of_then(self, boot: Callable[[str], list[str]], tmp_path: Path) -> None:
        script = tmp_path / "var/lib/ssm-only/agent.sh"
        boot(linux_user_data(BOOT))
        first = script.read_text()
        boot(linux_user_data(BOOT))
        second = script.read_text()
        boot(linux_user_data(BootSettings(services=("ssm", "kms"), internet=False)))

        assert first == second
        assert script.read_text() == second.replace("services='ssm ssmmessages'", "services='ssm kms'") != second


def run_boothook(shell: str, value: str, root: Path, path: str) -> None:
    hook = root / "boothook"
    hook.write_bytes(parts_of(value)[0].content)
    subprocess.run([shell, hook], env={"PATH": path, "SSM_ONLY_ROOT": str(root)}, check=True)


hostile = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        st.sampled_from(
            ["'", '"', "$(id)", "`id`", "\\", "\n", "\r\n", "\r", "# <settings>\n", "#", "!!", "\nunit\n", "From x\n"]
        ),
    )
).map("".join)


class TestValues:
    """What a setting holds reaches the script byte for byte, and changes nothing else."""

    @pytest.mark.parametrize("shell", ["/bin/bash", "/bin/dash"])
    @given(profile=hostile, parameter=hostile)
    @settings(max_examples=60)
    def test_a_hostile_value_arrives_in_the_shell(self, shell: str, profile: str, parameter: str) -> None:
        boot = BootSettings(services=["ssm"], internet=True, report_parameter=parameter, session_profile=profile)
        with TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "etc/systemd/system").mkdir(parents=True)
            (root / "systemctl").symlink_to("/bin/true")
            run_boothook(shell, linux_user_data(boot), root, path=f"{root}:/usr/bin:/bin")
            script = (root / "var/lib/ssm-only/agent.sh").read_bytes()

        before, after = slim((AGENT / "linux.sh").read_text()).encode().split(b"# <settings>\n")
        assert script.startswith(before)
        assert script.endswith(after)
        show = b'printf \'%s\\0\' "$report_parameter" "$session_profile"'
        shown = subprocess.run(
            [shell], input=script[len(before) : len(script) - len(after)] + show, capture_output=True, check=True
        )
        assert shown.stdout.decode().split("\0") == [parameter, profile, ""]
        assert shown.stderr == b""

    def test_every_setting_has_its_name_and_form(self) -> None:
        boot = BootSettings(
            services=("ssm", "s3"),
            internet=True,
            dual_stack=True,
            report_parameter="/a/b",
            ssm_user_sudo=False,
            run_as_users=("ann", "bob"),
            session_profile="cd ~",
        )

        assert self.shown(boot) == ["ssm s3", "true", "true", "/a/b", "false", "ann bob", "cd ~"]

    def test_a_setting_left_out_is_empty(self) -> None:
        assert self.shown(BOOT) == ["ssm ssmmessages", "false", "false", "", "true", "", ""]

    def shown(self, boot: BootSettings) -> list[str]:
        """The script's variables, as a shell has them after the boothook's own assignment."""
        hook = parts_of(linux_user_data(boot))[0].content.decode()
        script = subprocess.run(
            ["/bin/sh"],
            input=hook.rsplit('\n: "${script', maxsplit=1)[0] + '\nprintf %s "$script"',
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        before, after = slim((AGENT / "linux.sh").read_text()).split("# <settings>\n")
        of_people = ("ssm_user_sudo", "run_as_users", "session_profile")
        names = ("services", "internet", "dual_stack", "report_parameter", *of_people)
        show = "printf '%s\\n' " + " ".join(f'"${name}"' for name in names)
        assignments = script.removeprefix(before).removesuffix(after)
        return subprocess.run(
            ["/bin/sh"], input=assignments + show, capture_output=True, text=True, check=True
        ).stdout.splitlines()

    @pytest.mark.parametrize("character", [pytest.param("\0", id="NUL"), pytest.param("\ud800", id="a lone surrogate")])
    def test_what_no_shell_can_hold_is_refused(self, character: str) -> None:
        boot = BootSettings(services=["ssm"], internet=True, session_profile=f"a{character}")

        with pytest.raises(UserDataError, match="session_profile holds a character that no shell can hold"):
            linux_user_data(boot)


FORMATS = {
    "#!/bin/sh\n": "text/x-shellscript",
    "#cloud-config\n": "text/cloud-config",
    "#cloud-config-archive\n": "text/cloud-config-archive",
    "#cloud-config-jsonp\n": "text/cloud-config-jsonp",
    "#cloud-boothook\n": "text/cloud-boothook",
    "#include\n": "text/x-include-url",
    "#include-once\n": "text/x-include-once-url",
    "#part-handler\n": "text/part-handler",
    "## template: jinja\n#cloud-config\n": "text/jinja2",
}

MIME = """\
Content-Type: multipart/mixed; boundary="B"
MIME-Version: 1.0

--B
Content-Type: text/cloud-config; charset="utf-8"
Merge-Type: list(append)+dict(recurse_array)

#cloud-config
cloud_final_modules: [[scripts-user, always]]
--B
Content-Type: multipart/mixed; boundary="C"

--C
Content-Type: text/x-shellscript
Content-Disposition: attachment; filename="own.sh"

#!/bin/sh
From here: é
--C
Content-Type: application/gzip
Content-Transfer-Encoding: base64

H4sIAAA=
--C--
--B--
"""


class TestThePersonsOwn:
    """What the person wrote is a part of its own, so that neither part can change or end the other."""

    @pytest.mark.parametrize(("start", "kind"), FORMATS.items(), ids=FORMATS.values())
    @given(rest=hostile)
    @settings(max_examples=30)
    def test_every_format_of_cloud_init_arrives_byte_for_byte(self, start: str, kind: str, rest: str) -> None:
        assert the_persons(start + rest) == [Part(kind, "user-data", (start + rest).encode())]

    def test_nothing_is_a_format_too(self) -> None:
        assert [part.kind for part in parts_of(linux_user_data(BOOT, ""))] == [BOOTHOOK]

    def test_mime_arrives_as_its_parts_with_their_headers(self) -> None:
        config = b"#cloud-config\ncloud_final_modules: [[scripts-user, always]]"

        assert the_persons(MIME) == [
            Part("text/cloud-config", None, config, "list(append)+dict(recurse_array)"),
            Part("text/x-shellscript", "own.sh", "#!/bin/sh\nFrom here: é".encode()),
            Part("application/gzip", None, b"\x1f\x8b\x08\x00\x00"),
        ]

    def test_mime_of_one_part_needs_no_boundary(self) -> None:
        script = "mime-version: 1.0\ncontent-type: text/x-shellscript\n\n#!/bin/sh\n"

        assert the_persons(script) == [Part("text/x-shellscript", None, b"#!/bin/sh\n")]

    def test_all_of_it_is_ascii_since_old_cloud_init_reads_nothing_else(self) -> None:
        assert unpack(linux_user_data(BOOT, MIME)).isascii()

    def test_cloud_init_sees_that_it_is_mime(self) -> None:
        assert b"MIME-Version: 1.0" in unpack(linux_user_data(BOOT))[:4096]

    @pytest.mark.parametrize(
        ("extra", "message"),
        [
            pytest.param("echo hello", "begins like no format", id="a script without #!"),
            pytest.param("\n#!/bin/sh\n", "begins like no format", id="an empty line before #!"),
            pytest.param("\ufeff#!/bin/sh\n", "begins like no format", id="a byte order mark before #!"),
            pytest.param("#cloud-confg\n", "begins like no format", id="a misspelt name"),
            pytest.param("<powershell>ls</powershell>", "begins like no format", id="what Windows takes"),
            pytest.param(MIME.replace("\n--B", "\n--D"), "is broken MIME", id="MIME without its boundary"),
            pytest.param(MIME.removesuffix("--B--\n"), "is broken MIME", id="MIME without its end"),
            pytest.param(MIME.replace("own.sh", "été.sh"), "a MIME header that is not ASCII", id="a name with accents"),
            pytest.param("#!/bin/sh\n\ud800", "half of a surrogate pair as character 11", id="no text"),
        ],
    )
    def test_anything_else_is_refused(self, extra: str, message: str) -> None:
        with pytest.raises(UserDataError, match=message):
            linux_user_data(BOOT, extra)

    def test_the_error_has_what_is_wrong_and_what_to_write(self) -> None:
        with pytest.raises(UserDataError) as raised:
            linux_user_data(BOOT, "echo hello")

        assert raised.value.message == "user data begins like no format of cloud-init"
        assert raised.value.advice.startswith("begin with #cloud-config-archive, ## template: jinja, ")
        assert str(raised.value) == f"{raised.value.message}: {raised.value.advice}"


class TestSize:
    """EC2 takes 16 KiB. Text stays text as long as it can."""

    @pytest.fixture(autouse=True)
    def _short_script(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The limits do not move with the script's length."""
        for file in AGENT.iterdir():
            (tmp_path / file.name).write_text("# <settings>\n")
        monkeypatch.setattr(user_data, "_AGENT", tmp_path)

    @staticmethod
    def padded(size: int) -> str:
        """User data whose text has this many bytes."""
        start = "#!/bin/sh\n"
        return start + "x" * (size - len(unpack(linux_user_data(BOOT, start))))

    @pytest.mark.parametrize(
        ("size", "packed"),
        [
            pytest.param(LIMIT - 1, False, id="just below"),
            pytest.param(LIMIT, False, id="exactly"),
            pytest.param(LIMIT + 1, True, id="just above"),
        ],
    )
    def test_what_fits_is_text_and_the_rest_is_gzip(self, size: int, packed: bool) -> None:  # noqa: FBT001 - a table's column
        value = linux_user_data(BOOT, self.padded(size))

        assert len(unpack(value)) == size
        assert base64.b64decode(value).startswith(b"\x1f\x8b") == packed

    def test_gzip_tells_neither_time_nor_name_nor_system(self) -> None:
        header = base64.b64decode(linux_user_data(BOOT, self.padded(LIMIT + 1)))[:10]

        assert header == b"\x1f\x8b\x08\x00\0\0\0\0\x02\xff"

    def test_what_does_not_fit_compressed_is_refused_with_by_how_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        noise = "#!/bin/sh\n" + "".join(random.Random(1).choices("0123456789abcdef", k=40_000))  # noqa: S311 - no secret
        with pytest.raises(UserDataError) as raised:
            linux_user_data(BOOT, noise)

        monkeypatch.setattr(user_data, "LIMIT", 100_000)
        size = len(gzip.compress(unpack(linux_user_data(BOOT, noise))))
        assert raised.value.message == (
            f"compressed user data of {size:,} bytes is {size - LIMIT:,} more than EC2 takes"
        )


def test_a_configuration_brings_its_lines_and_without_one_nothing_is_different() -> None:
    """Instances are stopped and started for other user data."""
    with_one = unpack(linux_user_data(replace(BOOT, agent_config='{"a":1}'))).decode()
    lines = ["agent_config='{\"a\":1}'", *slim((AGENT / "agent-config.sh").read_text()).splitlines()]
    # The script is one word of the boothook.
    brought = "\n".join(lines).replace("'", "'\"'\"'") + "\n"

    assert with_one.count(brought) == 1
    without = unpack(linux_user_data(BOOT)).decode()
    assert re.sub("[0-9a-f]{64}", "", with_one.replace(brought, "")) == re.sub("[0-9a-f]{64}", "", without)


PROXY = Proxy(https="http://10.0.0.9:3128", no_proxy=[".example.internal"])


def test_a_proxy_brings_its_lines_and_without_one_nothing_is_different() -> None:
    """Instances are stopped and started for other user data."""
    with_one = unpack(linux_user_data(replace(BOOT, proxy=PROXY))).decode()
    lines = [
        "proxy=http://10.0.0.9:3128",
        "direct=169.254.169.254,.example.internal",
        *slim((AGENT / "proxy.sh").read_text()).splitlines(),
    ]
    # The script is one word of the boothook.
    brought = "\n".join(lines).replace("'", "'\"'\"'") + "\n"

    assert with_one.count(brought) == 1
    without = unpack(linux_user_data(BOOT)).decode()
    assert re.sub("[0-9a-f]{64}", "", with_one.replace(brought, "")) == re.sub("[0-9a-f]{64}", "", without)


def test_what_the_project_itself_says_leaves_room_for_the_persons() -> None:
    """As text: what is compressed may be other bytes elsewhere, and other bytes stop and start an instance."""
    plain = base64.b64decode(linux_user_data(BOOT))

    assert plain.startswith(b"Content-Type: multipart/mixed")
    assert len(plain) < LIMIT - 4 * 512


@pytest.mark.parametrize("file", ["linux.sh", "boothook.sh", "agent-config.sh", "proxy.sh"])
def test_what_is_left_out_of_a_script_is_nothing_to_a_shell(file: str) -> None:
    """bash prints what it has read in a form of its own, without comments and with its own indentation."""
    text = (AGENT / file).read_text()

    def read_by_bash(script: str) -> str:
        wrapped = f"whole() {{\n{script}\n}}\ndeclare -f whole"
        return subprocess.run(["bash"], input=wrapped, capture_output=True, text=True, check=True).stdout

    assert len(slim(text)) < len(text)
    assert read_by_bash(slim(text)) == read_by_bash(text)


def test_the_same_settings_give_the_same_bytes_in_another_process() -> None:
    program = (
        "from components.instance.user_data import BootSettings, linux_user_data\n"
        "boot = BootSettings(services=('ssm', 'ssmmessages'), internet=False)\n"
        "print(linux_user_data(boot, '#!/bin/sh\\n' + 'é' * 20000))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=AGENT.parents[2],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert runs == {linux_user_data(BOOT, "#!/bin/sh\n" + "é" * 20000) + "\n"}


@pytest.mark.parametrize("file", ["linux.sh", "boothook.sh", "windows.ps1"])
def test_each_script_has_one_line_for_its_settings(file: str) -> None:
    assert len(re.findall(r"^# <settings>$", (AGENT / file).read_text(), re.MULTILINE)) == 1
