"""What the workflows may do, and to whom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
EXAMPLE = ROOT / "examples/pull-requests/guard.yml"
DRIFT = ROOT / "examples/drift/drift.yml"
FORKS_ARE_OUT = "github.event.pull_request.head.repo.full_name == github.repository"
EACH = pytest.mark.parametrize("path", [*WORKFLOWS, EXAMPLE, DRIFT], ids=lambda path: str(path.relative_to(ROOT)))


def load(path: Path) -> dict[str, Any]:
    # A loader that keeps `on` a word; YAML 1.1 makes True of it.
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - makes strings only
    return loaded


def named(name: str) -> dict[str, Any]:
    return load(ROOT / ".github/workflows" / f"{name}.yml")


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", ())


def committed_stacks() -> set[str]:
    return {path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in ROOT.glob("Pulumi.*.yaml")}


def test_the_workflows_are_these() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "guard.yml", "preview.yml"]


@EACH
def test_every_action_is_pinned_by_commit_and_names_its_version(path: Path) -> None:
    uses = re.findall(r"^\s*(?:- )?uses: (.*)$", path.read_text(), re.MULTILINE)
    own = r"[\w-]+/ssm-only/\.github/workflows/guard\.yml@[0-9a-f]{40} # the commit that you have read"

    assert uses
    for line in uses:
        pinned = rf"[\w./-]+@[0-9a-f]{{40}} # v\d+\.\d+\.\d+|\./\.github/workflows/guard\.yml|{own}"
        assert re.fullmatch(pinned, line), line


def test_one_action_has_one_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, DRIFT]:
        for action, pin in re.findall(r"uses: ([\w-]+/[\w-]+)[\w/-]*@(.*)$", path.read_text(), re.MULTILINE):
            pins.setdefault(action, set()).add(pin)

    assert all(len(found) == 1 for found in pins.values()), pins


@pytest.mark.parametrize("path", [*WORKFLOWS, DRIFT], ids=lambda path: path.name)
def test_no_workflow_has_a_permission_and_every_job_names_its_own(path: Path) -> None:
    workflow = load(path)

    assert workflow["permissions"] == {}
    assert all(isinstance(job["permissions"], dict) for job in workflow["jobs"].values())


def test_the_jobs_have_these_permissions_and_no_other() -> None:
    read = {"contents": "read"}
    guard = {**read, "id-token": "write", "pull-requests": "write"}

    assert {
        (path.stem, name): job["permissions"] for path in WORKFLOWS for name, job in load(path)["jobs"].items()
    } == {
        ("ci", "test"): read,
        ("preview", "local"): read,
        ("preview", "aws"): guard,
        ("guard", "plan"): read,
        ("guard", "preview"): {**read, "id-token": "write"},
        ("guard", "comment"): {**read, "pull-requests": "write"},
    }


@EACH
def test_a_pull_request_starts_nothing_with_the_rights_of_the_repository(path: Path) -> None:
    events = load(path)["on"]

    assert set([events] if isinstance(events, str) else events) <= {
        "pull_request",
        "push",
        "workflow_call",
        "schedule",
        "workflow_dispatch",
    }
    assert "pull_request_target" not in path.read_text()
    assert "workflow_run" not in path.read_text()


@EACH
def test_there_is_no_secret(path: Path) -> None:
    assert not re.search(r"\bsecrets\b", path.read_text())


@EACH
def test_no_expression_stands_in_a_script(path: Path) -> None:
    """GitHub pastes its value into the text, so a branch named `$(…)` would run; a variable is only a value."""
    scripts = [step["run"] for step in steps(load(path)) if "run" in step]

    assert [script for script in scripts if "${{" in script] == []


@EACH
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    checkouts = [step for step in steps(load(path)) if step.get("uses", "").startswith("actions/checkout@")]

    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


def test_what_tests_a_change_knows_the_versions_before_it() -> None:
    (checkout,) = (step for step in steps(named("ci")) if step.get("uses", "").startswith("actions/checkout@"))

    assert checkout["with"]["fetch-depth"] == "0"


def test_a_fork_reaches_no_job_with_a_right() -> None:
    """GitHub gives a fork's run none of them either; this is the second lock."""
    guard = named("guard")["jobs"]

    assert guard["plan"]["if"] == FORKS_ARE_OUT
    assert guard["preview"]["needs"] == "plan"
    assert guard["comment"]["needs"] == ["plan", "preview"]
    assert guard["comment"]["if"] == "${{ !cancelled() && needs.plan.result == 'success' }}"
    assert "if" not in guard["preview"]


