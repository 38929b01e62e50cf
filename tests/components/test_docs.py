"""The configuration that the guides show is one that the program takes, and their programs run."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import components
from components.settings import READERS, Settings
from tests.components.graph import DOCUMENT, GROUP, INSTANCE, deploy
from tests.components.network.existing.account import Account
from tests.components.sessions.test_preferences import NEW

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def configs(guide: Path) -> list[Mapping[str, Any]]:
    """What its YAML blocks hold below `config`."""
    blocks = re.findall(r"```ya?ml\n(.*?)```", guide.read_text(), re.DOTALL)
    return [loaded["config"] for block in blocks if "config" in (loaded := yaml.safe_load(block))]


SHOWN = [pytest.param(config, id=f"{guide.name}-{n}") for guide in GUIDES for n, config in enumerate(configs(guide))]


def test_the_readme_and_the_guides_of_each_part_show_one() -> None:
    assert {str(parameter.id).rsplit("-", 1)[0] for parameter in SHOWN} >= {"README.md", "instance.md", "operators.md"}


@pytest.mark.parametrize("config", SHOWN)
def test_it_is_read(config: Mapping[str, Any]) -> None:
    raw = {key.removeprefix("ssm-only:"): value for key, value in config.items()}

    Settings.parse({key: value if isinstance(value, str) else json.dumps(value) for key, value in raw.items()})


@pytest.mark.parametrize(
    ("guide", "made", "count"),
    [
        ("existing-vpc.md", INSTANCE, 1),
        ("instance.md", INSTANCE, 1),
        ("sessions.md", DOCUMENT, 1),
        ("hub.md", INSTANCE, 1),
        ("networks.md", INSTANCE, 2),
        ("fleets.md", GROUP, 1),
    ],
)
def test_its_program_runs(monkeypatch: pytest.MonkeyPatch, guide: str, made: str, count: int) -> None:
    monkeypatch.setitem(sys.modules, "ssm_only", components)
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / guide).read_text(), re.DOTALL)

    graph = deploy(lambda: exec(program, {}), answers={**NEW.answers, **Account().answers})  # noqa: S102 - what a reader would run

    assert len(graph.of(made)) == count


def test_no_other_guide_shows_a_program() -> None:
    shown = [guide.name for guide in GUIDES if "```python" in guide.read_text()]

    assert shown == [
        "commands.md",
        "existing-vpc.md",
        "fleets.md",
        "hub.md",
        "instance.md",
        "networks.md",
        "sessions.md",
    ]


def test_every_key_is_in_a_guide() -> None:
    text = "".join(guide.read_text() for guide in GUIDES)

    assert [key for key in READERS if not re.search(rf"`{key}[`.]|:{key}\b", text)] == []


def missing(row: str) -> list[str]:
    """What a claim names in its second cell, but is not there: files, by the end of their path, and linked pages."""
    where = row.split(" | ")[1]
    sources = [path.as_posix() for path in (ROOT / "components").rglob("*")]
    files = {name: any(path.endswith(f"/{name}") for path in sources) for name in re.findall(r"`([^`]+)`", where)}
    pages = {page: (ROOT / "docs" / page).exists() for page in re.findall(r"\]\(([^)#]+)", where)}
    assert files or pages, row
    return [name for name, is_there in {**files, **pages}.items() if not is_there]


def test_what_a_claim_names_is_there() -> None:
    lines = (ROOT / "docs" / "claims.md").read_text().splitlines()
    claims = [line for line in lines if line.startswith("| ") and not line.startswith("| We say |")]

    assert {name: claim for claim in claims for name in missing(claim)} == {}
    assert missing("| x | `network/zones.py`, [ADR](adr/0001-build-the-engine-from-go-modules.md) | likely | y |") == []
    assert missing("| x | `network/nowhere.py`, [a](no.md) | likely | y |") == ["network/nowhere.py", "no.md"]
