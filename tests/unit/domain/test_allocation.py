"""Who gets the seats: by rank, reproducibly, with seats kept for organisations; and why."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.definition.intakes import IntakeSpec
from qualipath.domain.allocation import (
    Applicant,
    Ranked,
    Room,
    allocate,
    explain,
    home_of,
    refusal_basis,
)
from qualipath.domain.wording import Refusal, sentence
from tests.builders import a_definition

MONDAY = datetime(2027, 1, 4, 8, tzinfo=UTC)
QUOTA = {"quota": {"seats": {"city": 2, "office": 1}, "lapses": "4 weeks"}}
ORGANISATIONS = (("office", "city", "kreis"), ("city", "kreis"), ("town", "kreis"), ("kreis",))
PATH = a_definition({"basic": {}, "pointed": {"grading": "grade_point"}})


def a_policy(*criteria: Any, seats: int = 3) -> IntakeSpec:
    return IntakeSpec.model_validate({"seats": seats, "allocation": criteria})


def an_applicant(enrolment_id: int, *organisations: str, **fields: Any) -> Applicant:
    usual: dict[str, Any] = {"applied_at": MONDAY, "hired_on": date(2015, 1, 1)}
    return Applicant(enrolment_id, organisations or ("kreis",), **(usual | fields))


def allocated(
    applicants: Sequence[Applicant], spec: IntakeSpec, **fields: Any
) -> tuple[Ranked, ...]:
    usual: dict[str, Any] = {"seats": spec.seats, "taken": {}, "pooled": False, "seed": 7}
    return allocate(applicants, spec, **(usual | fields))


def in_order(ranked: Sequence[Ranked]) -> list[int]:
    return [one.enrolment_id for one in ranked]


def seated(ranked: Sequence[Ranked]) -> set[int]:
    return {one.enrolment_id for one in ranked if one.outcome == "seat"}


def told(ranked: Ranked, locale: str = "en") -> list[str]:
    stored = json.loads(json.dumps(ranked.basis()))
    return [reason.text(locale) for reason in explain(stored, PATH)]


def drawn(enrolment_id: int, seed: int = 7) -> str:
    return sha256(f"{seed}:{enrolment_id}".encode()).hexdigest()[:16]


# --- any policy, any applicants -----------------------------------------------------------------

_criteria = st.permutations(
    [QUOTA, "waiting", "rejections", "tenure", {"grade": "basic"}, {"grade": "pointed"}, "lot"]
).flatmap(lambda all_: st.integers(0, len(all_)).map(lambda n: all_[:n]))
policies = _criteria.map(lambda criteria: a_policy(*criteria))
applicants_of = st.builds(
    Applicant,
    enrolment_id=st.integers(1, 10**6),
    organisations=st.sampled_from(ORGANISATIONS),
    applied_at=st.integers(0, 2).map(lambda days: MONDAY + timedelta(days=days)),
    hired_on=st.none() | st.sampled_from([date(2010, 1, 1), date(2015, 1, 1)]),
    rejections=st.integers(0, 2),
    grades=st.dictionaries(st.sampled_from(["basic", "pointed"]), st.sampled_from([100, 230])),
)
crowds = st.lists(applicants_of, max_size=12, unique_by=lambda one: one.enrolment_id)
# At most as many as the quotas, or more: intakes are cut, and people admitted out of turn.
taken_seats = st.fixed_dictionaries(
    {home: st.integers(0, 2) for home in ("city", "office", None)}
).map(Counter)
intakes = st.fixed_dictionaries(
    {
        "seats": st.integers(0, 12),
        "taken": taken_seats,
        "pooled": st.booleans(),
        "seed": st.integers(0, 2**31 - 1),
        "ascending": st.sampled_from([(), ("pointed",)]),
    }
)


@given(crowds, policies, intakes)
def test_ranks_are_gapless_and_nobody_is_lost(
    crowd: list[Applicant], spec: IntakeSpec, intake: dict[str, Any]
) -> None:
    ranked = allocate(crowd, spec, **intake)
    assert [one.rank for one in ranked] == list(range(1, len(crowd) + 1))
    assert sorted(in_order(ranked)) == sorted(one.enrolment_id for one in crowd)


@given(crowds, policies, intakes)
def test_never_more_seats_than_are_free_and_none_is_left_that_somebody_may_have(
    crowd: list[Applicant], spec: IntakeSpec, intake: dict[str, Any]
) -> None:
    ranked = allocate(crowd, spec, **intake)
    seats, taken = intake["seats"], Counter(intake["taken"])
    given_to = Counter(one.home for one in ranked if one.outcome == "seat")
    assert given_to.total() <= max(0, seats - taken.total())
    room = Room(seats, spec.quota, taken + given_to, pooled=intake["pooled"])
    assert not any(room.has_for(one.home) for one in ranked if one.outcome == "waiting")


@given(st.data(), crowds, policies, intakes)
def test_the_order_in_which_people_are_named_does_not_matter(
    data: st.DataObject, crowd: list[Applicant], spec: IntakeSpec, intake: dict[str, Any]
) -> None:
    shuffled = data.draw(st.permutations(crowd))
    first, second = allocate(crowd, spec, **intake), allocate(shuffled, spec, **intake)
    assert [(one.basis(), one.enrolment_id, one.outcome) for one in first] == [
        (one.basis(), one.enrolment_id, one.outcome) for one in second
    ]


@given(crowds, policies, intakes)
def test_nobody_who_waits_stands_before_somebody_on_a_seat_that_is_not_kept(
    crowd: list[Applicant], spec: IntakeSpec, intake: dict[str, Any]
) -> None:
    ranked = allocate(crowd, spec, **intake)
    outcomes = [one.outcome for one in ranked if not one.kept]
    assert outcomes == sorted(outcomes, key=["seat", "waiting"].index)


@given(crowds, policies, intakes)
def test_kept_seats_are_filled_as_far_as_there_are_seats_and_people(
    crowd: list[Applicant], spec: IntakeSpec, intake: dict[str, Any]
) -> None:
    kept: dict[str | None, int] = {}
    if spec.quota and not intake["pooled"]:
        kept.update(spec.quota.seats)
    ranked = allocate(crowd, spec, **intake)
    taken = intake["taken"]
    given_to = Counter(one.home for one in ranked if one.outcome == "seat")
    there = Counter(one.home for one in ranked)
    wanted = {home: min(there[home], max(0, number - taken[home])) for home, number in kept.items()}
    free = max(0, intake["seats"] - taken.total())
    if sum(max(0, number - taken[home]) for home, number in kept.items()) <= free:
        assert all(given_to[home] >= number for home, number in wanted.items())
    else:
        assert all(given_to[home] <= wanted.get(home, 0) for home in there)


@given(crowds, policies, intakes)
def test_one_more_seat_never_takes_a_seat_from_anybody(
    crowd: list[Applicant], spec: IntakeSpec, intake: dict[str, Any]
) -> None:
    more = intake | {"seats": intake["seats"] + 1}
    before, after = allocate(crowd, spec, **intake), allocate(crowd, spec, **more)
    assert in_order(before) == in_order(after)
    assert seated(before) <= seated(after)


@given(crowds, policies, intakes, st.integers(0, 12))
def test_moving_up_one_by_one_is_allocating_more_seats_at_once(
    crowd: list[Applicant], spec: IntakeSpec, intake: dict[str, Any], more: int
) -> None:
    ranked = allocate(crowd, spec, **intake)
    at_once = allocate(crowd, spec, **(intake | {"seats": intake["seats"] + more}))
    holding = seated(ranked)
    taken = Counter(intake["taken"])
    taken.update(one.home for one in ranked if one.outcome == "seat")
    for seats in range(intake["seats"] + 1, intake["seats"] + more + 1):
        room = Room(seats, spec.quota, taken, pooled=intake["pooled"])
        waiting = (one for one in ranked if one.enrolment_id not in holding)
        if promoted := next((one for one in waiting if room.has_for(one.home)), None):
            holding.add(promoted.enrolment_id)
            taken[promoted.home] += 1
    assert holding == seated(at_once)


@given(crowds, policies, intakes)
def test_every_rank_is_explained_in_both_languages(
    crowd: list[Applicant], spec: IntakeSpec, intake: dict[str, Any]
) -> None:
    for one in allocate(crowd, spec, **intake):
        german, english = told(one, "de"), told(one)
        assert len(german) == len(english) == len(one.measures) + (one.rank > 1)
        assert all(a != b for a, b in zip(german, english, strict=True) if "Los" not in a)


# --- the criteria -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "ahead", "behind"),
    [
        ("waiting", {"applied_at": MONDAY}, {"applied_at": MONDAY + timedelta(seconds=1)}),
        ("rejections", {"rejections": 2}, {"rejections": 1}),
        ("tenure", {"hired_on": date(2010, 1, 1)}, {"hired_on": date(2010, 1, 2)}),
        ("tenure", {"hired_on": date(2026, 1, 1)}, {"hired_on": None}),
        ({"grade": "basic"}, {"grades": {"basic": 130}}, {"grades": {"basic": 170}}),
        ({"grade": "basic"}, {"grades": {"basic": 400}}, {}),
        ({"grade": "pointed"}, {"grades": {"pointed": 370}}, {"grades": {"pointed": 300}}),
        ({"grade": "pointed"}, {"grades": {"pointed": 0}}, {"grades": {"basic": 100}}),
    ],
)
def test_a_criterion_decides_whatever_the_lot(
    criterion: Any, ahead: dict[str, Any], behind: dict[str, Any]
) -> None:
    for one, other in ((1, 2), (2, 1)):
        crowd = [an_applicant(one, **ahead), an_applicant(other, **behind)]
        ranked = allocated(crowd, a_policy(criterion), ascending={"pointed"})
        assert in_order(ranked) == [one, other]


def test_criteria_count_in_their_order() -> None:
    long_here = an_applicant(1, hired_on=date(2001, 1, 1), rejections=0)
    rejected = an_applicant(2, hired_on=date(2020, 1, 1), rejections=1)
    crowd = [long_here, rejected]
    assert in_order(allocated(crowd, a_policy("tenure", "rejections"))) == [1, 2]
    assert in_order(allocated(crowd, a_policy("rejections", "tenure"))) == [2, 1]


def test_a_lot_can_be_drawn_again_by_anybody() -> None:
    crowd = [an_applicant(number) for number in range(1, 30)]
    for seed in (7, 8):
        ranked = allocated(crowd, a_policy("lot"), seed=seed)
        assert in_order(ranked) == sorted(range(1, 30), key=lambda id_: drawn(id_, seed))
        assert [one.basis()["criteria"]["lot"] for one in ranked] == sorted(
            drawn(id_, seed) for id_ in range(1, 30)
        )


def test_another_seed_gives_another_order() -> None:
    crowd = [an_applicant(number) for number in range(1, 30)]
    orders = {tuple(in_order(allocated(crowd, a_policy("tenure"), seed=s))) for s in range(5)}
    assert len(orders) == 5


def test_behind_the_lot_nothing_counts() -> None:
    crowd = [an_applicant(n, "city", rejections=n) for n in range(1, 9)]
    ranked = allocated(crowd, a_policy("lot", "rejections", QUOTA))
    assert in_order(ranked) == in_order(allocated(crowd, a_policy("lot")))
    assert [*ranked[0].basis()["criteria"]] == ["lot"]


# --- seats that are kept ------------------------------------------------------------------------


def test_the_nearest_organisation_with_a_quota_is_home() -> None:
    quota = a_policy(QUOTA).quota
    homes = [home_of(organisations, quota) for organisations in ORGANISATIONS]
    assert homes == ["office", "city", None, None]
    assert home_of(("city",), None) is None


def test_kept_seats_are_not_given_to_others_before_the_quotas_lapse() -> None:
    crowd = [an_applicant(number, "town") for number in range(1, 5)]
    spec = a_policy(QUOTA, seats=4)
    assert len(seated(allocated(crowd, spec))) == 1
    assert len(seated(allocated(crowd, spec, pooled=True))) == 4


def test_who_comes_first_in_an_organisation_gets_its_kept_seats() -> None:
    old, middle, young = (
        an_applicant(number, "city", hired_on=date(2000 + number, 1, 1)) for number in (1, 2, 3)
    )
    others = [an_applicant(n, "town", hired_on=date(1990, 1, 1)) for n in (4, 5)]
    ranked = allocated([young, *others, middle, old], a_policy(QUOTA, "tenure", seats=4))
    assert in_order(ranked)[:2] == [1, 2]
    assert in_order(ranked)[4:] == [3]
    assert [one.kept for one in ranked] == [True, True, False, False, False]
    # One seat is still kept for the office, of which nobody applied.
    assert [one.outcome for one in ranked] == ["seat"] * 3 + ["waiting"] * 2


def test_where_the_quota_stands_changes_ranks_and_not_who_gets_a_seat() -> None:
    crowd = [
        an_applicant(1, "town", rejections=2),
        an_applicant(2, "town", rejections=1),
        an_applicant(3, "city", rejections=0),
        an_applicant(4, "city", rejections=1, hired_on=date(2026, 1, 1)),
    ]
    first = allocated(crowd, a_policy(QUOTA, "rejections", "tenure", seats=4))
    last = allocated(crowd, a_policy("rejections", QUOTA, "tenure", seats=4))
    assert in_order(first) == [4, 3, 1, 2]
    assert in_order(last) == [1, 4, 2, 3]
    assert seated(first) == seated(last) == {1, 3, 4}


def test_seats_taken_before_count_towards_their_quota() -> None:
    crowd = [an_applicant(1, "city"), an_applicant(2, "town", rejections=1)]
    spec = a_policy(QUOTA, "rejections", seats=4)
    ranked = allocated(crowd, spec, taken={"city": 2})
    assert in_order(ranked) == [2, 1]
    assert seated(ranked) == {2}
    assert not any(one.kept for one in ranked)


def test_a_seat_that_is_given_back_is_kept_again() -> None:
    quota = a_policy(QUOTA).quota
    room = Room(3, quota, {"city": 1, "office": 1}, pooled=False)
    assert room.has_for("city")
    assert not room.has_for("office")
    assert not room.has_for(None)
    assert Room(3, quota, {"city": 1, "office": 1}, pooled=True).has_for(None)


def test_of_an_intake_that_was_cut_kept_seats_go_first() -> None:
    crowd = [an_applicant(1, "town", rejections=1), an_applicant(2, "city")]
    ranked = allocated(crowd, a_policy("rejections", QUOTA), seats=1)
    assert in_order(ranked) == [1, 2]
    assert seated(ranked) == {2}
    assert Room(1, None, {None: 3}, pooled=False).free == 0


def test_seats_are_kept_even_where_the_quota_ranks_nobody() -> None:
    crowd = [an_applicant(number, "town" if number % 2 else "city") for number in range(1, 9)]
    ranked = allocated(crowd, a_policy("lot", QUOTA), seats=3)
    assert in_order(ranked) == sorted(range(1, 9), key=drawn)
    assert seated(ranked) == {one.enrolment_id for one in ranked if one.kept}


# --- the protocol -------------------------------------------------------------------------------


def test_the_protocol_tells_each_criterion_and_which_one_decided() -> None:
    first = an_applicant(1, "city", "kreis", rejections=1, grades={"basic": 170})
    second = replace(first, enrolment_id=2, grades={"basic": 230}, organisations=("office",))
    third = replace(second, enrolment_id=3, grades={}, hired_on=None, organisations=("town",))
    spec = a_policy(QUOTA, "waiting", "rejections", "tenure", {"grade": "basic"})
    a, b, c = allocated([third, second, first], spec)
    assert told(a) == [
        "ahead on a seat that is kept for 'city'",
        "applied on 4 January 2027 at 09:00:00",
        "earlier rejections: 1",
        "employed since 1 January 2015",
        "grade 1.7 in 'basic'",
        f"lot {drawn(1)}",
    ]
    assert told(b)[-1] == "behind the rank before by: grade in 'basic'"
    assert told(c, "de") == [
        "für die eigene Organisation werden keine Plätze freigehalten",
        "beworben am 4. Januar 2027 um 09:00:00 Uhr",
        "frühere Ablehnungen: 1",
        "Tag der Einstellung unbekannt",
        "keine Note in „basic“",
        f"Los {drawn(3)}",
        "hinter dem Rang davor wegen: Kontingent",
    ]


def test_the_protocol_tells_when_an_organisations_kept_seats_go_to_others() -> None:
    crowd = [an_applicant(number, "office", rejections=9 - number) for number in (1, 2)]
    _, behind = allocated(crowd, a_policy(QUOTA, "rejections"))
    assert told(behind)[0] == "the seats kept for 'office' go to others from there"


def test_who_is_refused_is_told_all_the_reasons() -> None:
    refusals = [
        Refusal("prerequisites", sentence("es fehlt: {what}", "missing: {what}", what="x")),
        Refusal("attempts", sentence("{{2}} von 2", "{{2}} of 2")),
    ]
    stored = json.loads(json.dumps(refusal_basis(refusals)))
    assert [reason.text("de") for reason in explain(stored, PATH)] == ["es fehlt: x", "{2} von 2"]
    assert [reason.text() for reason in explain(stored, PATH)] == ["missing: x", "{2} of 2"]
