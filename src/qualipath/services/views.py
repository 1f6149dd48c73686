"""Turn rows into the frozen values that services answer with."""

from qualipath.definition.values import decimals
from qualipath.services.change import Enrolled
from qualipath.services.models import Enrolment


def enrolment_view(enrolled: Enrolled) -> Enrolment:
    """Show an enrolment that was written or loaded."""
    definition = enrolled.published.definition
    state = definition.lifecycle_of(enrolled.tier).states[enrolled.state]
    return Enrolment(
        id=enrolled.id or 0,
        employee=enrolled.number,
        organisation=enrolled.organisation,
        path=definition.path.path,
        tier=enrolled.tier,
        attempt=enrolled.attempt,
        state=enrolled.state,
        state_title=state.title,
        open=state.open,
        paused=enrolled.paused_at is not None,
        grade=None if enrolled.grade is None else decimals(enrolled.grade),
        path_version=enrolled.published.version,
        version=enrolled.version,
    )
