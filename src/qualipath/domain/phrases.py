"""How conditions are named: each as a noun phrase, of which the sentences of verdicts are made."""

from collections.abc import Mapping, Sequence
from functools import singledispatch

from qualipath.definition.prerequisites import (
    EARNED,
    AllOf,
    AnyOf,
    AtLeast,
    Completed,
    CredentialQuery,
    Credits,
    Degree,
    Experience,
    Fact,
    FactQuery,
    Holds,
    Kind,
    Not,
    Organisation,
    Tenure,
)
from qualipath.definition.spec import AttributeSpec, Definition
from qualipath.definition.values import Period, Spec, Text, Unit, decimals
from qualipath.domain.globs import takes_all
from qualipath.domain.holding import query_of
from qualipath.domain.wording import Sentence, sentence

KINDS: Mapping[Kind, Text] = {
    Kind.COMPLETION: Text(de="Abschluss", en="completion"),
    Kind.DEGREE: Text(de="Hochschulabschluss", en="academic degree"),
    Kind.CERTIFICATE: Text(de="Zertifikat", en="certificate"),
    Kind.RECOGNITION: Text(de="Anerkennung", en="recognition"),
    Kind.NOMINATION: Text(de="Nominierung", en="nomination"),
}
_EARNED = Text(de="Nachweis", en="credential")
_HIGHER = Text(de="höher", en="higher")
_LOWER = Text(de="niedriger", en="lower")
_UNITS: Mapping[Unit, tuple[Text, Text]] = {
    "days": (Text(de="Tag", en="day"), Text(de="Tage", en="days")),
    "weeks": (Text(de="Woche", en="week"), Text(de="Wochen", en="weeks")),
    "months": (Text(de="Monat", en="month"), Text(de="Monate", en="months")),
    "years": (Text(de="Jahr", en="year"), Text(de="Jahre", en="years")),
}


@singledispatch
def asked(prerequisite: Spec, definition: Definition) -> Sentence:  # noqa: ARG001
    """Name what a condition asks for, such as `completion of 'Bootcamp'`."""
    raise TypeError(f"{type(prerequisite).__name__} is no prerequisite")


def decimal(value: int) -> Sentence:
    """Write integer hundredths as each language does: `2,5` and `2.5`."""
    english = decimals(value)
    return sentence(english.replace(".", ","), english)


def title(key: str, definition: Definition) -> Text | str:
    """Give the title of a credential: the tier's, where it is one of the path's tiers."""
    tier = definition.path.tiers.get(key)
    return tier.title if tier else key


def attribute_title(name: str, attribute: AttributeSpec | None) -> Text | str:
    """Give the title of an attribute, or its name where it is unknown."""
    return attribute.title if attribute else name


def either(phrases: Sequence[Sentence]) -> Sentence:
    """Join phrases into alternatives."""
    return _joined(phrases, " oder ", " or ")


def listed(phrases: Sequence[Sentence]) -> Sentence:
    """Join phrases into a list."""
    return _joined(phrases, "; ", "; ")


def _joined(phrases: Sequence[Sentence], de: str, en: str) -> Sentence:
    values = {f"part_{n}": phrase for n, phrase in enumerate(phrases)}
    places = [f"{{{name}}}" for name in values]
    return Sentence(de.join(places), en.join(places), values)


def _period(period: Period) -> Sentence:
    unit = _UNITS[period.unit][period.number != 1]
    return sentence("{number} {unit}", "{number} {unit}", number=period.number, unit=unit)


def _kinds(kinds: tuple[Kind, ...]) -> Sentence | Text:
    if kinds == EARNED:
        return _EARNED
    return either([sentence("{kind}", "{kind}", kind=KINDS[kind]) for kind in kinds])


def _inner(part: Spec, definition: Definition) -> Sentence:
    phrase = asked(part, definition)
    if isinstance(part, AllOf | AnyOf | AtLeast):
        return sentence("({phrase})", "({phrase})", phrase=phrase)
    return phrase


@asked.register
def _asked_all(prerequisite: AllOf, definition: Definition) -> Sentence:
    return _joined([_inner(part, definition) for part in prerequisite.parts], " und ", " and ")


@asked.register
def _asked_any(prerequisite: AnyOf, definition: Definition) -> Sentence:
    return either([_inner(part, definition) for part in prerequisite.parts])


