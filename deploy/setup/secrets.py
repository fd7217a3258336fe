"""The files that ``deploy/secrets.sh`` wrote, as compose shows them to ``setup``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


class SecretMissing(RuntimeError):
    """A file is missing, or does not hold what it must; the message names it and never shows its content."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets in a folder, one a file."""

    folder: Path

    def text(self, name: str) -> str:
        """What a file holds. Raises ``SecretMissing``."""
        try:
            text = (self.folder / name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SecretMissing(f"{name} cannot be read ({error.strerror}); run deploy/secrets.sh") from None
        if not text:
            raise SecretMissing(f"{name} is empty")
        return text

    def database_password(self, user: str) -> str:
        """The password in a user's URL of the database. Raises ``SecretMissing``."""
        name = user if user == "mongodb-exporter" else f"mongo-{user}"
        url = urlsplit(self.text(name).removeprefix("MONGODB_URI="))
        if url.username != user or not url.password:
            raise SecretMissing(f"{name} is no URL of the database with the user {user} and a password")
        return unquote(url.password)
