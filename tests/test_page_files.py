"""The files of the page without a browser: words in both languages, and what the browser may keep and may not load."""

import re

from fastapi import FastAPI
from starlette.testclient import TestClient

from services.bootstrap.services import SERVICES
from services.portal.api import STATIC, router


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


def test_the_guide_proposes_where_to_look() -> None:
    app = FastAPI()
    app.include_router(router(lambda: [("Quận cũ", "An old district", "/?as_of=2025-06-30")]))
    told = TestClient(app).get("/tour").json()
    assert told == [{"vi": "Quận cũ", "en": "An old district", "url": "/?as_of=2025-06-30"}]


def test_the_page_takes_nothing_from_elsewhere_and_is_kept_by_the_browser() -> None:
    app = FastAPI()
    app.include_router(router())
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
