"""Puts each stack's report on the pull request: one comment a stack, which the next run replaces.

    comment.py FOLDER DIRECTORY STACKS

STACKS is a JSON list: plan.py's output.

A stack without a report gets a comment that says so: the one of an earlier run must not stand in its place.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

AUTHOR = "github-actions[bot]"
PAGE = 100
MESSAGE_MOST = 500


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """Its comments, over GitHub's REST API.

    Attributes:
        api: for example https://api.github.com.
        repository: owner and name.
        number: the pull request's.
        token: one with pull-requests: write.
    """

    api: str
    repository: str
    number: int
    token: str

    def put(self, mark: str, body: str) -> None:
        """Replaces the comment that ends with the mark, or makes one."""
        whole = {"body": f"{body}\n{mark}"}
        own = next((comment["id"] for comment in self._comments() if _ours(comment, mark)), None)
        if own is None:
            self._ask("POST", f"issues/{self.number}/comments", whole)
        else:
            self._ask("PATCH", f"issues/comments/{own}", whole)

    def _comments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page: list[dict[str, Any]] | None = None
        while page is None or len(page) == PAGE:
            query = f"per_page={PAGE}&page={len(found) // PAGE + 1}"
            page = self._ask("GET", f"issues/{self.number}/comments?{query}")
            found += page
        return found

    def _ask(self, method: str, path: str, data: object = None) -> Any:  # noqa: ANN401 - JSON
        request = Request(  # noqa: S310 - the address is the runner's own
            f"{self.api}/repos/{self.repository}/{path}",
            method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Accept": "application/vnd.github+json", "Authorization": f"Bearer {self.token}"},
        )
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            return json.load(answer)


def _ours(comment: dict[str, Any], mark: str) -> bool:
    # Anybody may write the mark into a comment of theirs.
    body = str(comment["body"]).rstrip()
    return body.endswith(mark) and bool(comment["user"]["login"] == AUTHOR)


def mark(directory: str, stack: str) -> str:
    """What tells a stack's comment from every other; a reader does not see it."""
    return f"<!-- ssm-guard: {directory} {stack} -->"


def body(folder: Path, directory: str, stack: str) -> str:
    """A stack's report, with links to the run and to what the policies say."""
    run = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(os.environ)
    report = folder / f"{stack}.md"
    if not report.exists():
        return f"**ssm-guard failed**: `{stack}` in `{directory}` was not previewed. [The run]({run}) says why.\n"
    guide = os.environ["GUIDE"]
    more = f"What each policy asks, and how to exempt a resource: [ssm-guard]({guide})."
    return f"{report.read_text()}\nBy [this run]({run}). {more}\n"


def main(folder: str, directory: str, stacks: str) -> int:
    """Puts a comment for each stack; gives the exit code."""
    pull_request = PullRequest(
        api=os.environ["GITHUB_API_URL"],
        repository=os.environ["GITHUB_REPOSITORY"],
        number=int(os.environ["PULL_REQUEST"]),
        token=os.environ["GITHUB_TOKEN"],
    )
    names = json.loads(stacks)
    try:
        for stack in names:
            pull_request.put(mark(directory, stack), body(Path(folder), directory, stack))
    except (OSError, HTTPException, ValueError) as error:
        # No connection, a refusal, or a page of a proxy in place of an answer. The verdicts are in the jobs' own logs.
        print(f"::error::GitHub did not take the comments: {_said(error)}. Run this job again.")
        return 1
    return 0


def _said(error: Exception) -> str:
    """What went wrong, on one line; a refusal's body says more than its status."""
    more = error.read().decode(errors="replace") if isinstance(error, HTTPError) else ""
    return " ".join(f"{error} {more}".split())[:MESSAGE_MOST]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
