"""Write the protocol of an allocation."""

from collections.abc import Sequence

from sqlalchemy import Insert, Integer, String, bindparam, insert

from qualipath.services.act import Act
from qualipath.storage.batches import Batch, Values
from qualipath.storage.tables import ranking
from qualipath.storage.writing import Write, insert_each, send


def rank(act: Act, intake_id: int, rows: Sequence[tuple[int, int, str, str]]) -> None:
    """Write everybody's rank: enrolment, rank, outcome and (as JSON) what it rests on."""
    if rows:
        send(act.connection, [_RANK.of(rows, intake=intake_id)])


def _statement(rows: Values, _dialect: str) -> Insert:
    return insert_each(insert(ranking), rows, intake_id=bindparam("intake", None, type_=Integer()))


_RANK = Write(
    Batch("ranked", enrolment_id=Integer(), rank=Integer(), outcome=String(), basis=String()),
    _statement,
)
