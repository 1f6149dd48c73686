import re
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualipath.definition.spec import Definition, LifecycleSpec
from qualipath.domain.drawing import lifecycle_mermaid, lifecycle_svg, path_mermaid, path_svg
from qualipath.domain.drawing.graph import Edge, lifecycle_graph, path_graph
from qualipath.domain.drawing.lettering import width_of, wrap
from qualipath.domain.drawing.mermaid import escape
from qualipath.domain.drawing.ranks import back_pairs, ranks_of
from tests.builders import COURSE, a_definition, a_lifecycle, a_text

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "\"]; end --> x\n%%{init: {}}%% <script>alert(1)</script> & '`[(| \x00\x0b\ufffe\u202e #35; :::"
)
LADDER: dict[str, Any] = {
    "bootcamp": {"title": {"de": "Einführung", "en": "Bootcamp"}, "duration": "2 days"},
    "first": {
        "title": a_text("Certificate 1"),
        "duration": "6 months",
        "credits": "7.5",
        "prerequisites": {
            "any": [
                {"completed": {"tier": "bootcamp", "or_running": True}},
                {"holds": {"credential": "digital/*", "kind": ["certificate"]}},
            ]
        },
    },
    "second": {
        "title": a_text("Certificate 2"),
        "prerequisites": {"completed": {"tier": "first", "grade": "2.5"}},
    },
    "masters": {
        "title": a_text("Master's programme"),
        "prerequisites": {
            "all": [
                {"degree": "*"},
                {"experience": "1 year"},
                {
                    "any": [
                        {"completed": "second"},
                        {"holds": {"credential": "masters", "kind": "nomination"}},
                    ]
                },
            ]
        },
    },
}


def needing(prerequisites: dict[str, Any]) -> Definition:
    """Make a path whose tier `last` asks for this, after the tiers `a1`, `a2` and `b`."""
    return a_definition({"a1": {}, "a2": {}, "b": {}, "last": {"prerequisites": prerequisites}})


def ends(definition: Definition) -> list[tuple[str, str, bool]]:
    edges = path_graph(definition, "en").edges
    assert all(edge.target == "last" for edge in edges)
    return [(edge.source, "; ".join(edge.labels), edge.dashed) for edge in edges]


def texts(svg: str) -> str:
    return " ".join(node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text"))  # noqa: S314


def rectangles(svg: str) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):  # noqa: S314
        shape = group.find(f"{SVG}rect")
        assert shape is not None
        x, y, width, height = (float(shape.attrib[k]) for k in ("x", "y", "width", "height"))
        found[group.attrib["data-key"]] = (x, y, x + width, y + height)
    return found


def apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def assert_sound(svg: str, keys: set[str]) -> None:
    """Every node is drawn once; nothing overlaps; nothing leaves the view box."""
    root = ET.fromstring(svg)  # noqa: S314
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    boxes = rectangles(svg)
    assert set(boxes) == keys
    for one, other in combinations(boxes.values(), 2):
        assert apart(one, other)
    for left, top, right, bottom in boxes.values():
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height
    for path in root.iter(f"{SVG}path"):
        numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", path.attrib["d"])]
        if "H" not in path.attrib["d"]:
            assert all(0 <= x <= width for x in numbers[::2])
            assert all(0 <= y <= height for y in numbers[1::2])
    lines = [written(text) for text in root.iter(f"{SVG}text")]
    for line in lines:
        assert line[0] >= 0
        assert line[2] <= width
        assert line[3] <= height
    for one, other in combinations(lines, 2):
        assert apart(one, other)
    labels = [written(text) for text in root.findall(f"{SVG}text")]
    assert all(apart(label, box) for label in labels for box in boxes.values())


def written(text: ET.Element) -> tuple[float, ...]:
    size = float(text.attrib["font-size"])
    wide = width_of(text.text or "", size)
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    x -= {"start": 0, "middle": wide / 2, "end": wide}[text.attrib.get("text-anchor", "start")]
    return x, y - 0.8 * size, x + wide, y + 0.2 * size


# --- What is shown ------------------------------------------------------------------------------


