"""Templates are not code: what is not on the list is refused before anything runs."""

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from qualipath.errors import TemplateError
from qualipath.notices.parsing import MAX_TAGS, compile_template, template_problems
from qualipath.notices.scope import Scope, layout_scope
from qualipath.notices.templating import MAX_RENDERED, fill

SCOPE = Scope(
    texts=frozenset({"employee", "reason"}),
    flags=frozenset({"personal"}),
    lists=frozenset({"reasons"}),
    rows=(("people", frozenset({"name", "items", "number"})),),
    words=frozenset({"supervisor"}),
    words_file="words.yaml",
)
VALUES = {
    "employee": "Anna",
    "reason": "",
    "personal": True,
    "reasons": ["one", "two"],
    "people": [{"name": "Bernd", "items": "3", "number": "7"}],
    "words": {"supervisor": "Führungskraft"},
}


def problems(source: str) -> list[str]:
    return [str(problem) for problem in template_problems(source, "body.txt", SCOPE)]


def filled(source: str) -> str:
    assert problems(source) == []
    return fill(compile_template(source, "body.txt"), VALUES)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("plain text, 100 % {of} #it", "plain text, 100 % {of} #it"),
        ("{{ employee }} at {{ words.supervisor }}", "Anna at Führungskraft"),
        ("{# not told #}{{ reason }}.", "."),
        ("{% if personal and not reason %}yes{% endif %}", "yes"),
        ("{% if reason %}a{% elif employee == 'Anna' %}b{% else %}c{% endif %}", "b"),
        ("{% if employee != 'Anna' or reasons %}yes{% endif %}", "yes"),
        ("{% for one in reasons %}{{ loop.index }}{{ one }} {% endfor %}", "1one 2two "),
        (
            "{% for one in reasons %}{{ one }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "one, two",
        ),
        ("{% for p in people %}{{ p.name }}/{{ p.items }}{% endfor %}", "Bernd/3"),
        ("{% for p in people %}{% if p.number == 7 %}seven{% endif %}{% endfor %}", "seven"),
        ("{% for p in reasons %}{% if loop.index == 2 %}{{ p }}{% endif %}{% endfor %}", "two"),
        ("a\n  {% if personal %}\nb\n  {% endif %}\nc", "a\nb\nc"),
    ],
)
def test_what_is_on_the_list_is_told(source: str, told: str) -> None:
    assert filled(source) == told


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ employee.__class__.__mro__ }}",
        "{{ employee['__class__'] }}",
        "{{ people[0] }}",
        "{{ employee|attr('__class__') }}",
        "{{ employee|upper }}",
        "{{ employee.upper() }}",
        "{{ range(10**9) }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{{ 'a' * 10**9 }}",
        "{{ 10**9 }}",
        "{{ 'a' ~ employee }}",
        "{{ employee + employee }}",
        "{{ -employee }}",
        "{{ employee if reason else reason }}",
        "{{ 'text' }}",
        "{{ 1 }}",
        "{{ [employee] }}",
        "{{ (employee, reason) }}",
        "{{ {'a': employee} }}",
        "{{ employee is defined }}",
        "{{ employee == 'Anna' }}",
        "{{ true }}",
        "{{ none }}",
        "{{ self }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler }}",
        "{{ lipsum.__globals__ }}",
        "{{ namespace() }}",
        "{{ loop }}",
        "{{ loop.index }}",
        "{{ words }}",
        "{{ words['supervisor'] }}",
        "{% include 'body.txt' %}",
        "{% include '../../etc/passwd' %}",
        "{% import 'x' as y %}",
        "{% from 'x' import y %}",
        "{% extends 'layout.txt' %}",
        "{% block a %}{% endblock %}",
        "{% macro a() %}{{ a() }}{% endmacro %}",
        "{% call a() %}{% endcall %}",
        "{% set a = employee %}",
        "{% set a %}text{% endset %}",
        "{% with a = employee %}{{ a }}{% endwith %}",
        "{% filter upper %}a{% endfilter %}",
        "{% autoescape false %}{{ employee }}{% endautoescape %}",
        "{% raw %}{{ employee }}{% endraw %}",
        "{%- raw -%}{{ employee }}{% endraw %}",
        "{% trans %}a{% endtrans %}",
        "{% do employee %}",
        "{% debug %}",
        "{% for a in reasons %}{% for b in people %}{{ a }}{% endfor %}{% endfor %}",
        "{% for a in reasons %}{% for b in reasons %}{{ b }}{% endfor %}{% endfor %}",
        "{% for a in reasons recursive %}{{ loop(a) }}{% endfor %}",
        "{% for a in reasons if a %}{{ a }}{% endfor %}",
        "{% for a, b in people %}{{ a }}{% endfor %}",
        "{% for a in employee %}{{ a }}{% endfor %}",
        "{% for a in [1, 2] %}{{ a }}{% endfor %}",
        "{% for a in people.items() %}{{ a }}{% endfor %}",
        "{% for employee in reasons %}{{ employee }}{% endfor %}",
        "{% for words in reasons %}{{ words }}{% endfor %}",
        "{% for p in people %}{{ p }}{% endfor %}",
        "{% for p in people %}{{ p.title }}{% endfor %}",
        "{% for p in people %}{{ p.name.real }}{% endfor %}",
        "{% for p in people %}{{ p['name'] }}{% endfor %}",
        "{% for p in reasons %}{{ p.name }}{% endfor %}",
        "{% for p in people %}{{ loop.first }}{{ p.name }}{% endfor %}",
        "{% for p in people %}{{ loop.cycle('a', 'b') }}{% endfor %}",
        "{% for p in people %}{{ loop.previtem }}{% endfor %}",
        "{% for p in people %}{% else %}{{ p.name }}{% endfor %}",
        "{% for p in people %}{% endfor %}{{ p.name }}",
        "{% if employee.upper() %}a{% endif %}",
        "{% if employee is defined %}a{% endif %}",
        "{% if 'a' in employee %}a{% endif %}",
        "{% if employee > 'a' %}a{% endif %}",
        "{% if 'a' < employee < 'b' %}a{% endif %}",
        "{% if employee == reason %}a{% endif %}",
        "{% if employee == 1.5 %}a{% endif %}",
        "{% if employee == none %}a{% endif %}",
        "{% if employee == '%}' %}a{% endif %}",
        "{% if employee == 'a' * 10**9 %}a{% endif %}",
        "{% if reasons == 'a' %}a{% endif %}",
        "{% if personal == 'a' %}a{% endif %}",
        "{% if loop.first %}a{% endif %}",
        "{{ reasons }}",
        "{{ people }}",
        "{{ personal }}",
        "{{ content }}",
        "{{ unknown }}",
        "{{ words.unknown }}",
        "{{ unclosed",
        "{% if employee %}",
        "{% endif %}",
    ],
)
def test_all_else_is_refused(source: str) -> None:
    (first, *_) = problems(f"\n{source}")
    place, told = first.split(": ", 1)
    assert place == "body.txt:2"
    assert "; " in told, "it says what would be right"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{{ emploee }}", "there is no field 'emploee'; did you mean 'employee'?"),
        ("{{ words.superviser }}", "there is no word 'superviser' in words.yaml; did you mean"),
        ("{% for p in peple %}{% endfor %}", "'peple' is no list; lists are: people, reasons"),
        ("{{ personal }}", "'personal' is true or false, and no text; ask for it by {% if"),
        ("{{ reasons }}", "'reasons' is a list, and no text; write {% for row in reasons %}"),
        ("{% for p in people %}{{ p }}{% endfor %}", "'p' is a row with fields; write {{ p.items"),
        ("{{ employee|upper }}", "a filter is not read; write {{ field }}"),
        ("{% include 'x' %}", "{% include %} is not read"),
    ],
)
def test_a_refusal_says_what_and_what_would_be_right(source: str, told: str) -> None:
    assert problems(source)[0].startswith(f"body.txt:1: {told}")


