"""Change what an intake offers: its seats, and its dates."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from qualipath.definition.local_time import day_start
from qualipath.domain.intake import Dates
from qualipath.errors import InputError
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.commands import once
from qualipath.services.intakes.asking import intake as asked_intake
from qualipath.services.intakes.dating import in_order
from qualipath.services.intakes.drafting import MOST_SEATS
from qualipath.services.intakes.instants import When, instant_of, shown
from qualipath.services.intakes.loading import load_intake
from qualipath.services.intakes.steps import take_step, tell_people
from qualipath.services.models import Intake
from qualipath.services.performing import seatings
from qualipath.services.permission import only_owner
from qualipath.services.recording import realign
from qualipath.services.seats import settle_intake


def resize_intake(act: Act, intake_id: int, seats: int, reason: str) -> Intake:
    """Offer more seats, which go to those who wait, or fewer, if nobody holds them.

    Raises:
        InputError: fewer seats than are taken, or than are kept for organisations.
        NotFoundError: there is no such intake, or the actor may not see it.
        RefusedError: the rules do not allow it; every reason is given.
    """
    content = {"id": intake_id, "seats": seats, "reason": reason}

    def run() -> Intake:
        loaded = load_intake(act, intake_id, lock=True)
        only_owner(act, loaded.path)
        _check_seats(act, loaded, seats)
        step = take_step(act, loaded, "resize", reason=reason, seats=seats)
        tell_people(act, step)
        settle_intake(act, step.after)
        return asked_intake(act, intake_id)

    return once(act, "resize intake", content, Intake, run)


def _check_seats(act: Act, loaded: Offered, seats: int) -> None:
    which = f"intake {loaded.id} ({loaded.title})"
    if not 0 <= seats <= MOST_SEATS:
        raise InputError(f"{which} can't have {seats} seats; write 0 to {MOST_SEATS}")
    taken = seatings(act, [loaded.written_id])[loaded.written_id].taken
    if seats < taken:
        message = f"{which} can't have {seats} seats: {taken} are taken; write {taken} or more"
        raise InputError(message)
    published = act.library.offering(act.connection, loaded.path, loaded.tier)
    spec = published.definition.path.tiers[loaded.tier].intakes
    kept = sum(spec.quota.seats.values()) if spec and spec.quota and not loaded.pooled else 0
    if seats < kept:
        message = (
            f"{which} can't have {seats} seats: {kept} are kept for organisations until "
            f"{loaded.dates.quotas_lapse_at}; write {kept} or more"
        )
        raise InputError(message)


def redate_intake(  # noqa: PLR0913 -- the fields of one form
    act: Act,
    intake_id: int,
    reason: str,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    opens: When | None = None,
    closes: When | None = None,
    allocates: When | None = None,
    lectures_from: date | None = None,
    lectures_until: date | None = None,
) -> Intake:
    """Correct an intake's dates, and tell those concerned; what is left out stays.

    The waiting list and the quotas keep their distance from the start.

    Raises:
        InputError: the dates are in no order, are past already, or nothing changes.
        NotFoundError: there is no such intake, or the actor may not see it.
        RefusedError: the rules do not allow it; every reason is given.
    """
    given: dict[str, Any] = {
        "starts_on": starts_on,
        "ends_on": ends_on,
        "opens": opens,
        "closes": closes,
        "allocates": allocates,
        "lectures_from": lectures_from,
        "lectures_until": lectures_until,
    }

    def run() -> Intake:
        loaded = load_intake(act, intake_id, lock=True)
        only_owner(act, loaded.path)
        wanted = {name: value for name, value in given.items() if value is not None}
        _refuse_past(loaded, wanted)
        dates = _redated(act, loaded, wanted)
        if dates == loaded.dates:
            message = f"intake {loaded.id} ({loaded.title}) has these dates already"
            raise InputError(message)
        step = take_step(act, loaded, "redate", reason=reason, dates=dates)
        realign(act, step.before, step.after)
        tell_people(act, step)
        return asked_intake(act, intake_id)

    content = {"id": intake_id, "reason": reason, **given}
    return once(act, "redate intake", content, Intake, run)


# Up to which state each date can still be corrected.
_LAST: Mapping[str, str] = {
    "opens": "planned",
    "closes": "open",
    "allocates": "closed",
    "starts_on": "allocated",
}
_ORDER = ("planned", "open", "closed", "allocated", "running")


def _refuse_past(loaded: Offered, wanted: Iterable[str]) -> None:
    """Refuse to change what has happened already; an intake out of order is left to the machine."""
    reached = _ORDER.index(loaded.state) if loaded.state in _ORDER else 0
    for name in wanted:
        if name in _LAST and reached > _ORDER.index(_LAST[name]):
            message = (
                f"'{name}' of intake {loaded.id} ({loaded.title}) is past: the intake is "
                f"{loaded.state} by now"
            )
            raise InputError(message)


def _redated(act: Act, loaded: Offered, wanted: Mapping[str, Any]) -> Dates:
    zone, dates = ZoneInfo(loaded.timezone), loaded.dates
    starts_on = wanted.get("starts_on", dates.starts_on)
    ends_on = wanted.get("ends_on", dates.ends_on)
    if ends_on < starts_on:
        told = f"the intake would end on {ends_on}, before it starts on {starts_on}"
        raise InputError(f"{told}; say when it ends, too")
    starts_at, ends_at = day_start(starts_on, zone), day_start(ends_on + timedelta(days=1), zone)

    def instant(name: str, before: datetime, *, ends: bool = True) -> datetime:
        given = wanted.get(name)
        return before if given is None else instant_of(given, zone, name, ends=ends)

    def as_far_from_start(at: datetime) -> datetime:
        days = (at.astimezone(zone).date() - dates.starts_on).days
        return day_start(starts_on + timedelta(days=days), zone)

    closes_at = instant("closes", dates.closes_at)
    at_closing = dates.allocates_at == dates.closes_at
    allocates_at = instant("allocates", closes_at if at_closing else dates.allocates_at)
    lapse = dates.quotas_lapse_at
    redated = replace(
        dates,
        starts_on=starts_on,
        ends_on=ends_on,
        opens_at=instant("opens", dates.opens_at, ends=False),
        closes_at=closes_at,
        allocates_at=allocates_at,
        quotas_lapse_at=max(as_far_from_start(lapse), allocates_at) if lapse else None,
        starts_at=starts_at,
        list_closes_at=min(as_far_from_start(dates.list_closes_at), ends_at),
        ends_at=ends_at,
        lectures_from=wanted.get("lectures_from", dates.lectures_from),
        lectures_until=wanted.get("lectures_until", dates.lectures_until),
    )
    _check_lectures(redated)
    if "closes" in wanted and closes_at <= act.effective_at:
        message = f"applications would have closed already, at {shown(closes_at, zone)}"
        raise InputError(f"{message}; name a later day, or close the intake now")
    return in_order(redated, zone, redated.opens_at)


def _check_lectures(dates: Dates) -> None:
    first, last = dates.lectures_from, dates.lectures_until
    if (first is None) != (last is None):
        raise InputError("lectures need their first and their last day")
    if first and last and not dates.starts_on <= first <= last <= dates.ends_on:
        message = (
            f"lectures from {first} to {last} do not lie within the intake, from "
            f"{dates.starts_on} to {dates.ends_on}"
        )
        raise InputError(message)
