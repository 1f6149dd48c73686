"""By what applicants are compared: each criterion of a policy as a sort key and a value to tell."""

import sys
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from qualipath.definition.intakes import GradeCriterion, IntakeSpec, Plain, Quota, QuotaCriterion
from qualipath.domain.allocation.applicant import Applicant
from qualipath.domain.allocation.room import home_of

LOT = "lot"
GRADE = "grade:"
QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Measure:
    """One criterion: whose `key` is lower comes first; `value` is what the protocol tells."""

    name: str
    key: Callable[[Applicant], Any]
    value: Callable[[Applicant], str | int | None]


def measures_of(
    spec: IntakeSpec, *, seed: int, ascending: Container[str], pooled: bool
) -> tuple[Measure, ...]:
    """Give the criteria of a policy up to the lot, which always decides at last.

    `ascending` names the tiers on whose scale a higher grade is better. Before the quota all are
    equal: who comes first by it shows only once all are ranked by the rest. When the quotas have
    lapsed (`pooled`) it is no criterion any more.
    """
    return tuple(_until_the_lot(spec, seed, ascending, pooled=pooled))


def lot(seed: int, enrolment_id: int) -> str:
    """Draw somebody's lot: the first 16 hexadecimal digits of SHA-256 of `seed:enrolment_id`.

    The lowest comes first. The seed is stored with the intake when it is planned, before anybody
    applies, and nobody can choose a hash; so everybody can check a draw: `printf 7:4711 |
    sha256sum`.
    """
    return sha256(f"{seed}:{enrolment_id}".encode()).hexdigest()[:16]


def _until_the_lot(
    spec: IntakeSpec, seed: int, ascending: Container[str], *, pooled: bool
) -> Iterator[Measure]:
    for criterion in spec.allocation:
        match criterion:
            case "lot":
                break
            case QuotaCriterion(quota=quota):
                if not pooled:
                    yield _quota(quota)
            case GradeCriterion(grade=tier):
                yield _grade(tier, -1 if tier in ascending else 1)
            case _:
                yield _PLAIN[criterion]

    def drawn(applicant: Applicant) -> str:
        return lot(seed, applicant.enrolment_id)

    yield Measure(LOT, drawn, drawn)


def _quota(quota: Quota) -> Measure:
    return Measure(QUOTA, lambda _: 0, lambda applicant: home_of(applicant.organisations, quota))


def _grade(tier: str, sign: int) -> Measure:
    def key(applicant: Applicant) -> int:
        grade = applicant.grades.get(tier)
        return sys.maxsize if grade is None else sign * grade

    return Measure(f"{GRADE}{tier}", key, lambda applicant: applicant.grades.get(tier))


_PLAIN: dict[Plain, Measure] = {
    "waiting": Measure(
        "waiting",
        lambda applicant: applicant.applied_at,
        lambda applicant: applicant.applied_at.isoformat(),
    ),
    "rejections": Measure(
        "rejections",
        lambda applicant: -applicant.rejections,
        lambda applicant: applicant.rejections,
    ),
    "tenure": Measure(
        "tenure",
        lambda applicant: applicant.hired_on or date.max,
        lambda applicant: applicant.hired_on.isoformat() if applicant.hired_on else None,
    ),
}
