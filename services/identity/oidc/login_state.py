"""What the browser keeps between leaving for the provider and coming back: sealed, for ten minutes, in one cookie."""

import base64

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LIFE_SECONDS = 600
"""How long a person may take to sign in at the provider."""


class LoginState(msgspec.Struct, frozen=True):
    """One attempt to sign in."""

    provider: str
    """Name of the provider the browser was sent to; no other may answer."""
    state: str
    """What the provider sends back with the browser, so that nobody can slip in an answer that was not asked for."""
    nonce: str
    """What the ID token must repeat, so that it was made for this attempt."""
    verifier: str
    """The secret of PKCE, without which the code is worth nothing."""
    started: int
    """Seconds since 1970."""
    then: str = "/"
    """The path here to go to afterwards."""
    again: bool = False
    """Whether the person must give the password again, although the provider knows them."""


class LoginStates:
    """Seals attempts with a key made of the secret of the client, which all processes of an installation have."""

    def __init__(self, secret: str, provider: str) -> None:
        derive = HKDF(SHA256(), 32, salt=None, info=f"cadre-ledger oidc login state {provider}".encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derive.derive(secret.encode())))

    def seal(self, state: LoginState) -> str:
        """The value of the cookie."""
        return self._fernet.encrypt_at_time(msgspec.json.encode(state), state.started).decode("ascii")

    def open(self, sealed: str, now: int) -> LoginState | None:
        """The attempt in a cookie; None where it is another's, was changed or is too old."""
        try:
            opened = self._fernet.decrypt_at_time(sealed.encode("ascii"), LIFE_SECONDS, now)
            return msgspec.json.decode(opened, type=LoginState)
        except (InvalidToken, UnicodeEncodeError, msgspec.MsgspecError):
            return None
