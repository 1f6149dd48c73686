"""One field that templates may use: its name, its meaning, and a sample."""

from dataclasses import dataclass, replace

from qualipath.definition.values import Locale, Text
from qualipath.notices.mail import Row, Value


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, its meaning, and a sample.

    One that is not `always` there may be empty: templates ask for it by `{% if … %}`. A list has
    `rows` of further fields, or is one of plain texts (`listed`); `yes` says it is true or false.
    """

    name: str
    meaning: Text
    sample: Text | None = None
    always: bool = False
    yes: bool = False
    listed: bool = False
    rows: tuple["Field", ...] = ()

    def shown(self, locale: Locale) -> Value:
        """Give the sample in a language."""
        if self.rows:
            return tuple(self._row(locale, number) for number in (1, 2))
        if self.yes:
            return True
        text = self.sample.text(locale) if self.sample else ""
        return (text,) if self.listed else text

    @property
    def empty(self) -> Value:
        """Give what it is where nothing is known."""
        if self.rows or self.listed:
            return ()
        return False if self.yes else None

    def optional(self) -> "Field":
        """Give the field as one that may be empty."""
        return replace(self, always=False)

    def _row(self, locale: Locale, number: int) -> Row:
        told = {each.name: each.sample.text(locale) if each.sample else "" for each in self.rows}
        return {k: v if number == 1 else _OTHERS.get(v, v) for k, v in told.items()}


def field(
    name: str, de: str, en: str, sample_de: str, sample_en: str = "", *, always: bool = False
) -> Field:
    """Make a field of a text; without an English sample it is the German one."""
    return Field(name, Text(de=de, en=en), Text(de=sample_de, en=sample_en or sample_de), always)


def yes(name: str, de: str, en: str) -> Field:
    """Make a field that is true or false."""
    return Field(name, Text(de=de, en=en), always=True, yes=True)


def rows_of(name: str, de: str, en: str, *rows: Field) -> Field:
    """Make a field that is a list of rows."""
    return Field(name, Text(de=de, en=en), always=True, rows=rows)


_OTHERS = {
    "Anna Amsel": "Bernd Buche",
    "1001": "4711",
    "Zertifikatskurs 1": "Bootcamp Digitalisierung",
    "Certificate course 1": "Digitalisation bootcamp",
    "17": "18",
    "12. März 2027": "19. März 2027",
    "12 March 2027": "19 March 2027",
}
"""The second row of a sample list, by the first."""
