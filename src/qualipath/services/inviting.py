"""Invite the employees who may apply for an intake, and tell their superiors."""

from sqlalchemy import select

from qualipath.domain.progression import asked_at_entry
from qualipath.services.act import Act
from qualipath.services.change import Offered
from qualipath.services.enquiries import may_begin
from qualipath.services.judging import occasion_on
from qualipath.services.library import Published
from qualipath.services.recording.inviting import (
    Invitation,
    record_invitations,
    record_to_superiors,
)
from qualipath.storage.tables import employee


def invite(act: Act, intake: Offered, published: Published, notice: str) -> int:
    """Invite everybody who may begin the intake's tier on the act's day; give how many.

    It is an offer to all, not only to those whom the actor may see. Prerequisites are asked for as
    when somebody applies: what is in progress counts, where it provisionally does, if it is due to
    end before the intake starts. Everybody gets an entry in the history and a notice, written by
    the database itself however many they are; called once more, it invites them once more.
    """
    definition = published.definition
    today = act.today(definition.timezone)
    asked = asked_at_entry(definition.lifecycle_of(intake.tier))
    occasion = occasion_on(today, definition, asked, intake.dates.starts_on)
    people = select(employee.c.id).where(*may_begin(published, intake.tier, occasion))
    return record_invitations(act, people, Invitation(intake.written_id, published.id, notice))


def tell_superiors(
    act: Act, intake: Offered, published: Published, notice: str, recipient: str
) -> int:
    """Tell each superior of those who were just invited to an intake; give how many they are.

    It is one notice for each, whoever and however many of their people are invited; `recipient`
    says to whom it goes: `supervisor` or `deputy`.
    """
    invitation = Invitation(intake.written_id, published.id, notice, recipient)
    return record_to_superiors(act, invitation)
