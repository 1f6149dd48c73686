"""People: brought in from the administration's file, as a whole or not at all."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from qualipath.definition.spec import AttributeSpec
from qualipath.errors import InputError
from qualipath.services.act import Act
from qualipath.services.organisations import nearest_organisation, reach_of
from qualipath.services.people_progress import ImportProgress, Progress
from qualipath.services.permission import only_hr
from qualipath.services.roster.checks import find_leaders
from qualipath.services.roster.reading import Reader, columns_of
from qualipath.services.roster.writing import write_roster
from qualipath.services.sheets.problems import Problems
from qualipath.services.sheets.reading import read_rows
from qualipath.storage import tables


class ImportReport(BaseModel):
    """What an import did, or (`dry_run`) would do: numbers of people."""

    model_config = ConfigDict(frozen=True)

    created: int
    updated: int
    unchanged: int
    total: int
    dry_run: bool


def import_people(
    act: Act,
    source: Path,
    *,
    attributes: Mapping[str, AttributeSpec],
    organisation: str | None = None,
    dry_run: bool = False,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Make the people of a .csv or .xlsx file known, or bring them up to date.

    People are told apart by organisation and number; who has no organisation in the file belongs
    to `organisation`, or else to the actor's. Columns that the file does not have stay as they are,
    empty cells are emptied (a locale becomes German; experience begins when somebody was hired).
    The file is checked as a whole first, also with `dry_run`, which then writes nothing.
    `on_progress` is told now and then how many people are done, from the first ones read on: the
    work for each counts in parts (reading, adding, comparing), so that the number only grows.

    Raises:
        SheetError: the file has problems; all of them, each with its place.
        RefusedError: the actor is not HR.
        InputError: there is no such file or organisation.
    """
    only_hr(act)
    if not dry_run:
        _wait_for_other_imports(act)
    reach = reach_of(act)
    if organisation is not None and organisation not in reach:
        right = nearest_organisation(organisation, reach)
        message = f"there is no organisation '{organisation}'; {right}"
        raise InputError(message)
    problems = Problems(source.name)
    home = organisation or act.actor.organisation
    reader = Reader(reach, home, attributes, act.today(), problems)
    progress = ImportProgress(on_progress)
    rows = read_rows(source, columns_of(attributes), problems)
    roster = reader.read(progress.through(rows))
    leaders = find_leaders(act, roster, reach, problems)
    problems.stop()
    tally = write_roster(act, roster, leaders, dry_run=dry_run, progress=progress)
    return ImportReport(
        created=tally.created,
        updated=tally.updated,
        unchanged=tally.unchanged,
        total=len(roster.people),
        dry_run=dry_run,
    )


def _wait_for_other_imports(act: Act) -> None:
    # Two at once could create the same person twice, or close a ring that neither of them sees.
    # NO KEY UPDATE lets all others go on, who only refer to the organisations.
    act.connection.execute(
        select(tables.organisation.c.id)
        .order_by(tables.organisation.c.id)
        .with_for_update(key_share=True)
    ).all()
