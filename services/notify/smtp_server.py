"""Where the province's mail server is, and how to log in there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Self
from urllib.parse import unquote, urlsplit

Security = Literal["none", "starttls", "tls"]
_SCHEMES: Final[dict[str, tuple[Security, int]]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server and the login for it. ``ca`` is a file with the certificates to trust besides the system's."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = None
    ca: str | None = None

    @classmethod
    def at(cls, url: str, ca: str | None = None) -> Self:
        """The server at a URL: ``smtp+starttls://user:password@host:587``, ``smtps://…``, ``smtp://127.0.0.1:1025``.

        Raises ``ValueError`` for another scheme, no host, or plain text to another machine.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError("expected smtp+starttls://user:password@host:port or smtps://user:password@host:port")
        security, port = _SCHEMES[parts.scheme]
        if security == "none" and parts.hostname not in _LOOPBACK:
            raise ValueError("smtp:// without TLS is only for this machine: use smtp+starttls:// or smtps://")
        user, password = (unquote(text) if text else None for text in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or port, security, user, password, ca)
