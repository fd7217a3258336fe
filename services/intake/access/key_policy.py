"""An agency's API keys: which of them are live, and whether it may have another. Pure.

Two may be live, so that a system can change from one to the next without a moment in which none works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_LIVE = 2
"""Keys of one agency that may be live at once."""

MOST_EXPIRED = 8
"""Expired keys of one agency that are still told to have expired; older ones are unknown."""

_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key: never the key. Instants in UTC; ``expires_at`` is the first at which it opens nothing."""

    digest: str
    issued_at: datetime
    expires_at: datetime
    issued_by: str

    @property
    def id(self) -> str:
        """What people call it: the beginning of its digest, of which no key can be guessed."""
        return self.digest[:_ID_LENGTH]

    def is_live(self, now: datetime) -> bool:
        """Whether it opens the door at an instant."""
        return now < self.expires_at


class TooManyKeys(Exception):
    """As many keys are live as may be; one has to be withdrawn before there is another."""

    def __init__(self, live: Sequence[Key]) -> None:
        super().__init__(f"{len(live)} keys are live")
        self.live = tuple(live)


def made(digest: str, issued_by: str, days: int, now: datetime) -> Key:
    """A new key, good for so many days of 24 hours. Its instants are whole seconds: people read them."""
    issued_at = now.replace(microsecond=0)
    return Key(digest, issued_at, issued_at + timedelta(days=days), issued_by)


def with_another(keys: Sequence[Key], new: Key, now: datetime) -> list[Key]:
    """An agency's keys and a new one, oldest first. Raises ``TooManyKeys`` where it may have no other now."""
    live = [key for key in keys if key.is_live(now)]
    if len(live) >= MOST_LIVE:
        raise TooManyKeys(live)
    expired = [key for key in keys if not key.is_live(now)]
    kept = sorted(expired, key=lambda key: key.expires_at)[-MOST_EXPIRED:]
    return sorted([*kept, *live, new], key=lambda key: key.issued_at)


def without(keys: Sequence[Key], key_id: str) -> list[Key] | None:
    """An agency's keys but the one of that id; None where it has none such."""
    left = [key for key in keys if key.id != key_id]
    return left if len(left) < len(keys) else None
