"""W6: 100,000 guarded transitions without a database, against a dictionary and a call."""

from collections.abc import Callable, Mapping
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
    floor, compiled, explaining = [], [], []
    for _ in range(SLICES):
        floor.append(_timed(lambda: _look_up(table, situation)))
        compiled.append(_timed(lambda: _ask(machine.decide, situation)))
        explaining.append(_timed(lambda: _ask(machine.fire, situation)))
    once = median(floor)
    ratios = {
        "W6 compiled": median(compiled) / once,
        "W6 explaining": median(explaining) / once,
    }
    print(f"W6 floor: {ROUNDS * len(STEPS) / once / 1e6:.1f} M transitions/s")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f} × floor")
    return ratios


def _look_up(
    table: Mapping[tuple[str, str], tuple[str, Callable[[Situation], bool]]], situation: Situation
) -> None:
    for _ in range(ROUNDS):
        for source, trigger, _, _ in STEPS:
            to, may = table[source, trigger]
            if not may(situation):
                raise AssertionError(to)


def _ask(decide: Callable[[str, str, Situation], object], situation: Situation) -> None:
    for _ in range(ROUNDS):
        for source, trigger, _, _ in STEPS:
            if decide(source, trigger, situation).__class__ is not Move:
                raise AssertionError(trigger)


def _may(situation: Situation) -> bool:
    return situation.role in ROLES


def _timed(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


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
