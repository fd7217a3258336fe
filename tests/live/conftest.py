"""The embedded stack for the live tests: real broker, real database, real processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest_asyncio
from rich.console import Console

from deploy.demo import SEED
from deploy.demo.outcome import Outcome
from deploy.demo.run import demo_stack, demo_year, play_year
from deploy.demo.steps import Year
from deploy.stack.embedded import Stack
from shared.contracts.model import VIETNAM

END = datetime(2024, 1, 12, 9, tzinfo=VIETNAM)
QUIET = Console(quiet=True)


def shortened_year() -> Year:
    """Every step up to the decisions, without the reminders before the last week of November."""
    return demo_year(SEED).without_reminders_before(datetime(2023, 11, 29, tzinfo=VIETNAM)).up_to(END)


@dataclass(frozen=True)
class Played:
    """A stack that has played the shortened year undisturbed, and what came of it.

    ``keys`` are API keys of agencies that tests share, for an agency has two at most.
    """

    stack: Stack
    outcome: Outcome
    keys: dict[str, str] = field(default_factory=dict)


@pytest_asyncio.fixture(scope="session")
async def played(tmp_path_factory: object) -> AsyncIterator[Played]:
    """Played once for all tests that look at it; they leave what the outcome was read from as it is."""
    folder: Path = tmp_path_factory.mktemp("played") / "stack"  # type: ignore[attr-defined]
    async with demo_stack(folder, fixed_ports=False) as stack:
        yield Played(stack, await play_year(stack, shortened_year(), SEED, QUIET))
