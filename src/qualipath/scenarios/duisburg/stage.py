"""Where the story is played: one installation, the day that it has come to, and what was kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from qualipath.definition.spec import Definition
from qualipath.definition.values import Text
from qualipath.engine import ActingAs, Qualipath
from qualipath.errors import Reason
from qualipath.scenarios.duisburg.cast import Cast
from qualipath.scenarios.telling import Locale, Refused
from qualipath.services.models import Told

CITY = "duisburg"
PATH = "duisburg_digital"
HR = "p.schraube"
_BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Stage:
    """Lets the story's people act on its present day.

    `locale` is the language in which HR writes its reasons. `refusals` keeps what was refused,
    `enrolments` the ids of the latest attempts by number and tier.
    """

    qualipath: Qualipath
    cast: Cast
    sheets: Path
    locale: Locale
    on: date
    refusals: list[Refused] = field(default_factory=list)
    enrolments: dict[tuple[str, str], int] = field(default_factory=dict)
    stands_in: dict[str, tuple[date, date, str]] = field(default_factory=dict)

    @cached_property
    def definition(self) -> Definition:
        """The published path, once people are known."""
        return self.hr.progression(next(iter(self.cast.people)), PATH).definition

    @property
    def now(self) -> datetime:
        """The present instant: nine in the morning."""
        return datetime.combine(self.on, time(9), _BERLIN)

    @property
    def hr(self) -> ActingAs:
        """The city's HR."""
        return self._acting("hr", HR)

    def employee(self, number: str) -> ActingAs:
        """Act as an employee, for themself."""
        return self._acting("employee", number)

    def supervisor(self, number: str) -> ActingAs:
        """Act as a supervisor, or as the deputy while that one is absent."""
        since, until, deputy = self.stands_in.get(number, (date.max, date.min, number))
        return self._acting("supervisor", deputy if since <= self.on <= until else number)

    def _acting(self, role: str, number: str) -> ActingAs:
        return self.qualipath.acting_as(role, number, organisation=CITY, now=self.now)

    def title(self, tier: str) -> Text:
        """Give a tier's title."""
        return self.definition.path.tiers[tier].title

    def say(self, text: Text) -> str:
        """Give a text as HR writes it."""
        return text.text(self.locale)

    def apply(self, number: str, tier: str) -> None:
        """Let an employee apply."""
        applied = self.employee(number).apply(number, PATH, tier)
        self.enrolments[number, tier] = applied.id

    def approve(self, numbers: Iterable[str], tier: str) -> None:
        """Let everybody's supervisor approve: each all of their own reports in one command."""
        for supervisor, reports in groupby(sorted(numbers, key=self._leader), key=self._leader):
            self.supervisor(supervisor).fire_many(self.ids(reports, tier), "approve", atomic=True)

    def _leader(self, number: str) -> str:
        return self.cast.people[number].supervisor or ""

    def id(self, number: str, tier: str) -> int:
        """Give the id of somebody's latest attempt at a tier."""
        return self.enrolments[number, tier]

    def ids(self, numbers: Iterable[str], tier: str) -> Sequence[int]:
        """Give the ids of several people's latest attempts at a tier."""
        return [self.enrolments[number, tier] for number in numbers]

    def refuse(self, number: str, tier: str, trigger: str, reasons: Iterable[Reason]) -> None:
        """Keep a refusal, with its reasons in both languages."""
        told = tuple(Told(code=r.code, de=r.text("de"), en=r.text("en")) for r in reasons)
        self.refusals.append(
            Refused(
                on=self.on,
                number=number,
                name=self.cast.name(number),
                tier=tier,
                tier_title=self.title(tier),
                trigger=trigger,
                reasons=told,
            )
        )
