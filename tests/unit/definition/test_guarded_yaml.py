"""Nothing in a file can blow up while it is read, and every refusal names its place."""

import json
import os
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualipath.definition.guarded_yaml import MAX_BYTES, parse_yaml, read_yaml
from qualipath.definition.source import Place
from qualipath.errors import DefinitionError

# Parts that scanners stumble over, to be put together at random.
FRAGMENTS = [*list("abc: -?,[]{}&*!|>'\"%@`#\n\t\\0<~.1\u2028\x85é"), "%YAML ", "\\U", "---\n"]

NAUGHTY = [
    "undefined",
    "null",
    "NaN",
    "1/0",
    "0x0",
    "\uff11\uff12",
    "\u202eright to left",
    "\U0001f469\u200d\U0001f467",
    "Ω≈ç√∫",
    "ÅÍÎÏ",
    "<script>alert(1)</script>",
    "'; DROP TABLE tiers; --",
    "${jndi:x}",
    "{{ 7*7 }}",
    "%s%n",
    "../..",
    "田中さんにあげて",
    "\ufdfa",
    "\ufdfa" * 40,
    "a\u0300" * 50,
    "=cmd|'/c'!A0",
    "\ufeff",
    "\u200b",
    "no",
    "off",
    " leading",
    "trailing ",
    "two\nlines",
    "a: b",
    "- a",
    "# x",
    "&a",
    "*a",
    "!!str",
    "<<",
    "{",
    "]",
]


def refused(raw: bytes) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        parse_yaml(raw, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_plain_data_comes_with_the_place_of_every_part() -> None:
    source = parse_yaml(b"a:\n  b: [1, x]\n  c: {d: yes}\n  e:\n", "f.yaml")
    assert source.data == {"a": {"b": [1, "x"], "c": {"d": "yes"}, "e": None}}
    assert source.place(("a", "b", 1)) == Place(2, 10)
    assert source.place(("a", "c", "d")) == Place(3, 10)
    assert source.place(("a", "c", "d"), key=True) == Place(3, 7)
    assert source.place(("a", "e")) == Place(4, 3), "an empty value stands where its key does"
    assert source.place(("a", "b", 7, "unwritten")) == Place(2, 3), "else the nearest around it"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("off", "off"),
        ("Yes", "Yes"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-3", -3),
        ("012", 12),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2.50", 2.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("2026-12-31", "2026-12-31"),
        (".inf", ".inf"),
        ("'12'", "12"),
        ("'true'", "true"),
        ("=", "="),
        ("123456789012345678", 123456789012345678),
    ],
)
def test_words_are_read_by_yaml_1_2(written: str, read: object) -> None:
    data = parse_yaml(f"a: {written}".encode(), "f.yaml").data
    assert data == {"a": read}
    assert isinstance(data, dict)
    assert type(data["a"]) is type(read)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "f.yaml:1:1: is empty; write a definition, or delete the file"),
        (b"# only a comment\n", "f.yaml:1:1: is empty; write a definition, or delete the file"),
        (b"a: 1\n---\nb: 1\n", "f.yaml:2:1: is a second document; keep one document in a file"),
        (b"\na: &x 1\n", "f.yaml:2:4: a: the anchor '&x' is not read; leave it out"),
        (b"a: [b, *x]\n", "f.yaml:1:8: a[1]: the alias '*x' is not read; write the value out"),
        (
            b"a:\n- !!int 1\n",
            ("f.yaml:2:3: a[0]: the tag 'tag:yaml.org,2002:int' is not read; leave it out"),
        ),
        (b"a: {<<: b}\n", "f.yaml:1:5: a.<<: the merge key '<<' is not read; write the keys out"),
        (
            b"a: 1\nb: 2\na: 3\n",
            ("f.yaml:3:1: a: is written twice, first in line 1, column 1; keep one"),
        ),
        (
            b"a: {b: 1, c: 2, b: 3}\n",
            ("f.yaml:1:17: a.b: is written twice, first in line 1, column 5; keep one"),
        ),
        (b"? [a]\n: b\n", "f.yaml:1:3: a key must be a text; write a plain word before ':'"),
        (
            b"%YAML 1.1\n---\na: no\n",
            ("f.yaml:2:1: changes how YAML is read; leave out the lines that begin with %"),
        ),
        (b"a: b: c\n", "f.yaml:1:5: is not YAML: mapping values are not allowed here"),
        (
            b"a:\n\t- b\n",
            (
                "f.yaml:2:1: is not YAML: while scanning for the next token: found "
                "character '\\t' that cannot start any token"
            ),
        ),
        (
            b"a: 'b\n",
            (
                "f.yaml:2:1: is not YAML: while scanning a quoted scalar: found unexpected "
                "end of stream"
            ),
        ),
        (b"a: " + b"7" * 5000, "f.yaml:1:4: a: is a number of 5000 digits; put a text in quotes"),
        (b'a: "\\0"\n', "f.yaml:1:4: a: holds the character U+0000; leave it out"),
        (b'a: ["\\ud800"]\n', "f.yaml:1:5: a[0]: holds the character U+D800; leave it out"),
        (b'a: "\\UFFFFFFFF"\n', "f.yaml: is not YAML: Python int too large to convert to C int"),
    ],
)
def test_what_is_not_plain_is_refused_at_its_place(raw: bytes, problem: str) -> None:
    assert refused(raw) == [problem]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("a: ü".encode("utf-16"), "f.yaml:1:1: is UTF-16; save it as UTF-8"),
        (
            "a: ü".encode("utf-16-le"),
            ("f.yaml:1:2: holds a NUL, so it is binary, or UTF-16; write plain text in UTF-8"),
        ),
        ("a: 1\nü: Öl".encode("cp1252"), "f.yaml:2:1: byte 0xfc is not UTF-8; save it as UTF-8"),
        (
            b"a: 1\nb: x\0y",
            ("f.yaml:2:5: holds a NUL, so it is binary, or UTF-16; write plain text in UTF-8"),
        ),
        (b"\x1f\x8b\x08", "f.yaml:1:2: byte 0x8b is not UTF-8; save it as UTF-8"),
        (
            b"a: \x1b[31m",
            (
                "f.yaml:1:4: holds the character U+001B, so it is binary or damaged; "
                "write plain text in UTF-8"
            ),
        ),
        (
            b"a: " + b"x" * MAX_BYTES,
            ("f.yaml: is larger than 256 KiB; split it into several definitions"),
        ),
    ],
)
def test_what_is_no_text_in_utf_8_is_refused(raw: bytes, problem: str) -> None:
    assert refused(raw) == [problem]


