"""Move running enrolments to another version of their path: all of them, or none."""

from sqlalchemy import select

from qualipath.definition.spec import MigrationSpec
from qualipath.domain.wording import Refusal, sentence
from qualipath.errors import RefusedError
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled
from qualipath.services.library import Published
from qualipath.services.loading import load_enrolments
from qualipath.services.models import Migration, Moved
from qualipath.services.permission import only_hr
from qualipath.services.planning import migrated
from qualipath.services.recording import record
from qualipath.storage.tables import enrolment


def migrate(act: Act, path: str, to: int, *, dry_run: bool = False) -> Migration:
    """Move the open enrolments of a path to one of its versions, by that version's mapping.

    A dry run lists who would move, who is there already, and who is stuck and why.

    Raises:
        NotFoundError: the path has no such version.
        RefusedError: the actor is not HR, or somebody is stuck: then nobody is moved.
    """
    only_hr(act)
    published = act.library.newest(act.connection, path, to)
    open_ones = select(enrolment.c.id).where(enrolment.c.path == path, enrolment.c.is_open)
    loaded = load_enrolments(act, act.connection.scalars(open_ones).all()).values()
    mappings = {spec.version: spec for spec in published.definition.path.migrates_from}
    changes: list[Change] = []
    moved: list[Moved] = []
    unchanged: list[Moved] = []
    stuck: list[Moved] = []
    taken = {(e.employee_id, e.tier): e.id for e in loaded if e.published.version == to}
    for enrolled in loaded:
        if enrolled.published.version == to:
            unchanged.append(_moved(enrolled))
            continue
        mapping = mappings.get(
            enrolled.published.version, MigrationSpec(version=enrolled.published.version)
        )
        tier = mapping.tiers.get(enrolled.tier, enrolled.tier)
        state = mapping.states.get(tier, {}).get(enrolled.state, enrolled.state)
        why = _obstacle(published, tier, state)
        if taken.setdefault((enrolled.employee_id, tier), enrolled.id) != enrolled.id:
            why = why or f"already has an open enrolment at the tier '{tier}'"
        told = _moved(enrolled, tier, state, why)
        (stuck if why else moved).append(told)
        if not why:
            changes.append(migrated(act, enrolled, published, tier, state))
    result = Migration(
        path=path,
        to=to,
        dry_run=dry_run,
        moved=tuple(moved),
        unchanged=tuple(unchanged),
        stuck=tuple(stuck),
    )
    if dry_run:
        return result
    if stuck:
        what = f"nobody is moved to version {to} of '{path}', since {len(stuck)} can't be"
        raise RefusedError([_refusal(one) for one in stuck], what)
    record(act, changes)
    return result


def _obstacle(published: Published, tier: str, state: str) -> str | None:
    if tier not in published.definition.path.tiers:
        return f"the new version has no tier '{tier}'; map it under migrates_from: tiers"
    states = published.definition.lifecycle_of(tier).states
    if state not in states:
        return f"the tier '{tier}' has no state '{state}' there; map it under migrates_from: states"
    return None


def _moved(
    enrolled: Enrolled, tier: str | None = None, state: str | None = None, why: str | None = None
) -> Moved:
    return Moved(
        enrolment=enrolled.id or 0,
        employee=enrolled.number,
        tier=enrolled.tier,
        state=enrolled.state,
        to_tier=tier,
        to_state=state,
        why=why,
    )


def _refusal(stuck: Moved) -> Refusal:
    told = sentence(
        "Eintrag {id} von {number} (Stufe „{tier}“, Stand „{state}“): {why}",
        "enrolment {id} of {number} (tier '{tier}', state '{state}'): {why}",
        id=stuck.enrolment,
        number=stuck.employee,
        tier=stuck.tier,
        state=stuck.state,
        why=stuck.why,
    )
    return Refusal("stuck", told)
