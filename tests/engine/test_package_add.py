"""The components from this repository, as a person adds them to a project: by the lines of README and guide."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.engine.embedded import ROOT, Cloud
from tests.engine.github import github
from tests.engine.sdks import write_sdk
from tests.engine.test_languages import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = (ROOT / "docs" / "languages.md").read_text()
README = (ROOT / "README.md").read_text()
VERSION = "1.2.3"
# What an SDK is called, as the guide says it: the language, the file that says it, and the name.
NAMES = [
    ("nodejs", "package.json", '"@acme/ssm-only"'),
    ("go", "go.mod", "module github.com/acme/pulumi-ssm-only/sdk/go\n"),
    ("python", "setup.py", "setup(name='acme_ssm_only',\n"),
]
# The same of those that Pulumi's hosts write: each component's own file says it.
HOSTS_NAMES = [
    ("java", "src/main/java/com/acme/ssmonly/{}.java", "package com.acme.ssmonly;\n"),
    ("dotnet", "{}.cs", "namespace Acme.SsmOnly\n"),
]


def git(*words: str) -> None:
    own = ("-c", "user.name=anybody", "-c", "user.email=anybody@example.com")
    subprocess.run(["git", *own, *words], check=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the working tree as the repository Acme/ssm-only, of one version."""
    folder = tmp_path_factory.mktemp("served")
    repository = folder / "Acme" / "ssm-only.git"
    git("init", "--quiet", "--bare", str(repository))
    # A Git that looks at the checkout and writes nothing into it.
    of = (f"--git-dir={repository}", f"--work-tree={ROOT}")
    git(*of, "add", "--all")
    git(*of, "commit", "--quiet", "--message=all")
    git(*of, "tag", f"v{VERSION}")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example in YAML, without its package."""
    folder = tmp_path / "project"
    folder.mkdir()
    program = yaml.safe_load((EXAMPLES / "yaml" / "Pulumi.yaml").read_text())
    del program["packages"]
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(program))
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    return folder


def packages(project: Path) -> Any:
    return yaml.safe_load((project / "Pulumi.yaml").read_text())["packages"]


def test_an_address_brings_the_components_of_a_tag(cloud: Cloud, served: Path, project: Path, tmp_path: Path) -> None:
    lines = re.findall(r"pulumi (package add https://[^`\n]*)", README + GUIDE)
    words = lines[0].replace("ORG/REPO", "Acme/ssm-only").replace("VERSION", VERSION).split()
    with github(served, tmp_path) as variables:
        added = cloud.localaws("pulumi", "-C", str(project), *words, env=variables)
        package = packages(project)["ssm-only"]
        schema = cloud.localaws("pulumi", "package", "get-schema", package, env=variables).stdout
    # What was cloned is there now, and GitHub is not asked again.
    changes = cloud.changes("-C", str(project), "-s", "dev")
    (clone,) = (cloud.folder / "home" / "plugins").glob(f"resource-*ssm-only*-v{VERSION}")
    own = json.loads(cloud.localaws("pulumi", "package", "get-schema", str(clone / "plugin")).stdout)
    (tmp_path / "schema.json").write_text(schema)

    assert len(lines) > 1
    assert len(set(lines)) == 1
    assert "Added package acme/ssm-only" in added.stderr
    assert package == f"github.com/Acme/ssm-only/plugin@{VERSION}"
    # What the plugin says itself, which is not told the version.
    assert own["version"] == VERSION
    assert changes["create"] > len(yaml.safe_load((project / "Pulumi.yaml").read_text())["resources"])
    for language, file, name in NAMES:
        write_sdk(language, tmp_path / "schema.json", tmp_path / language)
        assert name in (tmp_path / language / file).read_text()
    require_of_hosts(cloud, json.loads(schema), tmp_path)


def require_of_hosts(cloud: Cloud, schema: dict[str, Any], folder: Path) -> None:
    """All components are in what they write, under its name."""
    # The host for C# fetches a logo: without an address, from the site of Pulumi's sources. It takes any answer.
    (folder / "schema.json").write_text(json.dumps({**schema, "logoUrl": cloud.endpoint}))
    components = [token.rpartition(":")[2] for token in schema["resources"]]

    assert len(components) == 8
    for language, file, name in HOSTS_NAMES:
        words = (str(folder / "schema.json"), "--language", language, "--out", str(folder))
        cloud.localaws("pulumi", "package", "gen-sdk", *words)
        for component in components:
            assert name in (folder / language / file.format(component)).read_text()


def test_a_path_brings_those_of_a_clone(cloud: Cloud, served: Path, project: Path, tmp_path: Path) -> None:
    (line,) = re.findall(r"`pulumi (package add \.\.[^`]*)`", GUIDE)
    git("clone", "--quiet", str(served / "Acme" / "ssm-only.git"), str(tmp_path / "ssm-only"))
    added = cloud.localaws("pulumi", "-C", str(project), *line.split())

    assert "Added package ssm-only" in added.stderr
    assert packages(project) == {"ssm-only": "../ssm-only/plugin"}
