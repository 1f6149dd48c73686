"""What people read of a course that is theirs: seats, dates, entries in calendars, results."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from qualipath import Qualipath
from qualipath.storage.database import Database
from tests.builders import NOW, acting, an_employee, an_installation, an_intake, offered_as
from tests.integration.posting import Desk, with_hr
from tests.integration.services.delivery.reading import Letter, Post, addressed, to
from tests.integration.services.seating import PATH, approved, hr_of_all, in_turn, standing
from tests.unit.notices.calendars import occurrences

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
THURSDAYS = {"days": "thursday", "from": "16:00", "until": "19:30"}
CARLA, ANNA, BERT = "carla@stadt.example", "anna@stadt.example", "bert@stadt.example"
PROVIDER, OWNER = "kurse@institut.example", "personal@kreis.example"


@pytest.fixture
def engine(database: Database) -> Qualipath:
    """Make Anna (2), who reads English, and Bert (3); Carla (1) leads both."""
    offered = offered_as("bootcamp", sessions=THURSDAYS)
    engine = with_hr(an_installation(database, offered), summary=False)
    hr_of_all(engine).set_correspondence("district", hr_address=OWNER, summary=False)
    an_employee(engine, "1", given_name="Carla", family_name="Ceder", email=CARLA)
    named = {"given_name": "Anna", "family_name": "Amsel", "email": ANNA, "locale": "en"}
    an_employee(engine, "2", supervisor="1", **named)
    named = {"given_name": "Bert", "family_name": "Buche", "email": BERT, "locale": "de"}
    an_employee(engine, "3", supervisor="1", **named)
    return engine


def post_of(engine: Qualipath) -> Post:
    return Post(engine, Desk())


def entry(letter: Letter) -> tuple[str, str, int]:
    """Give method, identifier and sequence of the entry that comes with a letter."""
    event = letter.calendar.vevent
    return letter.calendar.method.value, event.uid.value, int(event.sequence.value)


# --- Dates and calendars --------------------------------------------------------------------------


def test_dates_changed_twice_are_told_once_and_over_the_clock_change(engine: Qualipath) -> None:
    post, intake = post_of(engine), an_intake(engine)
    in_turn(engine, intake, ["3"])
    invitation = to(post.sent(NOW), BERT)
    assert invitation.says("Beginn: 1. Oktober 2026")
    method, uid, sequence = entry(invitation)
    assert (method, sequence) == ("REQUEST", 0)

    hr = hr_of_all(engine, NOW + DAY)
    hr.redate_intake(intake, reason="no room", starts_on=date(2026, 10, 12))
    hr.redate_intake(intake, reason="no trainer", starts_on=date(2026, 10, 19))
    letters = post.sent(NOW + DAY)

    assert addressed(letters)[1:] == [
        (CARLA, "Neue Termine: Bert Buche, Bootcamp Digitalisierung, Beginn 19. Oktober 2026"),
        (OWNER, "Neue Termine: Bootcamp Digitalisierung, Beginn 19. Oktober 2026"),
    ]
    told = to(letters, BERT)
    assert told.says("19. Oktober 2026", "no trainer")
    assert "12. Oktober" not in told.text
    assert entry(told) == ("REQUEST", uid, 2)
    held = occurrences(told.calendar.vevent)
    assert {at.time() for at in held} == {time(16)}
    assert (held[0], held[1]) == (
        datetime(2026, 10, 22, 16, tzinfo=BERLIN),
        datetime(2026, 10, 29, 16, tzinfo=BERLIN),
    )
    assert held[1].astimezone(UTC) - held[0].astimezone(UTC) == 7 * DAY + HOUR


def test_what_was_put_into_a_calendar_is_taken_out_again(engine: Qualipath) -> None:
    post, intake = post_of(engine), an_intake(engine)
    anna, _ = in_turn(engine, intake, ["2", "3"]).values()
    invited = {letter.to: letter for letter in post.sent(NOW + HOUR) if letter.calendar}
    assert invited.keys() == {ANNA, BERT}

    hr_of_all(engine, NOW + DAY).fire(anna, "withdraw")
    gone = to(post.sent(NOW + DAY), ANNA)
    assert gone.says("You no longer take part", "Withdrawn on: 2 July 2026")
    assert entry(gone)[:2] == ("CANCEL", entry(invited[ANNA])[1])
    assert entry(gone)[2] > entry(invited[ANNA])[2]

    hr_of_all(engine, NOW + 2 * DAY).cancel_intake(intake, reason="no trainer")
    letters = post.sent(NOW + 2 * DAY)
    assert sorted(letter.to for letter in letters) == [BERT, CARLA, OWNER]
    off = to(letters, BERT)
    assert off.says("no trainer", "zählt nicht als Versuch")
    assert entry(off)[:2] == ("CANCEL", entry(invited[BERT])[1])
    assert to(letters, CARLA).calendar is None


def test_out_again_before_the_mail_went_nothing_comes_into_a_calendar(engine: Qualipath) -> None:
    post, intake = post_of(engine), an_intake(engine)
    (id_,) = in_turn(engine, intake, ["3"]).values()
    hr = hr_of_all(engine, NOW + HOUR)
    hr.redate_intake(intake, reason="room", starts_on=date(2026, 10, 12))
    hr.fire(id_, "withdraw")
    letters = post.sent(NOW + HOUR)
    assert to(letters, BERT).subject == "Zurückgezogen: Bootcamp Digitalisierung"
    assert [letter.calendar for letter in letters] == [None] * 3
    told = [e.details["notice"] for e in hr.history(id_) if e.trigger == "cancel_notice"]
    assert sorted(map(str, told)) == [
        "admitted",
        "admitted",
        "application_received",
        "approval_requested",
        "approved",
        "dates_changed",
        "dates_changed",
    ]


def test_who_was_told_dates_while_waiting_has_nothing_to_take_out(engine: Qualipath) -> None:
    post, intake = post_of(engine), an_intake(engine, seats=1)
    _, bert = in_turn(engine, intake, ["2", "3"]).values()
    assert (
        to(post.sent(NOW + HOUR), BERT).subject == "Warteliste, Platz 1: Bootcamp Digitalisierung"
    )
    hr = hr_of_all(engine, NOW + DAY)
    hr.redate_intake(intake, reason="room", starts_on=date(2026, 10, 12))
    assert to(post.sent(NOW + DAY), BERT).calendar is None

    hr.fire(bert, "withdraw")
    assert to(post.sent(NOW + DAY), BERT).calendar is None


def test_an_offer_that_lapsed_before_its_mail_went_is_not_offered(engine: Qualipath) -> None:
    post, intake = post_of(engine), an_intake(engine, seats=1)
    anna, bert = in_turn(engine, intake, ["2", "3"]).values()
    post.sent(NOW + HOUR)
    hr_of_all(engine, NOW + DAY).fire(anna, "withdraw")
    assert standing(engine, intake)["3"] == "offered"

    late = post.round(NOW + 12 * DAY)

    assert [letter.subject for letter in late if letter.to == BERT] == [
        "Platzangebot verfallen: Bootcamp Digitalisierung"
    ]
    history = hr_of_all(engine, NOW + 12 * DAY).history(bert)
    gone = [str(e.details["notice"]) for e in history if e.trigger == "cancel_notice"]
    assert sorted(gone)[-2:] == ["offer_lapsing", "seat_offered"]


def test_who_goes_over_to_the_next_intake_reads_its_dates(database: Database) -> None:
    offered = offered_as("bootcamp", seats=1, carry_over=True, allocation=["waiting"])
    engine = with_hr(an_installation(database, offered), summary=False)
    for number, address in (("2", ANNA), ("3", BERT)):
        an_employee(engine, number, email=address)
    post, intake = post_of(engine), an_intake(engine, seats=1)
    approved(engine, intake, ["2", "3"])
    later = datetime(2027, 3, 1, tzinfo=UTC)
    an_intake(
        engine,
        state="planned",
        opens_at=later - 90 * DAY,
        closes_at=later - 60 * DAY,
        allocates_at=later - 60 * DAY,
        starts_at=later,
        list_closes_at=later,
        ends_at=later + 30 * DAY,
        starts_on=date(2027, 3, 1),
        ends_on=date(2027, 3, 30),
    )
    post.sent(NOW)
    post.round(datetime(2026, 9, 1, 6, tzinfo=UTC))
    (told,) = post.round(datetime(2026, 10, 15, 6, tzinfo=UTC))
    assert told.subject == "Für den nächsten Durchgang vorgemerkt: Bootcamp Digitalisierung"
    assert told.says("Beginn: 1. März 2027", "Ende: 30. März 2027", "Antrag vom 1. Juli 2026")
    assert "2026" not in told.text.split("Beginn:")[1].split("Beantragt")[0]


# --- Invitations ----------------------------------------------------------------------------------


def test_the_invited_and_one_list_for_who_leads_them(engine: Qualipath) -> None:
    post = post_of(engine)
    an_employee(engine, "7", given_name="Gerd", family_name="Gans", email="gerd@stadt.example")
    an_employee(engine, "8", supervisor="7", email="emil@stadt.example")
    intake = an_intake(engine, state="planned", opens_at=NOW)
    hr_of_all(engine).open_intake(intake)
    acting(engine).apply("2", PATH, "bootcamp")
    an_employee(engine, "8", supervisor="1", given_name="Emil", family_name="Erle")

    letters = post.sent(NOW)

    invitations = [each.to for each in letters if each.subject.startswith("Einladung zur")]
    # Whoever has applied already needs no invitation.
    assert sorted(invitations) == [
        BERT,
        CARLA,
        "emil@stadt.example",
        "gerd@stadt.example",
    ]
    assert to(letters, ANNA).subject == "Application received: Digitalisation bootcamp"
    (team,) = [each for each in letters if each.subject.startswith("Einladungen in")]
    assert team.to == CARLA
    assert team.says("Anna Amsel", "Bert Buche", "Emil Erle", "20. August 2026")
    hr = hr_of_all(engine, NOW + DAY)
    # Nobody of Gerd's is invited any more.
    assert [e.details["notice"] for e in hr.history_of("7") if e.trigger == "cancel_notice"] == [
        "reports_invited"
    ]


# --- Results --------------------------------------------------------------------------------------


def a_finished_course(engine: Qualipath, **columns: str) -> tuple[Post, int, dict[str, int]]:
    """Run a course to its end; gives intake and enrolments."""
    post, intake = post_of(engine), an_intake(engine, **columns)
    ids = in_turn(engine, intake, ["2", "3"])
    for at in (datetime(2026, 8, 31, 23, tzinfo=UTC), datetime(2026, 9, 30, 23, tzinfo=UTC)):
        post.round(at)
    assert set(standing(engine, intake).values()) == {"attending"}
    return post, intake, ids


END = datetime(2027, 3, 31, 22, tzinfo=UTC)


def test_who_runs_the_course_is_asked_for_each_result_until_it_is_there(engine: Qualipath) -> None:
    hr_of_all(engine).set_provider("institut", "Studieninstitut", PROVIDER, locale="en")
    post, _, ids = a_finished_course(engine, provider="institut")

    (asked,) = post.round(END)
    assert asked.to == PROVIDER
    assert asked.says("Anna Amsel", "Bert Buche", "Deadline: 15 April 2027", "City")
    assert asked.replies_to == OWNER
    assert "To Human Resources" not in asked.text

    hr = hr_of_all(engine, END + DAY)
    hr.fire(ids["2"], "complete")
    letters = post.round(END + DAY)
    mine = to(letters, ANNA)
    assert mine.says("Congratulations", "Completed on: 2 April 2027", "What can come next")
    assert mine.says("Certificate course 1")
    assert to(letters, CARLA).says("Anna Amsel", "Zertifikatskurs 1")
    (overdue,) = post.round(END + 15 * DAY)
    assert overdue.says("Bert Buche", "Deadline: 15 April 2027")
    assert "Anna Amsel" not in overdue.text

    hr_of_all(engine, END + 20 * DAY).fire(ids["3"], "fail")
    assert to(post.sent(END + 20 * DAY), BERT).says("nicht bestanden", "21. April 2027")
    assert post.round(END + 29 * DAY) == []


def test_nobody_is_asked_for_results_that_are_there(engine: Qualipath) -> None:
    post, intake, ids = a_finished_course(engine)
    engine.tick(now=END)
    for id_ in ids.values():
        hr_of_all(engine, END + HOUR).fire(id_, "complete")
    letters = post.sent(END + HOUR)
    assert OWNER not in [letter.to for letter in letters]
    entries = hr_of_all(engine, END + HOUR).history_of_intake(intake)
    assert [e.details["notice"] for e in entries if e.trigger == "cancel_notice"] == ["results_due"]


@pytest.mark.parametrize("provider", [None, "institut"])
def test_hr_is_told_to_pass_on_what_has_no_address(engine: Qualipath, provider: str | None) -> None:
    post, _, _ = a_finished_course(engine, **({"provider": provider} if provider else {}))
    (asked,) = post.round(END)
    assert asked.to == OWNER
    assert asked.says("keine Adresse eingetragen", "Bitte geben Sie diese Nachricht weiter")
    assert (provider is None) or asked.says("Durchführung: institut")


def test_a_renewed_credential_has_not_expired(database: Database) -> None:
    engine = with_hr(an_installation(database, offered_as("bootcamp")), summary=False)
    post = post_of(engine)
    an_employee(engine, "2", email=ANNA)
    hr = acting(engine)
    for until in (date(2026, 7, 9), date(2026, 7, 19)):
        hr.recognise("2", "bootcamp", evidence="paper", valid_until=until)
    engine.tick(now=NOW + 20 * DAY)
    acting(engine, now=NOW + 20 * DAY).recognise("2", "bootcamp", evidence="new paper")
    assert post.sent(NOW + 20 * DAY) == []
    (entry_,) = [e for e in hr.history_of("2") if e.trigger == "cancel_notice"]
    assert entry_.details["notice"] == "credential_expired"

    hr.recognise("2", "certificate_1", evidence="paper", valid_until=date(2026, 8, 9))
    (letter,) = post.round(datetime(2026, 8, 9, 22, tzinfo=UTC))
    assert letter.subject == "Nachweis abgelaufen: Zertifikatskurs 1"
    assert letter.says("bis einschließlich 9. August 2026", "Zertifikatskurs 1")
