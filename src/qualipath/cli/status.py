"""The command that shows where one employee stands, or everybody on a path."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from qualipath.cli import completing
from qualipath.cli.options import QUESTIONS
from qualipath.cli.output import Output, printable
from qualipath.cli.session import Session
from qualipath.cli.views import day_told, progression_document
from qualipath.errors import InputError

if TYPE_CHECKING:
    from qualipath.domain.machine import Choice
    from qualipath.domain.progression import Progression, Standing
    from qualipath.services.models import Enrolment

commands = typer.Typer()


@commands.command(
    rich_help_panel=QUESTIONS,
    epilog="Examples: qualipath status 4711 duisburg_digital · qualipath status duisburg_digital",
)
def status(
    context: typer.Context,
    asked: Annotated[
        list[str],
        typer.Argument(
            metavar="[NUMBER] PATH",
            help="An employee and a path, or a path alone.",
            autocompletion=completing.paths,
        ),
    ],
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Of an employee: also what else is refused, and why.")
    ] = False,
    tier: Annotated[
        str | None, typer.Option(metavar="TIER", help="Of a path: only this tier.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="Of a path: only this state.")
    ] = None,
) -> None:
    """Show where an employee stands on a path and what may happen now, or everybody on it."""
    session = Session.of(context)
    match asked:
        case [number, path]:
            with session.acting() as acting:
                progression = acting.progression(number, path)
            _show_person(number, progression, session.output, everything=everything)
            session.output.document(progression_document(progression))
        case [path]:
            with session.acting() as acting:
                enrolments = acting.enrolments(path, tier, state)
            _show_path(path, enrolments, session.output, narrowed=bool(tier or state))
        case _:
            message = "status takes an employee's number and a path, or a path alone"
            raise InputError(message)


def _show_person(
    number: str, progression: "Progression", output: Output, *, everything: bool
) -> None:
    path = progression.definition.path
    output.table(
        ("tier", "title", "state", "enrolment", "attempts", "allowed now"),
        [_standing_row(standing, output) for standing in progression.tiers],
        title=f"{number}: {path.title.text(output.locale)}",
    )
    if not everything:
        return
    output.line()
    tree = Tree(Text(output.say("Nicht möglich:", "Refused:"), style="bold"))
    for standing in progression.tiers:
        refused = [choice for choice in standing.choices if _is_telling(choice)]
        branch = tree.add(Text(standing.tier)) if refused else tree
        for choice in refused:
            leaf = branch.add(Text(choice.trigger, style="red"))
            reasons = [printable(reason.text(output.locale)) for reason in choice.refusals]
            if len(reasons) == 1:
                leaf.label = Text.assemble((choice.trigger, "red"), f": {reasons[0]}")
                continue
            for reason in reasons:
                leaf.add(Text(reason))
    if tree.children:
        output.draw(tree)
    else:
        output.line(output.say("Nichts wird sonst abgelehnt.", "Nothing else is refused."))


def _is_telling(choice: "Choice") -> bool:
    # Most triggers belong to other states: listing them all hides the reasons that matter.
    return any(reason.code != "state" for reason in choice.refusals)


def _standing_row(standing: "Standing", output: Output) -> Sequence[object]:
    state = standing.state_title.text(output.locale)
    if standing.paused:
        state += output.say(" (pausiert)", " (paused)")
    if standing.next_on is not None:
        since = day_told(standing.next_on, output)
        state += output.say(f", ab {since}", f", from {since}")
    attempts = str(standing.attempts_used)
    if standing.attempts_allowed is not None:
        attempts += f"/{standing.attempts_allowed}"
    allowed = ", ".join(_choice(choice, output) for choice in standing.allowed)
    return (
        standing.tier,
        standing.title.text(output.locale),
        Text(state, style=_STYLES.get(standing.state, "")),
        standing.enrolment,
        attempts,
        allowed,
    )


_STYLES = {"locked": "red", "available": "cyan", "completed": "green"}


def _choice(choice: "Choice", output: Output) -> str:
    needs = [
        *([output.say("Note", "grade")] if choice.needs_grade else ()),
        *([output.say("Grund", "reason")] if choice.needs_reason else ()),
    ]
    return f"{choice.trigger} ({', '.join(needs)})" if needs else choice.trigger


def _show_path(
    path: str, enrolments: "Sequence[Enrolment]", output: Output, *, narrowed: bool
) -> None:
    counts = Counter((enrolment.tier, enrolment.state) for enrolment in enrolments)
    if enrolments:
        _show_enrolments(enrolments, counts, output)
    elif narrowed:
        output.line(output.say(f"{path}: kein solcher Eintrag", f"{path}: no such enrolment"))
    else:
        output.line(output.say(f"{path}: noch kein Eintrag", f"{path}: no enrolments yet"))
    output.document(
        {
            "path": path,
            "enrolments": enrolments,
            "counts": [
                {"tier": tier, "state": state, "enrolments": n}
                for (tier, state), n in sorted(counts.items())
            ],
        }
    )


def _show_enrolments(
    enrolments: "Sequence[Enrolment]", counts: Counter[tuple[str, str]], output: Output
) -> None:
    output.table(
        ("enrolment", "employee", "organisation", "tier", "attempt", "state", "grade"),
        [
            (
                enrolment.id,
                enrolment.employee,
                enrolment.organisation,
                enrolment.tier,
                enrolment.attempt,
                enrolment.state_title.text(output.locale)
                + (output.say(" (pausiert)", " (paused)") if enrolment.paused else ""),
                enrolment.grade,
            )
            for enrolment in enrolments
        ],
    )
    output.line()
    titles = {(e.tier, e.state): e.state_title.text(output.locale) for e in enrolments}
    output.table(
        ("tier", "state", "people"),
        [(tier, titles[tier, state], n) for (tier, state), n in sorted(counts.items())],
    )
