"""Providers: who runs courses, and where their mails go."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from qualipath.definition.values import LOCALES, Locale
from qualipath.errors import InputError
from qualipath.services.act import Act
from qualipath.services.permission import only_hr, only_owner
from qualipath.services.sheets import cells
from qualipath.services.sheets.problems import CellError
from qualipath.services.words import written
from qualipath.storage.tables import intake, provider
from qualipath.storage.writing import insert_or_else

_LONGEST_KEY = 200
_LONGEST_TITLE = 500


@dataclass(frozen=True, slots=True)
class Provider:
    """Who runs courses; `key` is what intakes name it by."""

    key: str
    title: str
    address: str
    locale: Locale


def set_provider(act: Act, key: str, title: str, address: str, locale: str = "de") -> Provider:
    """Say where a provider's mails go, and in which language; again, it is said anew.

    Raises:
        RefusedError: the actor is not HR, or not that of the paths whose intakes it runs.
        InputError: the key, title, address or language is not of its form.
    """
    only_hr(act)
    told = Provider(
        key=_text(key, "key", _LONGEST_KEY),
        title=_text(title, "title", _LONGEST_TITLE),
        address=mailbox(address),
        locale=_locale(locale),
    )
    paths = select(intake.c.path).where(intake.c.provider == told.key).distinct()
    for path in sorted(act.connection.scalars(paths)):
        only_owner(act, path)
    values = {"title": told.title, "address": told.address, "locale": told.locale}
    act.connection.execute(
        insert_or_else(provider, act.connection.dialect.name)
        .values(key=told.key, **values)
        .on_conflict_do_update(index_elements=[provider.c.key], set_=values)
    )
    return told


def providers(act: Act) -> tuple[Provider, ...]:
    """List the providers whose mails are known to go somewhere, by key; HR's alone to see."""
    only_hr(act)
    rows = act.connection.execute(select(provider).order_by(provider.c.key))
    return tuple(map(_provider, rows))


def find_providers(act: Act, keys: Iterable[str]) -> dict[str, Provider]:
    """Give the providers with these keys, as far as they are known, in one statement."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = act.connection.execute(select(provider).where(provider.c.key.in_(wanted)))
    return {row.key: _provider(row) for row in rows}


def mailbox(address: str) -> str:
    """Read an e-mail address and normalise its domain; raises `InputError`."""
    try:
        return cells.email(address.strip())
    except CellError as error:
        message = f"{error.what}; {error.right}" if error.right else error.what
        raise InputError(message) from error


def _provider(row: Row[Any]) -> Provider:
    return Provider(row.key, row.title, row.address, "en" if row.locale == "en" else "de")


def _text(text: str, field: str, longest: int) -> str:
    kept = written(text, f"provider's {field}", longest)
    if kept is None or not kept.isprintable():
        message = f"a provider's {field} has 1 to {longest} printable characters"
        raise InputError(message)
    return kept


def _locale(written_: str) -> Locale:
    for locale in LOCALES:
        if written_ == locale:
            return locale
    message = f"'{written_}' is not a language of the mails; write one of {', '.join(LOCALES)}"
    raise InputError(message)
