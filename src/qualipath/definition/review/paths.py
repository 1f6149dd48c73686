"""What can't be meant in a path: tiers against their lifecycles, and mappings of old versions."""

from collections.abc import Iterator

from qualipath.definition.catalogue import Catalogue
from qualipath.definition.references import prerequisites_at
from qualipath.definition.review.conditions import condition_problems
from qualipath.definition.review.contradictions import contradictions
from qualipath.definition.review.durations import in_days, too_long
from qualipath.definition.review.intakes import intake_problems
from qualipath.definition.review.reachability import unreachable_tiers
from qualipath.definition.source import Source, suggestion
from qualipath.definition.spec import AVAILABLE, Asked, LifecycleSpec, PathSpec, TierSpec
from qualipath.errors import Problem


def path_problems(catalogue: Catalogue, name: str) -> Iterator[Problem]:
    """Find everything in a path that can't be meant, together with what it refers to."""
    path, source = catalogue.paths[name], catalogue.sources["path", name]
    yield from catalogue.unknown(name)
    whole = {
        name: lifecycle
        for name, lifecycle in catalogue.lifecycles.items()
        if not catalogue.sources["lifecycle", name].lost
    }
    yield from unreachable_tiers(path, whole, source)
    yield from intake_problems(catalogue, path, source)
    for key, tier in path.tiers.items():
        yield from _tier_problems(tier, key, source)
        if tier.lifecycle == path.intake_lifecycle:
            what = f"'{tier.lifecycle}' is what the path's intakes go through"
            right = "name a lifecycle of attempts"
            yield source.problem(("tiers", key, "lifecycle"), what, right)
        if (lifecycle := whole.get(tier.lifecycle)) and source.whole(("tiers", key)):
            yield from _lifecycle_problems(tier, key, lifecycle, source)
        if tier.prerequisites:
            at = prerequisites_at(key)
            yield from condition_problems(catalogue, path, tier.prerequisites, at, source)
            if source.whole(at):
                yield from contradictions(tier.prerequisites, at, source)
    yield from _migration_problems(catalogue, path, source)


def _tier_problems(tier: TierSpec, key: str, source: Source) -> Iterator[Problem]:
    at = ("tiers", key)
    yield from too_long(tier.duration, (*at, "duration"), source)
    yield from too_long(tier.valid_for, (*at, "valid_for"), source)
    for number, renew in enumerate(tier.renew):
        if tier.valid_for is None:
            what = "the tier's credential never ends, so nobody is reminded"
            yield source.problem((*at, "renew"), what, "write 'valid_for' too", key=True)
            break
        if in_days(renew) >= in_days(tier.valid_for):
            what = f"a reminder {renew} before comes too early for what is valid {tier.valid_for}"
            yield source.problem((*at, "renew", number), what, "remind later")
    fields = set(TierSpec.model_fields) - {"sample"}
    for number, field in enumerate(tier.sample):
        if field not in fields:
            what = f"a tier has no field '{field}'"
            yield source.problem((*at, "sample", number), what, suggestion(field, fields))


def _lifecycle_problems(
    tier: TierSpec, key: str, lifecycle: LifecycleSpec, source: Source
) -> Iterator[Problem]:
    transitions = lifecycle.transitions
    if tier.prerequisites and all(t.prerequisites is not Asked.MET for t in transitions):
        what = f"nothing in the lifecycle '{tier.lifecycle}' asks for them to be met"
        right = "write 'prerequisites: met' at one of its transitions"
        yield source.problem(prerequisites_at(key), what, right, key=True)
    counted = any(state.attempt for state in lifecycle.states.values())
    begins = [t for t in transitions if AVAILABLE in t.sources]
    free = [f"'{t.trigger}'" for t in begins if "attempts_left" not in t.guards]
    if tier.max_attempts is not None and (free or not counted):
        what = f"the lifecycle '{tier.lifecycle}' does not limit attempts"
        guard = "the guard 'attempts_left'"
        if 0 < len(free) < len(begins):
            guard = f"{guard} at {' and '.join(free)} too"
        lacking = guard if counted else "a state with 'attempt: true'"
        yield source.problem(("tiers", key, "max_attempts"), what, f"give it {lacking}")


def _migration_problems(catalogue: Catalogue, path: PathSpec, source: Source) -> Iterator[Problem]:
    versions: set[int] = set()
    tiers = source.names("tiers")
    if tiers is None:
        return
    for index, migration in enumerate(path.migrates_from):
        at = ("migrates_from", index)
        if migration.version in versions:
            what = f"version {migration.version} is mapped twice"
            yield source.problem((*at, "version"), what, "keep one mapping a version")
        versions.add(migration.version)
        for old, tier in migration.tiers.items():
            if tier not in tiers:
                right = suggestion(tier, tiers)
                yield source.problem((*at, "tiers", old), f"there is no tier '{tier}'", right)
        for tier, states in migration.states.items():
            if tier not in tiers:
                right = suggestion(tier, tiers)
                what = f"there is no tier '{tier}'"
                yield source.problem((*at, "states", tier), what, right, key=True)
                continue
            lifecycle = path.tiers[tier].lifecycle if tier in path.tiers else ""
            drawn = catalogue.sources.get(("lifecycle", lifecycle))
            known = drawn.names("states") if drawn else None
            for old, state in states.items():
                if known is not None and state not in known:
                    what = f"'{lifecycle}' has no state '{state}'"
                    right = suggestion(state, known)
                    yield source.problem((*at, "states", tier, old), what, right)
