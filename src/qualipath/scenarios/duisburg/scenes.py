"""What Duisburg's story is made of: scenes, each played on a day of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from qualipath.domain.wording import Sentence
from qualipath.scenarios.duisburg.stage import Stage

Scene = Callable[[Stage], Sentence | None]
"""Plays something on the stage's present day, and gives its caption if it has one."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A scene, and the day on which it is played."""

    on: date
    scene: Scene
