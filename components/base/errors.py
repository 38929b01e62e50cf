"""The one way in which a wrong setting ends the program."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pulumi

NAMESPACE = "ssm-only"


# Stands for a value that nobody is to see.
SECRET = "[secret]"  # noqa: S105 - the word that is shown in its place


class ConfigError(pulumi.RunError):
    """Someone set a value that cannot be deployed; nothing has been created.

    Pulumi prints a ``RunError`` without the program's traceback.
    """

    def __init__(self, key: str, value: object, advice: str) -> None:
        """Say which key has which value, what is wrong with it, and what to write instead."""
        self.key, self.advice = key, advice
        super().__init__(f"{NAMESPACE}:{key} is {value!r}: {advice}")


# To Pulumi's Python host this exit code means that the person has been told what to do (its source:
# pythonProcessExitedAfterShowingUserActionableMessage). After any other it adds a line about an unhandled error.
_PERSON_HAS_BEEN_TOLD = 32


@contextmanager
def one_message() -> Iterator[None]:
    """End the program on a ConfigError with that message, and nothing else."""
    try:
        yield
    except ConfigError as error:
        pulumi.log.error(str(error))
        sys.exit(_PERSON_HAS_BEEN_TOLD)
