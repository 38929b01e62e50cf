"""User data for Windows. A grammar of PowerShell reads the script and its values; its decisions run from that."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Node

from components.instance import user_data
from components.instance.proxy import Proxy
from components.instance.user_data import BootSettings, UserDataError, slim, windows_user_data
from tests.agent.machine import (
    NO_ANSWER,
    REFUSED,
    REFUSED_AT_ONCE,
    SDK_2,
    SLEEPING,
    STARTING,
    TAKEN,
    TIMED_OUT,
    VERSION,
    Machine,
    diagnostics,
    not_ready,
    ready,
)
from tests.agent.powershell import Failed, PowerShell, parse, texts, walk

SCRIPT = Path(__file__).parents[2] / "components" / "instance" / "agent" / "windows.ps1"
LIMIT = 16384
BOOT = BootSettings(services=("ssm", "ssmmessages"), internet=False)
MARK = b"\xef\xbb\xbf"


def script_of(value: str) -> str:
    """What EC2Launch finds: the text between the tags, to be run at every boot."""
    text = base64.b64decode(value, validate=True).decode("ascii")
    (block,) = re.findall(r"<powershell>\n(.*?)</powershell>", text, re.DOTALL | re.IGNORECASE)
    assert text == f"<powershell>\n{block}</powershell>\n<persist>true</persist>\n"
    return str(block)


def settings_of(value: str) -> dict[str, str]:
    """The variables that are put into the script, as the grammar reads them; the rest of the script is as it was."""
    script = script_of(value)
    before, after = slim(SCRIPT.read_text()).split("# <settings>\n")
    assert script.startswith(before)
    assert script.endswith(after)
    assert not parse(script).has_error
    statements = parse(script[len(before) : len(script) - len(after)])
    assert not statements.has_error
    return dict(assignment(node) for node in walk(statements) if node.type == "assignment_expression")


def tokens(tree: Node) -> list[bytes]:
    """All that the grammar reads but comments and blanks."""
    leaves = (node.text for node in walk(tree) if node.child_count == 0 and node.type != "comment")
    return [text for text in leaves if text and text.strip()]


def assignment(node: Node) -> tuple[str, str]:
    (name,), (literal,) = texts(node, "variable"), texts(node, "string_literal")
    assert node.text == f"{name} = {literal}".encode()
    # In a literal between single quotes, one quote is written as two, and nothing else means anything.
    inner = re.fullmatch(r"'((?:[^']|'')*)'", literal, re.DOTALL)
    assert inner
    return name, inner[1].replace("''", "'")


class TestTheScript:
    """As it lies in the repository."""

    tree = parse(SCRIPT.read_text())

    def test_it_is_powershell(self) -> None:
        assert [node.start_point for node in walk(self.tree) if node.is_error or node.is_missing] == []

    def test_what_is_left_out_of_it_is_nothing_to_powershell(self) -> None:
        text = SCRIPT.read_text()

        assert len(slim(text)) < len(text)
        assert tokens(parse(slim(text))) == tokens(self.tree)

    def test_the_grammar_would_tell_otherwise(self) -> None:
        assert parse(SCRIPT.read_text() + "}").has_error

    def test_ec2launch_finds_no_tag_in_it_and_no_code_page_reads_it_otherwise(self) -> None:
        script = script_of(windows_user_data(BOOT, "<powershell>ls</powershell>"))

        assert not re.search(r"<\s*/?\s*[a-z]", script, re.IGNORECASE)
        assert script.isascii()

    def test_every_command_is_its_own_or_one_that_windows_has(self) -> None:
        functions = set(texts(self.tree, "function_name"))

        assert set(texts(self.tree, "command_name")) - functions == {
            "Add-Content",
            "ConvertFrom-Json",
            "ConvertTo-Json",
            "ForEach-Object",
            "Get-Content",
            "Get-AuthenticodeSignature",
            "Invoke-RestMethod",
            "Invoke-WebRequest",
            "Join-Path",
            "New-EventLog",
            "New-Item",
            "New-Object",
            "Out-Null",
            "Remove-Item",
            "Restart-Service",
            "Select-Object",
            "Select-String",
            "Set-Content",
            "Set-Service",
            "Start-Process",
            "Start-Service",
            "Start-Sleep",
            "Test-Path",
            "Where-Object",
            "Write-EventLog",
            "Write-SSMParameter",
            "Write-Warning",
            "icacls.exe",
        }
        assert functions <= set(texts(self.tree, "command_name"))

    def test_every_variable_is_a_setting_or_set_before(self) -> None:
        known = {"$_", "$null", "$true", "$false", "$Matches", "$env:ProgramData", "$env:ProgramFiles"}
        known |= set(settings_of(windows_user_data(BOOT)))
        for node in walk(self.tree):
            if node.type in {"left_assignment_expression", "script_parameter"}:
                known |= set(texts(node, "variable"))
            elif node.type == "foreach_statement":
                known.add(texts(node, "variable")[0])

        assert set(texts(self.tree, "variable")) - known == set()

    def test_every_setting_is_used(self) -> None:
        assert set(settings_of(windows_user_data(BOOT))) <= set(texts(self.tree, "variable"))

    def test_its_reasons_are_those_that_the_doctor_knows(self) -> None:
        findings = [text for text in texts(self.tree, "command") if text.startswith("New-Finding ")]

        assert {re.findall(r"'([^']*)'", finding)[0] for finding in findings} == {
            "not-installed",
            "not-running",
            "unreachable",
            "no-credentials",
            "refused",
            "old-agent",
            "diagnostics-failed",
        }

    def test_the_setup_is_verified_before_it_runs(self) -> None:
        (install,) = (text for text in texts(self.tree, "function_statement") if "Get-AuthenticodeSignature" in text)
        order = [
            install.index(word)
            for word in ("Invoke-WebRequest", "Get-AuthenticodeSignature", "$signer -notin", "Start-Process")
        ]

        assert order == sorted(order)


class TestTheProxy:
    """The lines that a proxy brings, which run before the rest."""

    boot = replace(BOOT, proxy=Proxy(https="http://10.0.0.9:3128", no_proxy=[".example.internal"]))
    tree = parse((SCRIPT.with_name("proxy.ps1")).read_text())

    def test_it_is_powershell_and_every_command_is_one_that_windows_has(self) -> None:
        assert not self.tree.has_error
        assert set(texts(self.tree, "command_name")) == {
            "ForEach-Object",
            "Get-Item",
            "New-ItemProperty",
            "New-Object",
            "Out-Null",
            "Restart-Service",
            "Write-Warning",
        }

    def test_every_variable_is_set_before(self) -> None:
        known = {"$_", "$true", "$Proxy", "$NoProxy"}
        known |= {
            name
            for node in walk(self.tree)
            if node.type == "left_assignment_expression"
            for name in texts(node, "variable")
        }

        assert set(texts(self.tree, "variable")) - known == set()

    def test_without_one_nothing_is_different(self) -> None:
        script = script_of(windows_user_data(self.boot))
        brought = "$Proxy = 'http://10.0.0.9:3128'\n$NoProxy = '169.254.169.254,.example.internal'\n" + slim(
            SCRIPT.with_name("proxy.ps1").read_text()
        )

        assert script.count(brought) == 1
        assert script.replace(brought, "") == script_of(windows_user_data(BOOT))
        assert not parse(script).has_error
        assert not re.search(r"<\s*/?\s*[a-z]", script, re.IGNORECASE)


OLD = "3.3.39.9"
NO_ROLE = {"AWS Credentials": "EC2RoleRequestError: no EC2 instance role found"}
IMDS_OFF = {"EC2 IMDS": "IMDS request timeout", **{f"Connectivity to {one} endpoint": "x" for one in ("ssm", "s3")}}
JOURNAL = "See: journalctl --unit amazon-ssm-agent"
EVENTS = "Look for AmazonSSMAgent in the event log System."


@dataclass
class Windows:
    """A machine on which the script's decisions run; by default all is well."""

    services: str = "ssm ssmmessages s3"
    internet: str = "true"
    dual_stack: str = "false"
    config: str = ""
    version: str | None = VERSION
    answers: Sequence[str] = (diagnostics(),)
    log: Sequence[str] = (TAKEN,)
    fails: Sequence[str] = ()
    calls: list[str] = field(default_factory=list)

    def said(self) -> list[str]:
        """The two lines, in the form in which Linux writes them."""
        variables = {
            "service": "AmazonSSMAgent",
            "needed": self.services.split(),
            "Internet": self.internet,
            "DualStack": self.dual_stack,
            "agentFolder": "the agent's folder",
            "agentLog": "the agent's log",
            "oldest": "3.3.40.0",
            "pauses": [5, 10, 20, 40, 60],
        }
        answers = [*self.answers[::-1]]
        self.starts = 0
        commands: dict[str, Any] = {
            "Get-AgentVersion": lambda: self.version,
            "Get-Diagnostics": lambda: self.parsed(answers.pop() if len(answers) > 1 else answers[0]),
            "Invoke-Patiently": lambda action: action(),
            "Join-Words": lambda words: " and ".join(", ".join(words).rsplit(", ", 1)),
            "New-Finding": lambda reason, wrong, advice, unreachable=(): (reason, wrong, advice, unreachable),
            "Write-Log": self.calls.append,
            "Get-LastOfRefresher": self.last_of_refresher,
            "Get-Metadata": self.command("Get-Metadata"),
            "Join-Path": lambda *parts: "\\".join(parts),
            "Test-Path": lambda _: bool(self.config),
            "Get-Content": lambda *_: self.config,
            "Set-Content": self.write,
            "Remove-Item": lambda path: self.write(path, ""),
        }
        for name in ("Install-Agent", "Set-Service", "Start-Service", "Restart-Service", "Start-Sleep"):
            commands[name] = self.command(name)
        found = PowerShell(SCRIPT.read_text(), variables, commands).call("Test-Agent")
        version = self.version or ""
        if not found:
            return ready(commands["Join-Words"](self.services.split()), version=version)
        reason, wrong, advice, unreachable = found
        return not_ready(reason, wrong, advice, version=version, unreachable=unreachable)

    def command(self, name: str) -> Any:
        def run(*arguments: object) -> None:
            self.calls.append(" ".join(map(str, (name, *arguments))))
            self.starts += name == "Restart-Service"
            if name in self.fails:
                raise Failed("Access is denied")

        return run

    def write(self, path: str, text: str) -> None:
        assert path == "the agent's folder\\amazon-ssm-agent.json"
        if "Set-Content" in self.fails:
            raise Failed("Access is denied")
        self.config = text

    def last_of_refresher(self) -> str:
        """Of what the agent has written by its last start."""
        log = "".join(self.log[: self.starts + 1])
        return [
            line.split("[CredentialRefresher] ")[1] for line in log.splitlines() if "[CredentialRefresher]" in line
        ][-1]

    @staticmethod
    def parsed(answer: str) -> dict[str, Any]:
        """What ConvertFrom-Json makes of the answer; nothing of a sentence."""
        found = json.loads(answer)["DiagnosticsOutput"] if answer.startswith("{") else []
        return {check["Check"]: check for check in found}


