"""What only HR may do, or only the HR of a path's own organisation, whatever lifecycles say."""

from sqlalchemy import select

from qualipath.definition.spec import Role
from qualipath.domain.wording import Refusal, sentence
from qualipath.errors import RefusedError
from qualipath.services.act import Act
from qualipath.storage.tables import organisation, organisation_reach


def only_hr(act: Act) -> None:
    """Refuse the act unless HR acts; raises `RefusedError`."""
    if act.actor.role is not Role.HR:
        told = sentence(
            "das darf nur die Personalstelle, nicht {actor}",
            "only HR may do this, not {actor}",
            actor=act.actor,
        )
        raise RefusedError([Refusal("role", told)])


def only_owner(act: Act, path: str) -> None:
    """Refuse HR whose organisation does not reach the path's own; raises `RefusedError`.

    An intake concerns the people of every organisation that shares the path.
    """
    place = act.actor.organisation
    owner = act.library.newest(act.connection, path).definition.path.organisation
    if act.actor.role is not Role.HR or place is None or place == owner:
        return
    above, below = organisation.alias(), organisation.alias()
    reached = (
        select(below.c.id)
        .join(organisation_reach, organisation_reach.c.organisation_id == below.c.id)
        .join(above, above.c.id == organisation_reach.c.above_id)
        .where(above.c.key == place, below.c.key == owner)
    )
    if act.connection.scalar(reached) is None:
        told = sentence(
            "die Durchgänge dieses Pfades verwaltet {owner}, nicht {place}",
            "the intakes of this path are kept by {owner}, not by {place}",
            owner=owner,
            place=place,
        )
        raise RefusedError([Refusal("organisation", told)])
