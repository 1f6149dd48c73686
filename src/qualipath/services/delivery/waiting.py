"""What preparing a notice needs to know: the row, what it is about, and who is written to."""

from dataclasses import dataclass
from datetime import date, datetime

from qualipath.definition.spec import NoticeSpec
from qualipath.definition.values import Locale, Text
from qualipath.domain.correspondence import Correspondence
from qualipath.services.change import Offered
from qualipath.services.library import Published
from qualipath.services.providers import Provider


@dataclass(frozen=True, slots=True)
class Waiting:
    """One leased row of the outbox.

    It is about exactly one of an enrolment (at `version`), an intake, an employee (`context` may
    name an intake or a credential) and an organisation, each by its id.
    """

    id: int
    notice: str
    recipient: str
    raised_at: datetime
    due_at: datetime
    attempts: int
    released: bool
    message_id: str | None
    version: int | None = None
    enrolment_id: int | None = None
    intake_id: int | None = None
    employee_id: int | None = None
    organisation_id: int | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be written to, or written about."""

    id: int
    number: str
    name: str
    email: str | None
    locale: Locale
    organisation_id: int
    supervisor_id: int | None
    deputy_id: int | None
    absent_from: date | None
    absent_until: date | None

    def absent(self, on: date) -> bool:
        """Tell whether the person is marked absent on a day."""
        if self.absent_from is None or self.absent_until is None:
            return False
        return self.absent_from <= on <= self.absent_until


@dataclass(frozen=True, slots=True)
class Attempt:
    """An enrolment as it is now, as far as mails tell of it."""

    id: int
    tier: str
    attempt: int
    state: str
    is_open: bool
    holds_seat: bool
    version: int
    entered_at: datetime
    paused_at: datetime | None
    grade: int | None
    applied_at: datetime | None
    place: int | None


@dataclass(frozen=True, slots=True)
class Credited:
    """A credential as it is now, as far as mails tell of it; `title` names it in both languages."""

    id: int
    key: str
    title: Text
    valid_until: date | None
    revoked: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What a waiting notice is about, as it is now.

    `published` is the version of the path whose lifecycle raised the notice, `spec` how that
    lifecycle names it; both are None where no lifecycle did. `by_intake` says that it was the
    lifecycle of the intake, whoever is told. `superior` is that of `person`, or `person` itself
    where the notice is about somebody as a superior (a team's invitations, a digest); `deputy` is
    the superior's. `credential` is the one that an employee's notice is about, `provider` the one
    of `intake`, if its address is known. `organisation_id` is whose notice it is, whose
    `correspondence` holds; `title` its title. `today` is the day where `timezone` is.
    """

    waiting: Waiting
    organisation_id: int
    title: str
    correspondence: Correspondence
    timezone: str
    today: date
    published: Published | None = None
    spec: NoticeSpec | None = None
    attempt: Attempt | None = None
    intake: Offered | None = None
    person: Person | None = None
    superior: Person | None = None
    deputy: Person | None = None
    credential: Credited | None = None
    provider: Provider | None = None
    by_intake: bool = False


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is written to, and in whose place, if they stand in for somebody.

    `name` is empty for a shared mailbox; `employee_id` is there where it is an employee.
    """

    address: str
    name: str
    locale: Locale
    on_behalf_of: str | None = None
    employee_id: int | None = None
