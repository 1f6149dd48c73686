"""What a fact must be, worked out once for both readings of the language."""

from dataclasses import dataclass
from datetime import date

from qualipath.definition.prerequisites import FactQuery, FactValue
from qualipath.definition.spec import AttributeSpec


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these values; an empty choice is never met."""

    values: tuple[FactValue, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """At least `least`, or at most `most`; exactly one of them is set.

    Texts are ordered by their characters' code points.
    """

    least: FactValue | None = None
    most: FactValue | None = None


def known(value: FactValue | None, attribute: AttributeSpec) -> FactValue | None:
    """Give a value as the attribute's type has it, or None if it is not of that type.

    A day may be written as ISO text; `True` is no integer and 1 no boolean.
    """
    match attribute.type, value:
        case ("boolean", bool()) | ("date", date()) | ("text", str()):
            return value
        case "integer", int():
            return None if isinstance(value, bool) else value
        case "text", date():
            return value.isoformat()
        case "date", str():
            return _day(value)
    return None


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def wanted(query: FactQuery, attribute: AttributeSpec) -> Choice | Range:
    """Work out which values of the attribute meet the query.

    Where an attribute lists its texts, `at_least` and `at_most` follow the order of that list.
    """
    if query.one_of is not None or query.equals is not None:
        values = query.one_of if query.one_of is not None else (query.equals,)
        typed = (known(value, attribute) for value in values)
        return Choice(tuple(value for value in typed if value is not None))
    upwards = query.at_least is not None
    bound = known(query.at_least if upwards else query.at_most, attribute)
    if bound is None:
        return Choice(())
    listed = (False, True) if attribute.type == "boolean" else attribute.one_of
    if listed:
        if bound not in listed:
            return Choice(())
        place = listed.index(bound)
        return Choice(listed[place:] if upwards else listed[: place + 1])
    return Range(least=bound) if upwards else Range(most=bound)


def meets(value: FactValue, asked: Choice | Range) -> bool:
    """Tell whether a value of the attribute's type is one of those asked for."""
    match asked:
        case Choice(values):
            return value in values
        case Range(least=None, most=most):
            return value <= most  # type: ignore[operator]
        case Range(least=least):
            return value >= least  # type: ignore[operator]
