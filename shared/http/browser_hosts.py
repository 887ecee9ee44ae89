"""Names of hosts as browsers send them."""

from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


def split_authority(authority: str) -> tuple[str, int]:
    """(name in small letters, port) of `host:port`; port 0 where it is the usual one, no name where malformed."""
    try:
        parts = urlsplit(f"//{authority}")
        port = parts.port or 0
    except ValueError:
        return "", 0
    if parts.netloc != authority or parts.username is not None:
        return "", 0
    return (parts.hostname or "").rstrip("."), 0 if port in (80, 443) else port
