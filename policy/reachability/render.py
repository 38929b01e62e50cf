"""A verdict written out: as text, JSON and Markdown, and as a picture in Mermaid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reachability.findings import Hop, Kind, Link
from reachability.words import broken_text, code_of, hop_text, mend_text, step_text, unknown_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reachability.findings import Path, Verdict
    from reachability.model import World
    from reachability.ways import Step

# In ASCII: what a terminal or a log can't show would be no help.
_MARKS: Mapping[type, str] = {Hop: "ok     ", Link: "MISSING"}
_UNKNOWN = "unknown"


def as_text(world: World, verdict: Verdict) -> str:
    """For a terminal: the verdict, what is missing with its mends, and each hop there and back."""
    return "\n".join(_text_lines(world, verdict)) + "\n"


def _text_lines(world: World, verdict: Verdict) -> Iterator[str]:
    yield f"{_name(world, verdict)} is {verdict.kind.value}"
    for link in verdict.broken:
        yield f"  - {_line(broken_text(link))}"
        yield f"    mend: {_line(mend_text(link))}"
    if verdict.kind is Kind.UNDETERMINED:
        for unknown in verdict.unknown:
            yield f"  - not known: {_line(unknown_text(unknown))}"
    for path in verdict.paths:
        yield ""
        yield f"  {path.to}"
        yield from (f"    {_mark(step)}  {_line(_said(step))}" for step in path.hops)
        if path.back:
            yield "    and back"
            yield from (f"    {_mark(step)}  {_line(_said(step))}" for step in path.back)


def _name(world: World, verdict: Verdict) -> str:
    host = world.hosts.get(verdict.host)
    return _line(host.name if host else verdict.host)


def _mark(step: Step) -> str:
    return _MARKS.get(type(step), _UNKNOWN)


def _said(step: Step) -> str:
    if isinstance(step, Hop):
        return hop_text(step)
    return broken_text(step) if isinstance(step, Link) else unknown_text(step)


def _line(text: str) -> str:
    """A name may have anything in it, line breaks and control characters too."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text)


def as_json(world: World, verdict: Verdict) -> dict[str, Any]:
    """For programs. `code` is AWS's own explanation code, or empty."""
    return {
        "host": _name(world, verdict),
        "id": verdict.host,
        "verdict": verdict.kind.value,
        "missing": [_link_json(link) for link in verdict.broken],
        "unknown": [{"what": one.what, "source": one.source} for one in verdict.unknown],
        "paths": [
            {"to": path.to, "there": [*map(_step_json, path.hops)], "back": [*map(_step_json, path.back)]}
            for path in verdict.paths
        ],
    }


def _link_json(link: Link) -> dict[str, str]:
    return {"cause": link.cause, "text": broken_text(link), "mend": mend_text(link), "code": code_of(link)}


def _step_json(step: Step) -> dict[str, str]:
    if isinstance(step, Link):
        return {"state": "missing", **_link_json(step)}
    if isinstance(step, Hop):
        return {"state": "ok", "step": step.step, "text": hop_text(step)}
    return {"state": "unknown", "text": unknown_text(step)}


def as_markdown(world: World, verdict: Verdict) -> str:
    """For a pull request: the verdict and its mends, with the picture and each hop folded away."""
    return "\n".join(_markdown_lines(world, verdict)) + "\n"


def _markdown_lines(world: World, verdict: Verdict) -> Iterator[str]:
    yield f"**{_escaped(_name(world, verdict))}** is **{verdict.kind.value}**"
    yield ""
    for link in verdict.broken:
        yield f"- {_escaped(broken_text(link))}: **{_escaped(mend_text(link))}**"
    if verdict.kind is Kind.UNDETERMINED:
        for unknown in verdict.unknown:
            yield f"- not known: {_escaped(unknown_text(unknown))}"
    yield from ("", "<details><summary>The way, hop by hop</summary>", "", "```mermaid")
    yield as_mermaid(world, verdict).rstrip("\n")
    yield "```"
    for path in verdict.paths:
        yield from ("", f"{_escaped(path.to)}:", "")
        for step in (*path.hops, *path.back):
            yield f"1. {'' if isinstance(step, Hop) else f'**{_mark(step)}** '}{_escaped(_said(step))}"
    yield from ("", "</details>")


def _escaped(text: str) -> str:
    """Text that Markdown and HTML show as it is."""
    plain = _line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~@])", r"\\\1", plain)


_STYLES = (
    "classDef ok fill:#dafbe1,stroke:#1a7f37,color:#000",
    "classDef missing fill:#ffebe9,stroke:#cf222e,color:#000,stroke-width:3px",
    "classDef unknown fill:#f6f8fa,stroke:#57606a,color:#000,stroke-dasharray:4",
)
_COLOURS = {"ok": "#1a7f37", "missing": "#cf222e", "unknown": "#57606a"}


def as_mermaid(world: World, verdict: Verdict) -> str:
    """A flow chart: each hop once, green where it holds, red with its mend where it doesn't; answers go back dotted."""
    drawing = _Drawing()
    start = drawing.node(f"{_name(world, verdict)}", "ok")
    for path in verdict.paths:
        _draw(drawing, start, path)
    return "\n".join(drawing.lines()) + "\n"


def _draw(drawing: _Drawing, start: str, path: Path) -> None:
    here = start
    for step in path.hops:
        here = drawing.edge(here, drawing.step(step), "-->")
    kinds = {_class(step) for step in (*path.hops, *path.back)}
    end = drawing.node(path.to, "missing" if "missing" in kinds else "unknown" if "unknown" in kinds else "ok")
    here = drawing.edge(here, end, "-->")
    for step in path.back:
        here = drawing.edge(here, drawing.step(step), "-.->")
    if path.back:
        drawing.edge(here, start, "-.->")


def _class(step: Step) -> str:
    return "ok" if isinstance(step, Hop) else "missing" if isinstance(step, Link) else "unknown"


class _Drawing:
    """Nodes by their text, and edges, each once."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self._nodes: dict[tuple[str, str], str] = {}
        self._edges: dict[tuple[str, str, str], str] = {}

    def node(self, text: str, style: str) -> str:
        return self._nodes.setdefault((text, style), f"n{len(self._nodes)}")

    def step(self, step: Step) -> str:
        return self.node(step_text(step), _class(step))

    def edge(self, start: str, end: str, arrow: str) -> str:
        styles = {key: style for (_, style), key in self._nodes.items()}
        worse = styles[end] if styles[end] != "ok" else styles[start]
        self._edges.setdefault((start, arrow, end), worse)
        return end

    def lines(self) -> Iterator[str]:
        yield "flowchart LR"
        for (text, style), key in self._nodes.items():
            yield f'  {key}["{_label(text)}"]:::{style}'
        for start, arrow, end in self._edges:
            yield f"  {start} {arrow} {end}"
        for style, colour in _COLOURS.items():
            if numbers := [str(number) for number, one in enumerate(self._edges.values()) if one == style]:
                yield f"  linkStyle {','.join(numbers)} stroke:{colour}"
        yield from (f"  {style}" for style in _STYLES)


def _label(text: str) -> str:
    """A label that Mermaid shows as it is: whatever may mean something in it as the number of its character."""
    return "".join(one if one.isalnum() or one in " .,:/-_" else f"#{ord(one)};" for one in _line(text))