def test_a_byte_order_mark_is_left_out() -> None:
    source = parse_yaml("\ufeffa: ü".encode(), "f.yaml")
    assert source.data == {"a": "ü"}
    assert source.place(("a",)) == Place(1, 4)


def test_every_problem_is_told_at_once() -> None:
    told = refused(b"a: &x 1\nb: *x\na: 2\n")
    assert [line.split(":")[1] for line in told] == ["1", "2", "3"]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "[{a: ", "? "])
def test_deep_nesting_is_refused_at_the_25th_level(opening: str) -> None:
    (problem,) = refused((opening * 60_000).encode()[:MAX_BYTES])
    assert problem.endswith(("is nested deeper than 24 levels; make it flatter", "before ':'"))


def test_24_levels_are_read() -> None:
    assert parse_yaml(b"[" * 24 + b"]" * 24, "f.yaml").data
    assert refused(b"[" * 25 + b"]" * 25)


def test_a_merge_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 17)]
    bomb = "\n".join(lines).encode()
    assert 400 < len(bomb) < 450
    assert "f.yaml:1:5: a0: the anchor '&a0' is not read; leave it out" in refused(bomb)


@pytest.mark.long
def test_the_20001st_part_is_refused() -> None:
    fits = b"[" + b"a," * 19_994 + b"]"
    assert len(parse_yaml(fits, "f.yaml").data) == 19_994  # type: ignore[arg-type]
    (problem,) = refused(b"[" + b"a," * 20_000 + b"]")
    assert "has more than 20,000 parts; split it into several definitions" in problem


def test_a_flood_of_problems_is_cut_off() -> None:
    assert len(refused(b"a: 1\n" * 5_000)) == 50


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(DefinitionError):
        assert parse_yaml(text.encode(), "f.yaml").values


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(DefinitionError):
        assert parse_yaml(raw, "f.yaml").values


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=80))
def test_any_quoted_text_comes_back_unchanged(text: str) -> None:
    _comes_back(text)


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_strings_come_back_unchanged(text: str) -> None:
    _comes_back(text)


def _comes_back(text: str) -> None:
    raw = json.dumps({"a": text}).encode()
    try:
        source = parse_yaml(raw, "f.yaml")
    except DefinitionError:
        # JSON writes what is beyond 16 bits as two halves, which are no characters to YAML.
        assert any(ord(c) > 0xFFFD for c in text)
    else:
        assert source.data == {"a": text}
    raw = json.dumps({"a": text}, ensure_ascii=False).encode()
    # Two more that may not stand in a file, and two that the scanner takes for line ends.
    if not set(text) & set("\ufffe\uffff\u2028\u2029"):
        assert parse_yaml(raw, "f.yaml").data == {"a": text}


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    for name in ("missing.yaml", "pipe.yaml", "folder.yaml"):
        with pytest.raises(DefinitionError, match=f"{name}: is not a file"):
            read_yaml(tmp_path / name)


def test_windows_line_ends_keep_lines_and_columns() -> None:
    source = parse_yaml(dedent("a: 1\n\nb: {c: 2}\n").replace("\n", "\r\n").encode(), "f.yaml")
    assert source.place(("b", "c")) == Place(3, 8)
