"""Every notice of the shipped lifecycles has its mail in both languages, of plain fields alone."""

import re
from pathlib import Path

import pytest

from qualipath.definition.bundled import bundled
from qualipath.definition.loader import load_catalogue
from qualipath.definition.spec import notices_of
from qualipath.definition.values import LOCALES

LIFECYCLES = load_catalogue(bundled("workflows")).lifecycles
ABOUT_INTAKES = {notice.notice for notice in notices_of(LIFECYCLES["intake"])}
ABOUT_CREDENTIALS = {"credential_expires", "credential_expired"}
NOTICES = sorted(
    {notice.notice for lifecycle in LIFECYCLES.values() for notice in notices_of(lifecycle)}
    | ABOUT_CREDENTIALS
)
FIELDS = {"employee", "tier", "path", "reason", "due_on", "actor"}


def template(locale: str, notice: str, name: str) -> str:
    return (bundled("templates") / locale / notice / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("notice", NOTICES)
def test_a_mail_names_who_and_what_and_asks_only_for_known_fields(locale: str, notice: str) -> None:
    subject = template(locale, notice, "subject.txt")
    body = template(locale, notice, "body.txt")
    assert subject.count("\n") == 1
    assert "{{ tier }}" in subject
    person = () if notice in ABOUT_INTAKES else ("employee",)
    path = () if notice in ABOUT_CREDENTIALS else ("path",)
    for field in ("tier", *person, *path):
        assert f"{{{{ {field} }}}}" in body
    used = re.findall(r"{{ (.*?) }}", subject + body)
    assert set(used) <= FIELDS
    tests = re.findall(r"{% if (.*?) %}", body)
    assert set(tests) <= {"reason", "due_on"}
    assert body.count("{% endif %}") == len(tests)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_other_mail_is_shipped(locale: str) -> None:
    folders: list[Path] = list((bundled("templates") / locale).iterdir())
    assert sorted(folder.name for folder in folders) == NOTICES
