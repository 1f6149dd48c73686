"""What is wrong with templates is told with file and line, and nothing else is."""

from pathlib import Path

import pytest

from qualipath.notices.checking import check_templates
from qualipath.notices.fields import About
from tests.unit.notices.writing import ABOUTS, HTML, LAYOUT_HTML, SUBJECT, TEXT, a_folder, write

STYLES = "{neutral: Führungskraft, colon: 'Vorgesetzte:r', star: Vorgesetzte*r, pair: Beide}"


def told(folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in check_templates(folder, ABOUTS)]


def test_whole_templates_have_no_problems(tmp_path: Path) -> None:
    assert told(a_folder(tmp_path)) == []
    html = f"{HTML}<p>{{{{ words.supervisor }}}} {{{{ words.plain }}}}</p>"
    words = f"supervisor: {STYLES}\nplain: Wort\n"
    assert told(a_folder(tmp_path, html=html, words=words)) == []


def test_a_folder_of_no_notice_is_left_alone(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "de" / "draft").mkdir()
    write(folder / "de" / "draft" / "body.txt", "{{ unclosed")
    assert told(folder) == []


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "layout.txt").unlink()
    (folder / "de" / "told" / "body.html").unlink()
    (folder / "en" / "told").rename(folder / "en" / "tolled")
    assert told(folder) == [
        "de/told/body.html: does not exist; write it",
        ("en/told: does not exist; write its subject.txt, body.txt, body.html, or is it 'tolled'?"),
        "layout.txt: does not exist; write it",
    ]


def test_a_missing_language_is_told_once(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "en").rename(folder / "fr")
    (problem,) = told(folder)
    assert problem == "en: is not a folder; write the templates of this language there"


