"""The golden examples: what this release publishes and accepts, one event a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import shared.contracts
from shared.contracts.generate import channel_id
from shared.contracts.topics import TOPICS, Topic

CONTRACTS = Path(shared.contracts.__path__[0])
FOLDER = CONTRACTS / "examples"


@dataclass(frozen=True)
class Example:
    """A file ``<topic>/v1/<event type>[-variant].json``."""

    topic: Topic
    path: Path

    def __str__(self) -> str:
        return f"{channel_id(self.topic)}/{self.path.stem}"

    @property
    def value(self) -> bytes:
        """The value of the record."""
        return self.path.read_bytes()


def folder(topic: Topic, root: Path = FOLDER) -> Path:
    """The folder of a topic's examples; ``root`` may be that of an earlier release."""
    return root / channel_id(topic) / "v1"


def examples(*topics: Topic, root: Path = FOLDER) -> list[Example]:
    """The examples of these topics, by file name."""
    return [Example(topic, path) for topic in topics for path in sorted(folder(topic, root).glob("*.json"))]


EXAMPLES = examples(*TOPICS)
