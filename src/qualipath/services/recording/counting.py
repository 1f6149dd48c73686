"""Write how many mails organisations have sent, and since when."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, Update, select, update

from qualipath.services.act import Act
from qualipath.storage.batches import Batch, Values, among, ids
from qualipath.storage.columns import Instant
from qualipath.storage.tables import correspondence
from qualipath.storage.writing import Write, insert_or_else, send


def lock_counters(act: Act, organisation_ids: Collection[int]) -> Sequence[Row[Any, Any, Any]]:
    """Lock how many mails organisations (by id) have sent and since when, in one order for all."""
    dialect = act.connection.dialect.name
    counters = (
        select(
            correspondence.c.organisation_id,
            correspondence.c.counted_from,
            correspondence.c.counted,
        )
        .where(among(correspondence.c.organisation_id, dialect))
        .order_by(correspondence.c.organisation_id)
        .with_for_update()
    )
    bound = ids(dialect, organisation_ids)
    rows = act.connection.execute(counters, bound).all()
    if len(rows) == len(organisation_ids):
        return rows
    new = [{"organisation_id": id_} for id_ in sorted(organisation_ids)]
    act.connection.execute(
        insert_or_else(correspondence, dialect).values(new).on_conflict_do_nothing()
    )
    return act.connection.execute(counters, bound).all()


def count_mails(act: Act, counted: Sequence[tuple[int, datetime, int]]) -> None:
    """Write since when organisations (by id) have sent how many mails."""
    send(act.connection, [_COUNT.of(counted)])


def _count_statement(rows: Values, _dialect: str) -> Update:
    return (
        update(correspondence)
        .where(correspondence.c.organisation_id == rows.id)
        .values(counted_from=rows.since, counted=rows.counted)
    )


_COUNT = Write(Batch("counted", id=Integer(), since=Instant(), counted=Integer()), _count_statement)
