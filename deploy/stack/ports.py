"""Ports to listen on that no other process uses or is about to use."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

PORTS: Final = {"kafka": 19092, "mongo": 27117, "intake": 8101, "scoring": 8102, "council": 8103, "notify": 8104}
"""The usual port of each part of the embedded stack."""

# Below the range from which systems assign ports to outgoing connections: such a connection could take the port between
# our check and the moment the process it is meant for listens.
_RANGE: Final = range(20_000, 32_000)
_MAX_TRIES: Final = 200


def free_ports(preferred: Sequence[int | None]) -> list[int]:
    """A different port for each entry: the preferred one if nobody listens on it, otherwise any free one.

    Raises ``RuntimeError`` if none is free.
    """
    rng = random.Random()  # noqa: S311 - no secret
    with ExitStack() as sockets:  # all stay open until the end, so that no port is chosen twice
        return [_free_port(sockets, port, rng) for port in preferred]


def _free_port(sockets: ExitStack, preferred: int | None, rng: random.Random) -> int:
    for port in [*([preferred] if preferred else []), *rng.sample(_RANGE, _MAX_TRIES)]:
        sock = sockets.enter_context(socket.socket())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
            sock.listen()  # two processes may bind the same port as long as neither listens
        except OSError:
            continue
        return port
    raise RuntimeError("no free port")
