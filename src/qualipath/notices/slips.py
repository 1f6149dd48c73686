"""Slips in writing a template, told in the words of those who write them."""

import re
from collections.abc import Collection, Iterator

from jinja2.exceptions import TemplateSyntaxError

from qualipath.errors import Problem

_BLOCKS = re.compile(r"{%[-+]?\s*(if|for|endif|endfor)\b")
_ENDS = {"endif": "if", "endfor": "for"}
# In CSS and JSON something else stands in braces.
_SINGLE = re.compile(r"(?<![{%#])\{\s*([a-z_]+(?:\.[a-z_]+)?)\s*\}(?!\})")

# Jinja reads over a comment that begins where the text ends; a layout goes on behind it.
_OPEN = re.compile(r"\{(#[-+]?)?\n*\Z")

_UNKNOWN = re.compile(r"Encountered unknown tag '(\w+)'")
_CHARACTER = re.compile(r"unexpected char (.+) at \d+", re.DOTALL)
_END = re.compile(r"expected token 'end of (print statement|statement block)', got '(.*)'")


def slip(error: TemplateSyntaxError, source: str, file: str) -> Problem:
    """Tell what can't be read of a template, where, and what to write."""
    told = error.message or ""
    right = (
        "write {{ field }}, {% if field %} … {% endif %} or {% for row in list %} … {% endfor %}"
    )
    if told.startswith("Unexpected end of template") and (opened := _unclosed(source)):
        line, tag = opened
        what = f"{{% {tag} %}} is not closed"
        return Problem(file, line, 0, "", what, f"write {{% end{tag} %}} where it ends")
    if found := _UNKNOWN.match(told):
        tag = found[1]
        known = tag in {*_ENDS, "elif", "else"}
        what = f"{{% {tag} %}} stands where none is open" if known else f"{{% {tag} %}} is unknown"
        return Problem(file, error.lineno, 0, "", what, "leave it out" if known else right)
    if found := _CHARACTER.match(told):
        what = f"{found[1]} can't stand within {{{{ }}}} or {{% %}}"
        return Problem(file, error.lineno, 0, "", what, 'quotation marks are "…"')
    if found := _END.match(told):
        braces = "{{ … }}" if found[1].startswith("print") else "{% … %}"
        what = f"{braces} does not end before '{found[2]}'"
        return Problem(file, error.lineno, 0, "", what, right)
    return Problem(file, error.lineno, 0, "", told.rstrip(".") or "can't be read", right)


def single_braces(source: str, file: str, names: Collection[str]) -> Iterator[Problem]:
    """Find names in single braces: they would be sent as they stand there."""
    for found in _SINGLE.finditer(source):
        if found[1].split(".")[0] in names:
            line = source.count("\n", 0, found.start()) + 1
            right = f"write {{{{ {found[1]} }}}}"
            yield Problem(file, line, 0, "", f"'{found[0]}' would be sent as it is", right)


def open_brace(source: str, file: str) -> Iterator[Problem]:
    """Find a brace at the end, which would make a tag with what the layout says next."""
    if found := _OPEN.search(source):
        line = source.count("\n", 0, found.start()) + 1
        right = "leave it out, or write what it should begin"
        yield Problem(file, line, 0, "", f"ends with '{found[0].rstrip()}'", right)


def _unclosed(source: str) -> tuple[int, str] | None:
    """Give the line and the tag of the last block that nothing closes."""
    opened: list[tuple[int, str]] = []
    for found in _BLOCKS.finditer(source):
        if found[1] in _ENDS:
            if opened and opened[-1][1] == _ENDS[found[1]]:
                opened.pop()
        else:
            opened.append((source.count("\n", 0, found.start()) + 1, found[1]))
    return opened[-1] if opened else None
