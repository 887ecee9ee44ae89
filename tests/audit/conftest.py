"""One small office, recorded once and copied for every test that damages it."""

import shutil
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.audit.office import tell


@pytest.fixture(scope="package")
def recorded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("office") / "home"
    tell(home)
    return home


@pytest.fixture
def home(recorded_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded_home, tmp_path / "home"))


@pytest.fixture(scope="package")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty virtual environment with `cryptography` and what it needs, put there without a network."""
    import venv

    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder)
    site = next(folder.glob("lib/*/site-packages"))
    for name in ("cryptography", "cffi", "pycparser"):
        for file in distribution(name).files or ():
            source = Path(str(file.locate()))
            if source.is_file() and ".." not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, site / file)
    return folder / "bin" / "python"
