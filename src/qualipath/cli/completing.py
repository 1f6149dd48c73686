"""What the shell completes: the names of paths, tiers, lifecycles and triggers in the workflows."""

from collections.abc import Iterable
from typing import get_args

import typer

from qualipath.cli.session import Session
from qualipath.errors import QualipathError


def paths(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a path's name."""
    return _beginning(_files(context, {"path"}), incomplete)


def drawings(context: typer.Context, incomplete: str) -> list[str]:
    """Complete what `diagram` draws: a path or a lifecycle."""
    return _beginning(_files(context, {"path", "lifecycle"}), incomplete)


def tiers(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Complete a tier of the path that is already written, with its title."""
    try:
        found = _session(context).drafts().tiers(str(context.params.get("path")))
    except (QualipathError, OSError):
        return []
    return [(key, title) for key, title in found.items() if key.startswith(incomplete)]


def triggers(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a trigger of any lifecycle."""
    try:
        lifecycles = _session(context).drafts().catalogue().lifecycles.values()
    except (QualipathError, OSError):
        return []
    found = (transition.trigger for spec in lifecycles for transition in spec.transitions)
    return _beginning(dict.fromkeys(found), incomplete)


def intake_states(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a state of any intake lifecycle."""
    try:
        catalogue = _session(context).drafts().catalogue()
    except (QualipathError, OSError):
        return []
    names = {path.intake_lifecycle for path in catalogue.paths.values()}
    lifecycles = (spec for name, spec in catalogue.lifecycles.items() if name in names)
    return _beginning(dict.fromkeys(s for spec in lifecycles for s in spec.states), incomplete)


def notices(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a notice that some lifecycle or the programme itself raises."""
    try:
        found = _session(context).drafts().notices()
    except (QualipathError, OSError):
        return []
    return _beginning(found, incomplete)


def statuses(incomplete: str) -> list[str]:
    """Complete what a notice can be."""
    from qualipath.services.outbox_models import Status  # noqa: PLC0415

    return _beginning(get_args(Status), incomplete)


def _files(context: typer.Context, kinds: set[str]) -> list[str]:
    try:
        files = _session(context).drafts().catalogue().files
    except (QualipathError, OSError):
        return []
    return [name for kind, name in files if kind in kinds]


def _session(context: typer.Context) -> Session:
    # While completing no command runs: what was written so far is in the outermost context.
    session = Session()
    written = context.find_root().params
    session.note(**{key: written.get(key) for key in ("workflows", "templates")})
    return session


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
