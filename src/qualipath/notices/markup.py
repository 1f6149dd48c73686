"""Tags of templates in HTML: where they can stand, and how styles are inlined around them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count

from css_inline import CSSInliner, InlineError

from qualipath.errors import Problem
from qualipath.notices.scope import CONTENT

TAG = re.compile(r"{{.*?}}|{%.*?%}|{#.*?#}", re.DOTALL)
"""One tag of a template that is allowed: no text in it holds a tag's end."""

CONTENT_TAG = re.compile(rf"{{{{[-+]?\s*{CONTENT}\s*[-+]?}}}}")
"""The tag in a layout for which a notice's own part is put in."""

# No template holds them, since they are of private use.
_FROM, _TO = "\ue000", "\ue001"
_TOKEN = re.compile(f"{_FROM}([0-9]+){_TO}")
_NAMELESS = re.compile(f"</?{_TOKEN.pattern}")
_COMMENT = re.compile(f"<!--{_FROM}([0-9]+){_TO}-->")
_QUOTED = re.compile(r"""=\s*("[^"]*"|'[^']*')""")
_GROUPS = re.compile("</?tbody>")
_STYLES_FIRST = re.compile("(<head[^>]*>)(<style>.*?</style>)(.*?)(?=</head>)", re.DOTALL)
_OPENING = re.compile(r"\{(?=[{%#])")

_ACTIVE = {"applet", "embed", "iframe", "object", "script", "template"}
_FOREIGN = {"audio", "base", "frame", "frameset", "link", "math", "noscript", "svg", "video"}
_FORMS = {"button", "form", "input", "select", "textarea"}
# What stands in them is read as text, or not shown at all.
_RAW = {"image", "listing", "noembed", "noframes", "picture", "plaintext", "xmp"}
_REFUSED = frozenset(_ACTIVE | _FOREIGN | _FORMS | _RAW)
_VOID = frozenset({"area", "br", "col", "hr", "img", "meta", "param", "source", "track", "wbr"})
_ATTRIBUTES = frozenset({"alt", "aria-label", "lang", "title"})
_BRANCH = "{%"

_LOADING = frozenset({"action", "background", "formaction", "ping", "poster", "src", "srcset"})
_LINKS = ("http://", "https://", "mailto:", "tel:", "#")
_OWN_IMAGE = "data:image/"
# A backslash may stand for any letter of the others.
_LOADING_STYLE = re.compile(
    r"@import|\b(?:url|image|image-set|src|expression)\s*\(\s*(?!['\"]?data:image/)"
    r"|\bbehavior\s*:|-moz-binding|\\",
    re.IGNORECASE,
)

# Nothing is fetched: neither remote style sheets nor files.
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def markup_problems(source: str, file: str) -> Iterator[Problem]:
    """Find tags that stand where HTML can't hold a value safely, and elements that mails can't."""
    tags = TAG.findall(source)
    number = count()
    marked = TAG.sub(lambda tag: _token(next(number)) + "\n" * tag[0].count("\n"), source)
    for found in _NAMELESS.finditer(marked):
        line = marked.count("\n", 0, found.start()) + 1
        what = f"{tags[int(found[1])]} stands for an element's name"
        yield Problem(file, line, 0, "", what, "write the name itself")
    reader = _Reader(file, tags)
    reader.feed(marked)
    reader.end()
    yield from reader.problems


def inline_styles(html: str) -> str:
    """Move the styles of a whole template to where they apply; what media ask for stays in <style>.

    Raises: ValueError if HTML would move a tag elsewhere, or lose it.
    """
    tags = TAG.findall(html)
    number = count()
    marked = TAG.sub(lambda tag: _marked(tag[0], next(number)), html)
    try:
        styled = _INLINER.inline(marked)
    except InlineError as error:
        message = f"its styles can't be read: {error}"
        raise ValueError(message) from error
    # What is kept of styles must not stand before the encoding, for which browsers do not look far.
    styled = _STYLES_FIRST.sub(r"\1\3\2", styled)
    # A brace that styles end with must not open a tag with the next one.
    styled = _OPENING.sub("{ ", styled)
    found = [int(place) for place in _TOKEN.findall(styled)]
    if found != list(range(len(tags))):
        lost = next((at for at, place in enumerate(found) if at != place), len(found))
        message = (
            f"{tags[min(lost, len(tags) - 1)]} stands where HTML can't hold it, "
            "such as between the rows of a table"
        )
        raise ValueError(message)
    # HTML supplies row groups, whose beginning would stand within the tag before the first row.
    styled = styled if "<tbody " in styled else _GROUPS.sub("", styled)
    styled = _COMMENT.sub(lambda token: tags[int(token[1])], styled)
    return _TOKEN.sub(lambda token: tags[int(token[1])], styled)


def _token(number: int) -> str:
    return f"{_FROM}{number}{_TO}"


