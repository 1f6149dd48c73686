"""The verbs that only ask."""

from collections.abc import Iterator
from datetime import date
from itertools import chain

from qualipath.domain.eligibility import Verdict
from qualipath.domain.progression import Progression
from qualipath.domain.route import Route
from qualipath.engine.acts import Acting
from qualipath.services import credentials, enquiries, organisations, reports
from qualipath.services.models import Credential, Enrolment, Entry, Organisation, Person
from qualipath.services.reports import IntakeReport


class Asking(Acting):
    """Ask where people stand, why, and what happened. Raises `NotFoundError` throughout."""

    __slots__ = ()

    def progression(self, number: str, path: str) -> Progression:
        """Give an employee's standing on every tier, and what the actor may fire now."""
        with self.acts.reading() as act:
            return enquiries.progression(act, number, path)

    def why(self, number: str, path: str, tier: str, *, on: date | None = None) -> Verdict:
        """Judge a tier's prerequisites for an employee on a day (today), with every reason."""
        with self.acts.reading() as act:
            return enquiries.why(act, number, path, tier, on)

    def route(self, number: str, path: str, goal: str) -> Route:
        """Give an employee's shortest way to a tier."""
        with self.acts.reading() as act:
            return enquiries.route(act, number, path, goal)

    def eligible(self, path: str, tier: str, *, on: date | None = None) -> Iterator[Person]:
        """Find who may begin a tier on a day (today); decided in SQL.

        The people are read a page at a time as you go on, and no transaction stays open between
        them: you may enrol each one as it comes.
        """
        with self.acts.reading() as act:
            first = enquiries.eligible(act, path, tier, on)

        def pages() -> Iterator[tuple[Person, ...]]:
            page = first
            yield page.people
            while page.after is not None:
                with self.acts.reading() as act:
                    page = enquiries.eligible(act, path, tier, on, after=page.after)
                yield page.people

        return chain.from_iterable(pages())

    def enrolment(self, enrolment_id: int) -> Enrolment:
        """Give one enrolment."""
        with self.acts.reading() as act:
            return enquiries.enrolment_by_id(act, enrolment_id)

    def enrolments(
        self, path: str | None = None, tier: str | None = None, state: str | None = None
    ) -> tuple[Enrolment, ...]:
        """List enrolments, of one path, tier or state if named."""
        with self.acts.reading() as act:
            return enquiries.enrolments(act, path, tier, state)

    def history(self, enrolment_id: int) -> tuple[Entry, ...]:
        """Tell all that happened to an enrolment, first things first."""
        with self.acts.reading() as act:
            return enquiries.history_of_enrolment(act, enrolment_id)

    def history_of(self, number: str) -> tuple[Entry, ...]:
        """Tell all that happened to an employee and the enrolments, first things first."""
        with self.acts.reading() as act:
            return enquiries.history_of_employee(act, number)

    def report(self, path: str) -> tuple[IntakeReport, ...]:
        """Count a path's intakes: who applied, waited, came and completed, and what it cost.

        Raises `RefusedError` for anybody but HR.
        """
        with self.acts.reading() as act:
            return reports.report(act, path)

    def organisations(self) -> tuple[Organisation, ...]:
        """List the organisations that the actor may see, by key."""
        with self.acts.reading() as act:
            return organisations.organisations(act)

    def credentials(self, number: str) -> tuple[Credential, ...]:
        """List what an employee holds, held or is about to."""
        with self.acts.reading() as act:
            return credentials.credentials_of(act, number)
