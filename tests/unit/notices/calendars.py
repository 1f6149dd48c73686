"""Reading calendars back by a second implementation, which knows only what the file says."""

from datetime import datetime
from typing import Any

import vobject


def read(content: bytes) -> Any:
    """Read one iCalendar object; the zones are those that it brings along."""
    known = vars(vobject.icalendar)["__tzidMap"]
    for name in set(known) - {"UTC"}:
        del known[name]
    return vobject.readOne(content.decode())


def occurrences(event: Any) -> list[datetime]:
    """Give when each session of an event begins, in the zone that the file describes."""
    return list(event.rruleset) if "rrule" in event.contents else [event.dtstart.value]


def unfolded(content: bytes) -> list[str]:
    """Give the content lines, put together again (RFC 5545, 3.1)."""
    return content.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
