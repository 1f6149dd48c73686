"""The arguments and options that several commands take, and how days are written in them."""

from datetime import date, datetime
from typing import Annotated

import typer

from qualipath.cli import completing
from qualipath.errors import InputError

DEFINITIONS = "Definitions"
PEOPLE = "People"
ENROLMENTS = "Enrolments"
INTAKES = "Intakes"
MAILS = "Mails"
QUESTIONS = "Questions"
DATABASE = "Database"

Number = Annotated[
    str,
    typer.Argument(metavar="NUMBER", help="The personnel number: 4711, or 4711@organisation."),
]
PathName = Annotated[
    str,
    typer.Argument(metavar="PATH", help="The path, by its name.", autocompletion=completing.paths),
]
TierName = Annotated[
    str,
    typer.Argument(metavar="TIER", help="The tier, by its name.", autocompletion=completing.tiers),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would happen, and write nothing.")
]
Key = Annotated[
    str | None,
    typer.Option(
        metavar="KEY",
        help="Do it once: a second call with this key gives the first one's answer.",
    ),
]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why; kept in the history.")]
Grade = Annotated[
    str | None, typer.Option(metavar="GRADE", help="The grade, on the tier's scale: 1.7.")
]
On = Annotated[
    str | None,
    typer.Option(
        metavar="DATE", help="The day that is asked about: 2027-04-01. Today if left out."
    ),
]

NoticeName = Annotated[
    str,
    typer.Argument(
        metavar="NOTICE", help="The notice, by its name.", autocompletion=completing.notices
    ),
]
NoticeId = Annotated[int, typer.Argument(metavar="ID", help="The notice: `outbox list` tells.")]
IntakeId = Annotated[int, typer.Argument(metavar="ID", help="The intake.")]
Ends = Annotated[str | None, typer.Option(metavar="DATE", help="The last day.")]
Opens = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN", help="When applications open: 2026-11-02, or 2026-11-02T09:00 sharp."
    ),
]
Closes = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="When they close: 2026-12-11 with that day's end."),
]

Allocates = Annotated[
    str | None, typer.Option(metavar="WHEN", help="When seats are given by rank.")
]


def day(written: str | None, option: str) -> date | None:
    """Read a day, `2027-04-01` or `01.04.2027`; raises `InputError`."""
    if written is None:
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(written.strip(), form).date()  # noqa: DTZ007 -- only a day
        except ValueError:
            continue
    message = f"{option} '{written}' is not a day; write for example 2027-04-01"
    raise InputError(message)


def moment(written: str | None, option: str) -> date | datetime | None:
    """Read a day, or an instant with or without its time zone; raises `InputError`."""
    if written is None:
        return None
    if "T" not in written and ":" not in written:
        return day(written, option)
    try:
        return datetime.fromisoformat(written.strip())
    except ValueError:
        message = f"{option} '{written}' is not an instant; write for example 2027-04-01T09:00"
        raise InputError(message) from None
