"""`python3 -m localaws …`, from any Python 3.10 or newer: makes the virtual environment, then goes on inside it."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - this is the check
    # Before any other import: the rest does not load there, and macOS still ships such a Python.
    sys.exit(f"localaws: Python {sys.version.split()[0]} is too old; use 3.10 or newer: make PYTHON=python3.12 …")

import errno
import os
import signal
from typing import NoReturn

from localaws import cli, engine, golang, lock, places, steps, venv
from localaws.errors import LocalawsError

_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_READ_ONLY = (
    ". localaws writes into .localaws/ of its checkout, and into the folder that LOCALAWS_CLOUD names: "
    "use a checkout in a folder that you may write"
)


def main() -> int:
    """Gives the exit code: 0, 1 where localaws itself fails, otherwise that of the command that ran."""
    command = cli.parse(sys.argv[1:])
    # Python would end at once, and leave pip and Go at work.
    signal.signal(signal.SIGTERM, _end)
    try:
        if sys.prefix != str(places.VENV):
            if command.sets_up:
                with lock.exclusive():
                    install(command)
            if venv.is_ready():
                venv.enter(sys.argv[1:])
        return cli.run(command)
    except BrokenPipeError:
        # Whoever reads has read enough: `… status | head`. What is still buffered must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except LocalawsError as error:
        steps.say(f"error: {error}")
        return 1
    except OSError as error:
        steps.say(f"error: {error}{_READ_ONLY if error.errno in _REFUSED else ''}")
        return 1
    except KeyboardInterrupt:
        steps.say("interrupted; what was finished is kept, the same command goes on from there")
        return 130


def _end(*_: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def install(command: cli.Command) -> None:
    """Installs the Python packages, and fetches meanwhile what is to be built: pip keeps one processor busy.

    Raises:
        LocalawsError: if something can't be had.
    """
    if lacking := venv.lacking(dev=command.dev):
        parts = engine.parts() if command.builds else ()
        venv.create()
        with golang.fetching(*parts):
            for file in lacking:
                venv.install(file)
    venv.say_if_another()


if __name__ == "__main__":
    sys.exit(main())
