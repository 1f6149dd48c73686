"""Which intake an application goes into: the open one, or the one that is named."""

from zoneinfo import ZoneInfo

from sqlalchemy import select

from qualipath.definition.values import Text
from qualipath.domain.wording import Refusal, Sentence, sentence
from qualipath.errors import NotFoundError
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.intakes.loading import lock_intakes, offered
from qualipath.services.library import Published
from qualipath.storage.tables import intake

CANCELLED = "cancelled"
OPEN = "open"


def asks_for_window(published: Published, tier: str, trigger: str) -> bool:
    """Tell whether a trigger leads into an intake at a tier."""
    lifecycle = published.definition.lifecycle_of(tier)
    return any(t.trigger == trigger and t.window for t in lifecycle.transitions)


def choose_intake(act: Act, path: str, tier: str, wanted: int | None) -> Offered | Refusal | None:
    """Lock the intake that an application goes into, or say why there is none now.

    None where no intake of the tier was ever planned: then people are enrolled without one.
    Raises `NotFoundError` if `wanted` is no intake of the tier.
    """
    found = _open_intakes(act, path, tier) if wanted is None else [wanted]
    loaded = lock_intakes(act, found)
    if wanted is not None and not any(each.tier == tier and each.path == path for each in loaded):
        raise NotFoundError(f"there is no intake {wanted} of tier '{tier}' on path '{path}'")
    taking = [each for each in loaded if _takes_applications(act, each)]
    if len(taking) == 1:
        return taking[0]
    title = act.library.offering(act.connection, path, tier).definition.path.tiers[tier].title
    if taking:
        return Refusal("window", _several(title, taking))
    if wanted is None and not _is_offered(act, path, tier):
        return None
    which = _named(title, loaded[0] if wanted is not None else None)
    return Refusal("window", _closed(act, path, tier, title, which))


def next_to_apply_to(act: Act, loaded: Offered) -> Offered | None:
    """Lock the tier's next intake after a locked one that is not closed yet, if there is one."""
    found = act.connection.scalar(
        select(intake.c.id)
        .where(
            intake.c.path == loaded.path,
            intake.c.tier == loaded.tier,
            intake.c.starts_at > loaded.dates.starts_at,
            intake.c.state.in_(("planned", OPEN)),
        )
        .order_by(intake.c.starts_at, intake.c.id)
        .limit(1)
    )
    return next(iter(lock_intakes(act, [found])), None)


def _open_intakes(act: Act, path: str, tier: str) -> list[int]:
    return list(
        act.connection.scalars(
            select(intake.c.id).where(
                intake.c.path == path, intake.c.tier == tier, intake.c.state == OPEN
            )
        )
    )


def _takes_applications(act: Act, loaded: Offered) -> bool:
    return loaded.state == OPEN and act.effective_at < loaded.dates.closes_at


def _is_offered(act: Act, path: str, tier: str) -> bool:
    planned = select(intake.c.id).where(
        intake.c.path == path, intake.c.tier == tier, intake.c.state != CANCELLED
    )
    return act.connection.scalar(planned.limit(1)) is not None


def _named(title: Text, loaded: Offered | None) -> Sentence:
    """Tell which tier it is, and which intake of it: by its term, or by the day when it starts."""
    if loaded is None:
        return sentence("„{tier}“", "'{tier}'", tier=title)
    if loaded.term:
        return sentence("„{tier}“ {term}", "'{tier}' {term}", tier=title, term=loaded.term)
    return sentence(
        "„{tier}“ ab {start}", "'{tier}' from {start} on", tier=title, start=loaded.dates.starts_on
    )


def _several(title: Text, taking: list[Offered]) -> Sentence:
    return sentence(
        "mehrere Durchgänge nehmen Bewerbungen an: {intakes}; bitte einen nennen",
        "several intakes take applications: {intakes}; name one of them",
        intakes=tuple(
            sentence("{id} ({which})", "{id} ({which})", id=each.id, which=_named(title, each))
            for each in taking
        ),
    )


def _closed(act: Act, path: str, tier: str, title: Text, which: Sentence) -> Sentence:
    """Say that no application is taken now, and from when to when the next ones are."""
    upcoming = act.connection.execute(
        select(intake)
        .where(
            intake.c.path == path,
            intake.c.tier == tier,
            intake.c.state.in_(("planned", OPEN)),
            intake.c.closes_at > act.effective_at,
        )
        .order_by(intake.c.opens_at)
        .limit(1)
    ).one_or_none()
    if upcoming is None:
        return sentence(
            "für {which} werden zurzeit keine Bewerbungen angenommen, und kein weiterer Durchgang "
            "ist geplant",
            "{which} takes no applications now, and no further intake is planned",
            which=which,
        )
    following = offered(upcoming)
    if following.state != OPEN and following.dates.opens_at <= act.effective_at:
        return sentence(
            "die Bewerbungszeit von {following} hat begonnen, aber der Durchgang ist noch nicht "
            "geöffnet: der Zeitplan läuft nicht (qualipath tick)",
            "the window of {following} has begun, but the intake is not opened yet: the scheduler "
            "does not run (qualipath tick)",
            following=_named(title, following),
        )
    zone = ZoneInfo(following.timezone)
    return sentence(
        "für {which} werden zurzeit keine Bewerbungen angenommen; nächstes Bewerbungsfenster: "
        "{first} bis {last} ({following})",
        "{which} takes no applications now; the next window is {first} to {last} ({following})",
        which=which,
        first=following.dates.opens_at.astimezone(zone).date(),
        last=following.last_day_to_apply,
        following=_named(title, following),
    )
