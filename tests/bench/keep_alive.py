"""HTTP clients that need little CPU, so that the server is measured. Each sends one request after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """A POST request: the path, the headers in addition to the usual ones, and the body."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def encode(self) -> bytes:
        """The bytes of the request."""
        lines = [f"POST {self.path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(self.body)}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


async def send_all(port: int, requests: Sequence[bytes], clients: int, status: int) -> None:
    """Send the requests with ``clients`` clients at once. Raises ``RuntimeError`` at an answer of another status."""
    waiting = iter(requests)
    await asyncio.gather(*(_one_client(port, waiting, status) for _ in range(clients)))


async def _one_client(port: int, waiting: Iterator[bytes], status: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    expected = f"HTTP/1.1 {status} ".encode()
    try:
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if not head.startswith(expected):
                raise RuntimeError(f"{head.decode()}{answer.decode()}")
    finally:
        writer.close()
