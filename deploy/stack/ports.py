"""Ports to listen on that nobody else has, or is about to have."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

# Below where systems take the ports of outgoing connections from: one of those could come between our looking and
# the listening of the process that the port is for.
_OURS: Final = range(20_000, 32_000)
_TRIES: Final = 200


def free_ports(preferred: Sequence[int | None]) -> list[int]:
    """A port for each: the preferred one where nobody listens on it, else any. They differ.

    Raises ``RuntimeError`` where there is none.
    """
    rng = random.Random()  # noqa: S311 - no secret
    with ExitStack() as held:  # all at once, so that none is given twice
        return [_bound(held, port, rng) for port in preferred]


def _bound(held: ExitStack, preferred: int | None, rng: random.Random) -> int:
    for port in [*([preferred] if preferred else []), *rng.sample(_OURS, _TRIES)]:
        sock = held.enter_context(socket.socket())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
            sock.listen()  # two may bind a port that nobody listens on
        except OSError:
            continue
        return port
    raise RuntimeError("no free port")
