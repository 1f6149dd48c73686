"""How organisations write their mails: their own settings, and what comes from above."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select, update

from qualipath.domain.correspondence import GENDERINGS, RHYTHMS, Correspondence
from qualipath.errors import InputError, NotFoundError
from qualipath.services.act import Act
from qualipath.services.organisations import nearest_organisation, reach_of
from qualipath.services.permission import only_hr
from qualipath.services.providers import mailbox
from qualipath.services.recording import digests
from qualipath.storage.batches import among, ids
from qualipath.storage.records import depth_of_the_upper
from qualipath.storage.tables import correspondence, employee, organisation_reach
from qualipath.storage.writing import insert_or_else

TIMEZONE = "Europe/Berlin"
"""Where the hour of digests and summaries is told."""

Inherit = Literal["", "inherit"]
"""Says of a setting that it is to be as in the organisation above."""

_NAMES = tuple(field.name for field in fields(Correspondence))


@dataclass(frozen=True, slots=True)
class Settings:
    """An organisation's settings for mails: what holds, and which of it is its `own`."""

    organisation: str
    holds: Correspondence
    own: frozenset[str]


def correspondence_of(act: Act, organisation_ids: Iterable[int]) -> Mapping[int, Correspondence]:
    """Give what holds for organisations, by id: each field from the nearest that sets it.

    One statement, however many they are.
    """
    dialect = act.connection.dialect.name
    wanted = sorted(set(organisation_ids))
    own: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for row in act.connection.execute(_nearest_last(dialect), ids(dialect, wanted)):
        own[row.reached_id] |= _set(row)
    return {id_: replace(Correspondence(), **own[id_]) for id_ in wanted}


def correspondences(act: Act) -> tuple[Settings, ...]:
    """List what holds for the organisations that the actor may see, by key; HR's alone."""
    only_hr(act)
    reach = reach_of(act)
    holds = correspondence_of(act, reach.values())
    rows = act.connection.execute(
        select(correspondence).where(correspondence.c.organisation_id.in_(reach.values()))
    )
    own = {row.organisation_id: frozenset(_set(row)) for row in rows}
    return tuple(Settings(key, holds[id_], own.get(id_, frozenset())) for key, id_ in reach.items())


def set_correspondence(  # noqa: PLR0913 -- the fields of one form
    act: Act,
    key: str,
    *,
    hr_address: str | None = None,
    gendering: str | None = None,
    rhythm: str | None = None,
    hour: int | Inherit | None = None,
    hourly_cap: int | Inherit | None = None,
    retention_days: int | Inherit | None = None,
    summary: bool | Inherit | None = None,
) -> Settings:
    """Change how an organisation writes its mails; what is left out stays as it is.

    `inherit`, or nothing but an empty text, lets a setting be as in the organisation above again.
    HR of the organisation, or of one above it, may do so. The weekly summary goes to organisations
    that have an address of their own, the next one on the Monday to come.

    Raises:
        RefusedError: the actor is not HR.
        NotFoundError: there is no such organisation that the actor may touch.
        InputError: a setting is not of its form.
    """
    only_hr(act)
    given = {
        "hr_address": hr_address,
        "gendering": gendering,
        "rhythm": rhythm,
        "hour": hour,
        "hourly_cap": hourly_cap,
        "retention_days": retention_days,
        "summary": summary,
    }
    changed = {name: _read(name, value) for name, value in given.items() if value is not None}
    reach = reach_of(act)
    if key not in reach:
        message = f"there is no organisation '{key}'; {nearest_organisation(key, reach)}"
        raise NotFoundError(message)
    # Before the organisation's row, as those do who send mails.
    collecting = _collecting(act, reach[key]) if changed.keys() & {"rhythm", "hour"} else ()
    act.connection.execute(
        insert_or_else(correspondence, act.connection.dialect.name)
        .values(organisation_id=reach[key])
        .on_conflict_do_nothing()
    )
    row = act.connection.execute(
        update(correspondence)
        .where(correspondence.c.organisation_id == reach[key])
        # Something is always written, so that the row is locked.
        .values(organisation_id=reach[key], **changed)
        .returning(correspondence)
    ).one()
    if changed.keys() & {"hr_address", "hour", "summary"}:
        _plan_summaries(act, reach[key])
    if collecting:
        _move_digests(act, collecting)
    holds = correspondence_of(act, [reach[key]])[reach[key]]
    return Settings(key, holds, frozenset(_set(row)))


