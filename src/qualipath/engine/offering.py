"""The verbs that plan, move and look at intakes."""

from datetime import date

from qualipath.definition.values import Period
from qualipath.engine.acts import Acting
from qualipath.errors import InputError
from qualipath.services import enquiries, feeds
from qualipath.services.intakes import amending, asking, cancelling, moving, planning
from qualipath.services.intakes.instants import When
from qualipath.services.models import Entry, Intake, Protocol, Roster

MOST_YEARS = 50
"""For how many years terms can be planned ahead."""


class Offering(Acting):
    """Offer tiers: plan intakes, move them by hand, and see who is in them.

    A window opens or closes on a day, which then counts in full, or at an instant; one without a
    time zone is where the calendar is. What the scheduler does in time nobody has to do by hand.
    """

    __slots__ = ()

    def plan_intake(  # noqa: PLR0913 -- the fields of one form
        self,
        path: str,
        tier: str,
        *,
        starts_on: date,
        ends_on: date | None = None,
        opens: When | None = None,
        closes: When | None = None,
        allocates: When | None = None,
        seats: int | None = None,
        minimum: int | None = None,
        provider: str | None = None,
        parallel: bool = False,
        seed: int | None = None,
        key: str | None = None,
    ) -> Intake:
        """Plan one intake of a tier, with dates of its own; what is left out, the rules give.

        `parallel` lets its window overlap that of another intake of the tier; `seed` decides the
        lot. Raises `InputError`, `NotFoundError` and `RefusedError`.
        """
        calendars = self.drafts.catalogue().calendars
        with self.acts.writing(key) as act:
            return planning.plan_intake(
                act,
                calendars,
                path,
                tier,
                starts_on=starts_on,
                ends_on=ends_on,
                opens=opens,
                closes=closes,
                allocates=allocates,
                seats=seats,
                minimum=minimum,
                provider=provider,
                parallel=parallel,
                seed=seed,
            )

    def plan_terms(self, path: str, *, years: int, key: str | None = None) -> tuple[Intake, ...]:
        """Plan the intakes of all terms that start in the years to come, and give the new ones.

        Done again, it plans only what is not planned yet. Raises `InputError`, `NotFoundError` and
        `RefusedError`.
        """
        if not 1 <= years <= MOST_YEARS:
            message = f"terms can be planned for 1 to {MOST_YEARS} years ahead, not for {years}"
            raise InputError(message)
        calendars = self.drafts.catalogue().calendars
        with self.acts.writing(key) as act:
            until = Period(years, "years").after(act.today())
            return planning.plan_terms(act, calendars, path, until=until)

    def open_intake(self, intake_id: int, *, key: str | None = None) -> Intake:
        """Open a planned intake for applications now, and invite who is eligible.

        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return moving.open_intake(act, intake_id)

    def close_intake(self, intake_id: int, *, key: str | None = None) -> Intake:
        """Take no more applications from now on.

        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return moving.close_intake(act, intake_id)

    def allocate(self, intake_id: int, *, key: str | None = None) -> Intake:
        """Give a closed intake's seats, also if fewer have applied than it needs.

        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return moving.allocate(act, intake_id)

    def start_intake(self, intake_id: int, *, key: str | None = None) -> Intake:
        """Start an intake: who is admitted attends, if the prerequisites are met by now.

        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return moving.start_intake(act, intake_id)

    def finish_intake(self, intake_id: int, *, key: str | None = None) -> Intake:
        """Finish an intake and ask for the results that are outstanding.

        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return moving.finish_intake(act, intake_id)

    def cancel_intake(self, intake_id: int, *, reason: str, key: str | None = None) -> Intake:
        """Cancel an intake and all that is open in it; everybody is told.

        Raises `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return cancelling.cancel_intake(act, intake_id, reason)

    def resize_intake(
        self, intake_id: int, seats: int, *, reason: str, key: str | None = None
    ) -> Intake:
        """Offer more seats, which go to who waits, or fewer, but not fewer than are taken.

        Raises `InputError`, `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return amending.resize_intake(act, intake_id, seats, reason)

    def redate_intake(  # noqa: PLR0913 -- the fields of one form
        self,
        intake_id: int,
        *,
        reason: str,
        starts_on: date | None = None,
        ends_on: date | None = None,
        opens: When | None = None,
        closes: When | None = None,
        allocates: When | None = None,
        lectures_from: date | None = None,
        lectures_until: date | None = None,
        key: str | None = None,
    ) -> Intake:
        """Correct an intake's dates; those concerned are told. What is left out stays.

        Raises `InputError`, `RefusedError` with every reason, and `NotFoundError`.
        """
        with self.acts.writing(key) as act:
            return amending.redate_intake(
                act,
                intake_id,
                reason,
                starts_on=starts_on,
                ends_on=ends_on,
                opens=opens,
                closes=closes,
                allocates=allocates,
                lectures_from=lectures_from,
                lectures_until=lectures_until,
            )

    def intakes(
        self, path: str | None = None, tier: str | None = None, state: str | None = None
    ) -> tuple[Intake, ...]:
        """List intakes by their start, of one path, tier or state if named.

        Raises `NotFoundError`.
        """
        with self.acts.reading() as act:
            return asking.intakes(act, path, tier, state)

    def intake(self, intake_id: int) -> Intake:
        """Give one intake; raises `NotFoundError`."""
        with self.acts.reading() as act:
            return asking.intake(act, intake_id)

    def roster(self, intake_id: int) -> Roster:
        """Tell who is in an intake and in what order people wait; raises `NotFoundError`."""
        with self.acts.reading() as act:
            return asking.roster(act, intake_id)

    def protocol(self, intake_id: int) -> Protocol:
        """Tell how seats were given by rank, and each rank's reasons; raises `NotFoundError`."""
        with self.acts.reading() as act:
            return asking.protocol(act, intake_id)

    def calendar(self, path: str, tier: str | None = None, *, locale: str = "de") -> bytes:
        """Write a path's intakes, or one tier's, as a calendar that others read (iCalendar).

        It has each one's last day to apply, and the course. Raises `NotFoundError`.
        """
        with self.acts.reading() as act:
            return feeds.feed(act, path, tier, locale)

    def history_of_intake(self, intake_id: int) -> tuple[Entry, ...]:
        """Tell all that happened to an intake, first things first; raises `NotFoundError`."""
        with self.acts.reading() as act:
            return enquiries.history_of_intake(act, intake_id)
