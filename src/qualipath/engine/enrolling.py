"""The verbs that begin, move and correct enrolments."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from qualipath.engine.acts import Acting
from qualipath.services import enrolments, results
from qualipath.services.models import Application, Enrolment, Outcome, ResultsReport


class Enrolling(Acting):
    """Enrol people and move their enrolments."""

    __slots__ = ()

    def apply(
        self,
        number: str,
        path: str,
        tier: str,
        *,
        intake: int | None = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Enrolment:
        """Apply for an employee (`4711`, or `4711@organisation`) to a tier.

        The application goes into the tier's open intake, or the one that is named by its id.
        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        return self.begin(number, path, tier, "apply", intake=intake, reason=reason, key=key)

    def apply_many(
        self,
        numbers: Sequence[str],
        path: str,
        tier: str,
        *,
        intake: int | None = None,
        key: str | None = None,
    ) -> tuple[Application, ...]:
        """Apply for many employees in one transaction, with an answer for each number.

        Refused ones do not hinder the others. Raises `NotFoundError` for an unknown employee and
        `InputError` for one who is named twice.
        """
        with self.acts.writing(key) as act:
            return enrolments.begin_many(act, numbers, path, tier, "apply", intake=intake)

    def nominate(
        self,
        number: str,
        path: str,
        tier: str,
        *,
        reason: str | None = None,
        key: str | None = None,
    ) -> Enrolment:
        """Nominate an employee for a tier.

        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        return self.begin(number, path, tier, "nominate", reason=reason, key=key)

    def begin(
        self,
        number: str,
        path: str,
        tier: str,
        trigger: str,
        *,
        intake: int | None = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Enrolment:
        """Fire a trigger on an employee's attempt at a tier: the open one, or else a new one.

        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return enrolments.begin(act, number, path, tier, trigger, reason=reason, intake=intake)

    def fire(
        self,
        enrolment_id: int,
        trigger: str,
        *,
        reason: str | None = None,
        grade: str | None = None,
        version: int | None = None,
        key: str | None = None,
    ) -> Enrolment:
        """Fire a trigger on an enrolment.

        `grade` is a decimal number on the tier's scale; `version`, if given, must still be the
        enrolment's. Raises `RefusedError` with every reason, `NotFoundError`, and `ConflictError`
        where somebody else was faster.
        """
        with self.acts.writing(key) as act:
            return enrolments.fire(
                act, enrolment_id, trigger, reason=reason, grade=grade, version=version
            )

    def fire_many(
        self,
        enrolment_ids: Sequence[int],
        trigger: str,
        *,
        reason: str | None = None,
        grades: Mapping[int, str] | None = None,
        atomic: bool = False,
        key: str | None = None,
    ) -> tuple[Outcome, ...]:
        """Fire one trigger on many enrolments in one transaction, with an outcome for each id.

        Refused ones do not hinder the others, unless `atomic`: then `RefusedError` refuses all.
        """
        with self.acts.writing(key) as act:
            return enrolments.fire_many(
                act, enrolment_ids, trigger, reason=reason, grades=grades, atomic=atomic
            )

    def correct(
        self,
        enrolment_id: int,
        *,
        reason: str,
        grade: str | None = None,
        state: str | None = None,
        key: str | None = None,
    ) -> Enrolment:
        """Put a wrong grade or result right; what was written before stays beside it.

        Raises `RefusedError` with every reason, `NotFoundError` and `InputError`.
        """
        with self.acts.writing(key) as act:
            return enrolments.correct(act, enrolment_id, reason=reason, grade=grade, state=state)

    def import_results(
        self,
        source: str | Path,
        *,
        path: str | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> ResultsReport:
        """Complete and fail enrolments by the list of a university (.csv or .xlsx).

        Its columns are number, tier, grade and, if there is no grade, result. All of it is
        written, or nothing: raises `SheetError` with every problem and its place.
        """
        with self.acts.writing(key, dry_run=dry_run) as act:
            return results.import_results(act, Path(source), path=path)
