"""Receive an upload part by part into a file, and have it checked in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from services.council.paper_life import scan_check
from services.council.paper_life.scan_check import CPU_SECONDS, UnusableScan, damaged

_PATIENCE_SECONDS: Final = 3 * CPU_SECONDS


class ScanTooLarge(ValueError):
    """More bytes came than a scan may have: a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was received and checked: where it is, its size in bytes, its SHA-256 (64 digits) and its pages."""

    file: IO[bytes]
    size: int
    sha256: str
    pages: int


@asynccontextmanager
async def received(parts: AsyncIterator[bytes], limit: int) -> AsyncIterator[Upload]:
    """A checked upload of at most ``limit`` bytes, for as long as the context lasts; it is on disk, not in memory.

    Raises ``ScanTooLarge`` as soon as more bytes have come, and ``UnusableScan``.
    """
    with tempfile.NamedTemporaryFile(prefix="scan-", suffix=".pdf") as file:
        digest, size = hashlib.sha256(), 0
        async for part in parts:
            size += len(part)
            if size > limit:
                raise ScanTooLarge(too_large_text(limit))
            digest.update(part)
            await asyncio.to_thread(file.write, part)
        file.flush()
        pages = await checked(Path(file.name))
        file.seek(0)
        yield Upload(file, size, digest.hexdigest(), pages)


def too_large_text(limit: int) -> str:
    """What is said of an upload beyond the limit."""
    return f"Bản ký lớn hơn {limit // 1024 // 1024} MB; hãy quét đen trắng hoặc ở độ phân giải thấp hơn (200 dpi)."


async def checked(path: Path) -> int:
    """The pages of a PDF, as another process counts them. Raises ``UnusableScan``; a file that overtaxes it is one."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", scan_check.__name__, str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            printed, _ = await process.communicate()
    except TimeoutError:
        raise damaged() from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise damaged()
    answer = json.loads(printed)
    if "pages" not in answer:
        raise UnusableScan(answer["code"], answer["detail"])
    return int(answer["pages"])
