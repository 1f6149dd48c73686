"""Import results: complete and fail enrolments by the list of a university."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import String, select

from qualipath.definition.spec import Outcome as Ending
from qualipath.definition.spec import StateSpec
from qualipath.services.act import Act
from qualipath.services.change import Enrolled
from qualipath.services.enrolments import fire_orders
from qualipath.services.judging import Order
from qualipath.services.loading import find_enrolments
from qualipath.services.models import ResultsReport
from qualipath.services.results_file import ResultRow, read_results
from qualipath.services.sheet_problems import Problems
from qualipath.storage.batches import Batch
from qualipath.storage.tables import employee

_NUMBERS = Batch("numbers", number=String())
_TRIGGERS = {"passed": "complete", "failed": "fail", "no_show": "no_show"}


def import_results(act: Act, source: Path, *, path: str | None = None) -> ResultsReport:
    """Fire `complete`, `fail` or `no_show` for each row of a list: all of them, or none.

    A row is for the open enrolment of its number and tier (on `path`, if tiers of several paths
    have one name). Without a result, the grade tells whether it is passed. A row that says what is
    recorded already changes nothing. A row's day is when its result holds.

    Raises:
        SheetError: the list has problems, or the rules refuse some of its rows; each with its line.
        InputError: there is no such file.
    """
    rows = read_results(source)
    problems = Problems(source.name)
    found = _candidates(act, rows, path)
    counted: Counter[str] = Counter()
    orders: dict[date | None, dict[int, tuple[ResultRow, Order]]] = {}
    for row in rows:
        enrolled = _pick(row, found.get((_plain(row.number), row.tier), []), problems)
        if enrolled is None or enrolled.id is None:
            continue
        order = _order(enrolled, row)
        if _is_recorded(enrolled, row):
            counted["unchanged"] += 1
            continue
        counted[order.trigger] += 1
        orders.setdefault(row.on, {})[enrolled.id] = (row, order)
    problems.stop()
    for on, group in orders.items():
        _fire(act, on, group, problems)
    problems.stop()
    return ResultsReport(
        completed=counted["complete"],
        failed=counted["fail"],
        absent=counted["no_show"],
        unchanged=counted["unchanged"],
        total=len(rows),
    )


def _plain(number: str) -> str:
    return number.partition("@")[0]


def _candidates(
    act: Act, rows: Sequence[ResultRow], path: str | None
) -> dict[tuple[str, str], list[Enrolled]]:
    dialect = act.connection.dialect.name
    numbers = {_plain(row.number) for row in rows}
    among = employee.c.number.in_(select(_NUMBERS.table(dialect).c.number))
    bound = _NUMBERS.parameters(dialect, [(number,) for number in sorted(numbers)])
    found: dict[tuple[str, str], list[Enrolled]] = {}
    for enrolled in find_enrolments(act, among.params(bound)):
        if path is None or enrolled.published.definition.path.path == path:
            found.setdefault((enrolled.number, enrolled.tier), []).append(enrolled)
    return found


def _pick(row: ResultRow, found: Sequence[Enrolled], problems: Problems) -> Enrolled | None:
    """Give the open enrolment that a row is for, or else the last one that is completed or failed."""
    place = row.number.partition("@")[2]
    here = [e for e in found if not place or e.organisation == place]
    running = [e for e in here if _state(e).open]
    picked = running or sorted(here, key=lambda e: e.attempt)[-1:]
    if not picked:
        what = f"'{row.number}' has no enrolment at the tier '{row.tier}' that you may see"
        problems.add(row.line, 0, "number", what, "apply and start it first, or mend the row")
        return None
    if len(picked) > 1:
        which = ", ".join(f"{e.number}@{e.organisation} on {_path(e)}" for e in picked)
        right = f"write number@organisation, or name the path: {which}"
        problems.add(row.line, 0, "number", f"several enrolments fit '{row.number}'", right)
        return None
    return picked[0]


def _state(enrolled: Enrolled) -> StateSpec:
    return enrolled.published.definition.lifecycle_of(enrolled.tier).states[enrolled.state]


def _path(enrolled: Enrolled) -> str:
    return enrolled.published.definition.path.path


def _order(enrolled: Enrolled, row: ResultRow) -> Order:
    definition = enrolled.published.definition
    scale = definition.scales[definition.scale_of(enrolled.tier)]
    passed = row.grade is not None and scale.reaches(row.grade, scale.passing)
    result = row.result or ("passed" if passed else "failed")
    return Order(_TRIGGERS[result], grade=row.grade)


def _is_recorded(enrolled: Enrolled, row: ResultRow) -> bool:
    told = {"complete": Ending.COMPLETED, "fail": Ending.FAILED, "no_show": Ending.ABANDONED}
    ending = told[_order(enrolled, row).trigger]
    return _state(enrolled).closed is ending and enrolled.grade == row.grade


def _fire(
    act: Act, on: date | None, group: dict[int, tuple[ResultRow, Order]], problems: Problems
) -> None:
    orders = {id_: order for id_, (_, order) in group.items()}
    outcomes = fire_orders(_as_of(act, on, group, problems), orders, atomic=False)
    for outcome in outcomes:
        row, order = group[outcome.id]
        for reason in outcome.reasons:
            what = f"'{order.trigger}' is refused for '{row.number}': {reason.en}"
            right = "a recorded result is changed by correct" if reason.code == "state" else ""
            problems.add(row.line, 0, "grade" if reason.code == "grade" else "number", what, right)


def _as_of(
    act: Act, on: date | None, group: dict[int, tuple[ResultRow, Order]], problems: Problems
) -> Act:
    if on is None:
        return act
    if on > act.today():
        for row, _ in group.values():
            problems.add(row.line, 0, "on", f"the day {on} lies in the future", "mend the day")
        return act
    midday = datetime.combine(on, time(12), ZoneInfo("Europe/Berlin"))
    return replace(act, effective_at=min(midday.astimezone(UTC), act.effective_at))
