"""What a path refers to, and at which place in its file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from qualipath.definition.intakes import GradeCriterion
from qualipath.definition.prerequisites import (
    AtLeast,
    Completed,
    Degree,
    Fact,
    Holds,
    parts_of,
)
from qualipath.definition.source import Location
from qualipath.definition.spec import PathSpec
from qualipath.definition.values import Spec

ReferenceKind = Literal["tier", "lifecycle", "calendar", "scale", "attribute"]


@dataclass(frozen=True, slots=True)
class Reference:
    """One name that a path writes of something defined elsewhere."""

    kind: ReferenceKind
    name: str
    at: Location


def references_of(path: PathSpec) -> Iterator[Reference]:
    """Walk over every name of something else that a path writes."""
    yield Reference("calendar", path.calendar, ("calendar",))
    yield Reference("scale", path.grading, ("grading",))
    if path.intake_lifecycle:
        yield Reference("lifecycle", path.intake_lifecycle, ("intake_lifecycle",))
    for name, tier in path.tiers.items():
        at = ("tiers", name)
        yield Reference("lifecycle", tier.lifecycle, (*at, "lifecycle"))
        if tier.calendar:
            yield Reference("calendar", tier.calendar, (*at, "calendar"))
        if tier.grading:
            yield Reference("scale", tier.grading, (*at, "grading"))
        for number, criterion in enumerate(tier.intakes.allocation if tier.intakes else ()):
            if isinstance(criterion, GradeCriterion):
                criteria = (*at, "intakes", "allocation")
                yield Reference("tier", criterion.grade, (*criteria, number, "grade"))
        if tier.prerequisites:
            for condition, place in conditions_of(tier.prerequisites, prerequisites_at(name)):
                yield from _references_in(condition, place)


def prerequisites_at(tier: str) -> Location:
    """Say where a tier's prerequisites stand in the path's file."""
    return ("tiers", tier, "prerequisites")


def conditions_of(prerequisite: Spec, at: Location) -> Iterator[tuple[Spec, Location]]:
    """Walk over a condition and all below it, each with the place of what it asks for."""
    yield prerequisite, (*at, key_of(prerequisite))
    for part, place in placed_parts(prerequisite, at):
        yield from conditions_of(part, place)


def placed_parts(prerequisite: Spec, at: Location) -> list[tuple[Spec, Location]]:
    """Give the conditions directly below one that stands at a place, with their places."""
    parts = parts_of(prerequisite)
    within = (*at, key_of(prerequisite))
    if isinstance(prerequisite, AtLeast):
        within = (*within, "of")
    if within[-1] == "not":
        return [(part, within) for part in parts]
    return [(part, (*within, index)) for index, part in enumerate(parts)]


def key_of(prerequisite: Spec) -> str:
    """Give the one key that the condition is written with."""
    ((name, field),) = type(prerequisite).model_fields.items()
    return field.alias or name


def _references_in(condition: Spec, at: Location) -> Iterator[Reference]:
    match condition:
        case Completed(completed=asked):
            yield Reference("tier", asked.tier, (*at, "tier"))
        case Fact(fact=fact):
            yield Reference("attribute", fact.attribute, (*at, "attribute"))
    if isinstance(condition, Holds | Completed | Degree):
        scale = getattr(condition, key_of(condition)).scale
        if scale:
            yield Reference("scale", scale, (*at, "scale"))
