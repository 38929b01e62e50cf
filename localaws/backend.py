"""What Pulumi's file backend keeps of a stack: its state, the history of its updates, and who holds it.

A state describes resources that live in the memory of one AWS. When that has ended, so have they.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psutil

from localaws import places
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from pathlib import Path

# Each update leaves its result and a copy of the whole state. Nobody looks further back in an AWS of an afternoon.
KEPT_UPDATES = 10


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a stack's state.

    Attributes:
        created: seconds since 1970; 0 where the engine notes none, as for a component.
        external: whether the program has only read it, and something else made it.
    """

    type: str
    name: str
    custom: bool
    created: float
    external: bool

    @classmethod
    def read(cls, facts: dict[str, Any]) -> Resource:
        """From the engine's JSON: https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/apitype/core.go."""
        return cls(
            type=facts["type"],
            name=facts["urn"].rsplit("::", 1)[1],
            custom=facts.get("custom", False),
            created=_seconds(facts["created"]) if "created" in facts else 0,
            external=facts.get("external", False),
        )

    @property
    def is_default_provider(self) -> bool:
        """Whether Pulumi made this provider itself, for resources that name none."""
        return self.type.startswith("pulumi:providers:") and self.name.startswith("default")

    @property
    def is_in_aws(self) -> bool:
        """Whether the stack made it in an AWS, not in the engine or in another provider's world."""
        return self.custom and not self.external and self.type.startswith("aws:")


@dataclass(frozen=True, kw_only=True)
class State:
    """What the backend keeps of one stack."""

    project: str
    stack: str

    @property
    def file(self) -> Path:
        """The state itself."""
        return places.STATE / ".pulumi" / "stacks" / self.project / f"{self.stack}.json"

    @property
    def history(self) -> Path:
        """Of each update a `….history.json` with its result, and a `….checkpoint.json` with the state after it."""
        return places.STATE / ".pulumi" / "history" / self.project / self.stack

    @property
    def locks(self) -> Path:
        """A file for each `pulumi` that changes the stack."""
        return places.STATE / ".pulumi" / "locks" / "organization" / self.project / self.stack

    def resources(self) -> list[Resource]:
        """What the state describes, as Pulumi counts it: the providers that it makes itself are left out.

        Raises:
            LocalawsError: if the state can't be read; Pulumi can't read it either.
        """
        try:
            checkpoint = json.loads(self.file.read_text(encoding="utf-8"))["checkpoint"]
            found = [Resource.read(facts) for facts in (checkpoint.get("latest") or {}).get("resources") or []]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise LocalawsError(
                f"the state of stack {self.stack} of {self.project} can't be read: {self.file} is not what Pulumi "
                "writes; a full disk leaves such a file.\n"
                f"Put back the state before it, if there is one: mv {self.file}.bak {self.file}\n"
                "or forget every stack on this machine: python3 -m localaws stop"
            ) from error
        return [one for one in found if not one.is_default_provider]

    def gone(self, started: float) -> list[Resource]:
        """The resources that the state describes of an AWS before the one that started then.

        None once an update went through since. Commands that work on what is gone are refused, so the first to go
        through was a refresh; and what it leaves of an older day is there again, as an account's settings are.

        Args:
            started: seconds since 1970; infinity if none runs.

        Raises:
            LocalawsError: if the state can't be read.
        """
        older = [one for one in self.resources() if one.is_in_aws and one.created < started]
        since = (path for path in self.history.glob("*.history.json") if path.stat().st_mtime > started)
        return [] if any(map(_succeeded, since)) else older

    def abandoned(self) -> bool:
        """Whether a `pulumi` that was killed still holds the stack, and none that lives does."""
        holders = {_holder(path) for path in self.locks.glob("*.json")}
        return bool(holders) and holders.isdisjoint(psutil.pids())

    def prune(self) -> None:
        """Removes the updates before the last `KEPT_UPDATES`: Pulumi keeps them all, each with a copy of the state."""
        # Their names end in nanoseconds since 1970, so they sort as they came.
        for path in sorted(self.history.glob("*.history.json"))[:-KEPT_UPDATES]:
            for part in self.history.glob(f"{path.name.removesuffix('history.json')}*"):
                part.unlink(missing_ok=True)


def known() -> list[State]:
    """Every stack in the backend, of whatever project."""
    files = sorted((places.STATE / ".pulumi" / "stacks").glob("*/*.json"))
    return [State(project=file.parent.name, stack=file.stem) for file in files]


def _seconds(time: str) -> float:
    """Seconds since 1970 of `2026-11-26T14:20:03.123456789Z`: nine digits are more than Python 3.10 reads."""
    return datetime.fromisoformat(f"{time[:19]}+00:00").timestamp() + float(f"0{time[19:].rstrip('Z')}")


def _succeeded(history: Path) -> bool:
    """Whether an entry of the history is of an update that went through; one that can't be read tells nothing."""
    try:
        return bool(json.loads(history.read_text(encoding="utf-8"))["result"] == "succeeded")
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _holder(lock: Path) -> int:
    """The process that a lock names; -1, which is none, where a full disk or a kill left half of it."""
    try:
        return int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, LookupError, TypeError):
        return -1
