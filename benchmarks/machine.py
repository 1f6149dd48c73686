"""W6: 100,000 guarded transitions without a database, against a dictionary and a call."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from qualipath.definition.spec import AVAILABLE, Asked, LifecycleSpec, Role, ScaleSpec, TierSpec
from qualipath.definition.values import Text
from qualipath.domain.eligibility import Verdict
from qualipath.domain.guards import Situation
from qualipath.domain.machine import LifecycleMachine, Move
from qualipath.domain.wording import sentence

ROUNDS = 1_000
ROLES = (Role.HR, Role.SUPERVISOR)
SLICES = 25
MET = Verdict(None, met=True, sentence=sentence("erfüllt", "met"))
TITLE = Text(de="Muster", en="sample")

# Four transitions and back to the start; two ask a named guard, one for the prerequisites.
STEPS = (
    (AVAILABLE, "apply", "applied", ("attempts_left",)),
    ("applied", "approve", "approved", ()),
    ("approved", "start", "attending", ("attempts_left",)),
    ("attending", "leave", "left", ()),
)


class Enrolment:
    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = AVAILABLE


def run() -> dict[str, float]:
    """Print and give the cost ratios of the compiled table and of the explaining machine."""
    machine = LifecycleMachine(_lifecycle())
    situation = Situation(
        role=Role.HR,
        tier=TierSpec(title=TITLE, lifecycle="sample", max_attempts=3),
        scale=ScaleSpec(title=TITLE, best=100, worst=500, passing=400),
        verdict=lambda _: MET,
        attempts=1,
    )
    table = {(source, trigger): (to, _may) for source, trigger, to, _ in STEPS}

    def look_up(enrolment: Enrolment, trigger: str) -> None:
        to, may = table[enrolment.state, trigger]
        if may(situation):
            enrolment.state = to

    def decide(enrolment: Enrolment, trigger: str) -> None:
        move = machine.decide(enrolment.state, trigger, situation)
        if isinstance(move, Move):
            enrolment.state = move.target

    def fire(enrolment: Enrolment, trigger: str) -> None:
        enrolment.state = machine.fire(enrolment.state, trigger, situation).target

    floor, compiled, explaining = [], [], []
    for _ in range(SLICES):
        floor.append(_timed(look_up))
        compiled.append(_timed(decide))
        explaining.append(_timed(fire))
    once = median(floor)
    ratios = {
        "W6 compiled": median(compiled) / once,
        "W6 explaining": median(explaining) / once,
    }
    print(f"W6 floor: {ROUNDS * len(STEPS) / once / 1e6:.1f} M transitions/s")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f} × floor")
    return ratios


def _may(situation: Situation) -> bool:
    return situation.role in ROLES


def _timed(step: Callable[[Enrolment, str], None]) -> float:
    enrolments = [Enrolment() for _ in range(ROUNDS)]
    start = perf_counter()
    for _, trigger, _, _ in STEPS:
        for enrolment in enrolments:
            step(enrolment, trigger)
    seconds = perf_counter() - start
    assert {enrolment.state for enrolment in enrolments} == {"left"}
    return seconds


def _lifecycle() -> LifecycleSpec:
    return LifecycleSpec.model_validate(
        {
            "lifecycle": "sample",
            "title": TITLE,
            "states": {to: {"title": TITLE} for _, _, to, _ in STEPS},
            "transitions": [
                {
                    "trigger": trigger,
                    "from": source,
                    "to": to,
                    "roles": ROLES,
                    "guards": guards,
                    "prerequisites": Asked.MET if trigger == "start" else Asked.NOT,
                }
                for source, trigger, to, guards in STEPS
            ],
        }
    )


if __name__ == "__main__":
    run()
