"""An intake's own instants, and which of them comes next."""

from dataclasses import dataclass
from datetime import date, datetime

from qualipath.definition.spec import LifecycleSpec, TransitionSpec


@dataclass(frozen=True, slots=True)
class Dates:
    """When an intake opens, closes, allocates, starts and ends; instants are aware.

    From `closes_at` on no application is taken; from `list_closes_at` on nobody moves up from the
    waiting list. `starts_on` and `ends_on` are the first and the last day; lectures may be given
    within fewer. `quotas_lapse_at` is there where seats are kept for organisations.
    """

    opens_at: datetime
    closes_at: datetime
    allocates_at: datetime
    starts_at: datetime
    list_closes_at: datetime
    ends_at: datetime
    starts_on: date
    ends_on: date
    quotas_lapse_at: datetime | None = None
    lectures_from: date | None = None
    lectures_until: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What the scheduler does next with an intake, and when."""

    at: datetime
    trigger: str


def next_due(
    lifecycle: LifecycleSpec, state: str, dates: Dates, *, waits_for_hr: bool, done: frozenset[str]
) -> Due | None:
    """Give the next scheduled transition out of a state, if any.

    `done` names triggers that keep the state and have fired already. An intake that `waits_for_hr`,
    because too few applied, is not allocated by the scheduler.
    """
    dues = (_due(transition, dates) for transition in lifecycle.transitions)
    possible = (
        due
        for transition, due in zip(lifecycle.transitions, dues, strict=True)
        if due is not None
        and state in transition.sources
        and due.trigger not in done
        and not (waits_for_hr and "minimum_reached" in transition.guards)
    )
    return min(possible, key=lambda due: due.at, default=None)


def _due(transition: TransitionSpec, dates: Dates) -> Due | None:
    at = getattr(dates, transition.at) if transition.at else None
    return Due(at, transition.trigger) if at else None
