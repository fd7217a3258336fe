"""uvicorn's h11 protocol, stricter about header bytes, and with limits in time.

h11 takes a bare LF as a line end, folded headers (obsolete since RFC 9112 5.2), and a length beside chunked coding; a
proxy in front may read each of these in another way, and then the two disagree where a request ends (request
smuggling). uvicorn closes a connection that is idle after a response, but waits for ever for a header or a body.
"""

from __future__ import annotations

import re
from asyncio import TimerHandle, Transport
from typing import Any, NamedTuple

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.runtime.http.problems import PROBLEM_MEDIA_TYPE, Refusal

_END = b"\r\n\r\n"
_FOLDED = re.compile(rb"\r\n[ \t]")
_STATUS = {400: b"Bad Request", 408: b"Request Timeout"}


class ConnectionLimits(NamedTuple):
    """Seconds: until a request's header is complete, until its body is complete, between two requests."""

    header: float = 10.0
    body: float = 120.0
    idle: float = 5.0


class _Connection(h11.Connection):
    """h11's connection, which looks at the bytes of a header before h11 reads them."""

    def next_event(self) -> Any:
        """h11's next event. Raises ``h11.RemoteProtocolError`` for a header with a flaw."""
        if self.their_state is h11.IDLE:
            _check_header(self.trailing_data[0])
        return super().next_event()


def _check_header(received: bytes) -> None:
    """Refuse a header that may be read in two ways. Incomplete ones are checked as far as they have come.

    Raises ``h11.RemoteProtocolError``.
    """
    if not received:
        return
    if received[:1] in (b"\r", b"\n"):
        received = received.lstrip(b"\r\n")
    end = received.find(_END)
    header = received[: end + 2] if end >= 0 else received.removesuffix(b"\r")
    lines = header.count(b"\r\n")
    if header.count(b"\n") != lines or header.count(b"\r") != lines or b"\0" in header or _FOLDED.search(header):
        raise h11.RemoteProtocolError("a bare LF or CR, a NUL or a folded header")
    names = header.lower()
    if b"\r\ntransfer-encoding" in names and b"\r\ncontent-length" in names:
        raise h11.RemoteProtocolError("Content-Length beside Transfer-Encoding")


class StrictProtocol(H11Protocol):
    """uvicorn's protocol for HTTP/1.1 with these limits. A response may take as long as it likes (a page of events)."""

    limits = ConnectionLimits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Connection(h11.SERVER, self.config.h11_max_incomplete_event_size or 16 * 1024)
        self.timeout_keep_alive = self.limits.idle  # type: ignore[assignment] # a number of seconds
        self._waits_for: object = None  # h11's state of a client that has to send something now
        self._deadline = 0.0
        self._timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first header."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._waits_for = None
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, and wait for what is missing."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request; an idle connection is closed by uvicorn's own timer."""
        super().on_response_complete()
        self._waits_for = None
        if self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]:
            self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that is no proper HTTP, and close the connection."""
        self._refuse(Refusal(400, "not_http", "Yêu cầu không đúng giao thức HTTP; kết nối bị đóng."))

    def _watch(self) -> None:
        """Limit the time for what the client must send now, a header or a body. More bytes do not extend it."""
        state = self.conn.their_state
        if state is self._waits_for:
            return
        self._waits_for = None
        if state is h11.IDLE or state is h11.SEND_BODY:
            self._waits_for = state
            self._deadline = self.loop.time() + (self.limits.header if state is h11.IDLE else self.limits.body)
            # A timer for each wait would cost as much as the rest of a small request. One for each connection is
            # enough: it is never later than the deadline, and looks again if the deadline has moved.
            if self._timer is None or self._timer.when() > self._deadline:
                self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._waits_for is None:
            return
        if self.loop.time() < self._deadline:
            self._set_timer()
        else:
            self._too_slow(self._waits_for)

    def _too_slow(self, state: object) -> None:
        if self.transport.is_closing():
            return
        is_silent = state is h11.IDLE and not self.conn.trailing_data[0]
        has_answer = self.cycle is not None and self.cycle.response_started and state is h11.SEND_BODY
        if is_silent or has_answer:
            self.transport.close()
        else:
            self._refuse(Refusal(408, "too_slow", "Yêu cầu gửi lên quá chậm; kết nối bị đóng, hãy gửi lại."))

    def _refuse(self, refusal: Refusal) -> None:
        """Send a problem document without the app, and close the connection."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        body = bytes(refusal.response().body)
        headers = [
            (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        response = h11.Response(status_code=refusal.status, headers=headers, reason=_STATUS[refusal.status])
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def protocol_with(limits: ConnectionLimits) -> type[StrictProtocol]:
    """The protocol with these limits, as uvicorn's configuration takes it."""
    return type("LimitedStrictProtocol", (StrictProtocol,), {"limits": limits})
