"""Files in the database (GridFS): written and read in parts, never held whole in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from typing import IO, Any, Final

_PART_BYTES: Final = 255 * 1024
"""The size of a chunk of GridFS."""


class StoredFiles:
    """The files of one bucket. A file never changes; its chunks are all written before it can be found.

    ``bucket`` makes the driver's; it is called when files are first used, because motor binds its client to the event
    loop that runs then. ``missing`` is what the driver raises for a file that is not there, ``taken`` for an id in use.
    """

    def __init__(self, bucket: Callable[[], Any], missing: type[Exception], taken: type[Exception]) -> None:
        self._make, self._missing, self._taken = bucket, missing, taken

    @cached_property
    def _bucket(self) -> Any:
        return self._make()

    async def add(self, file_id: str, name: str, content: IO[bytes]) -> None:
        """Store what can be read from ``content``. Where the id has a file, that one stays; it is the same file."""
        stream = self._bucket.open_upload_stream_with_id(file_id, name)
        try:
            while part := await asyncio.to_thread(content.read, _PART_BYTES):
                await stream.write(part)
            await stream.close()
        except self._taken:
            return
        except BaseException:
            with suppress(Exception):
                await stream.abort()
            raise

    async def read(self, file_id: str) -> AsyncIterator[bytes]:
        """The parts of a file. Raises ``FileNotFoundError`` before the first."""
        try:
            stream = await self._bucket.open_download_stream(file_id)
        except self._missing:
            raise FileNotFoundError(file_id) from None

        async def parts() -> AsyncIterator[bytes]:
            while part := await stream.readchunk():
                yield bytes(part)

        return parts()

    async def remove(self, file_id: str) -> None:
        """Remove a file, if it is there."""
        with suppress(self._missing):
            await self._bucket.delete(file_id)

    async def ids(self, *, before: datetime | None = None) -> set[str]:
        """The id of every file, or of those that were there before an instant."""
        where = {} if before is None else {"uploadDate": {"$lt": before}}
        return {file._id async for file in self._bucket.find(where)}
