"""Templates are compiled once, filled in with plain values only, and renewed when they change."""

import os
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from qualipath.errors import TemplateError
from qualipath.notices.mail import Rendered, Value
from qualipath.notices.templating import MAX_ROWS, Templates
from tests.unit.notices.writing import FIELDS, HTML, a_folder, write


def rendered(folder: Path, **fields: Any) -> Rendered:
    values: dict[str, Value] = {**FIELDS, **fields}
    return Templates(folder).rendered("told", "de", "colon", values)


def test_all_parts_are_filled_in(tmp_path: Path) -> None:
    told = rendered(a_folder(tmp_path), reasons=("zu spät", "zu früh"), reason="So <ist> es.")
    assert told.subject == "Bootcamp: Anna Amsel"
    assert told.text == (
        "Stadt\n\nAnna Amsel, Bootcamp\nSo <ist> es.\n1. zu spät\n2. zu früh\n\n1. März 2027"
    )
    assert "So &lt;ist&gt; es.</p>" in told.html
    assert '<p style="color: navy;">Anna Amsel, <b>Bootcamp</b></p>' in told.html
    assert "<title>Bootcamp: Anna Amsel</title>" in told.html
    assert '<html lang="de">' in told.html
    assert '<a href="mailto:hr@stadt.example">' in told.html
    assert "@media (prefers-color-scheme: dark)" in told.html


def test_what_is_not_known_leaves_no_blank_line(tmp_path: Path) -> None:
    told = rendered(a_folder(tmp_path), contact=None)
    assert told.text == "Stadt\n\nAnna Amsel, Bootcamp\nnone\n\n1. März 2027"
    assert "None" not in told.text + told.html
    assert "mailto" not in told.html


def test_words_are_of_the_organisation_s_style(tmp_path: Path) -> None:
    words = "chief: {neutral: Leitung, colon: 'Chef:in', star: Chef*in, pair: Chefin oder Chef}\n"
    folder = a_folder(tmp_path, text="{{ words.chief }}", words=words)
    told = [
        Templates(folder).rendered("told", "de", s, FIELDS).text
        for s in ("neutral", "colon", "star", "pair")
    ]
    assert [text.splitlines()[2] for text in told] == [
        "Leitung",
        "Chef:in",
        "Chef*in",
        "Chefin oder Chef",
    ]


def test_a_value_that_claims_to_be_safe_is_escaped(tmp_path: Path) -> None:
    told = rendered(a_folder(tmp_path), tier=Markup("<b>x</b>"), reasons=(Markup("<i>"),))
    assert "&lt;b&gt;x&lt;/b&gt;" in told.html
    assert "<i>" not in told.html


@pytest.mark.parametrize("value", [7, 1.5, ["a"], object(), (7,), ({"a": 7},), b"a"])
def test_a_value_that_is_not_plain_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(TemplateError, match="'reasons'"):
        rendered(a_folder(tmp_path), reasons=value)


def test_a_field_that_was_not_given_is_named(tmp_path: Path) -> None:
    values = {name: value for name, value in FIELDS.items() if name != "tier"}
    with pytest.raises(TemplateError, match="asks for 'tier', which is not known here"):
        Templates(a_folder(tmp_path)).rendered("told", "de", "colon", values)


def test_a_list_is_shown_up_to_a_limit(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, text="{% for one in reasons %}{{ one }}{% endfor %}")
    assert rendered(folder, reasons=("x",) * 10_000).text.count("x") == MAX_ROWS


def test_an_over_long_subject_is_cut(tmp_path: Path) -> None:
    told = rendered(a_folder(tmp_path), tier="x" * 500)
    assert told.subject == "x" * 199 + "…"


def test_what_would_be_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"body\.txt: gives more than 256 KiB"):
        rendered(a_folder(tmp_path), reasons=("x" * 1000,) * 400)


def test_line_ends_and_half_characters_of_values_are_put_right(tmp_path: Path) -> None:
    told = rendered(a_folder(tmp_path), reason="a\r\nb\rc\nd\ud800e")
    assert "a\nb\nc\nd\ufffde" in told.text


@pytest.mark.parametrize("part", ["text", "html", "subject", "layout_html", "layout_text", "words"])
def test_wrong_templates_are_never_filled_in(tmp_path: Path, part: str) -> None:
    folder = a_folder(tmp_path, **{part: "{{ ''.__class__ }}"})
    with pytest.raises(TemplateError):
        rendered(folder)


@pytest.mark.parametrize("part", ["subject", "text", "html", "layout_text", "layout_html"])
def test_a_file_that_is_being_written_anew_is_not_sent_as_it_is(tmp_path: Path, part: str) -> None:
    folder = a_folder(tmp_path, **{part: ""})
    with pytest.raises(TemplateError, match=r"is empty|does not show"):
        rendered(folder)


def test_half_a_page_is_never_sent(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    for length in range(len(HTML.rstrip())):
        write(folder / "de" / "told" / "body.html", HTML[:length])
        try:
            told = rendered(folder, reasons=("zu spät",))
        except TemplateError:
            continue
        # What is left out here are whole elements, one after the other.
        assert HTML[:length].rstrip().endswith(("</p>", "{% endif %}"))
        assert told.html.count("<p ") == told.html.count("</p>")


def test_a_comment_in_a_layout_may_tell_of_the_content(tmp_path: Path) -> None:
    layout = "{# {{ content }} is what a notice tells. #}{{ content }}"
    folder = a_folder(tmp_path, layout_text=layout, text="{# one #}{{ tier }}")
    assert rendered(folder).text == "Bootcamp"


def test_a_layout_that_would_move_the_content_is_refused(tmp_path: Path) -> None:
    html = "<table><tr><td>{{ tier }}</td></tr>{{ employee }}</table>"
    with pytest.raises(TemplateError, match="stands where HTML can't hold it"):
        rendered(a_folder(tmp_path, html=html))


@pytest.mark.parametrize("name", ["de/told/body.txt", "layout.txt", "de/told/subject.txt"])
def test_a_changed_file_is_read_again(tmp_path: Path, name: str) -> None:
    templates = Templates(a_folder(tmp_path))
    before = templates.rendered("told", "de", "colon", FIELDS)
    again = templates.rendered("told", "de", "colon", FIELDS)
    assert again == before
    file = tmp_path / name
    write(
        file,
        file.read_text(encoding="utf-8")
        .replace("{{ employee }}", "X")
        .replace("{{ sent_on }}", "X"),
    )
    os.utime(file, ns=(1, 1))
    assert templates.rendered("told", "de", "colon", FIELDS) != before


def test_wrong_templates_are_filled_in_once_they_are_right(tmp_path: Path) -> None:
    templates = Templates(a_folder(tmp_path, html="<p>"))
    with pytest.raises(TemplateError):
        templates.rendered("told", "de", "colon", FIELDS)
    a_folder(tmp_path, html=HTML)
    assert templates.rendered("told", "de", "colon", FIELDS).subject
