"""What a template may say: an allow-list over its syntax tree; all else is refused with its line.

What passes only tells texts and values, in loops over lists that can't be nested: so how long it
takes and how much it gives is bounded by the lengths of the template and of the lists.
"""

from collections.abc import Iterator, Sequence

from jinja2 import nodes

from qualipath.definition.source import suggestion
from qualipath.errors import Problem
from qualipath.notices.scope import CONTENT, Scope

MAX_DEPTH = 8
MAX_TERMS = 16

_TELL = "write {{ field }}, {% if field %} or {% for row in list %}"
_STATEMENTS: dict[type[nodes.Node], str] = {
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from %}",
    nodes.Extends: "{% extends %}",
    nodes.Block: "{% block %}",
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.With: "{% with %}",
    nodes.Scope: "{% autoescape %}",
}
_EXPRESSIONS: dict[type[nodes.Node], str] = {
    nodes.Call: "a call",
    nodes.Filter: "a filter",
    nodes.Test: "a test by 'is'",
    nodes.Getitem: "a value in brackets",
    nodes.CondExpr: "an if within {{ }}",
    nodes.Concat: "'~'",
    nodes.Const: "a value of its own",
    nodes.TemplateData: "a value of its own",
    nodes.List: "a list of its own",
    nodes.Tuple: "a list of its own",
    nodes.Dict: "a mapping of its own",
    nodes.BinExpr: "arithmetic",
    nodes.UnaryExpr: "arithmetic",
    nodes.Compare: "a comparison",
    nodes.And: "a condition",
    nodes.Or: "a condition",
    nodes.Not: "a condition",
}
_LOOP = ("first", "last", "index")


def refusals(tree: nodes.Template, file: str, scope: Scope) -> Iterator[Problem]:
    """Find everything in a template that is not on the list, with its line."""
    yield from _Reader(file, scope).statements(tree.body, 0)
    if scope.layout and (counts := _contents(tree.body)) != {1}:
        how = "does not show" if counts == {0} else "does not show in every case, and once,"
        right = f"write {{{{ {CONTENT} }}}} where the mail's own text shall stand"
        yield Problem(file, 0, 0, "", f"{how} {{{{ {CONTENT} }}}}", right)


