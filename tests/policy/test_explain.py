"""`python -m ssm_guard explain`: what a preview and a state say, in each format, and each way to get it wrong."""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssm_guard.__main__ import main
from ssm_guard.config_error import ConfigError
from ssm_guard.explain import FORMATS
from ssm_guard.reach.state_file import resources_in
from tests.policy.session_manager_stacks import INSTANCE, PUBLIC, VARIANTS, Stack, changed, made, scaled, without
from tests.policy.shapes import outputs

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "4dabf18193072939515e22adb298388d"
SEALED = {SECRET: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def state(stack: Stack, one: Any, **more: Any) -> dict[str, Any]:
    urns = {other.name: other.urn for other in stack}
    needs = {key: [urns[name] for name in names if name in urns] for key, names in one.needs.items()}
    return {"urn": one.urn, "type": one.token, "custom": True, "propertyDependencies": needs, **more}


def preview(stack: Stack) -> str:
    """As `pulumi preview --json` writes it: what the program says, and nothing of what AWS fills in."""
    steps = [{"op": "create", "urn": one.urn, "newState": state(stack, one, inputs=one.props)} for one in stack]
    return json.dumps({"steps": [*steps, {"op": "delete", "urn": "urn:old", "oldState": {"urn": "urn:old"}}]})


def export(stack: Stack) -> str:
    """As `pulumi stack export` writes it."""
    made = outputs(stack, "up")
    resources = [state(stack, one, id=f"id-{one.name}", inputs={}, outputs=one.props) for one in made]
    return json.dumps({"version": 3, "deployment": {"resources": resources}})


def told(stack: Stack, **more: Any) -> str:
    """A preview, and what else the engine wrote into it."""
    return json.dumps({**json.loads(preview(stack)), **more})


def said_by_program(severity: str) -> list[dict[str, str]]:
    """As the engine writes what a program says."""
    return [
        {"message": "warning: it is old\n", "severity": "warning"},
        {"message": f"{severity}: no such subnet\nTraceback …\n", "severity": severity},
    ]


def same(stack: Stack, *shown: str) -> str:
    """A stack that stays as it is, in a preview that shows these of its resources, and the stack's own in any case."""
    root = {"urn": "urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev", "type": "pulumi:pulumi:Stack"}
    states = [root, *(state(stack, one, inputs=one.props) for one in stack if one.name in shown)]
    steps = [{"op": "same", "urn": one["urn"], "oldState": one, "newState": one} for one in states]
    return json.dumps({"steps": steps, "changeSummary": {"same": len(stack) + 1}})


def inside(stack: Stack, name: str, component: str) -> str:
    """The state of a stack in which a component made one of the resources."""
    whole = json.loads(export(stack))
    root, parent = (
        f"urn:pulumi:dev::project::{token}" for token in ("pulumi:pulumi:Stack::all", f"a:b:C::{component}")
    )
    resources = whole["deployment"]["resources"]
    for one in resources:
        one["parent"] = parent if one["urn"].endswith(f"::{name}") else root
    resources += [{"urn": root, "type": "pulumi:pulumi:Stack"}, {"urn": parent, "type": "a:b:C", "parent": root}]
    return json.dumps(whole)


def run(folder: Path, capsys: pytest.CaptureFixture[str], text: str, *options: str) -> tuple[int, str, str]:
    (folder / "file.json").write_text(text, encoding="utf-8")
    code = main(["explain", str(folder / "file.json"), *options])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("write", [preview, export])
@pytest.mark.parametrize("stack", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_is_reachable_by_its_preview_and_by_its_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stack: Stack, write: Any
) -> None:
    code, out, _ = run(tmp_path, capsys, write(stack))

    assert code == 0
    assert out.startswith("web is reachable\n")
    assert "\n  ssm\n" in out
    assert "\n  ssmmessages\n" in out


@pytest.mark.parametrize("write", [preview, export])
@pytest.mark.parametrize("form", FORMATS)
def test_a_missing_link_is_in_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, write: Any
) -> None:
    code, out, _ = run(tmp_path, capsys, write(without(PUBLIC, "egress")), "--format", form)

    assert code == 1
    assert "no rule of group lets tcp 443 out to the internet" in out
    assert "add an egress rule for tcp 443 from group to the internet" in out