def test_what_comments_runs_nothing_of_the_pull_request() -> None:
    comment = named("guard")["jobs"]["comment"]["steps"]

    assert [step["with"]["ref"] for step in comment if "checkout" in step.get("uses", "")] == [
        "${{ job.workflow_sha }}"
    ]
    assert [step["run"].split()[1] for step in comment if "run" in step] == ["guard/.github/scripts/comment.py"]


def test_the_token_reaches_only_the_step_that_comments() -> None:
    with_token = [
        (path.stem, step.get("name")) for path in WORKFLOWS for step in steps(load(path)) if "github.token" in str(step)
    ]

    assert with_token == [("guard", "Comment")]


def test_packages_are_installed_before_there_are_credentials() -> None:
    names = [step.get("name", step.get("uses", "")) for step in named("guard")["jobs"]["preview"]["steps"]]
    credentials = next(index for index, name in enumerate(names) if name.startswith("aws-actions/"))

    assert names.index("Install what the pack and the program need") < credentials < names.index("pulumi preview")


def test_each_committed_stack_is_previewed_on_localaws() -> None:
    local = named("preview")["jobs"]["local"]

    assert set(local["strategy"]["matrix"]["stack"]) == committed_stacks() == {"dev", "igw", "nat", "privatelink"}
    assert local["strategy"]["fail-fast"] == "false"
    assert "if" not in local


def test_every_preview_has_the_pack_and_this_projects_has_its_config() -> None:
    local = named("preview")["jobs"]["local"]["steps"][-1]["run"]
    guard = next(
        step["run"] for step in named("guard")["jobs"]["preview"]["steps"] if step.get("name") == "pulumi preview"
    )

    assert "--policy-pack policy --policy-pack-config policy/ssm-only.json" in local
    assert '--policy-pack "$GITHUB_WORKSPACE/guard/policy"' in guard
    assert named("preview")["jobs"]["aws"]["with"] == {"pack-config": "policy/ssm-only.json"}
    assert (ROOT / "policy/ssm-only.json").exists()


def test_the_pulumi_of_the_preview_is_the_sdks() -> None:
    pulumi = next(step for step in steps(named("guard")) if step.get("uses", "").startswith("pulumi/actions@"))

    assert f"pulumi=={pulumi['with']['pulumi-version']}" in (ROOT / "requirements.txt").read_text().splitlines()
    # Without a command the action installs and stops.
    assert set(pulumi["with"]) == {"pulumi-version"}


def test_main_saves_the_cache_that_pull_requests_restore() -> None:
    [saved] = [step for step in steps(named("ci")) if "actions/cache" in step.get("uses", "")]
    [restored] = [step for step in steps(named("preview")) if "actions/cache/restore" in step.get("uses", "")]

    assert saved["with"] == restored["with"]


def test_ci_runs_what_a_person_runs() -> None:
    assert [step["run"] for step in steps(named("ci")) if "run" in step] == ["make lint test"]


def test_the_example_has_five_lines_and_stands_in_the_guide() -> None:
    text = EXAMPLE.read_text()

    assert len(text.splitlines()) == 5
    assert f"```yaml\n{text}```" in (ROOT / "docs/pull-requests.md").read_text()


def test_the_example_gives_what_the_called_jobs_ask() -> None:
    """GitHub refuses to start a called workflow whose jobs ask for more than the caller's job has."""
    asked: dict[str, str] = {}
    for job in named("guard")["jobs"].values():
        asked |= job["permissions"]

    assert load(EXAMPLE)["jobs"]["ssm-guard"]["permissions"] == asked == named("preview")["jobs"]["aws"]["permissions"]


def test_the_workflow_asks_for_nothing_that_has_no_default() -> None:
    inputs = named("guard")["on"]["workflow_call"]["inputs"]

    assert set(inputs) == {"directory", "pack-config"}
    assert all("default" in each for each in inputs.values())


def test_the_drift_check_compares_with_aws_and_fails_on_a_difference() -> None:
    (job,) = load(DRIFT)["jobs"].values()
    command = job["steps"][-1]["run"].split()

    assert command[:2] == ["pulumi", "preview"]
    assert {"--refresh", "--expect-no-changes"} <= set(command)
    assert set(job["strategy"]["matrix"]["stack"]) == committed_stacks()
    assert job["permissions"] == {"contents": "read", "id-token": "write"}


def test_the_audience_is_the_actions_default_unless_a_variable_says_another() -> None:
    """STS takes sts.amazonaws.com.cn in China, and refuses the action's default there."""
    asked = [
        step["with"]["audience"]
        for path in (*WORKFLOWS, DRIFT)
        for step in steps(load(path))
        if step.get("uses", "").startswith("aws-actions/configure-aws-credentials@")
    ]

    assert asked == ["${{ vars.AWS_OIDC_AUDIENCE || 'sts.amazonaws.com' }}"] * 2
