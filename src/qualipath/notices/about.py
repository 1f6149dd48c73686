"""What notices are about, as lifecycles name them, and so which fields they get."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from qualipath.definition.spec import LifecycleSpec, notices_of
from qualipath.notices.field import Field
from qualipath.notices.fields import FIELDS, GENERAL, OWN, About


def fields_of(abouts: Iterable[About]) -> Mapping[str, Field]:
    """Give the fields of a notice by their names: those of all that it may be about.

    What only some of them have may be empty.
    """
    kinds = [{field.name: field for field in FIELDS[about]} for about in sorted(set(abouts))]
    found = {name: field for kind in kinds for name, field in kind.items()}
    fields = {
        name: field if all(name in kind for kind in kinds) else field.optional()
        for name, field in found.items()
    }
    return MappingProxyType({field.name: field for field in GENERAL} | fields)


def abouts_of(lifecycles: Iterable[LifecycleSpec], intakes: Iterable[str]) -> dict[str, set[About]]:
    """Tell, for every notice that lifecycles name and every one of the programme's own, what it is.

    `intakes` names the lifecycles that intakes go through.
    """
    of_intakes = set(intakes)
    found: dict[str, set[About]] = {name: {about} for name, about in OWN.items()}
    for lifecycle in lifecycles:
        opening = {
            n.notice for t in lifecycle.transitions if t.trigger == "open" for n in t.notices
        }
        for notice in notices_of(lifecycle):
            if lifecycle.lifecycle not in of_intakes:
                about = About.ENROLMENT
            elif notice.to in {"hr", "provider"}:
                about = About.INTAKE
            elif notice.notice not in opening:
                about = About.ENROLMENT
            else:
                about = About.INVITATION if notice.to == "employee" else About.TEAM
            found.setdefault(notice.notice, set()).add(about)
            if notice.digest is not None:
                found.setdefault(notice.digest, set()).add(About.DIGEST)
    return found