START = ["Set-Service AmazonSSMAgent Automatic", "Start-Service AmazonSSMAgent"]
RESTART = ["Set-Service AmazonSSMAgent Automatic", "Restart-Service AmazonSSMAgent"]


class TestTheCheck:
    """It is that of Linux, which really runs beside it."""

    @pytest.mark.parametrize("internet", ["true", "false"])
    @pytest.mark.parametrize(
        ("reason", "answer"),
        [
            pytest.param("", diagnostics(), id="all is well"),
            pytest.param("", diagnostics({"AWS Credentials": "STS call timed out"}), id="STS, which nobody needs"),
            pytest.param(
                "",
                diagnostics({"AWS Credentials": "Failed call sts endpoint: RequestError: send request failed"}),
                id="STS, refused at once",
            ),
            pytest.param(
                "",
                diagnostics({"AWS Credentials": f"{SDK_2}{NO_ANSWER}"}),
                id="STS, since the SDK's version 2",
            ),
            pytest.param(
                "",
                diagnostics({"AWS Credentials": f"{SDK_2}exceeded maximum number of attempts, 3, {REFUSED_AT_ONCE}"}),
                id="STS, refused at once, since the SDK's version 2",
            ),
            pytest.param("", diagnostics({"Connectivity to kms endpoint": TIMED_OUT}), id="a service nobody needs"),
            pytest.param(
                "", diagnostics({"Agent service": "Agent service is running but failed to get user: x"}), id="no user"
            ),
            pytest.param("no-credentials", diagnostics(NO_ROLE), id="no role"),
            pytest.param(
                "no-credentials",
                diagnostics({"AWS Credentials": "Failed call sts endpoint: ExpiredToken: expired"}),
                id="expired",
            ),
            pytest.param(
                "no-credentials",
                diagnostics({"AWS Credentials": f"{SDK_2}https response error StatusCode: 403, ExpiredToken: x"}),
                id="expired, since the SDK's version 2",
            ),
            pytest.param(
                "no-credentials",
                diagnostics({"AWS Credentials": "Failed to initialize aws session: EOF"}),
                id="no AWS session",
            ),
            pytest.param(
                "no-credentials",
                diagnostics().replace(
                    '"Success",\n      "Note": "Credentials', '"Skipped",\n      "Note": "Credentials'
                ),
                id="credentials skipped",
            ),
            pytest.param("no-credentials", diagnostics(IMDS_OFF), id="no metadata service, so nothing is reached"),
            pytest.param(
                "not-running",
                diagnostics({"Agent service": "Agent service is not running, state is: Stopped"}),
                id="it ran and stopped",
            ),
            pytest.param("unreachable", diagnostics({"Connectivity to s3 endpoint": TIMED_OUT}), id="one service"),
            pytest.param(
                "unreachable",
                diagnostics({f"Connectivity to {one} endpoint": TIMED_OUT for one in ("ssm", "ssmmessages", "s3")}),
                id="all services",
            ),
            pytest.param("diagnostics-failed", '{"DiagnosticsOutput": []}', id="no checks"),
            pytest.param("diagnostics-failed", "get-diagnostics needs to be executed by administrator", id="no JSON"),
        ],
    )
    def test_it_finds_what_linux_finds_and_says_it_in_the_same_words(
        self, tmp_path: Path, reason: str, answer: str, internet: str
    ) -> None:
        linux, windows = Machine("/bin/sh", tmp_path), Windows(internet=internet, answers=[answer])
        linux.settings |= {"services": windows.services, "internet": internet}
        linux.diagnoses(answer)
        expected = linux.said()

        assert json.loads(expected[1].removeprefix("ssm-only: "))["reason"] == reason
        assert windows.said() == [line.replace(JOURNAL, EVENTS) for line in expected]

    @pytest.mark.parametrize("fails", [[], ["Get-Metadata"]], ids=["it answers", "it does not"])
    def test_a_check_that_dies_for_want_of_the_metadata_service_is_not_blamed(
        self, tmp_path: Path, fails: list[str]
    ) -> None:
        linux, windows = Machine("/bin/sh", tmp_path), Windows(services="ssm", answers=[""], fails=fails)
        linux.settings["services"] = "ssm"
        linux.diagnoses("")
        if fails:
            linux.serves_not("http://169.254.169.254/latest/api/token")

        assert windows.said() == linux.said()

    @pytest.mark.parametrize(
        ("answers", "log", "after"),
        [
            pytest.param([diagnostics()], [TAKEN], ["Start-Sleep 0"], id="at once"),
            pytest.param([diagnostics()], [STARTING], ["Start-Sleep 0"], id="not yet"),
            pytest.param([diagnostics()], [SLEEPING + TAKEN], ["Start-Sleep 0"], id="after a while"),
            pytest.param(
                [diagnostics()],
                [SLEEPING, REFUSED, TAKEN],
                ["Start-Sleep 0", *RESTART, "Start-Sleep 5", *RESTART, "Start-Sleep 10"],
                id="at the third start",
            ),
            pytest.param(
                [diagnostics(NO_ROLE), diagnostics(NO_ROLE), diagnostics()],
                [TAKEN],
                ["Start-Sleep 0", "Start-Sleep 5", "Start-Sleep 10"],
                id="late",
            ),
            pytest.param(
                [diagnostics(NO_ROLE), diagnostics()],
                [SLEEPING, TAKEN],
                ["Start-Sleep 0", "Start-Sleep 5", *RESTART, "Start-Sleep 10"],
                id="late, so that the agent gave up",
            ),
        ],
    )
    def test_an_agent_whose_credentials_were_refused_is_started_anew(
        self, answers: list[str], log: list[str], after: list[str]
    ) -> None:
        windows = Windows(answers=answers, log=log)

        assert windows.said() == ready("ssm, ssmmessages and s3")
        assert [call for call in windows.calls if not call.startswith("Get-")] == [*START, *after]

    def test_credentials_that_are_refused_again_and_again_are_said(self, tmp_path: Path) -> None:
        linux, windows = Machine("/bin/sh", tmp_path), Windows(services="ssm", log=[SLEEPING])
        linux.settings["services"] = "ssm"
        linux.logs(SLEEPING)

        assert '"reason": "refused"' in windows.said()[1]
        at = f"{linux.root}/var/log/amazon/ssm/amazon-ssm-agent.log"
        assert windows.said() == [line.replace(at, "the agent's log") for line in linux.said()]

    def test_one_that_does_not_start_anew_is_said(self) -> None:
        windows = Windows(log=[SLEEPING], fails=["Restart-Service"])

        assert windows.said() == not_ready("not-running", f"SSM agent {VERSION} does not run: Access is denied", EVENTS)

    def test_waiting_ends(self) -> None:
        windows = Windows(answers=[diagnostics(NO_ROLE)])

        assert '"reason": "no-credentials"' in windows.said()[1]
        assert windows.calls == [*START, *(f"Start-Sleep {pause}" for pause in (0, 5, 10, 20, 40, 60))]

    def test_an_old_agent_is_started_before_it_is_said_to_be_old(self, tmp_path: Path) -> None:
        linux, windows = Machine("/bin/sh", tmp_path), Windows(version=OLD, fails=["Install-Agent"])
        linux.has_agent(OLD)
        linux.lacks("rpm")

        assert windows.said() == linux.said()
        assert windows.calls == [
            linux.log()[0],
            "Install-Agent",
            "Not updated: Access is denied.",
            *START,
        ]

    def test_an_old_agent_is_well_where_ec2messages_is_reached(self) -> None:
        windows = Windows(version=OLD, fails=["Install-Agent"], services="ssm ec2messages")

        assert windows.said() == ready("ssm and ec2messages", version=OLD)

    def test_an_agent_that_does_not_start_is_said(self) -> None:
        windows = Windows(fails=["Start-Service"])

        assert windows.said() == not_ready("not-running", f"SSM agent {VERSION} does not run: Access is denied", EVENTS)
        assert windows.calls == START

    @pytest.mark.parametrize(
        ("fails", "cause"),
        [
            pytest.param(["Install-Agent"], "Access is denied", id="the setup fails"),
            pytest.param([], "its setup brought none", id="the setup brings no agent"),
        ],
    )
    def test_an_agent_that_cannot_be_installed_is_said(self, fails: list[str], cause: str) -> None:
        windows = Windows(version=None, fails=fails)

        assert windows.said() == not_ready(
            "not-installed",
            f"the SSM agent is not installed: {cause}",
            "Open the way to S3 in this Region, or use an image that has the agent.",
            version="",
        )
        assert windows.calls == ["Install-Agent"]


