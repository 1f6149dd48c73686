"""The shipped templates: every notice has its mail in both languages, whatever is known."""

import re
from pathlib import Path

import pytest

from qualipath.definition.bundled import bundled
from qualipath.definition.values import LOCALES, Locale
from qualipath.domain.correspondence import GENDERINGS
from qualipath.engine.drafts import Drafts
from qualipath.notices.about import fields_of
from qualipath.notices.checking import check_templates
from qualipath.notices.fields import GENERAL, About
from qualipath.notices.mail import Rendered
from qualipath.notices.templating import PARTS, Templates

TEMPLATES = bundled("templates")
COMPILED = Templates(TEMPLATES)
ABOUTS = Drafts.open().notices()
SHARED = {About.DIGEST, About.SUMMARY, About.TEST}


def test_nothing_is_wrong_with_them() -> None:
    assert check_templates(TEMPLATES, ABOUTS) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_other_mail_is_shipped(locale: Locale) -> None:
    folders: list[Path] = [part for part in (TEMPLATES / locale).iterdir() if part.is_dir()]
    assert sorted(folder.name for folder in folders) == sorted(ABOUTS)
    assert {part.name for folder in folders for part in folder.iterdir()} == set(PARTS)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("notice", sorted(ABOUTS))
def test_a_mail_says_what_and_to_whom_whatever_is_known(notice: str, locale: Locale) -> None:
    fields = fields_of(ABOUTS[notice])
    samples = {name: field.shown(locale) for name, field in fields.items()}
    needed = {
        name: samples[name] if field.always else field.empty for name, field in fields.items()
    }
    for gendering in GENDERINGS:
        for values in (samples, needed):
            told = COMPILED.rendered(notice, locale, gendering, values)
            assert_readable(told)
            assert str(samples["organisation"]) in told.text
            if not ABOUTS[notice] & SHARED:
                assert str(samples["tier"]) in told.subject + told.text


def test_the_general_fields_are_every_mail_s() -> None:
    for abouts in ABOUTS.values():
        assert {field.name for field in GENERAL} <= set(fields_of(abouts))


def assert_readable(told: Rendered) -> None:
    shown = re.sub("<[^>]*>", "", re.sub("<style>.*?</style>", "", told.html, flags=re.DOTALL))
    for text in (told.subject, told.text, shown):
        assert not re.search(r"[{}]|\b(None|True|False)\b| [,.;]|\(\)|„“|“”|\t", text)
    assert "\n\n\n" not in told.text
    assert told.text.removesuffix("\n") == told.text.strip("\n")
    assert told.subject
    assert max(map(len, told.subject.splitlines())) <= 120
