"""Where a calendar's clock meets the world's: days and times of day as instants."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def is_zone(name: str) -> bool:
    """Tell whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Give the instant (UTC) at which a day begins; where clocks leap over midnight, the leap."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Give the instants (UTC) at which clocks show a time without an offset.

    None where the clock change leaps over it, two where it shows the time twice.
    """
    both = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = (i for i in both if i.astimezone(zone).replace(tzinfo=None) == local)
    return tuple(sorted(shown))
