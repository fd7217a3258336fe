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
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""The names of this machine, to which plain text may go."""
_EXPECTED: Final = "expected smtp+starttls://user:password@host:port or smtps://user:password@host:port"
_ESCAPE: Final = "write special characters of the login as in a URL, %2F for / and %23 for #"


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

        Raises ``ValueError`` for another scheme, no host, a wrong port, a path, or plain text to another machine. Its
        text holds no part of the URL, which may be one of the password: a "/" in a password ends the host.
        """
        try:
            parts = urlsplit(url)
        except ValueError:  # its text quotes the URL
            raise ValueError(_EXPECTED) from None
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError(_EXPECTED)
        try:
            given_port = parts.port
        except ValueError:  # the same
            given_port = 0
        if given_port == 0:
            raise ValueError(f"expected a port from 1 to 65535 after the host; {_ESCAPE}")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError(f"expected no path, query or fragment after the host; {_ESCAPE}")
        security, port = _SCHEMES[parts.scheme]
        if security == "none" and parts.hostname not in LOOPBACK:
            raise ValueError("smtp:// without TLS is only for this machine: use smtp+starttls:// or smtps://")
        user, password = (unquote(text) if text else None for text in (parts.username, parts.password))
        return cls(parts.hostname, given_port or port, security, user, password, ca)
