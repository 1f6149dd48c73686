"""To whom a notice goes, by its rule and by who is there when it is sent."""

from dataclasses import replace

from qualipath.domain.wording import Sentence, sentence
from qualipath.errors import UndeliverableError
from qualipath.services.delivery.waiting import Addressee, Person, Subject


def addressee(subject: Subject) -> Addressee:
    """Work out who is written to; no statement is needed, the subject knows everybody.

    For an absent superior the deputy is written to. Where nobody is known to whom a notice could
    go by its rule, HR gets it.

    Raises:
        UndeliverableError: there is no address; it says which one is missing, and what to do.
    """
    match subject.waiting.recipient:
        case "employee" if subject.person:
            return _employee(subject, subject.person)
        case "supervisor" | "digest" if subject.superior:
            return _superior(subject, subject.superior)
        case "deputy" if (deputy := _deputy(subject)) is not None:
            return _employee(subject, deputy)
        case "provider" if subject.provider:
            return Addressee(subject.provider.address, "", subject.provider.locale)
    return _hr(subject)


def _superior(subject: Subject, superior: Person) -> Addressee:
    deputy = _deputy(subject)
    if deputy is None or not superior.absent(subject.today):
        return _employee(subject, superior)
    return replace(_employee(subject, deputy), on_behalf_of=superior.name)


def _deputy(subject: Subject) -> Person | None:
    """Give the superior's deputy: nobody decides for themself about what they asked for."""
    if subject.deputy is None or subject.deputy == subject.person:
        return None
    return subject.deputy


def _employee(subject: Subject, person: Person) -> Addressee:
    if person.email is None:
        missing = sentence(
            "{number} ({name}) hat keine E-Mail-Adresse; lesen Sie eine ein",
            "{number} ({name}) has no e-mail address; import it",
            number=person.number,
            name=person.name,
        )
        raise _undeliverable(subject, missing)
    return Addressee(person.email, person.name, person.locale, employee_id=person.id)


def _hr(subject: Subject) -> Addressee:
    address = subject.correspondence.hr_address
    if address is None:
        missing = sentence(
            "die Personalstelle von {title} hat keine E-Mail-Adresse, auch keine darüber; "
            "legen Sie eine fest",
            "the HR of {title} has no e-mail address, nor one above it; set it",
            title=subject.title,
        )
        raise _undeliverable(subject, missing)
    return Addressee(address, "", "de")


def _undeliverable(subject: Subject, missing: Sentence) -> UndeliverableError:
    told = sentence(
        "{missing}, dann: qualipath outbox retry {id}",
        "{missing}, then: qualipath outbox retry {id}",
        missing=missing,
        id=subject.waiting.id,
    )
    return UndeliverableError(told)
