"""Findings and refusals without the ids of what their reader may not open."""

import msgspec

from shared.http.out_of_reach import OUT_OF_REACH, hide_ids, hide_ids_in_findings
from shared.http.scope import Scope
from shared.http.token_classes import Reader, SealedFields, SecretIds, TokenClass

KNOWN = {"anh", "binh", "post-1"}


class WardIds(msgspec.Struct, frozen=True):
    """What is in the scope."""

    ids: frozenset[str] = frozenset({"anh"})

    def shows(self, event: object) -> bool:
        return True


def reader(scope: Scope | None = Scope(frozenset({"ward"})), named: frozenset[str] = frozenset()) -> Reader:  # noqa: B008 - frozen
    return Reader(
        TokenClass.PERSONAL,
        SealedFields({}, {}),
        named,
        SecretIds,
        True,
        scope,
        lambda _: WardIds(),
        find_known=lambda texts: frozenset(KNOWN & set(texts)),
    )


def test_a_finding_names_nobody_out_of_reach() -> None:
    finding = {
        "rule": "KIN",
        "detail": "anh and binh. Not post-1.",
        "inputs": {"relative": "binh", "cadre": "anh"},
    }
    content = {"items": [{"stream": "binh", "findings": [finding]}]}
    body = msgspec.json.encode(content)
    [item] = msgspec.json.decode(hide_ids_in_findings(body, reader()))["items"]
    assert item["findings"] == [
        {
            "rule": "KIN",
            "detail": f"anh and {OUT_OF_REACH}. Not {OUT_OF_REACH}.",
            "inputs": {"relative": OUT_OF_REACH, "cadre": "anh"},
        }
    ]
    assert item["stream"] == "binh", "what a row is about was decided before"
    assert hide_ids_in_findings(body, reader(scope=None)) == body


def test_what_the_reader_named_stays_as_it_was_named() -> None:
    """Else the answer would tell that it exists."""
    said = {"detail": "Nothing has the id binh", "case": {"holders": ("binh", "post-1")}}
    assert hide_ids(said, reader(named=frozenset({"binh"}))) == {
        "detail": "Nothing has the id binh",
        "case": {"holders": ["binh", OUT_OF_REACH]},
    }
    assert hide_ids(said, reader(scope=None)) is said
