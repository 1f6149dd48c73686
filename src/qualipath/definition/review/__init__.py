"""Static analysis of definitions: what is readable, and still can't be meant."""

from collections.abc import Iterator
from pathlib import Path

from qualipath.definition.catalogue import Catalogue
from qualipath.definition.review.calendars import calendar_problems
from qualipath.definition.review.installation import attribute_problems
from qualipath.definition.review.intake_lifecycles import is_of_intakes
from qualipath.definition.review.lifecycles import lifecycle_problems
from qualipath.definition.review.notices import Templates, notice_problems
from qualipath.definition.review.paths import path_problems
from qualipath.errors import Problem


def review(catalogue: Catalogue, templates: Path | None) -> list[Problem]:
    """Find what can't be meant in definitions, as far as they could be read.

    What is only missing because a part could not be read is no finding. Without `templates` the
    notices are not looked at.
    """
    return list(_reviewed(catalogue.salvaged or catalogue, templates))


def _reviewed(catalogue: Catalogue, templates: Path | None) -> Iterator[Problem]:
    sources = catalogue.sources
    for name, calendar in catalogue.calendars.items():
        yield from calendar_problems(calendar, sources["calendar", name])
    if source := sources.get(("attributes", "attributes")):
        yield from attribute_problems(catalogue.attributes, source)
    folders = Templates.of(templates) if templates else None
    for name, lifecycle in catalogue.lifecycles.items():
        of_intakes = is_of_intakes(catalogue, name)
        yield from lifecycle_problems(lifecycle, sources["lifecycle", name], of_intakes=of_intakes)
        if folders:
            yield from notice_problems(lifecycle, sources["lifecycle", name], folders)
    for name in catalogue.paths:
        yield from path_problems(catalogue, name)
