"""What waiting notices are about, as it is now: loaded by a few statements for a whole page."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qualipath.definition.spec import LifecycleSpec, NoticeSpec, notices_of
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.correspondence import TIMEZONE, correspondence_of
from qualipath.services.delivery import present
from qualipath.services.delivery.present import Enrolment
from qualipath.services.delivery.waiting import Credited, Person, Subject, Waiting
from qualipath.services.library import Published
from qualipath.services.providers import find_providers

AS_SUPERIOR = frozenset({"supervisor", "deputy", "digest"})
"""Recipients of a notice about an employee that tell of that employee as a superior."""


def load_subjects(act: Act, waiting: Sequence[Waiting]) -> Mapping[int, Subject]:
    """Give what each notice (by its id) is about; a few statements, however many they are.

    None is left out, and nothing is locked.
    """
    known = _Known.of(act, waiting)
    found = [known.about(each) for each in waiting]
    homes = _homes(act, found)
    titles = present.read_titles(act, homes)
    holds = correspondence_of(act, homes)
    named = {about.intake.provider for about in found if about.intake and about.intake.provider}
    providers = find_providers(act, named)
    return {
        about.waiting.id: Subject(
            waiting=about.waiting,
            organisation_id=home,
            title=titles[home],
            correspondence=holds[home],
            timezone=about.timezone,
            today=act.today(about.timezone),
            published=about.raised.published,
            spec=about.raised.spec,
            attempt=about.enrolment.attempt if about.enrolment else None,
            intake=about.intake,
            person=about.person,
            superior=about.superior,
            deputy=about.deputy,
            credential=about.credential,
            provider=providers.get(about.intake.provider or "") if about.intake else None,
            by_intake=about.raised.by_intake,
        )
        for about, home in zip(found, homes, strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Raised:
    """The version whose lifecycle raised a notice, and how; `by_intake`: it is the intakes' one."""

    published: Published | None = None
    spec: NoticeSpec | None = None
    by_intake: bool = False


@dataclass(frozen=True, slots=True)
class _About:
    """What a notice is about, and whose it is: an organisation's, or else a path's owner's."""

    waiting: Waiting
    raised: _Raised
    organisation_id: int | None = None
    enrolment: Enrolment | None = None
    intake: Offered | None = None
    person: Person | None = None
    superior: Person | None = None
    deputy: Person | None = None
    credential: Credited | None = None

    @property
    def timezone(self) -> str:
        """Where the path's days begin."""
        return self.raised.published.definition.timezone if self.raised.published else TIMEZONE

    @property
    def owner(self) -> str | None:
        """The key of the organisation that owns the path, where the notice is the owner's."""
        if self.organisation_id is not None or self.raised.published is None:
            return None
        return self.raised.published.definition.path.organisation


def _homes(act: Act, found: Sequence[_About]) -> list[int]:
    """Give the id of the organisation whose notice each is: the topmost one's, if none is known."""
    owners = present.find_organisations(act, {about.owner for about in found if about.owner})
    homes = [about.organisation_id or owners.get(about.owner or "") for about in found]
    if None not in homes:
        return [home for home in homes if home is not None]
    topmost = present.topmost_organisation(act)
    return [home or topmost for home in homes]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read for a page of notices, by ids."""

    act: Act
    enrolments: Mapping[int, Enrolment]
    intakes: Mapping[int, Offered]
    people: Mapping[int, Person]
    credentials: Mapping[int, Credited]
    offering: dict[tuple[str, str], Published] = field(default_factory=dict)

    @classmethod
    def of(cls, act: Act, waiting: Sequence[Waiting]) -> "_Known":
        enrolments = present.read_enrolments(act, _ids(w.enrolment_id for w in waiting))
        named = [_context(w) for w in waiting]
        intakes = present.read_intakes(
            act,
            {
                *_ids(w.intake_id for w in waiting),
                *_ids(e.intake_id for e in enrolments.values()),
                *_ids(context.get("intake") for context in named),
            },
        )
        people = present.read_people(
            act,
            {*_ids(w.employee_id for w in waiting), *(e.employee_id for e in enrolments.values())},
        )
        superiors = present.read_people(act, _ids(p.supervisor_id for p in people.values()))
        people |= superiors
        deputies = present.read_people(act, _ids(p.deputy_id for p in people.values()))
        credentials = present.read_credentials(act, _ids(c.get("credential") for c in named))
        return cls(act, enrolments, intakes, people | deputies, credentials)

    def about(self, waiting: Waiting) -> _About:
        if waiting.enrolment_id is not None:
            return self._about_enrolment(waiting, self.enrolments[waiting.enrolment_id])
        if waiting.intake_id is not None:
            intake = self.intakes[waiting.intake_id]
            return _About(waiting, self._raised_by(intake, waiting), intake=intake)
        if waiting.employee_id is not None:
            return self._about_employee(waiting, self.people[waiting.employee_id])
        return _About(waiting, _Raised(), waiting.organisation_id)

    def _about_enrolment(self, waiting: Waiting, enrolment: Enrolment) -> _About:
        own = self.act.library.by_id(self.act.connection, enrolment.path_version_id)
        intake = self.intakes[enrolment.intake_id] if enrolment.intake_id is not None else None
        spec = _named(own.definition.lifecycle_of(enrolment.attempt.tier), waiting)
        raised = _Raised(own, spec)
        if spec is None and intake is not None:
            by_intake = self._raised_by(intake, waiting)
            raised = by_intake if by_intake.spec is not None else raised
        person = self.people[enrolment.employee_id]
        superior = self._superior_of(person)
        return _About(
            waiting,
            raised,
            enrolment.organisation_id,
            enrolment,
            intake,
            person,
            superior,
            self._deputy_of(superior),
        )

    def _about_employee(self, waiting: Waiting, person: Person) -> _About:
        context = _context(waiting)
        intake = self.intakes.get(context.get("intake", 0))
        superior = person if waiting.recipient in AS_SUPERIOR else self._superior_of(person)
        return _About(
            waiting,
            self._raised_by(intake, waiting) if intake else _Raised(),
            person.organisation_id,
            intake=intake,
            person=person,
            superior=superior,
            deputy=self._deputy_of(superior),
            credential=self.credentials.get(context.get("credential", 0)),
        )

    def _raised_by(self, intake: Offered, waiting: Waiting) -> _Raised:
        """Find the notice in the lifecycle of an intake, in the version that offers its tier."""
        key = intake.path, intake.tier
        if key not in self.offering:
            self.offering[key] = self.act.library.offering(self.act.connection, *key)
        published = self.offering[key]
        lifecycle = published.definition.path.intake_lifecycle
        if lifecycle is None:
            return _Raised(published)
        spec = _named(published.definition.lifecycles[lifecycle], waiting)
        return _Raised(published, spec, by_intake=True)

    def _superior_of(self, person: Person) -> Person | None:
        return self.people.get(person.supervisor_id or 0)

    def _deputy_of(self, superior: Person | None) -> Person | None:
        return self.people.get(superior.deputy_id or 0) if superior else None


def _named(lifecycle: LifecycleSpec, waiting: Waiting) -> NoticeSpec | None:
    """Find how a lifecycle names a notice: it says the same of it wherever it does."""
    wanted = waiting.notice, waiting.recipient
    return next((n for n in notices_of(lifecycle) if (n.notice, n.to) == wanted), None)


def _context(waiting: Waiting) -> dict[str, int]:
    return json.loads(waiting.context) if waiting.context else {}


def _ids(values: Iterator[int | None]) -> set[int]:
    return {value for value in values if value is not None}
