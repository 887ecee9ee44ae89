"""A tree of sites that is made once, and two of them at the ends of a line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.build_once import build_once, run_folder
from tests.sync.line.proxy import Proxy
from tests.sync.line.sites import CallingSite, copy_tree, make_template, serve_site
from tests.sync.test_random_exchanges import LiveSite


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_once(run_folder(tmp_path_factory) / "tree-of-sites", make_template)


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return copy_tree(template, tmp_path / "tree")


@pytest.fixture
def huyen(folder: Path) -> Iterator[LiveSite]:
    site = CallingSite(folder, "huyen", "tinh")
    yield site
    site.close()


@pytest.fixture
def px(folder: Path) -> Iterator[CallingSite]:
    site = CallingSite(folder, "px", "huyen")
    yield site
    site.close()


@pytest.fixture
def line(huyen: LiveSite) -> Iterator[Proxy]:
    with serve_site(huyen) as proxy:
        yield proxy
