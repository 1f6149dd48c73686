"""What somebody may do and ask: every verb of the API, in one value for one actor."""

from qualipath.engine.administering import Administering
from qualipath.engine.asking import Asking
from qualipath.engine.enrolling import Enrolling


class ActingAs(Enrolling, Asking, Administering):
    """Acts for one actor, at the actor's clock; each call is one transaction.

    What the actor may not see answers like what does not exist (`NotFoundError`). Every call that
    changes something takes `key`, an idempotency key: called again with it, it gives the first
    call's answer and does nothing.
    """

    __slots__ = ()