def test_a_path_shows_its_tiers_and_how_they_build_on_each_other() -> None:
    graph = path_graph(a_definition(LADDER), "de")
    assert graph.nodes[0].title == "Einführung"
    assert graph.edges == (
        Edge("bootcamp", "first", ("auch laufend",), dashed=True),
        Edge("first", "second", ("Note 2,5 oder besser",), dashed=False),
        Edge("second", "masters", (), dashed=True),
    )
    notes = {node.key: node.notes for node in graph.nodes}
    assert notes["first"] == ("Einführung (auch laufend) oder Zertifikat: digital/*",)
    assert notes["second"] == ()
    assert notes["masters"] == (
        "Hochschulabschluss",
        "1 Jahr Berufserfahrung",
        "Certificate 2 oder Vorschlag",
    )
    assert {node.key: node.facts for node in graph.nodes}["first"] == ("6 Monate · 7,5 ECTS",)


@pytest.mark.parametrize(
    ("prerequisites", "expected"),
    [
        ({"holds": "b"}, [("b", "", False)]),
        ({"holds": "a*"}, [("a1", "", True), ("a2", "", True)]),
        ({"holds": {"credential": "b", "kind": "nomination"}}, []),
        ({"holds": "*"}, []),
        ({"not": {"completed": "b"}}, []),
        ({"any": [{"completed": "b"}]}, [("b", "", False)]),
        (
            {"at_least": {"n": 1, "of": [{"completed": "b"}, {"tenure": "1 year"}]}},
            [("b", "", True)],
        ),
        ({"at_least": {"n": 1, "of": [{"completed": "b"}]}}, [("b", "", False)]),
        (
            {"all": [{"completed": "b"}, {"any": [{"completed": "b"}, {"completed": "a1"}]}]},
            [("b", "", False), ("a1", "", True)],
        ),
        (
            {"completed": {"tier": "b", "within": "2 years", "expired": True}},
            [("b", "at most 2 years old; may have expired", False)],
        ),
        ({"completed": "last"}, []),
    ],
)
def test_edges_come_from_the_prerequisites(
    prerequisites: dict[str, Any], expected: list[tuple[str, str, bool]]
) -> None:
    assert ends(needing(prerequisites)) == expected


@pytest.mark.parametrize(
    ("prerequisites", "told"),
    [
        ({"not": {"completed": "b"}}, "not: b"),
        ({"credits": {"at_least": 30, "credential": "ANTH*"}}, "at least 30 ECTS of ANTH*"),
        ({"tenure": "2 years"}, "2 years of service"),
        ({"organisation": "neuss"}, "Organisation: neuss"),
        ({"fact": {"attribute": "pay_grade", "at_least": 9}}, "pay_grade: at least 9"),
        ({"fact": {"attribute": "level", "one_of": ["B2", "C1"]}}, "level: B2 or C1"),
        ({"fact": {"attribute": "part_time", "is": True}}, "part_time: yes"),
        ({"fact": {"attribute": "pay_grade", "at_most": 9}}, "pay_grade: at most 9"),
        ({"holds": "*"}, "credential"),
        (
            {
                "at_least": {
                    "n": 2,
                    "of": [
                        {"holds": "x"},
                        {"all": [{"holds": "y"}, {"degree": "bachelor/*"}]},
                        {"credits": {"at_least": 5}},
                    ],
                }
            },
            "at least 2 of: x, (y and degree: bachelor/*), at least 5 ECTS",
        ),
    ],
)
def test_what_no_edge_tells_stands_in_the_tiers_box(
    prerequisites: dict[str, Any], told: str
) -> None:
    definition = needing(prerequisites)
    assert path_graph(definition, "en").nodes[-1].notes == (told,)
    assert told.split(maxsplit=1)[0] in texts(path_svg(definition, "en"))


def test_a_standing_colours_tiers_and_names_their_states() -> None:
    standing = {"bootcamp": "completed", "first": "attending", "second": "locked"}
    graph = path_graph(a_definition(LADDER), "de", standing)
    assert [(node.tone, node.badge) for node in graph.nodes] == [
        ("completed", "completed"),
        ("open", "attending"),
        ("locked", "gesperrt"),
        ("plain", ""),
    ]
    assert "▸ gesperrt" in texts(path_svg(a_definition(LADDER), "de", standing))


