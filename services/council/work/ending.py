"""*Biên bản* and *Kết thúc phiên họp*: what is left, what closing records, and how far the minutes are. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk.needs import page_of
from services.council.desk.papers import papers_address
from services.council.desk.session_lines import minutes_text, minutes_wait, sentence
from services.council.desk.session_page import SessionData
from services.council.desk_store import Part
from services.council.sessions.lifecycle import ALLOWED, PHASE_NAMES, Verb
from services.council.sessions.outcomes import is_about_an_award, open_items
from services.council.work.proposals import STATUS_WORDS, Proposal, proposals_of
from services.council.work.running import item_address
from shared.contracts.sessions import CouncilMeeting

PARTS: Final[tuple[Part, ...]] = ("sessions", "heard", "decisions")
"""What both pages are made from."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An item without an outcome, and where it gets one."""

    number: int
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class EndingView:
    """Both pages. ``may`` are the steps that are possible now; ``left`` are the items that hinder them.

    ``proposals`` are recorded when the session is closed, ``counted`` says how many of each kind; only a session about
    awards can have any.
    """

    address: str
    version: int
    first: str
    minutes: str
    papers: str
    may: frozenset[Verb]
    left: Sequence[OpenItem]
    open_words: str
    proposals: Sequence[Proposal]
    counted: str
    about_awards: bool


def ending_view(data: SessionData) -> EndingView:
    """The pages of one session as it stands."""
    stored = data.stored
    left = [
        OpenItem(item.number, item.title, item_address(data, item.number))
        for item in open_items(stored.agenda.items, stored.agenda.outcomes)
    ]
    may = frozenset(verb for verb, phases in ALLOWED.items() if stored.phase in phases)
    if not minutes_wait(stored.meeting):
        may -= {"approve_minutes"}
    if stored.phase == "closed" and _minutes_hold(stored.meeting):
        may -= {"draft_minutes"}
    proposals = proposals_of(data) if "close" in may or stored.phase == "closed" else []
    numbers = ", ".join(str(item.number) for item in left)
    counted = may & {"close", "draft_minutes"}
    return EndingView(
        address=page_of(stored),
        version=stored.meeting.version,
        first=f"Phiên họp {PHASE_NAMES[stored.phase]}.",
        minutes=sentence(f"biên bản {minutes_text(stored.meeting)}."),
        papers=papers_address(stored),
        may=may,
        left=left if counted else [],
        open_words=f"Còn {len(left)} nội dung chưa có kết quả: số {numbers}." if left and counted else "",
        proposals=proposals,
        counted=_counted(proposals),
        about_awards=any(is_about_an_award(item) for item in stored.agenda.items),
    )


def _minutes_hold(meeting: CouncilMeeting) -> bool:
    """Whether the minutes were approved, and the session has not been reopened since."""
    verbs = ("draft_minutes", "approve_minutes", "reopen")
    last = next((step.verb for step in reversed(meeting.steps) if step.verb in verbs), "")
    return last == "approve_minutes"


def _counted(proposals: Sequence[Proposal]) -> str:
    """How many of each kind closing records: "20 thống nhất đề nghị, 1 không đề nghị"."""
    counts = Counter(STATUS_WORDS[proposal.given.status] for proposal in proposals)
    return ", ".join(f"{counts[words]} {words}" for words in STATUS_WORDS.values() if counts[words])
