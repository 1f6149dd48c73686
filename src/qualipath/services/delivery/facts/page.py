"""All facts of a page of notices: loaded together, and told for each addressee."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from qualipath.definition.values import Locale
from qualipath.notices.fields import FIELDS, GENERAL
from qualipath.notices.mail import Row, Value
from qualipath.services.act import Act
from qualipath.services.delivery.facts.actors import Actors
from qualipath.services.delivery.facts.courses import tell_course
from qualipath.services.delivery.facts.dues import Dues
from qualipath.services.delivery.facts.enrolments import EnrolmentFacts, tell_person
from qualipath.services.delivery.facts.entries import Entries
from qualipath.services.delivery.facts.intakes import IntakeFacts, is_of_team, load_teams
from qualipath.services.delivery.facts.next_tiers import NextTiers
from qualipath.services.delivery.facts.standing import Standings
from qualipath.services.delivery.facts.summaries import tell_summary
from qualipath.services.delivery.facts.wording import tell_day, tell_rhythm
from qualipath.services.delivery.waiting import Addressee, Subject
from qualipath.services.library import Published

DIGEST = "digest"

_EMPTY: Mapping[str, Value] = {
    field.name: field.empty for fields in (GENERAL, *FIELDS.values()) for field in fields
}
"""Every field there is, as it is where nothing is known: one notice may be about several things."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the templates of a page's notices may tell: load it once, then ask for each mail.

    `Facts.load(act, subjects)` takes every subject of the page, those that digests tell included.
    """

    enrolments: EnrolmentFacts
    intakes: IntakeFacts
    teams: Mapping[tuple[int, str], Sequence[Row]]
    act: Act

    @classmethod
    def load(cls, act: Act, subjects: Iterable[Subject]) -> Self:
        """Read what is told of subjects: some statements for all of them."""
        subjects = list(subjects)
        newest = _newest(act, subjects)
        entries, dues = Entries.load(act, subjects), Dues.load(act, subjects)
        enrolments = EnrolmentFacts(
            entries,
            Actors.load(act, entries.every()),
            dues,
            Standings.load(act, subjects, newest),
            NextTiers.load(act, subjects, newest),
        )
        intakes = IntakeFacts.load(act, subjects, entries, dues)
        return cls(enrolments, intakes, load_teams(act, subjects), act)

    def of(
        self, subject: Subject, addressee: Addressee, told: Sequence[Subject] = ()
    ) -> dict[str, Value]:
        """Give all fields of a notice in the addressee's language; what is unknown is empty.

        `told` are the subjects of the notices that a digest tells. Statements are executed for a
        weekly summary alone.
        """
        person = subject.person
        general: dict[str, Value] = {
            "recipient": addressee.name or None,
            "organisation": subject.title,
            "contact": subject.correspondence.hr_address,
            "sent_on": tell_day(subject.today, addressee.locale),
            "on_behalf_of": addressee.on_behalf_of,
            "personal": person is not None and addressee.employee_id == person.id,
        }
        own = self._own(subject, list(told), addressee.locale)
        people = tell_person(subject) if person else {}
        return {**_EMPTY, **people, **own, **general}

    def _own(self, subject: Subject, told: list[Subject], locale: Locale) -> Mapping[str, Value]:
        """Tell what the notice is about."""
        waiting = subject.waiting
        if subject.attempt is not None:
            return self.enrolments.tell(subject, subject.attempt, locale)
        if waiting.organisation_id is not None:
            return tell_summary(self.act, subject, locale)
        if waiting.recipient == DIGEST:
            requests = self.enrolments.tell_requests(told, locale)
            return {"requests": requests, "rhythm": tell_rhythm(subject.correspondence, locale)}
        if waiting.intake_id is not None and subject.intake is not None:
            return self.intakes.tell(subject, subject.intake, locale)
        return self._of_employee(subject, locale)

    def _of_employee(self, subject: Subject, locale: Locale) -> Mapping[str, Value]:
        """Tell what somebody holds, or is invited to, or whom of the own team that is."""
        waiting = subject.waiting
        if subject.credential is not None:
            until = tell_day(subject.credential.valid_until, locale)
            return {"tier": subject.credential.title.text(locale), "valid_until": until}
        people: Sequence[Row] = ()
        if is_of_team(subject):
            people = self.teams.get((waiting.employee_id or 0, waiting.context or ""), ())
        course = tell_course(subject, locale) if subject.intake else {}
        return {**course, "people": tuple(people)}


def _newest(act: Act, subjects: Iterable[Subject]) -> dict[str, Published]:
    """Give the newest versions of the paths that are spoken of."""
    paths = {s.published.definition.path.path for s in subjects if s.published}
    return {path: act.library.newest(act.connection, path) for path in sorted(paths)}
