"""Judging prerequisites: every leaf, every sentence, and the day from which time alone helps."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter, ValidationError

from qualipath.definition.prerequisites import FactQuery, Kind, Prerequisite
from qualipath.definition.values import Spec
from qualipath.domain.eligibility import Verdict, judge, missing, when_met
from qualipath.domain.record import Held, Occasion, Record
from tests import corpus
from tests.builders import TODAY, a_record, held
from tests.cases import FACTS, HOLDS
from tests.strategies import SAMPLE, near_days, prerequisites, records

_ADAPTER: TypeAdapter[Spec] = TypeAdapter(Prerequisite)
CERTIFICATE = Kind.CERTIFICATE


def asked(written: Any) -> Spec:
    return _ADAPTER.validate_python(written)


def judged(written: Any, record: Record, **occasion: Any) -> Verdict:
    return judge(asked(written), record, Occasion(**({"on": TODAY} | occasion), definition=SAMPLE))


@pytest.mark.parametrize(("query", "credential", "met"), HOLDS)
def test_a_credential_counts_or_not(query: Any, credential: Held, *, met: bool) -> None:
    verdict = judged({"holds": query}, a_record(credential))
    assert verdict.met is met
    assert verdict.found == ((credential,) if met else ())
    assert not verdict.provisional


@pytest.mark.parametrize(("query", "facts", "met"), FACTS)
def test_a_fact_compares_by_its_attributes_type(
    query: dict[str, Any], facts: dict[str, Any], *, met: bool
) -> None:
    record = a_record(facts=facts)
    assert judged({"fact": query}, record).met is met
    assert judged({"not": {"fact": query}}, record).met is not met
    restored = FactQuery.model_validate_json(asked({"fact": query}).fact.model_dump_json())  # type: ignore[attr-defined]
    assert judged({"fact": restored}, record).met is met


@pytest.mark.parametrize("value", ["86400", "1700000000", "2027-01-01", True, 1, "true", "1.0"])
def test_a_fact_is_read_alike_from_yaml_and_json(value: Any) -> None:
    query = FactQuery.model_validate({"attribute": "desk", "is": value})
    restored = FactQuery.model_validate_json(query.model_dump_json(by_alias=True))
    assert restored == query
    assert type(restored.equals) is type(query.equals)


@pytest.mark.parametrize("value", ["a\0b", 2**31, -(2**31) - 1, 1.5, None])
def test_a_fact_that_no_database_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        FactQuery.model_validate({"attribute": "desk", "is": value})


@pytest.mark.parametrize(
    ("hired_on", "on", "met"),
    [
        (date(2024, 2, 29), date(2025, 2, 28), False),
        (date(2024, 2, 29), date(2025, 3, 1), True),
        (date(2023, 2, 28), date(2024, 2, 28), True),
        (date(2023, 3, 1), date(2024, 2, 29), False),
        (None, TODAY, False),
        (date.min, date.min, True),
    ],
)
def test_tenure_is_counted_back_from_the_day(hired_on: date | None, on: date, *, met: bool) -> None:
    assert judged({"tenure": "1 year"}, a_record(hired_on=hired_on), on=on).met is met
    assert judged({"experience": "1 year"}, a_record(hired_on=hired_on), on=on).met is met


def test_experience_counts_earlier_employers_and_tenure_does_not() -> None:
    record = a_record(hired_on=date(2026, 1, 1), experience_since=date(2019, 1, 1))
    assert judged({"experience": "3 years"}, record).met
    assert not judged({"tenure": "3 years"}, record).met


def test_an_organisation_is_that_of_the_employee_or_one_above() -> None:
    record = a_record(organisations=("office", "city"))
    assert judged({"organisation": "city"}, record).met
    assert not judged({"organisation": "ci"}, record).met


def test_credits_sum_what_is_awarded_and_valid() -> None:
    record = a_record(
        held("a", credits=500),
        held("b", credits=500, valid_until=TODAY - timedelta(days=1)),
        held("c", credits=500, revoked=True),
        held("d", credits=500, running_until=TODAY),
        held("a", Kind.NOMINATION, credits=500),
        held("e", credits=500, awarded_on=TODAY + timedelta(days=9)),
    )
    assert judged({"credits": {"at_least": 5}}, record).met
    verdict = judged({"credits": {"at_least": "5,01"}}, record)
    assert not verdict.met
    assert verdict.met_from == TODAY + timedelta(days=9)
    assert not judged({"credits": {"at_least": 5, "credential": "b"}}, record).met


def test_a_tiers_grades_are_on_its_own_scale() -> None:
    record = a_record(held("pointed", grade=300, scale="grade_point"))
    assert judged({"completed": {"tier": "pointed", "grade": "2.5"}}, record).met
    assert not judged({"holds": {"credential": "pointed", "grade": "2.5"}}, record).met


def test_a_degree_is_not_any_credential() -> None:
    assert judged({"degree": "bachelor/*"}, a_record(held("bachelor/law", Kind.DEGREE))).met
    assert not judged({"degree": "*"}, a_record(held("bachelor/law"))).met


RUNNING = held("basic", running_until=date(2026, 9, 30))
IN_TIME = {"running_until": date(2026, 9, 30)}


def test_what_ends_in_time_counts_provisionally() -> None:
    graded = {"completed": {"tier": "basic", "grade": 1}}
    assert not judged(graded, a_record(RUNNING)).met
    assert not judged(graded, a_record(RUNNING), running_until=date(2026, 9, 29)).met
    verdict = judged(graded, a_record(RUNNING), **IN_TIME)
    assert verdict.met
    assert verdict.provisional
    assert verdict.found == (RUNNING,)


def test_what_is_held_already_is_not_provisional() -> None:
    verdict = judged({"completed": "basic"}, a_record(RUNNING, held("basic")), **IN_TIME)
    assert verdict.met
    assert not verdict.provisional


@pytest.mark.parametrize(
    ("written", "met", "provisional"),
    [
        ({"all": [{"completed": "basic"}, {"organisation": "city"}]}, True, True),
        ({"any": [{"completed": "basic"}, {"organisation": "city"}]}, True, False),
        ({"all": [{"completed": "basic"}, {"organisation": "x"}]}, False, False),
        ({"not": {"completed": "basic"}}, False, True),
        ({"not": {"not": {"completed": "basic"}}}, True, True),
        (
            {"at_least": {"n": 1, "of": [{"completed": "basic"}, {"organisation": "city"}]}},
            True,
            False,
        ),
        (
            {"at_least": {"n": 2, "of": [{"completed": "basic"}, {"organisation": "city"}]}},
            True,
            True,
        ),
    ],
)
def test_provisional_says_that_the_verdict_hangs_on_what_is_in_progress(
    written: Any, *, met: bool, provisional: bool
) -> None:
    verdict = judged(written, a_record(RUNNING), **IN_TIME)
    assert (verdict.met, verdict.provisional) == (met, provisional)


@settings(max_examples=100, deadline=None)
@given(prerequisites, records, near_days, near_days)
def test_provisional_is_exact(
    prerequisite: Spec, record: Record, on: date, running_until: date
) -> None:
    firm = judge(prerequisite, record, Occasion(on, SAMPLE))
    verdict = judge(prerequisite, record, Occasion(on, SAMPLE, running_until))
    assert not firm.provisional
    assert verdict.provisional == (verdict.met != firm.met)
    assert verdict.firmly_met == firm.met


@settings(max_examples=100, deadline=None)
@given(prerequisites, records, near_days)
def test_every_sentence_can_be_told_and_missing_is_empty_only_if_met(
    prerequisite: Spec, record: Record, on: date
) -> None:
    verdict = judge(prerequisite, record, Occasion(on, SAMPLE))
    assert bool(missing(verdict)) is not verdict.met
    for told in (verdict.sentence, *missing(verdict)):
        assert "None" not in told.text("de") + told.text("en")


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(prerequisites, records, near_days)
def test_when_met_is_the_first_day(prerequisite: Spec, record: Record, on: date) -> None:
    occasion = Occasion(on, SAMPLE)
    day = when_met(prerequisite, record, occasion)
    until = min(day or date.max, on + timedelta(days=400))
    tried = [on + timedelta(days=n) for n in range((until - on).days)]
    for other in tried:
        assert not judge(prerequisite, record, replace(occasion, on=other)).met
    if day is not None:
        assert judge(prerequisite, record, replace(occasion, on=day)).met


@settings(max_examples=100, deadline=None)
@given(prerequisites, records, near_days)
def test_a_leafs_met_from_is_when_it_is_met(prerequisite: Spec, record: Record, on: date) -> None:
    def check(verdict: Verdict) -> None:
        for part in verdict.parts:
            check(part)
        if verdict.parts or verdict.met:
            assert verdict.met_from is None
        else:
            assert verdict.met_from == when_met(verdict.prerequisite, record, occasion)

    occasion = Occasion(on, SAMPLE)
    check(judge(prerequisite, record, occasion))


def test_when_met_weighs_what_comes_against_what_expires() -> None:
    tree = asked(
        {"all": [{"tenure": "1 year"}, {"holds": {"credential": "x", "within": "1 year"}}]}
    )
    occasion = Occasion(TODAY, SAMPLE)
    old = held("x", awarded_on=date(2025, 8, 1))
    assert when_met(tree, a_record(old, hired_on=date(2025, 8, 1)), occasion) == date(2026, 8, 1)
    assert when_met(tree, a_record(old, hired_on=date(2025, 8, 2)), occasion) is None
    assert when_met(asked({"not": {"holds": "x"}}), a_record(old), occasion) is None
    ending = replace(old, valid_until=date(2026, 12, 31))
    assert when_met(asked({"not": {"holds": "x"}}), a_record(ending), occasion) == date(2027, 1, 1)
    assert when_met(None, a_record(), occasion) == TODAY


@pytest.mark.parametrize(
    ("period", "since", "day"),
    [
        ("1 year", date(2024, 2, 29), date(2025, 3, 1)),
        ("1 month", date(2024, 1, 31), date(2024, 3, 1)),
        ("366 days", date(2024, 2, 29), date(2025, 3, 1)),
        ("9999 years", date(2024, 2, 29), None),
    ],
)
def test_an_anniversary_is_the_first_day_from_which_the_period_lies_back(
    period: str, since: date, day: date | None
) -> None:
    record = a_record(hired_on=since)
    occasion = Occasion(since, SAMPLE)
    assert judged({"tenure": period}, record, on=since).met_from == day
    assert when_met(asked({"tenure": period}), record, occasion) == day


def test_a_credential_is_too_old_only_after_the_last_day_that_is_not() -> None:
    tree = asked({"not": {"holds": {"credential": "x", "within": "1 month"}}})
    record = a_record(held("x", awarded_on=date(2025, 1, 31)))
    assert when_met(tree, record, Occasion(date(2025, 2, 1), SAMPLE)) == date(2025, 3, 1)


def test_no_prerequisites_are_met() -> None:
    verdict = judge(None, a_record(), Occasion(TODAY, SAMPLE))
    assert verdict.met
    assert missing(verdict) == ()
    assert verdict.sentence.text("de") == "keine Voraussetzungen"


SENTENCES: list[tuple[Any, tuple[Held, ...], str, str]] = [
    (
        {"completed": {"tier": "basic", "grade": "2.5"}},
        (held("basic", grade=300, scale="german"),),
        (
            "es fehlt: Abschluss von „basic“ mit mindestens Note 2,5 (2,5 oder niedriger) "
            "(„basic“ genügt nicht, Note 3,0)"
        ),
        (
            "missing: completion of 'basic' with a grade of at least 2.5 (2.5 or lower) "
            "('basic' falls short, grade 3.0)"
        ),
    ),
    (
        {"holds": {"credential": "x*", "grade": "2.5", "scale": "grade_point"}},
        (),
        "es fehlt: Nachweis „x*“ mit mindestens Note 2,5 (2,5 oder höher)",
        "missing: credential 'x*' with a grade of at least 2.5 (2.5 or higher)",
    ),
    (
        {"holds": {"credential": "x", "kind": ["certificate", "nomination"], "within": "1 month"}},
        (held("x", Kind.CERTIFICATE, awarded_on=date(2026, 3, 1)),),
        (
            "es fehlt: Zertifikat oder Nominierung „x“, höchstens 1 Monat alt "
            "(„x“ vom 1. März 2026 ist zu alt)"
        ),
        (
            "missing: certificate or nomination 'x', at most 1 month old "
            "('x' of 1 March 2026 is too old)"
        ),
    ),
    (
        {"completed": {"tier": "basic", "or_running": True}},
        (held("basic", valid_until=date(2026, 6, 30)), held("basic", revoked=True)),
        (
            "es fehlt: Abschluss von „basic“, oder noch in Arbeit "
            "(„basic“ war nur bis 30. Juni 2026 gültig; „basic“ wurde aberkannt)"
        ),
        (
            "missing: completion of 'basic', or in progress "
            "('basic' was valid only until 30 June 2026; 'basic' was revoked)"
        ),
    ),
    (
        {"degree": "*"},
        (),
        "es fehlt: Hochschulabschluss (beliebig)",
        "missing: any academic degree",
    ),
    (
        {"credits": {"at_least": 10, "credential": "x*"}},
        (held("xy", credits=250),),
        "es fehlt: 10,0 ECTS-Leistungspunkte aus Nachweis „x*“ (vorhanden: 2,5)",
        "missing: 10.0 ECTS credits from credential 'x*' (held: 2.5)",
    ),
    (
        {"tenure": "2 years"},
        (),
        (
            "es fehlt: mindestens 2 Jahre Beschäftigung hier "
            "(seit 1. Januar 2026, erreicht am 1. Januar 2028)"
        ),
        (
            "missing: at least 2 years of employment here "
            "(since 1 January 2026, reached on 1 January 2028)"
        ),
    ),
    (
        {"fact": {"attribute": "part_time", "is": True}},
        (),
        "es fehlt: part-time: ja (nicht bekannt)",
        "missing: part-time: yes (not known)",
    ),
    (
        {"fact": {"attribute": "pay", "at_least": 9}},
        (),
        "es fehlt: pay: mindestens 9 (ist: 8)",
        "missing: pay: at least 9 (is: 8)",
    ),
    (
        {"organisation": "x"},
        (),
        "es fehlt: Zugehörigkeit zu „x“",
        "missing: membership of 'x'",
    ),
    (
        {"not": {"completed": "basic"}},
        (held("basic", grade=170, scale="german"),),
        "steht entgegen: „basic“ vom 1. Juni 2026, Note 1,7",
        "stands against it: 'basic' of 1 June 2026, grade 1.7",
    ),
    (
        {"any": [{"completed": "basic"}, {"all": [{"degree": "*"}, {"organisation": "x"}]}]},
        (),
        (
            "es fehlt: Abschluss von „basic“ oder (Hochschulabschluss (beliebig) und "
            "Zugehörigkeit zu „x“)"
        ),
        "missing: completion of 'basic' or (any academic degree and membership of 'x')",
    ),
    (
        {
            "at_least": {
                "n": 2,
                "of": [{"completed": "basic"}, {"holds": "a"}, {"not": {"organisation": "city"}}],
            }
        },
        (held("a"),),
        "es fehlt noch (1 davon): Abschluss von „basic“; nicht Zugehörigkeit zu „city“",
        "still missing (1 of these): completion of 'basic'; not membership of 'city'",
    ),
]


@pytest.mark.parametrize(("written", "credentials", "de", "en"), SENTENCES)
def test_what_is_missing_is_told(
    written: Any, credentials: tuple[Held, ...], de: str, en: str
) -> None:
    record = a_record(*credentials, hired_on=date(2026, 1, 1), facts={"pay": 8})
    lacks = missing(judged(written, record))
    assert [lack.text("de") for lack in lacks] == [de]
    assert [lack.text("en") for lack in lacks] == [en]


def test_what_was_found_is_told() -> None:
    verdict = judged(
        {"any": [{"organisation": "x"}, {"completed": "basic"}]}, a_record(RUNNING), **IN_TIME
    )
    assert verdict.sentence.text("de") == (
        "„basic“ ist bis 30. September 2026 in Arbeit und zählt vorläufig"
    )
    verdict = judged({"tenure": "1 year"}, a_record(hired_on=date(2020, 1, 1)))
    assert verdict.sentence.text() == "at least 1 year of employment here: since 1 January 2020"


def test_braces_in_keys_are_told_as_they_are() -> None:
    verdict = judged({"holds": "{0}{x!r}"}, a_record())
    assert missing(verdict)[0].text() == "missing: credential '{0}{x!r}'"


def test_each_requirement_of_all_is_missing_by_itself_however_deep() -> None:
    tree = {
        "all": [
            {"organisation": "city"},
            {"all": [{"holds": "a"}, {"any": [{"all": [{"holds": "b"}, {"holds": "c"}]}]}]},
            {"at_least": {"n": 2, "of": [{"holds": "d"}, {"not": {"organisation": "city"}}]}},
        ]
    }
    verdict = judged(tree, a_record())
    assert [lack.text() for lack in missing(verdict)] == [
        "missing: credential 'a'",
        "missing: credential 'b'",
        "missing: credential 'c'",
        "missing: credential 'd'",
        "stands against it: membership of 'city'",
    ]
    assert len(verdict.parts) == 3
    assert verdict.parts[1].parts[1].parts[0].parts[0].prerequisite == asked({"holds": "b"})


@pytest.mark.parametrize("tree", corpus.synthetic_trees(60))
def test_trees_of_up_to_five_levels_are_judged_rightly(tree: corpus.Tree) -> None:
    for student in corpus.transcripts(tree, 10):
        verdict = judge(
            corpus.parsed(tree), a_record(*student.credentials), Occasion(TODAY, SAMPLE)
        )
        assert verdict.met is corpus.satisfied(tree, student)


def test_a_condition_of_no_kind_is_a_mistake_in_the_program() -> None:
    with pytest.raises(TypeError, match="Spec"):
        judge(Spec(), a_record(), Occasion(TODAY, SAMPLE))
