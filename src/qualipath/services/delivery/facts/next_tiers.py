"""What is open to people who have completed a tier: the tiers that they may begin now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from qualipath.definition.spec import Outcome
from qualipath.definition.values import Locale
from qualipath.domain.progression import asked_at_entry
from qualipath.notices.mail import Row
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.delivery.facts.wording import day_of, tell_day
from qualipath.services.delivery.waiting import Subject
from qualipath.services.enquiries import may_begin
from qualipath.services.intakes.loading import offered
from qualipath.services.judging import occasion_on
from qualipath.services.library import Published
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import employee, intake


@dataclass(frozen=True, slots=True)
class NextTiers:
    """Which tiers people (by path and id) may begin, and the next intake of each path's tiers."""

    open_to: Mapping[tuple[str, int], list[str]]
    intakes: Mapping[tuple[str, str], Offered]
    newest: Mapping[str, Published]

    @classmethod
    def load(
        cls, act: Act, subjects: Iterable[Subject], newest: Mapping[str, Published]
    ) -> "NextTiers":
        """Read it for those who have completed a tier: a statement for each tier of a path."""
        people: defaultdict[str, set[int]] = defaultdict(set)
        for subject in subjects:
            if subject.published and subject.person and has_completed(subject):
                people[subject.published.definition.path.path].add(subject.person.id)
        intakes = _next_intakes(act, people) if people else {}
        open_to: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for path, who in people.items():
            for tier in newest[path].definition.path.tiers:
                for id_ in _may_begin(act, newest[path], tier, intakes.get((path, tier)), who):
                    open_to[path, id_].append(tier)
        return cls(open_to, intakes, newest)

    def rows(self, subject: Subject, locale: Locale) -> tuple[Row, ...]:
        """Tell the tiers in their order, each with its next window."""
        if subject.published is None or subject.person is None or not has_completed(subject):
            return ()
        path = subject.published.definition.path.path
        tiers = self.open_to.get((path, subject.person.id), [])
        return tuple(self._row(path, tier, locale) for tier in tiers)

    def _row(self, path: str, tier: str, locale: Locale) -> Row:
        title = self.newest[path].definition.path.tiers[tier].title
        row: dict[str, str | None] = dict.fromkeys(("opens_on", "closes_on", "starts_on"))
        if following := self.intakes.get((path, tier)):
            dates = following.dates
            row["opens_on"] = tell_day(day_of(dates.opens_at, following.timezone), locale)
            row["closes_on"] = tell_day(following.last_day_to_apply, locale)
            row["starts_on"] = tell_day(dates.starts_on, locale)
        return {"tier": title.text(locale), **row}


def has_completed(subject: Subject) -> bool:
    """Tell whether the enrolment has been completed by now."""
    attempt, published = subject.attempt, subject.published
    if attempt is None or published is None:
        return False
    if attempt.tier not in published.definition.path.tiers:
        return False
    state = published.definition.lifecycle_of(attempt.tier).states.get(attempt.state)
    return state is not None and state.closed is Outcome.COMPLETED


def _next_intakes(act: Act, paths: Iterable[str]) -> dict[tuple[str, str], Offered]:
    """Give, by path and tier, the first intake to come that people can still apply for."""
    columns = intake.c
    rows = act.connection.execute(
        select(intake)
        .where(
            columns.path.in_(sorted(paths)),
            columns.state.in_(("planned", "open")),
            columns.closes_at > act.effective_at,
        )
        .order_by(columns.opens_at, columns.id)
    )
    found: dict[tuple[str, str], Offered] = {}
    for row in rows:
        found.setdefault((row.path, row.tier), offered(row))
    return found


def _may_begin(
    act: Act, newest: Published, tier: str, following: Offered | None, people: Iterable[int]
) -> list[int]:
    """Find those of the people (by id) who may begin a tier, as when they applied for it now."""
    definition, dialect = newest.definition, act.connection.dialect.name
    asked = asked_at_entry(definition.lifecycle_of(tier))
    starts_on = following.dates.starts_on if following else None
    occasion = occasion_on(act.today(definition.timezone), definition, asked, starts_on)
    able = select(employee.c.id).where(
        among(employee.c.id, dialect), *may_begin(newest, tier, occasion)
    )
    return list(act.connection.scalars(able, ids(dialect, sorted(people))))
