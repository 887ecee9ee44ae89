"""A site with a home of its own, and its commands."""

import json
from pathlib import Path

import msgspec
from msgspec.structs import replace
from typer.testing import CliRunner

from services.__main__ import application
from services.sites.enrolment import Ticket, sign_ticket
from shared.eventlog.signed_notes import Signer, split_note

ENV = {"LC_ALL": "C.UTF-8", "CADRE_KAFKA": "", "CADRE_DATABASE": "", "CADRE_TOKENS": ""}


class Office:
    """One site: its home and its commands."""

    def __init__(self, folder: Path, site: str) -> None:
        self.folder, self.site, self.home = folder, site, folder / site

    def cadre(self, *words: str) -> tuple[int, str, str]:
        env = ENV | {"CADRE_SITE": self.site}
        done = CliRunner().invoke(application(), ["--home", str(self.home), "site", *words], env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    def well(self, *words: str) -> str:
        code, output, errors = self.cadre(*words)
        assert code == 0, errors
        return output

    def refused(self, *words: str) -> str:
        code, _, errors = self.cadre(*words)
        assert code in (1, 2)
        return errors

    def request(self, *more: str) -> str:
        file = self.folder / f"{self.site}.request"
        self.well("init", "--name", f"Site {self.site}", "--level", "COMMUNE", "--out", str(file), *more)
        return str(file)

    def join_below(self, parent: "Office") -> None:
        ticket = str(self.folder / f"{self.site}.ticket")
        parent.well("admit", self.request(), "--out", ticket)
        self.well("join", ticket)

    def tree(self) -> dict[str, tuple[str, str]]:
        """(parent, state) of each site, as this one knows it."""
        listed = json.loads(self.well("list", "--json"))
        return {each["site"]: (each["parent"], each["state"]) for each in listed["sites"]}

    def signer(self) -> Signer:
        return Signer.parse((self.home / "signing.key").read_text(encoding="ascii").strip())

    def public_key(self) -> str:
        return str(self.signer().verifier)

    def sign_again(self, file: Path, **changed: str) -> Path:
        """A ticket of this site with other values, signed by it."""
        ticket = msgspec.json.decode(split_note(file.read_text(encoding="utf-8"))[0], type=Ticket)
        other = file.with_suffix(".other")
        other.write_text(sign_ticket(replace(ticket, **changed), self.signer()), encoding="utf-8")
        return other