DUAL_STACK_NAMES = '{"Agent": {"UseDualStackEndpoint": true}}'


class TestNames:
    """The rules of Linux: tests/agent/test_linux.py has them for a file that is really written."""

    @pytest.mark.parametrize(
        ("wanted", "before", "after", "calls"),
        [
            pytest.param("true", "", DUAL_STACK_NAMES, ["Restart-Service AmazonSSMAgent", *START], id="set"),
            pytest.param("true", DUAL_STACK_NAMES, DUAL_STACK_NAMES, START, id="set already"),
            pytest.param("true", '{"Mds": {}}', '{"Mds": {}}', START, id="a file of a person's own"),
            pytest.param("false", DUAL_STACK_NAMES, "", ["Restart-Service AmazonSSMAgent", *START], id="taken back"),
            pytest.param("false", '{"Mds": {}}', '{"Mds": {}}', START, id="a person's own stays"),
            pytest.param("false", "", "", START, id="never set"),
        ],
    )
    def test_the_agent_is_told_which_names_to_use(self, wanted: str, before: str, after: str, calls: list[str]) -> None:
        windows = Windows(dual_stack=wanted, config=before)

        assert windows.said() == ready("ssm, ssmmessages and s3")
        assert windows.config == after
        assert [call for call in windows.calls if not call.startswith("Start-Sleep")] == calls

    def test_one_that_cannot_be_told_works_on(self) -> None:
        windows = Windows(dual_stack="true", fails=["Set-Content"])

        assert windows.said() == ready("ssm, ssmmessages and s3")
        assert windows.calls[0] == "the names of services stay as they are: Access is denied"


