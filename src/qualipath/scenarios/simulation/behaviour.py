"""The behaviour model: how many apply, pass and leave, as a YAML file states it."""

from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StrictInt, ValidationError, model_validator

from qualipath.definition.explain import problems_of
from qualipath.definition.guarded_yaml import parse_yaml, read_yaml
from qualipath.definition.source import Source, shown, suggestion
from qualipath.definition.spec import PathSpec
from qualipath.definition.values import Name, Period, Spec
from qualipath.errors import DefinitionError

SHIPPED = "behaviour.yaml"
"""The model that is played unless another one is named."""


def _share(written: object) -> float:
    number = isinstance(written, int | float) and not isinstance(written, bool)
    if not number or not 0 <= written <= 1:  # type: ignore[operator]
        message = f"{shown(written)} is not a share; write a number from 0 to 1, such as 0.85"
        raise ValueError(message)
    return float(written)  # type: ignore[arg-type]


Share = Annotated[float, BeforeValidator(_share)]
"""A part of a whole: 0.25 for one in four."""


class ResultsSpec(Spec):
    """When an intake's results come: so long before its last day, or after it."""

    before: Period | None = None
    after: Period | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.before is None) == (self.after is None):
            message = "needs either 'before' or 'after'; write for example {before: 2 weeks}"
            raise ValueError(message)
        return self

    def day(self, last: date) -> date:
        """Give the day on which the results of an intake come whose last day is `last`."""
        return self.after.after(last) if self.after else (self.before or _AT_ONCE).before(last)


_AT_ONCE = Period(0, "days")


class TierBehaviour(Spec):
    """How people behave at one tier; each rate is a share of those whom the one before left.

    `offered` is how many intakes a year are planned where the tier's calendar has no terms,
    `approval` how long a supervisor takes.
    """

    offered: Annotated[StrictInt, Field(ge=0, le=52)] = 0
    apply: Share
    approve: Share
    approval: Period
    accept: Share
    withdraw: Share
    no_show: Share
    passed: Annotated[Share, Field(alias="pass")]
    results: ResultsSpec


class StaffSpec(Spec):
    """Who the employees are: how many hold a degree, how long they have worked, how many leave.

    `experience` is the longest at the beginning, and `turnover` the share that leaves in a year.
    """

    degree: Share
    experience: Period
    turnover: Share


class Behaviour(Spec):
    """The whole model; `other_tiers` is how people behave at the tiers that `tiers` leaves out.

    `undersized` is what HR does with an intake for which too few have applied.
    """

    staff: StaffSpec
    undersized: Literal["run", "cancel"] = "cancel"
    tiers: Annotated[dict[Name, TierBehaviour], Field(default_factory=dict)]
    other_tiers: TierBehaviour

    def at(self, tier: str) -> TierBehaviour:
        """Give how people behave at a tier."""
        return self.tiers.get(tier, self.other_tiers)


def read_behaviour(file: Path | None, path: PathSpec) -> Behaviour:
    """Read a model for a path, by default the shipped one; that may name other paths' tiers.

    Raises: DefinitionError with every problem and its place.
    """
    if file is None:
        shipped = files(__package__) / SHIPPED
        return _checked(parse_yaml(shipped.read_bytes(), SHIPPED))
    source = read_yaml(file)
    behaviour = _checked(source)
    unknown = [name for name in behaviour.tiers if name not in path.tiers]
    if unknown:
        what = f"the path {path.path} has no such tier"
        raise DefinitionError(
            [
                source.problem(("tiers", name), what, suggestion(name, path.tiers), key=True)
                for name in unknown
            ]
        )
    return behaviour


def _checked(source: Source) -> Behaviour:
    try:
        # Only what people write is read: not the fields' names in Python.
        return Behaviour.model_validate(source.data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise DefinitionError(problems_of(error, source, Behaviour)) from error
