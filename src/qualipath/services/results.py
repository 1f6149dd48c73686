"""Import results: complete and fail enrolments by the list of a university."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import String, select

from qualipath.services.act import Act
from qualipath.services.change import Enrolled
from qualipath.services.commands import once
from qualipath.services.enrolments import fire_orders
from qualipath.services.judging import Order
from qualipath.services.loading import find_enrolments, load_enrolments
from qualipath.services.models import ResultsReport
from qualipath.services.results_file import ResultRow, read_results
from qualipath.services.sheets import cells
from qualipath.services.sheets.problems import CellError, Problems
from qualipath.storage.batches import Batch
from qualipath.storage.tables import employee, path_version

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
    content = {"rows": [astuple(row) for row in rows], "path": path}

    def run() -> ResultsReport:
        return _write(act, rows, path, Problems(source.name))

    return once(act, "import_results", content, ResultsReport, run)


def _write(
    act: Act, rows: Sequence[ResultRow], path: str | None, problems: Problems
) -> ResultsReport:
    found = _candidates(act, rows, path)
    counted: Counter[str] = Counter()
    # By the instant at which they hold; those without a day hold when the act does.
    orders: dict[datetime, dict[int, tuple[ResultRow, Order]]] = {}
    lines: dict[int, int] = {}
    unknown = _unknown_tiers(act, {row.tier for row in rows}, path)
    for row in rows:
        if (wrong := unknown.get(row.tier)) is not None:
            problems.add(row.line, 0, "tier", wrong.what, wrong.right)
            continue
        enrolled = _pick(row, found.get((_plain(row.number), row.tier), []), problems)
        if enrolled is None or enrolled.id is None:
            continue
        if (line := lines.setdefault(enrolled.id, row.line)) != row.line:
            what = f"'{row.number}' already has a result for '{row.tier}' in line {line}"
            problems.add(row.line, 0, "number", what, "keep one of them")
            continue
        order = _order(enrolled, row)
        if _is_recorded(enrolled, row):
            counted["unchanged"] += 1
            continue
        counted[order.trigger] += 1
        holds = _effective_at(act, enrolled, row, problems)
        orders.setdefault(holds, {})[enrolled.id] = (row, order)
    problems.stop()
    # All at once and in one order for everybody: two lists would wait for each other else.
    load_enrolments(act, [id_ for group in orders.values() for id_ in group])
    for holds, group in orders.items():
        _fire(replace(act, effective_at=holds), group, problems)
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
    for enrolled in find_enrolments(act, among, bound=bound):
        if path is None or enrolled.published.definition.path.path == path:
            found.setdefault((enrolled.number, enrolled.tier), []).append(enrolled)
    return found


def _unknown_tiers(act: Act, asked: set[str], path: str | None) -> dict[str, CellError]:
    """Tell what is wrong with each of the tiers that no version of a path has, or ever had."""
    published = select(path_version.c.id).order_by(path_version.c.id)
    if path is not None:
        published = published.where(path_version.c.path == path)
    versions = [
        act.library.by_id(act.connection, id_) for (id_,) in act.connection.execute(published)
    ]
    known = {tier: None for version in versions for tier in version.definition.path.tiers}
    wrong: dict[str, CellError] = {}
    for tier in asked - known.keys():
        try:
            cells.one_of(tier, known)
        except CellError as error:
            wrong[tier] = error
    return wrong


def _pick(row: ResultRow, found: Sequence[Enrolled], problems: Problems) -> Enrolled | None:
    """Give the enrolment that a row is for: one that says just that, the open one, or the last."""
    place = row.number.partition("@")[2]
    here = [e for e in found if not place or e.organisation == place]
    told = [e for e in here if row.on == _entered_on(e) and _is_recorded(e, row)]
    running = [e for e in here if e.spec.open]
    picked = told or running or _last_ones(here)
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


def _last_ones(found: Sequence[Enrolled]) -> list[Enrolled]:
    """Give the last attempt of each person on each path."""
    last: dict[tuple[int, str], Enrolled] = {}
    for enrolled in sorted(found, key=lambda e: e.attempt):
        last[enrolled.employee_id, _path(enrolled)] = enrolled
    return list(last.values())


def _entered_on(enrolled: Enrolled) -> date:
    return enrolled.entered_at.astimezone(_zone(enrolled)).date()


def _zone(enrolled: Enrolled) -> ZoneInfo:
    return ZoneInfo(enrolled.published.definition.timezone)


def _path(enrolled: Enrolled) -> str:
    return enrolled.published.definition.path.path


def _order(enrolled: Enrolled, row: ResultRow) -> Order:
    definition = enrolled.published.definition
    scale = definition.scales[definition.scale_of(enrolled.tier)]
    passed = row.grade is not None and scale.reaches(row.grade, scale.passing)
    result = row.result or ("passed" if passed else "failed")
    return Order(_TRIGGERS[result], grade=row.grade)


def _is_recorded(enrolled: Enrolled, row: ResultRow) -> bool:
    """Tell whether the enrolment is where the row would lead; a grade that is not given fits."""
    trigger = _order(enrolled, row).trigger
    lifecycle = enrolled.published.definition.lifecycle_of(enrolled.tier)
    targets = {t.to for t in lifecycle.transitions if t.trigger == trigger}
    return enrolled.state in targets and row.grade in (None, enrolled.grade)


def _fire(act: Act, group: dict[int, tuple[ResultRow, Order]], problems: Problems) -> None:
    orders = {id_: order for id_, (_, order) in group.items()}
    for outcome in fire_orders(act, orders, atomic=False):
        row, order = group[outcome.id]
        for reason in outcome.reasons:
            what = f"'{order.trigger}' is refused for '{row.number}': {reason.en}"
            right = "a recorded result is changed by correct" if reason.code == "state" else ""
            problems.add(row.line, 0, "grade" if reason.code == "grade" else "number", what, right)


def _effective_at(act: Act, enrolled: Enrolled, row: ResultRow, problems: Problems) -> datetime:
    """Give when a row's result holds: at midday of its day, where the path's calendar is."""
    if row.on is None:
        return act.effective_at
    if row.on > act.today(enrolled.published.definition.timezone):
        problems.add(row.line, 0, "on", f"the day {row.on} lies in the future", "mend the day")
        return act.effective_at
    since = _entered_on(enrolled)
    if row.on < since and enrolled.spec.open:
        what = f"the day {row.on} lies before {since}, the day on which '{row.number}' became "
        what += f"'{enrolled.state}'"
        problems.add(row.line, 0, "on", what, f"a day from {since} on")
        return act.effective_at
    midday = datetime.combine(row.on, time(12), _zone(enrolled)).astimezone(UTC)
    if row.on == since:
        midday = max(midday, enrolled.entered_at)
    return min(midday, act.effective_at)
