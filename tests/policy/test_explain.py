"""`python -m ssm_guard explain`: what a preview and a state say, in each format, and each way to get it wrong."""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssm_guard.__main__ import main
from ssm_guard.config_error import ConfigError
from ssm_guard.explain import FORMATS
from ssm_guard.reach.state_file import resources_in
from tests.policy.session_manager_stacks import PUBLIC, VARIANTS, Stack, changed, made, scaled, without
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
    assert run(tmp_path, capsys, unmeant) == (0, f"{none} With --all: 1.\n", "")
    assert run(tmp_path, capsys, preview(without(PUBLIC, "web"))) == (0, f"{none}\n", "")
    for options in (["--all"], ["--instance", "web"]):
        code, out, _ = run(tmp_path, capsys, unmeant, *options)
        assert (code, out.splitlines()[0]) == (1, "web is unreachable")


def test_a_preview_comes_by_standard_input_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(preview(PUBLIC)))

    assert main(["explain", "-"]) == 0
    assert capsys.readouterr().out.startswith("web is reachable\n")


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        pytest.param("{", [], "it is no JSON", id="no JSON"),
        pytest.param("[" * 100_000, [], "it is no JSON", id="nested without end"),
        pytest.param("[]", [], "use what `pulumi preview --json --show-sames` or", id="no object"),
        pytest.param('{"steps": 1}', [], "neither `steps` nor", id="something else"),
        pytest.param(preview(PUBLIC), ["--instance", "db"], "no instance is called 'db'; there are: web", id="a name"),
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
        {"deployment": {"resources": [inner, whole]}},
    ):
        with suppress(ConfigError):
            assert isinstance(resources_in(json.dumps(value)), list)
