"""What pydantic finds wrong, told as people need it: where, what, and what would be right."""

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError

from qualipath.definition.calendars import (
    CLOCK_PATTERN,
    COUNTRY_PATTERN,
    SUBDIVISION_PATTERN,
    TERM_PATTERN,
)
from qualipath.definition.intakes import CRITERIA
from qualipath.definition.prerequisites import CONDITIONS
from qualipath.definition.source import Location, Source, shown, suggestion
from qualipath.definition.values import Spec
from qualipath.errors import Problem

KEY = "[key]"
"""What pydantic calls a mapping's key where the key itself is wrong."""

_LONGEST = 300
_NAME_RULE = "use lower-case letters, digits and underscores, beginning with a letter"
_TYPES = {
    "string_type": ("a text", "put it in quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "int_type": ("a whole number", "write a whole number, without quotes"),
    "tuple_type": ("a list", "write '[…]', or one '- …' a line"),
    "dict_type": ("a mapping", "write 'name: value', one a line"),
    "model_type": ("a mapping", ""),
}
_PATTERNS = {
    TERM_PATTERN: ("the name of a term", "use up to 8 capital letters and digits, such as 'WS'"),
    CLOCK_PATTERN: ("a time of day", "write hours and minutes, such as '09:30'"),
    COUNTRY_PATTERN: ("the code of a country", "write the one of ISO 3166, such as 'DE'"),
    SUBDIVISION_PATTERN: ("the code of a subdivision", "write the one of ISO 3166, such as 'NW'"),
}
_LIMITS = {
    "greater_than": ("is not above {gt}", "write a larger number"),
    "greater_than_equal": ("is below {ge}", "write {ge} or more"),
    "less_than_equal": ("is above {le}", "write {le} or less"),
    "string_too_short": ("is empty", "write a text"),
    "string_too_long": ("is longer than {max_length} characters", "shorten it"),
    "too_short": ("is empty", "name at least one"),
}


def problems_of(error: ValidationError, source: Source, model: type[Spec]) -> list[Problem]:
    """Translate each error into a problem at its place in the file, one a place."""
    told: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        at, rest, spec = follow(detail["loc"], source.data, model)
        if detail["type"] == "too_short" and _at(source.data, at):
            continue  # The parts that are wrong were left out before counting.
        problem = _problem(detail, at, rest, spec, source)
        told.setdefault(problem.field, problem)
    return list(told.values())


def _problem(
    detail: Mapping[str, Any], at: Location, rest: str, spec: type[Spec] | None, source: Source
) -> Problem:
    kind, context = str(detail["type"]), detail.get("ctx", {})
    written = _at(source.data, at)
    if kind == "missing":
        return source.problem((*at, rest), "is missing", f"add '{rest}: …'")
    if kind == "extra_forbidden":
        right = suggestion(at[-1], _fields(spec) if spec else ())
        return source.problem(at, "is not known here", right, key=True)
    if kind in _CHOICES:
        return _CHOICES[kind](at, written, source)
    if rest == KEY:
        return source.problem(at, f"{shown(at[-1])} is not a name", _NAME_RULE, key=True)
    if rest:
        right = "write a text, a whole number, a day such as 2026-12-31, true or false"
        return source.problem(at, f"{shown(written)} can't be compared with", right)
    return source.problem(at, *_told(kind, context, written, spec))


def _told(
    kind: str, context: Mapping[str, Any], written: object, spec: type[Spec] | None
) -> tuple[str, str]:
    quoted = shown(written)
    what, right = f"{quoted} is wrong ({kind})", ""
    if kind == "value_error":
        what, _, right = str(context["error"])[:_LONGEST].partition("; ")
    elif kind in {"enum", "literal_error"}:
        allowed = re.findall(r"'(.*?)'", context["expected"])
        what, right = f"{quoted} is not allowed", suggestion(written, allowed)
    elif kind in _LIMITS:
        what, right = (told.format_map(context) for told in _LIMITS[kind])
        what = what if isinstance(written, str | list | dict) else f"{written} {what}"
    elif kind == "string_pattern_mismatch" and context["pattern"].startswith("^[a-z]"):
        what, right = f"{quoted} is not a name", _NAME_RULE
    elif kind == "string_pattern_mismatch" and context["pattern"] in _PATTERNS:
        wanted, right = _PATTERNS[context["pattern"]]
        what = f"{quoted} is not {wanted}"
    elif kind == "string_pattern_mismatch":
        what, right = f"{quoted} holds a character that is not allowed", "leave it out"
    elif kind in _TYPES:
        wanted, right = _TYPES[kind]
        what = f"{quoted} is not {wanted}"
        if kind == "model_type" and spec:
            right = f"write 'key: value' with keys of: {', '.join(_fields(spec))}"
    return what, right


def _condition(at: Location, written: object, source: Source) -> Problem:
    kinds = f"one of: {', '.join(CONDITIONS)}"
    if not isinstance(written, dict) or not written:
        what = "an empty mapping" if isinstance(written, dict) else shown(written)
        return source.problem(at, f"{what} is not a condition", f"write a mapping with {kinds}")
    if len(written) > 1:
        what = f"a condition has one key, this has {len(written)}: {', '.join(written)}"
        return source.problem(at, what, "list them as conditions under 'all' or 'any'")
    key = next(iter(written))
    what = "is not a condition"
    return source.problem((*at, key), what, suggestion(key, CONDITIONS), key=True)


def _criterion(at: Location, written: object, source: Source) -> Problem:
    told = next(iter(written), written) if isinstance(written, dict) else written
    return source.problem(at, f"{shown(told)} is not a criterion", suggestion(told, CRITERIA))


_CHOICES = {"condition": _condition, "criterion": _criterion}


def _at(data: object, at: Location) -> object:
    for step in at:
        match data, step:
            case dict(), str():
                data = data.get(step)
            case list(), int() if step < len(data):
                data = data[step]
            case _:
                return data
    return data


def follow(
    loc: Location, data: object, model: type[Spec]
) -> tuple[Location, str, type[Spec] | None]:
    """Walk an error's location through data and types at once.

    Pydantic's location names a condition's kind twice and the members of a union; the file does
    not. Gives the location in the file, the first step that is not in it, and the spec there.
    """
    at: Location = ()
    annotation: object = model
    for step in loc:
        specs = list(_specs(annotation))
        if len(specs) > 1:  # The step only tells which kind of condition it is.
            annotation = next(s for s in specs if next(iter(_fields(s))) == step)
            continue
        inside = _at(data, at)
        below = _fields(specs[0]).get(str(step)) if specs else _items(annotation)
        if isinstance(inside, dict | list) and (specs or below):
            if step == KEY or (isinstance(inside, dict) and step not in inside):
                return at, str(step), None
            at = (*at, step)
        elif below is None:  # One of several types that the value might have had.
            return at, str(step), None
        if below is None:
            return at, "", specs[0] if specs else None
        annotation = below
    specs = list(_specs(annotation))
    return at, "", specs[0] if len(specs) == 1 else None


def _fields(spec: type[Spec]) -> dict[str, object]:
    return {field.alias or name: field.annotation for name, field in spec.model_fields.items()}


def _specs(annotation: object) -> Iterator[type[Spec]]:
    """Find the specs that a value may be of, not those inside of lists and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
    elif get_origin(annotation) in {Union, UnionType, Annotated}:
        for part in get_args(annotation):
            yield from _specs(part)


def _items(annotation: object) -> object:
    """Give the type of a list's or mapping's items."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType, Annotated}:
        return next(filter(None, map(_items, args)), None)
    return {tuple: args[0], dict: args[-1]}.get(origin) if origin in {tuple, dict} else None
