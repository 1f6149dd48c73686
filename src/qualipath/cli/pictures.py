"""The command that draws a path or a lifecycle."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from qualipath.cli import completing
from qualipath.cli.options import DEFINITIONS
from qualipath.cli.session import Session

commands = typer.Typer()


@commands.command(
    rich_help_panel=DEFINITIONS,
    epilog="Example: qualipath diagram duisburg_digital --format svg --out path.svg --person 4711",
)
def diagram(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="PATH|LIFECYCLE", help="What is drawn.", autocompletion=completing.drawings
        ),
    ],
    *,
    form: Annotated[
        Literal["mermaid", "svg"], typer.Option("--format", help="As what it is drawn.")
    ] = "mermaid",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it here, not to the terminal.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(metavar="NUMBER", help="Show where this employee stands on the path."),
    ] = None,
) -> None:
    """Draw a path (tiers and prerequisites) or a lifecycle (states and triggers)."""
    session = Session.of(context)
    drawn = _drawn(session, name, form, person)
    if out is not None:
        out.write_text(drawn, "utf-8")
        session.output.line(session.output.say(f"gezeichnet in „{out}“", f"drawn in '{out}'"))
        session.output.document({"name": name, "format": form, "file": str(out)})
    elif session.given.json:
        session.output.document({"name": name, "format": form, "diagram": drawn})
    else:
        typer.echo(drawn, nl=False)


def _drawn(session: Session, name: str, form: str, person: str | None) -> str:
    from qualipath.definition.spec import LifecycleSpec  # noqa: PLC0415
    from qualipath.domain import drawing  # noqa: PLC0415

    locale = session.output.locale
    spec = session.drafts().drawn(name) if person is None else None
    if isinstance(spec, LifecycleSpec):
        draw = drawing.lifecycle_svg if form == "svg" else drawing.lifecycle_mermaid
        return draw(spec, locale)
    draw_path = drawing.path_svg if form == "svg" else drawing.path_mermaid
    if spec is not None:
        return draw_path(spec, locale)
    if person is None:
        raise AssertionError
    with session.acting() as acting:
        progression = acting.progression(person, name)
    standing = {stands.tier: stands.state for stands in progression.tiers}
    return draw_path(progression.definition, locale, standing)