@pytest.mark.parametrize(
    ("part", "text", "problem"),
    [
        (
            "text",
            "a\n{{ emploee }}\n",
            "body.txt:2: there is no field 'emploee'; did you mean 'employee'?",
        ),
        ("text", "a\n\n{{ tier", "body.txt:3: "),
        (
            "text",
            "{% if path %}{% endif %}\n{% if tier %}\na\nb",
            "body.txt:2: {% if %} is not closed; write {% endif %} where it ends",
        ),
        (
            "text",
            "{% for one in next_tiers %}\n{% if tier %}{% endif %}\n",
            "body.txt:1: {% for %} is not closed; write {% endfor %} where it ends",
        ),
        ("text", "a\n{% endif %}", "body.txt:2: {% endif %} stands where none is open"),
        ("text", "{% unless tier %}{% end %}", "body.txt:1: {% unless %} is unknown; write {{"),
        ("text", "{% if tier == “x” %}", "body.txt:1: '“' can't stand within {{ }} or {% %}"),
        ("text", "a\n{{ tier path }}", "body.txt:2: {{ … }} does not end before 'path'"),
        ("text", "{% if tier path %}", "body.txt:1: {% … %} does not end before 'path'"),
        ("text", " \n", "body.txt:1: is empty; write what the mail tells"),
        ("html", "\n", "body.html:1: is empty; write what the mail tells"),
        (
            "text",
            "a\n{ tier }",
            "body.txt:2: '{ tier }' would be sent as it is; write {{ tier }}",
        ),
        (
            "subject",
            "{words.chief}",
            "subject.txt:1: '{words.chief}' would be sent as it is; write {{ words.chief }}",
        ),
        ("text", "{ other } {tier: 1} {{ tier }}", None),
        ("text", "{{ seats }}", "body.txt:1: there is no field 'seats'"),
        ("text", "a\x1b[2J", "body.txt:1: holds the character U+001B; leave it out"),
        ("text", "a\n\u202eb", "body.txt:2: holds the character U+202E; leave it out"),
        ("text", "x" * 65_537, "body.txt: is larger than 64 KiB; make it shorter"),
        ("html", "<p>\n{{ tier|safe }}</p>", "body.html:2: a filter is not read"),
        ("html", "<p>\n<script></script></p>", "body.html:2: <script> does not belong in a mail"),
        (
            "html",
            "<table>\n<tr><td>{{ tier }}</td></tr>\n{{ path }}</table>",
            "body.html: {{ tier }}",
        ),
        ("subject", "", "subject.txt:1: is empty; write what the mail is about"),
        ("subject", "{{ reason }}{% if reason %}{% endif %}", None),
        ("subject", "{% if not reason %}a{% endif %}", "subject.txt:1: is empty"),
        ("subject", "a\nb\n", "subject.txt:2: has more than one line; write one"),
        (
            "subject",
            "a" * 201,
            "subject.txt:1: is 201 characters long with sample values; use at most 200",
        ),
        (
            "layout_html",
            "<p>\n{{ tier }}</p>{{ content }}",
            "layout.html:2: there is no field 'tier'",
        ),
        ("layout_text", "{{ organisation }}", "layout.txt: does not show {{ content }}; write"),
        ("layout_text", "a\n{{ (content) }}", "layout.txt:2: {{ (content) }} does not show it"),
        ("layout_text", "{# {{ content }} is the mail's own #}{{ content }}", None),
        ("text", "a\nb {#", "body.txt:2: ends with '{#'; leave it out"),
        ("text", "a {\n", "body.txt:1: ends with '{'; leave it out"),
        ("html", "<p>a</p>\n<p", "body.html:2: '<p' is not finished"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, part: str, text: str, problem: str | None
) -> None:
    folder = a_folder(tmp_path, **{part: text})
    found = told(folder)
    if problem is None:
        assert found == []
    elif part.startswith("layout"):
        assert found[0].startswith(problem)
    else:
        for locale in ("de", "en"):
            (first, *_) = [one for one in found if one.startswith(f"{locale}/")]
            assert first.startswith(f"{locale}/told/{problem}")


def test_what_is_not_utf_8_is_told(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "de" / "told" / "body.txt").write_bytes(b"a\nGr\xfc\xdfe\n")
    assert told(folder) == ["de/told/body.txt:2: byte 0xfc is not UTF-8; save it as UTF-8"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("a: {neutral: x, colon: y}\n", "1:1: a: has no text for star, pair; write all of them"),
        (f"b: c\na: {STYLES.replace('star', 'stern')}\n", "2:1: a: has no text for star"),
        ("a: 7\n", "1:4: a: is 7; write a text, or one for each of neutral, colon, star, pair"),
        ("a: ''\n", "1:4: a: is ''; write a text"),
        ("A b: c\n", "1:1: A b: 'A b' is no name; use lower-case letters"),
        ("- a\n", "1:1: is a list; write 'key: text' on each line"),
        ("a: b\na: c\n", "2:1: a: is written twice"),
    ],
)
def test_words_that_are_wrong_are_told(tmp_path: Path, words: str, problem: str) -> None:
    found = told(a_folder(tmp_path, words=words))
    assert [one for one in found if one.startswith(f"de/words.yaml:{problem}")]
    assert [one for one in found if one.startswith(f"en/words.yaml:{problem}")]


def test_of_words_that_can_not_be_read_nothing_else_is_told(tmp_path: Path) -> None:
    found = told(a_folder(tmp_path, text="{{ words.chief }}", words="chief: [\n"))
    assert [one.partition(":")[0] for one in found] == ["de/words.yaml", "en/words.yaml"]


def test_an_unknown_word_names_the_file_that_it_is_missing_in(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, text="{{ words.chief }}", words="chef: Chefin\n")
    assert told(folder)[0] == (
        "de/told/body.txt:1: there is no word 'chief' in de/words.yaml; did you mean 'chef'? "
        "Known: chef"
    )


def test_a_field_of_only_some_that_a_notice_is_about_may_be_used(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, text="{{ seats }} {{ number }}")
    both = {"told": {About.ENROLMENT, About.INTAKE}}
    assert check_templates(folder, both) == []
    assert check_templates(folder, ABOUTS)


def test_what_is_repaired_is_no_longer_told(tmp_path: Path) -> None:
    """What was found once is kept by what stands in a file, and so not told of another text."""
    folder = a_folder(tmp_path, text="{{ nothing }}", layout_html=LAYOUT_HTML)
    assert told(folder)
    a_folder(folder, text=TEXT, subject=SUBJECT)
    assert told(folder) == []
