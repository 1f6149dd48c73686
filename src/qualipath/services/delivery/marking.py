"""What became of a mail: sent, put off, or given up."""

from datetime import timedelta
from hashlib import sha256

from qualipath.domain.wording import sentence
from qualipath.errors import DeliveryError, QualipathError, Sayable, UnansweredError
from qualipath.notices.mail import Mail
from qualipath.services.act import Act
from qualipath.services.delivery.preparing import Ready
from qualipath.services.recording import leases, outbox

GIVE_UP_AFTER = timedelta(days=5)
"""How long a mail is tried (RFC 5321, section 4.5.4.1)."""

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)


def mark_sent(act: Act, ready: Ready, mail: Mail) -> None:
    """Keep a mail that was sent, and mark the notices that it told.

    It was sent whoever has leased the notice since: done again it changes nothing.
    """
    kept = ready.retention_days > 0
    row = (
        mail.message_id,
        ready.organisation_id,
        mail.recipient,
        mail.subject,
        sha256(mail.content).hexdigest(),
        act.recorded_at,
        mail.content if kept else None,
        act.recorded_at + timedelta(days=ready.retention_days) if kept else None,
    )
    outbox.record_sent(act, row, ready.notice_ids, mail.message_id)


def mark_deferred(
    act: Act, worker: str, notice_id: int, error: QualipathError | str, *, jitter: float = 1
) -> bool:
    """Put a notice off that did not get through; give it up five days after it was first tried.

    The pause doubles with each try, up to four hours, times `jitter`. Gives False where it is given
    up, and True otherwise. What the worker has leased no longer is left alone.
    """
    tries = leases.lock_try(act, worker, notice_id)
    if tries is None:
        return True
    why = _told(error)
    if tries.tried_at is not None and act.recorded_at - tries.tried_at >= GIVE_UP_AFTER:
        given_up = sentence(
            "nach {tries} Versuchen aufgegeben: {why}",
            "given up after {tries} tries: {why}",
            tries=tries.attempts + 1,
            why=why,
        )
        outbox.put_off(act, notice_id, given_up, None)
        return False
    outbox.put_off(act, notice_id, why, act.recorded_at + pause(tries.attempts + 1) * jitter)
    return True


def mark_dead(act: Act, worker: str, notice_id: int, error: QualipathError | str) -> None:
    """Give a notice up that will never get through as it is, unless somebody else has it now."""
    if leases.lock_try(act, worker, notice_id) is not None:
        outbox.put_off(act, notice_id, _told(error), None)


def pause(attempts: int) -> timedelta:
    """Give the pause after so many tries."""
    # Beyond that the power itself would be too large.
    return min(_FIRST_PAUSE * (1 << min(attempts - 1, 16)), _LONGEST_PAUSE)


def purge_bodies(act: Act) -> int:
    """Forget the bodies of sent mails that were kept for long enough, and give how many."""
    return outbox.purge_bodies(act)


def _told(error: QualipathError | str) -> str | Sayable:
    why = error.what if isinstance(error, DeliveryError) else str(error)
    if not isinstance(error, UnansweredError):
        return why
    return sentence("{why}; vielleicht ist sie angekommen", "{why}; it may have arrived", why=why)
