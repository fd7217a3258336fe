"""``thidua up`` and the demo prefer the usual ports; where tests run side by side, one after the other has them."""

from __future__ import annotations

import asyncio
import fcntl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def usual_ports() -> AsyncIterator[None]:
    """Wait until no other test has them; another's ``thidua`` outside the tests is not waited for."""
    with (Path(tempfile.gettempdir()) / "thidua-usual-ports").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield
