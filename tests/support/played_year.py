"""The year that several live tests share; it is played once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from deploy.demo import SEED
from deploy.demo.outcome import Outcome
from deploy.demo.run import demo_year
from deploy.demo.steps import Year
from deploy.stack.embedded import Stack
from shared.contracts.model import VIETNAM

END = datetime(2024, 1, 15, 9, tzinfo=VIETNAM)


def year_to_the_awards() -> Year:
    """Every step up to the awards and a revocation, as the demo plays them."""
    return demo_year(SEED).up_to(END)


def few_days() -> Year:
    """The last days before the reports are due: enough for a command to be seen from its start to its end."""
    return (
        demo_year(SEED)
        .without_reminders_before(datetime(2023, 11, 29, tzinfo=VIETNAM))
        .up_to(datetime(2023, 12, 6, tzinfo=VIETNAM))
    )


@dataclass(frozen=True)
class Played:
    """A stack that has played the year without faults, and its outcome.

    ``keys`` are agencies' API keys that tests share, because an agency can have at most two.
    """

    stack: Stack
    outcome: Outcome
    keys: dict[str, str] = field(default_factory=dict)
