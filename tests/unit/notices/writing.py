"""A small folder of templates to write, and a draft that fills them in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qualipath.definition.values import LOCALES
from qualipath.notices.fields import About
from qualipath.notices.mail import Draft, Value

ABOUTS = {"told": {About.ENROLMENT}}

LAYOUT_TEXT = "{{ organisation }}\n\n{{ content }}\n\n{{ sent_on }}\n"
LAYOUT_HTML = """\
<!DOCTYPE html>
<html lang="{{ locale }}">
<head>
<title>{{ subject }}</title>
<style>
p { color: navy }
@media (prefers-color-scheme: dark) { p { color: white !important } }
</style>
</head>
<body>
<p>{{ organisation }}</p>
{{ content }}
{% if contact %}
<p><a href="mailto:{{ contact }}">{{ contact }}</a></p>
{% endif %}
</body>
</html>
"""
SUBJECT = "{{ tier }}: {{ employee }}\n"
TEXT = """\
{{ employee }}, {{ tier }}
{% if reason %}
{{ reason }}
{% endif %}
{% for one in reasons %}
{{ loop.index }}. {{ one }}
{% else %}
none
{% endfor %}
"""
HTML = """\
<p>{{ employee }}, <b>{{ tier }}</b></p>
{% if reason %}
<p>{{ reason }}</p>
{% endif %}
<table>
{% for one in reasons %}
<tr><td>{{ one }}</td></tr>
{% endfor %}
</table>
"""
FIELDS: Mapping[str, Value] = {
    "organisation": "Stadt",
    "sent_on": "1. März 2027",
    "contact": "hr@stadt.example",
    "employee": "Anna Amsel",
    "tier": "Bootcamp",
    "reason": None,
    "reasons": (),
}


def a_folder(folder: Path, **parts: str) -> Path:
    """Write the small templates of the notice `told` in each language, with some parts changed.

    The parts are `subject`, `text`, `html`, `layout_text`, `layout_html` and `words`.
    """
    folder.mkdir(exist_ok=True)
    write(folder / "layout.txt", parts.get("layout_text", LAYOUT_TEXT))
    write(folder / "layout.html", parts.get("layout_html", LAYOUT_HTML))
    for locale in LOCALES:
        told = folder / locale / "told"
        told.mkdir(parents=True, exist_ok=True)
        write(told / "subject.txt", parts.get("subject", SUBJECT))
        write(told / "body.txt", parts.get("text", TEXT))
        write(told / "body.html", parts.get("html", HTML))
        if "words" in parts:
            write(folder / locale / "words.yaml", parts["words"])
    return folder


def write(file: Path, text: str) -> None:
    """Write a file as it is."""
    file.write_bytes(text.encode())


def a_draft(fields: Mapping[str, Value] | None = None, **changes: Any) -> Draft:
    """Make a draft of the notice `told`, with some fields and attributes changed."""
    draft = Draft(
        notice="told",
        locale="de",
        gendering="neutral",
        name="Anna Amsel",
        address="anna.amsel@stadt.example",
        message_id="n17.0123456789abcdef@stadt.example",
        dated_at=datetime(2027, 3, 1, 7, 30, tzinfo=UTC),
        fields={**FIELDS, **(fields or {})},
        reply_to="hr@stadt.example",
    )
    return replace(draft, **changes)
