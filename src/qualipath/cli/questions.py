"""The commands that only ask: why somebody may not, who may, and what happened."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from qualipath.cli.options import QUESTIONS, Number, On, PathName, TierName, day
from qualipath.cli.output import Output, printable
from qualipath.cli.progress import counting
from qualipath.cli.session import Session
from qualipath.cli.views import day_told, instant_told, route_document, told, verdict_document
from qualipath.errors import InputError

if TYPE_CHECKING:
    from qualipath.domain.eligibility import Verdict
    from qualipath.domain.route import Route
    from qualipath.services.models import Entry

commands = typer.Typer()


@commands.command(
    rich_help_panel=QUESTIONS,
    epilog="Example: qualipath why 4711 duisburg_digital masters --on 2027-04-01",
)
def why(
    context: typer.Context, number: Number, path: PathName, tier: TierName, *, on: On = None
) -> None:
    """Judge a tier's prerequisites for an employee: what is met, what is missing, from when."""
    session = Session.of(context)
    asked = day(on, "--on")
    with session.acting() as acting:
        verdict = acting.why(number, path, tier, on=asked)
        route = acting.route(number, path, tier)
    output = session.output
    title = output.say("Voraussetzungen für", "Prerequisites of")
    heading = f"{number}: {title} {tier}" + (f", {day_told(asked, output)}" if asked else "")
    tree = Tree(Text(printable(heading), style="bold"))
    _grow(tree, verdict, output)
    output.draw(tree)
    if not verdict.met:
        for line in _way(route, output):
            output.line(line)
    output.document(
        {
            "employee": number,
            "path": path,
            "tier": tier,
            "on": asked,
            "verdict": verdict_document(verdict),
            "route": route_document(route),
        }
    )


def _grow(tree: Tree, verdict: "Verdict", output: Output) -> None:
    met, unmet = output.marks
    line = Text(f"{met if verdict.met else unmet} ", style="green" if verdict.met else "red")
    line.append(printable(told(verdict.sentence, output)), style="default")
    if verdict.provisional:
        line.append(output.say(" (vorläufig)", " (provisionally)"), style="yellow")
    if verdict.met_from is not None:
        since = day_told(verdict.met_from, output)
        line.append(output.say(f" – ab {since}", f" – from {since}"), style="cyan")
    branch = tree.add(line)
    for part in verdict.parts:
        _grow(branch, part, output)


def _way(route: "Route", output: Output) -> list[str]:
    if not route.reachable:
        return [output.say("Es führt kein Weg dorthin.", "There is no way to it.")]
    first = (
        output.say("Kürzester Weg:", "Shortest way:")
        if route.shortest
        else output.say("Ein kurzer Weg:", "A short way:")
    )
    steps = " → ".join((*route.tiers, route.goal))
    lines = [f"{first} {steps}"]
    lines += [f"  {told(lack, output)}" for lack in route.missing]
    if route.from_on is not None and route.missing:
        since = day_told(route.from_on, output)
        lines.append(output.say(f"  möglich ab {since}", f"  possible from {since}"))
    return lines


@commands.command(
    rich_help_panel=QUESTIONS,
    epilog="Example: qualipath eligible duisburg_digital certificate_2 --on 2027-04-01",
)
def eligible(context: typer.Context, path: PathName, tier: TierName, *, on: On = None) -> None:
    """List who may begin a tier on a day, one a line, as they are found."""
    session = Session.of(context)
    output = session.output
    asked = day(on, "--on")
    document = {"path": path, "tier": tier, "on": asked}
    with session.acting() as acting:
        found = acting.eligible(path, tier, on=asked)
        # What can be refused is refused before the first row is shown.
        person = next(found, None)
        # On a terminal the rows themselves show that it goes on.
        counted = nullcontext() if output.seen else counting(output.say("gefunden", "found"))
        with counted as count, output.array("people", document) as rows:
            while person is not None:
                name = f"{person.family_name}, {person.given_name}"
                line = f"{person.number:<12} {name:<32} {person.organisation}"
                rows.add(person, line)
                if count is not None:
                    count(rows.count)
                person = next(found, None)
    found_in_all = rows.count
    output.line(
        output.say("1 Person", "1 person")
        if found_in_all == 1
        else output.say(f"{found_in_all} Personen", f"{found_in_all} people")
    )


@commands.command(
    rich_help_panel=QUESTIONS,
    epilog="Examples: qualipath history 17 · qualipath history --person 4711",
)
def history(
    context: typer.Context,
    enrolment_id: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="The enrolment.")
    ] = None,
    *,
    person: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="All that happened to this employee.")
    ] = None,
    intake: Annotated[
        int | None, typer.Option(metavar="ID", help="What happened to this intake.")
    ] = None,
) -> None:
    """Tell what happened to an enrolment, an employee or an intake, first things first."""
    session = Session.of(context)
    if [enrolment_id, person, intake].count(None) != 2:  # noqa: PLR2004 -- all but one
        message = "name an enrolment, an employee by --person, or an intake by --intake"
        raise InputError(message)
    with session.acting() as acting:
        if person is not None:
            entries = acting.history_of(person)
        elif intake is not None:
            entries = acting.history_of_intake(intake)
        else:
            entries = acting.history(enrolment_id or 0)
    output = session.output
    output.table(
        ("at", "enrolment", "trigger", "from", "to", "actor", "reason"),
        [_row(entry, output.locale) for entry in entries],
    )
    output.document({"entries": entries})


def _row(entry: "Entry", locale: str) -> tuple[Any, ...]:
    return (
        instant_told(entry.effective_at),
        entry.enrolment,
        entry.trigger,
        entry.source,
        entry.target,
        entry.actor,
        "; ".join(filter(None, (entry.reason, _details(entry.details, locale)))),
    )


def _details(details: Mapping[str, object], locale: str) -> str:
    return ", ".join(_named(key, value, locale) for key, value in details.items())


def _named(key: str, value: object, locale: str) -> str:
    match value:
        case {"de": de, "en": en}:
            return f"{key}: {de if locale.startswith('de') else en}"
        case {"before": before, "now": now}:
            return f"{key}: {before} → {now}"
        case dict():
            return _details(value, locale)
        case list():
            return f"{key}: {', '.join(map(str, value))}"
    return f"{key}: {value}"
