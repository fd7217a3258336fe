"""The ids of calendar events: the same in mails and in feeds, so that a calendar shows each once. Pure."""

from __future__ import annotations

from shared.contracts.ids import derived


def deadline_id(province: str, plan: str, duty: str, account: str) -> str:
    """The event's id; ``account`` is empty for the event that several agencies share in the standing office's feed."""
    return derived("deadline in a calendar", province, plan, duty, account)


def session_id(province: str, plan: str, session: str) -> str:
    """The id of a session's event."""
    return derived("session in a calendar", province, plan, session)
