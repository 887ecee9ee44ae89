"""An OpenID Connect provider as a process: Authlib's server side, with keys of its own, that can be told to misbehave.

`python -m tests.oidc.provider PORT …` serves the issuers http://127.0.0.1:PORT, one at each port. Each takes every
person for the user that `POST /tests/behave {"user": …}` names. What else can be said there: `claims` and `headers`
(put over those of an ID token), `unsigned`, `skew` (seconds by which its clock is ahead), `answer_as` (the `iss` of
answers), `calls_itself` (in its discovery document), `audience` and `token_claims` of access tokens, `keys_fail`.
`POST /tests/rotate` makes another key.
"""

import asyncio
import sys
import time
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.jwk import Key, KeySet, RSAKey
from joserfc.util import json_b64encode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "so-can-bo", "a-secret-of-the-tests-and-nobody-else"
AUDIENCE = "https://so-can-bo.example.vn"


class Client(ClientMixin):
    """The ledger, as the provider knows it. Any address on this machine may be its callback."""

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.startswith("http://127.0.0.1:")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "client_credentials")


class User(dict[str, Any]):
    """A person, by their claims."""

    def get_user_id(self) -> str:
        return str(self["sub"])


class Code(AuthorizationCodeMixin):
    """A code that was given out, until it is used."""

    def __init__(self, request: Any) -> None:
        data = request.payload.data
        self.redirect_uri, self.scope = data.get("redirect_uri"), request.scope
        self.nonce: str | None = data.get("nonce")
        self.code_challenge = data.get("code_challenge")
        self.code_challenge_method = data.get("code_challenge_method")
        self.user, self.at = request.user, int(time.time())

    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.at

    def get_acr(self) -> str:
        return ""

    def get_amr(self) -> list[str]:
        return []


