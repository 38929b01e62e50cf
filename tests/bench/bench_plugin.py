"""What a preview costs through the plugin, beside one of the program at the root: `python -m tests.bench.bench_plugin`.

Both have the same stack, each on an AWS of its own where it is deployed, and are previewed in turns, so that whatever
else the machine does slows down both. Nothing here is asserted: a figure says something only beside the other one.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.engine.embedded import Cloud
from tests.engine.stack import configured
from tests.engine.test_languages import cloned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROUNDS = 7
# As examples/languages/yaml has it.
SETTINGS: Mapping[str, Any] = {
    "instances": [{"name": "web"}, {"name": "db", "zone": 2}],
    "sessions": {"idleMinutes": 15, "cloudwatch": {"retentionDays": 90}},
    "operators": {"portForwarding": True},
}


def cost(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds that passed, and those of CPU of all the processes that it waited for."""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    passed, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_turns(runs: Sequence[Callable[[], object]]) -> Sequence[tuple[float, float]]:
    """Median seconds and CPU seconds of each."""
    taken: list[list[tuple[float, float]]] = [[] for _ in runs]
    for _ in range(ROUNDS):
        for run, costs in zip(runs, taken, strict=True):
            costs.append(cost(run))
    return [(statistics.median(one for one, _ in costs), statistics.median(one for _, one in costs)) for costs in taken]


def main() -> None:
    """Prints the line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        ours, theirs = Cloud(folder / "direct"), Cloud(folder / "through")
        try:
            program = cloned(theirs, folder, "yaml")
            theirs.up(*program.where)
            with configured(ours, "bench", folder) as stack:
                words = stack.words(SETTINGS)
                ours.up(*words)
                direct, through = in_turns(
                    [lambda: ours.pulumi("preview", *words), lambda: theirs.pulumi("preview", *program.where)]
                )
        finally:
            for cloud in (ours, theirs):
                cloud.localaws("stop")
    ratios = [there / here for here, there in zip(direct, through, strict=True)]
    sys.stdout.write(
        f"a preview: {direct[0]:.2f} s direct, {through[0]:.2f} s through the plugin, ratio {ratios[0]:.2f}; "
        f"of CPU {direct[1]:.2f} s and {through[1]:.2f} s, ratio {ratios[1]:.2f}\n"
    )


if __name__ == "__main__":
    main()
