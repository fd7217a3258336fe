"""The folder channel: each mail becomes a file in the mail folder."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from services.notify.channels.protocol import RenderedMail
from services.notify.state import Outcome, Sent


class FolderChannel:
    """Writes each mail as ``<notice id>.eml``; writing it again replaces the same file."""

    name = "folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, mail: RenderedMail, address: str) -> Outcome:
        """Write the mail durably. Raises ``OSError`` if the folder cannot be written."""
        await asyncio.to_thread(self._write, mail.id, mail.message.as_bytes())
        return Sent()

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{name}.draft"
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / f"{name}.eml")