class TestValues:
    """What a setting holds arrives as one literal, or is refused."""

    def test_every_setting_has_its_name_and_form(self) -> None:
        boot = BootSettings(services=("ssm", "s3"), internet=True, report_parameter="/a/b")

        assert settings_of(windows_user_data(boot)) == {
            "$Services": "ssm s3",
            "$Internet": "true",
            "$DualStack": "false",
            "$ReportParameter": "/a/b",
            "$Extra": "",
            "$ExtraFile": "extra.ps1",
            "$ExtraAlways": "false",
        }

    @given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="<")))
    @settings(max_examples=100)
    def test_a_hostile_value_arrives(self, value: str) -> None:
        boot = BootSettings(services=["ssm"], internet=True, report_parameter=value)

        assert settings_of(windows_user_data(boot))["$ReportParameter"] == value

    @pytest.mark.parametrize("value", ["'; exit #", "''", "$(exit)", "`", '"', "@'", "'@"])
    def test_a_value_that_looks_like_code_arrives(self, value: str) -> None:
        boot = BootSettings(services=["ssm"], internet=True, report_parameter=value)

        assert settings_of(windows_user_data(boot))["$ReportParameter"] == value

    @pytest.mark.parametrize("character", ["\0", "\n", "\r", "\t", "\x7f", "é", "\u2019", "\ud800", "<"])
    def test_what_could_be_read_otherwise_is_refused(self, character: str) -> None:
        boot = BootSettings(services=["ssm"], internet=True, report_parameter=f"/a{character}b")

        with pytest.raises(
            UserDataError, match="ReportParameter holds a character other than printable ASCII, or a '<'"
        ):
            windows_user_data(boot)


