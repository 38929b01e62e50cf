"""The ways in which the program ends before anything is made: a wrong setting, or an AWS that does not answer."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pulumi

from .answers import explain

NAMESPACE = "ssm-only"

# Enough to know a value or a key by: a tag, a name or a script may be of any length.
_SHOWN = 120
_SHOWN_OF_KEY = 200
# More than any advice of ours has, unless it repeats what a person wrote.
_LONGEST = 2_000


# Stands for a value that nobody is to see.
SECRET = "[secret]"  # noqa: S105 - the word that is shown in its place


class ConfigError(pulumi.RunError):
    """Someone set a value that cannot be deployed; nothing has been created.

    Pulumi prints a ``RunError`` without the program's traceback.
    """

    def __init__(self, key: str, value: object, advice: str) -> None:
        """Say which key has which value, what is wrong with it, and what to write instead.

        A key without a namespace is one of this project's.
        """
        self.key, self.value, self.advice = key, value, advice
        message = _begin(f"{_full_name(key)} is {show(value)}: {advice}", _LONGEST)
        # JSON can hold half of a surrogate pair, which no message to the engine can.
        super().__init__(message.encode(errors="backslashreplace").decode())


class ProblemsError(ConfigError):
    """Several values cannot be deployed: a line for each, so that all can be mended at once."""

    def __init__(self, errors: Sequence[ConfigError]) -> None:
        """Take what each says."""
        self.key, self.value, self.advice = errors[0].key, errors[0].value, errors[0].advice
        pulumi.RunError.__init__(self, "\n".join(map(str, errors)))


def show(value: object) -> str:
    """A value as a person wrote it, or the beginning of it: lists, maps and switches as JSON, which is YAML too."""
    return _begin(repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str), _SHOWN)


def _full_name(key: str) -> str:
    """A key as `pulumi config set` takes it. Those of the provider, aws:region for one, have their namespace."""
    return _begin(key if key.startswith("aws:") else f"{NAMESPACE}:{key}", _SHOWN_OF_KEY)


def _begin(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


# To Pulumi's Python host this exit code means that the person has been told what to do (its source:
# pythonProcessExitedAfterShowingUserActionableMessage). After any other it adds a line about an unhandled error.
_PERSON_HAS_BEEN_TOLD = 32


@contextmanager
def one_message() -> Iterator[None]:
    """End the program on what a person can mend with one message that says how, and nothing else.

    That is a ConfigError, or a function of the provider that failed. Anything else is a mistake of the program.
    """
    try:
        yield
    except Exception as error:
        message = str(error) if isinstance(error, ConfigError) else explain(error)
        if message is None:
            raise
        pulumi.log.error(message)
        sys.exit(_PERSON_HAS_BEEN_TOLD)
