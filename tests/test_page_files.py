"""The files of the page without a browser: words in both languages, and what the browser may keep and may not load."""

import re

import msgspec
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from services.bootstrap.services import SERVICES
from services.chronicle.api.units import CorrectedFact, Label
from services.chronicle.queries.common.counts import Counts, Evidence, Figure
from services.chronicle.queries.common.names import Name
from services.chronicle.queries.common.responses import Answer, Document, Proof
from services.chronicle.queries.common.search import Hit
from services.chronicle.queries.contradictions.listing import ConcernedThing, ContradictionLine
from services.chronicle.queries.decisions.citations import Citation
from services.chronicle.queries.decisions.documents import DecisionLine
from services.chronicle.queries.people.career import Life, Step
from services.chronicle.queries.reports.cadre_work import Report, ReportLine
from services.chronicle.queries.tenures.histories import Stretch, TermLine
from services.chronicle.queries.units.balances import Balance, Change
from services.chronicle.queries.units.differences import Difference
from services.chronicle.queries.units.org_chart import HolderNode, PostNode, UnitNode
from services.chronicle.queries.units.unit_history import Lineage, LineageLine, UnitLine
from services.portal.api import STATE, STATIC, router
from services.sync.domain.delivery import OwnEntries
from services.sync.exchange.status import Alarm, NamedGap, OriginLine, Proposed, SyncStatus
from shared.core.facts import Code, Corrected, Fact, Finding, Recorded

RESPONSES = {
    "Balance": Balance,
    "Change": Change,
    "Citation": Citation,
    "Code": Code,
    "ConcernedThing": ConcernedThing,
    "ContradictionLine": ContradictionLine,
    "Correction": Corrected,
    "Counts": Counts,
    "DecisionDocument": Document,
    "DecisionLine": DecisionLine,
    "Difference": Difference,
    "Evidence": Evidence,
    "Fact": Fact,
    "Figure": Figure,
    "Finding": Finding,
    "Hit": Hit,
    "HolderNode": HolderNode,
    "Label": Label,
    "Life": Life,
    "Lineage": Lineage,
    "LineageLine": LineageLine,
    "Name": Name,
    "List": Answer,
    "PostNode": PostNode,
    "Proof": Proof,
    "Recorded": Recorded,
    "RecordedWithCorrections": CorrectedFact,
    "Report": Report,
    "ReportLine": ReportLine,
    "Step": Step,
    "Stretch": Stretch,
    "TermLine": TermLine,
    "UnitLine": UnitLine,
    "OwnEntries": OwnEntries,
    "NamedGap": NamedGap,
    "OriginLine": OriginLine,
    "Alarm": Alarm,
    "ProposedCommand": Proposed,
    "SyncStatus": SyncStatus,
    "UnitNode": UnitNode,
}
"""What the type check of the scripts takes for the shape of a response, and the struct that the response is."""


def words() -> dict[str, str]:
    text = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*words.js"))
    line = r"^  '?([\w.-]+)'?: \[\s*('.+',\s+'.+'|'', '.+')\],?$"
    return dict(re.findall(line, text, re.MULTILINE))


def test_every_word_on_the_page_is_there_in_both_languages() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (*STATIC.glob("*.js"), STATIC / "index.html")]
    pattern = r"\bt\('([\w.-]+)'|data-(?:t|label|hint|title)=\"(\w+)\""
    used = {key for source in sources for keys in re.findall(pattern, source) for key in keys if key}
    assert used
    assert used - words().keys() == set()


def test_every_fact_and_field_that_the_proof_can_show_has_a_name() -> None:
    proof = (STATIC / "proof.js").read_text(encoding="utf-8")
    _, _, rest = proof.partition("const APART = [")
    unsaid = set(re.findall(r"\w+", rest.partition("]")[0])) | {"target", "mode", "new_values"}
    facts = {tag: kind for service in SERVICES.values() for tag, kind in service.topic.kinds.items()}
    fields = {field for kind in facts.values() for field in kind.__struct_fields__} - unsaid
    assert {f"fact.{tag}" for tag in facts} | {f"field.{field}" for field in fields} <= words().keys()


@pytest.mark.parametrize(("name", "struct"), RESPONSES.items(), ids=RESPONSES)
def test_the_scripts_are_checked_against_the_responses_there_are(
    name: str, struct: type[msgspec.Struct]
) -> None:
    declared = (STATIC.parent / "responses.d.ts").read_text(encoding="utf-8")
    (body,) = re.findall(rf"^export interface {name}\b[^{{]*{{\n(.*?)^}}", declared, re.MULTILINE | re.DOTALL)
    fields = set(re.findall(r"^  (\w+)\??:", body, re.MULTILINE)) - {"type"}
    assert fields
    assert fields <= set(struct.__struct_fields__)


def test_every_shape_of_a_response_is_compared() -> None:
    declared = (STATIC.parent / "responses.d.ts").read_text(encoding="utf-8")
    made_elsewhere = {"ProblemDetails", "TourStop"}
    assert (
        set(re.findall(r"^export interface (\w+)", declared, re.MULTILINE))
        == RESPONSES.keys() | made_elsewhere
    )


def test_the_guide_proposes_where_to_look() -> None:
    app = FastAPI()
    router(lambda: [("Quận cũ", "An old district", "/?as_of=2025-06-30")]).add_to(app)
    told = TestClient(app).get("/tour").json()
    assert told == [{"vi": "Quận cũ", "en": "An old district", "url": "/?as_of=2025-06-30"}]


def test_the_page_takes_nothing_from_elsewhere_and_is_kept_by_the_browser() -> None:
    app = FastAPI()
    router().add_to(app)
    client = TestClient(app)
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?://", page.text)
    files = re.findall(r'"(/static/[^"]+)"', page.text)
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200, file
        assert "immutable" in answer.headers["cache-control"]
        assert client.get(file, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.get("/", headers={"If-None-Match": page.headers["etag"]}).status_code == 304
    assert client.get("/static/../api.py").status_code == 404


def test_the_language_links_keep_what_the_address_says_before_any_script_has_run() -> None:
    """A click that comes before the script is wired lost the chosen date."""
    app = FastAPI()
    router().add_to(app)
    page = TestClient(app).get("/?as_of=2020-12-31&unit=u1&q=%22%3E%3Cb%3E&lang=vi&token=t").text
    for language in ("vi", "en"):
        kept = f'href="/?as_of=2020-12-31&amp;unit=u1&amp;q=%22%3E%3Cb%3E&amp;lang={language}"'
        assert kept in page, "all that the page has in its address, and nothing else"
    keys = re.search(r"KEYS = .*?\(\[(.*?)\]\)", (STATIC / "state.js").read_text(encoding="utf-8"))
    assert keys
    assert keys[1] == ", ".join(f"'{name}'" for name in (*STATE, "lang"))
    plain = TestClient(app).get("/").text
    assert 'href="/?lang=en"' in plain
