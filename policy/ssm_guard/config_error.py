"""The one error that a wrong configuration of the pack ends in."""


class ConfigError(ValueError):
    """A setting has a value that the pack can't work with; the text gives key, value and choices."""
