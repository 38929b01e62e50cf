"""User data for Windows. No PowerShell runs here: a grammar of the language reads the script and its values."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_powershell
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Language, Node, Parser

from components import user_data
from components.user_data import BootSettings, UserDataError, windows_user_data

SCRIPT = Path(__file__).parents[2] / "components" / "agent" / "windows.ps1"
LIMIT = 16384
BOOT = BootSettings(services=("ssm", "ssmmessages"), internet=False)
MARK = b"\xef\xbb\xbf"


def parse(script: str) -> Node:
    return Parser(Language(tree_sitter_powershell.language())).parse(script.encode()).root_node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def texts(node: Node, kind: str) -> list[str]:
    return [found.text.decode() for found in walk(node) if found.type == kind and found.text]


def script_of(value: str) -> str:
    """What EC2Launch finds: the text between the tags, to be run at every boot."""
    text = base64.b64decode(value, validate=True).decode("ascii")
    (block,) = re.findall(r"<powershell>\n(.*?)</powershell>", text, re.DOTALL | re.IGNORECASE)
    assert text == f"<powershell>\n{block}</powershell>\n<persist>true</persist>\n"
    return str(block)


def settings_of(value: str) -> dict[str, str]:
    """The variables that are put into the script, as the grammar reads them; the rest of the script is as it was."""
    script = script_of(value)
    before, after = SCRIPT.read_text().split("# <settings>\n")
    assert script.startswith(before)
    assert script.endswith(after)
    assert not parse(script).has_error
    statements = parse(script[len(before) : len(script) - len(after)])
    assert not statements.has_error
    return dict(assignment(node) for node in walk(statements) if node.type == "assignment_expression")


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
            "Get-AuthenticodeSignature",
            "Invoke-RestMethod",
            "Invoke-WebRequest",
            "Join-Path",
            "New-EventLog",
            "New-Item",
            "New-Object",
            "Out-Null",
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


class TestValues:
    """What a setting holds arrives as one literal, or is refused."""

    def test_every_setting_has_its_name_and_form(self) -> None:
        boot = BootSettings(services=("ssm", "s3"), internet=True, report_parameter="/a/b")

        assert settings_of(windows_user_data(boot)) == {
            "$Services": "ssm s3",
            "$Internet": "true",
            "$ReportParameter": "/a/b",
            "$Extra": "",
            "$ExtraFile": "extra.ps1",
            "$ExtraAlways": "false",
        }

    @given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="<")))
    @settings(max_examples=100, deadline=None)
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
    @settings(max_examples=100, deadline=None)
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

    @pytest.mark.parametrize("size", [pytest.param(LIMIT - 1, id="just below"), pytest.param(LIMIT, id="exactly")])
    def test_what_fits_is_taken(self, size: int) -> None:
        assert len(base64.b64decode(windows_user_data(self.padded(size)))) == size

    def test_what_does_not_is_refused_with_by_how_much(self) -> None:
        with pytest.raises(UserDataError) as raised:
            windows_user_data(self.padded(LIMIT + 1))

        assert raised.value.message == "user data of 16,385 bytes is 1 more than EC2 takes"
        assert user_data.LIMIT == LIMIT
