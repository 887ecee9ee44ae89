"""Options of every PostgreSQL connection: a dead peer is noticed, and an idle transaction is ended."""

from typing import Any

_KEEPALIVES = (
    "-ctcp_keepalives_idle=5 -ctcp_keepalives_interval=5 -ctcp_keepalives_count=3 -ctcp_user_timeout=15000"
)
"""The server drops a client that lost its network or power within 15 seconds, and releases its locks."""
IDLE_TRANSACTION_SECONDS, IDLE_SESSION_SECONDS = 60, 30
"""Seconds after which the server ends an idle transaction, and an idle session that holds a lock."""


def connection_options(*options: str) -> dict[str, Any]:
    """Keyword arguments for `psycopg.connect`: both ends notice within about 15 seconds that the other one is gone.

    `options` are further server settings, as `-cname=value`.
    """
    idle_timeout = f"-cidle_in_transaction_session_timeout={IDLE_TRANSACTION_SECONDS}s"
    return {
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "options": " ".join((_KEEPALIVES, idle_timeout, *options)),
    }
