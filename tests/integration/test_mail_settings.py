"""Where mails go, by the settings; and that no error shows a password."""

import traceback
from pathlib import Path

import pytest

from qualipath.errors import InputError
from qualipath.notices.smtp import SmtpServer
from qualipath.notices.transport import Console, Maildir
from qualipath.settings import Settings, read_settings

SECRET = "Gürteltier"  # noqa: S105 -- of nobody


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def configured(text: str) -> Settings:
    Path("qualipath.toml").write_text(text, encoding="utf-8")
    return read_settings()


SMTP = """
mail_transport = "smtp"
mail_from = "Personalamt <hr@stadt.example>"
smtp_host = "mail.stadt.example"
"""


def test_nothing_leaves_the_machine_unless_somebody_says_so() -> None:
    assert read_settings().transport() == Maildir(Path("var/mail"))


def test_goes_to_the_screen_where_that_is_wanted() -> None:
    assert isinstance(configured('mail_transport = "console"').transport(), Console)


@pytest.mark.parametrize(
    ("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25), (None, 587)]
)
def test_the_port_follows_from_how_it_is_secured(security: str | None, port: int) -> None:
    more = f'smtp_security = "{security}"' if security else ""
    server = configured(SMTP + more).transport()
    expected = {"host": "mail.stadt.example", "port": port, "security": security or "starttls"}
    assert server == SmtpServer(**expected)  # type: ignore[arg-type]
    assert server.name == f"smtp://mail.stadt.example:{port}"


def test_everything_that_is_set_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALIPATH_SMTP_PASSWORD", SECRET)
    Path("ca.pem").touch()
    more = 'smtp_user = "hr"\nsmtp_ca = "ca.pem"\nsmtp_timeout = 2.5\nsmtp_port = 2525\n'
    assert configured(SMTP + more).transport() == SmtpServer(
        "mail.stadt.example", 2525, "starttls", "hr", SECRET, 2.5, Path("ca.pem")
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('mail_transport = "smtp"', ["smtp_host", "mail_from"]),
        (f'{SMTP}smtp_password = "{SECRET}"', ["smtp_user"]),
        (f'{SMTP}smtp_user = "hr"', ["smtp_password"]),
        (SMTP.replace("mail.", f"hr:{SECRET}@mail."), ["smtp_host"]),
        (f'{SMTP}smtp_ca = "gone.pem"', ["smtp_ca", "gone.pem"]),
        (
            f'{SMTP}smtp_user = "hr"\nsmtp_password = "{SECRET}"\nsmtp_security = "none"',
            ["smtp_security"],
        ),
    ],
)
def test_names_every_setting_that_is_missing_or_contradicts(text: str, named: list[str]) -> None:
    settings = configured(text)
    with pytest.raises(InputError) as caught:
        settings.transport()
    assert [name for name in named if name not in str(caught.value)] == []
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_server_on_this_machine_may_be_logged_in_to_in_clear_text(host: str) -> None:
    text = SMTP.replace("mail.stadt.example", host)
    more = f'smtp_user = "hr"\nsmtp_password = "{SECRET}"\nsmtp_security = "none"'
    assert isinstance(configured(text + more).transport(), SmtpServer)


@pytest.mark.parametrize(
    "name",
    [
        "mail_transport",
        "smtp_port",
        "smtp_security",
        "smtp_timeout",
        "smtp_connections",
        "delivery_seconds",
        "smtp_pasword",
    ],
)
def test_a_password_in_the_wrong_place_is_not_shown(name: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        configured(f'{name} = "{SECRET}"')
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_settings_show_no_password() -> None:
    settings = configured(f'{SMTP}smtp_user = "hr"\nsmtp_password = "{SECRET}"')
    assert SECRET not in f"{settings!r} {settings} {settings.transport()!r}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('smpt_host = "x"', "smpt_host: there is no such setting; did you mean 'smtp_host'?"),
        ('colour = "red"', "colour: there is no such setting"),
        (f'mail_from = "{SECRET}"', "mail_from: is no address; write"),
        ('mail_from = "HR <a@b@c.example>"', "mail_from: is no address; write"),
    ],
)
def test_a_setting_that_can_not_be_is_told_with_its_name(text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        configured(text)
    assert told in str(error.value)
    assert SECRET not in str(error.value)
