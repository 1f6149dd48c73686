"""Prerequisites that contradict themselves, as far as plain contradictions of listed kinds go.

What is looked at together is everything that one `all` asks for, nested ones included (and what
comes to the same: a `not` over an `any`, an `any` of one part). There it is a contradiction if

- something is asked for, and the same or less is excluded by `not`: the same condition; a weaker
  question about the same credential (no grade, any age, more kinds); a shorter `tenure` or
  `experience`; fewer `credits` of the same; or
- the values that an attribute may have leave none over.

Different organisations are no contradiction, since one may lie below the other, nor are grades
that differ, nor anything that only several conditions together make impossible.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from qualipath.definition.prerequisites import (
    AllOf,
    AnyOf,
    AtLeast,
    Completed,
    CredentialQuery,
    Credits,
    CreditsQuery,
    Degree,
    Experience,
    Fact,
    FactQuery,
    FactValue,
    Holds,
    Not,
    Tenure,
    parts_of,
)
from qualipath.definition.references import key_of, placed_parts
from qualipath.definition.review.durations import in_days
from qualipath.definition.source import Location, Source
from qualipath.definition.values import Spec
from qualipath.errors import Problem


@dataclass(frozen=True, slots=True)
class _Asked:
    """A condition that must be met, or must not, and where it stands."""

    condition: Spec
    at: Location
    met: bool

    @property
    def place(self) -> Location:
        """Where the condition's own key stands."""
        return (*self.at, key_of(self.condition))


def contradictions(
    prerequisite: Spec, at: Location, source: Source, *, met: bool = True
) -> Iterator[Problem]:
    """Find the contradictions in a condition and in all below it."""
    together = list(_together(_Asked(prerequisite, at, met)))
    for one, other in chain(_excluded(together), _impossible_facts(together)):
        what = f"contradicts {source.place(one.place, key=True)}: nobody can meet both"
        yield source.problem(other.place, what, "take one of the two out", key=True)
    for asked in together:
        for part, place in placed_parts(asked.condition, asked.at):
            yield from contradictions(part, place, source, met=asked.met)


def contradictory(prerequisite: Spec, *, met: bool = True) -> bool:
    """Tell whether all that a condition asks for at once (or its opposite) contradicts itself."""
    if not parts_of(prerequisite):
        return False
    together = list(_together(_Asked(prerequisite, (), met)))
    return any(chain(_excluded(together), _impossible_facts(together)))


def _together(asked: _Asked) -> Iterator[_Asked]:
    """Take apart what must be met all at once."""
    parts = parts_of(asked.condition)
    match asked.condition:
        case Not():
            flipped, whole = True, True
        case AllOf():
            flipped, whole = False, asked.met or len(parts) == 1
        case AnyOf():
            flipped, whole = False, not asked.met or len(parts) == 1
        case AtLeast(at_least=threshold):
            flipped, whole = False, threshold.n == (len(parts) if asked.met else 1)
        case _:
            flipped, whole = False, False
    if not whole or not (asked.met or isinstance(asked.condition, Not)):
        yield asked
    if not whole:
        return
    for part, place in placed_parts(asked.condition, asked.at):
        yield from _together(_Asked(part, place, asked.met is not flipped))


def _excluded(together: list[_Asked]) -> Iterator[tuple[_Asked, _Asked]]:
    wanted = [asked for asked in together if asked.met]
    for excluded in (asked for asked in together if not asked.met):
        for asked in wanted:
            if _implies(asked.condition, excluded.condition):
                yield asked, excluded
                break


def _implies(stronger: Spec, weaker: Spec) -> bool:
    """Tell whether who meets the one surely meets the other."""
    if stronger == weaker:
        return True
    match stronger, weaker:
        case (
            (Holds() | Completed() | Degree()) as one,
            (Holds() | Completed() | Degree()) as other,
        ):
            return _query_implies(_query(one), _query(other))
        case (Tenure(tenure=one), Tenure(tenure=other)) | (
            Experience(experience=one),
            Experience(experience=other),
        ):
            return in_days(one) >= in_days(other)
        case (Credits(credits=one), Credits(credits=other)):
            return one.at_least >= other.at_least and _covers(other, one)
        case (Fact(fact=one), Fact(fact=other)) if one.attribute == other.attribute:
            values = _listed(one)
            return bool(values) and all(_allows(other, value) is True for value in values)
    return False


def _query(condition: Holds | Completed | Degree) -> CredentialQuery:
    return condition.holds if isinstance(condition, Holds) else condition.query


def _query_implies(one: CredentialQuery, other: CredentialQuery) -> bool:
    graded = other.grade is None or (one.grade, one.scale) == (other.grade, other.scale)
    aged = other.within is None or (
        one.within is not None and in_days(one.within) <= in_days(other.within)
    )
    lasting = other.expired or not one.expired
    begun = other.or_running or not one.or_running
    return graded and aged and lasting and begun and _covers(other, one)


def _covers(wide: CredentialQuery | CreditsQuery, narrow: CredentialQuery | CreditsQuery) -> bool:
    return wide.credential in {narrow.credential, "*"} and set(narrow.kind) <= set(wide.kind)


def _impossible_facts(together: list[_Asked]) -> Iterator[tuple[_Asked, _Asked]]:
    earlier: dict[str, list[tuple[_Asked, FactQuery]]] = {}
    for asked in together:
        if not (asked.met and isinstance(asked.condition, Fact)):
            continue
        fact = asked.condition.fact
        others = earlier.setdefault(fact.attribute, [])
        if others and not _possible([*(other for _, other in others), fact]):
            yield others[0][0], asked
        else:
            others.append((asked, fact))


def _possible(facts: list[FactQuery]) -> bool:
    """Tell whether some value meets all these comparisons of one attribute."""
    for fact in facts:
        if listed := _listed(fact):
            return any(all(_allows(f, value) is not False for f in facts) for value in listed)
    least = [fact.at_least for fact in facts if fact.at_least is not None]
    most = [fact.at_most for fact in facts if fact.at_most is not None]
    return all(_ordered(low, high) is not False for low in least for high in most)


def _listed(fact: FactQuery) -> tuple[FactValue, ...]:
    return (fact.equals,) if fact.equals is not None else fact.one_of or ()


def _allows(fact: FactQuery, value: FactValue) -> bool | None:
    """Tell whether a value meets the comparison; None where that is not known here."""
    if listed := _listed(fact):
        return any(type(value) is type(one) and value == one for one in listed)
    if fact.at_least is not None:
        return _ordered(fact.at_least, value)
    return _ordered(value, fact.at_most) if fact.at_most is not None else None


def _ordered(low: FactValue, high: FactValue) -> bool | None:
    """Compare two values; None for texts, whose order the attribute tells, and for unlike types."""
    if isinstance(low, str) or type(low) is not type(high):
        return None
    return low <= high  # type: ignore[operator]
