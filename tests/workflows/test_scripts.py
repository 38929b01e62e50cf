"""The scripts of the workflows: what is previewed, what the report says, and where it goes."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import comment
import plan
import report

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
BOT = {"login": "github-actions[bot]"}
MARK = comment.mark(".", "dev")
PASSED = "**ssm-guard passed**: `dev` in `.`. No changes."


def event(level: str, policy: str = "no-world-ssh", message: str = "ingress[0]: 0.0.0.0/0") -> dict[str, Any]:
    urn = "urn:pulumi:dev::shop::aws:ec2/securityGroup:SecurityGroup::web"
    return {
        "policyEvent": {"resourceUrn": urn, "policyName": policy, "message": message, "enforcementLevel": level},
    }


def step(op: str, kind: str, name: str, **old: object) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::shop::ssm-only:components:SsmInstance${kind}::{name}"
    return {"resourcePreEvent": {"metadata": {"op": op, "type": kind, "urn": urn, "old": {"id": "i-1", **old}}}}


def outputs(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    states = {"old": None if old is None else {"outputs": old}, "new": {"outputs": new}}
    return {"resOutputsEvent": {"metadata": {"op": "same", "type": "pulumi:pulumi:Stack", **states}}}


def error(message: str, **more: object) -> dict[str, Any]:
    return {"diagnosticEvent": {"prefix": "error: ", "message": message, "severity": "error", **more}}


def log(*events: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in events)


def summary(packs: dict[str, str] | None = None, **changes: int) -> dict[str, Any]:
    return {
        "summaryEvent": {
            "resourceChanges": changes,
            "PolicyPacks": {"ssm-guard|local|/x": "0.1.0"} if packs is None else packs,
        }
    }


# What a preview of a command-line's length stands for: it writes the log that it is told to, and ends with a code.
ENGINE = """
import os, sys
assert os.environ["PULUMI_DEBUG_COMMANDS"] == "true"
assert "--suppress-progress" in sys.argv
log = next(word.split("=", 1)[1] for word in sys.argv if word.startswith("--event-log="))
open(log, "w").write(sys.argv[1])
if len(sys.argv) > 3 and sys.argv[3].startswith("["):
    open(os.environ["SSM_GUARD_WAYS"], "w").write(sys.argv[3])
