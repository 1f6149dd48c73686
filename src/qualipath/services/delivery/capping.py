"""How many mails of an organisation go out within an hour; the rest waits until HR releases it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qualipath.domain.wording import Sentence, sentence
from qualipath.services.act import Act
from qualipath.services.delivery.waiting import Subject, Waiting
from qualipath.services.recording import counting, outbox

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Counter:
    """How many mails of an organisation were let go since an instant."""

    since: datetime
    counted: int = 0


def hold_over_cap(act: Act, subjects: Iterable[Subject]) -> frozenset[int]:
    """Count the mails that go now, hold what is over their organisation's cap, and give its ids.

    What HR has released counts, but is not held again; what went out before does not count twice.
    Organisations are counted under a lock, one after the other in one order for all.
    """
    of_organisation: defaultdict[int, list[Subject]] = defaultdict(list)
    for subject in subjects:
        if _counts(subject.waiting):
            of_organisation[subject.organisation_id].append(subject)
    if not of_organisation:
        return frozenset()
    counters = _lock_counters(act, of_organisation)
    held: list[tuple[int, Sentence]] = []
    for organisation_id, some in sorted(of_organisation.items()):
        counter = counters[organisation_id]
        for subject in some:
            cap = subject.correspondence.hourly_cap
            if counter.counted < cap or subject.waiting.released:
                counter = replace(counter, counted=counter.counted + 1)
            else:
                held.append((subject.waiting.id, _why_held(cap)))
        counters[organisation_id] = counter
    counting.count_mails(act, [(id_, c.since, c.counted) for id_, c in counters.items()])
    outbox.hold(act, held)
    return frozenset(id_ for id_, _ in held)


def _counts(waiting: Waiting) -> bool:
    return waiting.message_id is None or (waiting.released and not waiting.attempts)


def _why_held(cap: int) -> Sentence:
    return sentence(
        "die Grenze von {cap} je Stunde ist erreicht; freigeben mit: qualipath outbox release",
        "the cap of {cap} an hour is reached; let them go by: qualipath outbox release",
        cap=cap,
    )


def _lock_counters(
    act: Act, of_organisation: Mapping[int, Sequence[Subject]]
) -> dict[int, _Counter]:
    now = act.recorded_at
    rows = counting.lock_counters(act, of_organisation)
    counters = {}
    for row in rows:
        since = row.counted_from
        # A clock may have been put back.
        runs = since is not None and since <= now < since + _HOUR
        counters[row.organisation_id] = _Counter(since, row.counted) if runs else _Counter(now)
    return counters
