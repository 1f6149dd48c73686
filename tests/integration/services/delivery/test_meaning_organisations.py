"""Whose mails are whose: what each organisation sets, sees, holds and keeps, and HR's summary."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from qualipath import Qualipath
from qualipath.definition.spec import Definition
from qualipath.errors import DeliveryError, NotFoundError
from qualipath.storage.database import Database
from qualipath.storage.tables import enrolment, history, message
from tests.builders import (
    NOW,
    acting,
    an_employee,
    an_installation,
    an_intake,
    offered_as,
    publish,
)
from tests.integration.posting import Desk
from tests.integration.services.delivery.reading import Post, addressed, to
from tests.integration.services.looking import rows
from tests.integration.services.seating import PATH, hr_of_all, in_turn

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DISTRICT, CITY, TOWN = "hr@kreis.example", "hr@stadt.example", "hr@gemeinde.example"
ANNA, TIMO = "anna@stadt.example", "timo@gemeinde.example"


@pytest.fixture
def engine(database: Database) -> Qualipath:
    """Make a district with a city (Anna, 1) and a town (Timo, 1); only the district has an HR."""
    engine = an_installation(database, offered_as("bootcamp"))
    hr = hr_of_all(engine)
    hr.set_correspondence("district", hr_address=DISTRICT, gendering="star", summary=False)
    an_employee(engine, "1", given_name="Anna", family_name="Amsel", email=ANNA)
    named = {"given_name": "Timo", "family_name": "Tanne", "email": TIMO}
    an_employee(engine, "1", "town", **named)
    return engine


def both_apply(engine: Qualipath, now: datetime = NOW) -> dict[str, int]:
    hr = hr_of_all(engine, now)
    return {who: hr.apply(who, PATH, "bootcamp").id for who in ("1@city", "1@town")}


# --- Settings from above --------------------------------------------------------------------------


def test_a_municipality_writes_as_the_district_does_until_it_says_otherwise(
    engine: Qualipath,
) -> None:
    post = Post(engine, Desk())
    an_intake(engine)
    ids = both_apply(engine)
    letters = post.sent(NOW)
    # Nobody is known as superior, and neither has an HR of its own.
    assert sorted(letter.to for letter in letters) == [ANNA, DISTRICT, DISTRICT, TIMO]
    assert {letter.replies_to for letter in letters} == {DISTRICT}
    assert to(letters, TIMO).says("Mit freundlichen Grüßen Town", DISTRICT)

    hr_of_all(engine).set_correspondence("town", hr_address=TOWN, gendering="pair")
    for id_ in ids.values():
        hr_of_all(engine, NOW + HOUR).fire(id_, "withdraw")
    letters = post.sent(NOW + HOUR)
    assert addressed(letters) == [
        (ANNA, "Zurückgezogen: Bootcamp Digitalisierung"),
        (TOWN, "Zurückgezogen: Timo Tanne, Bootcamp Digitalisierung"),
        (DISTRICT, "Zurückgezogen: Anna Amsel, Bootcamp Digitalisierung"),
        (TIMO, "Zurückgezogen: Bootcamp Digitalisierung"),
    ]
    assert (to(letters, ANNA).replies_to, to(letters, TIMO).replies_to) == (DISTRICT, TOWN)


def test_an_intake_is_its_owner_s_and_an_enrolment_whose_it_is(engine: Qualipath) -> None:
    hr_of_all(engine).set_correspondence("town", hr_address=TOWN)
    post, intake = Post(engine, Desk()), an_intake(engine)
    in_turn(engine, intake, ["1@city", "1@town"])
    post.sent(NOW + HOUR)
    hr_of_all(engine, NOW + DAY).cancel_intake(intake, reason="no trainer")
    letters = post.sent(NOW + DAY)
    # The path's owner is told in place of a provider, each HR in place of superiors.
    assert sorted(letter.to for letter in letters) == [ANNA, TOWN, DISTRICT, DISTRICT, TIMO]
    assert to(letters, TOWN).says("Timo Tanne", "no trainer")
    assert "Anna" not in to(letters, TOWN).text


def test_hr_sees_and_touches_no_other_s_outbox(engine: Qualipath) -> None:
    an_intake(engine)
    ids = both_apply(engine)
    theirs = acting(engine, organisation="city").outbox()
    assert {notice.enrolment for notice in theirs} == {ids["1@city"]}
    town = acting(engine, organisation="town")
    for notice in theirs:
        for touch in (
            town.notice,
            town.retry_notice,
            partial(town.cancel_notice, reason="mine"),
        ):
            with pytest.raises(NotFoundError):
                touch(notice.id)
    with pytest.raises(NotFoundError):
        town.release_notices("city")
    assert {n.status for n in acting(engine, organisation="city").outbox()} == {"pending"}
    assert {n.enrolment for n in acting(engine, organisation="district").outbox()} == {
        *ids.values()
    }


# --- The cap --------------------------------------------------------------------------------------


def test_over_the_cap_it_waits_for_its_own_hr(engine: Qualipath) -> None:
    post = Post(engine, Desk())
    an_intake(engine)
    hr = hr_of_all(engine)
    hr.set_correspondence("district", hourly_cap=1)
    both_apply(engine)
    report, letters = post.reported(NOW)
    # One mail of each: what is about the town does not use up what the city may send.
    assert (sorted(letter.to for letter in letters), report.held) == ([ANNA, TIMO], 2)
    assert acting(engine, organisation="city").release_notices() == 1
    (released,) = post.sent(NOW)
    assert (released.to, "Anna Amsel" in released.text) == (DISTRICT, True)
    assert post.sent(NOW + 2 * HOUR) == []

    # Released when it is true no longer, it is cancelled instead.
    (held,) = acting(engine, organisation="town").outbox("held")
    assert held.enrolment is not None
    hr_of_all(engine, NOW + DAY).fire(held.enrolment, "withdraw")
    hr_of_all(engine).set_correspondence("district", hourly_cap=10)
    assert acting(engine, organisation="town").release_notices() == 1
    subjects = [letter.subject for letter in post.sent(NOW + DAY)]
    assert [subject.startswith("Zurückgezogen") for subject in subjects] == [True, True]
    assert acting(engine, organisation="town").notice(held.id).notice.status == "cancelled"


def test_a_cap_of_none_holds_everything(engine: Qualipath) -> None:
    post = Post(engine, Desk())
    an_intake(engine)
    hr_of_all(engine).set_correspondence("town", hourly_cap=0)
    both_apply(engine)
    assert sorted(letter.to for letter in post.sent(NOW)) == [ANNA, DISTRICT]
    assert post.sent(NOW + 7 * DAY) == []
    assert hr_of_all(engine, NOW + 7 * DAY).release_notices("town") == 2
    late = post.sent(NOW + 7 * DAY)
    assert sorted(letter.to for letter in late) == [DISTRICT, TIMO]
    assert to(late, TIMO).says("am 8. Juli 2026 automatisch erstellt", "bis zum 15. Juli 2026")


# --- What is kept, and what was given up ----------------------------------------------------------


def test_bodies_are_kept_for_as_long_as_each_says(engine: Qualipath) -> None:
    post = Post(engine, Desk())
    an_intake(engine)
    hr_of_all(engine).set_correspondence("district", retention_days=1)
    hr_of_all(engine).set_correspondence("town", retention_days=0)
    both_apply(engine)
    post.sent(NOW)

    def kept() -> dict[str, bool]:
        return {row.address: row.body is not None for row in rows(engine.database, message)}

    assert (kept()[ANNA], kept()[TIMO]) == (True, False)
    city = acting(engine, organisation="city", now=NOW + HOUR)
    (mine,) = city.outbox("sent", "application_received")
    shown = city.notice(mine.id).mail
    assert shown is not None
    assert "Guten Tag Anna Amsel" in shown.text
    engine.deliver(post.desk, now=NOW + DAY)
    assert not any(kept().values())
    gone = acting(engine, organisation="city", now=NOW + DAY).notice(mine.id)
    assert (gone.mail, gone.notice.address) == (None, ANNA)


def test_given_up_after_five_days_it_is_sent_again_only_while_it_is_true(
    engine: Qualipath,
) -> None:
    an_intake(engine)
    ids = both_apply(engine)
    down = Post(engine, Desk(fault=lambda _: DeliveryError("try later")))
    for hours in range(0, 24 * 6, 4):
        down.reported(NOW + timedelta(hours=hours))
    hr = hr_of_all(engine, NOW + 6 * DAY)
    # Each tells how often it was tried, and of which mail.
    assert {notice.status for notice in hr.outbox()} == {"dead"}
    hr.fire(ids["1@city"], "withdraw")
    assert hr.retry_dead_notices() == 4

    letters = Post(engine, Desk()).sent(NOW + 6 * DAY)

    assert addressed(letters) == [
        (ANNA, "Zurückgezogen: Bootcamp Digitalisierung"),
        (DISTRICT, "Bitte entscheiden: Antrag von Timo Tanne, Bootcamp Digitalisierung"),
        (DISTRICT, "Zurückgezogen: Anna Amsel, Bootcamp Digitalisierung"),
        (TIMO, "Antrag eingegangen: Bootcamp Digitalisierung"),
    ]


# --- What was published since ---------------------------------------------------------------------


def test_who_began_under_older_rules_is_written_to_by_them(engine: Qualipath) -> None:
    post = Post(engine, Desk())
    an_intake(engine)
    ids = both_apply(engine)
    post.sent(NOW)
    publish(engine, telling_nobody_of_refusals())
    acting(engine, now=NOW + HOUR).fire(ids["1@city"], "decline", reason="no time")
    an_employee(engine, "5", email="new@stadt.example")
    new = acting(engine, now=NOW + HOUR).apply("5", PATH, "bootcamp")
    acting(engine, now=NOW + HOUR).fire(new.id, "decline", reason="no time")
    # What the new version leaves out, the older one still tells.
    assert addressed(post.sent(NOW + HOUR)) == [
        (ANNA, "Antrag abgelehnt: Bootcamp Digitalisierung")
    ]


def telling_nobody_of_refusals() -> Definition:
    """Give the path with a lifecycle that tells nobody of a refusal."""
    definition = offered_as("bootcamp")
    lifecycle = definition.lifecycles["seminar"]
    transitions = tuple(
        t.model_copy(update={"notices": ()}) if t.trigger == "decline" else t
        for t in lifecycle.transitions
    )
    quiet = lifecycle.model_copy(update={"transitions": transitions})
    lifecycles = definition.lifecycles | {"seminar": quiet}
    return definition.model_copy(update={"lifecycles": lifecycles})


# --- The weekly summary ---------------------------------------------------------------------------

_NUMBERS = ("Neue Anträge", "Zulassungen", "Abschlüsse", "Nicht bestanden", "Zurückgezogen")


def by_hand(engine: Qualipath, organisations: tuple[int, ...], since: datetime) -> list[str]:
    """Count a week's numbers as somebody would who reads the history line by line."""
    whose = {row.id: row.organisation_id for row in rows(engine.database, enrolment)}
    counted = [0] * len(_NUMBERS)
    for row in rows(engine.database, history):
        if row.enrolment_id is None or whose[row.enrolment_id] not in organisations:
            continue
        if not since <= row.recorded_at < since + 7 * DAY:
            continue
        steps = ("apply", "admit", "complete", "fail", "withdraw")
        for index, step in enumerate(steps):
            counted[index] += row.trigger == step
    return [f"{name}: {number}" for name, number in zip(_NUMBERS, counted, strict=True)]


