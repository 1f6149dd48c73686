"""Ask the API where people stand and what happened to them, as a story tells it."""

from collections import Counter
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from qualipath.definition.spec import AVAILABLE, Definition
from qualipath.definition.values import Text
from qualipath.domain.progression import LOCKED, Standing
from qualipath.engine import ActingAs
from qualipath.scenarios.telling import Life, Member, Opening, Place, Prospect, Step, Tally
from qualipath.services.models import Enrolment, Entry

# What keeps the state, or is about the employee: the state's title would not say what happened.
_EVENTS = {
    "pause": Text(de="unterbrochen", en="paused"),
    "resume": Text(de="fortgesetzt", en="resumed"),
    "correct": Text(de="berichtigt", en="corrected"),
    "cancel_notice": Text(de="Nachricht entfällt", en="notice cancelled"),
    "invite": Text(de="eingeladen", en="invited"),
    "import": Text(de="Stammdaten eingelesen", en="imported"),
    "recognise": Text(de="Nachweis erfasst", en="credential recorded"),
    "revoke": Text(de="Nachweis beendet", en="credential ended"),
}
_ROLES = {
    "hr": Text(de="Personalstelle", en="HR"),
    "schedule": Text(de="Zeitplan", en="scheduler"),
}


def members_of(
    hr: ActingAs, path: str, people: Mapping[str, tuple[str, str]]
) -> tuple[Member, ...]:
    """Tell where people stand on every tier; `people` maps numbers to names and departments."""
    # The last attempt of each stays: they come in the order of their beginning.
    last = {(e.employee, e.tier): e for e in hr.enrolments(path)}
    return tuple(
        Member(
            number=number,
            name=name,
            department=department,
            places=tuple(
                _place(standing, last.get((number, standing.tier)))
                for standing in hr.progression(number, path).tiers
            ),
        )
        for number, (name, department) in people.items()
    )


def _place(standing: Standing, last: Enrolment | None) -> Place:
    unsettled = standing.state in {AVAILABLE, LOCKED}
    return Place(
        tier=standing.tier,
        tier_title=standing.title,
        state=standing.state,
        state_title=standing.state_title,
        paused=standing.paused,
        recognised=not unsettled and standing.enrolment is None,
        attempts=standing.attempts_used,
        last=last.state_title if last and unsettled else None,
        grade=last.grade if last else None,
    )


def tallies_of(hr: ActingAs, definition: Definition) -> tuple[Tally, ...]:
    """Count the attempts at every tier by their states, in the order of the lifecycle."""
    counted = Counter((e.tier, e.state) for e in hr.enrolments(definition.path.path))
    return tuple(
        Tally(
            tier=tier,
            tier_title=spec.title,
            counts=tuple(
                (state.title, counted[tier, name])
                for name, state in definition.lifecycle_of(tier).states.items()
                if counted[tier, name]
            ),
        )
        for tier, spec in definition.path.tiers.items()
    )


def openings_of(hr: ActingAs, definition: Definition) -> tuple[Opening, ...]:
    """Tell for every tier who may begin it now."""
    path = definition.path
    return tuple(
        Opening(
            tier=tier,
            tier_title=spec.title,
            people=tuple(
                Prospect(number=person.number, name=f"{person.given_name} {person.family_name}")
                for person in hr.eligible(path.path, tier)
            ),
        )
        for tier, spec in path.tiers.items()
    )


def life_of(
    hr: ActingAs,
    definition: Definition,
    number: str,
    names: Mapping[str, str],
    said: Mapping[str, str],
) -> Life:
    """Tell one person's history.

    `names` are those of the people who act in it, by number; `said` maps reasons, as the history
    keeps them, to the reader's language.
    """
    path = definition.path.path
    known = {e.id: e for e in hr.enrolments(path) if e.employee == number}
    tiers: dict[object, str] = {intake.id: intake.tier for intake in hr.intakes(path)}
    steps = (_step(entry, definition, known, tiers, names) for entry in hr.history_of(number))
    told = (
        step.model_copy(update={"reason": said.get(step.reason or "", step.reason)})
        for step in steps
    )
    return Life(number=number, name=names[number], steps=tuple(told))


def _step(
    entry: Entry,
    definition: Definition,
    known: Mapping[int, Enrolment],
    tiers: Mapping[object, str],
    names: Mapping[str, str],
) -> Step:
    enrolment = known.get(entry.enrolment or 0)
    # An invitation is about no enrolment yet, but about an intake.
    tier = enrolment.tier if enrolment else tiers.get(entry.details.get("intake"))
    role, _, id_ = entry.actor.partition(":")
    grade = entry.details.get("grade")
    return Step(
        on=entry.effective_at.astimezone(ZoneInfo(definition.timezone)).date(),
        tier_title=definition.path.tiers[tier].title if tier else None,
        attempt=enrolment.attempt if enrolment else None,
        trigger=entry.trigger,
        event=_event(entry, definition, enrolment),
        source=entry.source,
        target=entry.target,
        actor=entry.actor,
        actor_name=_ROLES.get(role) or Text(de=names.get(id_, id_), en=names.get(id_, id_)),
        grade=str(grade) if grade is not None else None,
        reason=entry.reason,
    )


def _event(entry: Entry, definition: Definition, enrolment: Enrolment | None) -> Text:
    if enrolment and entry.target not in (None, AVAILABLE, entry.source):
        return definition.lifecycle_of(enrolment.tier).states[entry.target or ""].title
    return _EVENTS.get(entry.trigger, Text(de=entry.trigger, en=entry.trigger))
