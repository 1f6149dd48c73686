"""What superiors, deputies and HR read when somebody asks to take part, and what they do not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from qualipath import Qualipath
from qualipath.storage.database import Database
from qualipath.storage.tables import employee
from tests.builders import NOW, acting, an_employee, an_installation, an_intake, offered_as
from tests.integration.posting import HR, Desk, with_hr
from tests.integration.services.delivery.reading import Letter, Post, addressed, to
from tests.integration.services.seating import PATH, hr_of_all

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOMORROW_AT_7 = datetime(2026, 7, 2, 5, tzinfo=UTC)
CARLA, DORA, ANNA = "carla@stadt.example", "dora@stadt.example", "anna@stadt.example"


PEOPLE = {
    "1": {"given_name": "Carla", "family_name": "Ceder", "email": CARLA},
    "2": {"given_name": "Anna", "family_name": "Amsel", "email": ANNA, "locale": "en"},
    "3": {"given_name": "Bert", "family_name": "Buche", "email": "bert@stadt.example"},
    "7": {"given_name": "Gerd", "family_name": "Gans", "email": "gerd@stadt.example"},
    "8": {"given_name": "Emil", "family_name": "Erle"},
    "9": {"given_name": "Dora", "family_name": "Dorn", "email": DORA},
}


def somebody(engine: Qualipath, number: str, **columns: str) -> None:
    """Make one of the people, or change some columns of theirs."""
    an_employee(engine, number, **PEOPLE[number] | columns)


@pytest.fixture
def post(database: Database) -> Post:
    """Make Anna (2) and Bert (3), who report to Carla (1), for whom Dora (9) stands in."""
    engine = with_hr(an_installation(database, offered_as("bootcamp")))
    somebody(engine, "9")
    somebody(engine, "1", deputy="9")
    for number in ("2", "3"):
        somebody(engine, number, supervisor="1")
    an_intake(engine)
    return Post(engine, Desk())


def apply(engine: Qualipath, *numbers: str, now: datetime = NOW) -> list[int]:
    hr = acting(engine, now=now)
    return [hr.apply(number, PATH, "bootcamp").id for number in numbers]


def cancelled(post: Post, number: str) -> list[tuple[str, str]]:
    """Give the notices that an employee's history tells to have been cancelled, and to whom."""
    hr = hr_of_all(post.engine, NOW + 30 * DAY)
    entries = [entry for entry in hr.history_of(number) if entry.trigger == "cancel_notice"]
    return [(str(e.details["notice"]), str(e.details["recipient"])) for e in entries]


def test_each_is_written_to_in_their_own_language(post: Post) -> None:
    apply(post.engine, "2")
    mine = to(post.sent(NOW), ANNA)
    assert mine.subject == "Application received: Digitalisation bootcamp"
    assert mine.says("Dear Anna Amsel", "it lies with Carla Ceder", "due by 15 July 2026")

    hers = to(post.sent(TOMORROW_AT_7), CARLA)
    assert hers.subject == "Bitte entscheiden: offene Anträge, Stand 2. Juli 2026"
    assert hers.says("Anna Amsel", "15. Juli 2026", "täglich um 7 Uhr")
    assert (hers.replies_to, hers.message["Auto-Submitted"]) == (HR, "auto-generated")


def test_a_deputy_reads_in_whose_place_and_only_while_the_superior_is_away(post: Post) -> None:
    apply(post.engine, "2", "3")
    post.sent(NOW)
    acting(post.engine, now=NOW + HOUR).mark_absent("1", date(2026, 7, 2), date(2026, 7, 2))

    (hers,) = post.sent(TOMORROW_AT_7)
    assert hers.to == DORA
    assert hers.says("in Vertretung für Carla Ceder", "Guten Tag Dora Dorn", "Anna Amsel")

    somebody(post.engine, "9", supervisor="1")
    apply(post.engine, "9", now=TOMORROW_AT_7 + DAY)
    post.sent(TOMORROW_AT_7 + DAY)
    assert to(post.sent(TOMORROW_AT_7 + 2 * DAY), CARLA).says("Dora Dorn")


