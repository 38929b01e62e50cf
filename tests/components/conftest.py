"""Settings that a test plants are gone after it."""

from collections.abc import Iterator

import pytest
from pulumi.runtime.config import set_all_config


@pytest.fixture(autouse=True)
def _no_settings() -> Iterator[None]:
    set_all_config({}, [])
    yield
    set_all_config({}, [])
