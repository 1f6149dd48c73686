"""Judge prerequisites: whether one employee meets them on one occasion, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import singledispatch

from qualipath.definition.prerequisites import (
    AllOf,
    AnyOf,
    AtLeast,
    Completed,
    Credits,
    Degree,
    Experience,
    Fact,
    Holds,
    Not,
    Organisation,
    Tenure,
    parts_of,
)
from qualipath.definition.values import Period, Spec
from qualipath.domain.facts import known, meets, wanted
from qualipath.domain.findings import finding, lacking, lasting
from qualipath.domain.foresight import first_day, turning_days
from qualipath.domain.holding import (
    Standing,
    candidates,
    counts_from,
    has_credits,
    query_of,
    standing,
)
from qualipath.domain.phrases import asked, attribute_title, decimal, listed
from qualipath.domain.record import Held, Occasion, Record
from qualipath.domain.wording import Sentence, sentence


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one condition, with those of its parts below it.

    `sentence` tells what was found or what is missing; `found` are the credentials that count.
    `met_from` is the day from which time alone will meet an unmet leaf, where one is known.
    `provisional`: met (or, under a `not`, unmet) only because what is in progress is taken as
    held until its result is known.
    """

    prerequisite: Spec | None
    met: bool
    sentence: Sentence
    parts: tuple["Verdict", ...] = ()
    found: tuple[Held, ...] = ()
    met_from: date | None = None
    provisional: bool = False

    @property
    def firmly_met(self) -> bool:
        """Whether it is met even if nothing in progress counts provisionally."""
        return self.met != self.provisional


def missing(verdict: Verdict) -> tuple[Sentence, ...]:
    """Tell what is missing, a sentence for each requirement that is unmet by itself.

    Of a condition with alternatives one sentence names them all; nothing is missing if it is met.
    """
    if verdict.met:
        return ()
    match verdict.prerequisite:
        case AllOf():
            needs_all = True
        case AnyOf(parts=parts):
            needs_all = len(parts) == 1
        case AtLeast(at_least=threshold):
            needs_all = threshold.n == len(threshold.of)
        case _:
            needs_all = False
    if needs_all:
        return tuple(lack for part in verdict.parts for lack in missing(part))
    return (verdict.sentence,)


def when_met(prerequisite: Spec | None, record: Record, occasion: Occasion) -> date | None:
    """Give the first day from which time alone will meet the condition, if there is one.

    That is the occasion's own day where the condition is met already. What is in progress stays
    so: it does not end by itself. Exact, since a verdict can change only on the days tried here.
    """
    if judge(prerequisite, record, occasion).met:
        return occasion.on
    for day in turning_days(prerequisite, record, occasion):
        if judge(prerequisite, record, replace(occasion, on=day)).met:
            return day
    return None


@singledispatch
def judge(
    prerequisite: Spec | None,
    record: Record,  # noqa: ARG001
    occasion: Occasion,  # noqa: ARG001
) -> Verdict:
    """Judge one condition for one employee and keep the whole tree of reasons.

    None stands for no prerequisites and is met. Unknown facts and days never meet a condition, so
    that `not` over them is met. `storage/clauses.py` decides the same in SQL.
    """
    raise TypeError(f"{type(prerequisite).__name__} is no prerequisite")


@judge.register
def _judge_nothing(prerequisite: None, _record: Record, _occasion: Occasion) -> Verdict:
    told = sentence("keine Voraussetzungen", "no prerequisites")
    return Verdict(prerequisite, met=True, sentence=told)


def _judge_parts(
    prerequisite: Spec, record: Record, occasion: Occasion
) -> tuple[tuple[Verdict, ...], int, int]:
    """Judge the parts and count those that are met, and those that are met firmly."""
    parts = tuple(judge(part, record, occasion) for part in parts_of(prerequisite))
    return parts, sum(part.met for part in parts), sum(part.firmly_met for part in parts)


@judge.register
def _judge_all(prerequisite: AllOf, record: Record, occasion: Occasion) -> Verdict:
    parts, met, firm = _judge_parts(prerequisite, record, occasion)
    n = len(parts)
    if met == n:
        told = sentence("alle {n} Bedingungen erfüllt", "all {n} conditions met", n=n)
    else:
        told = sentence(
            "nicht erfüllte Bedingungen: {unmet} von {n}",
            "conditions not met: {unmet} of {n}",
            unmet=n - met,
            n=n,
        )
    return Verdict(prerequisite, met == n, told, parts, provisional=(met == n) != (firm == n))


@judge.register
def _judge_any(prerequisite: AnyOf, record: Record, occasion: Occasion) -> Verdict:
    parts, met, firm = _judge_parts(prerequisite, record, occasion)
    if met:
        # The firmest of them tells what was found.
        told = min((p for p in parts if p.met), key=lambda part: part.provisional).sentence
    else:
        told = lacking(asked(prerequisite, occasion.definition))
    return Verdict(prerequisite, met > 0, told, parts, provisional=(met > 0) != (firm > 0))


@judge.register
def _judge_at_least(prerequisite: AtLeast, record: Record, occasion: Occasion) -> Verdict:
    parts, met, firm = _judge_parts(prerequisite, record, occasion)
    n = prerequisite.at_least.n
    if met >= n:
        told = sentence(
            "{met} von {all} erfüllt, verlangt sind {n}",
            "{met} of {all} met, {n} asked for",
            met=met,
            all=len(parts),
            n=n,
        )
    else:
        open_ = [asked(p, occasion.definition) for p in parts_of(prerequisite)]
        unmet = [phrase for phrase, part in zip(open_, parts, strict=True) if not part.met]
        told = sentence(
            "es fehlt noch ({n} davon): {parts}",
            "still missing ({n} of these): {parts}",
            n=n - met,
            parts=listed(unmet),
        )
    return Verdict(prerequisite, met >= n, told, parts, provisional=(met >= n) != (firm >= n))


