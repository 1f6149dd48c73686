"""Why somebody has a rank, told from what the protocol of an allocation stores."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from qualipath.definition.spec import Definition
from qualipath.definition.values import Text
from qualipath.domain.allocation.measures import GRADE, LOT, QUOTA
from qualipath.domain.phrases import decimal, title
from qualipath.domain.wording import Refusal, Sentence, sentence

_NAMES: Mapping[str, Text] = {
    QUOTA: Text(de="Kontingent", en="quota"),
    "waiting": Text(de="Zeitpunkt der Bewerbung", en="time of application"),
    "rejections": Text(de="frühere Ablehnungen", en="earlier rejections"),
    "tenure": Text(de="Beschäftigungsdauer", en="length of employment"),
    LOT: Text(de="Los", en="lot"),
}


def refusal_basis(refusals: Sequence[Refusal]) -> dict[str, Any]:
    """Give what the protocol stores of somebody whom the prerequisites refuse, ready for JSON."""
    reasons = [{"de": refusal.text("de"), "en": refusal.text("en")} for refusal in refusals]
    return {"refused": reasons}


def explain(basis: Mapping[str, Any], definition: Definition) -> tuple[Sentence, ...]:
    """Tell why: each criterion's finding in their order, then which one decided.

    `basis` is `Ranked.basis()` or `refusal_basis(...)`, as it was or read from JSON. It names all
    criteria itself, for the policy may have changed since; instants are told in the path's time
    zone.
    """
    if "refused" in basis:
        return tuple(Sentence("{de}", "{en}", reason) for reason in basis["refused"])
    return tuple(_findings(basis, definition))


def _findings(basis: Mapping[str, Any], definition: Definition) -> Iterator[Sentence]:
    for name, value in basis["criteria"].items():
        match name:
            case "quota":
                yield _quota(value, kept=basis["kept"])
            case "waiting":
                yield _waiting(value, ZoneInfo(definition.timezone))
            case "rejections":
                yield sentence(
                    "frühere Ablehnungen: {number}", "earlier rejections: {number}", number=value
                )
            case "tenure":
                yield _tenure(value)
            case "lot":
                yield sentence("Los {lot}", "lot {lot}", lot=value)
            case _:
                yield _grade(name.removeprefix(GRADE), value, definition)
    if basis["decided_by"] is not None:
        yield sentence(
            "hinter dem Rang davor wegen: {criterion}",
            "behind the rank before by: {criterion}",
            criterion=_named(basis["decided_by"], definition),
        )


def _named(criterion: str, definition: Definition) -> Text | Sentence:
    if criterion in _NAMES:
        return _NAMES[criterion]
    tier = title(criterion.removeprefix(GRADE), definition)
    return sentence("Note in „{tier}“", "grade in '{tier}'", tier=tier)


def _quota(home: str | None, *, kept: bool) -> Sentence:
    if home is None:
        return sentence(
            "für die eigene Organisation werden keine Plätze freigehalten",
            "no seats are kept for the own organisation",
        )
    if kept:
        return sentence(
            "vorn auf einem Platz, der für „{home}“ freigehalten wird",
            "ahead on a seat that is kept for '{home}'",
            home=home,
        )
    return sentence(
        "die für „{home}“ freigehaltenen Plätze gehen an andere von dort",
        "the seats kept for '{home}' go to others from there",
        home=home,
    )


def _waiting(applied_at: str, zone: ZoneInfo) -> Sentence:
    local = datetime.fromisoformat(applied_at).astimezone(zone)
    return sentence(
        "beworben am {day} um {clock} Uhr",
        "applied on {day} at {clock}",
        day=local.date(),
        clock=f"{local:%H:%M:%S}",
    )


def _tenure(hired_on: str | None) -> Sentence:
    if hired_on is None:
        return sentence("Tag der Einstellung unbekannt", "day of hiring unknown")
    return sentence(
        "beschäftigt seit {day}", "employed since {day}", day=date.fromisoformat(hired_on)
    )


def _grade(tier: str, grade: int | None, definition: Definition) -> Sentence:
    named = title(tier, definition)
    if grade is None:
        return sentence("keine Note in „{tier}“", "no grade in '{tier}'", tier=named)
    return sentence(
        "Note {grade} in „{tier}“", "grade {grade} in '{tier}'", grade=decimal(grade), tier=named
    )