def _marked(tag: str, number: int) -> str:
    # Between the rows of a table only a comment stays where it is.
    return _token(number) if tag.startswith("{{") else f"<!--{_token(number)}-->"


class _Reader(HTMLParser):
    """Reads the source of a template as HTML, its tags replaced by tokens."""

    def __init__(self, file: str, tags: list[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.problems: list[Problem] = []
        self._file = file
        self._tags = tags
        self._open: list[tuple[str, int]] = []
        self._torn = False

    def end(self) -> None:
        """See that nothing is left open, be it an element or the sign that begins one."""
        if self.rawdata.startswith("<"):
            began = re.split(f"[\\s{_FROM}]", self.rawdata, maxsplit=1)[0]
            self._refuse(f"'{began}' is not finished", "end it by >, or write &lt; for a <")
            self._torn = True
        self.close()
        self._end("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _REFUSED:
            self._refuse(f"<{tag}> does not belong in a mail", "leave it out")
        for name, value in attrs:
            self._attribute(name, value or "")
        written = self.get_starttag_text() or ""
        for number in _TOKEN.findall(_QUOTED.sub("", written)):
            what = f"{self._tags[int(number)]} stands in <{tag}> outside of quotes"
            self._refuse(what, "put it between the quotes of an attribute, or after the element")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._end(tag)

    def handle_data(self, data: str) -> None:
        within = self._open[-1][0] if self._open else ""
        if within == "style":
            self._style(data)
        for number in _TOKEN.findall(data):
            tag = self._tags[int(number)]
            if within == "style":
                self._refuse(f"{tag} stands in <style>", "write it into the body")
            elif within == "title" and CONTENT_TAG.fullmatch(tag):
                self._refuse(f"{tag} stands in <title>", "write it into the body")
            elif tag.startswith("{%"):
                self._branch(tag)

    def handle_comment(self, data: str) -> None:
        self._hidden(data)

    def handle_decl(self, decl: str) -> None:
        self._hidden(decl)

    def handle_pi(self, data: str) -> None:
        self._hidden(data)

    def unknown_decl(self, data: str) -> None:
        self._hidden(data)

    def _attribute(self, name: str, value: str) -> None:
        if name.startswith("on"):
            self._refuse(f"the attribute '{name}' runs a script", "leave it out")
        elif name == "http-equiv" and value.lower() == "refresh":
            self._refuse("leads elsewhere by itself", "leave it out")
        elif name in _LOADING and not (name == "src" and value.startswith(_OWN_IMAGE)):
            self._refuse(f"the attribute '{name}' loads something", "leave it out")
        elif name == "style":
            self._style(value)
        elif name == "href" and "script:" in value.lower():
            self._refuse("the attribute 'href' runs a script", "leave it out")
        elif name == "href" and _FROM not in value and not value.lower().startswith(_LINKS):
            what = f"the attribute 'href' leads to '{value}', which no mail program finds"
            self._refuse(what, f"begin it with {', '.join(_LINKS)}")
        for number in _TOKEN.findall(value):
            tag = self._tags[int(number)]
            mail = name == "href" and value.startswith("mailto:")
            fits = tag.startswith("{{") and not CONTENT_TAG.fullmatch(tag)
            if not fits or not (mail or name in _ATTRIBUTES):
                right = 'in attributes there may be href="mailto:{{ contact }}" and lang'
                self._refuse(f"{tag} stands in the attribute '{name}'", right)

    def _style(self, style: str) -> None:
        """See that styles load and run nothing."""
        if found := _LOADING_STYLE.search(style):
            self._refuse(f"'{found[0]}' in a style loads something", "leave it out")

    def _hidden(self, text: str) -> None:
        for number in _TOKEN.findall(text):
            what = f"{self._tags[int(number)]} stands in a comment"
            self._refuse(what, "write a comment as {# … #}")

    def _branch(self, tag: str) -> None:
        """See that whatever is opened in one branch of a tag is closed in it."""
        word = tag.strip("{%-+ \n\t").split(maxsplit=1)[0]
        if word not in {"if", "for"}:
            self._end(_BRANCH)
        if not word.startswith("end"):
            self._open.append((_BRANCH, self.getpos()[0]))

    def _end(self, tag: str) -> None:
        """End an element, a branch, or (without a name) the whole."""
        last, line = self._open.pop() if self._open else ("", 0)
        if last == tag or self._torn:
            return
        # One is enough: after it nothing stands where it seems to.
        self._torn = True
        if last not in {_BRANCH, ""}:
            end = "its tag's end" if tag == _BRANCH else f"</{tag}>" if tag else "the end"
            self._refuse(f"<{last}> of line {line} is not closed before {end}", f"write </{last}>")
        else:
            self._refuse(f"</{tag}> closes what was not opened here", f"write <{tag}> before it")

    def _refuse(self, what: str, right: str) -> None:
        line, _ = self.getpos()
        self.problems.append(Problem(self._file, line, 0, "", what, right))
