"""The commands that say how organisations write, and where the mails of providers go."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from qualipath.cli.options import DryRun
from qualipath.cli.people import organisations
from qualipath.cli.session import Session
from qualipath.errors import InputError

if TYPE_CHECKING:
    from qualipath.cli.output import Output
    from qualipath.engine import ActingAs
    from qualipath.services.correspondence import Settings

providers = typer.Typer(no_args_is_help=True)

_SETTINGS = {
    "hr_address": ("Adresse der Personalstelle", "address of HR"),
    "gendering": ("Schreibweise", "gendering"),
    "rhythm": ("Rhythmus der Sammelnachrichten", "rhythm of digests"),
    "hour": ("Stunde der Sammelnachrichten", "hour of digests"),
    "hourly_cap": ("Nachrichten je Stunde, höchstens", "mails an hour, at most"),
    "retention_days": ("Aufbewahrung in Tagen", "kept for days"),
    "summary": ("wöchentliche Übersicht", "weekly summary"),
}


@organisations.command(
    "mail",
    epilog="Example: qualipath organisation mail kaarst --hr-address personal@kaarst.example "
    "--rhythm weekly --inherit hour",
)
def mail(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The organisation.")],
    *,
    hr_address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="HR's, to which answers go.")
    ] = None,
    gendering: Annotated[
        Literal["neutral", "colon", "star", "pair"] | None,
        typer.Option(help="How words for people are written."),
    ] = None,
    rhythm: Annotated[
        Literal["at_once", "daily", "weekly"] | None,
        typer.Option(help="How often supervisors are told what waits for them."),
    ] = None,
    hour: Annotated[
        int | None, typer.Option(metavar="0-23", help="The hour of digests and summaries.")
    ] = None,
    hourly_cap: Annotated[
        int | None,
        typer.Option(metavar="N", help="More mails an hour are held until you release them."),
    ] = None,
    retention_days: Annotated[
        int | None, typer.Option(metavar="N", help="How long the text of sent mails is kept.")
    ] = None,
    summary: Annotated[
        bool | None,
        typer.Option("--summary/--no-summary", help="Whether HR gets a weekly summary."),
    ] = None,
    inherit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SETTING", help="As in the organisation above again: hour … (repeatable)."
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Say how an organisation writes its mails; without options, tell how it does."""
    session = Session.of(context)
    given: dict[str, Any] = {
        "hr_address": hr_address,
        "gendering": gendering,
        "rhythm": rhythm,
        "hour": hour,
        "hourly_cap": hourly_cap,
        "retention_days": retention_days,
        "summary": summary,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    inherited = [_setting(written) for written in inherit or ()]
    for name in inherited:
        if name in changed:
            option = name.replace("_", "-")
            message = f"--{option} and --inherit {option} contradict each other; write one of them"
            raise InputError(message)
    changed |= dict.fromkeys(inherited, "inherit")
    with session.acting(dry_run=dry_run) as acting:
        settings = (
            acting.set_correspondence(key, **changed) if changed else acting.correspondence(key)
        )
        sources = _sources(acting, settings)
    _show(settings, sources, session.output)
    session.output.changed(
        {"organisation": key, "holds": settings.holds, "from": sources}, dry_run=dry_run
    )


@providers.command(
    "add", epilog="Example: qualipath provider add academy 'Studieninstitut' kurse@academy.example"
)
def add_provider(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="As intakes name it: academy.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Its full name.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where its mails go.")],
    *,
    locale: Annotated[Literal["de", "en"], typer.Option(help="The language of its mails.")] = "de",
    dry_run: DryRun = False,
) -> None:
    """Say where a provider's mails go; again, it is said anew."""
    session = Session.of(context)
    with session.acting(dry_run=dry_run) as acting:
        added = acting.set_provider(key, title, address, locale=locale)
    output = session.output
    output.line(
        output.say(
            f"Anbieter {added.key} ({added.title}): {added.address}",
            f"provider {added.key} ({added.title}): {added.address}",
        )
    )
    output.changed(added, dry_run=dry_run)


@providers.command("list", epilog="Example: qualipath provider list")
def list_providers(context: typer.Context) -> None:
    """List the providers to whom mails can go."""
    session = Session.of(context)
    with session.acting() as acting:
        found = acting.providers()
    output = session.output
    rows = [(one.key, one.title, one.address, one.locale) for one in found]
    output.table(("provider", "title", "address", "language"), rows)
    output.document({"providers": found})


def _setting(written: str) -> str:
    name = written.replace("-", "_")
    if name in _SETTINGS:
        return name
    near = get_close_matches(name, _SETTINGS, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(_SETTINGS)}"
    message = f"--inherit '{written}': there is no such setting; {hint}"
    raise InputError(message)


def _sources(acting: "ActingAs", settings: "Settings") -> dict[str, str | None]:
    """Tell of each setting which organisation sets it; None where none does that can be seen."""
    own = {each.organisation: each.own for each in acting.correspondences()}
    own[settings.organisation] = settings.own
    above = {each.key: each.parent for each in acting.organisations()}

    def setter(name: str) -> str | None:
        key: str | None = settings.organisation
        while key is not None and name not in own.get(key, ()):
            key = above.get(key)
        return key

    return {name: setter(name) for name in _SETTINGS}


def _show(settings: "Settings", sources: Mapping[str, str | None], output: "Output") -> None:
    output.table(
        ("setting", "value", "source"),
        [
            (
                output.say(*words),
                _value(getattr(settings.holds, name), output),
                _source(sources[name], settings.organisation, output),
            )
            for name, words in _SETTINGS.items()
        ],
        title=settings.organisation,
    )


def _value(value: object, output: "Output") -> str:
    if isinstance(value, bool):
        return output.say("ja", "yes") if value else output.say("nein", "no")
    return "–" if value is None else str(value)


def _source(setter: str | None, own: str, output: "Output") -> str:
    if setter == own:
        return output.say("hier", "set here")
    return setter or output.say("Vorgabe", "preset")
