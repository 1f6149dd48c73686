"""The names that a template may use, and what each of them can be used for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from qualipath.notices.field import Field
from qualipath.notices.fields import FIELDS, GENERAL

Rows = tuple[tuple[str, frozenset[str]], ...]

_IN_LAYOUTS = frozenset({"subject", "locale"})
CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a template may use: texts, what is true or false, and lists of texts or of rows.

    `words` are the keys of its language's words, which stand in `words_file`.
    """

    texts: frozenset[str]
    flags: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    rows: Rows = ()
    words: frozenset[str] = frozenset()
    words_file: str = field(default="", compare=False)
    layout: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Every name that stands for itself."""
        return self.texts | self.flags | self.lists | {name for name, _ in self.rows}

    def row(self, name: str) -> frozenset[str] | None:
        """Give the fields of a list's rows; None where it has none."""
        return next((fields for key, fields in self.rows if key == name), None)

    def with_words(self, keys: Collection[str], file: str) -> "Scope":
        """Give the same scope with the words of a language."""
        return replace(self, words=frozenset(keys), words_file=file)


def scope_of(fields: Mapping[str, Field]) -> Scope:
    """Give what the templates of a notice with these fields may use."""
    return _scope(fields.values())


def layout_scope() -> Scope:
    """Give what the layouts may use: what every notice gets, its subject, language and content."""
    scope = _scope(GENERAL)
    return replace(scope, texts=scope.texts | _IN_LAYOUTS, layout=True)


def any_scope() -> Scope:
    """Give what at least one notice may use: what is looked at where no lifecycles are known."""
    return _scope((*GENERAL, *(field for fields in FIELDS.values() for field in fields)))


def _scope(fields: Iterable[Field]) -> Scope:
    texts: set[str] = set()
    flags: set[str] = set()
    lists: set[str] = set()
    rows: dict[str, frozenset[str]] = {}
    for each in fields:
        if each.rows:
            below = frozenset(row.name for row in each.rows)
            rows[each.name] = rows.get(each.name, frozenset()) | below
        else:
            kind = flags if each.yes else lists if each.listed else texts
            kind.add(each.name)
    return Scope(frozenset(texts), frozenset(flags), frozenset(lists), tuple(sorted(rows.items())))
