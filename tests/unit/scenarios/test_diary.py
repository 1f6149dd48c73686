"""A diary gives what was noted in the order of time, also what is noted meanwhile."""

from datetime import UTC, datetime, timedelta
from functools import partial

from qualipath.scenarios.simulation.diary import Diary

NOW = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_happenings_come_in_the_order_of_time_and_then_of_noting() -> None:
    diary, told = Diary(), list[str]()
    for day, word in ((2, "c"), (1, "a"), (2, "d"), (1, "b")):
        diary.note(NOW + day * DAY, partial(told.append, word))

    for _, happening in diary.until(NOW + 3 * DAY):
        happening()

    assert told == ["a", "b", "c", "d"]


def test_what_is_noted_meanwhile_comes_too_but_not_what_lies_beyond_the_end() -> None:
    diary, told = Diary(), list[datetime]()

    def again(at: datetime) -> None:
        told.append(at)
        diary.note(at + DAY, lambda: again(at + DAY))

    diary.note(NOW, lambda: again(NOW))
    for _, happening in diary.until(NOW + 3 * DAY):
        happening()

    assert told == [NOW, NOW + DAY, NOW + 2 * DAY]
