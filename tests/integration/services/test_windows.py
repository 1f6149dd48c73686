"""Windows: an application goes into the intake that takes it now, or is told when one will."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from qualipath import InputError, NotFoundError, Qualipath, RefusedError
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment
from tests.builders import NOW, acting, an_installation, an_intake, employees, offered_as
from tests.integration.services.looking import everything, rows
from tests.integration.services.seating import PATH, hr_of_all, names, standing

OPENS = datetime(2026, 6, 1, 22, tzinfo=UTC)
CLOSES = datetime(2026, 8, 20, 22, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
NEXT: dict[str, Any] = {
    "state": "planned",
    "opens_at": datetime(2026, 11, 30, 23, tzinfo=UTC),
    "closes_at": datetime(2027, 2, 18, 23, tzinfo=UTC),
    "allocates_at": datetime(2027, 3, 1, 23, tzinfo=UTC),
    "starts_at": datetime(2027, 3, 31, 22, tzinfo=UTC),
    "list_closes_at": datetime(2027, 4, 14, 22, tzinfo=UTC),
    "ends_at": datetime(2027, 9, 30, 22, tzinfo=UTC),
    "starts_on": date(2027, 4, 1),
    "ends_on": date(2027, 9, 30),
}
"""The dates of an intake half a year later."""


@pytest.fixture
def engine(database: Database) -> Qualipath:
    made = an_installation(database, offered_as("bootcamp"))
    employees(made, 3)
    return made


def refusal(
    engine: Qualipath, now: datetime = NOW, tier: str = "bootcamp", **given: Any
) -> tuple[str, str]:
    """Let an application be refused for the window alone; gives the reason, German and English."""
    stored = everything(engine.database)
    with pytest.raises(RefusedError) as refused:
        acting(engine, now=now).apply("c1", PATH, tier, **given)
    assert names(refused.value.reasons) == ["window"]
    assert everything(engine.database) == stored
    (reason,) = refused.value.reasons
    return reason.text("de"), reason.text("en")


def went_into(engine: Qualipath, now: datetime = NOW, **given: Any) -> int | None:
    """Apply, and give the intake that the application went into."""
    begun = acting(engine, now=now).apply("c1", PATH, "bootcamp", **given)
    (row,) = rows(engine.database, enrolment, id=begun.id)
    assert row.applied_at == now
    return row.intake_id  # type: ignore[no-any-return]


GERMAN, ENGLISH = "„Bootcamp Digitalisierung“", "'Digitalisation bootcamp'"


def test_a_tier_that_was_never_offered_takes_people_without_an_intake(engine: Qualipath) -> None:
    an_intake(engine, "certificate_2")
    assert went_into(engine) is None


def test_an_application_goes_into_the_open_intake(engine: Qualipath) -> None:
    an_intake(engine, **NEXT)
    here = an_intake(engine)
    an_intake(engine, "certificate_2")
    assert went_into(engine) == here


@pytest.mark.parametrize("state", ["closed", "allocated", "running", "finished"])
def test_a_tier_that_is_offered_takes_nobody_outside_its_windows(
    engine: Qualipath, state: str
) -> None:
    an_intake(engine, state=state)
    assert refusal(engine) == (
        (
            f"für {GERMAN} werden zurzeit keine Bewerbungen angenommen, und kein weiterer "
            "Durchgang ist geplant"
        ),
        f"{ENGLISH} takes no applications now, and no further intake is planned",
    )


def test_before_the_window_its_dates_are_told(engine: Qualipath) -> None:
    an_intake(engine, state="closed")
    an_intake(engine, **NEXT, term="SS 2027")
    # From midnight to midnight in Berlin: the last day counts in full.
    assert refusal(engine) == (
        (
            f"für {GERMAN} werden zurzeit keine Bewerbungen angenommen; nächstes "
            f"Bewerbungsfenster: 1. Dezember 2026 bis 18. Februar 2027 ({GERMAN} SS 2027)"
        ),
        (
            f"{ENGLISH} takes no applications now; the next window is 1 December 2026 to 18 "
            f"February 2027 ({ENGLISH} SS 2027)"
        ),
    )


def test_the_window_ends_at_midnight_though_nobody_has_closed_it_yet(engine: Qualipath) -> None:
    here = an_intake(engine)
    an_intake(engine, **NEXT)

    _, told = refusal(engine, CLOSES)
    assert told == (
        f"{ENGLISH} takes no applications now; the next window is 1 December 2026 to 18 February "
        f"2027 ({ENGLISH} from 1 April 2027 on)"
    )
    assert went_into(engine, CLOSES - MOMENT) == here


def test_what_was_opened_early_takes_applications(engine: Qualipath) -> None:
    here = an_intake(engine, **NEXT)
    hr_of_all(engine).open_intake(here)
    assert went_into(engine) == here


def test_a_named_intake_is_taken(engine: Qualipath) -> None:
    here, there = an_intake(engine), an_intake(engine)
    assert refusal(engine) == (
        (
            f"mehrere Durchgänge nehmen Bewerbungen an: {here} ({GERMAN} ab "
            f"1. Oktober 2026), {there} ({GERMAN} ab 1. Oktober 2026); bitte einen nennen"
        ),
        (
            f"several intakes take applications: {here} ({ENGLISH} from 1 October 2026 on), "
            f"{there} ({ENGLISH} from 1 October 2026 on); name one of them"
        ),
    )
    assert went_into(engine, intake=there) == there


@pytest.mark.parametrize("state", ["planned", "closed", "cancelled", "finished"])
def test_a_named_intake_that_takes_nobody_is_refused(engine: Qualipath, state: str) -> None:
    there = an_intake(engine, state=state)
    an_intake(engine, **NEXT)
    _, told = refusal(engine, intake=there)
    if state == "planned":
        begun = "the intake is not opened yet: the scheduler does not run (qualipath tick)"
        assert told.endswith(begun)
    else:
        here = f"{ENGLISH} from 1 October 2026 on"
        assert told.startswith(f"{here} takes no applications now; the next window is 1 December")


def test_an_intake_of_another_tier_is_no_intake_of_this_one(engine: Qualipath) -> None:
    other = an_intake(engine, "certificate_2")
    for wanted in (other, 99, -1, 2**40):
        with pytest.raises(NotFoundError, match=f"no intake {wanted} of tier 'bootcamp'"):
            acting(engine).apply("c1", PATH, "bootcamp", intake=wanted)


def test_cancelled_intakes_count_as_if_they_had_never_been(engine: Qualipath) -> None:
    an_intake(engine, state="cancelled")
    following = an_intake(engine, **NEXT)
    refusal(engine)

    hr_of_all(engine).cancel_intake(following, reason="no teacher")

    assert went_into(engine) is None


def test_who_is_nominated_applies_into_the_open_intake(engine: Qualipath) -> None:
    here = an_intake(engine)
    hr = acting(engine)
    with pytest.raises(InputError, match="'nominate' leads into no intake"):
        hr.begin("c1", PATH, "bootcamp", "nominate", intake=here)
    nominated = hr.nominate("c1", PATH, "bootcamp")
    assert standing(engine, here) == {}

    assert went_into(engine) == here
    assert hr.enrolment(nominated.id).state == "applied"


def test_fired_on_the_enrolment_itself_an_application_asks_for_the_window_too(
    engine: Qualipath,
) -> None:
    here = an_intake(engine)
    hr = acting(engine)
    nominated = hr.nominate("c1", PATH, "bootcamp")

    assert hr.fire(nominated.id, "apply").state == "applied"

    assert standing(engine, here) == {"c1": "applied"}
    other = hr.nominate("c2", PATH, "bootcamp")
    with pytest.raises(RefusedError) as refused:
        acting(engine, now=CLOSES).fire(other.id, "apply")
    assert names(refused.value.reasons) == ["window"]


def test_every_one_of_many_is_told(engine: Qualipath) -> None:
    an_intake(engine, **NEXT)
    acting(engine).nominate("c2", PATH, "bootcamp")
    acting(engine).recognise("c3", "bootcamp", evidence="seen")

    answers = acting(engine).apply_many(["c3", "c1", "c2"], PATH, "bootcamp")

    assert [(a.number, a.enrolment, names(a.reasons)) for a in answers] == [
        ("c3", None, ["window", "completed"]),
        ("c1", None, ["window"]),
        ("c2", None, ["window"]),
    ]


def test_a_second_application_into_another_intake_is_refused(engine: Qualipath) -> None:
    here, there = an_intake(engine), an_intake(engine)
    assert went_into(engine, intake=here) == here
    with pytest.raises(RefusedError) as refused:
        acting(engine).apply("c1", PATH, "bootcamp", intake=there)
    assert names(refused.value.reasons) == ["state"]
    assert standing(engine, there) == {}


@pytest.mark.parametrize(
    ("ends_on", "answer"),
    [(date(2026, 9, 30), "applied"), (date(2026, 10, 1), ["prerequisites"])],
)
def test_what_is_in_progress_counts_if_it_ends_before_the_start(
    database: Database, ends_on: date, answer: object
) -> None:
    engine = an_installation(
        database, offered_as("certificate_2", unconditional=False, allocation=["waiting"])
    )
    employees(engine, 1)
    hr = hr_of_all(engine)
    hr.recognise("c1", "bootcamp", evidence="seen")
    starts_on = date(2026, 4, 1)
    going = an_intake(
        engine, "certificate_1", starts_on=starts_on, ends_on=ends_on, state="running"
    )
    attends(engine, hr.nominate("c1", PATH, "certificate_1").id, going)
    an_intake(engine, "certificate_2")

    (answered,) = hr.apply_many(["c1"], PATH, "certificate_2")

    if answered.enrolment is None:
        assert names(answered.reasons) == answer
    else:
        assert answered.enrolment.state == answer
        # Approval asks for the same.
        assert hr.fire(answered.enrolment.id, "approve").state == "approved"


def attends(engine: Qualipath, enrolment_id: int, intake_id: int) -> None:
    """Let somebody attend an intake that runs already."""
    with engine.database.writing() as connection:
        connection.execute(
            enrolment.update()
            .where(enrolment.c.id == enrolment_id)
            .values(intake_id=intake_id, state="admitted", applied_at=NOW, holds_seat=True)
        )
    hr_of_all(engine).fire(enrolment_id, "start")
