"""`python3 -m localaws …`, from any Python 3.10 or newer: makes the virtual environment, then goes on inside it."""

from __future__ import annotations

import os
import sys

from localaws import cli, lock, places, steps, venv
from localaws.errors import LocalawsError


def main() -> int:
    """Gives the exit code: 0, 1 where localaws itself fails, otherwise that of the command that ran."""
    command = cli.parse(sys.argv[1:])
    try:
        if sys.prefix != str(places.VENV):
            if command.sets_up:
                with lock.exclusive():
                    venv.ensure(dev=command.dev)
            if places.PYTHON.exists():
                os.execv(places.PYTHON, [str(places.PYTHON), "-m", "localaws", *sys.argv[1:]])
        return cli.run(command)
    except LocalawsError as error:
        steps.say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        steps.say("interrupted; what was finished is kept, the same command goes on from there")
        return 130


if __name__ == "__main__":
    sys.exit(main())
