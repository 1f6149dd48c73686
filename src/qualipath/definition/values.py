"""The values that definitions are written in: texts, periods, grades, credits, globs."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_args

from dateutil.relativedelta import relativedelta
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

Locale = Literal["de", "en"]
LOCALES: tuple[Locale, ...] = get_args(Locale)

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=64)]
"""A name in a definition: lower-case letters, digits and underscores."""


class Spec(BaseModel):
    """A part of a definition: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)


class Text(Spec):
    """A text in both languages."""

    de: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=500)]

    def text(self, locale: str = "en") -> str:
        """Give the text in the language of `locale`: German for `de…`, English otherwise."""
        return self.de if locale.startswith("de") else self.en


Moment = TypeVar("Moment", date, datetime)
Unit = Literal["days", "weeks", "months", "years"]
_PERIOD = re.compile(r"^([0-9]{1,4}) (day|week|month|year)s?$")


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as people write it: `14 days`, `2 weeks`, `6 months`, `1 year`."""

    number: int
    unit: Unit

    @classmethod
    def parse(cls, written: object) -> "Period":
        """Read `<number> <unit>`; raises `ValueError` for anything else."""
        if isinstance(written, cls):
            return written
        match = _PERIOD.fullmatch(written) if isinstance(written, str) else None
        if match is None:
            message = f"{written!r} is not a period; write for example '14 days' or '1 year'"
            raise ValueError(message)
        unit: Unit = f"{match[2]}s"  # type: ignore[assignment]
        return cls(int(match[1]), unit)

    def __str__(self) -> str:
        return f"{self.number} {self.unit if self.number != 1 else self.unit[:-1]}"

    @property
    def delta(self) -> relativedelta:
        """The calendar's difference; months and years end on a month's last day at the latest."""
        return relativedelta(**{self.unit: self.number})  # type: ignore[arg-type]

    def before(self, day: date) -> date:
        """Give the day that lies this period before `day`; the first day there is, at the least."""
        return _before(self, day)

    def after(self, moment: Moment) -> Moment:
        """Give the day or instant this period after `moment`."""
        return moment + self.delta

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(str),
            json_schema_input_schema=core_schema.str_schema(pattern=_PERIOD.pattern),
        )


_LARGEST = 10**9


# Judging many people on one day asks for the same few days again and again.
@lru_cache(maxsize=4096)
def _before(period: Period, day: date) -> date:
    try:
        return day - period.delta
    except (ValueError, OverflowError):
        return date.min


def hundredths(written: object) -> int:
    """Read a grade or credits as integer hundredths; raises `ValueError` beyond two decimals."""
    if isinstance(written, str):
        written = written.strip().replace(",", ".")
    try:
        value = Decimal(str(written)) * 100
    except ArithmeticError:
        value = Decimal("NaN")
    # The size is looked at first: an exponent of nine digits would take int() minutes.
    small = value.is_finite() and abs(value) < _LARGEST
    if isinstance(written, bool) or not small or value != int(value):
        message = f"{written!r} is not a number with at most two decimals, such as '2.5'"
        raise ValueError(message)
    return int(value)


def decimals(value: int) -> str:
    """Write integer hundredths as a number with at least one decimal: 170 → `1.7`."""
    whole, rest = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole}.{rest:02}".removesuffix("0")


_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string"}]}
Hundredths = Annotated[
    int,
    BeforeValidator(hundredths),
    PlainSerializer(decimals, return_type=str),
    WithJsonSchema(_NUMBER_SCHEMA),
]
"""A grade or ECTS credits, written as a number or string, kept as integer hundredths."""


def as_list(written: object) -> object:
    """Let a single value stand for a list of one."""
    return [written] if isinstance(written, str) else written


Names = Annotated[tuple[Name, ...], BeforeValidator(as_list)]
"""One name, or a list of them."""
