"""The units and nominees of an item in its forms: their evidence, figures, outcome, and who may not vote. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.council.desk.session_lines import member_rows, outcome_line, sentence
from services.council.desk.session_page import SessionData
from services.council.sessions.outcomes import subjects_of
from services.council.work.presence import voters_of
from shared.contracts.council import AgendaItem
from shared.contracts.sessions import OutcomeGiven, SubjectOutcome, Vote, VoteRow


@dataclass(frozen=True, slots=True)
class Recusal:
    """A member whose unit is the subject; ``confirmed``: recorded as not voting on it."""

    member: str
    office: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject in the forms. ``row`` is its number among the rows of a vote; row 0 is the item as a whole.

    ``outcome`` and ``reason`` are of an exception, recorded or proposed from the count; both may be empty. ``shown`` is
    the outcome in words, ``figures`` the recorded row.
    """

    row: int
    subject: str
    name: str
    why: str
    marks: Sequence[str]
    award: str
    outcome: str
    reason: str
    shown: str
    figures: VoteRow | None
    recusals: Sequence[Recusal]


def vote_of(data: SessionData, item: AgendaItem) -> Vote | None:
    """The recorded vote on an item."""
    return next((vote for vote in data.stored.meeting.votes if vote.given.item == item.id), None)


def outcome_of(data: SessionData, item: AgendaItem) -> OutcomeGiven | None:
    """The recorded outcome of an item."""
    return next((outcome.given for outcome in data.stored.agenda.outcomes if outcome.given.item == item.id), None)


def figures_of(vote: Vote | None) -> Mapping[str | None, VoteRow]:
    """The rows of a vote by subject; None stands for the item as a whole."""
    return {row.subject: row for row in vote.given.rows} if vote else {}


def subject_lines(data: SessionData, item: AgendaItem) -> list[SubjectLine]:
    """The subjects of an item in its order."""
    vote, recorded = vote_of(data, item), outcome_of(data, item)
    figures = figures_of(vote)
    exceptions = _exceptions(vote, recorded)
    units = voters_of(data).units
    offices = _offices(data)
    recuses = data.rules.recusal == "own_unit"
    lines: list[SubjectLine] = []
    for n, subject in enumerate(subjects_of(item), 1):
        exception, row = exceptions.get(subject), figures.get(subject)
        own = [member for member, unit in units.items() if unit == subject] if recuses else []
        marks = [
            ("đã đề nghị", subject in item.proposed),
            ("đã rút đề nghị", data.subjects.is_withdrawn(subject)),
            ("ra khỏi danh sách theo số liệu mới", item.change is not None and subject in item.change.left),
        ]
        lines.append(
            SubjectLine(
                row=n,
                subject=subject,
                name=data.subjects.name(subject),
                why=data.subjects.why(item, subject),
                marks=[words for words, holds in marks if holds],
                award=data.records.award_state(item, subject),
                outcome=exception.outcome if exception else "",
                reason=(exception.reason if exception else None) or "",
                shown=_shown(recorded, exception),
                figures=row,
                recusals=[
                    Recusal(member, offices.get(member, ""), row is not None and member in row.recused)
                    for member in own
                ],
            )
        )
    return lines


def _offices(data: SessionData) -> Mapping[str, str]:
    head = data.stored.meeting.head
    rows = member_rows(data.stored.agenda, data.subjects.register)
    return {member.id: row.office for member, row in zip(head.members if head else (), rows, strict=True)}


def _exceptions(vote: Vote | None, recorded: OutcomeGiven | None) -> Mapping[str, SubjectOutcome]:
    """The recorded exceptions; before an outcome those that follow from the count of each subject."""
    if recorded is not None:
        return {entry.subject: entry for entry in recorded.exceptions}
    if vote is None:
        return {}
    failed = (row for row in vote.given.rows if row.subject is not None and row.subject not in vote.passed)
    return {
        row.subject: SubjectOutcome(subject=row.subject, outcome="not_proposed", reason=_not_reached(row, vote))
        for row in failed
        if row.subject is not None
    }


def _not_reached(row: VoteRow, vote: Vote) -> str:
    return f"Số ý kiến đồng ý {row.agree}/{vote.members}, không đạt ngưỡng"


def _shown(recorded: OutcomeGiven | None, exception: SubjectOutcome | None) -> str:
    if recorded is None:
        return ""
    given = exception or recorded
    return sentence(outcome_line(given.outcome, given.reason))
