"""The mail that proves a configuration: composed like any other, about nobody."""

from datetime import datetime
from email.utils import parseaddr
from secrets import token_hex

from qualipath.definition.values import Locale
from qualipath.domain.wording import told
from qualipath.engine.delivering import Mailing
from qualipath.engine.drafts import Drafts
from qualipath.notices.about import fields_of
from qualipath.notices.compose import Composer
from qualipath.notices.fields import About
from qualipath.notices.mail import Draft, Mail, Value

NOTICE = "mail_test"


def compose_proof(
    drafts: Drafts, mailing: Mailing, address: str, *, at: datetime, locale: Locale = "de"
) -> Mail:
    """Compose the mail that proves how mails leave; no database is needed.

    `at` (aware) is the instant in it. Raises `UndeliverableError` where the address or the
    sender's is none, and `TemplateError` where the template of `mail_test` is wrong.
    """
    name, sender = parseaddr(mailing.sender)
    fields: dict[str, Value] = {
        field: known.empty for field, known in fields_of([About.TEST]).items()
    }
    fields |= {
        "organisation": name or sender,
        "contact": sender,
        "sent_on": told(at.date(), locale),
    }
    draft = Draft(
        notice=NOTICE,
        locale=locale,
        gendering="neutral",
        name="",
        address=address,
        message_id=f"test.{token_hex(8)}@{sender.rpartition('@')[2]}",
        dated_at=at,
        fields=fields,
    )
    return Composer(drafts.templates, mailing.sender).compose(draft)
