"""Simulate a path on throw-away databases: once, or twice with different numbers of seats."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from qualipath.engine import Qualipath
from qualipath.engine.drafts import Drafts
from qualipath.engine.keeping import upgrade_database
from qualipath.errors import InputError
from qualipath.scenarios.drafts import ReadOnce
from qualipath.scenarios.simulation.behaviour import read_behaviour
from qualipath.scenarios.simulation.playing import Premises, play, require_triggers
from qualipath.scenarios.simulation.report import Run, Simulation, differences, run_of

MOST_EMPLOYEES, MOST_YEARS = 1_000_000, 50
_FIRST, _LAST = date(2000, 1, 1), date(2900, 1, 1)


def simulate(  # noqa: PLR0913 -- what a simulation is asked for
    path: str,
    *,
    employees: int,
    years: int,
    seed: int,
    begins_on: date,
    seats: Mapping[str, int] | None = None,
    against: Mapping[str, int] | None = None,
    behaviour: Path | None = None,
    database: str | None = None,
    workflows: str | Path | None = None,
    templates: str | Path | None = None,
    tell: Callable[[int], None] | None = None,
) -> Simulation:
    """Play years of a path, and tell what came of them.

    `seats` are other numbers of seats than the path's own, by tier; with `against` a second run is
    played with those. The same arguments give the same numbers. `database` names an empty one to
    play in and keep; `tell` is told how many percent are played.

    Raises:
        DefinitionError: the path or the behaviour has problems.
        InputError: an argument is wrong, the database holds something, or nothing is to be played.
    """
    _require("employees", employees, MOST_EMPLOYEES)
    _require("years", years, MOST_YEARS)
    if not _FIRST <= begins_on <= _LAST:
        message = f"a simulation begins from {_FIRST} to {_LAST}, not on {begins_on}"
        raise InputError(message)
    if database is not None and against is not None:
        message = "one database keeps one run; leave out either the database or the comparison"
        raise InputError(message)
    found = Drafts.open(workflows, templates)
    drafts = ReadOnce.of(found, path)
    definition = drafts.played
    require_triggers(definition)
    calendar = drafts.read.calendars[definition.path.calendar]
    premises = Premises(
        path=path,
        employees=employees,
        years=years,
        seed=seed,
        begins_on=begins_on,
        behaviour=read_behaviour(behaviour, definition.path),
        seats={},
    )
    wanted = [dict(each) for each in (seats or {}, against) if each is not None]
    for given in wanted:
        _require_tiers(given, definition.path.tiers)
    days = (premises.ends_on - begins_on).days
    runs: list[Run] = []
    for number, given in enumerate(wanted):

        def told(day: int, before: int = number * days) -> None:
            if tell:
                tell(100 * (before + day) // (days * len(wanted)))

        with _installation(database, drafts) as (qualipath, folder):
            played = play(qualipath, replace(premises, seats=given), folder, tell=told)
        runs.append(run_of(definition, calendar, given, played))
    return Simulation(
        path=path,
        title=definition.path.title,
        employees=employees,
        years=years,
        seed=seed,
        begins_on=begins_on,
        ends_on=premises.ends_on,
        runs=tuple(runs),
        differences=differences(*runs) if against is not None else (),
    )


def _require(what: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        message = f"a simulation takes 1 to {most:,} {what}, not {number:,}"
        raise InputError(message)


def _require_tiers(seats: Mapping[str, int], tiers: Mapping[str, object]) -> None:
    for tier, number in seats.items():
        if tier not in tiers:
            message = f"there is no tier '{tier}'; there are {', '.join(tiers)}"
            raise InputError(message)
        if number < 0:
            message = f"{tier} can't have {number} seats; write 0 or more"
            raise InputError(message)


@contextmanager
def _installation(database: str | None, drafts: ReadOnce) -> Iterator[tuple[Qualipath, Path]]:
    with TemporaryDirectory(prefix="qualipath-simulation-") as name:
        folder = Path(name)
        if database is not None:
            _require_empty(database)
        with Qualipath.open(
            database or f"sqlite:///{folder / 'qualipath.db'}",
            workflows=drafts.workflows,
            templates=drafts.templates,
            create=True,
            durable=database is not None,
        ) as qualipath:
            yield drafts.at(qualipath), folder


def _require_empty(database: str) -> None:
    """Make sure that nobody's data are in a database, before anything is written to it."""
    change = upgrade_database(database, dry_run=True)
    if change.before is not None:
        message = f"the database {change.database} exists already; name a new one to play in"
        raise InputError(message)
