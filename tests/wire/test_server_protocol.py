"""A service's port, byte by byte: what is no proper HTTP is refused, and nobody holds a connection open for nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from shared.runtime.http.header_checks import HeaderChecks
from shared.runtime.http.problems import add_problem_handlers
from shared.runtime.http.server_protocol import ConnectionLimits, protocol_with
from tests.support.waiting import until

SHORT = ConnectionLimits(header=0.4, body=0.6, idle=0.5)
EVENTS = 8


def app() -> FastAPI:
    api = FastAPI()
    add_problem_handlers(api)
    api.add_middleware(HeaderChecks)

    @api.post("/echo")
    async def echo(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @api.get("/events")
    async def events() -> StreamingResponse:
        async def stream() -> AsyncIterator[bytes]:
            for number in range(EVENTS):
                yield f"data: {number}\n\n".encode()
                await asyncio.sleep(0.2)

        return StreamingResponse(stream(), media_type="text/event-stream")

    return api


@asynccontextmanager
async def served(limits: ConnectionLimits = SHORT) -> AsyncIterator[int]:
    """The app on a port of this machine, for as long as the block lasts."""
    config = uvicorn.Config(app(), port=0, log_config=None, access_log=False, http=protocol_with(limits))
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started, "the port being open")
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def conversation(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that the server answers to these bytes until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /echo HTTP/1.1\nHost: x\nContent-Length: 2\n\nab",
        HEAD + b"X-A: 1\nX-B: 2\r\nContent-Length: 2\r\n\r\nab",
        HEAD + b"X-A: 1\r\n folded\r\nContent-Length: 2\r\n\r\nab",
        HEAD + b"X-A: 1\r\n\tfolded\r\nContent-Length: 2\r\n\r\nab",
        HEAD + b"X-A: 1\rX-B: 2\r\nContent-Length: 2\r\n\r\nab",
        HEAD + b"X-A: \x00\r\nContent-Length: 2\r\n\r\nab",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nab",
        b"no http at all\r\n\r\n",
    ],
)
@pytest.mark.parametrize("split", [0, 1], ids=["whole", "byte by byte"])
async def test_a_header_that_can_be_read_in_two_ways_is_refused_and_the_connection_closed(
    request_bytes: bytes, split: int
) -> None:
    """However the bytes arrive; the answer is a problem document in Vietnamese."""
    parts = [request_bytes[n : n + 1] for n in range(len(request_bytes))] if split else [request_bytes]
    async with served() as port:
        answer = await conversation(port, *parts)
    if split and not answer:
        return  # what was sent after the refusal made the system drop the answer
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "not_http"


async def test_a_second_request_on_a_connection_is_checked_like_the_first() -> None:
    """Also when it came together with the first one."""
    first = HEAD + b"Content-Length: 2\r\n\r\nab"
    async with served() as port:
        answer = await conversation(port, first + HEAD + b"X-A: 1\nX-B: 2\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 400 " in answer


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "Content-Type"])
async def test_a_header_that_counts_once_is_refused_twice(name: str) -> None:
    """Which of two keys counts would depend on who reads them."""
    twice = f"{name}: a\r\n{name}: b\r\n".encode()
    async with served() as port:
        answer = await conversation(port, HEAD + b"Connection: close\r\n" + twice + b"Content-Length: 0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "header_twice"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((), b""),
        ((b"POST /echo HTT",), b"408"),
        ((HEAD + b"Content-Length: 5\r\n\r\nab",), b"408"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",), b"408"),
        ((HEAD + b"Content-Length: 2\r\n\r\nab",), b"200"),
        ((HEAD + b"Content-Length: 2\r\n\r\nab" + b"POST /ec",), b"200"),
    ],
    ids=["nothing", "half a header", "half a body", "half a chunked body", "idle", "half a second header"],
)
async def test_a_connection_is_closed_when_nothing_comes(parts: tuple[bytes, ...], status: bytes) -> None:
    """Neither a header nor a body nor a second request is awaited for ever."""
    async with served() as port:
        began = perf_counter()
        answer = await conversation(port, *parts)
        assert perf_counter() - began < 5
    assert answer.startswith(b"HTTP/1.1 " + status if status else b"")
    assert bool(answer) == bool(status)


async def test_a_header_that_drips_is_not_given_new_time() -> None:
    """A byte now and then does not keep a connection (slow loris)."""
    began = perf_counter()
    async with served() as port:
        answer = await conversation(port, *[b"X" for _ in range(20)], pause=0.1)
    assert perf_counter() - began < 6
    assert answer in (b"", answer)


async def test_a_proper_client_and_a_long_page_of_events_are_served() -> None:
    """A response may take longer than every limit, and a connection is used again."""
    async with served() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        assert (await http.post("/echo", content=b"x" * 300_000)).json() == {"bytes": 300_000}
        events = await http.get("/events", timeout=20)
        assert events.text.count("data:") == EVENTS
        assert (await http.post("/echo", content=b"ab")).json() == {"bytes": 2}


async def test_pipelined_requests_are_answered_in_order() -> None:
    """The next header is read only when the response before it is complete."""
    one, two = HEAD + b"Content-Length: 2\r\n\r\nab", HEAD + b"Content-Length: 3\r\nConnection: close\r\n\r\nabc"
    async with served() as port:
        answer = await conversation(port, one + two)
    assert [line for line in (b'{"bytes":2}', b'{"bytes":3}') if line in answer] == [b'{"bytes":2}', b'{"bytes":3}']
