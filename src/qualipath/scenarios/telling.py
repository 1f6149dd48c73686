"""What a story leaves behind: frozen values that a program, the command line or a page shows."""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from qualipath.definition.values import Text
from qualipath.services.models import Told

Locale = Literal["de", "en"]


class Shown(BaseModel):
    """A frozen value that prints as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Chapter(Shown):
    """What happened on one day, in a sentence."""

    on: date
    text: Text


class Place(Shown):
    """Where somebody stands on one tier.

    `last` is how the last attempt ended, where it did not settle the tier; `grade` is that
    attempt's or the one's that did. `recognised` says that the tier was completed elsewhere.
    """

    tier: str
    tier_title: Text
    state: str
    state_title: Text
    paused: bool
    recognised: bool
    attempts: int
    last: Text | None
    grade: str | None


class Member(Shown):
    """Somebody who takes part, and where they stand on every tier."""

    number: str
    name: str
    department: str
    places: tuple[Place, ...]


class Refused(Shown):
    """Something that the rules refused, with every reason that they gave."""

    on: date
    number: str
    name: str
    tier: str
    tier_title: Text
    trigger: str
    reasons: tuple[Told, ...]


class Step(Shown):
    """One entry of a history; without a tier it is about the employee rather than an enrolment.

    `event` is what it says to people; `source` and `target` are states, the same where the state
    was kept.
    """

    on: date
    tier_title: Text | None
    attempt: int | None
    trigger: str
    event: Text
    source: str | None
    target: str | None
    actor: str
    actor_name: Text
    grade: str | None
    reason: str | None


class Life(Shown):
    """One person's history, first things first."""

    number: str
    name: str
    steps: tuple[Step, ...]


class Prospect(Shown):
    """Somebody who may begin a tier now."""

    number: str
    name: str


class Opening(Shown):
    """A tier, and who may begin it now."""

    tier: str
    tier_title: Text
    people: tuple[Prospect, ...]


class Tally(Shown):
    """How many attempts at a tier are in which state, by the states' titles."""

    tier: str
    tier_title: Text
    counts: tuple[tuple[Text, int], ...]


class Offered(Shown):
    """An intake that has opened or was cancelled, in numbers of people.

    `waited` counts who was ever on the waiting list, `outstanding` who attends without a result.
    """

    name: Text
    tier: str
    term: str | None
    starts_on: date
    state: str
    state_title: Text
    seats: int
    applied: int
    waited: int
    admitted: int
    attended: int
    completed: int
    failed: int
    outstanding: int


class Window(Shown):
    """When people can apply to a planned intake, both days included."""

    name: Text
    tier: str
    opens_on: date
    closes_on: date


class Work(Shown):
    """Something that the scheduler did, and how often; `job` names it for programs."""

    job: str
    title: Text
    times: int


class Story(Shown):
    """A story from its first day to its last.

    `refused` begins with the refusal that is worth telling in full, `life` is the history worth
    telling, `sheets` are the files that were read.
    """

    path: str
    title: Text
    source: Text | None
    begun_on: date
    ended_on: date
    chapters: tuple[Chapter, ...]
    intakes: tuple[Offered, ...]
    windows: tuple[Window, ...]
    works: tuple[Work, ...]
    members: tuple[Member, ...]
    attempts: tuple[Tally, ...]
    refused: tuple[Refused, ...]
    life: Life
    openings: tuple[Opening, ...]
    sheets: tuple[Path, ...]


class Letter(Shown):
    """A mail that is worth opening, and what it shows."""

    notice: str
    about: Text
    file: Path


class DemoReport(Shown):
    """A demonstration: the story, and the files that it left in `folder`.

    `mails` is the folder of all mails, `letters` are those that are worth opening.
    """

    locale: Locale
    folder: Path
    database: Path
    drawing: Path
    summary: Path
    mails: Path
    letters: tuple[Letter, ...]
    story: Story
