"""The command that plays the shipped story, and shows what became of everybody."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qualipath.cli.options import DEFINITIONS
from qualipath.cli.output import Output
from qualipath.cli.session import Session

if TYPE_CHECKING:
    from qualipath.scenarios.telling import DemoReport, Life, Refused, Story

commands = typer.Typer()


@commands.command(rich_help_panel=DEFINITIONS, epilog="Example: qualipath demo --out demo")
def demo(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the database and the pictures are written.")
    ] = Path("qualipath-demo"),
) -> None:
    """Play Duisburg's programme from 2020 on, with made-up people, on a database of its own."""
    from qualipath.scenarios.demo import play_demo  # noqa: PLC0415

    session = Session.of(context)
    output = session.output
    workflows, templates = session.folders()
    report = play_demo(
        out,
        locale=_locale(output),
        tell=output.line,
        workflows=workflows,
        templates=templates,
    )
    _show_intakes(report.story, output)
    _show_places(report.story, output)
    _show_refusal(report.story.refused[0], output)
    _show_life(report.story.life, output)
    _show_files(report, output)
    output.document(report)


def _show_intakes(story: "Story", output: Output) -> None:
    from qualipath.scenarios.summary import intake_table  # noqa: PLC0415

    output.line()
    output.table(*intake_table(story, _locale(output)), title=output.say("Durchgänge", "Intakes"))


def _show_places(story: "Story", output: Output) -> None:
    from qualipath.scenarios.summary import place_words  # noqa: PLC0415

    locale = _locale(output)
    first = story.members[0]
    output.line()
    output.table(
        ("name", *(place.tier_title.text(locale) for place in first.places)),
        [
            (member.name, *(place_words(place, locale) for place in member.places))
            for member in story.members
        ],
        title=output.say("Wer wo steht", "Where everybody stands"),
    )


def _show_refusal(refused: "Refused", output: Output) -> None:
    from qualipath.scenarios.summary import day_words  # noqa: PLC0415

    locale = _locale(output)
    output.line()
    output.line(output.say("Abgewiesen, und warum", "Refused, and why"), "bold")
    output.line(
        f"{refused.name}, {refused.tier_title.text(locale)}, {refused.trigger}, "
        f"{day_words(refused.on, locale)}:"
    )
    for reason in refused.reasons:
        output.line(f"- {reason.text(locale)}")
    output.line()


def _show_life(life: "Life", output: Output) -> None:
    from qualipath.scenarios.summary import step_words  # noqa: PLC0415

    locale = _locale(output)
    output.table(
        ("at", "tier", "result", "actor", "reason"),
        [
            (
                step.on.isoformat(),
                step_words(step, locale),
                step.event.text(locale),
                step.actor_name.text(locale),
                step.reason,
            )
            for step in life.steps
        ],
        title=output.say(f"Ein Werdegang: {life.name}", f"One history: {life.name}"),
    )


def _show_files(report: "DemoReport", output: Output) -> None:
    output.line()
    output.line(output.say("Zum Nachsehen:", "To look at:"), "bold")
    for file in (report.summary, report.drawing, report.database):
        output.line(f"  {file}")
    number = len(list(report.mails.iterdir()))
    output.line(
        output.say(f"  {report.mails}: {number} Mails", f"  {report.mails}: {number} mails")
    )
    for letter in report.letters:
        output.line(f"    {letter.file.name}: {letter.about.text(_locale(output))}")


def _locale(output: Output) -> Literal["de", "en"]:
    return "de" if output.locale.startswith("de") else "en"
