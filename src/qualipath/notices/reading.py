"""Reading a mail that was sent: its subject and its texts, as people saw them."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from qualipath.notices.mail import Rendered


def read_mail(content: bytes) -> Rendered:
    """Take a mail apart that was composed here; a part that it does not have is empty."""
    parsed = message_from_bytes(content, policy=policy.default)
    return Rendered(
        subject=str(parsed["Subject"] or ""),
        text=_part(parsed, "plain"),
        html=_part(parsed, "html"),
    )


def _part(parsed: EmailMessage, kind: str) -> str:
    found = parsed.get_body((kind,))
    if not isinstance(found, EmailMessage):
        return ""
    return str(found.get_content()).replace("\r\n", "\n")