def test_nobody_is_asked_about_what_they_asked_for_themself(post: Post) -> None:
    somebody(post.engine, "9", supervisor="1")
    apply(post.engine, "2", "9")
    post.sent(NOW)
    acting(post.engine, now=NOW + HOUR).mark_absent("1", date(2026, 7, 2), date(2026, 7, 31))

    letters = post.sent(TOMORROW_AT_7)

    assert to(letters, DORA).says("Anna Amsel")
    assert not to(letters, DORA).says("Personalnummer 9")
    assert to(letters, CARLA).says("Dora Dorn (Personalnummer 9)")
    overdue = [letter for day in range(3, 18) for letter in post.round(NOW + day * DAY)]
    about_dora = [e.to for e in overdue if e.subject.startswith("Überfällig: Antrag von Dora")]
    assert about_dora == [HR]


def test_a_deputy_without_an_address_is_named_with_what_to_do(post: Post) -> None:
    apply(post.engine, "2")
    post.sent(NOW)
    hr = acting(post.engine, now=TOMORROW_AT_7 + HOUR)
    somebody(post.engine, "8")
    hr.mark_absent("1", date(2026, 7, 2), date(2026, 7, 9), deputy="8")

    report, letters = post.reported(TOMORROW_AT_7 + HOUR)
    assert (report.dead, letters) == (1, [])
    (dead,) = hr.outbox("dead")
    assert dead.error is not None
    assert "8 (Emil Erle) has no e-mail address" in dead.error.text("en")

    somebody(post.engine, "8", email="emil@stadt.example")
    hr.retry_notice(dead.id)
    (letter,) = post.sent(TOMORROW_AT_7 + 2 * HOUR)
    assert letter.to == "emil@stadt.example"
    assert letter.says("in Vertretung für Carla Ceder", "Anna Amsel")


def test_without_a_deputy_hr_is_asked_and_told_whose_it_is(post: Post) -> None:
    somebody(post.engine, "7")
    somebody(post.engine, "3", supervisor="7")
    apply(post.engine, "3")
    letters = [letter for day in range(23) for letter in post.round(NOW + day * DAY)]
    overdue = [letter for letter in letters if letter.subject.startswith("Überfällig")]
    assert [letter.to for letter in overdue] == [HR, HR]
    for letter in overdue:
        assert letter.says("Bert Buche", "15. Juli 2026", "klären Sie mit Gerd Gans")
        assert "als Vertretung" not in letter.text


def test_the_deputy_is_asked_before_hr(post: Post) -> None:
    apply(post.engine, "3")
    letters = [letter for day in range(23) for letter in post.round(NOW + day * DAY)]
    overdue = [letter for letter in letters if letter.subject.startswith("Überfällig")]
    assert [letter.to for letter in overdue] == [DORA, HR]
    assert overdue[0].says("als Vertretung von Carla Ceder")
    # Each tells the same last day, also when it is over.
    told = [letter for letter in letters if "Bert Buche (Personalnummer 3)" in letter.text]
    assert all("15. Juli 2026" in letter.text for letter in told)
    assert len(told) >= 5


# --- What changes between asking and telling ------------------------------------------------------


def test_a_new_superior_gets_what_is_open_and_the_old_one_nothing(post: Post) -> None:
    apply(post.engine, "2")
    post.sent(NOW)
    somebody(post.engine, "7")
    somebody(post.engine, "2", supervisor="7")
    assert post.sent(TOMORROW_AT_7) == []
    (letter,) = post.sent(TOMORROW_AT_7 + DAY)
    assert letter.to == "gerd@stadt.example"
    assert letter.says("Guten Tag Gerd Gans", "Anna Amsel")


def test_decided_meanwhile_it_is_not_asked_and_history_says_so(post: Post) -> None:
    first, second = apply(post.engine, "2", "3")
    post.sent(NOW)
    hr = acting(post.engine, now=NOW + HOUR)
    hr.fire(first, "decline", reason="no time")
    hr.fire(second, "withdraw")
    letters = [*post.sent(NOW + HOUR), *post.sent(TOMORROW_AT_7)]
    assert not [letter for letter in letters if "offene Anträge" in letter.subject]
    for enrolment_id in (first, second):
        entries = hr_of_all(post.engine, NOW + DAY).history(enrolment_id)
        (entry,) = [each for each in entries if each.trigger == "cancel_notice"]
        assert entry.details["notice"] == "approval_requested"
        assert (entry.source, entry.target, entry.actor) == (None, None, "schedule:qualipath")
    assert cancelled(post, "1") == [("open_requests", "digest")]


