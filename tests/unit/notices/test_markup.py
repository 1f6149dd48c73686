"""Tags in HTML stand where a value is safe, and stay there when styles are inlined."""

import pytest

from qualipath.notices.markup import inline_styles, markup_problems


def problems(source: str) -> list[str]:
    return [str(problem) for problem in markup_problems(source, "body.html")]


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ a }}</p>",
        '<a href="mailto:{{ a }}">{{ a }}</a>',
        '<html lang="{{ locale }}"><title>{% if a %}{{ subject }}{% endif %}</title></html>',
        "<p title='{{ a }}'>a</p>",
        "<table>{% for r in l %}<tr><td>{{ r }}</td></tr>{% endfor %}</table>",
        "{% if a %}<p>a</p>{% elif b %}<p>b</p>{% else %}<br>c<br/>{% endif %}",
        "<p>{% if a %}a{% endif %}</p>{# <b> #}",
        "<!-- a --><p>&nbsp;1 &lt; 2 &amp; 3</p>",
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
        '<a href="https://intern.example/">a</a> <a href="tel:+49203">b</a> <a href="#c">c</a>',
        '<p style="background: url(data:image/gif;base64,R0)"><img src="data:image/gif,R0"></p>',
    ],
)
def test_what_belongs_in_a_mail_has_no_problems(source: str) -> None:
    assert problems(source) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("<p class={{ a }}>a</p>", "{{ a }} stands in the attribute 'class'"),
        ("<p lang={{ a }}>a</p>", "{{ a }} stands in <p> outside of quotes"),
        ("<{{ a }}>", "{{ a }} stands for an element's name"),
        ("<p></{{ a }}></p>", "{{ a }} stands for an element's name"),
        ("<p {{ a }}>a</p>", "{{ a }} stands in <p> outside of quotes"),
        ('<p style="color: {{ a }}">a</p>', "{{ a }} stands in the attribute 'style'"),
        ('<a href="{{ a }}">a</a>', "{{ a }} stands in the attribute 'href'"),
        ('<a href="https://{{ a }}">a</a>', "{{ a }} stands in the attribute 'href'"),
        ('<a href="mailto:x{% if a %}y{% endif %}">a</a>', "{% if a %} stands in the attribute"),
        ('<p title="{% if a %}b{% endif %}">a</p>', "{% if a %} stands in the attribute 'title'"),
        ("<style>p { color: {{ a }} }</style>", "{{ a }} stands in <style>"),
        ("<script>{{ a }}</script>", "<script> does not belong in a mail"),
        ("<iframe src='x'></iframe>", "<iframe> does not belong in a mail"),
        ("<link rel='stylesheet' href='x.css'>", "<link> does not belong in a mail"),
        ("<form></form>", "<form> does not belong in a mail"),
        ("<p onclick='x'>a</p>", "the attribute 'onclick' runs a script"),
        ("<a href='JavaScript:x'>a</a>", "the attribute 'href' runs a script"),
        ("<meta http-equiv='refresh' content='0'>", "leads elsewhere by itself"),
        ("<xmp>a</xmp>", "<xmp> does not belong in a mail"),
        ("<img src='https://x.example/y.png'>", "the attribute 'src' loads something"),
        ("<img src='cid:logo'>", "the attribute 'src' loads something"),
        ("<img srcset='y.png 2x'>", "the attribute 'srcset' loads something"),
        ("<td background='y.png'></td>", "the attribute 'background' loads something"),
        ("<a href='mailto:x@y.example' ping='z'>a</a>", "the attribute 'ping' loads something"),
        ("<p style='background: URL( y.png )'>a</p>", "'URL( ' in a style loads something"),
        ("<p style='background: \\75rl(y.png)'>a</p>", "'\\' in a style loads something"),
        ("<style>@import 'y.css';</style>", "'@import' in a style loads something"),
        ("<style>p { background: url('y.png') }</style>", "'url(' in a style loads something"),
        ("<a href='data:text/html,x'>a</a>", "the attribute 'href' leads to 'data:text/html,x'"),
        ("<a href='/intern'>a</a>", "the attribute 'href' leads to '/intern'"),
        ("<title>{{ content }}</title>", "{{ content }} stands in <title>"),
        ("<p title='{{ content }}'>a</p>", "{{ content }} stands in the attribute 'title'"),
        ("a <p", "'<p' is not finished"),
        ("a </p", "'</p' is not finished"),
        ('<p title="{{ a }}', "'<p' is not finished"),
        ("<!-- a", "'<!--' is not finished"),
        ("<!-- {{ a }} -->", "{{ a }} stands in a comment"),
        ("<!DOCTYPE {{ a }}>", "{{ a }} stands in a comment"),
        ("<p>a", "<p> of line 2 is not closed before the end"),
        ("<p>a</b></p>", "<p> of line 2 is not closed before </b>"),
        ("a</p>", "</p> closes what was not opened here"),
        ("{% if a %}<p>{% endif %}a</p>", "<p> of line 2 is not closed before its tag's end"),
        ("<p>{% if a %}</p>{% endif %}", "</p> closes what was not opened here"),
        ("{% if a %}<b>{% else %}<i>{% endif %}a", "<b> of line 2 is not closed before its tag"),
    ],
)
def test_what_does_not_is_told_with_its_line(source: str, told: str) -> None:
    (first, *_) = problems(f"\n{source}")
    place, what = first.split(": ", 1)
    assert place == "body.html:2"
    assert what.startswith(told)


def test_styles_are_inlined_around_tags_and_media_stay() -> None:
    html = inline_styles(
        "<html><head><style>td { color: red } @media (max-width: 9px) { td { color: blue } }"
        "</style></head><body><table>{% for r in l %}\n<tr><td>{{ r }}</td></tr>\n{% endfor %}"
        '</table><a href="mailto:{{ a }}">{{ a }} &amp; b</a></body></html>'
    )
    assert '{% for r in l %}\n<tr><td style="color: red;">{{ r }}</td></tr>\n{% endfor %}' in html
    assert '<a href="mailto:{{ a }}">{{ a }} &amp; b</a>' in html
    assert "@media (max-width: 9px) { td { color: blue } }" in html
    assert html.count("<style>") == 1


def test_what_html_supplies_does_not_stand_in_one_branch() -> None:
    html = inline_styles(
        "<table>{% if a %}<tr><td>1</td></tr>{% endif %}<tr><td>2</td></tr></table>"
    )
    assert "tbody" not in html


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ("<p>a</p><table>{{ a }}<tr><td>1</td></tr></table>", None),
        ("<table><tr><td>{{ b }}</td></tr>{{ a }}</table>", "{{ b }}"),
    ],
)
def test_a_tag_that_html_would_move_or_lose_is_refused(source: str, tag: str | None) -> None:
    if tag is None:  # It moves, but before nothing else that is filled in.
        assert "{{ a }}" in inline_styles(source)
        return
    with pytest.raises(ValueError, match="stands where HTML can't hold it") as error:
        inline_styles(source)
    assert str(error.value).startswith(tag)


def test_braces_of_styles_open_no_tag() -> None:
    html = inline_styles("<style>@media screen{#a{color:red}}</style><p>{{ a }}</p>")
    assert "{#" not in html.replace("{{ a }}", "")
