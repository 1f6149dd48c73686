"""What is told of an enrolment."""

from dataclasses import dataclass

from qualipath.definition.values import Locale
from qualipath.notices.mail import Row, Value
from qualipath.services.delivery.facts.actors import Actors
from qualipath.services.delivery.facts.courses import tell_course
from qualipath.services.delivery.facts.dues import Dues
from qualipath.services.delivery.facts.entries import Entries
from qualipath.services.delivery.facts.next_tiers import NextTiers
from qualipath.services.delivery.facts.standing import Standings
from qualipath.services.delivery.facts.wording import day_of, tell_day, tell_grade
from qualipath.services.delivery.waiting import Attempt, Subject


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """What was read about a page's enrolments."""

    entries: Entries
    actors: Actors
    dues: Dues
    standings: Standings
    next_tiers: NextTiers

    def tell(self, subject: Subject, attempt: Attempt, locale: Locale) -> dict[str, Value]:
        """Tell all of an enrolment but what is the addressee's."""
        entry = self.entries.of(subject)
        happened = day_of(entry.effective_at, subject.timezone) if entry else None
        place = self.standings.places.get(attempt.id)
        left = self.standings.attempts_left.get(attempt.id)
        return {
            **tell_course(subject, locale),
            "supervisor": subject.superior.name if subject.superior else None,
            "actor": self.actors.name(entry, subject, locale),
            "happened_on": tell_day(happened, locale),
            "applied_on": tell_applied(subject, attempt, locale),
            "due_on": tell_day(self.dues.of_enrolment(subject), locale),
            "reason": entry.told_reason(locale) if entry else None,
            "reasons": entry.told_reasons(locale) if entry else (),
            "state": _told_state(subject, attempt, locale),
            "place": None if place is None else str(place),
            "grade": tell_grade(attempt.grade, locale),
            "valid_until": tell_day(self.standings.valid_until.get(attempt.id), locale),
            "attempts_left": None if left is None else str(left),
            "next_tiers": self.next_tiers.rows(subject, locale),
        }

    def tell_requests(self, told: list[Subject], locale: Locale) -> tuple[Row, ...]:
        """Tell requests as a list, each once, the most urgent first."""
        latest = {subject.attempt.id: subject for subject in told if subject.attempt}
        dues = {id_: self.dues.of_enrolment(subject) for id_, subject in latest.items()}
        in_order = sorted(latest, key=lambda id_: (dues[id_] is None, str(dues[id_] or ""), id_))
        return tuple(
            {
                "enrolment": str(id_),
                **tell_person(latest[id_]),
                **_told_course(latest[id_], locale),
                "due_on": tell_day(dues[id_], locale),
            }
            for id_ in in_order
        )


def tell_applied(subject: Subject, attempt: Attempt, locale: Locale) -> str | None:
    """Tell the day of the application."""
    if attempt.applied_at is None:
        return None
    return tell_day(day_of(attempt.applied_at, subject.timezone), locale)


def tell_person(subject: Subject) -> dict[str, str]:
    """Tell the name and number of the employee that a notice is about."""
    person = subject.person
    return {"employee": person.name if person else "", "number": person.number if person else ""}


def _told_state(subject: Subject, attempt: Attempt, locale: Locale) -> str | None:
    if subject.published is None or attempt.tier not in subject.published.definition.path.tiers:
        return None
    state = subject.published.definition.lifecycle_of(attempt.tier).states.get(attempt.state)
    return state.title.text(locale) if state else None


def _told_course(subject: Subject, locale: Locale) -> Row:
    course = tell_course(subject, locale)
    applied = tell_applied(subject, subject.attempt, locale) if subject.attempt else None
    return {name: course.get(name) for name in ("tier", "term", "starts_on")} | {
        "applied_on": applied
    }
