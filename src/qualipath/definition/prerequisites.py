"""The prerequisite language: a condition tree over what is known of an employee."""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Strict,
    StrictBool,
    StrictInt,
    StringConstraints,
    Tag,
    model_validator,
)

from qualipath.definition.values import Hundredths, Name, Period, Spec, as_list

# SQLite's GLOB can't tell U+FFFD, U+FFFE and U+FFFF apart.
Glob = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\ufffd-\uffff]+$"),
]
"""A credential's key, in which `*` stands for any characters and `?` for one; case counts."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(written: object) -> object:
    if isinstance(written, str) and _DAY.fullmatch(written):
        try:
            return date.fromisoformat(written)
        except ValueError:
            pass
    return written


# Read alike from YAML and from JSON, where a text such as "86400" must not become a day; without
# what no database column holds: NUL, and numbers of more than 32 bits.
FactValue = Annotated[
    StrictBool
    | Annotated[StrictInt, Field(ge=-(2**31), lt=2**31)]
    | Annotated[date, Strict()]
    | Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")],
    BeforeValidator(_day),
]


class Kind(StrEnum):
    """What sort of credential it is."""

    COMPLETION = "completion"
    DEGREE = "degree"
    CERTIFICATE = "certificate"
    RECOGNITION = "recognition"
    NOMINATION = "nomination"


EARNED = (Kind.COMPLETION, Kind.DEGREE, Kind.CERTIFICATE, Kind.RECOGNITION)
"""The kinds that show what somebody can do; a nomination only says who may go."""

Kinds = Annotated[tuple[Kind, ...], BeforeValidator(as_list), Field(min_length=1)]


class AllOf(Spec):
    """Every part must be met."""

    parts: Annotated[tuple["Prerequisite", ...], Field(alias="all", min_length=1)]


class AnyOf(Spec):
    """One part must be met."""

    parts: Annotated[tuple["Prerequisite", ...], Field(alias="any", min_length=1)]


class Threshold(Spec):
    """At least `n` parts `of` those listed."""

    n: Annotated[StrictInt, Field(ge=1)]
    of: Annotated[tuple["Prerequisite", ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.n > len(self.of):
            message = f"asks for {self.n} of only {len(self.of)} parts; at most {len(self.of)}"
            raise ValueError(message)
        return self


class AtLeast(Spec):
    """A number of parts must be met."""

    at_least: Threshold


class Not(Spec):
    """The part must not be met; what is unknown counts as not met."""

    part: Annotated["Prerequisite", Field(alias="not")]


class CredentialQuery(Spec):
    """Which credential must be held, and how.

    `credential` is a key or glob; `grade` the least grade on `scale` (the path's own, if unnamed);
    `within` how old it may be at most; `expired` lets its end of validity pass; `or_running` also
    takes one that is in progress, of which no grade is known yet.
    """

    credential: Glob = "*"
    kind: Kinds = EARNED
    grade: Hundredths | None = None
    scale: Name | None = None
    within: Period | None = None
    expired: StrictBool = False
    or_running: StrictBool = False


class TierQuery(Spec):
    """Which tier of this path must be completed (or recognised), and how."""

    tier: Name
    grade: Hundredths | None = None
    scale: Name | None = None
    within: Period | None = None
    expired: StrictBool = False
    or_running: StrictBool = False


class DegreeQuery(Spec):
    """Which academic degree must be held: a key or glob such as `bachelor/*`."""

    degree: Glob
    grade: Hundredths | None = None
    scale: Name | None = None


def _short_for(field: str, spec: type[Spec]) -> BeforeValidator:
    def widen(written: object) -> object:
        return {field: written} if isinstance(written, str) else written

    return BeforeValidator(widen, json_schema_input_type=str | spec)


class Holds(Spec):
    """A credential must be held."""

    holds: Annotated[CredentialQuery, _short_for("credential", CredentialQuery)]


class Completed(Spec):
    """A tier of this path must be completed, or recognised as if it were."""

    completed: Annotated[TierQuery, _short_for("tier", TierQuery)]

    @cached_property
    def query(self) -> CredentialQuery:
        """What this is short for."""
        asked = self.completed
        return CredentialQuery.model_construct(
            credential=asked.tier,
            kind=(Kind.COMPLETION, Kind.RECOGNITION),
            **{field: getattr(asked, field) for field in _SHARED},
        )


class Degree(Spec):
    """An academic degree must be held."""

    degree: Annotated[DegreeQuery, _short_for("degree", DegreeQuery)]

    @cached_property
    def query(self) -> CredentialQuery:
        """What this is short for."""
        asked = self.degree
        return CredentialQuery.model_construct(
            credential=asked.degree, kind=(Kind.DEGREE,), grade=asked.grade, scale=asked.scale
        )


_SHARED = ("grade", "scale", "within", "expired", "or_running")


class CreditsQuery(Spec):
    """How many ECTS credits must be held, over which credentials."""

    at_least: Annotated[Hundredths, Field(gt=0)]
    credential: Glob = "*"
    kind: Kinds = EARNED


class Credits(Spec):
    """A sum of ECTS credits must be held."""

    credits: CreditsQuery


class Tenure(Spec):
    """The employment here must have lasted this long."""

    tenure: Period


class Experience(Spec):
    """The professional experience, earlier employers included, must have lasted this long."""

    experience: Period


class Organisation(Spec):
    """The employee must belong to this organisation or one below it."""

    organisation: Annotated[
        str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")
    ]


class FactQuery(Spec):
    """Compare one attribute that `workflows/attributes.yaml` types; an unknown one is never met."""

    attribute: Name
    equals: FactValue | None = Field(default=None, alias="is")
    one_of: tuple[FactValue, ...] | None = None
    at_least: FactValue | None = None
    at_most: FactValue | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> Self:
        asked = (self.equals, self.one_of, self.at_least, self.at_most)
        if sum(value is not None for value in asked) != 1:
            message = "needs exactly one of 'is', 'one_of', 'at_least', 'at_most'"
            raise ValueError(message)
        return self


class Fact(Spec):
    """An attribute of the employee must compare so."""

    fact: FactQuery


_KINDS: dict[str, type[Spec]] = {
    "all": AllOf,
    "any": AnyOf,
    "at_least": AtLeast,
    "not": Not,
    "holds": Holds,
    "completed": Completed,
    "degree": Degree,
    "credits": Credits,
    "tenure": Tenure,
    "experience": Experience,
    "organisation": Organisation,
    "fact": Fact,
}
CONDITIONS = tuple(_KINDS)
"""The keys that a condition may have; each condition has exactly one."""

_TAGS = {spec: key for key, spec in _KINDS.items()}


def _kind_of(written: object) -> str | None:
    if isinstance(written, dict):
        return str(next(iter(written))) if len(written) == 1 else None
    return _TAGS.get(type(written))  # type: ignore[arg-type]


Prerequisite = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[AtLeast, Tag("at_least")]
    | Annotated[Not, Tag("not")]
    | Annotated[Holds, Tag("holds")]
    | Annotated[Completed, Tag("completed")]
    | Annotated[Degree, Tag("degree")]
    | Annotated[Credits, Tag("credits")]
    | Annotated[Tenure, Tag("tenure")]
    | Annotated[Experience, Tag("experience")]
    | Annotated[Organisation, Tag("organisation")]
    | Annotated[Fact, Tag("fact")],
    Discriminator(
        _kind_of,
        custom_error_type="condition",
        custom_error_message="is not a condition",
    ),
]
"""A condition: a mapping with exactly one of the keys in `CONDITIONS`."""

for _spec in (AllOf, AnyOf, Threshold, AtLeast, Not):
    _spec.model_rebuild()


def parts_of(prerequisite: Spec) -> tuple[Spec, ...]:
    """Give the conditions directly below this one; none for a leaf."""
    match prerequisite:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return parts
        case AtLeast(at_least=threshold):
            return threshold.of
        case Not(part=part):
            return (part,)
    return ()


def leaves_of(prerequisite: Spec) -> Iterator[Spec]:
    """Walk over the conditions without parts, from left to right."""
    parts = parts_of(prerequisite)
    if not parts:
        yield prerequisite
    for part in parts:
        yield from leaves_of(part)
