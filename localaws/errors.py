"""The one error of this room."""


class LocalawsError(Exception):
    """Something a person can mend; its text is all that they see, so it says what to do."""
