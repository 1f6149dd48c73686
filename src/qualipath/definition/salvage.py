"""What is left of a file without the parts that are wrong: enough to review the others."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import ValidationError

from qualipath.definition.explain import KEY, follow
from qualipath.definition.source import Location, Source
from qualipath.definition.values import Spec

Model = TypeVar("Model", bound=Spec)

_TEXT = "…"
_NAME = "left_out"
_TEXTS: dict[str, object] = {"de": _TEXT, "en": _TEXT, "title": {"de": _TEXT, "en": _TEXT}}
_NAMES = ("path", "organisation", "calendar", "grading", "lifecycle", "timezone")
_FILLERS = _TEXTS | dict.fromkeys(_NAMES, _NAME)
"""What stands in for a required field, so that all around it need not be left out."""


def salvage(source: Source, model: type[Model]) -> tuple[Model, Source] | None:
    """Leave out of a file what is wrong, as little as can be, and read the rest.

    Gives what was read, and the source in which its parts are found; it tells what was lost. None
    if nothing is left. It is for review alone: it is not what somebody meant.
    """
    left = _Left(source)
    before = None
    while before != left.state() and () not in left.lost:
        before = left.state()
        data = left.data()
        try:
            spec = model.model_validate(data, by_alias=True, by_name=False)
        except ValidationError as error:
            for at, missing in _wrong(error, data, model):
                left.leave_out(at, missing)
        else:
            return spec, left.source()
    return None


def _wrong(
    error: ValidationError, data: object, model: type[Spec]
) -> Iterator[tuple[Location, str]]:
    """Tell what can't stay: a part, or (if it is required there) a part that lacks a field."""
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        at, rest, _ = follow(detail["loc"], data, model)
        yield at, rest if detail["type"] == "missing" and rest != KEY else ""


class _Left:
    """What is left of a file, and what was left out or stands in for it, by places in the file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._filled: dict[Location, Any] = {}
        self._kept: dict[Location, tuple[int, ...]] = {}
        self.lost: set[Location] = set()

    def state(self) -> tuple[frozenset[Location], frozenset[Location]]:
        """Tell how far this has come."""
        return frozenset(self.lost), frozenset(self._filled)

    def data(self) -> object:
        """Give the data without what was left out."""
        self._kept = {}
        return self._pruned(self._source.data, ())

    def source(self) -> Source:
        """Give the source in which the parts of what is left are found."""
        return replace(self._source, lost=frozenset(self.lost), kept=self._kept)

    def leave_out(self, at: Location, missing: str) -> None:
        """Leave out a part, unless something can stand in for the field that is missing in it."""
        place = self.source().written(at)
        if missing in _FILLERS:
            place = (*place, missing)
            self._filled[place] = _FILLERS[missing]
        if missing in _TEXTS:
            self.lost.discard(place)  # Nothing that is reviewed depends on it.
        else:
            self.lost.add(place)

    def _pruned(self, data: object, at: Location) -> object:
        match data:
            case dict():
                filled = {
                    place[-1]: value for place, value in self._filled.items() if place[:-1] == at
                }
                return {
                    key: self._pruned(value, (*at, key))
                    for key, value in data.items()
                    if (*at, key) not in self.lost
                } | filled
            case list():
                kept = [index for index in range(len(data)) if (*at, index) not in self.lost]
                if len(kept) < len(data):
                    self._kept[at] = tuple(kept)
                return [self._pruned(data[index], (*at, index)) for index in kept]
        return data