def test_who_has_decided_at_once_is_not_told_that_it_is_open(post: Post) -> None:
    (id_,) = apply(post.engine, "2")
    acting(post.engine, "supervisor", "1", now=NOW + HOUR).fire(id_, "approve")
    # There is a seat for everybody at first.
    assert addressed(post.sent(NOW + HOUR)) == [
        (ANNA, "Admission: Digitalisation bootcamp, start 1 October 2026"),
        (CARLA, "Zulassung: Anna Amsel, Bootcamp Digitalisierung, Beginn 1. Oktober 2026"),
    ]


def test_nobody_is_asked_to_decide_about_what_is_paused(post: Post) -> None:
    first, second = apply(post.engine, "2", "3")
    post.sent(NOW)
    hr = acting(post.engine, now=NOW + HOUR)
    hr.fire(first, "pause", reason="parental leave")
    (paused,) = post.sent(NOW + HOUR)
    assert paused.says("Paused since: 1 July 2026", "parental leave")

    digest = to(post.sent(TOMORROW_AT_7), CARLA)
    assert digest.says("Bert Buche")
    assert "Anna Amsel" not in digest.text
    acting(post.engine, now=TOMORROW_AT_7 + HOUR).fire(second, "withdraw")
    post.sent(TOMORROW_AT_7 + HOUR)
    hr_of_all(post.engine).set_correspondence("city", summary=False)
    for day in range(1, 10):
        assert post.sent(TOMORROW_AT_7 + day * DAY) == []
    assert cancelled(post, "1") == []

    # Ten days later there are ten more to decide in.
    acting(post.engine, now=NOW + 10 * DAY + HOUR).fire(first, "resume")
    resumed = to(post.sent(NOW + 10 * DAY + HOUR), ANNA)
    assert resumed.says("Next deadline: 25 July 2026")
    assert to(post.sent(TOMORROW_AT_7 + 10 * DAY), CARLA).says("Anna Amsel", "25. Juli 2026")


@pytest.mark.parametrize("rhythm", ["daily", "at_once"])
def test_what_rests_is_not_asked_at_another_rhythm_either(post: Post, rhythm: str) -> None:
    (id_,) = apply(post.engine, "2")
    post.sent(NOW)
    hr = acting(post.engine, now=NOW + HOUR)
    hr.fire(id_, "pause", reason="illness")
    hr.set_correspondence("city", rhythm=rhythm, hour=9)
    post.sent(NOW + HOUR)
    assert [each for day in range(4) for each in post.sent(TOMORROW_AT_7 + day * DAY)] == []
    acting(post.engine, now=NOW + 4 * DAY).fire(id_, "resume")
    asked = [each for day in (4, 5, 6) for each in post.sent(NOW + day * DAY) if each.to == CARLA]
    assert len(asked) == 1


def test_a_pause_that_is_over_is_not_told(post: Post) -> None:
    (id_,) = apply(post.engine, "2")
    post.sent(NOW)
    hr = acting(post.engine, now=NOW + HOUR)
    hr.fire(id_, "pause", reason="a mistake")
    hr.fire(id_, "resume")
    (letter,) = post.sent(NOW + HOUR)
    assert letter.subject == "Resumed: Digitalisation bootcamp"
    hr.fire(id_, "pause", reason="illness")
    hr.fire(id_, "withdraw")
    assert addressed(post.sent(NOW + HOUR)) == [
        (ANNA, "Withdrawn: Digitalisation bootcamp"),
        (CARLA, "Zurückgezogen: Anna Amsel, Bootcamp Digitalisierung"),
    ]


# --- Rhythms and clocks ---------------------------------------------------------------------------


def test_a_new_rhythm_holds_for_what_waits_already(post: Post) -> None:
    apply(post.engine, "2")
    post.sent(NOW)
    acting(post.engine, now=NOW + HOUR).set_correspondence("city", rhythm="weekly", hour=9)
    assert post.sent(TOMORROW_AT_7) == []
    monday_at_9 = datetime(2026, 7, 6, 7, tzinfo=UTC)
    assert post.engine.deliver(post.desk, now=monday_at_9 - HOUR).next_due == monday_at_9
    assert to(post.sent(monday_at_9), CARLA).says("Anna Amsel", "montags um 9 Uhr")


