"""What can't be meant in calendars and attributes."""

from calendar import monthrange
from collections.abc import Iterator, Mapping

from qualipath.definition.source import Source
from qualipath.definition.spec import AttributeSpec, CalendarSpec
from qualipath.errors import Problem

_COMMON_YEAR = 2001


def calendar_problems(calendar: CalendarSpec, source: Source) -> Iterator[Problem]:
    """Find days that not every year has, and terms of the same name or day."""
    seen: set[object] = set()
    for index, term in enumerate(calendar.terms):
        at = ("terms", index)
        last = monthrange(_COMMON_YEAR, term.month)[1]
        if term.day > last:
            what = f"month {term.month} does not have a day {term.day} in every year"
            yield source.problem((*at, "day"), what, f"write {last} or less")
        if term.name in seen:
            what = f"there is another term '{term.name}'"
            yield source.problem((*at, "name"), what, "give it a name of its own")
        if (term.month, term.day) in seen:
            what = "another term begins on the same day"
            yield source.problem((*at, "day"), what, "let it begin on another day")
        seen |= {term.name, (term.month, term.day)}


def attribute_problems(
    attributes: Mapping[str, AttributeSpec], source: Source
) -> Iterator[Problem]:
    """Find attributes that list values although their type is not text."""
    for name, attribute in attributes.items():
        if attribute.one_of and attribute.type != "text":
            what = f"only texts can be listed, and this is of type {attribute.type}"
            right = "leave it out, or write 'type: text'"
            yield source.problem(("attributes", name, "one_of"), what, right)
