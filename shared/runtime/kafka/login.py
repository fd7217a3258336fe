"""How a client signs in to Kafka: with SASL/SCRAM-SHA-512, over TLS, with both or with neither."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from faststream.security import BaseSecurity, SASLScram512


class ClientOptions(TypedDict, total=False):
    """The options of an aiokafka client that say how it signs in."""

    security_protocol: str
    ssl_context: ssl.SSLContext | None
    sasl_mechanism: str
    sasl_plain_username: str
    sasl_plain_password: str


@dataclass(frozen=True)
class Login:
    """Without a ``user`` the client is anonymous; without ``tls`` the connection is not encrypted.

    ``ca`` is the certificate to trust instead of the system's.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca: Path | None = None

    def _context(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.ca) if self.tls else None

    def client(self) -> ClientOptions:
        """The options of an aiokafka client."""
        options: ClientOptions = {
            "security_protocol": ("SASL_" if self.user else "") + ("SSL" if self.tls else "PLAINTEXT"),
            "ssl_context": self._context(),
        }
        if self.user:
            options["sasl_mechanism"] = "SCRAM-SHA-512"
            options["sasl_plain_username"], options["sasl_plain_password"] = self.user, self.password
        return options

    def security(self) -> BaseSecurity:
        """The security object of a FastStream broker."""
        if self.user:
            return SASLScram512(self.user, self.password, ssl_context=self._context(), use_ssl=self.tls)
        return BaseSecurity(ssl_context=self._context(), use_ssl=self.tls)


ANONYMOUS = Login()
"""No user and no TLS: for the embedded broker, or one on a private network."""
