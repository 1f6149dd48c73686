"""The mails of a story: each becomes an .eml file that any mail program opens."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from qualipath.definition.values import Text
from qualipath.engine import ActingAs
from qualipath.errors import InputError
from qualipath.notices.mail import Mail
from qualipath.notices.transport import Line
from qualipath.scenarios.telling import Letter

_WORDS = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 60
_SPELLED: dict[str, str | int | None] = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}

WORTH_OPENING: Mapping[str, Text] = {
    "open_requests": Text(
        de="was an einem Morgen auf eine Führungskraft wartet",
        en="what waits for a superior one morning",
    ),
    "admitted": Text(de="eine Zulassung mit Kalendereintrag", en="an admission, for the calendar"),
    "weekly_summary": Text(de="die Woche der Personalabteilung", en="HR's week"),
}
"""The notices of which one mail each is named at the end."""


@dataclass(slots=True)
class Letters:
    """A folder into which mails go, numbered in their order; `files` has them by Message-ID."""

    folder: Path
    files: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def into(cls, folder: Path) -> Self:
        """Make the folder; raises `InputError` where that can't be done."""
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            message = f"{folder} can't be made: {error.strerror or error}"
            raise InputError(message) from error
        return cls(folder)

    @property
    def name(self) -> str:
        """Name the folder."""
        return f"eml:{self.folder}"

    @contextmanager
    def connect(self) -> Iterator[Line]:
        """Give the folder, which is there."""
        yield self

    def send(self, mail: Mail) -> None:
        """Write one mail; raises `InputError` where that can't be done."""
        file = self.folder / f"{len(self.files) + 1:04}-{_named(mail.subject)}.eml"
        try:
            file.write_bytes(mail.content)
        except OSError as error:
            message = f"{file} can't be written: {error.strerror or error}"
            raise InputError(message) from error
        self.files[mail.message_id] = file

    def worth_opening(self, hr: ActingAs) -> tuple[Letter, ...]:
        """Pick the fullest mail of each notice that is worth opening."""
        found = ((name, self._to_others(hr, name)) for name in WORTH_OPENING)
        return tuple(
            Letter(notice=name, about=WORTH_OPENING[name], file=max(files, key=_size))
            for name, files in found
            if files
        )

    def _to_others(self, hr: ActingAs, name: str) -> list[Path]:
        """Give the files of a notice but for those that only tell a superior of somebody."""
        sent = hr.outbox("sent", name, limit=len(self.files))
        others = (each for each in sent if each.recipient != "supervisor")
        return [file for each in others if (file := self.files.get(each.message_id or ""))]


def _size(file: Path) -> int:
    return file.stat().st_size


def _named(subject: str) -> str:
    spelled = subject.translate(str.maketrans(_SPELLED))
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode().lower()
    return _WORDS.sub("-", plain)[:_LONGEST_NAME].strip("-")
