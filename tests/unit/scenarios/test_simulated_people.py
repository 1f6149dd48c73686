"""Made-up people: the same for the same seed, plausible, and replaced when they leave."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from qualipath.definition.values import Period
from qualipath.scenarios.simulation.behaviour import StaffSpec
from qualipath.scenarios.simulation.people import Staff

TODAY = date(2027, 1, 1)
SPEC = StaffSpec(degree=0.3, experience=Period(25, "years"), turnover=0.1)


def a_staff(count: int = 200, seed: int = 7) -> Staff:
    staff = Staff(SPEC, seed)
    staff.hire(count, TODAY, new=False)
    return staff


def test_the_same_seed_gives_the_same_people() -> None:
    assert a_staff().present == a_staff().present
    assert a_staff().present != a_staff(seed=8).present


@given(st.integers(1, 60), st.integers(0, 60), st.integers())
def test_people_have_supervisors_who_were_hired_before_them(
    first: int, more: int, seed: int
) -> None:
    staff = a_staff(first, seed)
    staff.hire(more, TODAY, new=True)

    for person in staff.present.values():
        assert (person.supervisor is None) == (person.number == "0000001")
        assert (person.supervisor or "") < person.number
        assert date(2002, 1, 1) <= person.experience_since <= person.hired_on <= TODAY


def test_who_leaves_is_present_no_more_and_numbers_are_not_given_again() -> None:
    staff = a_staff()
    gone = staff.leave(TODAY)
    new = staff.hire(len(gone), TODAY, new=True)

    assert len(gone) == 20
    assert len(staff.present) == 200
    assert not {person.number for person in gone} & staff.present.keys()
    assert [person.hired_on for person in new] == [TODAY] * 20
    assert min(person.number for person in new) == "0000201"


def test_a_draw_depends_on_the_event_and_the_person_alone() -> None:
    staff, other = a_staff(), a_staff()
    other.leave(TODAY)
    other.draw("something", "else")
    mine = staff.draw("bootcamp", TODAY, "apply")

    assert all(mine(n) == other.draw("bootcamp", TODAY, "apply")(n) for n in staff.present)
    assert any(mine(n) != staff.draw("bootcamp", TODAY, "pass")(n) for n in staff.present)


@given(st.integers())
def test_a_higher_share_chooses_the_same_people_and_more(seed: int) -> None:
    staff = a_staff(seed=seed)
    numbers = list(staff.present)
    few, many = (staff.chosen(numbers, share, "apply") for share in (0.2, 0.6))

    assert few <= many
    assert staff.chosen(numbers, 0, "apply") == set()
    assert staff.chosen(numbers, 1, "apply") == set(numbers)
