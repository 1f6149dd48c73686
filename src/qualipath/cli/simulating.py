"""The command that asks what if: years of a path, played on a throw-away database."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualipath.cli import completing
from qualipath.cli.options import INTAKES, day
from qualipath.cli.output import Output
from qualipath.cli.progress import counting
from qualipath.cli.session import Session
from qualipath.cli.views import day_told
from qualipath.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qualipath.scenarios.simulation.report import Numbers, Run, Simulation

commands = typer.Typer()

_SHOWN = ("applied", "waited", "admitted", "completed", "failed", "outstanding", "unused")
_HEADINGS = ("seats", *_SHOWN[:-1], "unused seats")


@commands.command(
    rich_help_panel=INTAKES,
    epilog="Example: qualipath simulate --path duisburg_digital --against certificate_1=40",
)
def simulate(
    context: typer.Context,
    *,
    path: Annotated[
        str,
        typer.Option(metavar="PATH", help="The path.", autocompletion=completing.paths),
    ],
    employees: Annotated[int, typer.Option(metavar="N", help="How many work there.")] = 5000,
    years: Annotated[int, typer.Option(metavar="N", help="How many years are played.")] = 10,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same seed gives the same numbers.")
    ] = 1,
    begins: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DATE", help="The first day; the coming 1 January if left out."
        ),
    ] = None,
    seats: Annotated[
        list[str] | None,
        typer.Option(metavar="TIER=SEATS", help="Seats other than the path's; may be repeated."),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIER=SEATS",
            help="Play a second run with these seats, and compare; may be repeated.",
        ),
    ] = None,
    behaviour: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="How people behave: another model than the shipped one."),
    ] = None,
) -> None:
    """Play years of intakes with made-up people, to see what if: throw-away, unless --database."""
    from qualipath.scenarios.simulation.simulate import simulate as play  # noqa: PLC0415

    session = Session.of(context)
    output = session.output
    workflows, templates = session.folders()
    begins_on = day(begins, "--from") or _coming_january(session.now)
    with counting(output.say("Prozent gespielt", "percent played"), 100) as count:
        simulation = play(
            path,
            employees=employees,
            years=years,
            seed=seed,
            begins_on=begins_on,
            seats=_seats(seats, "--seats"),
            against=_seats(against, "--against") if against else None,
            behaviour=behaviour,
            # Only a database that is named here: never the installation's own.
            database=session.given.database,
            workflows=workflows,
            templates=templates,
            tell=count,
        )
    _show(simulation, output)
    output.document(simulation)


def _seats(written: "Iterable[str] | None", option: str) -> dict[str, int]:
    seats: dict[str, int] = {}
    for each in written or ():
        # Beyond 9 digits no database counts seats.
        match = re.fullmatch("([^=]+)=([0-9]{1,9})", each)
        if match is None or match[1] in seats:
            message = f"{option} '{each}' names no seats; write each tier once: certificate_1=40"
            raise InputError(message)
        seats[match[1]] = int(match[2])
    return seats


def _coming_january(now: datetime | None) -> date:
    return date((now or datetime.now(UTC)).year + 1, 1, 1)


# --- What is shown --------------------------------------------------------------------------------


def _show(simulation: "Simulation", output: Output) -> None:
    runs = simulation.runs
    output.table(
        ("term", "tier", *_HEADINGS, "first graduates", "cost"),
        [
            (
                terms[0].term,
                terms[0].tier,
                *_numbers([term.numbers for term in terms], output),
                _beside([term.first_graduates for term in terms], output),
                _beside([term.numbers.cost for term in terms], output),
            )
            for terms in zip(*(run.terms for run in runs), strict=True)
        ],
        title=_title(simulation, output),
    )
    output.line()
    output.table(
        ("tier", *_HEADINGS, "first graduates", "cost"),
        [
            (
                tiers[0].tier,
                *_numbers([tier.numbers for tier in tiers], output),
                _beside([tier.first_completed_on for tier in tiers], output),
                _beside([tier.numbers.cost for tier in tiers], output),
            )
            for tiers in zip(*(run.tiers for run in runs), strict=True)
        ],
        title=output.say("Insgesamt", "In all"),
    )
    _show_differences(simulation, output)
    output.line()
    for run in runs:
        output.line(_conclusion(run, output))


def _show_differences(simulation: "Simulation", output: Output) -> None:
    if not simulation.differences:
        return
    output.line()
    output.table(
        ("tier", *_HEADINGS, "cost"),
        [
            (
                each.tier,
                *(
                    _written(getattr(each.numbers, name), output, sign="+")
                    for name in ("seats", *_SHOWN, "cost")
                ),
            )
            for each in simulation.differences
        ],
        title=output.say("Unterschied des zweiten Laufs", "What the second run changes"),
    )


def _numbers(runs: "Sequence[Numbers]", output: Output) -> list[str]:
    return [_beside([getattr(run, name) for run in runs], output) for name in ("seats", *_SHOWN)]


def _beside(values: "Sequence[int | date | None]", output: Output) -> str:
    """Write a value once, or those of two runs beside each other where they differ."""
    if not any(value is not None for value in values):
        return ""
    written = ["–" if value is None else _written(value, output) for value in values]
    return " | ".join(written if len(set(written)) > 1 else written[:1])


def _written(value: int | date, output: Output, sign: str = "") -> str:
    if isinstance(value, date):
        return day_told(value, output)
    return f"{value:{sign},}".replace(",", output.say(".", ","))


def _title(simulation: "Simulation", output: Output) -> str:
    title = simulation.title.text(output.locale)
    people = _written(simulation.employees, output)
    years, seed = simulation.years, simulation.seed
    begins = day_told(simulation.begins_on, output)
    return output.say(
        f"{title}: {people} Beschäftigte, {years} Jahre ab {begins}, Startwert {seed}",
        f"{title}: {people} employees, {years} years from {begins} on, seed {seed}",
    )


def _conclusion(run: "Run", output: Output) -> str:
    last = run.tiers[-1]
    seats = ", ".join(f"{tier}={number}" for tier, number in run.seats.items())
    given = seats or output.say("Plätze wie im Pfad", "seats as the path has them")
    cost = _written(run.cost, output)
    title = last.tier_title.text(output.locale)
    if last.first_completed_on is None:
        first_de, first_en = "noch niemand abgeschlossen", "nobody completed yet"
    else:
        on = day_told(last.first_completed_on, output)
        first_de, first_en = f"erste Abschlüsse am {on}", f"first graduates on {on}"
    completed = last.numbers.completed
    return output.say(
        f"{given}: {cost} EUR; {title}: {completed} abgeschlossen, {first_de}",
        f"{given}: EUR {cost}; {title}: {completed} completed, {first_en}",
    )
