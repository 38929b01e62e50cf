"""A verdict in each of its forms, also with names that mean something to Markdown, HTML, Mermaid or a terminal."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from reachability.findings import Kind, Verdict
from reachability.model import Protocol, Rule, Target, World
from reachability.reasoning import judge
from reachability.render import as_json, as_markdown, as_mermaid, as_text
from reachability.view import View
from tests.reachability.mutations import sets, table
from tests.reachability.worlds import HTTPS, VARIANTS, changed, route


def of(world: World) -> tuple[World, Verdict]:
    return world, judge(View(world), world.hosts["host"])


WORKS = of(VARIANTS["privatelink"]())
BROKEN = of(changed(VARIANTS["privatelink"](), "groups", "endpoints", ingress=()))
DOUBTFUL = of(table("inner", route(Target.TRANSIT_GATEWAY, "tgw"))(VARIANTS["nat"]()))
HOSTILE = of(
    sets("hosts", "host", name='<img src=x onerror="x">`*[a](http://b)*`\n\x1b[31m"]; end')(
        changed(VARIANTS["igw"](), "hosts", "host", public_ip=False)
    )
)


def test_text_has_the_verdict_the_mends_and_each_hop() -> None:
    lines = as_text(*BROKEN).splitlines()

    assert lines[:3] == [
        "web is unreachable",
        "  - no rule of main-endpoints lets tcp 443 in from main-web",
        "    mend: add an ingress rule for tcp 443 to main-endpoints from main-web",
    ]
    assert "    MISSING  no rule of main-endpoints lets tcp 443 in from main-web" in lines
    assert "    ok       main-web lets tcp 443 out to main-endpoints: main-endpoints" in lines
    assert "    ok       acl-ends lets the answer, to ports 32768-60999, out of main-ends: entry 100" in lines


BOTH = Rule(protocol=Protocol.TCP, ports=HTTPS, groups=("endpoints",), prefix_lists=("pl-s3",))
HALVES = ("10.0.2.0/25", "192.0.2.0/24", "10.0.2.128/25")


@pytest.mark.parametrize(
    ("rule", "service", "said"),
    [
        pytest.param(BOTH, "ssm", "main-endpoints: main-endpoints", id="a group, beside the list of another service"),
        pytest.param(BOTH, "s3", "S3: S3", id="a service's list, beside a group"),
        pytest.param(
            replace(BOTH, cidrs=("192.0.2.0/24", "10.0.0.0/16")),
            "ssm",
            "main-endpoints: 10.0.0.0/16, main-endpoints",
            id="each that does it alone",
        ),
        pytest.param(
            replace(BOTH, groups=(), cidrs=HALVES),
            "ssm",
            "main-endpoints: 10.0.2.0/25, 10.0.2.128/25",
            id="two halves, and neither the block nor the list beside them",
        ),
        pytest.param(replace(BOTH, name="to-all"), "ssm", "main-endpoints: to-all", id="a rule that has a name"),
    ],
)
def test_of_a_rule_only_what_lets_this_packet_pass_is_named(rule: Rule, service: str, said: str) -> None:
    world = changed(VARIANTS["privatelink"](), "groups", "web", egress=(rule,))
    text = as_text(world, judge(View(world), world.hosts["host"], (service,)))

    assert f"    ok       main-web lets tcp 443 out to {said}" in text.splitlines()


def test_text_says_what_is_not_known() -> None:
    assert (
        "  - not known: what the transit gateway tgw does with packets for the internet: it is beyond what was read"
        in (as_text(*DOUBTFUL).splitlines())
    )


def test_json_has_all_of_it() -> None:
    found = json.loads(json.dumps(as_json(*BROKEN)))

    assert (found["host"], found["verdict"], found["unknown"]) == ("web", "unreachable", [])
    assert found["missing"] == [
        {
            "cause": "ingress-closed",
            "text": "no rule of main-endpoints lets tcp 443 in from main-web",
            "mend": "add an ingress rule for tcp 443 to main-endpoints from main-web",
            "code": "ENI_SG_RULES_MISMATCH",
        }
    ]
    assert [path["to"] for path in found["paths"]] == ["host", "identity", "ssm", "ssmmessages"]
    assert {one["state"] for path in found["paths"] for one in path["there"]} == {"ok", "missing"}


def test_a_picture_is_green_where_it_holds_and_red_where_it_does_not() -> None:
    assert styles(as_mermaid(*WORKS)) == {"ok"}
    assert styles(as_mermaid(*BROKEN)) == {"ok", "missing"}
    assert styles(as_mermaid(*DOUBTFUL)) == {"ok", "unknown"}
    assert "#cf222e" not in re.findall(r"linkStyle [\d,]+ stroke:(\S+)", as_mermaid(*WORKS))


def styles(picture: str) -> set[str]:
    return set(re.findall(r":::(\w+)$", picture, re.MULTILINE))


def test_every_edge_of_a_picture_joins_nodes_that_it_has() -> None:
    picture = as_mermaid(*BROKEN)
    nodes = set(re.findall(r"^  (n\d+)\[", picture, re.MULTILINE))
    edges = re.findall(r"^  (n\d+) -\.?->? (n\d+)$|^  (n\d+) --> (n\d+)$", picture, re.MULTILINE)
    coloured = [int(one) for group in re.findall(r"linkStyle ([\d,]+)", picture) for one in group.split(",")]

    assert {end for edge in edges for end in edge if end} == nodes
    assert sorted(coloured) == list(range(len(edges)))


def test_markdown_folds_the_way_and_keeps_the_mend_in_sight() -> None:
    before, fold, after = as_markdown(*BROKEN).partition("<details>")

    assert fold
    assert "**add an ingress rule for tcp 443 to main-endpoints from main-web**" in before
    assert as_mermaid(*BROKEN) in after


def test_names_mean_nothing_in_any_form() -> None:
    world, verdict = HOSTILE
    markdown = as_markdown(world, verdict)

    assert verdict.kind is Kind.UNREACHABLE
    assert "<img" not in markdown
    assert not re.search(r"(?<!\\)\[a\](?<!\\)\(", markdown)
    assert "\x1b" not in as_text(world, verdict) + markdown
    assert 'x"' not in "".join(re.findall(r'\["(.*)"\]', as_mermaid(world, verdict)))
    assert len(as_text(world, verdict).splitlines()) == len(as_text(*of(replace_name(world))).splitlines())


def replace_name(world: World) -> World:
    return replace(world, hosts={**world.hosts, "host": replace(world.hosts["host"], name="web")})
