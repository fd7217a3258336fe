"""A network proxy between two processes that can reset connections, hold data back, or be slow."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal

State = Literal["open", "cut", "hole", "slow"]

_CHUNK = 64 * 1024
_SLOW_SECONDS = 0.05
"""The delay of each piece of at most 64 KiB on a slow way."""


class Way:
    """A TCP port that forwards connections to another port of this machine.

    When ``cut`` it resets every connection and every new one. As a ``hole`` it keeps connections and forwards nothing;
    the data held back is forwarded once the state changes, as TCP would retransmit it. When ``slow`` it delays each
    piece.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._state: State = "open"
        self._passes = asyncio.Event()
        self._passes.set()
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen on a free port of the loopback interface."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and close all connections."""
        if self._server is not None:
            self._server.close()
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        self._reset()

    def turn(self, state: State) -> None:
        """Change the state of the way."""
        self._state = state
        if state == "hole":
            self._passes.clear()
        else:
            self._passes.set()
        if state == "cut":
            self._reset()

    def _reset(self) -> None:
        for end in self._ends:
            end.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._ends.discard(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._state == "cut":
            writer.transport.abort()
            return
        await self._passes.wait()
        behind, beyond = await asyncio.open_connection("127.0.0.1", self._target)
        self._ends.add(beyond)
        pumps = [asyncio.create_task(self._pump(*ends)) for ends in ((reader, beyond), (behind, writer))]
        self._pumps.update(pumps)
        try:
            await asyncio.wait(pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            self._pumps.difference_update(pumps)
            self._ends.discard(beyond)
            beyond.transport.abort()
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_CHUNK):
                await self._passes.wait()
                if self._state == "slow":
                    await asyncio.sleep(_SLOW_SECONDS)
                writer.write(piece)
                await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.close()


class Ways:
    """All ways of a stack. They run in a thread of their own, so that traffic never waits for a busy caller."""

    def __init__(self, ways: Iterable[Way]) -> None:
        self._ways = list(ways)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ways", daemon=True)

    async def start(self) -> None:
        """Start the thread and open all ways."""
        self._thread.start()
        for way in self._ways:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(way.open(), self._loop))

    async def stop(self) -> None:
        """Close all ways and end the thread."""
        if not self._thread.is_alive():
            return
        for way in self._ways:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(way.close(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    def become(self, state: State, ways: Iterable[Way] | None = None) -> None:
        """Change the state of some ways, by default of all."""
        for way in ways if ways is not None else self._ways:
            self._loop.call_soon_threadsafe(way.turn, state)
