"""The text of a file, as whatever shell wrote it."""

from __future__ import annotations

import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from ssm_guard.config_error import ConfigError


def read(name: str) -> str:
    """The text of a file; that of `-` is standard input.

    Windows PowerShell's `>` writes UTF-16, and its `Out-File -Encoding utf8` begins with a byte order mark:
    https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding.

    Raises:
        ConfigError: it can't be read.
    """
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-16" if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError("it can't be read: it is no UTF-8: save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"it can't be read: {error}") from error
