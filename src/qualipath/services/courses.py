"""Courses as entries of a calendar: what each is called, when it takes place, and whom to ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from qualipath.definition.spec import Definition
from qualipath.domain.timetable import Times, WholeDays, times_of
from qualipath.domain.wording import Sentence, sentence
from qualipath.notices.appointment import Appointment
from qualipath.services.change import Offered

REDATE = "redate"
"""The trigger that corrects an intake's dates."""


@dataclass(frozen=True, slots=True)
class Course:
    """An intake as a calendar's reader is told of it, in one language.

    `definition` is the one by which it is offered; `contact` the address of HR, if known. `redates`
    says how often its dates were corrected, `changed_at` (aware) when it last changed.
    """

    offered: Offered
    definition: Definition
    locale: str
    contact: str | None
    redates: int
    cancelled: bool = False
    changed_at: datetime | None = None

    def appointment(self, uid: str) -> Appointment:
        """Give the entry for when the course takes place."""
        dates = self.offered.dates
        rules = self.definition.path.tiers[self.offered.tier].intakes
        times = times_of(dates, rules.sessions if rules else None, self.offered.timezone)
        if isinstance(times, WholeDays) and times.last < dates.ends_on:
            begins = sentence("Beginn: {name}", "Start: {name}", name=self._name)
            lasts = sentence(
                "Der Kurs dauert bis zum {day}.", "The course lasts until {day}.", day=dates.ends_on
            )
            return self._entry(uid, begins, [lasts], times)
        return self._entry(uid, self._name, [], times)

    def closing(self, uid: str) -> Appointment:
        """Give the entry for the last day on which applications are taken."""
        last = self.offered.last_day_to_apply
        zone = ZoneInfo(self.offered.timezone)
        summary = sentence("Bewerbungsschluss: {name}", "Apply by: {name}", name=self._name)
        window = sentence(
            "Bewerbungen werden vom {first} bis zum {last} angenommen.",
            "Applications are taken from {first} to {last}.",
            first=self.offered.dates.opens_at.astimezone(zone).date(),
            last=last,
        )
        return self._entry(uid, summary, [window], WholeDays(last, last))

    @property
    def _name(self) -> Sentence:
        title = self.definition.path.tiers[self.offered.tier].title
        if self.offered.term is None:
            return sentence("{title}", "{title}", title=title)
        return sentence("{title} ({term})", "{title} ({term})", title=title, term=self.offered.term)

    def _entry(
        self, uid: str, summary: Sentence, told: Sequence[Sentence], times: Times
    ) -> Appointment:
        path = sentence("{path}", "{path}", path=self.definition.path.title)
        ask = (
            sentence(
                "Fragen beantwortet die Personalabteilung: {contact}",
                "HR answers questions: {contact}",
                contact=self.contact,
            )
            if self.contact
            else sentence(
                "Fragen beantwortet die Personalabteilung.",
                "HR answers questions.",
            )
        )
        return Appointment(
            uid=uid,
            summary=summary.text(self.locale),
            description="\n".join(line.text(self.locale) for line in (path, *told, ask)),
            times=times,
            # Whoever takes an entry out again must be heard after whoever wrote it last.
            sequence=self.redates + 1 if self.cancelled else self.redates,
            cancelled=self.cancelled,
            changed_at=self.changed_at,
        )
