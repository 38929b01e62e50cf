"""Pulumi's protocol without the rest of its SDK, for a process that runs no program.

The SDK loads OpenTelemetry, its automation API and more as soon as anything of it is imported. The messages and
services of the engine's protocol, `pulumi.runtime.proto`, are generated code that needs none of it.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def alone() -> None:
    """Puts packages without content in place of `pulumi` and `pulumi.runtime`. Comes before any import of theirs."""
    for name in ("pulumi", "pulumi.runtime"):
        found = importlib.util.find_spec(name)
        if found and found.origin:
            package = ModuleType(name)
            package.__path__ = [str(Path(found.origin).parent)]
            sys.modules[name] = package