print("Previewing")
print("warned", file=sys.stderr)
sys.exit(int(sys.argv[2]))
"""


def run_report(tmp_path: Path, events: str, code: int, *ways: str) -> tuple[int, str]:
    file = tmp_path / "dev.md"
    more = [json.dumps(ways)] if ways else []
    ended = report.main("infra", "dev", str(file), sys.executable, "-c", ENGINE, events, str(code), *more)
    return ended, file.read_text()


@pytest.mark.parametrize(
    ("events", "code", "ended", "first"),
    [
        pytest.param(
            log(summary(create=2, delete=1, same=4)),
            0,
            0,
            "**ssm-guard passed**: `dev` in `infra`. 2 to create, 1 to delete.",
            id="passed",
        ),
        pytest.param(
            log(summary(same=4)), 0, 0, "**ssm-guard passed**: `dev` in `infra`. No changes.", id="nothing to do"
        ),
        pytest.param(
            log(event("advisory"), event("advisory"), summary(update=1)),
            0,
            0,
            "**ssm-guard passed**: `dev` in `infra`, with 2 advisories. 1 to update.",
            id="passed with advice",
        ),
        pytest.param(
            log(event("mandatory"), event("advisory"), summary()),
            255,
            255,
            "**ssm-guard blocked**: `dev` in `infra` has 1 violation.",
            id="blocked",
        ),
        pytest.param(
            "", 1, 1, "**ssm-guard failed**: `dev` in `infra` could not be previewed, exit code 1.", id="no log at all"
        ),
        pytest.param(
            log(summary({}, create=1)),
            0,
            1,
            "**ssm-guard failed**: the preview of `dev` in `infra` asked no policy pack.",
            id="no pack",
        ),
        pytest.param(
            log(event("mandatory")) + '{"summaryEv',
            -9,
            247,
            "**ssm-guard blocked**: `dev` in `infra` has 1 violation.",
            id="ended while it wrote",
        ),
    ],
)
def test_the_first_line_is_the_verdict(tmp_path: Path, events: str, code: int, ended: int, first: str) -> None:
    code_given, text = run_report(tmp_path, events, code)

    assert text.splitlines()[0] == first
    assert code_given == ended
    assert "Previewing\nwarned" in text.split("<details>")[1]


def test_a_violation_names_policy_level_resource_and_text(tmp_path: Path) -> None:
    _, text = run_report(tmp_path, log(event("mandatory"), summary()), 255)

    assert (
        "```text\nno-world-ssh (mandatory): aws:ec2/securityGroup:SecurityGroup::web\ningress[0]: 0.0.0.0/0\n```"
        in text
    )


def above_the_fold(text: str) -> str:
    return text.split("<details>", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        pytest.param(
            [
                step("create", "aws:ec2/instance:Instance", "main-x86_64"),
                step("delete", "aws:ec2/instance:Instance", "main-arm64"),
            ],
            "deletes aws:ec2/instance:Instance main-arm64 (i-1)",
            id="deleted, while one of another name is made",
        ),
        pytest.param(
            [
                step(op, "aws:ec2/instance:Instance", "main-arm64")
                for op in ("create-replacement", "replace", "delete-replaced")
            ],
            "replaces aws:ec2/instance:Instance main-arm64 (i-1)",
            id="replaced, in the engine's three steps",
        ),
        pytest.param(
            [step("delete", "aws:ebs/volume:Volume", "data"), step("delete", "aws:kms/key:Key", "sessions")],
            "deletes aws:ebs/volume:Volume data (i-1)\ndeletes aws:kms/key:Key sessions (i-1)",
            id="two",
        ),
        pytest.param(
            [step("delete", "gcp:storage/bucket:Bucket", "logs")],
            "deletes gcp:storage/bucket:Bucket logs (i-1)",
            id="another cloud's",
        ),
    ],
)
def test_what_ends_with_its_data_stands_above_the_fold(events: list[dict[str, Any]], shown: str) -> None:
    outcome = report.read_outcome(0, log(*events, summary(delete=1)))

    assert f"What ends, with the data in it:\n\n```text\n{shown}\n```" in above_the_fold(
        report.markdown("infra", "dev", outcome, "Previewing")
    )


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(step("update", "aws:ec2/instance:Instance", "main"), id="an update keeps it"),
        pytest.param(step("delete", "aws:ec2/routeTable:RouteTable", "main"), id="a route table holds no data"),
        pytest.param(step("delete", "aws:ssm/document:Document", "main", retainOnDelete=True), id="a document"),
        pytest.param(step("delete", "aws:s3/bucket:Bucket", "logs", retainOnDelete=True), id="a bucket that stays"),
    ],
)
def test_what_loses_nothing_is_left_to_the_fold(event: dict[str, Any]) -> None:
    outcome = report.read_outcome(0, log(event, summary(delete=1)))

    assert "What ends" not in report.markdown("infra", "dev", outcome, "Previewing")


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        pytest.param({"monthly_cost": "$15"}, {"monthly_cost": "$37"}, "now:  $15\nthen: $37", id="it changes"),
        pytest.param({"monthly_cost": "$15"}, {"monthly_cost": "$15"}, None, id="it stays"),
        pytest.param(None, {"monthly_cost": "$15"}, "$15", id="a new stack's"),
        pytest.param({"address": "a"}, {"address": "b"}, None, id="a program that tells none"),
    ],
)
def test_what_the_cost_becomes_stands_above_the_fold(
    old: dict[str, Any] | None, new: dict[str, Any], shown: str | None
) -> None:
    # The engine tells the stack's outputs twice: first as they were.
    events = [*([] if old is None else [outputs(old, old)]), outputs(old, new)]
    text = above_the_fold(
        report.markdown("infra", "dev", report.read_outcome(0, log(*events, summary())), "Previewing")
    )

    if shown is None:
        assert "What it costs" not in text
    else:
        assert f"What it costs a month:\n\n```text\n{shown}\n```" in text


@pytest.mark.parametrize(
    ("events", "output", "reason"),
    [
        pytest.param(
            [error("ssm-only:variant is 'natt': use one of igw, nat, privatelink.\n")] * 3 + [summary()],
            "Previewing update (dev):",
            "ssm-only:variant is 'natt': use one of igw, nat, privatelink.",
            id="the program's, told three times",
        ),
        pytest.param(
            [error("<{%fg 1%}>no credentials<{%reset%}>"), error("50%", ephemeral=True)],
            "",
            "no credentials",
            id="in colours, beside one that is only shown meanwhile",
        ),
        pytest.param([], "hint\nerror: no stack named 'dev' found\n", "error: no stack named 'dev' found", id="no log"),
        pytest.param([], "Killed\n", "Killed", id="no word of Pulumi's"),
    ],
)
def test_why_it_failed_comes_first(events: list[dict[str, Any]], output: str, reason: str) -> None:
    text = report.markdown("infra", "dev", report.read_outcome(255, log(*events)), output)

    assert text.splitlines()[1:6] == ["", "```text", reason, "```", ""]


def test_the_ways_that_the_pack_leaves_are_folded_away_under_the_verdict(tmp_path: Path) -> None:
    _, text = run_report(tmp_path, log(summary(same=4)), 0, "**web** is **reachable**\n", "**db** is **reachable**\n")

    folded = text.split("<details><summary>The way to Session Manager</summary>")[1].split("</details>")[0]
    assert folded == "\n\n**web** is **reachable**\n\n**db** is **reachable**\n\n"


def test_without_ways_nothing_is_said_of_them(tmp_path: Path) -> None:
    assert "Session Manager" not in run_report(tmp_path, log(summary(same=4)), 0)[1]


def test_of_many_ways_those_that_fit_are_shown_whole(tmp_path: Path) -> None:
    ways = [f"way {number} " + "x" * 3_000 + " end" for number in range(5)]
    _, text = run_report(tmp_path, log(summary(same=4)), 0, *ways)

    assert text.count(" end\n") == text.count("way ") - text.count("The way ") == 3
    assert "\n2 more: `python -m ssm_guard explain` shows them.\n" in text


def test_markdown_in_a_message_stays_text() -> None:
    text = report.fenced("```\n@everyone ![x](https://example.com) ````")

    assert text == "`````text\n```\n@everyone ![x](https://example.com) ````\n`````"


def test_a_stack_with_500_violations_fits_into_a_comment() -> None:
    many = ["no-world-ssh (mandatory): a\n" + "x" * 400] * 500
    lost = [f"deletes aws:ec2/instance:Instance web-{number} (i-1)" for number in range(500)]
    ways = ["z" * 4_000] * 500
    outcome = report.Outcome(code=255, mandatory=many, changes={}, packs=["ssm-guard"], losses=lost, ways=ways)

    text = report.markdown("infra", "dev", outcome, "y" * 200_000)

    assert text.startswith("**ssm-guard blocked**: `dev` in `infra` has 500 violations.\n")
    assert len(text) < 65_000


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in plan.VARIABLES:
        monkeypatch.setenv(name, "set")
    outputs = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    return outputs


def test_this_projects_stacks_are_found(variables: Path) -> None:
    assert plan.main(str(ROOT), ".") == 0
    assert variables.read_text() == 'stacks=["dev", "igw", "nat", "privatelink"]\nslug=root\n'


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param([], "has no Pulumi.yaml. Set the input directory", id="no project"),
        pytest.param(["Pulumi.yaml"], "has no Pulumi.<stack>.yaml. Commit one", id="no stack"),
        pytest.param(["Pulumi.yaml", "Pulumi.$(id).yaml"], "has no Pulumi.<stack>.yaml", id="a name that is none"),
    ],
)
def test_nothing_to_preview_is_an_error(
    variables: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str], said: str
) -> None:
    project = tmp_path / "infra"
    project.mkdir()
    for name in files:
        (project / name).touch()

    assert plan.main(str(tmp_path), "infra") == 1
    assert said in capsys.readouterr().out
    assert not variables.exists()


def test_variables_that_are_not_set_are_named(
    variables: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A variable that nobody set arrives as an empty text.
    monkeypatch.setenv("AWS_PREVIEW_ROLE", "")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "")

    assert plan.main(str(ROOT), ".") == 1
    assert "organisation: AWS_PREVIEW_ROLE, PULUMI_BACKEND_URL. " in capsys.readouterr().out
    assert not variables.exists()


@pytest.mark.parametrize(("directory", "slug"), [(".", "root"), ("a/b c", "a-b-c"), ("./infra/", "infra")])
def test_a_folder_becomes_part_of_a_name(directory: str, slug: str) -> None:
    assert plan.slug(directory) == slug


class GitHub(ThreadingHTTPServer):
    """The three calls of GitHub's API that the comments need."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Calls)
        self.comments: list[dict[str, Any]] = []
        self.calls: list[str] = []


