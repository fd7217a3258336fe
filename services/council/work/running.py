"""*Điều hành phiên họp*: one item on the screen, its matter and the form of its outcome. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk.needs import page_of
from services.council.desk.records import movement_of
from services.council.desk.session_lines import (
    basis_text,
    item_notes,
    outcome_text,
    sentence,
    threshold_text,
    vote_details,
    vote_text,
)
from services.council.desk.session_page import SessionData, change_lines
from services.council.sessions.lifecycle import ALLOWED
from services.council.sessions.outcomes import OUTCOME_NAMES, is_about_an_award, is_reported
from services.council.work.item_subjects import SubjectLine, figures_of, outcome_of, subject_lines, vote_of
from services.council.work.presence import Presence, presence, voters_of
from shared.contracts.awards import AwardForm
from shared.contracts.council import AgendaItem
from shared.contracts.sessions import Outcome, OutcomeGiven, Vote, VoteRow
from shared.runtime.http.problems import Refusal
from shared.wording.citations import Citing

_BEFORE: Final = ("planned", "drafted", "frozen")
_REPORTED: Final[tuple[Outcome, ...]] = ("noted", "deferred", "withdrawn")
_ASKED: Final[tuple[Outcome, ...]] = ("proposed", "not_proposed", "deferred", "withdrawn", "noted")
_EXCEPTIONS: Final[tuple[Outcome, ...]] = ("proposed", "not_proposed", "deferred", "withdrawn")


@dataclass(frozen=True, slots=True)
class ItemLink:
    """An item of the list, with its address and whether it has an outcome."""

    number: int
    title: str
    address: str
    decided: bool
    current: bool


@dataclass(frozen=True, slots=True)
class RunningView:
    """The page of one item.

    ``closed`` says why nothing can be recorded; empty while the session is held. ``way`` is how votes are typed here,
    "" where the count of ballots is recorded. ``effect`` says that no proposal follows from an item about an award.
    ``is_list``: several subjects, first one outcome for all of them.
    ``whole`` is the recorded row about the item as a whole. ``ballots`` is the address of the grid of ballots.
    """

    address: str
    version: int
    presence: Presence
    items: Sequence[ItemLink]
    left: int
    previous: ItemLink | None
    following: ItemLink | None
    closed: str
    startable: bool
    item: str
    number: int
    title: str
    supplement: bool
    cite: str
    notes: Sequence[str]
    opinions: Sequence[str]
    changes: Sequence[str]
    subjects: Sequence[SubjectLine]
    is_list: bool
    needs_vote: bool
    rule: str
    effect: str
    way: str
    whole: VoteRow | None
    written: int
    ballots: str
    votes: Sequence[str]
    result: str
    outcome: str
    reason: str
    outcomes: Sequence[tuple[str, str]]
    exceptions: Sequence[tuple[str, str]]
    chair_decides: bool


def item_numbered(data: SessionData, number: int | None) -> AgendaItem:
    """The item with a number; without one the first that has no outcome, or the first. Raises ``Refusal`` with 404."""
    items = data.stored.agenda.items
    if number is None:
        return next((item for item in items if outcome_of(data, item) is None), None) or _first(items)
    if (item := next((item for item in items if item.number == number), None)) is None:
        raise Refusal(404, "unknown_item", "Chương trình không có nội dung này.")
    return item


def _first(items: Sequence[AgendaItem]) -> AgendaItem:
    if not items:
        raise Refusal(404, "no_items", "Chương trình chưa có nội dung nào.")
    return items[0]


def item_address(data: SessionData, number: int) -> str:
    """The address of the page of an item."""
    return f"{page_of(data.stored)}/dieu-hanh?noi-dung={number}"


def running_view(data: SessionData, number: int | None) -> RunningView:
    """The page of an item; without a number of the first that has no outcome. Raises ``Refusal`` with 404."""
    stored, item = data.stored, item_numbered(data, number)
    agenda, meeting = stored.agenda, stored.meeting
    links = item_links(data, item)
    place = next(n for n, link in enumerate(links) if link.current)
    vote, recorded = vote_of(data, item), outcome_of(data, item)
    subjects = subject_lines(data, item)
    reported = is_reported(item)
    by_ballots = vote is not None and vote.given.way == "ballots"
    outcomes = _REPORTED if reported else _ASKED
    default = "noted" if reported else "proposed" if is_about_an_award(item) else ""
    return RunningView(
        address=page_of(stored),
        version=meeting.version,
        presence=presence(data),
        items=links,
        left=sum(not link.decided for link in links),
        previous=links[place - 1] if place else None,
        following=links[place + 1] if place + 1 < len(links) else None,
        closed=_closed(stored.phase),
        startable=stored.phase in ALLOWED["start"],
        item=item.id,
        number=item.number,
        title=item.title,
        supplement=item.supplement,
        cite=basis_text(item, Citing(data.documents)),
        notes=item_notes(item, data.session_names),
        opinions=data.records.opinions_on(item, data.subjects.register),
        changes=[change.words for change in change_lines(data) if change.number == item.number],
        subjects=subjects,
        is_list=len(subjects) > 1 and not reported,
        needs_vote=is_about_an_award(item) and meeting.recorded is None,
        rule=_rule(data, item) if not reported else "",
        effect=_effect(item) if not reported else "",
        way="" if by_ballots or reported else "written" if meeting.form == "written" else "hands",
        whole=figures_of(vote).get(None) if not by_ballots else None,
        written=vote.given.written if vote else 0,
        ballots=f"{page_of(stored)}/kiem-phieu?noi-dung={item.number}" if not reported else "",
        votes=_votes(data, vote),
        result=f"{sentence(outcome_text(item, agenda) or '')}{_apart(recorded)}" if recorded else "",
        outcome=recorded.outcome if recorded else default,
        reason=(recorded.reason if recorded else None) or "",
        outcomes=[*([] if recorded or default else [("", "Chọn kết quả")]), *map(_option, outcomes)],
        exceptions=[("", "Theo kết quả chung"), *map(_option, _EXCEPTIONS)],
        chair_decides=data.rules.ties == "chair_decides",
    )


def item_links(data: SessionData, shown: AgendaItem) -> list[ItemLink]:
    """All items, each with its state."""
    return [
        ItemLink(
            number=item.number,
            title=item.title,
            address=item_address(data, item.number),
            decided=outcome_of(data, item) is not None,
            current=item.id == shown.id,
        )
        for item in data.stored.agenda.items
    ]


def _option(outcome: Outcome) -> tuple[str, str]:
    return outcome, sentence(OUTCOME_NAMES[outcome])


def _closed(phase: str) -> str:
    if phase == "held":
        return ""
    if phase in _BEFORE:
        return "Phiên họp chưa bắt đầu; chưa ghi được kết quả."
    return "Phiên họp không còn đang họp. Muốn sửa kết quả thì mở lại phiên họp, ghi lý do."


def _votes(data: SessionData, vote: Vote | None) -> list[str]:
    if vote is None:
        return []
    return [f"{sentence(vote_text(vote))}.", *(f"{line}." for line in vote_details(vote, data.subjects.name))]


def _rule(data: SessionData, item: AgendaItem) -> str:
    """How many must agree, and how many may be proposed: "Cần quá 1/2 tổng số thành viên Hội đồng đồng ý"."""
    form, quota = _form_and_quota(data, item)
    threshold = data.rules.threshold(form)
    parts = [sentence(threshold_text(threshold))]
    if threshold.basis == "assumed":
        parts.append("mức tạm áp dụng, cần đối chiếu Quy chế của Hội đồng")
    if quota is not None:
        parts.append(f"đề nghị nhiều nhất {quota:02} đơn vị")
    members = len(voters_of(data).members)
    return f"{'; '.join(parts)}. Hội đồng có {members} thành viên."


def _apart(recorded: OutcomeGiven) -> str:
    """How many subjects have an outcome of their own, beside that of the list."""
    count = len(recorded.exceptions)
    return f"; {count} trường hợp có kết quả riêng ở bảng dưới" if count else ""


def _effect(item: AgendaItem) -> str:
    """What closing the session does not do with an outcome that reads as if it did (``proposals_of``)."""
    if item.award is None or is_about_an_award(item):
        return ""
    later = " Muốn xét tặng thì ghi “để lại phiên sau”." if item.kind == "for_judgement" else ""
    return f"Kết quả ở đây là ý kiến của Hội đồng; kết thúc phiên họp không lập đề nghị tặng từ nội dung này.{later}"


def _form_and_quota(data: SessionData, item: AgendaItem) -> tuple[AwardForm | None, int | None]:
    plan = data.records.plans.get(movement_of(item))
    if plan is None or item.award is None:
        return None, None
    if ranked := plan.award.get(item.award):
        return ranked.form, ranked.quota
    nominated = plan.nominated_award.get(item.award)
    return (nominated.form if nominated else None), None
