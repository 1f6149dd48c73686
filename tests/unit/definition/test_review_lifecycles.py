"""A lifecycle that can be read is still looked through for what can't be meant."""

from pathlib import Path

from tests.unit.definition.writing import COURSE, changed, told

COURSES = "lifecycles/course.yaml"
RESUME = "  - {trigger: resume, from: attending, effect: resume, roles: hr}\n"
STUDYING = "  studying:\n    title: {de: s, en: s}\n"


def test_available_cannot_be_a_state(tmp_path: Path) -> None:
    course = changed(COURSE, "  lapsed:\n", "  available:\n").replace("to: lapsed", "to: available")
    problems = told(tmp_path, {COURSES: course})
    assert (
        f"{COURSES}:15:3: states.available: 'available' is where every attempt starts, and can't "
        "be a state; give the state another name"
    ) in problems


def test_a_ring_of_open_states_without_a_closed_one_is_told(tmp_path: Path) -> None:
    course = changed(COURSE, "  completed:\n", f"{STUDYING}  completed:\n")
    course = changed(course, "from: attending, to: completed", "from: lapsed, to: completed")
    ring = (
        "  - {trigger: go, from: attending, to: studying, roles: hr}\n"
        "  - {trigger: back, from: studying, to: attending, roles: hr}\n"
    )
    assert told(tmp_path, {COURSES: course + ring}) == [
        f"{COURSES}:{line}:3: states.{name}: from '{name}' no closed state can be reached; let a "
        "transition lead to a closed state"
        for line, name in ((8, "attending"), (11, "studying"))
    ]


def test_a_trigger_whose_states_are_never_reached_can_never_fire(tmp_path: Path) -> None:
    course = changed(COURSE, "from: applied, to: attending", "from: attending, to: attending")
    problems = told(tmp_path, {COURSES: course})
    assert [p.split(": ", 1)[1] for p in problems if "can never fire" in p] == [
        f"transitions[{index}].trigger: '{trigger}' can never fire: nothing leads to {state}; let "
        "it come from a state that is reached"
        for index, trigger, state in (
            (1, "start", "attending"),
            (2, "complete", "attending"),
            (4, "pause", "attending"),
            (5, "resume", "attending"),
            (6, "fix", "completed"),
        )
    ]


def test_a_state_may_be_reached_by_correcting_to_it(tmp_path: Path) -> None:
    course = changed(
        COURSE, "  lapsed:\n", "  failed: {title: {de: n, en: f}, closed: failed}\n  lapsed:\n"
    )
    problems = told(tmp_path, {COURSES: course})
    assert [p for p in problems if "states.failed" in p]
    course = changed(course, "from: completed, effect", "from: [completed, failed], effect")
    assert told(tmp_path, {COURSES: course}) == []


def test_a_paused_attempt_may_go_on_by_what_fires_while_paused(tmp_path: Path) -> None:
    course = changed(COURSE, RESUME, "")
    end = "  - {trigger: end, from: attending, to: lapsed, roles: hr, paused: true}\n"
    assert told(tmp_path, {COURSES: course + end}) == []


def test_a_notice_needs_templates_in_both_languages(tmp_path: Path) -> None:
    templates = tmp_path / "mails"
    for name in ("de/late", "de/later", "en/later"):
        (templates / name).mkdir(parents=True)
    problems = told(tmp_path / "flows", {}, templates)
    assert problems == [
        (
            f"{COURSES}:7:61: states.applied.deadlines[0].notices[0].notice: the notice 'late' "
            f"has no {templates / 'en' / 'late'}; write its subject.txt, body.txt and body.html, "
            "or did you mean 'later'?"
        )
    ]
    (templates / "en" / "late").mkdir()
    assert told(tmp_path / "flows", {}, templates) == []


def test_a_notice_of_a_transition_needs_them_too(tmp_path: Path) -> None:
    (tmp_path / "mails").mkdir()
    course = changed(
        COURSE, "prerequisites: met}", "prerequisites: met, notices: [{notice: begun, to: hr}]}"
    )
    problems = told(tmp_path / "flows", {COURSES: course}, tmp_path / "mails")
    assert [p.split(" has ")[0].split(": ", 1)[1] for p in problems] == [
        "states.applied.deadlines[0].notices[0].notice: the notice 'late'",
        "transitions[1].notices[0].notice: the notice 'begun'",
    ]


def test_a_digest_needs_them_as_well(tmp_path: Path) -> None:
    templates = tmp_path / "mails"
    for locale in ("de", "en"):
        (templates / locale / "late").mkdir(parents=True)
    course = changed(COURSE, "to: hr}]", "to: supervisor, digest: open_ones}]")
    (problem,) = told(tmp_path / "flows", {COURSES: course}, templates)
    assert problem.startswith(
        f"{COURSES}:7:91: states.applied.deadlines[0].notices[0].digest: the digest 'open_ones' "
        f"has no {templates / 'de/open_ones'} and no {templates / 'en/open_ones'}; write its"
    )