def test_told_at_once_from_now_on_what_waits_goes_at_once(post: Post) -> None:
    apply(post.engine, "2")
    post.sent(NOW)
    acting(post.engine, now=NOW + HOUR).set_correspondence("city", rhythm="at_once")
    (letter,) = post.sent(NOW + HOUR)
    assert letter.says("Anna Amsel", "Wie oft diese Übersicht kommt")
    assert "sofort" not in letter.text
    apply(post.engine, "3", now=NOW + 2 * HOUR)
    single = to(post.sent(NOW + 2 * HOUR), CARLA)
    assert single.subject == "Bitte entscheiden: Antrag von Bert Buche, Bootcamp Digitalisierung"
    assert single.says("bis zum 15. Juli 2026", "als Führungskraft von Bert Buche")


@pytest.mark.parametrize(
    ("asked_at", "told_at", "last_day"),
    [
        ((2026, 10, 24, 12), (2026, 10, 25, 6), "7. November 2026"),
        ((2027, 3, 27, 12), (2027, 3, 28, 5), "10. April 2027"),
    ],
)
def test_digests_come_at_their_local_hour_over_a_clock_change(
    database: Database,
    asked_at: tuple[int, int, int, int],
    told_at: tuple[int, int, int, int],
    last_day: str,
) -> None:
    engine = with_hr(an_installation(database, offered_as("bootcamp")))
    an_employee(engine, "1", email=CARLA)
    an_employee(engine, "3", supervisor="1", email="b@stadt.example")
    ends = datetime(2027, 6, 1, tzinfo=UTC)
    an_intake(
        engine,
        closes_at=ends,
        allocates_at=ends,
        starts_at=ends,
        list_closes_at=ends,
        ends_at=ends + DAY,
        starts_on=ends.date(),
        ends_on=ends.date(),
    )
    now, digest_at = datetime(*asked_at, tzinfo=UTC), datetime(*told_at, tzinfo=UTC)
    apply(engine, "3", now=now)
    post = Post(engine, Desk())
    post.sent(now)
    assert [each.to for each in post.sent(digest_at - timedelta(seconds=1))] == []
    assert to(post.sent(digest_at), CARLA).says(last_day)


def test_a_superior_of_another_organisation_gets_the_own_one_s_rhythm(post: Post) -> None:
    named = {"given_name": "Timo", "family_name": "Tanne", "email": "timo@gemeinde.example"}
    an_employee(post.engine, "2", "town", **named)
    with hr_of_all(post.engine).acts.writing() as act:
        carla = select(employee.c.id).where(employee.c.number == "1").scalar_subquery()
        timo = employee.c.email == named["email"]
        act.connection.execute(update(employee).where(timo).values(supervisor_id=carla))
    hr = hr_of_all(post.engine)
    hr.set_correspondence("town", hr_address="personal@gemeinde.example", rhythm="at_once")
    hr.apply("2@town", PATH, "bootcamp")
    # The same number, and another person.
    acted = post.engine.acting_as("employee", "2", organisation="city", now=NOW)
    acted.apply("2", PATH, "bootcamp")
    letters = post.sent(NOW)
    assert to(letters, "timo@gemeinde.example").replies_to == "personal@gemeinde.example"
    assert to(letters, ANNA).says("Submitted by: Anna Amsel")
    assert CARLA not in [letter.to for letter in letters]
    assert to(post.sent(TOMORROW_AT_7), CARLA).says("Timo Tanne", "Anna Amsel", "täglich um 7 Uhr")


def test_the_reader_gets_the_same_in_both_parts(post: Post) -> None:
    first, _ = apply(post.engine, "2", "3")
    letters: list[Letter] = []
    for day in range(17):
        letters += post.round(NOW + day * DAY)
    acting(post.engine, now=NOW + 17 * DAY).fire(first, "decline", reason="<b>no</b> {{ time }}")
    letters += post.sent(NOW + 17 * DAY)
    assert len({letter.subject for letter in letters}) >= 7
    for letter in letters:
        told = [word for word in letter.text.split() if word[0].isdigit() or "@" in word]
        assert not [word for word in told if word.rstrip(".,:;)") not in letter.page], (
            letter.subject
        )
    assert letters[-1].says("Decided by: HR department", "<b>no</b> {{ time }}")
