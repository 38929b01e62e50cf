from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.policy.judging import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

PACK = Path(__file__).parents[2] / "policy"


@pytest.fixture(scope="session")
def pack_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack as another organisation has it: its own folder, and nothing of this project around it."""
    return shutil.copytree(
        PACK, tmp_path_factory.mktemp("elsewhere") / "pack", ignore=shutil.ignore_patterns("__pycache__")
    )


@pytest.fixture(scope="session")
def analyzer(pack_copy: Path) -> Iterator[AnalyzerStub]:
    with served(pack_copy) as stub:
        yield stub
