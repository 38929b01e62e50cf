"""The one way in which a wrong setting ends the program."""

import pulumi

NAMESPACE = "ssm-only"


class ConfigError(pulumi.RunError):
    """Someone set a value that cannot be deployed; nothing has been created.

    Pulumi prints a ``RunError`` as one message, without the program's traceback.
    """

    def __init__(self, key: str, value: object, advice: str) -> None:
        """Say which key has which value, what is wrong with it, and what to write instead."""
        super().__init__(f"{NAMESPACE}:{key} is {value!r}: {advice}")
