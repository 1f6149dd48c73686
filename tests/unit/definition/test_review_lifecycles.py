"""A lifecycle that can be read is still looked through for what can't be meant."""

from pathlib import Path

import pytest

from tests.unit.definition.writing import COURSE, changed, told

COURSES = "lifecycles/course.yaml"
LAPSE = "- {trigger: lapse, from: applied, to: lapsed, roles: [hr, schedule]}"
RESUME = "  - {trigger: resume, from: attending, effect: resume, roles: hr}\n"
STUDYING = "  studying:\n    title: {de: s, en: s}\n"


def more(transition: str) -> tuple[str, str]:
    """Put a further transition, which then stands in line 26, after the last one."""
    last = "grade: optional, reason: required}\n"
    return last, f"{last}  - {transition}\n"


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (("from: applied, to: attending", "from: aplied, to: attending"),
         ["20:28: transitions[1].from: there is no state 'aplied'; did you mean 'applied'? Known: "
          "applied, attending, available, completed, lapsed"]),
        (("from: applied, to: lapsed", "from: applied, to: lapse"),
         ["22:41: transitions[3].to: there is no state 'lapse'; did you mean 'lapsed'? Known: "
          "applied, attending, completed, lapsed"]),
        (more("{trigger: reopen, from: [completed, lapsed], to: available, roles: hr}"),
         ["26:54: transitions[7].to: nothing leads back to 'available'; lead to a closed state: it "
          "allows a new attempt"]),
        (("guards: attempts_left", "guards: [attempts_left, not_completed]"),
         ["19:87: transitions[0].guards[1]: there is no guard 'not_completed'; did you mean "
          "'not_yet_completed'? Known: attempts_left, not_yet_completed"]),
        (more("{trigger: start, from: [completed, applied], to: lapsed, roles: hr}"),
         ["26:40: transitions[7].from[1]: 'start' already leads out of 'applied' at line 20, "
          "column 15; name the state in only one of them"]),
        (("from: applied, to: attending", "from: [applied, applied], to: attending"),
         ["20:38: transitions[1].from[1]: 'applied' is named twice; name it once"]),
        (more("{trigger: wait, from: applied, to: waiting, roles: hr}"),
         ["26:40: transitions[7].to: there is no state 'waiting'; did you mean 'attending'? "
          "Known: applied, attending, completed, lapsed"]),
        (("    title: {de: in Teilnahme, en: attending}\n    attempt: true\n",
          "    title: {de: in Teilnahme, en: attending}\n    attempt: true\n" + STUDYING),
         ["11:3: states.studying: 'studying' can't be reached from 'available'; let a transition "
          "lead to it, or leave it out",
          "11:3: states.studying: 'studying' is open and has no way out; let a transition lead out "
          "of it, or say how it is 'closed'"]),
        (("from: available, to: applied", "from: lapsed, to: applied"),
         ["18:1: transitions: no transition comes from 'available', so no attempt can ever begin; "
          "let one come 'from: available'"]),
        (("    closed: completed\n    awards: completion\n", "    closed: completed\n"),
         ["13:13: states.completed.closed: 'completed' closes as completed and awards nothing; add "
          "'awards: completion'"]),
        (("    closed: abandoned\n", "    closed: abandoned\n    awards: completion\n"),
         ["18:13: states.lapsed.awards: only a state that is 'closed: completed' awards a "
          "completion; write 'closed: completed', or leave 'awards' out"]),
        (("    closed: abandoned\n", "    closed: abandoned\n    running: completion\n"),
         ["18:14: states.lapsed.running: 'lapsed' is closed, so nothing is in progress any more; "
          "leave 'running' out, or write 'awards'"]),
        (("after: 14 days, remind: 2 days", "after: 2 weeks, remind: [1 day, 14 days]"),
         ["7:42: states.applied.deadlines[0].remind[1]: a reminder 14 days before comes too early "
          "for a deadline after 2 weeks; remind later"]),
        (("after: 14 days", "after: 200 years"),
         ["7:17: states.applied.deadlines[0].after: 200 years is too long; write at most 100 "
          "years"]),
        ((", notices: [{notice: late, to: hr}], then: lapse", ""),
         ["7:9: states.applied.deadlines[0]: the deadline does nothing; add 'then' with a trigger, "
          "or 'notices'",
          "7:34: states.applied.deadlines[0].remind: the reminders have nothing to send; add "
          "'notices'"]),
        (("then: lapse}", "then: lapze}"),
         ["7:83: states.applied.deadlines[0].then: there is no trigger 'lapze'; did you mean "
          "'lapse'? Known: lapse, start"]),
        (("then: lapse}", "then: complete}"),
         ["7:83: states.applied.deadlines[0].then: 'complete' can't fire in 'applied'; let "
          "'complete' come 'from: applied' too"]),
        (("then: lapse}", "then: start}"),
         ["7:83: states.applied.deadlines[0].then: 'start' can't be fired by a deadline; add "
          "'schedule' to the roles of 'start'"]),
        ((LAPSE, LAPSE[:-1] + ", reason: required, grade: required}"),
         ["7:83: states.applied.deadlines[0].then: 'lapse' needs a grade, which a deadline can't "
          "give; write 'grade: optional' there, or name another trigger",
          "7:83: states.applied.deadlines[0].then: 'lapse' needs a reason, which a deadline can't "
          "give; write 'reason: optional' there, or name another trigger"]),
        ((RESUME, ""),
         ["23:28: transitions[4].from: what is paused in 'attending' can never go on; let a "
          "transition with 'effect: resume' come from 'attending'"]),
        (("from: attending, effect: resume", "from: applied, effect: resume"),
         ["23:28: transitions[4].from: what is paused in 'attending' can never go on; let a "
          "transition with 'effect: resume' come from 'attending'",
          "24:15: transitions[5].trigger: 'resume' can never fire: nothing is paused in these "
          "states; let a transition with 'effect: pause' come from one of them"]),
        (("from: attending, effect: pause", "from: [attending, completed], effect: pause"),
         ["23:40: transitions[4].from[1]: 'completed' is closed and can't be paused; leave it "
          "out"]),
        (("from: attending, effect: pause", "from: [available, attending], effect: pause"),
         ["23:22: transitions[4].from: 'pause' can't pause what has not begun; leave 'available' "
          "out"]),
        (("grade: optional, reason: required}", "reason: required}"),
         ["25:15: transitions[6].trigger: 'correct' can correct nothing: no grade, and no other "
          "state; write 'grade: optional', or name the states that may be right instead"]),
        (("grade: optional, reason: required}", "grade: optional}"),
         ["25:15: transitions[6].trigger: 'correct' changes the past and needs a reason; write "
          "'reason: required'"]),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_at_its_place(
    tmp_path: Path, change: tuple[str, str], problems: list[str]
) -> None:
    found = told(tmp_path, {COURSES: changed(COURSE, *change)})
    assert found == [f"{COURSES}:{problem}" for problem in problems]


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
            (6, "correct", "completed"),
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
    (templates / "de" / "late").mkdir(parents=True)
    (templates / "en" / "later").mkdir(parents=True)
    (templates / "de" / "later").mkdir(parents=True)
    problems = told(tmp_path / "flows", {}, templates)
    assert problems == [
        f"{COURSES}:7:61: states.applied.deadlines[0].notices[0].notice: the notice 'late' has no "
        f"{templates / 'en' / 'late'}; write its subject.txt and body.txt, or did you mean 'later'?"
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
