"""SDKs of a schema. `pulumi package add` has a language's host write them, which not every host here can.

The generators are those that the hosts call: `localaws/engine/cli/write-sdk`.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from localaws import golang, places

if TYPE_CHECKING:
    from pathlib import Path


def write_sdk(language: str, schema: Path, folder: Path) -> None:
    """Writes that for `nodejs`, `go` or `python` into a folder."""
    binary = places.ENGINE / golang.WRITE_SDK.binary
    subprocess.run([str(binary), language, str(schema), str(folder)], check=True)
