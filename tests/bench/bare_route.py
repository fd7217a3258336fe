"""An app without a framework that reads a body and answers, behind uvicorn's own protocol or the services' own.

``python -m tests.bench.bare_route own|strict`` serves it.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from shared.runtime.http.server_protocol import ConnectionLimits, protocol_with
from tests.bench.plain_route import PORT

PROTOCOLS: Final = {"own": "h11", "strict": protocol_with(ConnectionLimits())}
_ANSWER: Final = b'{"id":"0"}'


async def answer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Read the request's body and answer 202."""
    assert scope["type"] == "http"
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 202, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": _ANSWER, "more_body": False})


if __name__ == "__main__":
    uvicorn.run(
        answer,
        host="127.0.0.1",
        port=int(os.environ[PORT]),
        lifespan="off",
        log_config=None,
        access_log=False,
        http=PROTOCOLS[sys.argv[1]],  # type: ignore[arg-type] # uvicorn accepts a class, too
    )
