"""The verbs that keep people, credentials and versions."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from qualipath.engine.acts import Acting
from qualipath.services import (
    absences,
    credentials,
    migration,
    organisations,
    people,
    people_export,
)
from qualipath.services.models import Credential, Migration
from qualipath.services.people import ImportReport


class Administering(Acting):
    """Keep organisations, people, what they hold, and which version their enrolments follow.

    All of it is HR's alone: `RefusedError` for anybody else.
    """

    __slots__ = ()

    def add_organisation(self, key: str, title: str, *, parent: str | None = None) -> None:
        """Make an organisation known, below another one if named; again, it sets the title."""
        with self.acts.writing() as act:
            organisations.add_organisation(act, key, title, parent)

    def import_people(
        self,
        source: str | Path,
        *,
        organisation: str | None = None,
        dry_run: bool = False,
        on_progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        """Make the people of a .csv or .xlsx file known, or bring them up to date.

        Raises `SheetError` with every problem of the file and its place; then nothing is written.
        """
        attributes = self.drafts.catalogue().attributes
        with self.acts.writing(dry_run=dry_run) as act:
            return people.import_people(
                act,
                Path(source),
                attributes=attributes,
                organisation=organisation,
                dry_run=dry_run or self.acts.dry_run,
                on_progress=on_progress,
            )

    def export_people(self, target: str | Path) -> int:
        """Write everybody whom HR may see to a new .csv or .xlsx file, and give their number.

        Importing the file again changes nobody. Raises `InputError` for another kind of file.
        """
        attributes = self.drafts.catalogue().attributes
        with self.acts.reading() as act:
            return people_export.export_people(act, Path(target), attributes=attributes)

    def mark_absent(
        self, number: str, since: date, until: date, *, deputy: str | None = None
    ) -> None:
        """Mark a supervisor absent from one day to another, both included; the deputy then acts.

        `deputy` names one, or keeps the one who is known. Raises `NotFoundError`, `InputError`.
        """
        with self.acts.writing() as act:
            absences.mark_absent(act, number, since, until, deputy=deputy)

    def recognise(  # noqa: PLR0913 -- the fields of one form
        self,
        number: str,
        what: str,
        *,
        kind: str = "recognition",
        evidence: str,
        basis: str | None = None,
        grade: str | None = None,
        scale: str | None = None,
        credits: str = "0",  # noqa: A002 -- the word that the caller thinks in
        awarded_on: date | None = None,
        running_until: date | None = None,
        valid_until: date | None = None,
        key: str | None = None,
    ) -> Credential:
        """Record what an employee holds from elsewhere, with its evidence and legal basis.

        `what` is the tier that is recognised, or a credential's own key such as
        `bachelor/informatics`; `kind` is `recognition`, `degree`, `certificate` or `nomination`.
        `awarded_on` is today, unless it is in progress (`running_until`). Raises `NotFoundError`
        and `InputError`.
        """
        with self.acts.writing(key) as act:
            return credentials.recognise(
                act,
                number,
                what,
                kind=kind,
                evidence=evidence,
                basis=basis,
                grade=grade,
                scale=scale,
                credits_=credits,
                awarded_on=awarded_on,
                running_until=running_until,
                valid_until=valid_until,
            )

    def revoke(self, credential_id: int, *, reason: str, key: str | None = None) -> Credential:
        """End a credential; raises `NotFoundError`, and `ConflictError` if it has ended already."""
        with self.acts.writing(key) as act:
            return credentials.revoke(act, credential_id, reason=reason)

    def migrate(
        self, path: str, *, to: int, dry_run: bool = False, key: str | None = None
    ) -> Migration:
        """Move a path's open enrolments to one of its versions: all that the actor sees, or none.

        Raises `RefusedError` naming everybody who is stuck, and `NotFoundError`.
        """
        with self.acts.writing(key, dry_run=dry_run) as act:
            return migration.migrate(act, path, to, dry_run=dry_run)
