"""What a store hands to its publisher: the documents that publish messages, and how to read one as typed state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.runtime.mongo import Document, Documents

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class PublishedDocuments(Generic[State]):
    """A collection whose documents publish messages. ``read`` makes the state that a document stores."""

    documents: Documents
    read: Callable[[Document], State]