class Calls(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        assert self.path.startswith("/repos/o/r/issues/7/comments?per_page=100&page=")
        page = int(self.path.rsplit("=", 1)[1])
        self._answer(self.server.comments[(page - 1) * 100 : page * 100])

    def do_POST(self) -> None:
        assert self.path == "/repos/o/r/issues/7/comments"
        made = {"id": len(self.server.comments) + 1, "user": BOT, **self._read()}
        self.server.comments.append(made)
        self._answer(made)

    def do_PATCH(self) -> None:
        wanted = int(self.path.removeprefix("/repos/o/r/issues/comments/"))
        found = next(each for each in self.server.comments if each["id"] == wanted)
        found |= self._read()
        self._answer(found)

    def _read(self) -> dict[str, Any]:
        assert self.headers["Authorization"] == "Bearer t0ken"
        read: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return read

    def _answer(self, data: object) -> None:
        self.server.calls.append(self.command)
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    with GitHub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
        monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
        monkeypatch.setenv("GITHUB_RUN_ID", "42")
        monkeypatch.setenv("PULL_REQUEST", "7")
        monkeypatch.setenv("GUIDE", "https://github.com/o/ssm-only/policy")
        monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
        yield server
        server.shutdown()
        thread.join()


def test_each_stack_has_one_comment_which_the_next_run_replaces(github: GitHub, tmp_path: Path) -> None:
    for verdict in ("**ssm-guard blocked**: `dev` in `.` has 1 violation.", PASSED):
        (tmp_path / "dev.md").write_text(f"{verdict}\n\nmore\n")
        (tmp_path / "nat.md").write_text("**ssm-guard passed**: `nat` in `.`. No changes.\n")

        assert comment.main(str(tmp_path), ".", '["dev", "nat"]') == 0

    assert [each["body"].splitlines()[0] for each in github.comments] == [
        PASSED,
        "**ssm-guard passed**: `nat` in `.`. No changes.",
    ]
    assert "By [this run](https://github.com/o/r/actions/runs/42)." in github.comments[0]["body"]
    assert "[ssm-guard](https://github.com/o/ssm-only/policy)" in github.comments[0]["body"]


def test_a_verdict_of_an_earlier_run_does_not_stay(github: GitHub, tmp_path: Path) -> None:
    (tmp_path / "dev.md").write_text(f"{PASSED}\n")
    comment.main(str(tmp_path), ".", '["dev"]')
    (tmp_path / "dev.md").unlink()

    comment.main(str(tmp_path), ".", '["dev"]')

    [only] = github.comments
    assert only["body"].splitlines()[0] == (
        "**ssm-guard failed**: `dev` in `.` was not previewed. "
        "[The run](https://github.com/o/r/actions/runs/42) says why."
    )


def test_a_comment_on_a_later_page_is_found(github: GitHub, tmp_path: Path) -> None:
    github.comments = [{"id": number, "user": {"login": "ada"}, "body": "hm"} for number in range(1, 201)]
    github.comments.append({"id": 201, "user": BOT, "body": f"old\n{MARK}\n"})

    comment.main(str(tmp_path), ".", '["dev"]')

    assert len(github.comments) == 201
    assert github.comments[-1]["body"].startswith("**ssm-guard failed**")
    assert github.calls == ["GET", "GET", "GET", "PATCH"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"user": {"login": "mallory"}, "body": f"hello\n{MARK}"}, id="somebody else's with the mark"),
        pytest.param({"user": BOT, "body": f"hello\n{comment.mark('.', 'dev2')}"}, id="another stack's"),
        pytest.param({"user": BOT, "body": f"hello\n{comment.mark('infra', 'dev')}"}, id="another project's"),
        pytest.param({"user": BOT, "body": f"{MARK}\nhello"}, id="one that only quotes the mark"),
    ],
)
def test_other_comments_stay_as_they_are(github: GitHub, tmp_path: Path, other: dict[str, Any]) -> None:
    github.comments = [{"id": 1, **other}]

    comment.main(str(tmp_path), ".", '["dev"]')

    assert github.comments[0] == {"id": 1, **other}
    assert len(github.comments) == 2


def test_a_refusal_of_github_is_one_line(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Calls, "do_POST", lambda call: call.send_error(403, "Resource not accessible by integration"))

    assert comment.main(str(tmp_path), ".", '["dev"]') == 1
    said = capsys.readouterr().out
    assert github.comments == []
    assert said.startswith("::error::GitHub did not take the comments: HTTP Error 403: Resource not accessible")
    assert said.endswith(" Run this job again.\n")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda call: call.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n<html>"), id="a proxy's page"),
        pytest.param(lambda call: call.wfile.write(b"moon\r\n"), id="no HTTP"),
        pytest.param(lambda _: None, id="a connection that ends"),
    ],
)
def test_no_answer_of_github_is_one_line(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Any
) -> None:
    monkeypatch.setattr(Calls, "do_GET", answer)

    assert comment.main(str(tmp_path), ".", '["dev"]') == 1
    assert github.comments == []
    assert len(capsys.readouterr().out.splitlines()) == 1
