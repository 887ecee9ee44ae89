"""Digests of what is shown now: two sites with the same facts have the same ones, whenever each came to know them."""

from hashlib import sha256

import msgspec

from shared.readmodel.row_store import RowStore


def digest_rows(tables: RowStore) -> dict[str, str]:
    """Of every projection the SHA-256 over its rows as known now, without when they became known, in hexadecimal."""
    with tables.read_transaction() as reader:
        return {
            name: _digest([msgspec.json.encode(each) for each in reader.rows_by_stream(projection)])
            for name, projection in sorted(tables.projections.items())
        }


def _digest(lines: list[bytes]) -> str:
    return sha256(b"\n".join(sorted(lines))).hexdigest()
