"""Begin, move and correct enrolments: one by one, or many in one command."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qualipath.definition.spec import Effect
from qualipath.definition.values import hundredths
from qualipath.domain.wording import Refusal, Sentence, sentence
from qualipath.errors import ConflictError, InputError, RefusedError
from qualipath.services.act import Act
from qualipath.services.change import Change, Enrolled, Offered
from qualipath.services.commands import once
from qualipath.services.entering import enter, find_employees, load_attempts, ways_into
from qualipath.services.judging import Order
from qualipath.services.loading import find_employee, load_enrolment, load_enrolments
from qualipath.services.models import Application, Enrolment, Outcome, Told
from qualipath.services.performing import Decided, decide, write
from qualipath.services.recording import record
from qualipath.services.seats import settle
from qualipath.services.views import enrolment_view
from qualipath.services.words import written


def begin(
    act: Act,
    number: str,
    path: str,
    tier: str,
    trigger: str,
    *,
    reason: str | None = None,
    intake: int | None = None,
) -> Enrolment:
    """Fire a trigger on an employee's attempt at a tier: the open one, or else a new one.

    An application goes into the tier's open intake, or the one that is named.

    Raises:
        NotFoundError: there is no such employee, path, tier or intake, or the actor may not see it.
        RefusedError: the rules do not allow it; every reason is given.
    """
    content = {
        "number": number,
        "path": path,
        "tier": tier,
        "trigger": trigger,
        "reason": reason,
        "intake": intake,
    }

    def run() -> Enrolment:
        entry = enter(act, path, tier, trigger, intake)
        (enrolled,) = load_attempts(act, [find_employee(act, number)], entry)
        order = Order(trigger, written(reason), intake=entry.slot)
        return _fire_one(act, enrolled, order, entry.refusals)

    return once(act, "begin", content, Enrolment, run)


def begin_many(
    act: Act,
    numbers: Sequence[str],
    path: str,
    tier: str,
    trigger: str,
    *,
    intake: int | None = None,
) -> tuple[Application, ...]:
    """Fire a trigger on many employees' attempts at a tier, with an answer for each number.

    Raises:
        NotFoundError: there is no such path, tier or intake, or an employee is unknown.
        InputError: a number comes twice.
    """
    if len(set(numbers)) != len(numbers):
        message = "an employee is named twice in one command; name each once"
        raise InputError(message)
    content = {
        "numbers": list(numbers),
        "path": path,
        "tier": tier,
        "trigger": trigger,
        "intake": intake,
    }

    def run() -> tuple[Application, ...]:
        entry = enter(act, path, tier, trigger, intake)
        attempts = load_attempts(act, find_employees(act, numbers), entry)
        order = Order(trigger, intake=entry.slot)
        decided = decide(act, [(enrolled, order) for enrolled in attempts])
        outcomes = _written(act, [_with(each, entry.refusals) for each in decided])
        return tuple(
            Application(number, *_answer(outcome))
            for number, outcome in zip(numbers, outcomes, strict=True)
        )

    return once(act, "begin_many", content, tuple[Application, ...], run)


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
        order = Order(trigger, written(reason), _grade(grade))
        ((order, refusals),) = _led_in(act, [(enrolled, order)])
        return _fire_one(act, enrolled, order, refusals)

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
    locked = load_enrolments(act, list(orders))
    # Seats and places go in the order that was named, not in that of the locks.
    loaded = {id_: locked[id_] for id_ in orders if id_ in locked}
    given = [(enrolled, orders[id_]) for id_, enrolled in loaded.items()]
    led = _led_in(act, given)
    decided = [
        _with(each, refusals)
        for each, (_, refusals) in zip(
            decide(act, [(e, order) for (e, _), (order, _) in zip(given, led, strict=True)]),
            led,
            strict=True,
        )
    ]
    known = dict(zip(loaded, decided, strict=True))
    refused = {id_: each for id_, each in known.items() if not isinstance(each, Change)}
    refused |= {id_: (_unseen(id_),) for id_ in orders if id_ not in loaded}
    if atomic and refused:
        raise _all_refused(refused, len(orders))
    outcomes = dict(zip(known, _written(act, decided), strict=True))
    answers = {id_: _answer(outcomes.get(id_, refused.get(id_, ()))) for id_ in orders}
    return tuple(Outcome(id_, *answer) for id_, answer in answers.items())


def _led_in(
    act: Act, orders: Sequence[tuple[Enrolled, Order]]
) -> list[tuple[Order, tuple[Refusal, ...]]]:
    """Name the intake in orders that lead into one, with what stands against it."""
    ways: dict[int | None, Offered | Refusal | None] = {}
    for trigger in {order.trigger for _, order in orders}:
        ways |= ways_into(act, [e for e, order in orders if order.trigger == trigger], trigger)
    led: list[tuple[Order, tuple[Refusal, ...]]] = []
    for enrolled, order in orders:
        match ways.get(enrolled.id):
            case Refusal() as refusal:
                led.append((order, (refusal,)))
            case Offered() as chosen:
                led.append((replace(order, intake=chosen.slot), ()))
            case None:
                led.append((order, ()))
    return led


def _fire_one(
    act: Act, enrolled: Enrolled, order: Order, refusals: tuple[Refusal, ...] = ()
) -> Enrolment:
    (decided,) = decide(act, [(enrolled, order)])
    outcome = _with(decided, refusals)
    if not isinstance(outcome, Change):
        raise RefusedError(outcome, _refused(enrolled, order))
    (change,) = record(act, [outcome])
    moved = settle(act, [change])
    return enrolment_view(moved.get(change.id, change).after)


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


def _with(decided: Decided, refusals: tuple[Refusal, ...]) -> Decided:
    """Add what stands against an order beside the rules of its lifecycle."""
    if not refusals:
        return decided
    return refusals if isinstance(decided, Change) else (*refusals, *decided)


def _written(act: Act, decided: Sequence[Decided]) -> list[Decided]:
    """Write what is to be written, with its consequences for seats."""
    outcomes = write(act, decided)
    moved = settle(act, [outcome for outcome in outcomes if isinstance(outcome, Change)])
    return [moved.get(o.id, o) if isinstance(o, Change) else o for o in outcomes]


def _answer(decided: Decided) -> tuple[Enrolment | None, tuple[Told, ...]]:
    if isinstance(decided, Change):
        return enrolment_view(decided.after), ()
    return None, tuple(map(Told.of, decided))


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
