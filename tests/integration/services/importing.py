"""Import people from a text, in one line."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from qualipath.definition.spec import AttributeSpec
from qualipath.services.people import ImportReport, import_people
from tests.builders import a_text, an_act

ATTRIBUTES = {
    key: AttributeSpec.model_validate({"title": title, "type": type_})
    for key, title, type_ in (
        ("department", {"de": "Amt", "en": "Department"}, "text"),
        ("pay_grade", {"de": "Entgeltgruppe", "en": "Pay grade"}, "integer"),
        ("part_time", {"de": "Teilzeit", "en": "Part-time"}, "boolean"),
        ("contract_until", {"de": "Befristet bis", "en": "Contract until"}, "date"),
        ("number", a_text("shares its heading with a common column"), "text"),
    )
}


def a_file(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def import_text(
    connection: Connection, folder: Path, text: str, at: str | None = "city", **options: Any
) -> ImportReport:
    path = a_file(folder, text)
    return import_people(an_act(connection, at), path, attributes=ATTRIBUTES, **options)


def names(*rows: str, heading: str = "number;given_name;family_name") -> str:
    return "\n".join([heading, *rows]) + "\n"
