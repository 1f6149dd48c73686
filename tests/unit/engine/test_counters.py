"""What a monitoring system reads of mails."""

from datetime import UTC, datetime

from qualipath.domain.wording import Wording
from qualipath.engine.counters import Counters
from qualipath.engine.delivering import DeliveryReport
from qualipath.services.outbox_models import OutboxState

AT = datetime(2026, 7, 15, tzinfo=UTC)


def test_mails_are_counted_by_what_became_of_them() -> None:
    counters = Counters()
    for report in (
        DeliveryReport(AT, sent=3, dead=1),
        DeliveryReport(AT, sent=2, deferred=1, failures=(Wording.of("no route"),)),
    ):
        counters.count_delivery(report, OutboxState(4, 2, 1, 1, AT), ended_at=AT)
    lines = counters.exposition().splitlines()
    for line in (
        "qualipath_deliveries_total 2",
        "qualipath_delivery_failures_total 1",
        'qualipath_mails_total{result="sent"} 5',
        'qualipath_mails_total{result="deferred"} 1',
        'qualipath_mails_total{result="dead"} 1',
        'qualipath_mails_total{result="held"} 0',
        "qualipath_last_delivery_timestamp_seconds 1784073600.0",
        'qualipath_outbox{status="pending"} 4',
        'qualipath_outbox{status="overdue"} 2',
        'qualipath_outbox{status="dead"} 1',
    ):
        assert line in lines


def test_who_only_ticks_has_no_mails_to_tell() -> None:
    assert "mail" not in Counters().exposition()
