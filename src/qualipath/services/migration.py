"""Move running enrolments to another version of their path: all of them, or none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from qualipath.definition.spec import MigrationSpec
from qualipath.domain.wording import Refusal, Sentence, sentence
from qualipath.errors import RefusedError
from qualipath.services.act import Act
from qualipath.services.change import Enrolled
from qualipath.services.commands import once
from qualipath.services.library import Published
from qualipath.services.loading import load_enrolments
from qualipath.services.models import Migration, Moved, Told
from qualipath.services.permission import only_hr
from qualipath.services.planning import migrated
from qualipath.services.recording import record
from qualipath.storage.batches import among, ids
from qualipath.storage.tables import enrolment


@dataclass(frozen=True, slots=True)
class _Step:
    """Where one enrolment would go on, and what hinders it."""

    enrolled: Enrolled
    tier: str
    state: str
    why: Sentence | None = None

    @property
    def place(self) -> tuple[int, str]:
        """Whose attempt at which tier it will be."""
        return self.enrolled.employee_id, self.tier

    @property
    def left(self) -> tuple[int, str]:
        """Whose attempt at which tier it was."""
        return self.enrolled.employee_id, self.enrolled.tier


def migrate(act: Act, path: str, to: int, *, dry_run: bool = False) -> Migration:
    """Move the open enrolments of a path to one of its versions, by that version's mapping.

    A dry run lists who would move, who is there already, and who is stuck and why.

    Raises:
        NotFoundError: the path has no such version.
        RefusedError: the actor is not HR, or somebody is stuck: then nobody is moved.
    """
    only_hr(act)
    content = {"path": path, "to": to, "dry_run": dry_run}

    def run() -> Migration:
        published = act.library.newest(act.connection, path, to)
        running = _open_ones(act, path)
        there = [e for e in running if e.published.version == to]
        waves, stuck = _in_waves(_steps(published, running, there))
        result = Migration(
            path=path,
            to=to,
            dry_run=dry_run,
            moved=tuple(_moved(step) for wave in waves for step in wave),
            unchanged=tuple(_moved(_Step(e, e.tier, e.state)) for e in there),
            stuck=tuple(_moved(step) for step in stuck),
        )
        if dry_run:
            return result
        if stuck:
            raise RefusedError([_refusal(step) for step in stuck], _nobody(path, to, len(stuck)))
        _write(act, published, waves)
        return result

    return once(act, "migrate", content, Migration, run)


def _open_ones(act: Act, path: str) -> Sequence[Enrolled]:
    open_ones = select(enrolment.c.id).where(enrolment.c.path == path, enrolment.c.is_open)
    loaded = load_enrolments(act, act.connection.scalars(open_ones).all()).values()
    # Somebody else may have closed one before it was locked.
    return [e for e in loaded if e.spec.open]


def _steps(
    published: Published, running: Iterable[Enrolled], there: Iterable[Enrolled]
) -> Iterator[_Step]:
    mappings = {spec.version: spec for spec in published.definition.path.migrates_from}
    taken = {(e.employee_id, e.tier) for e in there}
    for enrolled in running:
        version = enrolled.published.version
        if version == published.version:
            continue
        mapping = mappings.get(version, MigrationSpec(version=version))
        tier = mapping.tiers.get(enrolled.tier, enrolled.tier)
        state = mapping.states.get(tier, {}).get(enrolled.state, enrolled.state)
        step = _Step(enrolled, tier, state, _obstacle(published, tier, state))
        if step.why is None and step.place in taken:
            step = replace(step, why=_occupied(tier))
        taken.add(step.place)
        yield step


def _obstacle(published: Published, tier: str, state: str) -> Sentence | None:
    if tier not in published.definition.path.tiers:
        return sentence(
            "die neue Version hat keine Stufe „{tier}“; unter migrates_from: tiers zuordnen",
            "the new version has no tier '{tier}'; map it under migrates_from: tiers",
            tier=tier,
        )
    if state not in published.definition.lifecycle_of(tier).states:
        return sentence(
            "die Stufe „{tier}“ hat dort keinen Stand „{state}“; unter migrates_from: states "
            "zuordnen",
            "the tier '{tier}' has no state '{state}' there; map it under migrates_from: states",
            tier=tier,
            state=state,
        )
    return None


def _occupied(tier: str) -> Sentence:
    return sentence(
        "an der Stufe „{tier}“ läuft schon ein Versuch derselben Person",
        "already has an open enrolment at the tier '{tier}'",
        tier=tier,
    )


def _in_waves(
    steps: Iterable[_Step],
) -> tuple[Sequence[Sequence[_Step]], Sequence[_Step]]:
    """Order steps so that nobody enters a tier before the own attempt there has left it.

    Gives the waves of those that can go, and those that are stuck.
    """
    waves: list[list[_Step]] = []
    stuck: list[_Step] = []
    waiting: list[_Step] = []
    for step in steps:
        (stuck if step.why else waiting).append(step)
    while waiting:
        held = {step.left for step in waiting}
        free = [step for step in waiting if step.place == step.left or step.place not in held]
        if not free:
            stuck += [replace(step, why=_occupied(step.tier)) for step in waiting]
            break
        waves.append(free)
        gone = {id(step) for step in free}
        waiting = [step for step in waiting if id(step) not in gone]
    return waves, stuck


def _write(act: Act, published: Published, waves: Iterable[Sequence[_Step]]) -> None:
    for wave in waves:
        last = _last_attempts(act, published, wave)
        changes = [
            migrated(
                act,
                step.enrolled,
                published,
                step.tier,
                step.state,
                attempt=step.enrolled.attempt
                if step.place == step.left
                else last.get(step.place, 0) + 1,
            )
            for step in wave
        ]
        record(act, changes)


def _last_attempts(
    act: Act, published: Published, wave: Iterable[_Step]
) -> Mapping[tuple[int, str], int]:
    """Give the number of the last attempt at every tier of those who change theirs."""
    dialect = act.connection.dialect.name
    rows = act.connection.execute(
        select(enrolment.c.employee_id, enrolment.c.tier, func.max(enrolment.c.attempt))
        .where(
            enrolment.c.path == published.definition.path.path,
            among(enrolment.c.employee_id, dialect),
        )
        .group_by(enrolment.c.employee_id, enrolment.c.tier),
        ids(dialect, {step.enrolled.employee_id for step in wave if step.place != step.left}),
    )
    return {(employee_id, tier): last for employee_id, tier, last in rows}


def _moved(step: _Step) -> Moved:
    enrolled = step.enrolled
    return Moved(
        enrolment=enrolled.id or 0,
        employee=enrolled.number,
        tier=enrolled.tier,
        state=enrolled.state,
        to_tier=step.tier,
        to_state=step.state,
        why=Told.of(Refusal("stuck", step.why)) if step.why else None,
    )


def _nobody(path: str, to: int, stuck: int) -> Sentence:
    return sentence(
        "niemand kommt in Version {to} von „{path}“, da {stuck} es nicht können",
        "nobody is moved to version {to} of '{path}', since {stuck} can't be",
        to=to,
        path=path,
        stuck=stuck,
    )


def _refusal(stuck: _Step) -> Refusal:
    told = sentence(
        "Eintrag {id} von {number} (Stufe „{tier}“, Stand „{state}“): {why}",
        "enrolment {id} of {number} (tier '{tier}', state '{state}'): {why}",
        id=stuck.enrolled.id,
        number=stuck.enrolled.number,
        tier=stuck.enrolled.tier,
        state=stuck.enrolled.state,
        why=stuck.why,
    )
    return Refusal("stuck", told)
