"""How the engine's answers read: in a line, or as a document for programs."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from qualipath.cli.output import Output

if TYPE_CHECKING:
    from qualipath.domain.eligibility import Verdict
    from qualipath.domain.machine import Choice
    from qualipath.domain.progression import Progression, Standing
    from qualipath.domain.route import Route
    from qualipath.services.models import Enrolment


def told(value: object, output: Output) -> str:
    """Write a value of the domain in the reader's language: a sentence, a text, a day."""
    from qualipath.domain.wording import told as worded  # noqa: PLC0415

    return worded(value, output.locale)


def day_told(value: date | None, output: Output) -> str:
    """Write a day as the reader's language does; nothing for None."""
    return "" if value is None else told(value, output)


def instant_told(value: datetime) -> str:
    """Write an instant at this computer's place, to the minute."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M")


def enrolment_told(enrolment: "Enrolment", output: Output) -> str:
    """Tell an enrolment in a line."""
    state = enrolment.state_title.text(output.locale)
    if enrolment.paused:
        state += output.say(" (pausiert)", " (paused)")
    if enrolment.grade is not None:
        state += output.say(f", Note {enrolment.grade}", f", grade {enrolment.grade}")
    word = output.say("Eintrag", "enrolment")
    return f"{word} {enrolment.id}: {enrolment.employee}, {enrolment.tier}: {state}"


def both(value: Any) -> dict[str, str]:
    """Give a text or sentence in both languages, for programs."""
    return {"de": value.text("de"), "en": value.text("en")}


def verdict_document(verdict: "Verdict") -> dict[str, Any]:
    """Give the whole tree of a judgement to programs."""
    asked = verdict.prerequisite
    return {
        "met": verdict.met,
        "provisional": verdict.provisional,
        "condition": None if asked is None else asked.model_dump(mode="json", by_alias=True),
        "text": both(verdict.sentence),
        "met_from": verdict.met_from,
        "found": [held.key for held in verdict.found],
        "parts": [verdict_document(part) for part in verdict.parts],
    }


def route_document(route: "Route") -> dict[str, Any]:
    """Give the way to a tier to programs."""
    return {
        "reachable": route.reachable,
        "shortest": route.shortest,
        "tiers": route.tiers,
        "missing": [both(lack) for lack in route.missing],
        "from_on": route.from_on,
    }


def progression_document(progression: "Progression") -> dict[str, Any]:
    """Give an employee's whole standing on a path to programs."""
    return {
        "employee": progression.record.number,
        "path": progression.definition.path.path,
        "on": progression.on,
        "role": progression.role,
        "tiers": [_standing(standing) for standing in progression.tiers],
    }


def _standing(standing: "Standing") -> dict[str, Any]:
    return {
        "tier": standing.tier,
        "title": both(standing.title),
        "state": standing.state,
        "state_title": both(standing.state_title),
        "enrolment": standing.enrolment,
        "paused": standing.paused,
        "attempts_used": standing.attempts_used,
        "attempts_allowed": standing.attempts_allowed,
        "next_on": standing.next_on,
        "prerequisites": verdict_document(standing.verdict),
        "triggers": [_choice(choice) for choice in standing.choices],
    }


def _choice(choice: "Choice") -> dict[str, Any]:
    return {
        "trigger": choice.trigger,
        "allowed": choice.allowed,
        "source": choice.source,
        "target": choice.target,
        "needs_reason": choice.needs_reason,
        "needs_grade": choice.needs_grade,
        "reasons": [{"code": reason.code, **both(reason)} for reason in choice.refusals],
    }
