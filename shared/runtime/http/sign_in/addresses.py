"""Which hosts, origins and return addresses a request may name. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_MAX_RETURN: Final = 2000


def host_name(host: str) -> str:
    """The name in a Host header, without the port, in lower case."""
    name, colon, port = host.strip().lower().rpartition(":")
    return name if colon and port.isdecimal() else host.strip().lower()


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine itself, where there is no TLS."""
    return host_name(host) in _LOOPBACK


def is_own_origin(origin: str, host: str, pages: Collection[str]) -> bool:
    """Whether an Origin header names this service or another page of the stack.

    ``host`` is the request's Host header. ``pages`` are the origins of the stack's other pages. The scheme is not
    compared with our own, because a proxy may speak TLS in front.
    """
    own = host.strip().lower()
    return origin in pages or (bool(own) and origin.lower() in (f"http://{own}", f"https://{own}"))


def safe_return(address: str, pages: Collection[str], otherwise: str) -> str:
    """Where a person is sent after signing in: a path of this origin or an address of the stack's pages.

    Anything else, such as another site's address, is replaced by ``otherwise``.
    """
    if len(address) > _MAX_RETURN or "\\" in address or not address.isprintable() or " " in address:
        return otherwise
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    if not parts.scheme and not parts.netloc:
        return address if address.startswith("/") and not address.startswith("//") else otherwise
    return address if f"{parts.scheme}://{parts.netloc}" in pages else otherwise


def origins_of(pages: Collection[str]) -> frozenset[str]:
    """The origins of whole addresses; paths have none."""
    parts = [urlsplit(page) for page in pages]
    return frozenset(f"{part.scheme}://{part.netloc}" for part in parts if part.scheme and part.netloc)
