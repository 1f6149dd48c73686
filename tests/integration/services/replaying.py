"""Replay an enrolment's history by the table of its lifecycle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qualipath.definition.spec import AVAILABLE, Definition, Effect
from qualipath.services.models import Enrolment, Entry


@dataclass(frozen=True)
class Replayed:
    """Where the history alone says that an enrolment stands."""

    tier: str
    state: str = AVAILABLE
    paused: bool = False
    grade: object = None
    path_version: int | None = None


def replay(tier: str, entries: Sequence[Entry], versions: Mapping[int, Definition]) -> Replayed:
    """Follow the entries from the beginning; raises `AssertionError` where one can't follow."""
    at = Replayed(tier)
    for entry in entries:
        assert entry.source == at.state, entry
        assert entry.path_version is not None
        definition = versions[entry.path_version]
        tier, state, paused = str(entry.details.get("tier", at.tier)), entry.target or "", at.paused
        if entry.trigger != "migrate":
            lifecycle = definition.lifecycle_of(at.tier)
            (arc,) = (
                t
                for t in lifecycle.transitions
                if t.trigger == entry.trigger and entry.source in t.sources
            )
            assert entry.target in (
                [arc.to] if arc.to else arc.sources if arc.effect is Effect.CORRECT else [at.state]
            )
            if at.paused:
                assert arc.paused or arc.effect is Effect.RESUME
            paused = arc.effect is not Effect.RESUME and (at.paused or arc.effect is Effect.PAUSE)
        is_open = definition.lifecycle_of(tier).states[state].open
        grade = entry.details.get("grade", at.grade)
        at = Replayed(tier, state, paused and is_open, grade, entry.path_version)
    return at


def as_replayed(enrolment: Enrolment) -> Replayed:
    """Give where an enrolment says that it stands."""
    return Replayed(
        enrolment.tier,
        enrolment.state,
        enrolment.paused,
        enrolment.grade,
        enrolment.path_version,
    )