class _Reader:
    """Walks through one template; `_row` is the variable of the loop that it is in."""

    def __init__(self, file: str, scope: Scope) -> None:
        self._file = file
        self._scope = scope
        self._row: str | None = None
        self._of: str = ""

    def statements(self, body: Sequence[nodes.Node], depth: int) -> Iterator[Problem]:
        """Look at statements one after the other."""
        for node in body:
            match node:
                case nodes.Output():
                    for child in node.nodes:
                        if not isinstance(child, nodes.TemplateData) and not self._content(child):
                            yield from self._shown(child)
                case nodes.If():
                    yield from self._if(node, depth)
                case nodes.For():
                    yield from self._for(node, depth)
                case _:
                    what = f"{_STATEMENTS.get(type(node), 'such a tag')} is not read"
                    yield self._problem(node, what, _TELL)

    def _if(self, node: nodes.If, depth: int) -> Iterator[Problem]:
        if depth == MAX_DEPTH:
            yield self._problem(
                node, f"is nested deeper than {MAX_DEPTH} levels", "make it flatter"
            )
            return
        yield from self._condition(node.test, MAX_TERMS)
        yield from self.statements(node.body, depth + 1)
        for other in node.elif_:
            yield from self._condition(other.test, MAX_TERMS)
            yield from self.statements(other.body, depth + 1)
        yield from self.statements(node.else_, depth + 1)

    def _for(self, node: nodes.For, depth: int) -> Iterator[Problem]:
        if self._row is not None:
            yield self._problem(node, "is a loop within a loop", "end the first one before it")
            return
        if node.test is not None or node.recursive:
            yield self._problem(
                node, "says more than what to go through", "write {% for row in list %}"
            )
        listed = node.iter.name if isinstance(node.iter, nodes.Name) else ""
        lists = self._scope.lists | {name for name, _ in self._scope.rows}
        if listed not in lists:
            what = f"'{listed}' is no list" if listed else "goes through something of its own"
            yield self._problem(node.iter, what, f"lists are: {', '.join(sorted(lists)) or 'none'}")
            return
        if not isinstance(node.target, nodes.Name):
            yield self._problem(node.target, "names several at once", "write {% for row in list %}")
            return
        name = node.target.name
        if name in self._scope.names | {"words", "loop", CONTENT}:
            yield self._problem(node.target, f"'{name}' is a name already", "choose another one")
        self._row, self._of = name, listed
        yield from self.statements(node.body, depth + 1)
        self._row = None
        yield from self.statements(node.else_, depth + 1)

    def _condition(self, node: nodes.Node, terms: int) -> Iterator[Problem]:
        if terms == 0:
            what = f"is a condition of more than {MAX_TERMS} parts"
            yield self._problem(node, what, "make it simpler")
            return
        match node:
            case nodes.And() | nodes.Or():
                yield from self._condition(node.left, terms - 1)
                yield from self._condition(node.right, terms - 1)
            case nodes.Not():
                yield from self._condition(node.node, terms - 1)
            case nodes.Compare():
                yield from self._comparison(node)
            case nodes.Name(name=name) if name in self._scope.names:
                pass
            case nodes.Getattr(node=nodes.Name(name="loop"), attr="first" | "last") if self._row:
                pass
            case _:
                yield from self._shown(node)

    def _comparison(self, node: nodes.Compare) -> Iterator[Problem]:
        operand = node.ops[0]
        if len(node.ops) > 1 or operand.op not in {"eq", "ne"}:
            what = "compares by something other than one == or !="
            yield self._problem(node, what, "write {% if field == 'text' %}")
        elif not _is_constant(operand.expr):
            right = "put a text in quotes, or write a whole number"
            yield self._problem(node, "compares with something that is no text or number", right)
        yield from self._shown(node.expr)

    def _shown(self, node: nodes.Node) -> Iterator[Problem]:
        """Look at what must be a text: one of the fields, words or a loop's own."""
        match node:
            case nodes.Name():
                yield from self._name(node)
            case nodes.Getattr(node=nodes.Name(name=of), attr=attribute):
                yield from self._attribute(node, of, attribute)
            case nodes.Getattr():
                yield self._problem(node, "a field of a field is not read", _TELL)
            case _:
                what = f"{_EXPRESSIONS.get(type(node), _kind(node))} is not read"
                yield self._problem(node, what, _TELL)

    def _content(self, node: nodes.Node) -> bool:
        return self._scope.layout and isinstance(node, nodes.Name) and node.name == CONTENT

    def _name(self, node: nodes.Name) -> Iterator[Problem]:
        name = node.name
        scope = self._scope
        if name == self._row:
            if fields := scope.row(self._of):
                what = f"'{name}' is a row with fields"
                yield self._problem(node, what, f"write {{{{ {name}.{min(fields)} }}}}")
        elif name in scope.flags:
            what = f"'{name}' is true or false, and no text"
            yield self._problem(node, what, f"ask for it by {{% if {name} %}}")
        elif name in scope.lists or scope.row(name) is not None:
            what = f"'{name}' is a list, and no text"
            yield self._problem(node, what, f"write {{% for row in {name} %}}")
        elif name not in scope.texts:
            yield self._problem(node, f"there is no field '{name}'", suggestion(name, scope.names))

    def _attribute(self, node: nodes.Getattr, of: str, attribute: str) -> Iterator[Problem]:
        if of == "words":
            if attribute not in self._scope.words:
                what = f"there is no word '{attribute}' in {self._scope.words_file}"
                yield self._problem(node, what, suggestion(attribute, self._scope.words))
        elif of == "loop" and self._row:
            if attribute != "index":
                known = ", ".join(f"loop.{name}" for name in _LOOP)
                right = f"write {{{{ loop.index }}}}, or ask by {{% if %}} for one of {known}"
                yield self._problem(node, f"'loop.{attribute}' is no text", right)
        elif of == self._row:
            fields = self._scope.row(self._of)
            if fields is None:
                what = f"'{of}' is a text without fields"
                yield self._problem(node, what, f"write {{{{ {of} }}}}")
            elif attribute not in fields:
                what = f"there is no field '{attribute}' in a row of '{self._of}'"
                yield self._problem(node, what, suggestion(attribute, fields))
        elif of in self._scope.names:
            yield self._problem(node, f"'{of}' has no fields of its own", _TELL)
        else:
            what = f"there is no row '{of}' here"
            yield self._problem(node, what, "write {% for row in list %} around it")

    def _problem(self, node: nodes.Node, what: str, right: str) -> Problem:
        # What wraps another node stands where that one does.
        line = node.lineno or next((child.lineno for child in node.iter_child_nodes()), 0)
        return Problem(self._file, line, 0, "", what, right)


def _is_constant(node: nodes.Node) -> bool:
    if not isinstance(node, nodes.Const) or type(node.value) not in {str, int}:
        return False
    # Tags are found by their ends alone where styles are put into them.
    return not any(end in str(node.value) for end in ("}}", "%}", "#}"))


def _kind(node: nodes.Node) -> str:
    named = (told for kind, told in _EXPRESSIONS.items() if isinstance(node, kind))
    return next(named, "such a value")


def _contents(body: Sequence[nodes.Node]) -> set[int]:
    """Count how often the content is shown, in every way through a layout; two stands for more."""
    counts = {0}
    for node in body:
        found = {0}
        if isinstance(node, nodes.Output):
            found = {sum(isinstance(n, nodes.Name) and n.name == CONTENT for n in node.nodes)}
        elif isinstance(node, nodes.If):
            ways = [node.body, *(other.body for other in node.elif_), node.else_]
            found = set().union(*map(_contents, ways))
        counts = {min(one + other, 2) for one in counts for other in found}
    return counts
