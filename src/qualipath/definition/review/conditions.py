"""What can't be meant in single conditions: grades off their scale, values of a wrong type."""

from collections.abc import Iterator
from datetime import date

from qualipath.definition.catalogue import Catalogue
from qualipath.definition.prerequisites import (
    Completed,
    Degree,
    Fact,
    FactQuery,
    FactValue,
    Holds,
    Prerequisite,
)
from qualipath.definition.references import conditions_of
from qualipath.definition.source import Location, Source, shown, suggestion
from qualipath.definition.spec import AttributeSpec, PathSpec
from qualipath.definition.values import decimals
from qualipath.errors import Problem

_WRITE = {
    "text": "write a text, in quotes",
    "integer": "write a whole number, without quotes",
    "boolean": "write true or false, without quotes",
    "date": "write a day such as 2026-12-31",
}


def condition_problems(
    catalogue: Catalogue, path: PathSpec, prerequisite: Prerequisite, at: Location, source: Source
) -> Iterator[Problem]:
    """Find grades and values that nothing can ever compare with."""
    for condition, place in conditions_of(prerequisite, at):
        if not source.whole(place):
            continue  # What was left out may be what makes sense of the rest.
        match condition:
            case Completed(completed=asked) if source.whole(("tiers", asked.tier, "grading")):
                tier = path.tiers.get(asked.tier)
                own = (tier.grading if tier else None) or path.grading
                yield from _grade_problems(
                    catalogue, asked.grade, asked.scale or own, place, source
                )
                yield from _scale_problems(asked.grade, asked.scale, place, source)
                if tier and asked.grade is not None and asked.scale not in {None, own}:
                    what = f"the grades of '{asked.tier}' are on '{own}', not '{asked.scale}'"
                    yield source.problem((*place, "scale"), what, f"write '{own}', or leave it out")
            case Holds(holds=query) | Degree(degree=query):
                scale = query.scale or path.grading
                yield from _grade_problems(catalogue, query.grade, scale, place, source)
                yield from _scale_problems(query.grade, query.scale, place, source)
            case Fact(fact=fact) if attribute := catalogue.attributes.get(fact.attribute):
                typed = catalogue.sources["attributes", "attributes"]
                if typed.whole(("attributes", fact.attribute)):
                    yield from _fact_problems(fact, attribute, place, source)


def _grade_problems(
    catalogue: Catalogue, grade: int | None, name: str, at: Location, source: Source
) -> Iterator[Problem]:
    scale = catalogue.scales.get(name)
    if grade is not None and scale and not scale.holds(grade):
        what = f"the grade {decimals(grade)} is not on the scale '{name}'"
        right = f"write a grade from {decimals(scale.best)} (best) to {decimals(scale.worst)}"
        yield source.problem((*at, "grade"), what, right)


def _scale_problems(
    grade: int | None, scale: str | None, at: Location, source: Source
) -> Iterator[Problem]:
    if scale is not None and grade is None:
        what, right = "a scale means nothing without a grade", "add 'grade', or leave 'scale' out"
        yield source.problem((*at, "scale"), what, right)


def _fact_problems(
    fact: FactQuery, attribute: AttributeSpec, at: Location, source: Source
) -> Iterator[Problem]:
    for value, step in _values(fact):
        if not _fits(value, attribute):
            what = f"'{fact.attribute}' is of type {attribute.type}, and {shown(value)} is not"
            yield source.problem((*at, *step), what, _WRITE[attribute.type])
        elif attribute.one_of and str(value) not in attribute.one_of:
            what = f"{shown(value)} is none of the values of '{fact.attribute}'"
            yield source.problem((*at, *step), what, suggestion(value, attribute.one_of))
    if fact.one_of == ():
        yield source.problem((*at, "one_of"), "is empty", "name at least one")


def _values(fact: FactQuery) -> Iterator[tuple[FactValue, Location]]:
    single = {"is": fact.equals, "at_least": fact.at_least, "at_most": fact.at_most}
    for key, value in single.items():
        if value is not None:
            yield value, (key,)
    for index, value in enumerate(fact.one_of or ()):
        yield value, ("one_of", index)


def _fits(value: FactValue, attribute: AttributeSpec) -> bool:
    match attribute.type:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "date":
            return isinstance(value, date)
        case "text":
            return isinstance(value, str | date)
