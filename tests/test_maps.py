"""What is said to lie where lies there: the maps of the packages, and the table of the tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def there(folder: Path) -> set[str]:
    """The modules and packages of a folder."""
    names = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    return names - {"__init__"}


@pytest.mark.parametrize("package", ["components", "doctor", "localaws", "plugin", "policy/reachability"])
def test_the_map_of_a_package_names_all_of_it(package: str) -> None:
    text = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text())) or ""

    assert there(ROOT / package) - set(re.findall(r"\w+", text)) == set()


def test_the_table_of_the_tests_has_each_folder() -> None:
    named = re.findall(r"`(tests/[\w./]+)`", (ROOT / "docs" / "design.md").read_text())
    folders = {f"tests/{path.parent.name}" for path in (ROOT / "tests").glob("*/__init__.py")}

    assert folders - set(named) == set()
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_guide_is_reached_from_the_readme() -> None:
    reached, left = set[Path](), [ROOT / "README.md"]
    while left:
        page = left.pop()
        reached.add(page)
        linked = (page.parent / link for link in re.findall(r"\]\(([\w./-]+\.md)", page.read_text()))
        left += {path.resolve() for path in linked} - reached

    assert {path for path in (ROOT / "docs").glob("*.md") if path not in reached} == set()