def _collecting(act: Act, organisation_id: int) -> Sequence[Row[Any, Any]]:
    """Lock the digests to come of those who belong to an organisation or to one below it."""
    return digests.lock_collecting(act, employee.c.organisation_id.in_(_below(organisation_id)))


def _move_digests(act: Act, collecting: Sequence[Row[Any, Any]]) -> None:
    """Say anew when digests are due."""
    holds = correspondence_of(act, (row.organisation_id for row in collecting))
    zone = ZoneInfo(TIMEZONE)
    dues = ((r.id, holds[r.organisation_id].next_digest(act.recorded_at, zone)) for r in collecting)
    digests.move_digests(act, list(dues))


def _below(organisation_id: int) -> Select[tuple[int]]:
    return select(organisation_reach.c.organisation_id).where(
        organisation_reach.c.above_id == organisation_id
    )


def _plan_summaries(act: Act, organisation_id: int) -> None:
    """Say anew when the next summaries of an organisation and those below it are due."""
    rows = act.connection.execute(
        select(correspondence)
        .where(correspondence.c.organisation_id.in_(_below(organisation_id)))
        .order_by(correspondence.c.organisation_id)
        .with_for_update()
    ).all()
    holds = correspondence_of(act, (row.organisation_id for row in rows))
    for row in rows:
        theirs = holds[row.organisation_id]
        due_at = None
        if row.hr_address is not None and theirs.summary:
            due_at = theirs.next_summary(act.effective_at, ZoneInfo(TIMEZONE))
            if row.summary_due_at is not None and row.summary_due_at <= act.effective_at:
                # What is overdue is still owed.
                due_at = row.summary_due_at
        act.connection.execute(
            update(correspondence)
            .where(correspondence.c.organisation_id == row.organisation_id)
            .values(summary_due_at=due_at)
        )


def _set(row: Row[Any]) -> dict[str, Any]:
    """Give the fields that a row of `correspondence` sets."""
    written = row._mapping  # noqa: SLF001 -- the documented way to a row's columns by name
    return {name: written[name] for name in _NAMES if written[name] is not None}


@cache
def _nearest_last(dialect: str) -> Select[Any]:
    reach = organisation_reach
    return (
        select(reach.c.organisation_id.label("reached_id"), correspondence)
        .join(correspondence, correspondence.c.organisation_id == reach.c.above_id)
        .where(among(reach.c.organisation_id, dialect))
        .order_by(depth_of_the_upper())
    )


# --- What may be written --------------------------------------------------------------------------


def _read(name: str, value: object) -> object:
    """Read one setting; None where it is to be as above."""
    return None if value in get_args(Inherit) else _READERS[name](value)


def _hr_address(written: str) -> str:
    address = mailbox(written)
    # It stands in every mail, which then only servers with SMTPUTF8 would take.
    if not address.rpartition("@")[0].isascii():
        message = f"'{address}' can't be HR's address; use ASCII letters alone before the @"
        raise InputError(message)
    return address


def _one_of(name: str, known: Sequence[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in known:
            message = f"'{value}' is not a {name}; write one of {', '.join(known)}, or inherit"
            raise InputError(message)
        return str(value)

    return read


def _number(what: str, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            message = f"{what} can't be '{value}'; write 0 to {most}, or inherit"
            raise InputError(message)
        return value

    return read


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        message = f"the weekly summary can't be '{value}'; write True or False, or inherit"
        raise InputError(message)
    return value


_READERS: Mapping[str, Callable[[Any], object]] = {
    "hr_address": _hr_address,
    "gendering": _one_of("gendering style", GENDERINGS),
    "rhythm": _one_of("rhythm", RHYTHMS),
    "hour": _number("the hour", 23),
    "hourly_cap": _number("the hourly cap", 1_000_000),
    "retention_days": _number("the number of days for which mails are kept", 3_650),
    "summary": _yes_or_no,
}