@pytest.mark.parametrize(
    "source",
    [
        "{% if employee %}" * 300 + "{% endif %}" * 300,
        "{% if " + "not " * 5000 + "employee %}a{% endif %}",
        "{% if " + "(" * 5000 + "employee" + ")" * 5000 + " %}a{% endif %}",
        "{% if " + "employee or " * 500 + "employee %}a{% endif %}",
        "{{ employee }}" * (MAX_TAGS + 1),
        "{% if employee == " + "9" * 5000 + " %}a{% endif %}",
        "{{ " + "-" * 5000 + "1 }}",
        "{{ employee" + ".a" * 5000 + " }}",
        "{{ " + "[" * 5000 + " }}",
    ],
)
def test_what_is_too_deep_or_too_long_is_refused_without_trouble(source: str) -> None:
    assert problems(source)


def test_a_row_is_never_asked_for_an_attribute() -> None:
    """`items` is also what a mapping calls one of its methods."""
    source = "{% for p in people %}{{ p.items }}{% endfor %}"
    assert filled(source) == "3"
    with pytest.raises(TemplateError, match="items"):
        fill(compile_template(source, "body.txt"), {"people": [{"nothing": ""}]})


def test_a_long_list_stops_at_the_cap() -> None:
    source = "{% for one in reasons %}{{ one }}{% endfor %}"
    taken = []

    class Told(str):
        __slots__ = ()

        def __str__(self) -> str:
            taken.append(1)
            return "x" * 1024

    endless = [Told()] * 100_000
    with pytest.raises(TemplateError, match="more than 256 KiB"):
        fill(compile_template(source, "body.txt"), {"reasons": endless})
    assert len(taken) < 1024


