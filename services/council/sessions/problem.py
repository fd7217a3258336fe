"""Why something cannot be done about a session: pure."""

from __future__ import annotations


class SessionProblem(Exception):
    """An action on a session is refused: the HTTP status, a stable code, the Vietnamese text.

    ``pointer`` is the wrong part of what was given, if there is one.
    """

    def __init__(self, status: int, code: str, detail: str, pointer: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.pointer = status, code, detail, pointer
