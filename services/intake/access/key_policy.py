"""An agency's API keys: which are live, and whether it may have another. Pure.

Two may be live at once, so that a system can change from one to the next without an interruption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_LIVE = 2
"""Keys of one agency that may be live at once."""

MAX_EXPIRED = 8
"""Expired keys kept of one agency, which are refused as expired; older ones are refused as unknown."""

_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Key:
    """What is stored of a key, never the key itself. Instants are UTC; the key is refused from ``expires_at`` on."""

    digest: str
    issued_at: datetime
    expires_at: datetime
    issued_by: str

    @property
    def id(self) -> str:
        """The key's public id: the beginning of its digest, from which no key can be guessed."""
        return key_id(self.digest)

    def is_live(self, now: datetime) -> bool:
        """Whether the key is accepted at an instant."""
        return now < self.expires_at


def key_id(digest: str) -> str:
    """The public id of the key with a digest."""
    return digest[:_ID_LENGTH]


class TooManyKeys(Exception):
    """An agency has as many live keys as it may; one has to be revoked first. ``live`` are those keys."""

    def __init__(self, live: Sequence[Key]) -> None:
        super().__init__(f"{len(live)} keys are live")
        self.live = tuple(live)


def new_key(digest: str, issued_by: str, days: int, now: datetime) -> Key:
    """A new key, valid for ``days`` days of 24 hours. Its instants are whole seconds, because people read them."""
    issued_at = now.replace(microsecond=0)
    return Key(digest, issued_at, issued_at + timedelta(days=days), issued_by)


def with_another(keys: Sequence[Key], new: Key, now: datetime) -> list[Key]:
    """An agency's keys with a new one, oldest first. Raises ``TooManyKeys`` if the agency may have no more now."""
    live = [key for key in keys if key.is_live(now)]
    if len(live) >= MAX_LIVE:
        raise TooManyKeys(live)
    expired = [key for key in keys if not key.is_live(now)]
    kept = sorted(expired, key=lambda key: key.expires_at)[-MAX_EXPIRED:]
    return sorted([*kept, *live, new], key=lambda key: key.issued_at)


def without(keys: Sequence[Key], key_id: str) -> list[Key] | None:
    """An agency's keys without the one of that id; None if it has no such key."""
    left = [key for key in keys if key.id != key_id]
    return left if len(left) < len(keys) else None