def test_a_lifecycle_merges_triggers_and_keeps_effects_in_the_state() -> None:
    expel = {"trigger": "expel", "from": "attending", "to": "failed", "roles": "hr"}
    lifecycle = a_lifecycle(transitions=[*COURSE["transitions"], expel])
    graph = lifecycle_graph(lifecycle, "en", "attending")
    assert Edge("attending", "failed", ("fail", "expel")) in graph.edges
    assert Edge("available", "applied", ("apply",)) in graph.edges
    assert graph.stays["attending"] == ("pause", "resume")
    assert [node.key for node in graph.nodes if node.current] == ["attending"]


def test_every_label_is_written() -> None:
    drawn = texts(lifecycle_svg(a_lifecycle(), "en", "applied"))
    triggers = {transition["trigger"] for transition in COURSE["transitions"]}
    for label in {*triggers, *COURSE["states"], "available", "current state"}:
        assert label in drawn


# --- SVG ----------------------------------------------------------------------------------------


def test_the_drawings_overlap_nowhere() -> None:
    assert_sound(path_svg(a_definition(LADDER), "de"), set(LADDER))
    assert_sound(lifecycle_svg(a_lifecycle(), "de"), {"available", *COURSE["states"]})


def test_tiers_without_links_stand_in_a_grid() -> None:
    catalogue: dict[str, dict[str, Any]] = {f"s{number}": {} for number in range(20)}
    svg = path_svg(a_definition(catalogue), "en")
    assert_sound(svg, set(catalogue))
    assert len({box[0] for box in rectangles(svg).values()}) == 4
    assert len({box[1] for box in rectangles(svg).values()}) == 5


def test_a_drawing_is_self_contained_and_accessible() -> None:
    svg = path_svg(a_definition(LADDER), "de")
    root = ET.fromstring(svg)  # noqa: S314
    assert not re.search(r"<script|<image|<use|href|@import|url\(|foreignObject", svg)
    assert re.findall("https?://[^\"' ]*", svg) == ["http://www.w3.org/2000/svg"]
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "sample"
    assert "Einführung → Certificate 1" in (root.findtext(f"{SVG}desc") or "")
    assert "prefers-color-scheme: dark" in (root.findtext(f"{SVG}style") or "")


def test_hostile_titles_stay_text() -> None:
    tiers = {key: {"title": a_text(HOSTILE)} for key in ("end", "style")}
    svg = path_svg(a_definition(tiers), "en")
    assert "<script" not in svg
    assert_sound(svg, {"end", "style"})
    # The whole title, less what can't be seen, is kept where screens and readers find it.
    title = ET.fromstring(svg).findtext(f"{SVG}g/{SVG}title") or ""  # noqa: S314
    assert "<script>alert(1)</script> & '`[(| #35; :::" in title


def test_titles_of_any_length_fit_their_boxes() -> None:
    tiers = {"a": {"title": a_text("W" * 500)}, "b": {"title": a_text("Verwaltung " * 45)}}
    assert_sound(path_svg(a_definition(tiers), "en"), {"a", "b"})
    assert all(width_of(line, 15) <= 200 for line in wrap("Wx" * 250, 15, 200, 4))


def test_the_same_definition_gives_the_same_drawing() -> None:
    definition, again = a_definition(LADDER), a_definition(LADDER)
    assert path_svg(definition, "de") == path_svg(again, "de")
    assert path_mermaid(definition, "de") == path_mermaid(again, "de")
    assert lifecycle_svg(a_lifecycle(), "en") == lifecycle_svg(a_lifecycle(), "en")
    assert path_svg(definition, "de") != path_svg(definition, "en")


# --- Mermaid ------------------------------------------------------------------------------------


