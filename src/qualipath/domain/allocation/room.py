"""Whether a free seat of an intake may go to somebody, while seats are kept for organisations."""

from collections import Counter
from collections.abc import Mapping, Sequence

from qualipath.definition.intakes import Quota


def home_of(organisations: Sequence[str], quota: Quota | None) -> str | None:
    """Name the nearest of somebody's organisations (nearest first) that seats are kept for."""
    if quota is None:
        return None
    return next((key for key in organisations if key in quota.seats), None)


class Room:
    """The seats of one intake, those taken, and those kept; the one rule for every seat given.

    Whoever takes a seat counts towards the quota of their home, as `home_of` names it (None without
    one). A free seat may go to somebody whose home has not used up its quota, or to anybody if more
    seats are free than are still kept. Once the quotas have lapsed (`pooled`) none are kept.
    `taken` counts the seats that are held, offered ones included, by home.
    """

    __slots__ = ("_free", "_kept", "_kept_in_all")

    def __init__(
        self, seats: int, quota: Quota | None, taken: Mapping[str | None, int], *, pooled: bool
    ) -> None:
        self._free = max(0, seats - sum(taken.values()))
        quotas = {} if quota is None or pooled else quota.seats
        unused = {home: max(0, kept - taken.get(home, 0)) for home, kept in quotas.items()}
        self._kept: Counter[str | None] = Counter(unused)
        self._kept_in_all = sum(unused.values())

    @property
    def free(self) -> int:
        """How many seats nobody holds, kept ones included."""
        return self._free

    def kept(self, home: str | None) -> int:
        """Tell how many seats are still kept for a home; a cut intake may lack some of them."""
        return self._kept[home]

    def has_for(self, home: str | None) -> bool:
        """Tell whether a seat is free that somebody of this home may have."""
        return self._free > (0 if self._kept[home] else self._kept_in_all)

    def take(self, home: str | None) -> None:
        """Count a seat as taken; ask `has_for` before."""
        self._free -= 1
        if self._kept[home]:
            self._kept[home] -= 1
            self._kept_in_all -= 1
