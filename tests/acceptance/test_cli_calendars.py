"""`qualipath calendar export`: a path's intakes as a file that calendars open."""

import json
from pathlib import Path

from tests.acceptance.command_line import PATH, Installation
from tests.unit.notices.calendars import read


def test_intakes_are_written_to_a_file(installation: Installation) -> None:
    id_ = installation.planned()
    told = installation.told("calendar", "export", PATH, "--out", "intakes.ics")
    assert told == "written to 'intakes.ics'\n"
    calendar = read(Path("intakes.ics").read_bytes())
    assert [each.uid.value.partition("@")[0] for each in calendar.contents["vevent"]] == [
        f"intake-{id_}-closing",
        f"intake-{id_}-course",
    ]


def test_a_feed_goes_to_the_terminal_in_the_reader_s_language(installation: Installation) -> None:
    installation.planned()
    command = ("calendar", "export", PATH, "--tier", "bootcamp")
    feed = read(installation.run(*command, "--lang", "de").stdout_bytes)
    assert feed.vevent.summary.value == "Bewerbungsschluss: Bootcamp Digitalisierung"
    document = json.loads(installation.told(*command, "--json"))
    assert (document["path"], document["tier"]) == (PATH, "bootcamp")
    assert read(document["calendar"].encode()).vevent.summary.value == (
        "Apply by: Digitalisation bootcamp"
    )


def test_a_tier_that_is_not_there_is_told(installation: Installation) -> None:
    error = installation.fails(
        3, "calendar", "export", PATH, "--tier", "bootkamp", "--out", "x.ics"
    )
    assert "did you mean 'bootcamp'?" in error
    assert not Path("x.ics").exists()
