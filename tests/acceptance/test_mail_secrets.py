"""Whatever fails on the way of a mail: no password is shown, logged or stored."""

import json
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from qualipath.cli import app
from tests.acceptance.command_line import PATH, Installation
from tests.smtp import FaultyServer

SECRET = "Gürtel/tier#7"  # noqa: S105 -- of nobody
LOGIN = f"\0hr\0{SECRET}"
FORMS = (SECRET, *(b64encode(text.encode()).decode() for text in (SECRET, LOGIN)), quote(SECRET))
REPEATED = " ".join(FORMS[:3])
"""What a server may repeat of what it was told."""

Command = tuple[str, ...]

SENDING: tuple[Command, ...] = (
    ("mail", "test", "k.muster@example.org"),
    ("outbox", "send"),
    ("scheduler", "--once", "--json"),
)
LOOKING: tuple[Command, ...] = (
    ("outbox", "show", "1"),
    ("outbox", "list", "--json"),
    ("scheduler", "status"),
)
CONNECTING: tuple[Command, ...] = (
    ("outbox", "send"),
    ("outbox", "list", "--json"),
    ("scheduler", "--once"),
)
DATABASES = (
    "postgresql://hr:{}@127.0.0.1:1/people",
    "postgresql://hr@127.0.0.1:1/people?password={}",
    "postgresql://hr:{}@127.0.0.1:1/people?sslmode=never",
    "postgresql://hr:{}@[::1/people",
    "postgresql://hr:is@{}@127.0.0.1:1/people",
    "postgresql://hr:is@127.0.0.1:1/{}?@there/people",
    "mysql://hr:{}@127.0.0.1/people",
    "hr:{}@127.0.0.1/people",
)


@pytest.fixture
def applied(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Give an installation in which a mail waits, and whose settings are full of a password."""
    installation.told("apply", "4711", PATH, "bootcamp")
    for name, value in {
        "QUALIPATH_TRACEBACK": "1",
        "QUALIPATH_MAIL_TRANSPORT": "smtp",
        "QUALIPATH_MAIL_FROM": "HR <hr@example.org>",
        "QUALIPATH_SMTP_HOST": "localhost",
        "QUALIPATH_SMTP_PORT": "1",
        "QUALIPATH_SMTP_SECURITY": "none",
        "QUALIPATH_SMTP_USER": "hr",
        "QUALIPATH_SMTP_PASSWORD": SECRET,
        "HTTPS_PROXY": f"http://hr:{quote(SECRET)}@127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    return installation


def runs(commands: Iterable[Command], **environment: str) -> list[str]:
    """Run commands, each with its tracebacks, and give what each of them says."""
    env = {f"QUALIPATH_{name}": value for name, value in environment.items()}
    return [CliRunner().invoke(app, [*command], env=env).output for command in commands]


def assert_silent(installation: Installation, told: list[str]) -> None:
    """See that neither what was told nor what is stored shows the password."""
    for text in (*told, "\n".join(installation.dump())):
        # Programs are told texts as JSON writes them.
        assert [form for form in FORMS if form in text or json.dumps(form)[1:-1] in text] == []


@pytest.mark.parametrize(
    "server",
    [
        FaultyServer(greeting=f"554 Not {REPEATED}"),
        FaultyServer(login=("hr", ""), login_refused=f"535 5.7.8 Not {REPEATED}"),
        FaultyServer(
            login=("hr", ""), login_ways=("LOGIN",), login_refused=f"535 5.7.8 Not {REPEATED}"
        ),
        FaultyServer(
            login=("hr", SECRET),
            refused={
                "mia.muster@example.org": f"550 Not {REPEATED}",
                "k.muster@example.org": f"451 Not {REPEATED}",
            },
        ),
    ],
    ids=["greeting", "plain", "login", "recipient"],
)
def test_a_server_that_repeats_the_password_is_not_quoted(
    applied: Installation, server: FaultyServer
) -> None:
    with server:
        told = runs((*SENDING, *LOOKING), SMTP_PORT=str(server.port))
    assert [text for text in told[:3] if "***" in text]
    assert_silent(applied, told)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SMTP_SECURITY": "starttls"},
        {"SMTP_SECURITY": "tls"},
        {"SMTP_HOST": f"hr:{SECRET}@localhost"},
        {"SMTP_HOST": f"smtp://hr:{quote(SECRET)}@localhost"},
        {"SMTP_PORT": SECRET},
        {"SMTP_SECURITY": SECRET},
        {"SMTP_TIMEOUT": SECRET},
        {"SMTP_USER": ""},
        {"MAIL_TRANSPORT": SECRET},
        {"MAIL_FROM": SECRET},
    ],
    ids=str,
)
def test_settings_that_are_wrong_are_told_without_their_values(
    applied: Installation, environment: dict[str, str]
) -> None:
    told = runs(SENDING, **environment)
    assert "Traceback" in told[0]
    assert_silent(applied, told)


@pytest.mark.parametrize("url", DATABASES)
def test_a_database_that_is_out_of_reach_is_told_without_its_password(
    applied: Installation, url: str
) -> None:
    for written in (SECRET, quote(SECRET, safe="")):
        told = runs(CONNECTING, DATABASE=url.format(written))
        told += runs([("outbox", "list", "--database", url.format(written))])
        assert all("Traceback" in text for text in told)
        assert_silent(applied, told)


@pytest.mark.parametrize(
    "toml",
    [
        'smtp_password = "{}',
        'smtp_password = ["{}"]',
        "smtp_password = {}",
        'smtp_pasword = "{}"',
        'database = ["{}"]',
        'smtp_password = "{0}"\nsmtp_password = "{0}"',
        '[smtp_password]\nsecret = "{}"',
    ],
)
def test_a_file_of_settings_that_is_wrong_is_told_without_its_values(
    applied: Installation, monkeypatch: pytest.MonkeyPatch, toml: str
) -> None:
    monkeypatch.delenv("QUALIPATH_SMTP_PASSWORD")
    (applied.folder / "qualipath.toml").write_text(toml.format(SECRET), "utf-8")
    told = runs((*SENDING, ("templates", "check")))
    assert all("Traceback" in text for text in told)
    assert_silent(applied, told)
