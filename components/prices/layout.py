"""A table, its heading first, for a terminal and as Markdown."""

import textwrap
from collections.abc import Sequence

# Of a cell in a terminal: four of them fit beside each other.
_WIDEST = 34
_GAP = "  "


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Columns of words, the heading above a line."""
    cells = [[textwrap.wrap(cell, _WIDEST) or [""] for cell in row] for row in rows]
    widths = [max(len(line) for row in cells for line in row[column]) for column in range(len(rows[0]))]
    heading, *others = [_lines(row, widths) for row in cells]
    return "\n".join([*heading, _GAP.join("-" * width for width in widths), *(line for row in others for line in row)])


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table of GitHub's Markdown."""
    heading, *others = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in [heading, ["---"] * len(heading), *others])


def _lines(row: Sequence[Sequence[str]], widths: Sequence[int]) -> Sequence[str]:
    height = max(len(cell) for cell in row)
    return [
        _GAP.join(
            (cell[line] if line < len(cell) else "").ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for line in range(height)
    ]
