"""Begin, move and correct enrolments: one by one, or many in one command."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from qualipath.definition.spec import Effect
from qualipath.definition.values import hundredths
from qualipath.domain.guards import Situation
from qualipath.domain.machine import Move
from qualipath.domain.wording import Refusal, Sentence, sentence
from qualipath.errors import ConflictError, InputError, RefusedError
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled
from qualipath.services.commands import once
from qualipath.services.judging import Order, situations
from qualipath.services.loading import (
    find_employee,
    known_tier,
    load_enrolment,
    load_enrolments,
    load_fresh,
)
from qualipath.services.models import Enrolment, Outcome, Told
from qualipath.services.planning import plan
from qualipath.services.recording import record
from qualipath.services.views import enrolment_view
from qualipath.services.words import written


def begin(
    act: Act, number: str, path: str, tier: str, trigger: str, *, reason: str | None = None
) -> Enrolment:
    """Fire a trigger on an employee's attempt at a tier: the open one, or else a new one.

    Raises:
        NotFoundError: there is no such employee, path or tier, or the actor may not see it.
        RefusedError: the rules do not allow it; every reason is given.
    """
    content = {"number": number, "path": path, "tier": tier, "trigger": trigger, "reason": reason}

    def run() -> Enrolment:
        published = act.library.newest(act.connection, path)
        known_tier(published, tier)
        person = find_employee(act, number, lock=True)
        enrolled = load_fresh(act, person, published, tier)
        return _fire_one(act, enrolled, Order(trigger, written(reason)))

    return once(act, "begin", content, Enrolment, run)


def fire(
    act: Act,
    enrolment_id: int,
    trigger: str,
    *,
    reason: str | None = None,
    grade: str | None = None,
    version: int | None = None,
) -> Enrolment:
    """Fire a trigger on an enrolment.

    `grade` is a decimal number on the tier's scale. `version`, if given, is the one that the
    caller has seen.

    Raises:
        NotFoundError: there is no such enrolment, or the actor may not see it.
        RefusedError: the rules do not allow it; every reason is given.
        ConflictError: the enrolment is not at `version` any more.
    """
    content = {
        "id": enrolment_id,
        "trigger": trigger,
        "reason": reason,
        "grade": grade,
        "version": version,
    }

    def run() -> Enrolment:
        enrolled = load_enrolment(act, enrolment_id)
        _same_version(enrolled, version)
        return _fire_one(act, enrolled, Order(trigger, written(reason), _grade(grade)))

    return once(act, "fire", content, Enrolment, run)


def correct(
    act: Act,
    enrolment_id: int,
    *,
    reason: str,
    grade: str | None = None,
    state: str | None = None,
) -> Enrolment:
    """Put a wrong grade or result right; what was written before stays in the history.

    `state` is the right result, one of those that the lifecycle lets be corrected.

    Raises:
        NotFoundError: there is no such enrolment, or the actor may not see it.
        RefusedError: the rules do not allow it; every reason is given.
        InputError: neither a grade nor a state is given.
    """
    if grade is None and state is None:
        message = "a correction needs the right grade, the right state, or both"
        raise InputError(message)
    content = {"id": enrolment_id, "reason": reason, "grade": grade, "state": state}

    def run() -> Enrolment:
        enrolled = load_enrolment(act, enrolment_id)
        lifecycle = enrolled.published.definition.lifecycle_of(enrolled.tier)
        triggers = [t.trigger for t in lifecycle.transitions if t.effect is Effect.CORRECT]
        order = Order(triggers[0] if triggers else "correct", written(reason), _grade(grade), state)
        return _fire_one(act, enrolled, order)

    return once(act, "correct", content, Enrolment, run)


def fire_many(
    act: Act,
    enrolment_ids: Sequence[int],
    trigger: str,
    *,
    reason: str | None = None,
    grades: Mapping[int, str] | None = None,
    atomic: bool = False,
) -> tuple[Outcome, ...]:
    """Fire one trigger on many enrolments in one transaction, with an outcome for each.

    The outcomes come in the order of the ids; one that the actor may not see has the reason that
    there is none. With `atomic`, one refusal refuses all.

    Raises:
        RefusedError: with `atomic`, somebody's reasons.
        InputError: an id comes twice, or a grade is not a number.
    """
    if len(set(enrolment_ids)) != len(enrolment_ids):
        message = "an enrolment is named twice in one command; name each once"
        raise InputError(message)
    given = {id_: _grade(grade) for id_, grade in (grades or {}).items()}
    if strangers := sorted(given.keys() - set(enrolment_ids)):
        message = f"a grade is given for enrolment {strangers[0]}, which is not among the ids"
        raise InputError(message)
    content = {
        "ids": list(enrolment_ids),
        "trigger": trigger,
        "reason": reason,
        "grades": {str(k): v for k, v in given.items()},
        "atomic": atomic,
    }
    orders = {id_: Order(trigger, written(reason), given.get(id_)) for id_ in enrolment_ids}

    def run() -> tuple[Outcome, ...]:
        return fire_orders(act, orders, atomic=atomic)

    return once(act, "fire_many", content, tuple[Outcome, ...], run)


def fire_orders(act: Act, orders: Mapping[int, Order], *, atomic: bool) -> tuple[Outcome, ...]:
    """Fire an order on each enrolment; outcomes come in the orders' order."""
    loaded = load_enrolments(act, list(orders))
    changes: list[Change] = []
    refused: dict[int, tuple[Refusal, ...]] = {
        id_: (_unseen(id_),) for id_ in orders if id_ not in loaded
    }
    known = [(enrolled, orders[id_]) for id_, enrolled in loaded.items()]
    for enrolled, order, situation in situations(act, known):
        decided = _decide(act, enrolled, order, situation)
        if isinstance(decided, Move):
            changes.append(_planned(act, enrolled, order, decided))
        else:
            refused[enrolled.id or 0] = decided
    if atomic and refused:
        raise _all_refused(refused, len(orders))
    views = {c.after.id: enrolment_view(c.after) for c in record(act, changes)}
    return tuple(_outcome(id_, views.get(id_), refused.get(id_, ())) for id_ in orders)


