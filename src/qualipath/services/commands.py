"""Idempotency: a command that comes again with its key answers as it did the first time."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import select, update

from qualipath.errors import InputError, KeyReusedError
from qualipath.services.act import Act
from qualipath.storage.tables import command
from qualipath.storage.writing import insert_or_else

Result = TypeVar("Result")

LONGEST_KEY = 200


def once(
    act: Act,
    name: str,
    content: Mapping[str, object],
    result: type[Result],
    run: Callable[[], Result],
) -> Result:
    """Run a command, or give its first result where the act's key was used before.

    `result` is the type that the command gives, so that it can be read back. A refusal is not
    kept: the key is free again when the transaction rolls back.

    Raises:
        KeyReusedError: the key stands for a command of other content.
    """
    if act.key is None:
        return run()
    if not act.key or len(act.key) > LONGEST_KEY or not act.key.isprintable():
        message = f"an idempotency key has 1 to {LONGEST_KEY} printable characters"
        raise InputError(message)
    digest = _digest(name, act, content)
    claimed = act.connection.execute(
        insert_or_else(command, act.connection.dialect.name)
        .values(key=act.key, digest=digest, recorded_at=act.recorded_at)
        .on_conflict_do_nothing()
        .returning(command.c.key)
    ).first()
    adapter = TypeAdapter(result)
    if claimed is None:
        first = act.connection.execute(select(command).where(command.c.key == act.key)).one()
        if first.digest != digest:
            message = f"the key '{act.key}' was already used for another command; take a new one"
            raise KeyReusedError(message)
        return adapter.validate_json(first.result)
    answer = run()
    act.connection.execute(
        update(command)
        .where(command.c.key == act.key)
        .values(result=adapter.dump_json(answer).decode())
    )
    return answer


def _digest(name: str, act: Act, content: Mapping[str, object]) -> str:
    told = json.dumps([name, str(act.actor), content], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()