def test_json_is_a_list_of_instances(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(tmp_path, capsys, preview(without(scaled(PUBLIC), "egress")), "--format", "json")

    [found] = json.loads(out)
    assert found["host"] == "fleet"
    assert found["verdict"] == "unreachable"
    assert [one["cause"] for one in found["missing"]] == ["egress-closed"]


@pytest.mark.parametrize("name", ["web", PUBLIC[9].urn, "id-web"])
def test_one_instance_is_chosen_by_any_of_its_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, out, _ = run(tmp_path, capsys, export(PUBLIC), "--instance", name, "--format", "mermaid")

    assert code == 0
    assert out.startswith("flowchart ")


SECOND = replace(INSTANCE, name="second")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("main", ["second"], id="a component has the instance that it made"),
        pytest.param("id-second", ["second"], id="an id"),
        pytest.param("web", ["web (Instance)"], id="an instance's own name comes before a component's"),
    ],
)
def test_an_instance_is_called_by_its_component_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, found: list[str]
) -> None:
    text = inside((*PUBLIC, SECOND), "second", "web" if name == "web" else "main")
    code, out, _ = run(tmp_path, capsys, text, "--instance", name, "--format", "json")

    assert code == 0
    assert [one["host"] for one in json.loads(out)] == found


def test_things_of_one_name_are_told_apart_by_their_types(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(tmp_path, capsys, preview((made("aws:s3/bucket:Bucket", "web"), *PUBLIC)))

    assert out.startswith("web (Instance) is reachable\n")


def test_what_is_not_known_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(tmp_path, capsys, preview(changed(PUBLIC, "web", subnetId="subnet-1")))

    assert code == 0
    assert out.startswith("web is undetermined\n")


def test_instances_that_nobody_means_are_left_out_unless_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unmeant = preview(without(PUBLIC, "attachment"))

    none = "There is no instance whose role may register with Systems Manager."
    one, two = ("1 instance has no role that may register", "2 instances have no role that may register")
    assert run(tmp_path, capsys, unmeant) == (0, f"{none} {one}: --all says why.\n", "")
    both = preview((*without(PUBLIC, "attachment"), SECOND))
    assert run(tmp_path, capsys, both) == (0, f"{none} {two}: --all says why.\n", "")
    assert run(tmp_path, capsys, preview(without(PUBLIC, "web"))) == (0, f"{none}\n", "")
    for options in (["--all"], ["--instance", "web"]):
        code, out, _ = run(tmp_path, capsys, unmeant, *options)
        assert (code, out.splitlines()[0]) == (1, "web is unreachable")


@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param("utf-8", id="UTF-8"),
        pytest.param("utf-8-sig", id="UTF-8 with a mark, as Windows PowerShell writes it when it is asked to"),
        pytest.param("utf-16", id="UTF-16, as Windows PowerShell writes it by itself"),
    ],
)
@pytest.mark.parametrize("name", ["-", "file.json"])
def test_a_preview_comes_in_any_encoding_that_a_shell_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, encoding: str
) -> None:
    text = preview(PUBLIC).encode(encoding)
    (tmp_path / "file.json").write_bytes(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))

    assert main(["explain", name]) == 0
    assert capsys.readouterr().out.startswith("web is reachable\n")


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        pytest.param("{", [], "it is no JSON", id="no JSON"),
        pytest.param("[" * 100_000, [], "it is no JSON", id="nested without end"),
        pytest.param("[]", [], "use what `pulumi preview --json --show-sames` or", id="no object"),
        pytest.param('{"steps": 1}', [], "neither `steps` nor", id="something else"),
        pytest.param(
            told(PUBLIC, diagnostics=said_by_program("error")),
            [],
            "the preview ended in an error: no such subnet\n",
            id="a program that failed",
        ),
        pytest.param(
            json.dumps({"steps": [], "diagnostics": [{"message": "", "severity": "error"}]}),
            [],
            "the preview ended in an error\n",
            id="an error without a word",
        ),
        pytest.param(
            same(PUBLIC),
            [],
            f"{len(PUBLIC)} resources that stay as they are are not in it: add --show-sames to `pulumi preview`\n",
            id="nothing to change, and none is shown",
        ),
        pytest.param(
            same(PUBLIC, *(one.name for one in PUBLIC if one.name != "egress")),
            [],
            "1 resource that stays as it is is not in it: add --show-sames",
            id="one that is not shown",
        ),
        pytest.param(preview(PUBLIC), ["--instance", "db"], "no instance is called 'db'; there are: web", id="a name"),
        pytest.param(
            inside((*PUBLIC, SECOND), "second", "main"),
            ["--instance", "all"],
            "no instance is called 'all'; there are: web, second of main\n",
            id="the stack is no component",
        ),
        pytest.param(preview(()), ["--format", "mermaid"], "shows one instance, and there are 0", id="nothing to draw"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, options: list[str], problem: str
) -> None:
    code, out, err = run(tmp_path, capsys, text, *options)

    assert (code, out) == (2, "")
    assert problem in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(told(PUBLIC, diagnostics=said_by_program("warning")), id="a warning is no failure"),
        pytest.param(same(PUBLIC, *(one.name for one in PUBLIC)), id="all that stays as it is is shown"),
    ],
)
def test_a_whole_preview_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    code, out, err = run(tmp_path, capsys, text)

    assert (code, err) == (0, "")
    assert out.startswith("web is reachable\n")