class Provider(AuthorizationServer):
    """All that the provider knows, in memory."""

    def __init__(self, issuer: str) -> None:
        super().__init__()
        self.issuer = issuer
        self.codes: dict[str, Code] = {}
        self.keys: list[Key] = []
        self.key_fetches = 0
        self.behaviour: dict[str, Any] = {}
        self.rotate()
        provider = self

        class CodeGrant(grants.AuthorizationCodeGrant):
            def save_authorization_code(self, code: str, request: Any) -> None:
                provider.codes[code] = Code(request)

            def query_authorization_code(self, code: str, client: Client) -> Code | None:
                return provider.codes.get(code)

            def delete_authorization_code(self, authorization_code: Code) -> None:
                for code in [code for code, each in provider.codes.items() if each is authorization_code]:
                    del provider.codes[code]

            def authenticate_user(self, authorization_code: Code) -> User:
                user: User = authorization_code.user
                return user

        class IdTokens(OpenIDCode):
            def exists_nonce(self, nonce: str, request: Any) -> bool:
                return any(code.nonce == nonce for code in provider.codes.values())

            def get_client_claims(self, client: Client) -> dict[str, Any]:
                now = int(time.time()) + provider.behaviour.get("skew", 0)
                return {"iss": issuer, "aud": [CLIENT_ID], "iat": now, "exp": now + 300, "auth_time": now}

            def generate_user_info(self, user: User, scope: str) -> UserInfo:
                return UserInfo(**user)

            def encode_id_token(self, token: Any, request: Any) -> str:
                claims = self.get_client_claims(request.client)
                claims |= self.get_authorization_code_claims(request.authorization_code)
                claims |= request.user
                header = {
                    "alg": "RS256",
                    "kid": provider.keys[-1].kid,
                    **provider.behaviour.get("headers", {}),
                }
                claims |= provider.behaviour.get("claims", {})
                if provider.behaviour.get("unsigned"):
                    return unsigned(header | {"alg": "none"}, claims)
                return jwt.encode(header, claims, provider.keys[-1], ["RS256"])

        class Issuer(IssuerParameter):
            def get_issuer(self) -> str:
                return str(provider.behaviour.get("answer_as", issuer))

        class Tokens(JWTBearerTokenGenerator):
            def get_jwks(self) -> KeySet:
                return KeySet(provider.keys[-1:])

            def get_audiences(self, client: Client, user: Any, scope: str) -> str:
                return str(provider.behaviour.get("audience", AUDIENCE))

            def get_extra_claims(
                self, client: Client, grant_type: str, user: Any, scope: str
            ) -> dict[str, Any]:
                extra: dict[str, Any] = provider.behaviour.get("token_claims", {})
                return extra

        self.register_grant(CodeGrant, [CodeChallenge(required=True), IdTokens(require_nonce=True)])
        self.register_grant(grants.ClientCredentialsGrant)
        self.register_extension_of(Issuer())
        self.register_token_generator(
            "default", Tokens(issuer, expires_generator=lambda client, grant_type: 300)
        )

    def register_extension_of(self, extension: IssuerParameter) -> None:
        extension(self)

    def rotate(self) -> None:
        self.keys = [RSAKey.generate_key(2048, auto_kid=True)]

    def query_client(self, client_id: str) -> Client | None:
        return Client() if client_id == CLIENT_ID else None

    def save_token(self, token: Any, request: Any) -> None:
        """Tokens are not kept: they say everything themselves."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        headers = dict(headers)
        if location := headers.get("Location"):
            return Redirection(location, 302)
        return JSONResponse(body, status, headers=headers)


class Redirection(RedirectResponse):
    """A redirection whose address can still be changed, as an extension of Authlib does."""

    @property
    def location(self) -> str:
        return self.headers["location"]

    @location.setter
    def location(self, address: str) -> None:
        self.headers["location"] = address


class Asked(OAuth2Request):
    """A request as Authlib reads it."""

    def __init__(self, request: Request, data: dict[str, Any]) -> None:
        super().__init__(request.method, str(request.url), headers=dict(request.headers))
        self.headers = {name.title(): value for name, value in request.headers.items()}
        self.payload = BasicOAuth2Payload(data)
        self._data = data

    @property
    def args(self) -> dict[str, Any]:
        return self._data

    @property
    def form(self) -> dict[str, Any]:
        return self._data


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token with `alg` none."""
    return f"{json_b64encode(header).decode()}.{json_b64encode(claims).decode()}."


def create_app(issuer: str) -> Starlette:
    provider = Provider(issuer)

    async def discover(request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": provider.behaviour.get("calls_itself", issuer),
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def keys(request: Request) -> Response:
        provider.key_fetches += 1
        if provider.behaviour.get("keys_fail"):
            return JSONResponse({}, 500)
        return JSONResponse(KeySet(list(provider.keys)).as_dict(private=False))

    async def authorize(request: Request) -> Response:
        asked = Asked(request, dict(request.query_params))
        user = User(
            provider.behaviour.get("user", {"sub": "1", "preferred_username": "an", "name": "Nguyễn Văn An"})
        )
        grant = provider.get_consent_grant(asked, end_user=user)
        response: Response = provider.create_authorization_response(asked, grant_user=user, grant=grant)
        return response

    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        response: Response = provider.create_token_response(Asked(request, form))
        return response

    async def behave(request: Request) -> Response:
        provider.behaviour = await request.json()
        return JSONResponse({"key_fetches": provider.key_fetches})

    async def rotate(request: Request) -> Response:
        provider.rotate()
        return JSONResponse({})

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", discover),
            Route("/keys", keys),
            Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]),
            Route("/tests/behave", behave, methods=["POST"]),
            Route("/tests/rotate", rotate, methods=["POST"]),
        ]
    )


async def serve(ports: list[int]) -> None:
    """Serve one provider at each port until the process is ended."""
    servers = [
        uvicorn.Server(
            uvicorn.Config(create_app(f"http://127.0.0.1:{port}"), "127.0.0.1", port, log_level="warning")
        )
        for port in ports
    ]
    await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    asyncio.run(serve([int(port) for port in sys.argv[1:]]))
