"""Place nodes in layers from left to right, so that edges cross little and touch no other node."""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

from qualipath.domain.drawing.ranks import Pair, back_pairs, ranks_of

Size = tuple[float, float]
_SWEEPS = 12
_PORT = 14.0
_BEND = 38.0
_THIN = 14.0
_APART = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an edge from left to right: pairs of points, each pair a level piece.

    `label` is the room that its label got, above the line; `back` says that it leads leftwards.
    """

    points: tuple[tuple[float, float], ...]
    label: Place | None
    back: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Where every node stands and every edge runs; all within `width` and `height`."""

    places: Mapping[str, Place]
    routes: Mapping[Pair, Route]
    width: float
    height: float


@dataclass(slots=True, eq=False)
class _Spot:
    """A node, or the place where an edge passes through a column."""

    column: int
    width: float
    height: float
    key: str = ""
    line: float = 0.5
    y: float = 0.0
    before: list["_Spot"] = field(default_factory=list)
    after: list["_Spot"] = field(default_factory=list)

    @property
    def level(self) -> float:
        """Where an edge passes."""
        return self.y + self.line * self.height

    def port(self, other: "_Spot") -> float:
        """Where the edge from or to a neighbour touches this spot."""
        side = self.after if other in self.after else self.before
        if not self.key:
            return self.level
        ordered = sorted(side, key=lambda spot: spot.level)
        return self.y + self.height * (ordered.index(other) + 1) / (len(side) + 1)


def arrange(sizes: Mapping[str, Size], labels: Mapping[Pair, Size | None]) -> Layout:
    """Lay out nodes of these sizes and the edges between them, with room for labels.

    The same input gives the same layout. Edges from a node to itself are not laid out.
    """
    pairs = [pair for pair in labels if pair[0] != pair[1]]
    back = back_pairs(tuple(sizes), pairs)
    ranks = ranks_of(tuple(sizes), pairs)
    spots = {key: _Spot(2 * ranks[key], *size, key) for key, size in sizes.items()}
    chains = {pair: _chain(spots, pair, labels[pair], back=pair in back) for pair in pairs}
    columns = _columns(spots, chains)
    _order(columns)
    for spot in spots.values():
        ports = max(len(spot.before), len(spot.after))
        spot.height = max(spot.height, _PORT * (ports + 1))
    _set_heights(columns)
    lefts, width = _lefts(columns)
    places = {
        key: Place(lefts[spot.column], spot.y, spot.width, spot.height)
        for key, spot in spots.items()
    }
    widths = [max((spot.width for spot in column), default=0) for column in columns]
    routes = {
        pair: _route(chain, lefts, widths, back=pair in back) for pair, chain in chains.items()
    }
    height = max((spot.y + spot.height for column in columns for spot in column), default=0)
    return Layout(places, routes, width, height)


def _chain(
    spots: Mapping[str, _Spot], pair: Pair, label: Size | None, *, back: bool
) -> list[_Spot]:
    first, last = (spots[key] for key in (reversed(pair) if back else pair))
    chain = [first]
    for column in range(first.column + 1, last.column):
        here = label if column == last.column - 1 else None
        spot = _Spot(column, here[0], here[1] + 6, line=1) if here else _Spot(column, 0, _THIN)
        chain.append(spot)
    chain.append(last)
    for left, right in pairwise(chain):
        left.after.append(right)
        right.before.append(left)
    return chain


def _columns(
    spots: Mapping[str, _Spot], chains: Mapping[Pair, Sequence[_Spot]]
) -> list[list[_Spot]]:
    inner = [spot for chain in chains.values() for spot in chain[1:-1]]
    everything = [*spots.values(), *inner]
    columns: list[list[_Spot]] = [[] for _ in range(1 + max(s.column for s in everything))]
    for spot in everything:
        columns[spot.column].append(spot)
    return columns


def _order(columns: list[list[_Spot]]) -> None:
    """Order each column by its neighbours' barycentres; keep the order that crosses least."""
    best, fewest = [list(column) for column in columns], _crossings(columns)
    for sweep in range(_SWEEPS):
        onward = sweep % 2 == 0
        for column in columns if onward else reversed(columns):
            place = {spot: i for near in columns for i, spot in enumerate(near)}
            middle = {
                spot: fmean(place[other] for other in near) if near else float(i)
                for i, spot in enumerate(column)
                for near in [spot.before if onward else spot.after]
            }
            column.sort(key=middle.__getitem__)
        crossings = _crossings(columns)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    columns[:] = best


def _crossings(columns: Sequence[Sequence[_Spot]]) -> int:
    crossings = 0
    for left, right in pairwise(columns):
        place = {spot: i for i, spot in enumerate(right)}
        seen: list[int] = []
        for spot in left:
            ends = sorted(place[other] for other in spot.after)
            crossings += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return crossings


def _set_heights(columns: Sequence[Sequence[_Spot]]) -> None:
    for column in columns:
        _settle(column, [0.0] * len(column))
    for sweep in range(2 * _SWEEPS):
        onward = sweep % 2 == 0
        for column in columns if onward else reversed(columns):
            wished = []
            for spot in column:
                near = (spot.before if onward else spot.after) or spot.before or spot.after
                level = fmean(other.port(spot) for other in near) if near else spot.level
                wished.append(level - spot.line * spot.height)
            _settle(column, wished)
    top = min((spot.y for column in columns for spot in column), default=0)
    for column in columns:
        for spot in column:
            spot.y -= top


def _settle(column: Sequence[_Spot], wished: Sequence[float]) -> None:
    """Come as close to the wished heights as order and distances allow (least squares)."""
    shifts = [0.0]
    for upper, lower in pairwise(column):
        apart = _APART if upper.key and lower.key else _APART / 2
        shifts.append(shifts[-1] + upper.height + apart)
    # Pool adjacent violators: neighbours that want past each other share their mean.
    pools: list[tuple[float, int]] = []
    for wish, shift in zip(wished, shifts, strict=True):
        mean, size = wish - shift, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    settled = [mean for mean, size in pools for _ in range(size)]
    for spot, mean, shift in zip(column, settled, shifts, strict=True):
        spot.y = round(mean + shift, 1)


def _lefts(columns: Sequence[Sequence[_Spot]]) -> tuple[list[float], float]:
    lefts, x = [], 0.0
    for column in columns:
        lefts.append(x)
        x += max((spot.width for spot in column), default=0) + _BEND
    return lefts, x - _BEND


def _route(
    chain: Sequence[_Spot], lefts: Sequence[float], widths: Sequence[float], *, back: bool
) -> Route:
    points: list[tuple[float, float]] = []
    label = None
    for left, right in pairwise(chain):
        start, end = left.port(right), right.port(left)
        if left is chain[0]:
            points.append((lefts[left.column] + left.width, start))
        points += [(lefts[left.column] + widths[left.column], start), (lefts[right.column], end)]
        if right is not chain[-1] and right.width:
            label = Place(lefts[right.column], right.y, right.width, right.height)
    last = chain[-1]
    points.append((lefts[last.column], last.port(chain[-2])))
    return Route(tuple(points), label, back)
