"""The outbox as HR sees it: what waits, what was sent, what could not be, and what to do then."""

import json
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, select

from qualipath.domain.wording import Refusal, sentence
from qualipath.errors import ConflictError, InputError, NotFoundError, RefusedError
from qualipath.services.act import Act
from qualipath.services.commands import once
from qualipath.services.delivery.leasing import waiting_of
from qualipath.services.organisations import nearest_organisation, reach_of
from qualipath.services.outbox_models import Notice, OutboxState
from qualipath.services.permission import only_hr
from qualipath.services.recording import outbox as recording
from qualipath.services.recording.by_hand import release_notices, retry_notices
from qualipath.services.recording.digests import lock_bundled
from qualipath.services.words import read_wording, written
from qualipath.storage.scope import visible_notices
from qualipath.storage.tables import (
    STATUSES,
    employee,
    enrolment,
    intake,
    message,
    notice,
    organisation,
)


def notices(
    act: Act, status: str | None = None, name: str | None = None, *, limit: int = 100
) -> tuple[Notice, ...]:
    """List notices, the latest first: of one status or name if given, at most `limit`.

    Raises `RefusedError` for anybody but HR, and `InputError` for a status that there is not.
    """
    only_hr(act)
    conditions = [_visible(act)]
    if status is not None:
        conditions.append(_is(_known(status)))
    if name is not None:
        conditions.append(notice.c.notice == name)
    return _found(act, *conditions, limit=limit)


def notice_by_id(act: Act, notice_id: int) -> Notice:
    """Give one notice; raises `RefusedError` for anybody but HR, and `NotFoundError`."""
    only_hr(act)
    for found in _found(act, _visible(act), notice.c.id == notice_id, limit=1):
        return found
    raise _no_notice(act, notice_id)


def told_by(act: Act, digest_id: int) -> tuple[Notice, ...]:
    """List what a digest tells, first things first."""
    found = _found(act, _visible(act), notice.c.bundle_id == digest_id, limit=_MOST_TOLD)
    return tuple(reversed(found))


def kept_body(act: Act, message_id: str) -> bytes | None:
    """Give a mail as it was sent, for as long as it is kept."""
    kept = select(message.c.body).where(message.c.message_id == message_id)
    body: bytes | None = act.connection.scalar(kept)
    return body


def outbox_state(act: Act) -> OutboxState:
    """Count what waits in the whole outbox, as of the act's instant."""
    pending, held, dead = (
        select(func.count()).where(_is(status)) for status in ("pending", "held", "dead")
    )
    counts = (
        pending,
        pending.where(notice.c.due_at <= act.recorded_at),
        held,
        dead,
        select(func.min(notice.c.due_at)).where(_is("pending")),
    )
    row = act.connection.execute(select(*(each.scalar_subquery() for each in counts))).one()
    return OutboxState(*row)


def retry(act: Act, notice_id: int) -> Notice:
    """Let a notice that failed be sent with the next round, under its first Message-ID.

    Raises `NotFoundError`; `RefusedError` if it neither failed nor waits; `ConflictError` while it
    is being sent.
    """
    only_hr(act)

    def run() -> Notice:
        row = _locked(act, notice_id)
        if row.status not in {"pending", "dead"}:
            raise _refused(row, "wird nicht erneut versandt", "is not sent again")
        retry_notices(act, notice.c.id == notice_id)
        return notice_by_id(act, notice_id)

    return once(act, "retry_notice", {"notice": notice_id}, Notice, run)


def retry_dead(act: Act) -> int:
    """Let all that could not be delivered be sent once more; gives how many."""
    only_hr(act)

    def run() -> int:
        return retry_notices(act, _visible(act) & _is("dead"))

    return once(act, "retry_dead_notices", {}, int, run)


def cancel(act: Act, notice_id: int, reason: str) -> Notice:
    """Cancel a notice that was not sent, for a reason that the history tells.

    A digest goes with all that it tells. Raises `InputError` without a reason, `NotFoundError`,
    `RefusedError` if it has ended already, and `ConflictError` while it is being sent.
    """
    only_hr(act)
    why = written(reason)
    if why is None:
        raise InputError("a notice is cancelled for a reason; write it down")

    def run() -> Notice:
        row = _locked(act, notice_id)
        if row.status in {"sent", "cancelled"}:
            raise _refused(row, "kann nicht entfallen", "can't be cancelled")
        bundled = lock_bundled(act, [row.id])
        recording.cancel(act, [(waiting_of(each), why) for each in (row, *bundled)])
        return notice_by_id(act, notice_id)

    return once(act, "cancel_notice", {"notice": notice_id, "reason": why}, Notice, run)


def release(act: Act, organisation_key: str | None = None) -> int:
    """Let go what the hourly cap held: of one organisation and those below it, if named.

    Gives how many there are. Raises `NotFoundError` for an organisation out of reach.
    """
    only_hr(act)

    def run() -> int:
        return release_notices(act, _visible(act, organisation_key) & _is("held"))

    return once(act, "release_notices", {"organisation": organisation_key}, int, run)


_MOST_TOLD = 500
"""How many notices of one digest are listed."""


