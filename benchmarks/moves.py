"""W1 and W2: approve 5,000 applications, one by one and in one command."""

from benchmarks.floors import Floor
from benchmarks.installation import Place, enrol
from benchmarks.slices import Ratio, compare

PEOPLE = 5_000


def one_by_one(place: Place, target: float | None, people: int = PEOPLE) -> Ratio:
    """W1: load, prerequisites, compare-and-swap, history and notice, one commit each."""
    ids = enrol(place, 2 * people)
    floor = Floor(place.connection, postgresql=place.postgresql)
    hr = place.hr

    def ours(part: list[int]) -> None:
        for id_ in part:
            assert hr.fire(id_, "approve").state == "approved"

    ratio = compare(
        f"W1 approve {people:,} one by one",
        place.name,
        target,
        floor=lambda part: floor.one_commit_each(part, place.now, place.today),
        ours=ours,
        ids=ids,
        slices=25,
    )
    _check(place, approved=2 * people)
    return ratio


def one_commit(place: Place, target: float | None, people: int = PEOPLE) -> Ratio:
    """W2: the same in one command, of which one in a hundred is refused with its reasons."""
    rounds = 3
    lacking = people // 100
    floor = Floor(place.connection, postgresql=place.postgresql)
    hr = place.hr
    first = _highest(place)
    ids = [
        id_
        for turn in range(2 * rounds)
        for id_ in enrol(place, people, lacking=lacking, first=first + turn * people)
    ]
    before = _approved(place)

    def by_hand(part: list[int]) -> None:
        assert floor.one_commit(part, place.now, place.today) == people - lacking

    def ours(part: list[int]) -> None:
        refused = [outcome for outcome in hr.fire_many(part, "approve") if outcome.refused]
        assert len(refused) == lacking
        assert all(outcome.reasons for outcome in refused)

    ratio = compare(
        f"W2 approve {people:,} in one commit",
        place.name,
        target,
        floor=by_hand,
        ours=ours,
        ids=ids,
        slices=rounds,
    )
    _check(place, approved=before + 2 * rounds * (people - lacking))
    return ratio


def _highest(place: Place) -> int:
    return int(_scalar(place, "SELECT coalesce(max(id), 0) FROM enrolment"))


def _approved(place: Place) -> int:
    return int(_scalar(place, "SELECT count(*) FROM enrolment WHERE state = 'approved'"))


def _check(place: Place, *, approved: int) -> None:
    told = "SELECT count(*) FROM history WHERE \"trigger\" = 'approve'"
    raised = "SELECT count(*) FROM notice WHERE notice = 'approved'"
    counts = (_approved(place), _scalar(place, told), _scalar(place, raised))
    assert counts == (approved,) * 3, counts


def _scalar(place: Place, statement: str) -> int:
    value: int = place.connection.execute(statement).fetchone()[0]
    if place.postgresql:
        place.connection.commit()
    return value
