"""Prerequisites as diagrams show them: short phrases, and the links between tiers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal
from babel.units import format_unit

from qualipath.definition import prerequisites as p
from qualipath.definition.spec import Definition
from qualipath.definition.values import Period, Spec, decimals
from qualipath.domain.globs import is_literal, matcher, takes_all
from qualipath.domain.wording import told

_KINDS = {
    p.Kind.COMPLETION: ("Abschluss", "completion"),
    p.Kind.DEGREE: ("Hochschulabschluss", "degree"),
    p.Kind.CERTIFICATE: ("Zertifikat", "certificate"),
    p.Kind.RECOGNITION: ("Anerkennung", "recognition"),
    p.Kind.NOMINATION: ("Vorschlag", "nomination"),
}


@dataclass(frozen=True, slots=True)
class Needed:
    """One tier that another needs; `optional` where something else would do as well."""

    tier: str
    label: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the prerequisites of one tier of a definition in one language."""

    definition: Definition
    tier: str
    locale: str

    def needed(self, condition: Spec, *, optional: bool = False) -> Iterator[Needed]:
        """Walk over the tiers that a condition asks for; what stands under `not` asks for none."""
        if isinstance(condition, p.Not):
            return
        query = _query(condition)
        tiers = self._tiers(query) if query else ()
        for tier in tiers:
            label = tuple(self._limits(query)) if query else ()
            yield Needed(tier, label, optional or len(tiers) > 1)
        parts = p.parts_of(condition)
        match condition:
            case p.AnyOf():
                optional = optional or len(parts) > 1
            case p.AtLeast(at_least=threshold):
                optional = optional or threshold.n < len(parts)
        for part in parts:
            yield from self.needed(part, optional=optional)

    def notes(self, condition: Spec) -> Iterator[str]:
        """Tell, a phrase each, what a single solid link from another tier does not tell."""
        if isinstance(condition, p.AllOf):
            for part in condition.parts:
                yield from self.notes(part)
        elif not self._is_link(condition):
            yield self.phrase(condition)

    def phrase(self, condition: Spec, *, nested: bool = False) -> str:
        """Tell one condition with all its parts in a short phrase."""
        parts = p.parts_of(condition)
        match condition:
            case p.Not():
                return self._pick("nicht: ", "not: ") + self.phrase(parts[0], nested=True)
            case p.AllOf() | p.AnyOf() if len(parts) == 1:
                return self.phrase(parts[0], nested=nested)
            case p.AllOf():
                joined = self._pick(" und ", " and ").join(self._nested(parts))
            case p.AnyOf():
                joined = self._pick(" oder ", " or ").join(self._nested(parts))
            case p.AtLeast(at_least=threshold):
                start = self._pick("mindestens {} von: ", "at least {} of: ")
                joined = start.format(threshold.n) + ", ".join(self._nested(parts))
            case _:
                return self._leaf(condition)
        return f"({joined})" if nested else joined

    def period(self, period: Period) -> str:
        """Write a period in the reader's language."""
        unit = period.unit.removesuffix("s")
        return format_unit(period.number, unit, length="long", locale=self._pick("de", "en"))

    def credits(self, hundredths: int) -> str:
        """Write ECTS credits in the reader's language."""
        number = format_decimal(Decimal(hundredths) / 100, locale=self._pick("de", "en"))
        return f"{number} ECTS"

    def _pick(self, de: str, en: str) -> str:
        return de if self.locale.startswith("de") else en

    def _nested(self, parts: Iterable[Spec]) -> list[str]:
        return [self.phrase(part, nested=True) for part in parts]

    def _is_link(self, condition: Spec) -> bool:
        query = _query(condition)
        return bool(query and len(self._tiers(query)) == 1 and is_literal(query.credential))

    def _tiers(self, query: p.CredentialQuery) -> tuple[str, ...]:
        # A bare `*` asks for any credential at all, not for these tiers.
        if p.Kind.COMPLETION not in query.kind or takes_all(query.credential):
            return ()
        matches = matcher(query.credential)
        return tuple(k for k in self.definition.path.tiers if k != self.tier and matches(k))

    def _limits(self, query: p.CredentialQuery) -> Iterator[str]:
        if query.grade is not None:
            grade = decimals(query.grade)
            grade = grade.replace(".", ",") if self.locale.startswith("de") else grade
            yield self._pick(f"Note {grade} oder besser", f"grade {grade} or better")
        if query.within is not None:
            age = self.period(query.within)
            yield self._pick(f"höchstens {age} alt", f"at most {age} old")
        if query.expired:
            yield self._pick("auch abgelaufen", "may have expired")
        if query.or_running:
            yield self._pick("auch laufend", "may be running")

    def _leaf(self, condition: Spec) -> str:
        query = _query(condition)
        if query is not None:
            limits = ", ".join(self._limits(query))
            what = self._credential(query, tier=isinstance(condition, p.Completed))
            return f"{what} ({limits})" if limits else what
        match condition:
            case p.Credits(credits=asked):
                least = self._pick("mindestens ", "at least ") + self.credits(asked.at_least)
                whence = self._pick(" aus ", " of ") + asked.credential
                said = least if takes_all(asked.credential) else least + whence
            case p.Tenure(tenure=period):
                said = self.period(period) + self._pick(" im Dienst", " of service")
            case p.Experience(experience=period):
                said = self.period(period) + self._pick(" Berufserfahrung", " of experience")
            case p.Organisation(organisation=key):
                said = f"Organisation: {key}"
            case p.Fact(fact=asked):
                said = self._fact(asked)
            case _:
                raise TypeError(f"{type(condition).__name__} can't be drawn")
        return said

    def _credential(self, query: p.CredentialQuery, *, tier: bool) -> str:
        named = self.definition.path.tiers.get(query.credential)
        title = named.title.text(self.locale) if named else query.credential
        if tier or (query.kind == p.EARNED and not takes_all(title)):
            return title
        kinds = (
            (self._pick("Nachweis", "credential"),)
            if query.kind == p.EARNED
            else tuple(self._pick(*_KINDS[kind]) for kind in query.kind)
        )
        said = self._pick(" oder ", " or ").join(kinds)
        anything = takes_all(query.credential) or query.credential == self.tier
        return said if anything else f"{said}: {title}"

    def _fact(self, asked: p.FactQuery) -> str:
        attribute = self.definition.attributes.get(asked.attribute)
        name = attribute.title.text(self.locale) if attribute else asked.attribute
        if asked.at_least is not None:
            said = self._pick("mindestens ", "at least ") + told(asked.at_least, self.locale)
        elif asked.at_most is not None:
            said = self._pick("höchstens ", "at most ") + told(asked.at_most, self.locale)
        elif asked.one_of is not None:
            either = (told(value, self.locale) for value in asked.one_of)
            said = self._pick(" oder ", " or ").join(either)
        else:
            said = told(asked.equals, self.locale)
        return f"{name}: {said}"


def _query(condition: Spec) -> p.CredentialQuery | None:
    match condition:
        case p.Holds(holds=query):
            return query
        case p.Completed() | p.Degree():
            return condition.query
    return None
