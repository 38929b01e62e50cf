"""`python -m doctor …`: in any Python, with or without the packages, one line says what is missing."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - this is the check
    # Before any other import: the rest does not load there, and macOS still ships such a Python.
    print(f"doctor: error: Python {sys.version.split()[0]} is too old; use 3.10 or newer", file=sys.stderr)  # noqa: T201
    sys.exit(2)

import os
import shlex
from pathlib import Path

NO_VERDICT, INTERRUPTED = 2, 130
ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements-doctor.txt"


def main() -> int:
    """Gives the exit code of the command."""
    # The package `reachability` travels with the policy pack.
    sys.path.append(str(ROOT / "policy"))
    try:
        # Here, since it takes half a second, in which a person may press Ctrl-C, and packages may be missing.
        from doctor import cli  # noqa: PLC0415

        return cli.main()
    except ModuleNotFoundError as error:
        install = shlex.join([sys.executable, "-m", "pip", "install", "-r", str(REQUIREMENTS)])
        complain(f"error: this Python has no package {error.name}. Install what the doctor needs: {install}")
        return NO_VERDICT
    except BrokenPipeError:
        # Whoever reads has read enough: `… | head`. What is still buffered must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_VERDICT
    except KeyboardInterrupt:
        complain("interrupted; nothing was changed")
        return INTERRUPTED


def complain(text: str) -> None:
    """One line for a person."""
    print(f"doctor: {text}", file=sys.stderr)  # noqa: T201 - a command line's own output


if __name__ == "__main__":
    sys.exit(main())
