"""The command that draws a path or a lifecycle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qualipath.cli import completing
from qualipath.cli.options import DEFINITIONS
from qualipath.cli.session import Session
from qualipath.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from qualipath.domain.progression import Progression

commands = typer.Typer()


@commands.command(
    rich_help_panel=DEFINITIONS,
    epilog="Examples: qualipath diagram duisburg_digital --format svg --out path.svg --person 4711"
    " · qualipath diagram seminar --person 4711 --path duisburg_digital",
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
        typer.Option(
            metavar="NUMBER", help="Show where this employee stands; of a lifecycle with --path."
        ),
    ] = None,
    path: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Of a lifecycle: the path on which the employee goes through it.",
            autocompletion=completing.paths,
        ),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(
            metavar="TIER",
            help="With --path: its tier, where several have the lifecycle.",
            autocompletion=completing.tiers,
        ),
    ] = None,
) -> None:
    """Draw a path (tiers and prerequisites) or a lifecycle (states and triggers)."""
    session = Session.of(context)
    if person is None and (path or tier):
        message = "--path and --tier go with --person: they say where the employee is shown"
        raise InputError(message)
    if person is None:
        drawn = _drawn(session, name, form)
    elif path is None:
        drawn = _path_of(session, name, form, person, tier)
    else:
        drawn = _lifecycle_of(session, name, form, person, path, tier)
    if out is not None:
        out.write_text(drawn, "utf-8")
        session.output.line(session.output.say(f"gezeichnet in „{out}“", f"drawn in '{out}'"))
        session.output.document({"name": name, "format": form, "file": str(out)})
    elif session.given.json:
        session.output.document({"name": name, "format": form, "diagram": drawn})
    else:
        typer.echo(drawn, nl=False)


def _drawn(session: Session, name: str, form: str) -> str:
    from qualipath.definition.spec import LifecycleSpec  # noqa: PLC0415
    from qualipath.domain import drawing  # noqa: PLC0415

    spec, locale = session.drafts().drawn(name), session.output.locale
    if isinstance(spec, LifecycleSpec):
        draw = drawing.lifecycle_svg if form == "svg" else drawing.lifecycle_mermaid
        return draw(spec, locale)
    draw_path = drawing.path_svg if form == "svg" else drawing.path_mermaid
    return draw_path(spec, locale)


def _path_of(session: Session, path: str, form: str, person: str, tier: str | None) -> str:
    from qualipath.domain import drawing  # noqa: PLC0415

    if tier is not None:
        message = "--tier goes with a lifecycle and --path: a path shows all its tiers"
        raise InputError(message)
    if session.drafts().is_lifecycle(path):
        message = (
            f"'{path}' is a lifecycle: name by --path the path on which {person} goes through it"
        )
        raise InputError(message)
    with session.acting() as acting:
        progression = acting.progression(person, path)
    standing = {stands.tier: stands.state for stands in progression.tiers}
    draw = drawing.path_svg if form == "svg" else drawing.path_mermaid
    return draw(progression.definition, session.output.locale, standing)


def _lifecycle_of(  # noqa: PLR0917 -- the options of one command
    session: Session, name: str, form: str, person: str, path: str, tier: str | None
) -> str:
    from qualipath.domain import drawing  # noqa: PLC0415

    with session.acting() as acting:
        progression = acting.progression(person, path)
    found = _tier_of(progression, name, tier)
    # An enrolment goes on by the version that it began with.
    attempt = progression.last_attempt(found)
    definition = attempt.definition if attempt else progression.definition
    state = attempt.state if attempt else progression.standing(found).state
    draw = drawing.lifecycle_svg if form == "svg" else drawing.lifecycle_mermaid
    return draw(definition.lifecycle_of(found), session.output.locale, state)


def _tier_of(progression: "Progression", lifecycle: str, tier: str | None) -> str:
    spec = progression.definition.path
    fitting = [key for key, each in spec.tiers.items() if each.lifecycle == lifecycle]
    if tier is not None:
        progression.standing(tier)
    if not fitting or (tier is not None and tier not in fitting):
        known = ", ".join(f"{key}: {each.lifecycle}" for key, each in spec.tiers.items())
        where = f"no tier of '{spec.path}' has" if tier is None else f"tier '{tier}' does not have"
        message = f"{where} the lifecycle '{lifecycle}'; there are {known}"
        raise NotFoundError(message)
    if tier is None and len(fitting) > 1:
        message = (
            f"several tiers of '{spec.path}' have the lifecycle '{lifecycle}': "
            f"name one by --tier: {', '.join(fitting)}"
        )
        raise InputError(message)
    return tier or fitting[0]
