"""Cases at the edges of the rules, which Python and SQL must decide alike."""

from datetime import date, timedelta
from typing import Any

from qualipath.definition.prerequisites import Kind
from qualipath.domain.record import Held
from tests.builders import TODAY, held

HOLDS: list[tuple[Any, Held, bool]] = [
    ("x", held("x"), True),
    ("x", held("X"), False),
    ("x*", held("xyz"), True),
    ("x", held("x", awarded_on=TODAY), True),
    ("x", held("x", awarded_on=TODAY + timedelta(days=1)), False),
    ("x", held("x", revoked=True), False),
    ("x", held("x", valid_until=TODAY), True),
    ("x", held("x", valid_until=TODAY - timedelta(days=1)), False),
    (
        {"credential": "x", "expired": True},
        held("x", valid_until=TODAY - timedelta(days=1)),
        True,
    ),
    ("x", held("x", Kind.NOMINATION), False),
    ({"credential": "x", "kind": "nomination"}, held("x", Kind.NOMINATION), True),
    ({"credential": "x", "kind": "degree"}, held("x"), False),
    ({"credential": "x", "within": "1 year"}, held("x", awarded_on=date(2025, 7, 1)), True),
    ({"credential": "x", "within": "1 year"}, held("x", awarded_on=date(2025, 6, 30)), False),
    ({"credential": "x", "grade": 2.5}, held("x", grade=250, scale="german"), True),
    ({"credential": "x", "grade": 2.5}, held("x", grade=170, scale="german"), True),
    ({"credential": "x", "grade": 2.5}, held("x", grade=270, scale="german"), False),
    ({"credential": "x", "grade": 2.5}, held("x", grade=250, scale="grade_point"), False),
    ({"credential": "x", "grade": 2.5}, held("x"), False),
    (
        {"credential": "x", "grade": 2.5, "scale": "grade_point"},
        held("x", grade=270, scale="grade_point"),
        True,
    ),
    (
        {"credential": "x", "grade": 2.5, "scale": "grade_point"},
        held("x", grade=240, scale="grade_point"),
        False,
    ),
    ({"credential": "x", "grade": 1, "scale": "gone"}, held("x", grade=100, scale="german"), False),
    ("x", held("x", running_until=TODAY), False),
    ({"credential": "x", "or_running": True}, held("x", running_until=TODAY), True),
    ({"credential": "x", "or_running": True, "grade": 1}, held("x", running_until=TODAY), True),
    ({"credential": "x", "or_running": True}, held("y", running_until=TODAY), False),
    ({"credential": "x", "or_running": True}, held("x", running_until=TODAY, revoked=True), False),
]
"""What `holds` asks, one credential, and whether it counts on `TODAY`."""

FACTS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"attribute": "pay", "is": 1}, {"pay": 1}, True),
    ({"attribute": "pay", "is": 1}, {"pay": True}, False),
    ({"attribute": "pay", "is": True}, {"pay": 1}, False),
    ({"attribute": "part_time", "is": True}, {"part_time": True}, True),
    ({"attribute": "part_time", "is": 1}, {"part_time": True}, False),
    ({"attribute": "part_time", "is": False}, {}, False),
    ({"attribute": "part_time", "at_least": False}, {"part_time": True}, True),
    ({"attribute": "pay", "at_least": 9}, {"pay": 10}, True),
    ({"attribute": "pay", "at_most": 9}, {"pay": 10}, False),
    ({"attribute": "pay", "one_of": [9, 10]}, {"pay": 10}, True),
    ({"attribute": "pay", "one_of": []}, {"pay": 10}, False),
    ({"attribute": "desk", "is": "2027-01-01"}, {"desk": "2027-01-01"}, True),
    ({"attribute": "desk", "is": "x"}, {"desk": "x "}, False),
    ({"attribute": "desk", "at_least": "b"}, {"desk": "é"}, True),
    ({"attribute": "until", "is": "2027-01-01"}, {"until": date(2027, 1, 1)}, True),
    ({"attribute": "until", "at_least": date(2027, 1, 2)}, {"until": date(2027, 1, 1)}, False),
    ({"attribute": "until", "is": "soon"}, {"until": date(2027, 1, 1)}, False),
    ({"attribute": "level", "at_least": "E9a"}, {"level": "E10"}, True),
    ({"attribute": "level", "at_most": "E9a"}, {"level": "E10"}, False),
    ({"attribute": "level", "at_least": "E9a"}, {"level": "E99"}, False),
    ({"attribute": "level", "at_least": "E99"}, {"level": "E10"}, False),
    ({"attribute": "unheard_of", "is": 1}, {"unheard_of": 1}, False),
]
"""What `fact` asks, the facts known, and whether it is met."""

GLOBS: list[tuple[str, str, bool]] = [
    ("a", "a", True),
    ("a", "A", False),
    ("a", "a\n", False),
    ("*", "", True),
    ("?", "", False),
    ("?", "😀", True),
    ("?", "e\u0301", False),
    ("é", "e\u0301", False),
    ("a*c", "abbc", True),
    ("a*c", "ac", True),
    ("a*b*c", "acb", False),
    ("*ab", "aab", True),
    ("a*a", "a", False),
    ("?*?", "a", False),
    ("[ab]", "a", False),
    ("[ab]*", "[ab]c", True),
    ("a.c", "abc", False),
    ("a%", "ab", False),
    ("a*", "a\nb", True),
    ("ANTH 2*", "ANTH 215", True),
    ("CSS 1**", "CSS 142", True),
    ("\\a*", "\\ab", True),
    ("\\*", "*", False),
    ("_*", "ab", False),
    ("a]*", "a]", True),
    ("[!a]*", "b", False),
    ("a *", "a ", True),
    ("A*", "ab", False),
]
"""A glob, a key, and whether it matches."""
