"""What an installation sets: frozen, from the environment and a `qualipath.toml`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qualipath.errors import InputError

FILE = "qualipath.toml"


class Settings(BaseSettings):
    """The settings of an installation.

    Each comes from the environment (`QUALIPATH_DATABASE` …), else from `qualipath.toml` in the
    current folder, else is the default. The database's URL may hold a password: it is never shown.
    `scheduler_seconds` is the time from one tick of the scheduler to the next.
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


def read_settings() -> Settings:
    """Read the settings; raises `InputError` naming each wrong one, and never its value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        message = f"the settings (QUALIPATH_… or {FILE}) are wrong: {wrong}"
        raise InputError(message) from None
    except ValueError as error:
        message = f"{FILE} can't be read: {error}"
        raise InputError(message) from None
