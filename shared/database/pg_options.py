"""How a process keeps hold of PostgreSQL: one that is gone is noticed, and one that stands still holds up nobody."""

from typing import Any

_GONE = (
    "-ctcp_keepalives_idle=5 -ctcp_keepalives_interval=5 -ctcp_keepalives_count=3 -ctcp_user_timeout=15000"
)
"""A machine that lost its power keeps no lock."""
IDLE_TRANSACTION_SECONDS, IDLE_SESSION_SECONDS = 60, 30
"""Seconds in which a process must go on with a transaction, or with what it holds; else the server takes it back."""


def connection_options(*options: str) -> dict[str, Any]:
    """Arguments of a connection, for psycopg: both ends notice within 15 seconds or so that the other one is gone."""
    standing_still = f"-cidle_in_transaction_session_timeout={IDLE_TRANSACTION_SECONDS}s"
    return {
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "options": " ".join((_GONE, standing_still, *options)),
    }