def _visible(act: Act, within: str | None = None) -> ColumnElement[bool]:
    """Tell which rows of `notice` the actor may see, of one organisation and below if named."""
    if act.actor.organisation is None and within is None:
        return visible_notices(act.actor, ())
    reach = reach_of(act)
    if within is not None and within not in reach:
        told = f"there is no organisation '{within}'; {nearest_organisation(within, reach)}"
        raise NotFoundError(told)
    actor = act.actor if within is None else replace(act.actor, organisation=within)
    seen = reach if within is None else reach_of(replace(act, actor=actor))
    paths = act.library.paths(act.connection)
    own = [path for path in paths if act.library.owner(act.connection, path) in seen]
    return visible_notices(actor, own)


def _found(act: Act, *conditions: ColumnElement[bool], limit: int) -> tuple[Notice, ...]:
    statement = _SELECT.where(*conditions).order_by(notice.c.id.desc()).limit(limit)
    rows = act.connection.execute(statement).all()
    invited = {row.id: _invited_to(row) for row in rows if row.context}
    tiers = _tiers(act, [id_ for id_ in invited.values() if id_ is not None])
    return tuple(_view(act, row, invited.get(row.id), tiers) for row in rows)


def _view(act: Act, row: Row[Any], invited_to: int | None, tiers: dict[int, str]) -> Notice:
    owner = row.organisation or (act.library.owner(act.connection, row.path) if row.path else None)
    return Notice(
        id=row.id,
        notice=row.notice,
        recipient=row.recipient,
        status=row.status,
        enrolment=row.enrolment_id,
        intake=row.intake or invited_to,
        employee=row.employee,
        organisation=owner,
        tier=row.tier or (tiers.get(invited_to) if invited_to else None),
        raised_at=row.raised_at,
        due_at=row.due_at,
        digest=row.bundle_id,
        attempts=row.attempts,
        tried_at=row.tried_at,
        error=read_wording(row.error) if row.error else None,
        message_id=row.message_id,
        address=row.address,
        subject=row.subject,
        sent_at=row.sent_at,
    )


def _invited_to(row: Row[Any]) -> int | None:
    context = json.loads(row.context)
    return context.get("intake") if isinstance(context, dict) else None


def _tiers(act: Act, intake_ids: Sequence[int]) -> dict[int, str]:
    if not intake_ids:
        return {}
    asked = select(intake.c.id, intake.c.tier).where(intake.c.id.in_(set(intake_ids)))
    return {row.id: row.tier for row in act.connection.execute(asked)}


def _locked(act: Act, notice_id: int) -> Row[Any]:
    """Lock a notice that nobody is sending; raises `NotFoundError` and `ConflictError`."""
    wanted = select(notice).where(notice.c.id == notice_id, _visible(act))
    row = act.connection.execute(wanted.with_for_update(of=notice)).one_or_none()
    if row is None:
        raise _no_notice(act, notice_id)
    if row.leased_until is not None and row.leased_until > act.recorded_at:
        told = f"notice {notice_id} is being sent at this moment; look again in a few minutes"
        raise ConflictError(told)
    return row


def _refused(row: Row[Any], de: str, en: str) -> RefusedError:
    """Tell why something can't be done with a notice of this status."""
    whys = {
        "sent": ("sie ist versandt", "it was sent"),
        "cancelled": ("sie ist entfallen: {error}", "it was cancelled: {error}"),
        "held": (
            "sie ist angehalten; geben Sie sie frei (outbox release)",
            "it is held; release it (outbox release)",
        ),
        "bundled": (
            "sie wird in der Sammelnachricht {digest} genannt",
            "it is told by the digest {digest}",
        ),
    }
    why = sentence(*whys[row.status], error=read_wording(row.error or "–"), digest=row.bundle_id)
    what = sentence(f"Nachricht {{id}} {de}", f"notice {{id}} {en}", id=row.id)
    return RefusedError([Refusal("status", why)], what)


def _is(status: str) -> ColumnElement[bool]:
    # In the words of the partial indexes: a bound value would not lead to them.
    return notice.c.status == literal_column(f"'{status}'")


def _known(status: str) -> str:
    if status in STATUSES:
        return status
    near = get_close_matches(status, STATUSES, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"a status is one of {', '.join(STATUSES)}"
    told = f"there is no status '{status}'; {hint}"
    raise InputError(told)


def _no_notice(act: Act, notice_id: int) -> NotFoundError:
    return NotFoundError(f"there is no notice {notice_id} that {act.actor} may see")


def _select() -> Select[Any]:
    """Select notices with whom they are about, and the mail that was sent."""
    person_id = func.coalesce(notice.c.employee_id, enrolment.c.employee_id)
    organisation_id = func.coalesce(
        enrolment.c.organisation_id, employee.c.organisation_id, notice.c.organisation_id
    )
    intake_id = func.coalesce(notice.c.intake_id, enrolment.c.intake_id)
    return (
        select(
            notice,
            employee.c.number.label("employee"),
            organisation.c.key.label("organisation"),
            intake.c.id.label("intake"),
            intake.c.path,
            func.coalesce(enrolment.c.tier, intake.c.tier).label("tier"),
            message.c.address,
            message.c.subject,
            message.c.sent_at,
        )
        .outerjoin(enrolment, enrolment.c.id == notice.c.enrolment_id)
        .outerjoin(employee, employee.c.id == person_id)
        .outerjoin(organisation, organisation.c.id == organisation_id)
        .outerjoin(intake, intake.c.id == intake_id)
        .outerjoin(message, message.c.message_id == notice.c.message_id)
    )


_SELECT = _select()
