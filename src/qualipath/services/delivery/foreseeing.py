"""What a notice that waits would be if it was sent now: to whom, with which facts, or why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from qualipath.domain.correspondence import Gendering
from qualipath.errors import UndeliverableError
from qualipath.notices.mail import Value
from qualipath.services.act import Act
from qualipath.services.delivery.bundling import is_digest, tells
from qualipath.services.delivery.facts import Facts
from qualipath.services.delivery.leasing import waiting_of
from qualipath.services.delivery.recipients import addressee
from qualipath.services.delivery.subjects import load_subjects
from qualipath.services.delivery.truth import NOTHING_LEFT, untrue
from qualipath.services.delivery.waiting import Addressee
from qualipath.services.models import Told
from qualipath.storage.tables import notice


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A notice as it would be sent now; without an addressee or fields, `why_not` tells why.

    `why_not` is also there where the notice holds no more, and would be cancelled.
    """

    gendering: Gendering
    addressee: Addressee | None = None
    fields: Mapping[str, Value] = field(default_factory=dict, repr=False)
    why_not: Told | None = None


def foresee(act: Act, notice_id: int) -> Foreseen:
    """Work out what a notice (that the actor may see) would be now; nothing is written."""
    row = act.connection.execute(select(notice).where(notice.c.id == notice_id)).one()
    waiting = waiting_of(row)
    under = (
        select(notice)
        .where(notice.c.bundle_id == waiting.id, notice.c.status == "bundled")
        .order_by(notice.c.id)
    )
    bundled = act.connection.execute(under).all() if is_digest(waiting) else ()
    subjects = load_subjects(act, [waiting, *map(waiting_of, bundled)])
    whys = untrue(act, subjects.values())
    subject = subjects[waiting.id]
    still = (subjects[each.id] for each in bundled if each.id not in whys)
    told = [each for each in still if tells(subject, each)]
    why = whys.get(waiting.id) or (NOTHING_LEFT if is_digest(waiting) and not told else None)
    gendering = subject.correspondence.gendering
    try:
        to = addressee(subject)
    except UndeliverableError as error:
        return Foreseen(gendering, why_not=Told("address", error.text("de"), error.text("en")))
    return Foreseen(
        gendering,
        to,
        Facts.load(act, [subject, *told]).of(subject, to, told),
        Told("untrue", why.text("de"), why.text("en")) if why else None,
    )
