"""What verdicts say of one employee: what was found, and what is missing."""

from collections.abc import Mapping, Sequence
from datetime import date

from qualipath.definition.spec import Definition
from qualipath.definition.values import Text
from qualipath.domain.holding import Standing
from qualipath.domain.phrases import decimal, listed, title
from qualipath.domain.record import Held
from qualipath.domain.wording import Sentence, sentence

_FINDINGS: Mapping[Standing, Text] = {
    Standing.HELD: Text(de="„{key}“ vom {day}{grade}", en="'{key}' of {day}{grade}"),
    Standing.RUNNING: Text(
        de="„{key}“ ist bis {ends} in Arbeit", en="'{key}' is in progress until {ends}"
    ),
    Standing.PROVISIONAL: Text(
        de="„{key}“ ist bis {ends} in Arbeit und zählt vorläufig",
        en="'{key}' is in progress until {ends} and counts provisionally",
    ),
    Standing.IN_PROGRESS: Text(
        de="„{key}“ ist bis {ends} in Arbeit", en="'{key}' is in progress until {ends}"
    ),
    Standing.NOT_YET: Text(de="„{key}“ zählt erst ab {day}", en="'{key}' counts only from {day}"),
    Standing.EXPIRED: Text(
        de="„{key}“ war nur bis {valid} gültig", en="'{key}' was valid only until {valid}"
    ),
    Standing.TOO_OLD: Text(de="„{key}“ vom {day} ist zu alt", en="'{key}' of {day} is too old"),
    Standing.UNGRADED: Text(de="„{key}“ hat keine Note", en="'{key}' has no grade"),
    Standing.OTHER_SCALE: Text(
        de="„{key}“ ist auf einer anderen Skala benotet{grade}",
        en="'{key}' is graded on another scale{grade}",
    ),
    Standing.TOO_LOW: Text(de="„{key}“ genügt nicht{grade}", en="'{key}' falls short{grade}"),
    Standing.BROKEN_OFF: Text(
        de="„{key}“ wurde begonnen, aber nicht abgeschlossen",
        en="'{key}' was begun, but not completed",
    ),
    Standing.REVOKED: Text(de="„{key}“ wurde aberkannt", en="'{key}' was revoked"),
}


def finding(held: Held, stands: Standing, definition: Definition) -> Sentence:
    """Tell how one credential stands to what was asked for."""
    told = _FINDINGS[stands]
    if held.grade is None:
        grade = sentence("", "")
    else:
        grade = sentence(", Note {grade}", ", grade {grade}", grade=decimal(held.grade))
    return sentence(
        told.de,
        told.en,
        key=title(held.key, definition),
        day=held.awarded_on,
        ends=held.running_until,
        valid=held.valid_until,
        grade=grade,
    )


def lacking(asked: Sentence, remarks: Sequence[Sentence] = ()) -> Sentence:
    """Tell what is missing, with remarks on what was found instead."""
    if not remarks:
        return sentence("es fehlt: {asked}", "missing: {asked}", asked=asked)
    return sentence(
        "es fehlt: {asked} ({remarks})",
        "missing: {asked} ({remarks})",
        asked=asked,
        remarks=listed(remarks),
    )


def lasting(since: date | None, met_from: date | None) -> Sentence:
    """Tell since when something has lasted, and from when that will be long enough."""
    if since is None:
        return sentence("Beginn unbekannt", "its beginning is unknown")
    if met_from is None:
        return sentence("seit {since}", "since {since}", since=since)
    return sentence(
        "seit {since}, erreicht am {met_from}",
        "since {since}, reached on {met_from}",
        since=since,
        met_from=met_from,
    )
