"""What somebody may do and ask: every verb of the API, in one value for one actor."""

from qualipath.engine.administering import Administering
from qualipath.engine.asking import Asking
from qualipath.engine.corresponding import Corresponding
from qualipath.engine.enrolling import Enrolling
from qualipath.engine.offering import Offering


class ActingAs(Enrolling, Offering, Asking, Administering, Corresponding):
    """Acts for one actor, at the actor's clock; each call is one transaction.

    What the actor may not see answers like what does not exist (`NotFoundError`). Calls that done
    twice would change more take `key`, an idempotency key: called again with it, they give the
    first call's answer and do nothing.
    """

    __slots__ = ()
