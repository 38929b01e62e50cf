"""The real engine and provider on an AWS on this machine: a cloud for each worker, none of them the checkout's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.embedded import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    yield cloud
    cloud.localaws("stop")
    assert cloud.status()["processes"] == []


@pytest.fixture
def fresh_cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A cloud of a test's own, for tests that end or break it."""
    cloud = Cloud(tmp_path / "cloud")
    yield cloud
    cloud.localaws("stop")
