"""Tags: ours, and a person's own, checked against EC2's limits."""

from collections.abc import Mapping

import pulumi

from .errors import ConfigError
from .reading import in_quotes, read_json

# EC2's limits for tags. Two of the 50 are ours: Name, and the stack that a resource is of.
MOST_TAGS = 48
_LONGEST_TAG_KEY = 128
_LONGEST_TAG_VALUE = 256

STACK_TAG = "ssm-only:stack"

_OURS = {"Name": "every resource gets a Name of its own", STACK_TAG: "it says which stack a resource is of"}


def stack_tag() -> Mapping[str, str]:
    """The tag of all that is of this stack: its operators' policy knows the instances by it, and people find the rest.

    No policy looks for it on anything but instances, so no right goes with it elsewhere.
    """
    return {STACK_TAG: f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"}


def read_tags(key: str, raw: object) -> Mapping[str, str]:
    """Read a map from key to value.

    Raises:
        ConfigError: EC2 would refuse a tag, or it is one of ours.
    """
    tags: dict[str, str] = read_json(dict, "a map, for example {team: platform}", key, raw)
    if len(tags) > MOST_TAGS:
        raise ConfigError(key, f"{len(tags)} tags", f"EC2 takes 50, and {len(_OURS)} are ours. Use up to {MOST_TAGS}.")
    for tag, value in tags.items():
        where = f"{key}.{tag}"
        if tag in _OURS:
            raise ConfigError(where, value, f"{_OURS[tag]}. Use another key.")
        if tag.lower().startswith("aws:"):
            raise ConfigError(where, value, "keys that begin with aws: belong to AWS. Use another key.")
        if not isinstance(value, str):
            raise ConfigError(where, value, f"a tag's value is text. Put it in quotes{in_quotes(value)}.")
        if not 1 <= len(tag) <= _LONGEST_TAG_KEY or len(value) > _LONGEST_TAG_VALUE:
            raise ConfigError(
                where, value, f"a key has 1 to {_LONGEST_TAG_KEY} characters, a value up to {_LONGEST_TAG_VALUE}."
            )
    return tags
