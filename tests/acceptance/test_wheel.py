"""What a stranger installs: the wheel, run from an empty folder without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel by the locked tools and unpack it, as pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ".")
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = folder.glob("qualipath-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def first(site: Path) -> str:
    """Put the wheel before the checkout, beside which the dependencies are installed."""
    return f"import sys; sys.path.insert(0, {str(site)!r}); "


def run(site: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        (sys.executable, "-c", first(site) + "from qualipath.cli import main; main()", *arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_definitions_templates_and_schemas(unpacked: Path) -> None:
    bundled = unpacked / "qualipath" / "bundled"
    assert (bundled / "workflows" / "duisburg_digital.yaml").is_file()
    assert (bundled / "workflows" / "lifecycles" / "seminar.yaml").is_file()
    assert (bundled / "workflows" / "schema" / "path.json").is_file()
    assert (bundled / "templates" / "de" / "approved" / "subject.txt").is_file()
    assert (unpacked / "qualipath" / "py.typed").is_file()


def test_the_wheel_alone_does_the_main_job(unpacked: Path, tmp_path: Path) -> None:
    found = subprocess.run(
        (sys.executable, "-c", first(unpacked) + "import qualipath; print(qualipath.__file__)"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(unpacked)
    hr = ("--as", "hr:k.muster@duisburg", "--lang", "en")
    run(unpacked, tmp_path, "check")
    run(unpacked, tmp_path, "db", "upgrade")
    run(unpacked, tmp_path, "publish", "duisburg_digital", *hr)
    run(unpacked, tmp_path, "organisation", "add", "duisburg", "Stadt Duisburg", *hr)
    (tmp_path / "people.csv").write_text("number;given_name;family_name\n4711;Mia;Muster\n")
    run(unpacked, tmp_path, "import", "people", "people.csv", *hr)
    told = run(unpacked, tmp_path, "apply", "4711", "duisburg_digital", "bootcamp", *hr)
    assert "applied" in told
