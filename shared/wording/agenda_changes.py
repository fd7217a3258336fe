"""What changed on a fixed agenda, how far an award has come, what agencies say: Vietnamese sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from shared.contracts.conferral import ConferredAward
from shared.contracts.council import ChangeCause, ItemChange, RankChange
from shared.contracts.model import local
from shared.contracts.opinions import AgencyOpinion, OpinionState
from shared.wording.formats import gio_ngay, ngay

NameOf = Callable[[str], str]
"""A name by its code or id."""

_MAX_RANKS_SHOWN = 6

_STATES = {"waiting": "chưa trả lời", "overdue": "quá thời hạn, chưa trả lời"}


def change_sentence(change: ItemChange, subject_name: NameOf, agency_name: NameOf, criterion_name: NameOf) -> str:
    """The sentence "Số liệu đã thay đổi từ ngày 08/01/2024: vào: …; ra: …; thứ hạng: …; vì báo cáo số 2/BC-CAT của …".

    ``subject_name`` names units and nominees, ``agency_name`` who reported.
    """
    parts = [f"{label}: {_listed(map(subject_name, who))}" for label, who in _moves(change) if who]
    if change.ranks:
        shown = [_rank(moved, subject_name, criterion_name) for moved in change.ranks[:_MAX_RANKS_SHOWN]]
        more = len(change.ranks) - len(shown)
        parts.append("thứ hạng: " + _listed([*shown, *([f"và {more} thay đổi khác"] if more > 0 else [])]))
    if change.because:
        parts.append("vì " + _listed(cause_text(cause, agency_name) for cause in change.because))
    return f"Số liệu đã thay đổi từ ngày {ngay(local(change.since).date())}: {'; '.join(parts)}"


def cause_text(cause: ChangeCause, agency_name: NameOf) -> str:
    """The clause "báo cáo số 2/BC-CAT (lần 2) của Công an tỉnh, tiếp nhận lúc 09:00 ngày 08/01/2024"."""
    if cause.report is None:
        note = f": {cause.note}" if cause.note else ""
        return f"ý kiến thẩm định của {cause.by}, {gio_ngay(cause.at)}{note}"
    if cause.note is not None:
        what = f"báo cáo số {cause.report} đã rút hoặc được đề nghị bổ sung, hoàn thiện lúc {gio_ngay(cause.at)}"
        return f"{what} theo {agency_name(cause.by)} (lý do: {cause.note})"
    again = f" (lần {cause.version})" if cause.version > 1 else ""
    report = f"báo cáo số {cause.report}{again} của {agency_name(cause.by)}"
    if cause.restored:
        later = "báo cáo sau đã rút hoặc được đề nghị bổ sung, hoàn thiện"
        return f"{report}, được tính lại từ {gio_ngay(cause.at)} do {later}"
    return f"{report}, tiếp nhận lúc {gio_ngay(cause.at)}"


AWAITS_DECISION: Final = "Chờ quyết định"
"""The council has proposed an award. That its submission has been sent is not on record, so it is not said (0125)."""


def award_state(award: ConferredAward | None, *, proposed: bool) -> str:
    """How far an award has come: "Chờ quyết định", "Đã có quyết định (số …, ngày …)", "Đã hủy bỏ quyết định (…)"; or
    empty.

    A new proposal after a revocation is said instead of the revocation.
    """
    if award is not None and award.revocation is None:
        return f"Đã có quyết định (số {award.decision.number}, ngày {ngay(award.decision.date)})"
    if proposed:
        return AWAITS_DECISION
    if award is not None and award.revocation is not None:
        return f"Đã hủy bỏ quyết định (số {award.revocation.number}, ngày {ngay(award.revocation.date)})"
    return ""


def opinion_text(opinion: AgencyOpinion, state: OpinionState, agency_name: NameOf) -> str:
    """Another agency's opinion: the request that asked for it, and the answer or that there is none."""
    request = f"{agency_name(opinion.agency)} (Công văn số {opinion.number} ngày {ngay(opinion.date)})"
    if opinion.answer is None:
        due = f", thời hạn hết ngày {ngay(opinion.answer_by)}" if opinion.answer_by else ""
        return f"{request}: {_STATES[state]}{due}"
    number = f"Văn bản số {opinion.answer.number} " if opinion.answer.number else ""
    return f"{request}: {number}ngày {ngay(opinion.answer.date)}: {opinion.answer.answer}"


def _moves(change: ItemChange) -> Sequence[tuple[str, Sequence[str]]]:
    return (("vào", change.entered), ("ra", change.left))


def _rank(moved: RankChange, subject_name: NameOf, criterion_name: NameOf) -> str:
    return f"{subject_name(moved.unit)} từ {moved.before} thành {moved.after} ({criterion_name(moved.criterion)})"


def _listed(texts: Iterable[str]) -> str:
    """The parts of a list. A commune's name has a comma, so the names are separated by semicolons."""
    return "; ".join(texts)
