"""The commands that make, check and publish definitions."""

from pathlib import Path
from typing import Annotated

import typer

from qualipath.cli.options import DEFINITIONS, DryRun, PathName
from qualipath.cli.session import Session
from qualipath.errors import InputError

commands = typer.Typer()


@commands.command(
    rich_help_panel=DEFINITIONS, epilog="Example: qualipath check workflows/duisburg_digital.yaml"
)
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILES]...", help="Only these files; all, if none is named."),
    ] = None,
) -> None:
    """Review the definitions: every problem a line, with its place and what would be right."""
    session = Session.of(context)
    problems = session.drafts().check(files or ())
    session.output.document({"ok": not problems, "problems": problems})
    for problem in problems:
        session.output.line(str(problem))
    if problems:
        raise typer.Exit(1)
    session.output.line(session.output.say("Alles in Ordnung.", "Everything is all right."))


@commands.command(
    rich_help_panel=DEFINITIONS, epilog="Example: qualipath publish duisburg_digital --dry-run"
)
def publish(context: typer.Context, path: PathName, *, dry_run: DryRun = False) -> None:
    """Publish a path: changed, it becomes a new version; running enrolments keep theirs."""
    session = Session.of(context)
    role, id_, _ = session.actor
    if role != "hr":
        message = f"only HR may publish, not {role}:{id_}; write --as hr:k.muster"
        raise InputError(message)
    with session.qualipath() as qualipath:
        done = qualipath.publish(path, by=id_, now=session.now, dry_run=dry_run)
    output = session.output
    digest = done.digest[:12]
    if done.new:
        output.line(
            output.say(
                f"{path}: als Version {done.version} veröffentlicht ({digest})",
                f"{path}: published as version {done.version} ({digest})",
            )
        )
    else:
        output.line(
            output.say(
                f"{path}: unverändert, Version {done.version} ({digest})",
                f"{path}: unchanged, version {done.version} ({digest})",
            )
        )
    output.changed(done, dry_run=dry_run)


@commands.command(
    rich_help_panel=DEFINITIONS, epilog="Example: qualipath schema --out workflows/schema"
)
def schema(
    context: typer.Context,
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="Only this one: path, lifecycle …")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each into a file of this folder.")
    ] = None,
) -> None:
    """Write the JSON Schema of the definitions, by which editors complete and check YAML."""
    from qualipath.definition.schema import schema_text, schemas  # noqa: PLC0415

    found = schemas()
    if kind is not None and kind not in found:
        message = f"there is no kind of definition '{kind}'; there are {', '.join(found)}"
        raise InputError(message)
    wanted = {kind: found[kind]} if kind is not None else dict(found)
    if out is None:
        # The schema itself is the document, with and without --json.
        document = wanted[kind] if kind is not None else wanted
        typer.echo(schema_text(document), nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    session = Session.of(context)
    files = []
    for name, document in wanted.items():
        file = out / f"{name}.json"
        file.write_text(schema_text(document), "utf-8")
        files.append(str(file))
        session.output.line(str(file))
    session.output.document({"written": files})
