"""What the scheduler does of itself in Duisburg's story, told as it happens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from qualipath.domain.wording import Sentence, sentence
from qualipath.scenarios.duisburg.stage import PATH, Stage
from qualipath.scenarios.standing import intake_name, last_day_to_apply
from qualipath.services.models import Intake

SCHEDULE = "schedule"
_DECLINED = "declined"


@dataclass(slots=True)
class Watch:
    """Looks at the intakes after each tick, and tells what the scheduler did with them.

    `_seen` maps an intake's id to its version when it was looked at last and to how many entries
    its history had.
    """

    stage: Stage
    _seen: dict[int, tuple[int, int]] = field(default_factory=dict)
    _declined: set[int] = field(default_factory=set)

    def look(self) -> Iterator[Sentence]:
        """Tell what the scheduler did with intakes since the last look, one sentence a kind."""
        happened: dict[str, list[Intake]] = {}
        for intake in self.stage.hr.intakes(PATH):
            for trigger in self._new_of(intake):
                happened.setdefault(trigger, []).append(intake)
        for trigger, intakes in happened.items():
            if trigger in _TOLD_TOGETHER:
                yield from _together(trigger, intakes)
            elif trigger in {"allocate", "start", "finish", "flag"}:
                for intake in intakes:
                    yield from self._alone(trigger, intake)

    def _new_of(self, intake: Intake) -> list[str]:
        version, known = self._seen.get(intake.id, (0, 0))
        if version == intake.version:
            return []
        entries = self.stage.hr.history_of_intake(intake.id)
        self._seen[intake.id] = (intake.version, len(entries))
        return [e.trigger for e in entries[known:] if e.actor.startswith(SCHEDULE)]
