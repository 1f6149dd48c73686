"""Cancel an intake: everybody in it is told, and the tier is open to them again."""

from dataclasses import replace

from qualipath.domain.actor import Actor
from qualipath.errors import RefusedError
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.commands import once
from qualipath.services.intakes.asking import intake as asked_intake
from qualipath.services.intakes.loading import load_intake
from qualipath.services.intakes.people import in_states_before
from qualipath.services.intakes.steps import take_step
from qualipath.services.judging import Order
from qualipath.services.models import Intake
from qualipath.services.permission import only_owner
from qualipath.services.seats import perform_due

CANCEL = "cancel"


def cancel_intake(act: Act, intake_id: int, reason: str) -> Intake:
    """Cancel an intake and every enrolment that is open in it, for the same reason.

    Raises `NotFoundError`, and `RefusedError` with every reason.
    """

    def run() -> Intake:
        loaded = load_intake(act, intake_id, lock=True)
        only_owner(act, loaded.path)
        step = take_step(act, loaded, CANCEL, reason=reason)
        _cancel_enrolments(act, step.after, reason)
        return asked_intake(act, intake_id)

    return once(act, "cancel intake", {"id": intake_id, "reason": reason}, Intake, run)


def _cancel_enrolments(act: Act, cancelled: Offered, reason: str) -> None:
    """Cancel all enrolments, also those of people whom the actor does not see otherwise."""
    everywhere = replace(act, actor=Actor(act.actor.role, act.actor.id))
    left = in_states_before(everywhere, cancelled, CANCEL, paused=True)
    outcomes = perform_due(everywhere, [(e, Order(CANCEL, reason=reason)) for e in left])
    for outcome in outcomes:
        if isinstance(outcome, tuple):
            raise RefusedError(outcome)
