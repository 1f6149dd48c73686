"""10,000 hostile names, titles and reasons: the mail says what was meant, and nothing else."""

import html
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses
from pathlib import Path
from random import Random

import pytest

from qualipath.notices.compose import HEADERS, Composer
from qualipath.notices.headers import clean
from qualipath.notices.mail import Mail, Value
from tests.unit.notices.writing import a_draft, a_folder

SHARE, SHARES = 2_500, 4
SEED = 20260722

# Marks that the value stands between, so that it can be found as it is.
TEXT = """\
BEGIN1{{ employee }}END1 BEGIN2{{ tier }}END2 BEGIN3{{ reason }}END3
{% for one in reasons %}
BEGIN4{{ one }}END4
{% endfor %}
"""
HTML = """\
<p>BEGIN1{{ employee }}END1</p><p>BEGIN2{{ tier }}END2</p><pre>BEGIN3{{ reason }}END3</pre>
<ul>{% for one in reasons %}<li>BEGIN4{{ one }}END4</li>{% endfor %}</ul>
"""
SUBJECT = "{{ tier }}: {{ employee }}\n"

PIECES = (
    "\r\nBcc: evil@evil.example\r\n",
    "\r\n\r\n<p>body</p>",
    "\nSubject: other",
    "\r",
    "\x00",
    "\x0b\x0c\x1c\x1d\x1e\x85",
    "\x1b[31m",
    "\u2028\u2029",
    "\u200b\u200d\ufeff\u00ad",
    "\u202eneppo\u202c",
    "\u2066\u2069\u200f",
    "\ue000\ue001\U000f0000",
    "\ue0000\ue001",
    "\u0378\U0003fffe\uffff",
    "\ud800",
    "\udfff\ud83d",
    "=?utf-8?q?=0D=0ABcc:_evil=40evil.example?=",
    "=?utf-8?b?DQpCY2M6IGV2aWxAZXZpbC5leGFtcGxl?=",
    "=?iso-8859-1?q?evil?= =?utf-8?q?evil?=",
    "=?",
    "?=",
    "<evil@evil.example>",
    '" <evil@evil.example>, "',
    "evil@evil.example,",
    "a;b:c,(d)[e]",
    '"',
    "\\",
    '\\"',
    "'",
    "``$(id)",
    "{{ 7 * 7 }}",
    "{{ ''.__class__.__mro__ }}",
    "{% for x in range(10**9) %}x{% endfor %}",
    "{# #}",
    "{% raw %}",
    "{employee}",
    "%(employee)s",
    "%s%n",
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    '"><b>',
    "<!-- -->",
    "<![CDATA[x]]>",
    "&amp;&lt;&#39;&#x0;&nbsp",
    "&copy",
    "--=_boundary--",
    "\r\n--=_",
    "=3D=\r\n",
    "From \n.\n",
    "a\u0301\u0327",
    "ﷺ𝔸🏳️‍🌈",
    "שלום",
    "中文",
    "Jörg Müßig",
    "O'Brien-Łukasz",
    " \t\u00a0\u3000",
    "../../etc/passwd",
)


def hostile(random: Random) -> str:
    kind = random.random()
    if kind < 0.5:
        return "".join(random.choices(PIECES, k=random.randint(1, 5)))
    if kind < 0.8:
        ranges = [
            (0, 0x20),
            (0x20, 0x7F),
            (0x7F, 0x100),
            (0x2000, 0x2070),
            (0xD800, 0xE000),
            (0, 0x110000),
        ]
        return "".join(
            chr(random.randrange(*random.choice(ranges))) for _ in range(random.randint(1, 40))
        )
    if kind < 0.99:
        return f"Anna {random.choice(PIECES)} Amsel"
    return (random.choice(PIECES) * 5_000)[:5_000]


def told(value: str) -> str:
    """Give the value as both parts tell it: one kind of line end, no half characters."""
    whole = value.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[\ud800-\udfff]", "\ufffd", whole)


@pytest.mark.long
@pytest.mark.parametrize("share", range(SHARES))
def test_a_hostile_value_is_told_and_does_nothing(tmp_path: Path, share: int) -> None:
    random = Random(SEED + share)  # noqa: S311 (it needs no secrecy, but to be the same again)
    composer = Composer(
        a_folder(tmp_path, text=TEXT, html=HTML, subject=SUBJECT), "HR <hr@stadt.example>"
    )
    for number in range(SHARE):
        employee, tier, reason, one = (hostile(random) for _ in range(4))
        fields: dict[str, Value] = {
            "employee": employee,
            "tier": tier,
            "reason": reason,
            "reasons": (one,),
        }
        draft = a_draft(fields, name=employee, address=f"p{number}@stadt.example")
        mail = composer.compose(draft)
        subject = clean(f"{told(tier)}: {told(employee)}")
        values = [told(value) for value in (employee, tier, reason, one)]
        check(mail, clean(employee), subject, values, whole=number % 10 == 0)


def check(mail: Mail, name: str, subject: str, values: list[str], *, whole: bool) -> None:
    assert mail.content.isascii()
    assert mail.subject == subject
    legacy = message_from_bytes(mail.content, policy=policy.compat32)
    assert tuple(legacy.keys()) == HEADERS
    assert boxes_of(legacy, "To") == [(name, mail.recipient)]
    assert boxes_of(legacy, "From") == [("HR", mail.sender)]
    assert boxes_of(legacy, "Reply-To") == [("", mail.sender)]
    assert decoded(legacy, "Subject") == subject
    # This parser takes its time for parts, and reads them as the other one does.
    parser = BytesParser(policy=policy.default)
    modern = parser.parsebytes(mail.content, headersonly=not whole)
    assert isinstance(modern, EmailMessage)
    assert tuple(modern.keys()) == HEADERS
    assert [box.addr_spec for box in modern["To"].addresses] == [mail.recipient]
    assert modern["Subject"] == subject
    for message in (legacy, modern) if whole else (legacy,):
        text, page = parts_of(message)
        assert list(found(text)) == values
        assert list(found(html.unescape(page))) == values
        # Of the elements there are only those of the templates.
        assert set(re.findall(r"<\W?(\w+)", page)) == ELEMENTS


ELEMENTS = {"DOCTYPE", "html", "head", "title", "style", "body", "p", "pre", "ul", "li", "a"}


def boxes_of(message: Message, name: str) -> list[tuple[str, str]]:
    boxes = getaddresses([unfolded(message, name)])
    return [(str(make_header(decode_header(shown))), address) for shown, address in boxes]


def decoded(message: Message, name: str) -> str:
    return str(make_header(decode_header(unfolded(message, name))))


def unfolded(message: Message, name: str) -> str:
    return str(message[name]).replace("\r\n", "").replace("\n", "")


def parts_of(message: Message) -> tuple[str, str]:
    parts = message.get_payload()
    assert isinstance(parts, list)
    text, page = parts
    assert isinstance(text, Message)
    assert isinstance(page, Message)
    return payload_of(text), payload_of(page)


def payload_of(part: Message) -> str:
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw.decode().replace("\r\n", "\n")


def found(told_in: str) -> Iterator[str]:
    """Give what stands between the marks."""
    for number in "1234":
        _, after = told_in.split(f"BEGIN{number}")
        value, _ = after.split(f"END{number}")
        yield value
