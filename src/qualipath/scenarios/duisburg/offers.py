"""What HR offers in Duisburg's story: which intakes it plans by hand, redates, cancels or runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from qualipath.definition.values import Text
from qualipath.domain.wording import Sentence, sentence
from qualipath.scenarios.duisburg.scenes import Dated
from qualipath.scenarios.duisburg.stage import PATH, Stage
from qualipath.scenarios.intakes import intake_name

BOOTCAMP, FIRST, SECOND, MASTERS = "bootcamp", "certificate_1", "certificate_2", "masters"
INSTITUTE, UNIVERSITY = "studieninstitut", "uni-due"

SEPTEMBER, OCTOBER = date(2020, 9, 24), date(2020, 10, 15)
"""The first days of the two bootcamps."""
JANUARY_2021 = date(2021, 1, 18)
WINTER_2020, SUMMER_2021 = date(2020, 10, 1), date(2021, 4, 1)
WINTER_2021, SUMMER_2022 = date(2021, 10, 1), date(2022, 4, 1)
"""The first days of the terms for which people apply."""

_MOVED_FROM = date(2020, 10, 8)
_ROOM_TAKEN = Text(
    de="Der Schulungsraum ist am 8. und 9. Oktober belegt.",
    en="The training room is taken on 8 and 9 October.",
)
_TOO_FEW = Text(
    de="Zu wenige Anträge; zum nächsten Semester wird wieder eingeladen.",
    en="Too few applications; the next term's intake invites again.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """An intake that HR plans by hand: what the rules do not give, or not for it."""

    tier: str
    starts_on: date
    opens: date
    closes: date
    provider: str
    allocates: date | None = None
    seats: int | None = None
    minimum: int | None = None


# Those in the programme's first months: the bootcamp follows no terms, the master's programme
# starts too soon for its term's usual window, and the certificates begin between two terms.
AUTUMN = (
    Plan(BOOTCAMP, SEPTEMBER, date(2020, 9, 2), date(2020, 9, 11), INSTITUTE, seats=9),
    Plan(BOOTCAMP, _MOVED_FROM, date(2020, 9, 14), date(2020, 10, 2), INSTITUTE),
    Plan(
        MASTERS,
        WINTER_2020,
        date(2020, 9, 3),
        date(2020, 9, 25),
        UNIVERSITY,
        allocates=date(2020, 9, 28),
    ),
)
CERTIFICATES = tuple(
    Plan(
        tier,
        JANUARY_2021,
        date(2020, 11, 16),
        date(2020, 11, 27),
        UNIVERSITY,
        allocates=date(2020, 12, 11),
        seats=seats,
        minimum=minimum,
    )
    for tier, seats, minimum in ((FIRST, 25, 8), (SECOND, 5, 4))
)


def scenes() -> Iterator[Dated]:
    """Give the scenes."""
    yield Dated(date(2020, 9, 1), _plan_autumn)
    yield Dated(date(2020, 9, 21), _move_bootcamp)
    yield Dated(date(2020, 10, 12), _plan_certificates)
    yield Dated(date(2021, 2, 22), _cancel_summer)
    yield Dated(date(2021, 8, 23), _run_all_the_same)
    yield Dated(date(2022, 2, 21), _cancel_again)


def _plan_autumn(stage: Stage) -> Sentence:
    return _planned(stage, AUTUMN)


def _plan_certificates(stage: Stage) -> Sentence:
    return _planned(stage, CERTIFICATES)


def _planned(stage: Stage, plans: tuple[Plan, ...]) -> Sentence:
    told = []
    for plan in plans:
        intake = stage.hr.plan_intake(
            PATH,
            plan.tier,
            starts_on=plan.starts_on,
            opens=plan.opens,
            closes=plan.closes,
            allocates=plan.allocates,
            seats=plan.seats,
            minimum=plan.minimum,
            provider=plan.provider,
        )
        told.append(
            sentence(
                "{intake} (Plätze: {seats})",
                "{intake} (seats: {seats})",
                intake=intake_name(intake),
                seats=intake.seats,
            )
        )
    return sentence(
        "Die Personalstelle plant von Hand: {intakes}.",
        "HR plans by hand: {intakes}.",
        intakes=told,
    )


def _move_bootcamp(stage: Stage) -> Sentence:
    before = stage.intake(BOOTCAMP, _MOVED_FROM)
    after = stage.hr.redate_intake(
        before.id,
        reason=stage.say(_ROOM_TAKEN),
        starts_on=OCTOBER,
        ends_on=date(2020, 10, 16),
    )
    return sentence(
        "{intake}: verlegt auf {day}. {why} Alle, die sich beworben haben, bekommen Bescheid: {n}.",
        "{intake}: moved to {day}. {why} Everybody who has applied is told: {n}.",
        intake=intake_name(before),
        day=after.starts_on,
        why=_ROOM_TAKEN,
        n=after.applied,
    )


def _cancel_summer(stage: Stage) -> Sentence:
    return _cancelled(stage, (FIRST, SECOND), SUMMER_2021)


def _cancel_again(stage: Stage) -> Sentence:
    return _cancelled(stage, (FIRST,), SUMMER_2022)


def _cancelled(stage: Stage, tiers: tuple[str, ...], starts_on: date) -> Sentence:
    intakes = [stage.intake(tier, starts_on) for tier in tiers]
    for intake in intakes:
        stage.hr.cancel_intake(intake.id, reason=stage.say(_TOO_FEW))
    return sentence(
        "Die Personalstelle sagt ab: {intakes}. {why}",
        "HR cancels: {intakes}. {why}",
        intakes=tuple(map(intake_name, intakes)),
        why=_TOO_FEW,
    )


def _run_all_the_same(stage: Stage) -> Sentence:
    intake = stage.intake(FIRST, WINTER_2021)
    stage.hr.allocate(intake.id)
    names = stage.names(stage.in_state(intake, "admitted"))
    return sentence(
        "{intake}: Die Personalstelle lässt den Kurs trotzdem laufen, damit niemand ein Jahr "
        "wartet; zugelassen: {names}.",
        "{intake}: HR runs the course all the same, so that nobody waits for a year; admitted: "
        "{names}.",
        intake=intake_name(intake),
        names=names,
    )
