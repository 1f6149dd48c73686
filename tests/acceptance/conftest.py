"""What acceptance tests may ask for: an installation, and its folder as the current one."""

import shutil
from pathlib import Path

import pytest

from tests.acceptance.command_line import Installation, set_up


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out an installation once; each test gets a copy."""
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _forget_environment(patch)
        set_up(folder)
    return folder


@pytest.fixture
def installation(
    prepared_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    """Give an installation, whose folder is the current one."""
    folder = tmp_path / "installation"
    shutil.copytree(prepared_folder, folder)
    monkeypatch.chdir(folder)
    _forget_environment(monkeypatch)
    return Installation(folder)


def _forget_environment(patch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE", "WORKFLOWS", "TEMPLATES", "ACTING_AS", "LOCALE", "TRACEBACK"):
        patch.delenv(f"QUALIPATH_{name}", raising=False)
    for name in ("FORCE_COLOR", "COLUMNS"):
        patch.delenv(name, raising=False)