def test_each_week_is_told_once_as_the_history_has_it_however_late(engine: Qualipath) -> None:
    hr = hr_of_all(engine)
    hr.set_correspondence("district", summary=True)
    hr.set_correspondence("town", hr_address=TOWN)
    post, intake = Post(engine, Desk()), an_intake(engine)
    monday = datetime(2026, 6, 29, tzinfo=UTC) - 2 * HOUR
    numbers = [str(number) for number in range(10, 18)]
    for number in numbers:
        an_employee(
            engine, number, "town" if int(number) % 2 else "city", email=f"{number}@x.example"
        )
    whom = [f"{number}@{'town' if int(number) % 2 else 'city'}" for number in numbers]
    ids = list(in_turn(engine, intake, whom[:4], NOW).values())
    ids += in_turn(engine, intake, whom[4:], NOW + 8 * DAY).values()
    hr_of_all(engine, NOW + 9 * DAY).fire(ids[0], "withdraw")
    # The last instant of a Sunday, and the first of a Monday.
    hr_of_all(engine, monday + 14 * DAY - timedelta(seconds=1)).fire(ids[1], "withdraw")
    hr_of_all(engine, monday + 14 * DAY).fire(ids[2], "withdraw")

    for week, sent_at in enumerate((monday + 7 * DAY + 8 * HOUR, monday + 17 * DAY)):
        letters = [each for each in post.round(sent_at) if "Wochenübersicht" in each.subject]
        assert sorted(letter.to for letter in letters) == [TOWN, DISTRICT]
        since = monday + week * 7 * DAY
        assert to(letters, DISTRICT).says(*by_hand(engine, (1, 2, 3), since))
        assert to(letters, TOWN).says(*by_hand(engine, (3,), since))
    first = date(2026, 7, 6)
    assert to(letters, TOWN).says(f"vom {first.day}. Juli 2026 bis zum 12. Juli 2026")
    assert "Neue Anträge: 4" in to(letters, DISTRICT).text
    assert "Zurückgezogen: 2" in to(letters, DISTRICT).text
