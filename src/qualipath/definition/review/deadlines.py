"""What can't be meant in a state's deadlines: triggers that can't fire, reminders too early."""

from collections.abc import Iterator

from qualipath.definition.review.durations import in_days, too_long
from qualipath.definition.review.graph import meant
from qualipath.definition.source import Location, Source, suggestion
from qualipath.definition.spec import DeadlineSpec, LifecycleSpec, Role, TransitionSpec
from qualipath.definition.values import Period
from qualipath.errors import Problem


def deadline_problems(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    """Find deadlines that do nothing, that can't do what they say, or that remind too early."""
    for name, state in lifecycle.states.items():
        for index, deadline in enumerate(state.deadlines):
            at = ("states", name, "deadlines", index)
            if not state.open and deadline.then is not None:
                what = f"'{name}' is closed, and no deadline leads out of a closed state"
                yield source.problem((*at, "then"), what, "leave 'then' out")
                continue
            if deadline.before_start is not None:
                yield from _before_start_problems(deadline, source, at)
            if deadline.after is not None:
                yield from too_long(deadline.after, (*at, "after"), source)
                yield from _reminder_problems(deadline, deadline.after, source, at)
            if deadline.then is not None:
                yield from _trigger_problems(lifecycle, name, deadline.then, source, (*at, "then"))
            elif not deadline.notices and source.whole(at):
                what = "the deadline does nothing"
                yield source.problem(at, what, "add 'then' with a trigger, or 'notices'")


def _before_start_problems(
    deadline: DeadlineSpec, source: Source, at: Location
) -> Iterator[Problem]:
    for field in ("remind", "then"):
        if getattr(deadline, field):
            what = "a deadline 'before_start' only reminds, once"
            yield source.problem((*at, field), what, f"leave '{field}' out")


def _reminder_problems(
    deadline: DeadlineSpec, after: Period, source: Source, at: Location
) -> Iterator[Problem]:
    for number, remind in enumerate(deadline.remind):
        if in_days(remind) >= in_days(after):
            what = f"a reminder {remind} before comes too early for a deadline after {after}"
            yield source.problem((*at, "remind", number), what, "remind later")
    if deadline.remind and not deadline.notices and source.whole(at):
        what = "the reminders have nothing to send"
        yield source.problem((*at, "remind"), what, "add 'notices'")


def _trigger_problems(
    lifecycle: LifecycleSpec, state: str, trigger: str, source: Source, at: Location
) -> Iterator[Problem]:
    named = [t for t in lifecycle.transitions if t.trigger == trigger]
    known = {t.trigger for t in lifecycle.transitions if state in t.sources}
    ways = (
        (index, transition)
        for index, transition in enumerate(lifecycle.transitions)
        if transition in named and state in meant(transition.sources, lifecycle.states)
    )
    index, transition = next(ways, (0, None))
    if transition is not None:
        whole = source.whole(("transitions", index))
        yield from _firing_problems(transition, source, at, whole=whole)
    elif not source.whole(("transitions",)):
        return  # It may be one that could not be read.
    elif named:
        what = f"'{trigger}' can't fire in '{state}'"
        yield source.problem(at, what, f"let '{trigger}' come 'from: {state}' too")
    else:
        yield source.problem(at, f"there is no trigger '{trigger}'", suggestion(trigger, known))


def _firing_problems(
    transition: TransitionSpec, source: Source, at: Location, *, whole: bool
) -> Iterator[Problem]:
    trigger = transition.trigger
    if transition.effect is not None:
        what = f"'{trigger}' keeps the state, and a deadline has to end it"
        yield source.problem(at, what, "name a trigger that leads 'to' another state")
    if Role.SCHEDULE not in transition.roles and whole:
        what = f"'{trigger}' can't be fired by a deadline"
        yield source.problem(at, what, f"add 'schedule' to the roles of '{trigger}'")
    for field in ("reason", "grade"):
        if getattr(transition, field) == "required":
            what = f"'{trigger}' needs a {field}, which a deadline can't give"
            right = f"write '{field}: optional' there, or name another trigger"
            yield source.problem(at, what, right)
