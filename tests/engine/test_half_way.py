"""Updates that end half-way, since a right is missing or the engine is killed; `destroy` takes all of it away."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.calls import recorded
from tests.engine.embedded import start
from tests.engine.stack import Stack, configured
from tests.engine.watching import Watch, alive

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.engine.embedded import Cloud

# What begins or ends a thing by itself. What a create does next, as CreateVpc's ModifyVpcAttribute, is let through: the
# bridge here forgets what it made where such a call is refused (docs/localaws.md).
OF_A_STEP = ("Allocate", "Associate", "Authorize", "Create", "Delete", "PutRole", "Release", "Run", "Terminate")


@dataclass
class Steps:
    """Refuses all steps that come after so many."""

    most: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, actions: set[str]) -> bool:
        names = {one.split(":")[1] for one in actions} - {"CreateTags"}
        if not any(name.startswith(OF_A_STEP) for name in names):
            return False
        with self.lock:
            self.most -= 1
            return self.most < 0


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Iterator[Stack]:
    """A stack that is taken down as the test leaves it."""
    cloud.start()
    before = cloud.account()
    with configured(cloud, "half-way", tmp_path) as made:
        yield made
    assert cloud.account() == before, "nothing is left in the account"


def config(variant: str) -> dict[str, Any]:
    return {"variant": variant, "zones": 1}


def watch(stack: Stack) -> Watch:
    return Watch(stack.cloud.ec2, stack.outputs()["network"]["vpc_id"])


def fail(stack: Stack, looking: Watch, variant: str, steps: int) -> None:
    """An `up` with another variant whose rights end after so many steps: it says so, and every instance has a way."""
    with recorded(stack.cloud, looking, Steps(steps)):
        said = stack.up(config(variant), code=1)

    assert "not authorized" in said
    assert "Traceback" not in said
    assert looking.gaps == []
    assert alive(looking.ec2, looking.vpc_id)


@pytest.mark.parametrize(
    ("before", "variant", "attempts"),
    [
        # So many steps are taken, of those that are left; the last state is the one that is taken down.
        pytest.param("igw", "nat", (2,), id="igw to nat, as the new way is made"),
        pytest.param("igw", "privatelink", (6,), id="igw to privatelink, before there are endpoints"),
        pytest.param("privatelink", "igw", (7,), id="privatelink to igw, with both instances there"),
        pytest.param("privatelink", "nat", (2, 8), id="privatelink to nat, twice, with half of the endpoints there"),
        pytest.param("nat", "privatelink", (3, 8), id="nat to privatelink, twice, without the NAT gateway"),
        pytest.param("nat", "igw", (1, 5), id="nat to igw, twice, with the old instance gone"),
    ],
)
def test_a_change_that_fails_half_way_leaves_a_way_and_can_be_taken_down(
    stack: Stack, before: str, variant: str, attempts: Sequence[int]
) -> None:
    stack.up(config(before))
    looking = watch(stack)
    for steps in attempts:
        fail(stack, looking, variant, steps)


def test_a_change_that_failed_half_way_can_be_taken_back(stack: Stack) -> None:
    stack.up(config("igw"))
    looking = watch(stack)
    fail(stack, looking, "nat", 7)
    assert len(alive(looking.ec2, looking.vpc_id)) == 2
    with recorded(stack.cloud, looking):
        stack.up(config("igw"))
    (instance,) = stack.outputs()["instances"].values()

    assert looking.gaps == []
    assert alive(looking.ec2, looking.vpc_id) == [instance["id"]]
    assert stack.changes(config("igw")) == {}


@dataclass
class Cut:
    """Kills the engine in place of a step, after so many."""

    steps: Steps
    engines: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(self, actions: set[str]) -> bool:
        if not self.steps(actions):
            return False
        for engine in self.engines:
            engine.kill()
        return True


def cut(stack: Stack, variant: str, steps: int) -> None:
    """An `up` that is killed after so many steps. It takes one at a time: another would be made with nobody to know."""
    killed = Cut(Steps(steps))
    with recorded(stack.cloud, refuses=killed):
        words = ("--yes", "--skip-preview", "--parallel", "1", *stack.words(config(variant)))
        killed.engines.append(start(stack.cloud, "pulumi", "--non-interactive", "up", *words))
        killed.engines[0].communicate()
    assert killed.engines[0].returncode < 0
    stack.cloud.pulumi("cancel", "--yes", "-s", stack.name)


def test_what_a_killed_update_made_can_be_taken_down(stack: Stack) -> None:
    """As it is made for the first time, as that goes on, and in a change."""
    cut(stack, "igw", 5)
    cut(stack, "igw", 4)
    stack.up(config("igw"))
    cut(stack, "nat", 5)
