"""Seals the lines of persons that are kept outside the log, so that destroying a person's key destroys them too."""

import base64
import json
import secrets
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from services.importing.batches import derive_id
from services.importing.line_store import KeptLine, KeptProblem, KeptScheme
from shared.eventlog.key_store import KeyStore

SEALED = "~sealed"
"""The name under which the values of a line are kept as ciphertext."""


class SealedLines:
    """Seals and opens the values of lines of persons under the key of each person."""

    def __init__(self, keys: KeyStore, scheme: str) -> None:
        self._keys, self._scheme = keys, scheme

    def open_scheme(self, kept: KeptScheme) -> KeptScheme:
        """What is kept, with the values of sealed lines; without those whose key is destroyed."""
        for line in kept.lines.values():
            if SEALED in line.values:
                line.values = self._open(line.key, line.values) or _without_seal(line.values)
        problems = [
            replace(problem, values=self._open(problem.key, problem.values))
            if SEALED in problem.values
            else problem
            for problem in kept.problems
        ]
        return KeptScheme(kept.lines, problems, kept.finished)

    def seal_lines(self, lines: Iterable[KeptLine], id_column: str) -> None:
        """Seal the values of lines of persons in place, where there are more than the id."""
        sealed = [line for line in lines if len(line.values) > 1]
        self._keys.create_keys(self._stream(line.key) for line in sealed)
        for line in sealed:
            line.values = {id_column: line.key, SEALED: self._seal(line.key, line.values)}

    def seal_problems(self, problems: list[KeptProblem], file: str) -> list[KeptProblem]:
        """The problems, those with lines of persons sealed."""
        wanted = [problem for problem in problems if problem.file == file and problem.values]
        self._keys.create_keys(self._stream(problem.key) for problem in wanted)
        return [
            replace(problem, values={SEALED: self._seal(problem.key, problem.values)})
            if problem.file == file and problem.values
            else problem
            for problem in problems
        ]

    def _stream(self, person: str) -> str:
        return derive_id(self._scheme, "person", person)

    def _seal(self, person: str, values: dict[str, str]) -> str:
        stream = self._stream(person)
        key = self._keys.find_key(stream)
        if key is None:  # erased: nothing of the person may be kept
            return ""
        nonce = secrets.token_bytes(12)
        text = json.dumps(values, ensure_ascii=False).encode()
        return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, text, _context(stream))).decode()

    def _open(self, person: str, values: dict[str, str]) -> dict[str, str]:
        """The values that were sealed; none where the key is destroyed."""
        stream = self._stream(person)
        key = self._keys.find_key(stream)
        if key is None or not values[SEALED]:
            return {}
        stored = base64.b64decode(values[SEALED])
        try:
            text = AESGCM(key).decrypt(stored[:12], stored[12:], _context(stream))
        except InvalidTag:
            return {}
        opened: dict[str, str] = json.loads(text)
        return opened


def _without_seal(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name != SEALED}


def _context(stream: str) -> bytes:
    return f"{stream}/imported line".encode()
