"""Who acted, as mails tell it: people by name, offices by what they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from qualipath.definition.spec import Role
from qualipath.definition.values import Locale, Text
from qualipath.services.act import Act
from qualipath.services.delivery.facts.entries import Entry
from qualipath.services.delivery.waiting import Person, Subject
from qualipath.services.providers import find_providers
from qualipath.storage.tables import employee

_HR = Text(de="Personalabteilung", en="HR department")
_PEOPLE = (Role.SUPERVISOR, Role.EMPLOYEE)


@dataclass(frozen=True, slots=True)
class Actors:
    """The names of those who act as people, by number and organisation, and of providers by key."""

    people: Mapping[str, Mapping[int, str]]
    providers: Mapping[str, str]

    @classmethod
    def load(cls, act: Act, entries: Iterable[Entry]) -> "Actors":
        """Read the names of the actors of entries: two statements at most."""
        actors = {(entry.role, entry.actor_id) for entry in entries}
        numbers = sorted({id_ for role, id_ in actors if role in _PEOPLE})
        people: defaultdict[str, dict[int, str]] = defaultdict(dict)
        if numbers:
            for row in act.connection.execute(
                select(employee).where(employee.c.number.in_(numbers))
            ):
                name = f"{row.given_name} {row.family_name}"
                people[row.number][row.organisation_id] = name
        known = find_providers(act, {id_ for role, id_ in actors if role is Role.PROVIDER})
        return cls(people, {key: provider.title for key, provider in known.items()})

    def name(self, entry: Entry | None, subject: Subject, locale: Locale) -> str | None:
        """Name who acted; nobody did where it was the programme itself."""
        match entry.role if entry else Role.SCHEDULE:
            case Role.HR:
                return _HR.text(locale)
            case Role.PROVIDER if entry:
                return self.providers.get(entry.actor_id, entry.actor_id)
            case Role.EMPLOYEE if entry:
                return self._person(entry.actor_id, subject, (subject.person,))
            case Role.SUPERVISOR if entry:
                leaders = (subject.superior, subject.deputy)
                return self._person(entry.actor_id, subject, leaders)
        return None

    def _person(self, number: str, subject: Subject, near: Iterable[Person | None]) -> str | None:
        """Name an employee: of several with a number, the one nearest to what it is about."""
        for known in near:
            if known is not None and known.number == number:
                return known.name
        named = self.people.get(number, {})
        if len(named) == 1:
            return next(iter(named.values()))
        return named.get(subject.organisation_id)