@asked.register
def _asked_at_least(prerequisite: AtLeast, definition: Definition) -> Sentence:
    threshold = prerequisite.at_least
    return sentence(
        "{n} von: {parts}",
        "{n} of: {parts}",
        n=threshold.n,
        parts=listed([_inner(part, definition) for part in threshold.of]),
    )


@asked.register
def _asked_not(prerequisite: Not, definition: Definition) -> Sentence:
    part = _inner(prerequisite.part, definition)
    return sentence("nicht {part}", "not {part}", part=part)


@asked.register(Holds)
@asked.register(Completed)
@asked.register(Degree)
def _asked_holds(prerequisite: Holds | Completed | Degree, definition: Definition) -> Sentence:
    query = query_of(prerequisite, definition)
    key = title(query.credential, definition)
    conditions = _conditions(query, definition)
    if isinstance(prerequisite, Completed):
        de, en = "Abschluss von „{key}“{conditions}", "completion of '{key}'{conditions}"
    elif takes_all(query.credential):
        de, en = "{kind} (beliebig){conditions}", "any {kind}{conditions}"
    else:
        de, en = "{kind} „{key}“{conditions}", "{kind} '{key}'{conditions}"
    return sentence(de, en, key=key, kind=_kinds(query.kind), conditions=conditions)


def _conditions(query: CredentialQuery, definition: Definition) -> Sentence:
    de = en = ""
    values: dict[str, object] = {}
    if query.grade is not None:
        scale = definition.scales.get(query.scale or "")
        side = _HIGHER if scale and scale.ascending else _LOWER
        de += " mit mindestens Note {grade} ({grade} oder {side})"
        en += " with a grade of at least {grade} ({grade} or {side})"
        values["side"] = side
        values["grade"] = decimal(query.grade)
    if query.within is not None:
        de, en = f"{de}, höchstens {{within}} alt", f"{en}, at most {{within}} old"
        values["within"] = _period(query.within)
    if query.expired:
        de, en = f"{de}, auch abgelaufen", f"{en}, even if expired"
    if query.or_running:
        de, en = f"{de}, oder noch in Arbeit", f"{en}, or in progress"
    return Sentence(de, en, values)


@asked.register
def _asked_credits(prerequisite: Credits, definition: Definition) -> Sentence:
    query = prerequisite.credits
    de, en = "{number} ECTS-Leistungspunkte", "{number} ECTS credits"
    if query.kind != EARNED or not takes_all(query.credential):
        de, en = f"{de} aus {{kind}} „{{key}}“", f"{en} from {{kind}} '{{key}}'"
    key = title(query.credential, definition)
    return sentence(de, en, number=decimal(query.at_least), kind=_kinds(query.kind), key=key)


@asked.register
def _asked_tenure(prerequisite: Tenure, _: Definition) -> Sentence:
    return sentence(
        "mindestens {period} Beschäftigung hier",
        "at least {period} of employment here",
        period=_period(prerequisite.tenure),
    )


@asked.register
def _asked_experience(prerequisite: Experience, _: Definition) -> Sentence:
    return sentence(
        "mindestens {period} Berufserfahrung",
        "at least {period} of professional experience",
        period=_period(prerequisite.experience),
    )


@asked.register
def _asked_organisation(prerequisite: Organisation, _: Definition) -> Sentence:
    return sentence(
        "Zugehörigkeit zu „{key}“", "membership of '{key}'", key=prerequisite.organisation
    )


@asked.register
def _asked_fact(prerequisite: Fact, definition: Definition) -> Sentence:
    query = prerequisite.fact
    attribute = definition.attributes.get(query.attribute)
    title_ = attribute_title(query.attribute, attribute)
    return sentence("{title}: {value}", "{title}: {value}", title=title_, value=_value(query))


def _value(query: FactQuery) -> Sentence:
    if query.one_of is not None:
        return sentence("eines von {values}", "one of {values}", values=query.one_of)
    if query.at_least is not None:
        return sentence("mindestens {value}", "at least {value}", value=query.at_least)
    if query.at_most is not None:
        return sentence("höchstens {value}", "at most {value}", value=query.at_most)
    return sentence("{value}", "{value}", value=query.equals)
