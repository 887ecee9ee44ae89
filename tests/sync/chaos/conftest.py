"""A tree of sites that all know one post, made once."""

from pathlib import Path

import pytest

from services.organization.events import Kind, PostCreated, UnitEstablished
from shared.commands.command_handler import Origin
from shared.core.partial_dates import PDate
from tests.support.build_once import build_once, run_folder
from tests.sync.chaos.recorders import POST
from tests.sync.line.sites import copy_tree
from tests.sync.test_random_exchanges import SITES, LiveSite, make_tree

_DAY = PDate("2000-01-01")


def make_tree_with_post(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    make_tree(folder)
    sites = {site: LiveSite(folder, site) for site in SITES}
    app, by = sites["tinh"].ledger.apps["organization"], Origin(actor="user:lan")
    unit = UnitEstablished(name="Tỉnh T", kind=Kind.PROVINCE, effective_from=_DAY)
    app.handle("U-T", unit, by)
    app.handle(POST, PostCreated(unit="U-T", title="Uỷ viên", seats=0, effective_from=_DAY), by)
    sites["tinh"].ledger.project_pending()
    for number, (giver, taker) in enumerate([("tinh", "huyen"), ("huyen", "px"), ("huyen", "py")]):
        file = folder / f"post-{number}.cadre"
        sites[giver].make(taker, file)
        sites[taker].apply(file)
    for site in sites.values():
        site.close()
    return folder


@pytest.fixture(scope="session")
def tree_with_post(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_once(run_folder(tmp_path_factory) / "tree-with-post", make_tree_with_post)


@pytest.fixture
def folder(tree_with_post: Path, tmp_path: Path) -> Path:
    return copy_tree(tree_with_post, tmp_path / "tree")
