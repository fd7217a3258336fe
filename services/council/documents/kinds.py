"""Every paper of a session by its kind. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from services.council.documents import (
    consulting_papers,
    minutes_papers,
    proposal_papers,
    register_lists,
    reporting_papers,
    review_lists,
    sitting_papers,
    voting_papers,
)
from services.council.documents.blocks import Paper
from services.council.documents.facts import SessionFacts
from services.council.documents.naming import with_notice
from services.council.documents.province import PaperKind


def _one(make: Callable[[SessionFacts], Paper]) -> Callable[[SessionFacts], Sequence[Paper]]:
    return lambda facts: [make(facts)]


def _explanations(facts: SessionFacts) -> Sequence[Paper]:
    return [review_lists.explanation(facts, item, unit) for item, unit in review_lists.explained(facts)]


KINDS: Mapping[PaperKind, tuple[str, Callable[[SessionFacts], Sequence[Paper]]]] = {
    "invitation": ("Giấy mời", sitting_papers.invitations),
    "programme": ("Chương trình", _one(sitting_papers.programme)),
    "run_sheet": ("Kịch bản điều hành", _one(sitting_papers.run_sheet)),
    "appraisal": ("Báo cáo thẩm định", _one(review_lists.appraisal)),
    "results": ("Bảng tổng hợp kết quả xét", _one(review_lists.results)),
    "watch_list": ("Danh sách theo dõi", _one(review_lists.watch_list)),
    "reporting": ("Báo cáo tổng hợp tình hình gửi báo cáo", _one(reporting_papers.reporting)),
    "urging": ("Công văn đôn đốc", reporting_papers.urging),
    "consultation": ("Công văn xin ý kiến", consulting_papers.consultations),
    "monitoring": ("Danh sách nội dung phát hiện qua kiểm tra, giám sát", _one(register_lists.monitoring)),
    "attendance": ("Danh sách điểm danh", _one(sitting_papers.attendance_list)),
    "ballot": ("Phiếu bầu", voting_papers.ballots),
    "opinion_form": ("Phiếu lấy ý kiến", _one(voting_papers.opinion_form)),
    "counting_minutes": ("Biên bản kiểm phiếu", voting_papers.counting_minutes),
    "minutes": ("Biên bản họp", _one(minutes_papers.minutes)),
    "conclusions": ("Thông báo kết luận", _one(minutes_papers.conclusions)),
    "submission": ("Tờ trình", _one(proposal_papers.submission)),
    "decision": ("Dự thảo quyết định", proposal_papers.decisions),
    "exemplars": ("Danh sách theo dõi điển hình tiên tiến", _one(register_lists.exemplars)),
    "explanation": ("Phiếu giải thích", _explanations),
}
"""The name of each kind, and what makes its papers, in the order in which a bundle has them.

A kind may have no paper yet: there are no minutes of a count before a vote by ballots.
"""


def papers_of(facts: SessionFacts, kind: PaperKind) -> Sequence[Paper]:
    """The papers of a kind; perhaps none. Names stand only in the kinds in which the reader sees them."""
    make = KINDS[kind][1]
    if facts.names is None:
        return make(facts)
    if kind not in facts.names.kinds:
        return make(replace(facts, names=None))
    return [with_notice(paper) for paper in make(facts)]


def kind_of(paper: Paper) -> str:
    """The kind of a paper, by its key."""
    return next(kind for kind in sorted(KINDS, key=len, reverse=True) if paper.key.startswith(kind))
