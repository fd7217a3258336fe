"""*Kiểm phiếu*: the ballots of one item in one grid, as the Ban kiểm phiếu counted them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.council.desk.needs import page_of
from services.council.desk.session_page import SessionData
from services.council.work.item_subjects import SubjectLine, figures_of, subject_lines, vote_of
from services.council.work.presence import voters_of
from services.council.work.running import RunningView, running_view
from shared.contracts.sessions import VoteRow

_COUNTERS: Final = 3
"""How many lines there are for the members of the Ban kiểm phiếu, at least."""


@dataclass(frozen=True, slots=True)
class BallotsView:
    """The grid. ``about`` is the page of the item; ``figures`` are the counts of ballots by name, as text.

    ``lines`` has one line a subject, without the figures of a show of hands; an item without subjects has ``whole``,
    the row about the item itself. ``entitled`` is how many members present may vote.
    """

    about: RunningView
    action: str
    back: str
    figures: Mapping[str, str]
    written: str
    counters: Sequence[str]
    lines: Sequence[SubjectLine]
    whole: VoteRow | None
    entitled: int


def ballots_view(data: SessionData, number: int) -> BallotsView:
    """The grid of an item, with what is recorded. Raises ``Refusal`` with 404."""
    about = running_view(data, number)
    item = next(item for item in data.stored.agenda.items if item.number == number)
    vote = vote_of(data, item)
    counted = vote.given if vote is not None and vote.given.way == "ballots" else None
    entitled = len(voters_of(data).present)
    figures = dict.fromkeys(("returned", "valid", "invalid"), "") | {"handed_out": str(entitled)}
    if counted is not None and counted.ballots is not None:
        figures = {name: str(value) for name, value in counted.ballots.model_dump().items()}
    lines = subject_lines(data, item)
    counters = list(counted.counters) if counted else []
    return BallotsView(
        about=about,
        action=f"{page_of(data.stored)}/kiem-phieu?noi-dung={number}",
        back=f"{page_of(data.stored)}/dieu-hanh?noi-dung={number}",
        figures=figures,
        written=str(counted.written) if counted else "0",
        counters=[*counters, *[""] * max(1, _COUNTERS - len(counters))],
        lines=lines if counted else [replace(line, figures=None) for line in lines],
        whole=figures_of(vote).get(None) if counted else None,
        entitled=entitled,
    )