def _fire_one(act: Act, enrolled: Enrolled, order: Order) -> Enrolment:
    ((_, _, situation),) = situations(act, [(enrolled, order)])
    decided = _decide(act, enrolled, order, situation)
    if not isinstance(decided, Move):
        raise RefusedError(decided, _refused(enrolled, order))
    (change,) = record(act, [_planned(act, enrolled, order, decided)])
    return enrolment_view(change.after)


def _refused(enrolled: Enrolled, order: Order) -> Sentence:
    return sentence(
        "„{trigger}“ ist abgelehnt für {number}, Stufe {tier}",
        "'{trigger}' is refused for {number}, tier {tier}",
        trigger=order.trigger,
        number=enrolled.number,
        tier=enrolled.tier,
    )


def _all_refused(refused: Mapping[int, Sequence[Refusal]], orders: int) -> RefusedError:
    what = sentence(
        "{refused} von {all} sind abgelehnt, also ist keiner geschrieben",
        "{refused} of {all} are refused, so none is written",
        refused=len(refused),
        all=orders,
    )
    reasons = [
        Refusal(
            reason.code,
            sentence("Eintrag {id}: {why}", "enrolment {id}: {why}", id=id_, why=reason.sentence),
        )
        for id_, given in refused.items()
        for reason in given
    ]
    return RefusedError(reasons, what)


def _decide(
    act: Act, enrolled: Enrolled, order: Order, situation: Situation
) -> Move | tuple[Refusal, ...]:
    machine = enrolled.published.machine(enrolled.tier)
    if before := _too_early(act, enrolled):
        return (*before, *machine.refusals(enrolled.state, order.trigger, situation))
    return machine.decide(enrolled.state, order.trigger, situation)


def _too_early(act: Act, enrolled: Enrolled) -> tuple[Refusal, ...]:
    """Refuse what would hold on a day before the last change: a history runs forward."""
    zone = enrolled.published.definition.timezone
    last = max(enrolled.entered_at, enrolled.paused_at or enrolled.entered_at)
    if act.today(zone) >= last.astimezone(ZoneInfo(zone)).date():
        return ()
    told = sentence(
        "der letzte Schritt war erst am {last}; davor kann nichts mehr geschehen",
        "the last step was only on {last}; nothing can happen before it any more",
        last=last,
    )
    return (Refusal("time", told),)


def _planned(act: Act, enrolled: Enrolled, order: Order, move: Move) -> Change:
    return plan(act, enrolled, move, reason=order.reason, grade=order.grade)


def _same_version(enrolled: Enrolled, version: int | None) -> None:
    if version is not None and enrolled.version != version:
        message = (
            f"enrolment {enrolled.id} is at version {enrolled.version} by now, not {version}; "
            "look at it again"
        )
        raise ConflictError(message)


def _grade(grade: str | None) -> int | None:
    try:
        return None if grade is None else hundredths(grade)
    except ValueError as error:
        raise InputError(f"the grade {error}") from error


def _unseen(enrolment_id: int) -> Refusal:
    return Refusal(
        "unknown",
        sentence(
            "es gibt keinen Bildungsgang-Eintrag {id}, den Sie sehen dürfen",
            "there is no enrolment {id} that you may see",
            id=enrolment_id,
        ),
    )


def _outcome(id_: int, done: Enrolment | None, refusals: tuple[Refusal, ...]) -> Outcome:
    return Outcome(id=id_, enrolment=done, reasons=tuple(map(Told.of, refusals)))
