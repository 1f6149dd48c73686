"""Where the shipped definitions and templates lie: in the package, or in a checkout beside it."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def bundled(name: str) -> Path:
    """Give the shipped folder `workflows` or `templates`."""
    inside = _PACKAGE / "bundled" / name
    return inside if inside.is_dir() else _PACKAGE.parents[1] / name