def the_persons(extra: str) -> tuple[str, bytes, str]:
    """The file that is written, what is in it, and whether it runs at every boot."""
    found = settings_of(windows_user_data(BOOT, extra))
    assert {name: found[name] for name in ("$Services", "$Internet")} == {
        "$Services": "ssm ssmmessages",
        "$Internet": "false",
    }
    return found["$ExtraFile"], base64.b64decode(found["$Extra"], validate=True), found["$ExtraAlways"]


class TestThePersonsOwn:
    """What the person wrote arrives byte for byte, whatever tags it holds."""

    @pytest.mark.parametrize(
        ("extra", "expected"),
        [
            pytest.param("<# why #> ls", ("extra.ps1", MARK + b"<# why #> ls", "false"), id="a comment first"),
            pytest.param("ls é\r\n", ("extra.ps1", MARK + "ls é\r\n".encode(), "false"), id="PowerShell as it is"),
            pytest.param(
                "# </powershell>", ("extra.ps1", MARK + b"# </powershell>", "false"), id="a tag in PowerShell"
            ),
            pytest.param("<powershell>\nls\n</powershell>", ("extra.ps1", MARK + b"\nls\n", "false"), id="a block"),
            pytest.param(
                " <PowerShell>ls</PowerShell> <persist>TRUE</persist>\n",
                ("extra.ps1", MARK + b"ls", "true"),
                id="at every boot",
            ),
            pytest.param(
                "<powershell>ls</powershell><persist>false</persist>",
                ("extra.ps1", MARK + b"ls", "false"),
                id="once, said",
            ),
            pytest.param("<script>\ndir\n</script>", ("extra.cmd", b"\ndir\n", "false"), id="batch"),
            pytest.param(
                "<script>echo </powershell></script><persist>true</persist>",
                ("extra.cmd", b"echo </powershell>", "true"),
                id="a tag in batch",
            ),
        ],
    )
    def test_what_ec2launch_knows_arrives(self, extra: str, expected: tuple[str, bytes, str]) -> None:
        assert the_persons(extra) == expected

    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
    @settings(max_examples=100)
    def test_any_text_in_a_block_arrives(self, text: str) -> None:
        assert the_persons(f"<powershell>{text}</powershell>") == ("extra.ps1", MARK + text.encode(), "false")

    @pytest.mark.parametrize(
        ("extra", "message"),
        [
            pytest.param("<script>a</script><powershell>b</powershell>", "no PowerShell", id="two kinds of block"),
            pytest.param("<script>a</script>\n<SCRIPT>b</SCRIPT>", "more than one <script>", id="two blocks"),
            pytest.param("<powershell>ls", "no PowerShell", id="a block without its end"),
            pytest.param("<powershell>a</powershell><detach>true</detach>", "no PowerShell", id="an unknown tag"),
            pytest.param("version: 1.0\ntasks: []", "no PowerShell", id="tasks of EC2Launch v2"),
            pytest.param("#!/bin/sh\n", "no PowerShell", id="a shell script"),
            pytest.param("#cloud-config\n", "no PowerShell", id="cloud-config"),
            pytest.param("#include\n", "no PowerShell", id="an include"),
            pytest.param("ls \ud800", "half of a surrogate pair as character 4", id="no text"),
        ],
    )
    def test_anything_else_is_refused(self, extra: str, message: str) -> None:
        with pytest.raises(UserDataError, match=message):
            windows_user_data(BOOT, extra)


class TestSize:
    """EC2 takes 16 KiB, and EC2Launch takes no gzip."""

    @staticmethod
    def padded(size: int) -> BootSettings:
        rest = len(base64.b64decode(windows_user_data(BOOT)))
        return BootSettings(services=BOOT.services, internet=False, report_parameter="p" * (size - rest))

    def test_four_kib_of_the_persons_own_fit_beside_every_service(self) -> None:
        boot = BootSettings(
            services=("ssm", "ssmmessages", "s3", "kms", "logs"), internet=False, report_parameter="/boot-check/a/b/c"
        )

        windows_user_data(boot, "x" * 4 * 1024)

    @pytest.mark.parametrize("size", [pytest.param(LIMIT - 1, id="just below"), pytest.param(LIMIT, id="exactly")])
    def test_what_fits_is_taken(self, size: int) -> None:
        assert len(base64.b64decode(windows_user_data(self.padded(size)))) == size

    def test_what_does_not_is_refused_with_by_how_much(self) -> None:
        with pytest.raises(UserDataError) as raised:
            windows_user_data(self.padded(LIMIT + 1))

        assert raised.value.message == "user data of 16,385 bytes is 1 more than EC2 takes"
        assert user_data.LIMIT == LIMIT
