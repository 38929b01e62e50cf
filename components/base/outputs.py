"""An output's value, while a program still decides what it makes."""

from collections.abc import Awaitable
from typing import TypeVar

from pulumi.runtime.sync_await import _sync_await

T = TypeVar("T")


def value_of(value: Awaitable[T]) -> T:
    """What comes of it, while the program waits.

    Pulumi has no public way. Every function of a provider waits by this one; within `Output.apply` a program would
    come to know the value after its resources are registered, too late to refuse it.
    """
    return _sync_await(value)
