"""How intakes read: their days and hours where the calendar is, and how full they are."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from qualipath.cli.output import Output

if TYPE_CHECKING:
    from qualipath.services.models import Intake

_DAY = timedelta(days=1)


def intake_name(intake: "Intake", output: Output) -> str:
    """Tell an intake of a tier from its others: by its term, or its first day."""
    return intake.term or short_day(intake.starts_on, output)


def intake_moved(intake: "Intake", output: Output) -> str:
    """Tell in a line where an intake stands, and how full it is."""
    return f"{_head(intake, output)}; {fill_told(intake, output)}"


def intake_planned(intake: "Intake", output: Output) -> str:
    """Tell in a line where an intake stands, and its dates."""
    window, span = _window(intake, output), days_told(intake.starts_on, intake.ends_on, output)
    seats = output.say(f"{intake.seats} Plätze", f"{intake.seats} seats")
    dates = output.say(f"Bewerbung {window}, läuft {span}", f"apply {window}, runs {span}")
    if lectures := _lectures(intake, output):
        dates += output.say(f", Lehrveranstaltungen {lectures}", f", lectures {lectures}")
    return f"{_head(intake, output)}; {dates}; {seats}"


def _head(intake: "Intake", output: Output) -> str:
    word = output.say("Durchgang", "intake")
    name = intake_name(intake, output)
    return f"{word} {intake.id}: {intake.tier} {name}: {_state(intake, output)}"


def fill_told(intake: "Intake", output: Output) -> str:
    """Tell how full an intake is: `28/30 seats, 5 waiting`."""
    told = output.say(
        f"{intake.taken}/{intake.seats} Plätze", f"{intake.taken}/{intake.seats} seats"
    )
    waits = "wartet" if intake.waiting == 1 else "warten"
    waiting = output.say(f", {intake.waiting} {waits}", f", {intake.waiting} waiting")
    return told + (waiting if intake.waiting else "")


def list_intakes(intakes: "Sequence[Intake]", output: Output) -> None:
    """Show intakes as a table; nothing if there is none."""
    if not intakes:
        return
    several = len({intake.path for intake in intakes}) > 1
    columns = ("intake", "tier", "term", "state", "applications", "starts", *_COUNTS)
    output.table(
        (columns[0], "path", *columns[1:]) if several else columns,
        [_row(intake, output, several=several) for intake in intakes],
    )


_COUNTS = ("seats", "waiting", "applied")


def _row(intake: "Intake", output: Output, *, several: bool) -> Sequence[object]:
    return (
        intake.id,
        *((intake.path,) if several else ()),
        intake.tier,
        intake.term,
        _state(intake, output),
        _window(intake, output),
        short_day(intake.starts_on, output),
        f"{intake.taken}/{intake.seats}",
        intake.waiting or None,
        intake.applied or None,
    )


def intake_rows(intake: "Intake", output: Output) -> Iterator[tuple[str, str]]:
    """Give all there is to know of an intake, name by name."""
    zone = intake.timezone
    yield output.say("Stand", "State"), _state(intake, output)
    yield output.say("Bewerbung", "Applications"), _window(intake, output)
    yield output.say("Vergabe", "Allocation"), at_told(intake.allocates_at, zone, output, ends=True)
    if intake.quotas_lapse_at is not None:
        lapses = at_told(intake.quotas_lapse_at, zone, output, ends=True)
        yield output.say("Kontingente bis", "Quotas until"), lapses
    yield output.say("Läuft", "Runs"), days_told(intake.starts_on, intake.ends_on, output)
    if lectures := _lectures(intake, output):
        yield output.say("Lehrveranstaltungen", "Lectures"), lectures
    yield (
        output.say("Nachrücken bis", "Moving up until"),
        at_told(intake.list_closes_at, zone, output),
    )
    yield output.say("Plätze", "Seats"), fill_told(intake, output)
    yield output.say("Beworben", "Applied"), str(intake.applied)
    if intake.minimum:
        yield output.say("Mindestens", "Minimum"), str(intake.minimum)
    if intake.provider is not None:
        yield output.say("Anbieter", "Provider"), intake.provider
    if intake.due_at is not None:
        yield output.say("Nächster Schritt", "Next step"), at_told(intake.due_at, zone, output)


def _state(intake: "Intake", output: Output) -> str:
    told = intake.state_title.text(output.locale)
    few = output.say(" (zu wenige, bitte entscheiden)", " (too few, to be decided)")
    return told + (few if intake.undersized else "")


def _window(intake: "Intake", output: Output) -> str:
    """Tell when applications are taken: by days, unless they begin or end within one."""
    zone = ZoneInfo(intake.timezone)
    opens, closes = intake.opens_at.astimezone(zone), intake.closes_at.astimezone(zone)
    if opens.time() == closes.time() == time():
        return days_told(opens.date(), closes.date() - _DAY, output)
    first = at_told(opens, intake.timezone, output)
    return f"{first} – {at_told(closes, intake.timezone, output, ends=True)}"


def _lectures(intake: "Intake", output: Output) -> str:
    first, last = intake.lectures_from, intake.lectures_until
    return days_told(first, last, output) if first and last else ""


def days_told(first: date, last: date, output: Output) -> str:
    """Write a span of days, both included: `1 Jun – 20 Aug 2026`."""
    from babel.dates import format_interval  # noqa: PLC0415 -- slow to import

    # Babel parts day and dash by thin spaces, which terminals and greps know little of.
    told: str = format_interval(first, last, skeleton="yMMMd", locale=_locale(output))
    return told.replace("\u2009", " ")


def short_day(day: date, output: Output) -> str:
    """Write a day as briefly as people read it: `1 Jun 2026`."""
    return days_told(day, day, output)


def at_told(instant: datetime, timezone: str, output: Output, *, ends: bool = False) -> str:
    """Write an instant where the calendar is; a midnight that `ends` a day as 24:00 of it."""
    local = instant.astimezone(ZoneInfo(timezone))
    if ends and local.time() == time():
        return f"{short_day(local.date() - _DAY, output)}, 24:00"
    return f"{short_day(local.date(), output)}, {local:%H:%M}"


def instant_in(instant: datetime, timezone: str) -> str:
    """Write an instant where the calendar is, to the minute."""
    return instant.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")


def _locale(output: Output) -> str:
    return "de" if output.locale.startswith("de") else "en_GB"
