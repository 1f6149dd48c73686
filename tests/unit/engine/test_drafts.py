"""Definitions as they lie in their files, and the templates of the notices that they name."""

import shutil
from pathlib import Path

import pytest

from qualipath.definition.bundled import bundled
from qualipath.engine.drafts import Drafts
from qualipath.errors import TemplateError
from qualipath.notices.fields import About

PATH = "duisburg_digital"


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    for name in ("workflows", "templates"):
        shutil.copytree(bundled(name), tmp_path / name)
    return Drafts.open(tmp_path / "workflows", tmp_path / "templates")


def told(drafts: Drafts) -> list[str]:
    folder = drafts.workflows.parent
    return [str(problem).replace(f"{folder}/", "") for problem in drafts.check()]


def spoil(drafts: Drafts, file: str, text: str = "\n{{ nothing }}\n") -> None:
    (drafts.templates / file).write_text(text, encoding="utf-8")


def test_whole_templates_have_no_problems(drafts: Drafts) -> None:
    assert told(drafts) == []
    assert drafts.definition(PATH).path.path == PATH


def test_a_wrong_template_is_told_and_nothing_is_published_with_it(drafts: Drafts) -> None:
    spoil(drafts, "de/approved/body.txt")
    (problem,) = told(drafts)
    assert problem.startswith("templates/de/approved/body.txt:2: there is no field 'nothing'")
    with pytest.raises(TemplateError, match=r"approved/body\.txt:2: there is no field"):
        drafts.definition(PATH)


def test_the_programme_s_own_notices_are_checked_but_stop_no_publishing(drafts: Drafts) -> None:
    spoil(drafts, "en/mail_test/subject.txt")
    (problem,) = told(drafts)
    assert problem.startswith("templates/en/mail_test/subject.txt:2: ")
    assert drafts.definition(PATH).path.path == PATH


def test_a_notice_without_templates_is_told_once_where_a_lifecycle_names_it(drafts: Drafts) -> None:
    shutil.rmtree(drafts.templates / "de" / "no_show")
    problems = told(drafts)
    assert problems
    assert all("the notice 'no_show' has no " in problem for problem in problems)
    assert all(problem.startswith("workflows/lifecycles/") for problem in problems)


def test_one_of_the_programme_s_own_without_templates_is_told(drafts: Drafts) -> None:
    shutil.rmtree(drafts.templates / "de" / "weekly_summary")
    (problem,) = told(drafts)
    assert problem.startswith("templates/de/weekly_summary: does not exist; write its")


def test_notices_are_told_apart_by_what_they_are_about(drafts: Drafts) -> None:
    notices = drafts.notices()
    assert notices["approved"] == {About.ENROLMENT}
    assert notices["intake_opened"] == {About.INVITATION}
    assert notices["reports_invited"] == {About.TEAM}
    assert notices["results_due"] == {About.INTAKE}
    assert notices["dates_changed"] == {About.ENROLMENT, About.INTAKE}
    assert notices["mail_test"] == {About.TEST}
