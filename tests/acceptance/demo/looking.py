"""Look at what the demonstration left behind, through the API."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from qualipath.engine import ActingAs, Qualipath
from qualipath.scenarios.duisburg.stage import PATH
from qualipath.services.models import Entry, Intake

BERLIN = ZoneInfo("Europe/Berlin")


def acting_as_hr(qualipath: Qualipath) -> ActingAs:
    # Whoever looks at it looks at it on the story's last day.
    now = datetime(2022, 4, 4, 12, tzinfo=UTC)
    return qualipath.acting_as("hr", "k.muster", organisation="duisburg", now=now)


def day(entry: Entry) -> date:
    return entry.effective_at.astimezone(BERLIN).date()


def an_intake(hr: ActingAs, tier: str, starts_on: date) -> Intake:
    (found,) = (i for i in hr.intakes(PATH, tier) if i.starts_on == starts_on)
    return found


def steps(hr: ActingAs, intake: Intake) -> dict[str, Entry]:
    return {entry.trigger: entry for entry in hr.history_of_intake(intake.id)}


def entries(hr: ActingAs, tier: str, trigger: str) -> list[Entry]:
    """Find what happened at a tier, of everybody."""
    found = (entry for e in hr.enrolments(PATH, tier) for entry in hr.history(e.id))
    return [entry for entry in found if entry.trigger == trigger]


def started(hr: ActingAs, tier: str, since: date, until: date) -> set[str | None]:
    return {entry.employee for entry in entries(hr, tier, "start") if since <= day(entry) <= until}