def test_a_path_as_mermaid() -> None:
    lines = path_mermaid(a_definition(LADDER), "en", {"second": "failed"}).splitlines()
    assert lines[0] == "flowchart LR"
    assert '  n_bootcamp -.->|"may be running"| n_first' in lines
    assert '  n_first -->|"grade 2.5 or better"| n_second' in lines
    assert "  n_second -.-> n_masters" in lines
    assert '  n_second["Certificate 2<br/>failed"]' in lines
    assert "  class n_second failed" in lines


def test_a_lifecycle_as_mermaid() -> None:
    lines = lifecycle_mermaid(a_lifecycle(), "de", "applied").splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert '  state "verfügbar" as n_available' in lines
    assert "  n_applied --> n_withdrawn : withdraw" in lines
    assert "  n_applied --> n_applied : pause, resume" in lines
    assert "  class n_applied current" in lines


@pytest.mark.long
@given(st.text())
def test_an_escaped_label_has_nothing_that_mermaid_reads(label: str) -> None:
    escaped = escape(label)
    bare = re.sub(r"#\d+;", "", escaped)
    assert not re.search(r"""["'`\[\]{}<>|;:#&%\\\n\r]|--""", bare)
    restored = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), escaped)
    assert restored.split() == "".join(c if c.isprintable() else " " for c in label).split()


def test_hostile_titles_do_not_add_lines_to_mermaid() -> None:
    tame = {key: {"title": a_text("tame")} for key in ("end", "graph")}
    wild = {key: {"title": a_text(HOSTILE)} for key in ("end", "graph")}
    tame_lines = path_mermaid(a_definition(tame), "en").splitlines()
    wild_lines = path_mermaid(a_definition(wild), "en").splitlines()
    assert len(tame_lines) == len(wild_lines)
    assert all(line.count('"') in {0, 2} for line in wild_lines)


# --- Any graph ----------------------------------------------------------------------------------

PAIRS = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14)


@given(PAIRS)
def test_ranks_rise_along_every_edge_that_closes_no_ring(pairs: set[tuple[int, int]]) -> None:
    named = [(f"n{a}", f"n{b}") for a, b in sorted(pairs)]
    keys = [f"n{number}" for number in range(8)]
    back, ranks = back_pairs(keys, named), ranks_of(keys, named)
    assert all(ranks[a] < ranks[b] for a, b in named if (a, b) not in back)
    if all(a < b for a, b in pairs):
        assert not back


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.booleans())
def test_any_path_is_drawn_without_overlaps(pairs: set[tuple[int, int]], firm: bool) -> None:  # noqa: FBT001
    tiers: dict[str, dict[str, Any]] = {f"n{number}": {} for number in range(8)}
    for target in range(8):
        needed = [
            {"completed": {"tier": f"n{source}", "grade": "2.5", "or_running": source % 2 == 0}}
            for source, other in sorted(pairs)
            if other == target
        ]
        if needed:
            tiers[f"n{target}"]["prerequisites"] = {"all" if firm else "any": needed}
    definition = a_definition(tiers)
    svg = path_svg(definition, "de")
    assert_sound(svg, set(tiers))
    linked = {(edge.source, edge.target) for edge in path_graph(definition, "de").edges}
    assert linked == {(f"n{a}", f"n{b}") for a, b in pairs if a != b}


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.sets(st.integers(0, 7)))
def test_any_lifecycle_is_drawn_without_overlaps(
    pairs: set[tuple[int, int]], closed: set[int]
) -> None:
    states = {
        f"s{number}": {"title": a_text(f"state {number}")}
        | ({"closed": "abandoned"} if number in closed else {})
        for number in range(8)
    }
    start = {"trigger": "start", "from": "available", "to": "s0", "roles": "hr"}
    moves = [
        {"trigger": f"go_to_{b}_{a % 2}", "from": f"s{a}", "to": f"s{b}", "roles": "hr"}
        for a, b in sorted(pairs)
    ]
    lifecycle = LifecycleSpec.model_validate(
        {
            "lifecycle": "any",
            "title": a_text("any"),
            "states": states,
            "transitions": [start, *moves],
        }
    )
    assert_sound(lifecycle_svg(lifecycle, "en", "s1"), {"available", *states})
