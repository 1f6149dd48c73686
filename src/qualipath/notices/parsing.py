"""Templates read from their files, looked through, and compiled."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.runtime import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from qualipath.errors import Problem
from qualipath.notices.allowed import refusals
from qualipath.notices.markup import CONTENT_TAG, TAG, markup_problems
from qualipath.notices.scope import CONTENT, Scope
from qualipath.notices.slips import open_brace, single_braces, slip

MAX_SOURCE = 64 * 1024
MAX_TAGS = 1_000

# The only tag that leaves no trace in the syntax tree.
_RAW = re.compile(r"{%[-+]?\s*raw\b")
_CONTENT = re.compile(rf"{{{{.*\b{CONTENT}\b", re.DOTALL)
_UNSEEN = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\uf900-\ufffd\U00010000-\U000dffff]"
    # What turns the direction of a text shows another template than the one that is read.
    r"|[\u202a-\u202e\u2066-\u2069]"
)


def read_template(file: Path) -> tuple[str, tuple[Problem, ...]]:
    """Read a template of at most 64 KiB of UTF-8; what is wrong with it is told, not raised."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_SOURCE + 1)
    except FileNotFoundError:
        return "", (_whole(file, "does not exist", "write it"),)
    except OSError as error:
        return "", (_whole(file, f"can't be read: {error.strerror or error}"),)
    if len(raw) > MAX_SOURCE:
        return "", (_whole(file, "is larger than 64 KiB", "make it shorter"),)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        return "", (Problem(str(file), line, 0, "", what, "save it as UTF-8"),)
    if found := _UNSEEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        what = f"holds the character U+{ord(found[0]):04X}"
        return "", (Problem(str(file), line, 0, "", what, "leave it out"),)
    return text, ()


def nothing_told(source: str, file: str) -> Iterator[Problem]:
    """Find that there is nothing in a template, as while somebody writes it anew."""
    if not source.strip():
        yield Problem(file, 1, 0, "", "is empty", "write what the mail tells")


# A pure function of what stands in a file; every publishing asks for the same few hundred.
@lru_cache(maxsize=2048)
def template_problems(source: str, file: str, scope: Scope) -> tuple[Problem, ...]:
    """Find what is wrong with a template that may use a scope's names."""
    return tuple(_problems(source, file, scope))


@lru_cache(maxsize=512)
def compile_template(source: str, name: str) -> Template:
    """Compile a template without problems; values are escaped in those whose name ends in .html."""
    tree = _Plain().visit(_ENVIRONMENT.parse(source))
    code = _ENVIRONMENT.compile(tree, name=name, filename=name)
    return Template.from_code(_ENVIRONMENT, code, {}, None)


def names_in(source: str) -> frozenset[str]:
    """Name everything that a template without problems asks for by itself.

    No row of a loop has a field's name there, so that it does not matter where a name stands.
    """
    names = list(_parsed(source).find_all(nodes.Name))
    rows = {name.name for name in names if name.ctx == "store"}
    return frozenset({name.name for name in names} - rows - {"loop"})


# Who has looked through a template asks for its names next; what it gives is not to be changed.
@lru_cache(maxsize=16)
def _parsed(source: str) -> nodes.Template:
    return _ENVIRONMENT.parse(source)


class _Plain(NodeTransformer):
    """Reads `row.field` as a key and never as an attribute, and compares texts with texts."""

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 (Jinja's naming)
        if _counts(node):
            return node
        key = nodes.Const(node.attr, lineno=node.lineno)
        return nodes.Getitem(node.node, key, node.ctx, lineno=node.lineno)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        constant = node.ops[0].expr
        # Every field is a text, also one that tells a number; only a loop counts by itself.
        if isinstance(constant, nodes.Const) and not _counts(node.expr):
            constant.value = str(constant.value)
        return self.generic_visit(node)


def _counts(node: nodes.Node) -> bool:
    of = node.node if isinstance(node, nodes.Getattr) else None
    return isinstance(of, nodes.Name) and of.name == "loop"


class _Environment(ImmutableSandboxedEnvironment):
    """Knows nothing by itself, and reads nothing but keys of rows and a loop's own counts."""

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read a key; unlike elsewhere, an attribute of that name does not stand in for it."""
        return obj[argument] if argument in obj else self.undefined(obj=obj, name=argument)


def _environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for known in (environment.globals, environment.filters, environment.tests):
        known.clear()
    return environment


_ENVIRONMENT = _environment()


def _problems(source: str, file: str, scope: Scope) -> Iterator[Problem]:
    if found := _RAW.search(source):
        line = source.count("\n", 0, found.start()) + 1
        right = "write the text without braces"
        yield Problem(file, line, 0, "", "{% raw %} is not read", right)
        return
    if source.count("{%") + source.count("{{") > MAX_TAGS:
        yield Problem(file, 0, 0, "", f"holds more than {MAX_TAGS} tags", "make it shorter")
        return
    try:
        tree = _parsed(source)
    except TemplateSyntaxError as error:
        yield slip(error, source, file)
        return
    except (RecursionError, ValueError, OverflowError):
        what = "holds something too long or too deep to be read"
        yield Problem(file, 0, 0, "", what, "make it simpler")
        return
    refused = list(refusals(tree, file, scope))
    yield from refused
    if scope.layout and not refused:
        yield from _odd_contents(source, file)
    yield from open_brace(source, file)
    yield from single_braces(source, file, scope.names | {"words"})
    if file.endswith(".html") and not refused:
        yield from markup_problems(source, file)


def _odd_contents(source: str, file: str) -> Iterator[Problem]:
    """Find tags of the content for which a notice's own part is not put in."""
    for tag in TAG.finditer(source):
        if _CONTENT.match(tag[0]) and not CONTENT_TAG.fullmatch(tag[0]):
            line = source.count("\n", 0, tag.start()) + 1
            right = f"write {{{{ {CONTENT} }}}} without anything else"
            yield Problem(file, line, 0, "", f"{tag[0]} does not show it", right)


def _whole(file: Path, what: str, right: str = "") -> Problem:
    return Problem(str(file), 0, 0, "", what, right)
