"""Who is in an intake, and how many of its seats are held for whom."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, literal_column, select

from qualipath.definition.intakes import Quota
from qualipath.definition.spec import AVAILABLE, LifecycleSpec
from qualipath.domain.actor import Actor
from qualipath.domain.allocation import Room, home_of
from qualipath.domain.wording import Refusal
from qualipath.services.act import Act
from qualipath.services.change import Enrolled, Offered
from qualipath.services.loading import enrolled_as, seen_enrolments
from qualipath.storage.columns import as_indexed
from qualipath.storage.driver import Read
from qualipath.storage.records import load_organisations
from qualipath.storage.tables import enrolment


def in_states_before(
    act: Act, loaded: Offered, trigger: str, *, paused: bool = False
) -> list[Enrolled]:
    """Find who is in a locked intake and in a state from which the trigger leads on.

    They come in the order of their applications; paused ones only if asked for.
    """
    versions = list(act.library.having(act.connection, loaded.path, loaded.tier))
    named = {
        s for v in versions for s in sources_of(v.definition.lifecycle_of(loaded.tier), trigger)
    }
    read = _arrived(act.actor, act.today(), tuple(sorted(named)), paused)
    found = (enrolled_as(act, row) for row in read.rows(act.connection, {"here": loaded.id}))
    # Everybody keeps the version they began with, where states may have other names.
    return [enrolled for enrolled in found if _leads_on(enrolled, trigger)]


def _leads_on(enrolled: Enrolled, trigger: str) -> bool:
    return (enrolled.state, trigger) in enrolled.published.machine(enrolled.tier).table


def sources_of(lifecycle: LifecycleSpec, trigger: str) -> list[str]:
    """Name the states from which a trigger leads on."""
    meant = (t.sources for t in lifecycle.transitions if t.trigger == trigger)
    return [source for sources in meant for source in sources if source != AVAILABLE]


def waiting(act: Act, loaded: Offered, limit: int | None = None) -> list[Enrolled]:
    """Give those on a locked intake's waiting list who may move up, in its order."""
    # The first are looked up before anything is joined to them: PostgreSQL would join the whole
    # list. Powers of two need few statements.
    most = None if limit is None else 1 << max(limit - 1, 0).bit_length()
    rows = _waiting(act.actor, act.today(), most).rows(act.connection, {"here": loaded.id})
    return [enrolled_as(act, row) for row in rows[:limit]]


# Building a statement costs more than executing it, so that an actor's is built once a day.


@lru_cache(maxsize=256)
def _arrived(actor: Actor, on: date, states: tuple[str, ...], paused: bool) -> Read:  # noqa: FBT001
    found = _inside(actor, on).where(enrolment.c.state.in_(states))
    if not paused:
        found = found.where(enrolment.c.paused_at.is_(None))
    return Read(lambda _: found.order_by(enrolment.c.applied_at, enrolment.c.id))


@lru_cache(maxsize=256)
def _waiting(actor: Actor, on: date, most: int | None) -> Read:
    here = enrolment.alias()
    first = (
        select(here.c.id)
        .where(
            here.c.intake_id == bindparam("here", None, type_=Integer()),
            here.c.place.is_not(None),
            here.c.paused_at.is_(None),
        )
        .order_by(here.c.place)
        .limit(None if most is None else literal_column(str(most)))
    )
    found = seen_enrolments(actor, on).where(enrolment.c.id.in_(first))
    return Read(lambda _: found.order_by(enrolment.c.place))


def _inside(actor: Actor, on: date) -> Select[Any]:
    here = bindparam("here", None, type_=Integer())
    return seen_enrolments(actor, on).where(enrolment.c.intake_id == here)


@dataclass(frozen=True, slots=True)
class Homes:
    """Which quota each organisation counts towards."""

    act: Act
    quota: Quota | None

    def of(self, who: Sequence[Enrolled]) -> list[str | None]:
        """Give the home of each: the nearest organisation that seats are kept for."""
        if self.quota is None:
            return [None] * len(who)
        homes = self._homes({enrolled.organisation_id for enrolled in who})
        return [homes[enrolled.organisation_id] for enrolled in who]

    def room(self, loaded: Offered) -> Room:
        """Give the seats of a locked intake, those that are taken, and those that are kept."""
        return Room(loaded.seats, self.quota, self.taken(loaded), pooled=loaded.pooled)

    def taken(self, loaded: Offered) -> Counter[str | None]:
        """Count the seats of a locked intake that are held, by home."""
        rows = _TAKEN.rows(self.act.connection, {"here": loaded.id})
        homes = self._homes({id_ for id_, _ in rows}) if self.quota else {}
        taken: Counter[str | None] = Counter()
        for organisation_id, count in rows:
            taken[homes.get(organisation_id)] += count
        return taken

    def _homes(self, organisation_ids: set[int]) -> dict[int, str | None]:
        above = load_organisations(self.act.connection, organisation_ids)
        return {id_: home_of(keys, self.quota) for id_, keys in above.items()}


_TAKEN = Read(
    lambda _: (
        select(enrolment.c.organisation_id, func.count().label("seats"))
        .where(
            enrolment.c.intake_id == bindparam("here", None, type_=Integer()),
            as_indexed(enrolment.c.holds_seat),
        )
        .group_by(enrolment.c.organisation_id)
    )
)


def told(refusals: Sequence[Refusal]) -> str:
    """Tell why somebody is refused a seat, as the reason that the history keeps."""
    return "; ".join(refusal.text("de") for refusal in refusals)[:2000]