def test_what_is_no_text_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file.json").write_bytes(b"\x80")

    assert main(["explain", str(tmp_path / "file.json")]) == 2
    assert capsys.readouterr().err.endswith("file.json: it can't be read: it is no UTF-8: save it as UTF-8\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--help"], "finds what is wrong with a configuration", id="which commands there are"),
        pytest.param(["-h"], "says whether instances will answer", id="in short"),
        pytest.param(["check-config", "--help"], "what --policy-pack-config is given", id="a configuration's file"),
        pytest.param(["explain", "--help"], "what `pulumi preview --json --show-sames` or", id="a stack's file"),
    ],
)
def test_who_asks_for_help_is_told_what_a_command_does_with_which_file(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words, "ssm-guard")
    said = capsys.readouterr()

    assert left.value.code == 0
    assert said.out.startswith("usage: ssm-guard ")
    assert told in " ".join(said.out.split())
    assert said.err == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["explan", "preview.json"], "'explan'", id="a misspelt command"),
        pytest.param(["check-config"], "required: FILE", id="no file"),
        pytest.param(["explain", "a.json", "b.json"], "b.json", id="a file too many"),
    ],
)
def test_a_wrong_word_is_named(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(words, "ssm-guard")
    said = capsys.readouterr()

    assert left.value.code == 2
    assert said.out == ""
    assert told in said.err


def test_the_help_says_where_the_doctor_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["explain", "--help"])

    assert left.value.code == 0
    assert "in a clone of ssm-only" in " ".join(capsys.readouterr().out.split())


def test_a_file_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "nowhere.json"]) == 2
    assert capsys.readouterr().err.startswith("nowhere.json: it can't be read: ")


def test_a_secret_is_not_known_unless_it_is_shown() -> None:
    shown = {**{key: value for key, value in SEALED.items() if key == SECRET}, "plaintext": '"10.0.0.0/16"'}
    one = {"urn": "urn:pulumi:dev::p::t::vpc", "type": "t", "inputs": {"a": SEALED, "b": shown, "c": [SEALED]}}

    [found] = resources_in(json.dumps({"deployment": {"resources": [one]}}))

    assert found.props["b"] == "10.0.0.0/16"
    assert found.props["a"] == found.props["c"][0] != SEALED


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "steps",
                    "op",
                    "newState",
                    "urn",
                    "type",
                    "inputs",
                    "outputs",
                    "id",
                    "parent",
                    "propertyDependencies",
                    "diagnostics",
                    "severity",
                    "message",
                    "changeSummary",
                    "same",
                    "deployment",
                    "resources",
                    "delete",
                    SECRET,
                    "plaintext",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@given(JSON, JSON)
def test_junk_is_refused_or_read_and_never_raises(whole: Any, inner: Any) -> None:
    known = {"urn": "urn:a", "type": "t", "inputs": whole, "propertyDependencies": {"a": inner, "b": [whole]}}
    for value in (
        whole,
        {"deployment": {"resources": [known]}},
        {"steps": [{"newState": inner}, inner]},
        {"steps": [], "diagnostics": whole, "changeSummary": inner},
        {
            "steps": [],
            "diagnostics": [inner, {"severity": "error", "message": inner}],
            "changeSummary": {"same": whole},
        },
        {"deployment": {"resources": [inner, whole]}},
    ):
        with suppress(ConfigError):
            assert isinstance(resources_in(json.dumps(value)), list)
