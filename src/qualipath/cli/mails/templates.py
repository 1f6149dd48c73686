"""The commands for those who write templates: check them, look at one, and list what it may use."""

import webbrowser
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qualipath.cli.options import NoticeName
from qualipath.cli.session import Session
from qualipath.errors import InputError, ProblemsError

if TYPE_CHECKING:
    from qualipath.cli.output import Output
    from qualipath.notices.field import Field
    from qualipath.notices.mail import Rendered

commands = typer.Typer(no_args_is_help=True)

Language = Annotated[Literal["de", "en"] | None, typer.Option(help="The language of the mail.")]


@commands.command(epilog="Example: qualipath templates check")
def check(context: typer.Context) -> None:
    """Check the templates of every notice in every language; each problem with its place."""
    from qualipath.engine.previewing import check_templates  # noqa: PLC0415

    session = Session.of(context)
    output = session.output
    problems = check_templates(session.drafts())
    output.document({"ok": not problems, "problems": problems})
    for problem in problems:
        output.line(str(problem))
    if problems:
        raise typer.Exit(ProblemsError.exit_code)
    output.line(output.say("Alles in Ordnung.", "Everything is all right."))


@commands.command(epilog="Example: qualipath templates fields approval_requested")
def fields(context: typer.Context, notice: NoticeName, *, locale: Language = None) -> None:
    """List what a notice's templates may use, with samples."""
    from qualipath.engine.previewing import template_fields  # noqa: PLC0415

    session = Session.of(context)
    output = session.output
    found = template_fields(session.drafts(), notice)
    language = locale or _language(output)
    output.table(
        ("field", "meaning", "sample", "may be empty"),
        [row for field in found.values() for row in _rows(field, language, output)],
    )
    output.document({"notice": notice, "fields": list(found.values())})


@commands.command(
    epilog="Examples: qualipath templates preview admitted --open · "
    "qualipath templates preview admitted --notice-id 17"
)
def preview(
    context: typer.Context,
    notice: NoticeName,
    *,
    locale: Language = None,
    gendering: Annotated[
        Literal["neutral", "colon", "star", "pair"] | None,
        typer.Option(help="How words for people are written."),
    ] = None,
    notice_id: Annotated[
        int | None,
        typer.Option(metavar="ID", help="With the data of this one, which is in the outbox."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write subject, text and HTML there.")
    ] = None,
    opened: Annotated[
        bool, typer.Option("--open", help="Show the HTML in your web browser.")
    ] = False,
) -> None:
    """Fill a notice's templates in, with samples or a real notice's data, and show the mail."""
    session = Session.of(context)
    output = session.output
    if out is not None and out.exists() and not out.is_dir():
        message = f"--out '{out}' is a file; name a folder"
        raise InputError(message)
    if notice_id is not None:
        if locale is not None or gendering is not None:
            message = "--notice-id shows the mail as it is; leave --locale and --gendering out"
            raise InputError(message)
        rendered = _real(session, notice, notice_id)
    else:
        from qualipath.engine.previewing import preview as filled_in  # noqa: PLC0415

        rendered = filled_in(
            session.drafts(), notice, locale or _language(output), gendering or "neutral"
        )
    output.line(rendered.subject, "bold")
    output.line()
    output.line(rendered.text.rstrip())
    files: dict[str, Path] = {}
    if out is not None or opened:
        files = _write(rendered, out or Path(mkdtemp(prefix="qualipath-")))
        output.line()
        for file in files.values():
            output.line(str(file))
    if opened:
        webbrowser.open(files["html"].absolute().as_uri())
    output.document(
        {
            "notice": notice,
            "subject": rendered.subject,
            "text": rendered.text,
            "html": rendered.html,
            "files": [str(file) for file in files.values()],
        }
    )


def _real(session: Session, notice: str, notice_id: int) -> "Rendered":
    with session.acting() as acting:
        found = acting.notice(notice_id)
    if found.notice.notice != notice:
        message = f"notice {notice_id} is '{found.notice.notice}', not '{notice}'"
        raise InputError(message)
    if found.mail is None:
        why = f": {found.why_not.text()}" if found.why_not else ""
        message = f"there is no mail of notice {notice_id}{why}"
        raise InputError(message)
    return found.mail


def _write(rendered: "Rendered", folder: Path) -> "dict[str, Path]":
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "subject": ("subject.txt", f"{rendered.subject}\n"),
        "text": ("body.txt", rendered.text),
        "html": ("body.html", rendered.html),
    }
    for name, text in texts.values():
        (folder / name).write_text(text, "utf-8")
    return {part: folder / name for part, (name, _) in texts.items()}


def _rows(
    field: "Field", language: Literal["de", "en"], output: "Output", above: str = ""
) -> Iterator[tuple[str, ...]]:
    told = output.say("ja", "yes")
    empty = "" if field.always and not (field.rows or field.listed or field.yes) else told
    if field.rows:
        sample = output.say("eine Liste", "a list")
    elif field.yes:
        sample = output.say("ja oder nein", "true or false")
    else:
        sample = field.sample.text(language) if field.sample else ""
    meaning = field.meaning.text(language)
    yield f"{above}{field.name}", meaning, sample, empty
    for row in field.rows:
        yield from _rows(row, language, output, f"{field.name} → ")


def _language(output: "Output") -> Literal["de", "en"]:
    return "de" if output.locale.startswith("de") else "en"
