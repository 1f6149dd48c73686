"""Which node stands how far along: longest-path ranks, with edges that lead back set apart."""

from collections.abc import Sequence

Pair = tuple[str, str]


def back_pairs(keys: Sequence[str], pairs: Sequence[Pair]) -> frozenset[Pair]:
    """Find pairs that close a ring, walking in the order of `keys`; the others form none."""
    following: dict[str, list[str]] = {key: [] for key in keys}
    for source, target in pairs:
        following[source].append(target)
    entered = {target for _, target in pairs}
    closing: set[Pair] = set()
    done: set[str] = set()
    # Nodes that nothing leads to first: a ring is then opened where it is entered.
    for root in sorted(keys, key=lambda key: key in entered):
        trail = [(root, iter(following[root]))] if root not in done else []
        on_trail = {root}
        while trail:
            here, rest = trail[-1]
            for target in rest:
                if target in on_trail:
                    closing.add((here, target))
                elif target not in done:
                    trail.append((target, iter(following[target])))
                    on_trail.add(target)
                    break
            else:
                trail.pop()
                on_trail.discard(here)
                done.add(here)
    return frozenset(closing)


def ranks_of(keys: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """Rank every node one after the last of those that lead to it; rings are cut open."""
    back = back_pairs(keys, pairs)
    forward = [pair for pair in pairs if pair not in back]
    ranks = dict.fromkeys(keys, 0)
    waiting = dict.fromkeys(keys, 0)
    following: dict[str, list[str]] = {key: [] for key in keys}
    for source, target in forward:
        following[source].append(target)
        waiting[target] += 1
    ready = [key for key in keys if not waiting[key]]
    for key in ready:
        for target in following[key]:
            ranks[target] = max(ranks[target], ranks[key] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return ranks
