"""How the rules speak: sentences in German and English with values filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date

from qualipath.definition.values import Text
from qualipath.errors import Sayable


def told(value: object, locale: str) -> str:
    """Write one value in the reader's language: a text, a sentence, a day, or several of them."""
    match value:
        case Sentence() | Wording() | Text():
            return value.text(locale)
        case datetime() | date():
            return format_date(value, "long", locale="de" if locale.startswith("de") else "en_GB")
        case bool():
            return {True: ("ja", "yes"), False: ("nein", "no")}[value][not locale.startswith("de")]
        case tuple() | list():
            return ", ".join(told(item, locale) for item in value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in both languages, with the values that it speaks of."""

    de: str
    en: str
    values: Mapping[str, object]

    def text(self, locale: str = "en") -> str:
        """Tell it in the language of `locale`: German for `de…`, English otherwise."""
        template = self.de if locale.startswith("de") else self.en
        return template.format_map({k: told(v, locale) for k, v in self.values.items()})

    def __str__(self) -> str:
        return self.text()


def sentence(de: str, en: str, **values: object) -> Sentence:
    """Make a sentence of two templates (`str.format`) and their values."""
    return Sentence(de, en, values)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a sentence says in both languages, with its values filled in."""

    de: str
    en: str

    @classmethod
    def of(cls, what: str | Sayable) -> "Wording":
        """Word something in both languages; a text is the same in both."""
        if isinstance(what, str):
            return cls(what, what)
        return cls(what.text("de"), what.text("en"))

    def text(self, locale: str = "en") -> str:
        """Tell it in the language of `locale`."""
        return self.de if locale.startswith("de") else self.en

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a trigger may not fire; `code` names its kind for programs."""

    code: str
    sentence: Sentence

    def text(self, locale: str = "en") -> str:
        """Tell the reason in the language of `locale`."""
        return self.sentence.text(locale)
