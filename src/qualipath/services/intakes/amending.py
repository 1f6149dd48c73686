"""Change what an intake offers: its seats, and its dates."""

from qualipath.errors import InputError
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.commands import once
from qualipath.services.intakes.asking import intake as asked_intake
from qualipath.services.intakes.loading import load_intake
from qualipath.services.intakes.steps import take_step, tell_people
from qualipath.services.models import Intake
from qualipath.services.performing import seatings
from qualipath.services.permission import only_owner
from qualipath.services.seats import settle_intake


def resize_intake(act: Act, intake_id: int, seats: int, reason: str) -> Intake:
    """Offer more seats, which go to those who wait, or fewer, if nobody holds them.

    Raises:
        InputError: fewer seats than are taken, or than are kept for organisations.
        NotFoundError: there is no such intake, or the actor may not see it.
        RefusedError: the rules do not allow it; every reason is given.
    """
    content = {"id": intake_id, "seats": seats, "reason": reason}

    def run() -> Intake:
        loaded = load_intake(act, intake_id, lock=True)
        only_owner(act, loaded.path)
        _check_seats(act, loaded, seats)
        step = take_step(act, loaded, "resize", reason=reason, seats=seats)
        tell_people(act, step)
        settle_intake(act, step.after)
        return asked_intake(act, intake_id)

    return once(act, "resize intake", content, Intake, run)


def _check_seats(act: Act, loaded: Offered, seats: int) -> None:
    which = f"intake {loaded.id} ({loaded.title})"
    if seats < 0:
        raise InputError(f"{which} can't have {seats} seats; write 0 or more")
    taken = seatings(act, [loaded.written_id])[loaded.written_id].taken
    if seats < taken:
        message = f"{which} can't have {seats} seats: {taken} are taken; write {taken} or more"
        raise InputError(message)
    published = act.library.offering(act.connection, loaded.path, loaded.tier)
    spec = published.definition.path.tiers[loaded.tier].intakes
    kept = sum(spec.quota.seats.values()) if spec and spec.quota and not loaded.pooled else 0
    if seats < kept:
        message = (
            f"{which} can't have {seats} seats: {kept} are kept for organisations until "
            f"{loaded.dates.quotas_lapse_at}; write {kept} or more"
        )
        raise InputError(message)
