"""What only HR may do, whatever the lifecycle says."""

from qualipath.definition.spec import Role
from qualipath.domain.wording import Refusal, sentence
from qualipath.errors import RefusedError
from qualipath.services.act import Act


def only_hr(act: Act) -> None:
    """Refuse the act unless HR acts; raises `RefusedError`."""
    if act.actor.role is not Role.HR:
        told = sentence(
            "das darf nur die Personalstelle, nicht {actor}",
            "only HR may do this, not {actor}",
            actor=act.actor,
        )
        raise RefusedError([Refusal("role", told)])
