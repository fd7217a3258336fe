"""The addresses of OParl's objects, which are their ids. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from services.council.state import StoredSession

ROOT = "/v1/oparl"


def segment(text: str) -> str:
    """A text as one part of a path. Ids of items and numbers of papers have slashes, and no "~", which stands for one.

    A slash cannot be escaped: servers and proxies decode it before the path is matched.
    """
    return text.replace("/", "~")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses below ``base``, the address of the service without a slash at its end."""

    base: str

    def of(self, *parts: str) -> str:
        """The address of an object: the name of its list, then what identifies it."""
        return f"{self.base}{ROOT}" + "".join(f"/{quote(segment(part))}" for part in parts)

    def body(self, province: str) -> str:
        """A province."""
        return self.of("bodies", province)

    def organization(self, province: str) -> str:
        """The council of a province."""
        return self.of("organizations", province)

    def person(self, province: str, member: str) -> str:
        """A member of the council."""
        return self.of("people", province, member)

    def membership(self, province: str, member: str) -> str:
        """The membership of a member."""
        return self.of("memberships", province, member)

    def of_session(self, kind: str, stored: StoredSession, *parts: str) -> str:
        """A meeting, or something of it."""
        return self.of(kind, *stored.id.split("/"), *parts)

    def paper_file(self, stored: StoredSession, file: str) -> str:
        """Where a paper of a session is downloaded."""
        return f"{self.base}/v1/sessions/{'/'.join(map(quote, stored.id.split('/')))}/papers/{quote(file)}"
