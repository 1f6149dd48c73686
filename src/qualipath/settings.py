"""What an installation sets: frozen, from the environment and a `qualipath.toml`."""

import re
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qualipath.errors import InputError, UndeliverableError
from qualipath.notices.mail import SENDER
from qualipath.notices.smtp import Security, SmtpServer
from qualipath.notices.transport import Console, Maildir, Transport

FILE = "qualipath.toml"

_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?")
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


class Settings(BaseSettings):
    """The settings of an installation.

    Each comes from the environment (`QUALIPATH_DATABASE` …), else from `qualipath.toml` in the
    current folder, else is the default. The database's URL may hold a password: it is never shown.
    `scheduler_seconds` is the time from one tick of the scheduler to the next, `delivery_seconds`
    from one delivery of mails to the next.

    Mails go to a Maildir, the folder `mail_dir`, unless `mail_transport` says `smtp` or `console`.
    `mail_from` is their sender; `smtp` needs it, and `smtp_host`. `smtp_port` is 587 for
    `starttls`, 465 for `tls` and 25 for `none` unless it is set. `smtp_ca` names a file of the
    authorities to trust instead of the system's. `smtp_timeout` is what an answer of the mail
    server may take, in seconds; `smtp_connections` how many are used at once.
    """

    model_config = SettingsConfigDict(
        env_prefix="QUALIPATH_", toml_file=FILE, frozen=True, extra="forbid"
    )

    database: SecretStr = SecretStr("sqlite:///qualipath.db")
    workflows: Path | None = None
    templates: Path | None = None
    acting_as: str = Field(default="")
    locale: Literal["de", "en"] = "de"
    scheduler_seconds: int = Field(default=60, ge=1, le=3600)
    delivery_seconds: int = Field(default=30, ge=1, le=3600)
    mail_transport: Literal["maildir", "smtp", "console"] = "maildir"
    mail_dir: Path = Path("var/mail")
    mail_from: str = SENDER
    smtp_host: str = ""
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    smtp_security: Security = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca: Path | None = None
    smtp_timeout: float = Field(default=30, gt=0, le=600)
    smtp_connections: int = Field(default=1, ge=1, le=16)

    @field_validator("mail_from")
    @classmethod
    def _an_address(cls, written: str) -> str:
        # Only where a sender is set: few commands need what this brings in.
        from qualipath.notices.addresses import named_mailbox  # noqa: PLC0415

        try:
            named_mailbox(written)
        except UndeliverableError:
            message = "is no address; write 'Personalabteilung <hr@stadt.example>'"
            raise ValueError(message) from None
        return written

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def transport(self) -> Transport:
        """Give the way out for mails; raises `InputError` naming each setting that it lacks."""
        match self.mail_transport:
            case "maildir":
                return Maildir(self.mail_dir)
            case "console":
                return Console(sys.stdout)
            case "smtp":
                return self._mail_server()

    def _mail_server(self) -> SmtpServer:
        wrong = [*self._lacking(), *self._contradicting()]
        if wrong:
            message = f"mails can't be sent by SMTP: {'; '.join(wrong)} (QUALIPATH_… or {FILE})"
            raise InputError(message)
        return SmtpServer(
            host=self.smtp_host,
            port=self.smtp_port or _PORTS[self.smtp_security],
            security=self.smtp_security,
            user=self.smtp_user or None,
            password=self.smtp_password.get_secret_value() or None,
            timeout=self.smtp_timeout,
            ca=self.smtp_ca,
        )

    def _lacking(self) -> Iterator[str]:
        if not self.smtp_host:
            yield "smtp_host is missing, the name of the mail server"
        if "mail_from" not in self.model_fields_set:
            yield "mail_from is missing, the sender, such as 'Personalabteilung <hr@stadt.example>'"
        if bool(self.smtp_user) != bool(self.smtp_password.get_secret_value()):
            lacking = "smtp_password" if self.smtp_user else "smtp_user"
            yield f"{lacking} is missing: user and password belong together"

    def _contradicting(self) -> Iterator[str]:
        # Its name is shown wherever mails are told of: what is more than a name may be a secret.
        if self.smtp_host and not _is_host(self.smtp_host):
            yield "smtp_host is no name of a host; write 'mail.stadt.example', the port apart"
        if self.smtp_ca is not None and not self.smtp_ca.is_file():
            yield f"smtp_ca: there is no file '{self.smtp_ca}'"
        if self.smtp_user and self.smtp_security == "none" and not _is_here(self.smtp_host):
            yield "smtp_security is 'none': a password is not sent in clear text to another host"


def read_settings() -> Settings:
    """Read the settings; raises `InputError` naming each wrong one, and never its value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(map(_told, error.errors()))
        message = f"the settings (QUALIPATH_… or {FILE}) are wrong: {wrong}"
        raise InputError(message) from None
    except ValueError as error:
        message = f"{FILE} can't be read: {error}"
        raise InputError(message) from None


def _told(problem: ErrorDetails) -> str:
    name = ".".join(map(str, problem["loc"]))
    if problem["type"] != "extra_forbidden":
        return f"{name}: {problem['msg'].removeprefix('Value error, ')}"
    near = get_close_matches(name, Settings.model_fields, 1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return f"{name}: there is no such setting{hint}"


def _is_host(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return _HOST.fullmatch(name) is not None
    return True


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
