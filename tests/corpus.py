"""A synthetic catalogue in the shapes of real universities' prerequisites, and deeper.

A tree is `{"all" | "any": [tree, ...]}`, `{"at_least": n, "of": [tree, ...]}`, `{"not": tree}` or
a course, `{"course", "min_grade"?, "may_be_taken_at_the_same_time"?}`. All is made from a seed.
What a tree means is told here a second time, independently of qualipath: by `satisfied`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from pydantic import TypeAdapter

from qualipath.definition.prerequisites import Kind, Prerequisite
from qualipath.definition.values import Spec
from qualipath.domain.record import Held

Tree = Mapping[str, Any]
AWARDED_ON = date(2026, 3, 31)

_ADAPTER: TypeAdapter[Spec] = TypeAdapter(Prerequisite)
_SUBJECTS = ("CSS", "B MATH", "STMATH", "B BUS", "BIS", "T&L", "ÖVR", "100%", "A_B", "[X]")
_GRADES = ("0.0", "0.7", "1.7", "2.0", "2.5", "2.7", "2.8", "3.0", "4.0")


@dataclass(frozen=True)
class Transcript:
    """One student's courses with their grades (none for a pass), and those being taken."""

    passed: Mapping[str, str | None]
    taking: frozenset[str]

    @property
    def credentials(self) -> tuple[Held, ...]:
        done = (
            Held(
                course,
                Kind.CERTIFICATE,
                awarded_on=AWARDED_ON,
                grade=None if grade is None else int(Decimal(grade) * 100),
                scale=None if grade is None else "grade_point",
            )
            for course, grade in self.passed.items()
        )
        running = (
            Held(course, Kind.COMPLETION, running_until=date(2026, 12, 31))
            for course in sorted(self.taking)
        )
        return (*done, *running)


def translated(tree: Tree) -> dict[str, Any]:
    """Write a tree in our language, as it would stand in YAML."""
    match tree:
        case {"all": parts}:
            return {"all": [translated(part) for part in parts]}
        case {"any": parts}:
            return {"any": [translated(part) for part in parts]}
        case {"at_least": n, "of": parts}:
            return {"at_least": {"n": n, "of": [translated(part) for part in parts]}}
        case {"not": part}:
            return {"not": translated(part)}
    holds: dict[str, Any] = {"credential": tree["course"]}
    if "min_grade" in tree:
        holds |= {"grade": tree["min_grade"], "scale": "grade_point"}
    if tree.get("may_be_taken_at_the_same_time"):
        holds["or_running"] = True
    return {"holds": holds}


def parsed(tree: Tree) -> Spec:
    """Read a tree with the real spec classes."""
    return _ADAPTER.validate_python(translated(tree))


def satisfied(tree: Tree, transcript: Transcript) -> bool:
    """Decide a tree without any of qualipath's rules."""
    match tree:
        case {"all": parts}:
            return all(satisfied(part, transcript) for part in parts)
        case {"any": parts}:
            return any(satisfied(part, transcript) for part in parts)
        case {"at_least": n, "of": parts}:
            return bool([satisfied(part, transcript) for part in parts].count(True) >= n)
        case {"not": part}:
            return not satisfied(part, transcript)
    glob = tree["course"].replace("[", "[[]")
    least = Decimal(str(tree["min_grade"])) if "min_grade" in tree else None
    grades = (g for course, g in transcript.passed.items() if fnmatchcase(course, glob))
    if any(least is None or (g is not None and Decimal(g) >= least) for g in grades):
        return True
    running = bool(tree.get("may_be_taken_at_the_same_time"))
    taken = any(fnmatchcase(course, glob) for course in transcript.taking)
    return taken and running


def courses_of(tree: Tree) -> Iterator[Tree]:
    """Walk over a tree's courses from left to right."""
    match tree:
        case {"all": parts} | {"any": parts} | {"of": parts}:
            for part in parts:
                yield from courses_of(part)
        case {"not": part}:
            yield from courses_of(part)
        case _:
            yield tree


def depth_of(tree: Tree) -> int:
    """Count the levels above the courses."""
    match tree:
        case {"all": parts} | {"any": parts} | {"of": parts}:
            return 1 + max(map(depth_of, parts))
        case {"not": part}:
            return 1 + depth_of(part)
    return 0


def synthetic_trees(count: int, seed: int = 1) -> list[Tree]:
    """Make so many trees; their depths go round from 0 to 5."""
    random = Random(seed)  # noqa: S311
    return [_tree(random, n % 6) for n in range(count)]


def transcripts(tree: Tree, count: int, seed: int = 1) -> list[Transcript]:
    """Make students who took some of a tree's courses and others, with grades near those asked."""
    random = Random(seed)  # noqa: S311
    asked = list(courses_of(tree))
    return [_transcript(random, asked) for _ in range(count)]


def _tree(random: Random, depth: int) -> Tree:
    if depth == 0:
        return _course(random)
    # The first part is as deep as asked for, the others are any depth below.
    parts = [_tree(random, depth - 1)]
    parts += [_tree(random, random.randrange(depth)) for _ in range(random.randrange(3))]
    random.shuffle(parts)
    kind = random.choices(("all", "any", "at_least", "not"), (5, 5, 2, 1))[0]
    if kind == "at_least":
        return {"at_least": random.randint(1, len(parts)), "of": parts}
    return {"not": _tree(random, depth - 1)} if kind == "not" else {kind: parts}


def _course(random: Random) -> Tree:
    number = random.choice(("101", "102", "20?", "3*", "1**"))
    course: dict[str, Any] = {"course": f"{random.choice(_SUBJECTS)} {number}"}
    if random.random() < 0.5:
        course["min_grade"] = random.choice(_GRADES)
    if random.random() < 0.15:
        course["may_be_taken_at_the_same_time"] = True
    return course


def _transcript(random: Random, asked: list[Tree]) -> Transcript:
    passed: dict[str, str | None] = {"CSS 1": None, "css 101": "4.0"}
    taking: set[str] = set()
    for tree in asked:
        course = tree["course"].replace("*", random.choice(("", "42"))).replace("?", "1")
        match random.randrange(4):
            case 0:
                passed[course] = random.choice((None, *_GRADES))
            case 1:
                passed[course] = str(tree.get("min_grade", "2.0"))
            case 2:
                taking.add(course)
    return Transcript(passed, frozenset(taking))
