"""What one cell may say."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qualipath.definition.spec import AttributeSpec
from qualipath.notices.addresses import mailbox
from qualipath.services.sheets import cells
from qualipath.services.sheets.problems import CellError
from tests.builders import a_text


def an_attribute(type_: str, *one_of: str) -> AttributeSpec:
    return AttributeSpec.model_validate(
        {"title": a_text("sample"), "type": type_, "one_of": one_of}
    )


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_is_read_as_iso_and_as_germans_write_it(day: date) -> None:
    assert cells.day(day.isoformat()) == day
    assert cells.day(f"{day.day}.{day.month}.{day.year}") == day
    assert cells.day(f"{day.day:02}.{day.month:02}.{day.year}") == day


@pytest.mark.parametrize("text", ["31.02.2021", "2021-02-29", "2021-13-01", "00.01.2021"])
def test_an_impossible_day_is_named(text: str) -> None:
    with pytest.raises(CellError, match=f"'{text}' is not a day of the calendar"):
        cells.day(text)


@pytest.mark.parametrize("text", ["01/02/2021", "1.2.21", "2021-1", "44105", "2020-10-01 12:30:00"])
def test_other_spellings_of_a_day_are_refused(text: str) -> None:
    with pytest.raises(CellError, match=r"is not a date; write for example 2020-10-01"):
        cells.day(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("11", 11), ("-5", -5), ("+7", 7), ("2147483647", 2**31 - 1)],
)
def test_a_whole_number_is_read(text: str, value: int) -> None:
    assert cells.whole_number(text) == value


@pytest.mark.parametrize("text", ["E11", "1.5", "1.000", "2147483648", "٣", "1_0", "=1+1"])
def test_anything_else_is_no_whole_number(text: str) -> None:
    with pytest.raises(CellError, match="is not a whole number"):
        cells.whole_number(text)


@pytest.mark.parametrize("text", ["ja", "JA", "yes", "true", "WAHR", "1"])
def test_yes_is_yes_in_both_languages(text: str) -> None:
    assert cells.attribute(an_attribute("boolean"), text) is True


@pytest.mark.parametrize("text", ["nein", "No", "false", "0"])
def test_no_is_no_in_both_languages(text: str) -> None:
    assert cells.attribute(an_attribute("boolean"), text) is False


def test_maybe_is_neither() -> None:
    with pytest.raises(CellError, match="'vielleicht' is neither yes nor no; write ja or nein"):
        cells.attribute(an_attribute("boolean"), "vielleicht")


def test_an_attribute_with_a_list_takes_only_what_is_on_it() -> None:
    levels = an_attribute("text", "A1", "A2", "B1")
    assert cells.attribute(levels, "B1") == "B1"
    with pytest.raises(CellError, match=r"'B12' is not possible here; did you mean 'B1'\?"):
        cells.attribute(levels, "B12")
    with pytest.raises(CellError, match="one of A1, A2, B1"):
        cells.attribute(levels, "fluent")


def test_typed_attributes_are_read_by_their_type() -> None:
    assert cells.attribute(an_attribute("date"), "01.10.2020") == date(2020, 10, 1)
    assert cells.attribute(an_attribute("integer"), "13") == 13
    assert cells.attribute(an_attribute("text"), "=1+1") == "=1+1"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a.muster@stadt.example", "a.muster@stadt.example"),
        ("A.Muster@Stadt.EXAMPLE", "A.Muster@stadt.example"),
        ("jörg@stadt.example", "jörg@stadt.example"),
        ("o'neill@stadt.example", "o'neill@stadt.example"),
        ("jo\u0308rg@STÄDT.example", "jörg@städt.example"),
        ("hr@xn--strae-oqa.example", "hr@straße.example"),
        (f"{'a' * 64}@stadt.example", f"{'a' * 64}@stadt.example"),
        (f"{'ä' * 32}@stadt.example", f"{'ä' * 32}@stadt.example"),
    ],
)
def test_an_address_is_read_and_its_domain_normalised(text: str, read: str) -> None:
    assert cells.email(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "muster",
        "@stadt.example",
        "a@",
        "a b@stadt.example",
        "a@@stadt.example",
        "a..b@stadt.example",
        ".a@stadt.example",
        "a@stadt",
        "a@stadt..example",
        "a@stadt.example\nBcc: x@y.example",
        "Anna <a@stadt.example>",
        f"{'a' * 65}@stadt.example",
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.example",
        f"{'ä' * 33}@stadt.example",
        f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'ü' * 50}.example",
        '"a b"@stadt.example',
        "a(HR)@stadt.example",
        "a@[192.0.2.1]",
        "a@192.0.2.1",
        "a@stadt.example.",
        "a@xn--zz99.example",
        "a@☃.example",
        "a\u202eb@stadt.example",
        "a@st\u00adadt.example",
        "a\uff20stadt.example",
        "a@x.example,b@x.example",
        "=cmd|'/c calc'!A1",
    ],
)
def test_a_bad_address_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="is not an e-mail address"):
        cells.email(text)


LOCAL = st.text("az09.-_+'%=äж例ß", min_size=1, max_size=70)
LABEL = st.text("az09-äüж例ß", min_size=1, max_size=60)


@given(LOCAL, st.lists(LABEL, min_size=1, max_size=5))
@example("ä" * 33, ["stadt"])
@example("a" * 64, ["b" * 63, "c" * 63, "ü" * 50])
def test_what_is_read_as_an_address_can_be_sent_to(local: str, labels: list[str]) -> None:
    try:
        read = cells.email(f"{local}@{'.'.join(labels)}.example")
    except CellError:
        return
    assert cells.email(read) == read
    assert mailbox(read).local == read.rpartition("@")[0]


@pytest.mark.parametrize("text", ["4711", "P-0815", "A/12", "Ä7"])
def test_a_personnel_number_is_any_word(text: str) -> None:
    assert cells.number(text) == text


@pytest.mark.parametrize("text", ["47 11", "4711@moers"])
def test_a_personnel_number_has_no_space_and_no_at_sign(text: str) -> None:
    with pytest.raises(CellError, match="it has no spaces and no @"):
        cells.number(text)


@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\ufeff", "\ue000"])
def test_a_name_shows_all_its_characters(mark: str) -> None:
    with pytest.raises(CellError, match=f"the invisible character U\\+{ord(mark):04X}"):
        cells.visible(f"An{mark}na")


def test_a_name_is_one_line_with_single_spaces() -> None:
    assert cells.visible("Anna\n  Maria\u00a0von") == "Anna Maria von"


def test_languages_are_those_of_the_notices() -> None:
    assert cells.locale("DE") == "de"
    with pytest.raises(CellError, match="'fr' is not possible here; one of de, en"):
        cells.locale("fr")