@judge.register
def _judge_not(prerequisite: Not, record: Record, occasion: Occasion) -> Verdict:
    part = judge(prerequisite.part, record, occasion)
    counted = isinstance(prerequisite.part, AllOf | AtLeast)
    if not part.met:
        phrase = asked(prerequisite.part, occasion.definition)
        told = sentence("wie verlangt nicht: {part}", "as asked, not: {part}", part=phrase)
    else:
        found = asked(prerequisite.part, occasion.definition) if counted else part.sentence
        told = sentence("steht entgegen: {found}", "stands against it: {found}", found=found)
    return Verdict(prerequisite, not part.met, told, (part,), provisional=part.provisional)


@judge.register(Holds)
@judge.register(Completed)
@judge.register(Degree)
def _judge_holds(
    prerequisite: Holds | Completed | Degree, record: Record, occasion: Occasion
) -> Verdict:
    definition = occasion.definition
    query = query_of(prerequisite, definition)
    standings = [(standing(held, query, occasion), held) for held in candidates(record, query)]
    best = min((stands for stands, _ in standings), default=Standing.REVOKED)
    if best.counts:
        found = tuple(held for stands, held in standings if stands is best)
        return Verdict(
            prerequisite,
            met=True,
            sentence=finding(found[0], best, definition),
            found=found,
            provisional=best is Standing.PROVISIONAL,
        )
    days = (counts_from(held, query, occasion) for _, held in standings)
    remarks = [finding(held, stands, definition) for stands, held in standings]
    return Verdict(
        prerequisite,
        met=False,
        sentence=lacking(asked(prerequisite, definition), _once(remarks)),
        met_from=min((day for day in days if day is not None), default=None),
    )


def _once(remarks: Iterable[Sentence]) -> list[Sentence]:
    """Leave out what was said already: two failed attempts are told in the same words."""
    return list({remark.text(): remark for remark in remarks}.values())


@judge.register
def _judge_credits(prerequisite: Credits, record: Record, occasion: Occasion) -> Verdict:
    query = prerequisite.credits
    found = _credited(prerequisite, record, occasion.on)
    total = sum(held.credits for held in found)
    met = total >= query.at_least
    phrase = asked(prerequisite, occasion.definition)
    remark = sentence("vorhanden: {total}", "held: {total}", total=decimal(total))
    told = sentence("{remark}; {asked}", "{remark}; {asked}", remark=remark, asked=phrase)
    met_from = None if met else _credits_from(prerequisite, record, occasion)
    return Verdict(
        prerequisite,
        met,
        told if met else lacking(phrase, [remark]),
        found=found,
        met_from=met_from,
    )


def _credited(prerequisite: Credits, record: Record, on: date) -> tuple[Held, ...]:
    among = candidates(record, prerequisite.credits)
    return tuple(held for held in among if has_credits(held, on))


def _credits_from(prerequisite: Credits, record: Record, occasion: Occasion) -> date | None:
    for day in turning_days(prerequisite, record, occasion):
        total = sum(held.credits for held in _credited(prerequisite, record, day))
        if total >= prerequisite.credits.at_least:
            return day
    return None


def _judge_lasting(
    prerequisite: Spec, since: date | None, period: Period, occasion: Occasion
) -> Verdict:
    phrase = asked(prerequisite, occasion.definition)
    met = since is not None and since <= period.before(occasion.on)
    met_from = None if met else first_day(since, period)
    lasts = lasting(since, met_from)
    told = sentence("{asked}: {lasts}", "{asked}: {lasts}", asked=phrase, lasts=lasts)
    return Verdict(prerequisite, met, told if met else lacking(phrase, [lasts]), met_from=met_from)


@judge.register
def _judge_tenure(prerequisite: Tenure, record: Record, occasion: Occasion) -> Verdict:
    return _judge_lasting(prerequisite, record.hired_on, prerequisite.tenure, occasion)


@judge.register
def _judge_experience(prerequisite: Experience, record: Record, occasion: Occasion) -> Verdict:
    since = record.experience_since or record.hired_on
    return _judge_lasting(prerequisite, since, prerequisite.experience, occasion)


@judge.register
def _judge_organisation(prerequisite: Organisation, record: Record, occasion: Occasion) -> Verdict:
    phrase = asked(prerequisite, occasion.definition)
    met = prerequisite.organisation in record.organisations
    return Verdict(prerequisite, met, phrase if met else lacking(phrase))


@judge.register
def _judge_fact(prerequisite: Fact, record: Record, occasion: Occasion) -> Verdict:
    query = prerequisite.fact
    attribute = occasion.definition.attributes.get(query.attribute)
    value = known(record.facts.get(query.attribute), attribute) if attribute else None
    title = attribute_title(query.attribute, attribute)
    if attribute and value is not None and meets(value, wanted(query, attribute)):
        told = sentence("{title}: {value}", "{title}: {value}", title=title, value=value)
        return Verdict(prerequisite, met=True, sentence=told)
    if value is None:
        remark = sentence("nicht bekannt", "not known")
    else:
        remark = sentence("ist: {value}", "is: {value}", value=value)
    told = lacking(asked(prerequisite, occasion.definition), [remark])
    return Verdict(prerequisite, met=False, sentence=told)