def test_what_is_too_long_only_in_octets_is_refused_as_well() -> None:
    template = compile_template("{{ employee }}", "body.txt")
    assert len(fill(template, {"employee": "x" * MAX_RENDERED})) == MAX_RENDERED
    with pytest.raises(TemplateError, match="more than 256 KiB"):
        fill(template, {"employee": "ü" * (MAX_RENDERED - 10)})


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("{{ subject }}", "does not show {{ content }}"),
        ("{{ content }}{{ content }}", "does not show in every case, and once"),
        ("{% if contact %}{{ content }}{% endif %}", "does not show in every case, and once"),
        ("{% if contact %}{{ content }}{% endif %}{{ content }}", "does not show in every case"),
        ("{% if contact %}{% elif recipient %}{{ content }}{% endif %}", "does not show in every"),
    ],
)
def test_a_layout_shows_the_content_once_in_every_case(source: str, how: str) -> None:
    (problem,) = template_problems(source, "layout.txt", layout_scope())
    assert str(problem).startswith(f"layout.txt: {how}")


def test_a_layout_may_show_the_content_in_either_case() -> None:
    source = "{% if locale == 'de' %}a {{ content }}{% else %}b {{ content }}{% endif %}"
    assert template_problems(source, "layout.txt", layout_scope()) == ()
    in_condition = "{% if content %}{% endif %}{{ content }}"
    assert template_problems(in_condition, "layout.txt", layout_scope())


# --- Whatever passes is harmless ------------------------------------------------------------------

NAMES = ["employee", "reason", "personal", "reasons", "people", "words", "loop", "self", "row"]
OPERATORS = ["+", "*", "**", "~", "==", "!=", "<", "and", "or", "in"]
EXPRESSIONS = st.recursive(
    st.sampled_from(
        [*NAMES, "'a'", "7", "1.5", "none", "true", "range", "words.supervisor", "row.name"]
    ),
    lambda inner: st.one_of(
        st.builds("{}.{}".format, inner, st.sampled_from(["name", "upper", "index", "__class__"])),
        st.builds("{} {} {}".format, inner, st.sampled_from(OPERATORS), inner),
        st.builds("not {}".format, inner),
        st.builds("({})".format, inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}({})".format, inner, inner),
        st.builds("{}|{}".format, inner, st.sampled_from(["upper", "list", "attr('x')", "safe"])),
        st.builds("{} is defined".format, inner),
        st.builds("{} if {} else {}".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
    ),
    max_leaves=4,
)
CONDITIONS = st.one_of(
    EXPRESSIONS, st.sampled_from(["employee", "personal", "reason == 'a'", "not reasons"])
)
LOOP = "{% for row in people %}{{ row.name }}{{ loop.index }}{% endfor %}"
SOURCES = st.recursive(
    st.one_of(
        st.sampled_from(["text ", "{# no #}", "\n", "{{ employee }}", "{{ row.name }}", LOOP]),
        st.builds("{{{{ {} }}}}".format, EXPRESSIONS),
        st.builds("{{% set a = {} %}}".format, EXPRESSIONS),
        st.builds("{{% include {} %}}".format, EXPRESSIONS),
    ),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, CONDITIONS, inner, inner),
        st.builds(
            "{{% for {} in {} %}}{}{{% endfor %}}".format,
            st.sampled_from(["row", "one", "employee"]),
            st.one_of(st.sampled_from(["people", "reasons", "employee"]), EXPRESSIONS),
            inner,
        ),
        st.builds("{{% macro m() %}}{}{{% endmacro %}}{{{{ m() }}}}".format, inner),
    ),
    max_leaves=8,
)
PIECES = {"text", "Anna", "one", "two", "Bernd", "3", "7", "Führungskraft", "1", "2", ""}


@given(SOURCES)
def test_whatever_passes_tells_only_its_own_text_and_values(source: str) -> None:
    if problems(source):
        return
    told = fill(compile_template(source, "body.txt"), VALUES)
    left = told.replace("\n", " ")
    for piece in sorted(PIECES - {""}, key=len, reverse=True):
        left = left.replace(piece, " ")
    assert left.split() == []
    assert len(told) <= MAX_RENDERED


@pytest.mark.parametrize("tag", ["{{ employee }}", "{% if", "{% for"])
def test_the_property_meets_templates_that_pass(tag: str) -> None:
    """Control: the strategy does give templates of every allowed kind."""
    found = find(SOURCES, lambda source: tag in source and not problems(source))
    assert filled(found)
