"""The documents under docs/: what they show is what happens, and they leave nothing out."""

import re
import shutil
import textwrap
from pathlib import Path

import pytest

import qualipath
from qualipath import QualipathError, errors
from qualipath.definition import calendars, intakes, prerequisites, spec
from qualipath.definition.bundled import bundled
from qualipath.definition.prerequisites import CONDITIONS
from qualipath.definition.spec import notices_of
from qualipath.definition.values import Spec
from qualipath.engine import ActingAs, Qualipath
from qualipath.engine.drafts import Drafts
from tests.acceptance.snippets import ROOT, Reader, Snippet, snippets


def text_of(document: str) -> str:
    return (ROOT / "docs" / document).read_text("utf-8")


def verbs(of: type) -> set[str]:
    return {name for name in dir(of) if not name.startswith("_") and callable(getattr(of, name))}


def test_python_md_runs(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow("docs/python.md") >= 20


@pytest.mark.parametrize("verb", sorted(verbs(ActingAs) | verbs(Qualipath)))
def test_python_md_shows_every_verb(verb: str) -> None:
    assert re.search(rf"\.{verb}\(", text_of("python.md"))


def test_python_md_tells_every_error_as_its_docstring_does() -> None:
    rows = re.findall(r"^\| `(\w+Error)` \| (.*?) \|", text_of("python.md"), re.MULTILINE)
    named = {
        name: error.__doc__
        for name in qualipath.__all__
        if name.endswith("Error") and (error := getattr(errors, name)) is not QualipathError
    }

    assert dict(rows) == named


def test_operation_md_runs(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow("docs/operation.md") >= 8


def test_intakes_md_runs(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow("docs/intakes.md") >= 14


def test_notices_md_runs(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow("docs/notices.md") >= 26


def test_notices_md_tells_every_notice_that_ships() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", text_of("notices.md"), re.MULTILINE)
    told = {name: (set(split(to)), set(split(states))) for name, to, states in rows}

    shipped: dict[str, tuple[set[str], set[str]]] = {}
    for lifecycle in Drafts.open().catalogue().lifecycles.values():
        for notice in notices_of(lifecycle):
            to, states = shipped.setdefault(notice.notice, (set(), set()))
            to.add(notice.to)
            states.update(notice.send_while)
    assert told == shipped


def split(cell: str) -> list[str]:
    return [part for part in cell.split(", ") if part]


def test_definition_md_builds_a_path_of_its_own(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow("docs/definition.md") >= 20


CONDITIONS_SHOWN = [s for s in snippets("docs/definition.md") if s.marked("condition") is not None]


@pytest.mark.parametrize("snippet", CONDITIONS_SHOWN, ids=lambda s: f"line {s.line}")
def test_definition_md_shows_conditions_that_check_takes(snippet: Snippet, tmp_path: Path) -> None:
    shutil.copytree(bundled("workflows"), tmp_path / "workflows")
    path = tmp_path / "workflows" / "duisburg_digital.yaml"
    kept = path.read_text("utf-8").partition("migrates_from:")[0].rstrip("\n")
    shown = textwrap.indent(snippet.text, "      ")
    extra = "title: {de: Beispiel, en: Example}\n    lifecycle: semester_course"
    path.write_text(f"{kept}\n\n  example:\n    {extra}\n    prerequisites:\n{shown}", "utf-8")

    drafts = Drafts.open(tmp_path / "workflows")

    assert drafts.check() == ()
    assert "example" in drafts.definition("duisburg_digital").path.tiers


def test_definition_md_shows_every_condition() -> None:
    shown = "".join(snippet.text for snippet in CONDITIONS_SHOWN)

    for condition in CONDITIONS:
        assert re.search(rf"\b{condition}:", shown)


SPECS = {
    getattr(module, name)
    for module in (spec, calendars, intakes, prerequisites)
    for name in vars(module)
    if name.endswith(("Spec", "Query", "Quota")) and name != "Spec"
}


@pytest.mark.parametrize("model", sorted(SPECS, key=str), ids=lambda model: model.__name__)
def test_definition_md_tells_every_field(model: type[Spec]) -> None:
    _, _, after = text_of("definition.md").partition(f"<!-- fields: {model.__name__} -->\n")
    table = after.partition("\n\n")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \|", table, re.MULTILINE))

    required = {name for name, default in told.items() if default == "required"}
    assert set(told) == {field.alias or name for name, field in model.model_fields.items()}
    assert required == {f.alias or n for n, f in model.model_fields.items() if f.is_required()}


PATH = "duisburg_digital.yaml"
COURSE = "lifecycles/semester_course.yaml"
INTAKE = "lifecycles/intake.yaml"
YEAR = "calendars/nrw_university.yaml"
WINDOWS = """\
windows:
  opens: 16 weeks
  closes: 6 weeks
  allocates: 4 weeks
  grace: 2 weeks
"""
RING = """
tiers:
  chicken:
    title: {de: Henne, en: Chicken}
    lifecycle: semester_course
    prerequisites: {completed: egg}
  egg:
    title: {de: Ei, en: Egg}
    lifecycle: semester_course
    prerequisites: {completed: chicken}
"""
LOOP = """
  here: {title: {de: hier, en: here}}
  there: {title: {de: dort, en: there}}
transitions:
  - {trigger: go, from: here, to: there, roles: hr}
  - {trigger: return, from: there, to: here, roles: hr}
  - {trigger: halt, from: here, effect: pause, roles: hr}
"""
ESCALATED = (
    "- {after: 21 days, notices: [{notice: approval_escalated, to: hr, send_while: applied}]}"
)
REMINDED = "- {before_start: 7 days, notices"
BROKEN: dict[str, tuple[str, str, str]] = {
    "is not YAML: …": (PATH, "tiers:", "tiers: ]"),
    "is not known here": (PATH, "cost: 400", "costs: 400"),
    "is missing": (PATH, "grading: german", ""),
    "'…' is not a name": (PATH, "calendar: on_demand", "calendar: On Demand"),
    "'…' is not a period": (PATH, "duration: 2 days", "duration: two days"),
    "the file is named '…', the path in it '…'": (PATH, "path: duisburg_digital", "path: moers"),
    "there is no tier '…'": (PATH, "completed: certificate_1", "completed: certificate_3"),
    "there is no lifecycle '…'": (PATH, "lifecycle: seminar", "lifecycle: seminer"),
    "there is no state '…'": (COURSE, "to: declined", "to: refused"),
    "there is no guard '…'": (COURSE, "guards: [not_yet_completed, attempts_left]", "guards: luck"),
    "'…' asks for itself, so nobody can ever reach it": (
        PATH,
        "completed: certificate_1",
        "completed: certificate_2",
    ),
    "'…' can never be reached: it asks for …": (PATH, "\ntiers:\n", RING),
    "contradicts line …: nobody can meet both": (
        PATH,
        "- experience: 1 year",
        "- experience: 1 year\n        - not: {experience: 1 year}",
    ),
    "the grade … is not on the scale '…'": (PATH, 'degree: "*"', 'degree: {degree: "*", grade: 9}'),
    "'…' is of type integer, and … is not": (
        PATH,
        "- experience: 1 year",
        "- fact: {attribute: pay_grade, at_least: E9}",
    ),
    "'…' is none of the values of '…'": (
        PATH,
        "- experience: 1 year",
        "- fact: {attribute: language_level, is: D1}",
    ),
    "nothing in the lifecycle '…' asks for them to be met": (COURSE, "prerequisites: met", ""),
    "the lifecycle '…' does not limit attempts": (COURSE, "attempt: true", "attempt: false"),
    "'…' already leads out of '…' at …": (COURSE, "trigger: decline", "trigger: approve"),
    "'…' is open and has no way out": (COURSE, "closed: failed", ""),
    "from '…' no closed state can be reached": (COURSE, "\ntransitions:\n", LOOP),
    "'…' can't be reached from 'available'": (COURSE, "to: waitlisted", "to: approved"),
    "'…' can never fire: nothing leads to …": (COURSE, "\ntransitions:\n", LOOP),
    "'…' closes as completed and awards nothing": (COURSE, "awards: completion", ""),
    "what is paused in '…' can never go on": (COURSE, "\ntransitions:\n", LOOP),
    "needs either 'after', a period, or 'before_start', a period": (
        COURSE,
        REMINDED,
        "- {notices",
    ),
    "a deadline 'before_start' only reminds, once": (
        COURSE,
        REMINDED,
        "- {before_start: 7 days, remind: 1 day, notices",
    ),
    "an intake has no start before its own": (
        INTAKE,
        "- {after: 14 days, notices",
        "- {before_start: 14 days, notices",
    ),
    "the notice '…' to … is sent under other conditions at line …": (
        COURSE,
        "- {notice: admitted, to: supervisor, send_while: [admitted, attending]}",
        "- {notice: admitted, to: employee}",
    ),
    "only a supervisor or a deputy gets a digest": (
        COURSE,
        "to: hr, send_while: applied",
        "to: hr, send_while: applied, digest: open_requests",
    ),
    "only an employee's calendar is written": (
        COURSE,
        "to: hr, send_while: applied",
        "to: hr, send_while: applied, calendar: cancel",
    ),
    "the deadline does nothing": (
        COURSE,
        ESCALATED,
        "- {after: 21 days}",
    ),
    "a reminder … before comes too early for a deadline after …": (
        COURSE,
        "after: 14 days",
        "after: 5 days",
    ),
    "'…' can't be fired by a deadline": (COURSE, "roles: [schedule, hr]", "roles: hr"),
    "'…' needs a reason, which a deadline can't give": (
        COURSE,
        "roles: [schedule, hr]",
        "roles: [schedule, hr]\n    reason: required",
    ),
    "'…' keeps the state, and a deadline has to end it": (
        COURSE,
        ESCALATED,
        "- {after: 21 days, then: pause}",
    ),
    "'…' is closed, and no deadline leads out of a closed state": (
        COURSE,
        "closed: failed",
        "closed: failed\n    deadlines: [{after: 1 day, then: lapse}]",
    ),
    "applications for … would close before they open": (YEAR, "opens: 16", "opens: 5"),
    "applications for … would open before those for the term before it have closed": (
        YEAR,
        "opens: 16",
        "opens: 40",
    ),
    "the clock change in … leaps over …": (
        YEAR,
        WINDOWS,
        'windows: {opens: {before: 3 days, at: "02:30"}, closes: 1 day}\n',
    ),
    "the clock shows … twice: …": (
        YEAR,
        "opens: 16 weeks",
        'opens: {before: 157 days, at: "02:30"}',
    ),
    "the public holidays of the country '…' are not known": (YEAR, "country: DE", "country: ZZ"),
    "'…' has no subdivision '…'": (YEAR, "subdivision: NW", "subdivision: XX"),
    "the calendar has no term '…' around …": (YEAR, "term: SS 2027", "term: WS 2027"),
    "'…' lasts from … to …": (YEAR, "2027-04-05", "2027-03-05"),
    "the calendar '…' has no term '…'": (PATH, "terms: [WS]", "terms: [Q1]"),
    "neither they nor the calendar '…' have windows": (YEAR, WINDOWS, ""),
    "… seats are kept for organisations, and there are …": (
        PATH,
        "- grade: certificate_2",
        "- quota: {seats: {duisburg: 6}, lapses: 2 weeks}",
    ),
    "a minimum of … can't be reached with … seats": (PATH, "minimum: 8", "minimum: 31"),
    "sessions from … end at … already": (PATH, 'until: "16:30"', 'until: "08:30"'),
    "'…' is named twice": (PATH, "{days: thursday,", "{days: [friday, friday],"),
    "'…' is not a criterion": (PATH, "[waiting,", "[wating,"),
    "after the lot nobody is equal any more": (PATH, "[waiting,", "[lot,"),
    "the path does not say what its intakes go through": (PATH, "intake_lifecycle: intake", ""),
    "the lifecycle '…' has no trigger '…', which intakes fire": (
        COURSE,
        "trigger: pass_over",
        "trigger: pass_by",
    ),
    "nothing in the lifecycle '…' puts an enrolment into an intake": (
        COURSE,
        "window: true",
        "window: false",
    ),
    "intakes need a state '…'": (INTAKE, "  allocated:\n", "  given:\n"),
    "intakes need a trigger '…'": (INTAKE, "trigger: flag", "trigger: tell"),
    "'…' leads an intake to '…'": (INTAKE, "to: open\n", "to: closed\n"),
    "'…' is not due at '…'": (INTAKE, "at: opens_at", "at: closes_at"),
    "'…' means nothing for an intake": (INTAKE, "at: opens_at", "window: true"),
    "an enrolment has no instant '…'": (COURSE, "window: true", "at: opens_at"),
    "the notice '…' has no …": (COURSE, "notice: waitlisted", "notice: waitlistd"),
}


def findings_shown() -> set[str]:
    _, _, after = text_of("definition.md").partition("| finding | means |\n")
    rows = after.partition("\n\n")[0].splitlines()[1:]
    return {found for row in rows for found in re.findall(r"`(.*?)`", row.split(" | ")[0])}


def test_definition_md_tells_findings_that_there_are() -> None:
    assert findings_shown() == set(BROKEN)


@pytest.mark.parametrize(("finding", "broken"), BROKEN.items(), ids=list(BROKEN))
def test_definition_md_tells_what_check_finds(
    finding: str, broken: tuple[str, str, str], tmp_path: Path
) -> None:
    shutil.copytree(bundled("workflows"), tmp_path / "workflows")
    file, right, wrong = broken
    written = (tmp_path / "workflows" / file).read_text("utf-8")
    assert right in written
    (tmp_path / "workflows" / file).write_text(written.replace(right, wrong), "utf-8")

    problems = Drafts.open(tmp_path / "workflows").check()

    pattern = re.escape(finding).replace("…", ".*")
    told = [problem.what for problem in problems]
    assert any(re.fullmatch(pattern, what) for what in told), told
