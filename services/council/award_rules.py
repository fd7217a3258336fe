"""Which decisions may give an award that the council proposed, and which may revoke one: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.council.decision_rules import DecisionProblem
from services.council.decision_subjects import award_of, is_dissolved, is_on_hold, subject_name, unit_of
from services.council.state import DecisionContext, DecisionKey
from shared.contracts.awards import Award, NominatedAward
from shared.contracts.conferral import AwardingDecision, AwardSubject, ConferredAward, OfficialPaper, RevokingDecision
from shared.contracts.council import Decision
from shared.contracts.model import local
from shared.wording.formats import ngay

_CodeAndText = tuple[str, str]
"""A stable code, the Vietnamese text."""


def give(
    paper: AwardingDecision, by: str, context: DecisionContext, now: datetime
) -> tuple[list[ConferredAward], list[DecisionProblem]]:
    """The awards that a decision gives, without those recorded already, and why some cannot be given.

    ``by`` records it. Give none of them if there is a problem.
    """
    decision = OfficialPaper(number=paper.number, date=paper.date, signer=paper.signer)
    awards: list[ConferredAward] = []
    problems = list(_problems_of_paper(paper, now))
    for i, row in enumerate(paper.awards):
        standing = context.awards.get((row.award, row.subject))
        if (row_problem := _repeated(paper.awards, i)) or (row_problem := _giving_problem(paper, row, context)):
            problems.append(DecisionProblem(f"/awards/{i}/subject", *row_problem))
        elif standing is None or not standing.stands or standing.decision != decision:
            awards.append(_conferred(paper, by, row, decision, standing, context, now))
    return awards, problems


def revoke(
    paper: RevokingDecision, by: str, context: DecisionContext, now: datetime
) -> tuple[list[ConferredAward], list[Decision], list[DecisionProblem]]:
    """The awards that a decision revokes, the proposals that end with them, and why some cannot be revoked.

    ``by`` records it. A revocation that is recorded already is left out. Revoke none of them if there is a problem.
    """
    revocation = OfficialPaper(number=paper.number, date=paper.date, signer=paper.signer, reason=paper.reason)
    awards: list[ConferredAward] = []
    decisions: list[Decision] = []
    problems = list(_problems_of_paper(paper, now))
    for i, row in enumerate(paper.awards):
        key: DecisionKey = (row.award, row.subject)
        standing, proposal = context.awards.get(key), context.standing.get(key)
        if (row_problem := _repeated(paper.awards, i)) or (row_problem := _revoking_problem(paper, row, context)):
            problems.append(DecisionProblem(f"/awards/{i}/subject", *row_problem))
        elif standing is not None and standing.stands:
            changes = {"revocation": revocation, "by": by, "at": now, "version": standing.version + 1}
            awards.append(standing.model_copy(update=changes))
            if proposal is not None and proposal.status == "granted":
                ended = {"status": "revoked", "departs": False, "reason": paper.reason, "by": by, "at": now}
                decisions.append(proposal.model_copy(update={**ended, "version": proposal.version + 1}))
    return awards, decisions, problems


def _problems_of_paper(paper: AwardingDecision | RevokingDecision, now: datetime) -> Iterator[DecisionProblem]:
    today = local(now).date()
    if paper.date > today:
        detail = f"Ngày của quyết định, {ngay(paper.date)}, sau ngày hôm nay, {ngay(today)}."
        yield DecisionProblem("/date", "date_in_future", detail)


def _repeated(rows: Sequence[AwardSubject], i: int) -> _CodeAndText | None:
    if rows[i] in rows[:i]:
        return "given_twice", "Mỗi đối tượng chỉ được ghi một lần cho một hình thức khen thưởng trong một quyết định."
    return None


def _giving_problem(paper: AwardingDecision, row: AwardSubject, context: DecisionContext) -> _CodeAndText | None:
    award = award_of(context.plan, row.award)
    if award is None:
        return _unknown(row)
    key, name = (row.award, row.subject), subject_name(context, row.award, row.subject)
    proposal, standing = context.standing.get(key), context.awards.get(key)
    if proposal is None or proposal.status != "granted":
        return "not_proposed", f"Hội đồng chưa thống nhất đề nghị tặng {award.name} cho {name}."
    proposed_on = local(proposal.at).date()
    if paper.date < proposed_on and not paper.recorded_afterwards:
        return "before_proposal", (
            f"Quyết định ngày {ngay(paper.date)} trước ngày Hội đồng đề nghị tặng {name}, {ngay(proposed_on)}; "
            "nếu ghi lại việc đã làm trên giấy thì đánh dấu là ghi sau."
        )
    if standing is not None and standing.stands:
        return _correcting_problem(paper, standing, award, name)
    unit = unit_of(context, row.award, row.subject)
    if unit and not paper.recorded_afterwards and is_on_hold(context, unit):
        detail = f"{name} có vụ việc có dấu hiệu vi phạm chưa kết luận nên tạm dừng xét {award.name}."
        return "on_hold", detail
    if unit and is_dissolved(context.plan, award, unit, paper.date):
        return "dissolved", f"{name} không còn hoạt động vào ngày {ngay(paper.date)} nên không tặng được."
    return None


def _correcting_problem(
    paper: AwardingDecision, standing: ConferredAward, award: Award | NominatedAward, name: str
) -> _CodeAndText | None:
    decision = standing.decision
    same = (paper.number, paper.date, paper.signer) == (decision.number, decision.date, decision.signer)
    if same or paper.correction is not None:
        return None
    return "award_given", (
        f"{name} đã được tặng {award.name} theo Quyết định số {decision.number} ngày {ngay(decision.date)}; "
        "nếu số, ngày đã ghi sai thì ghi lại kèm lý do đính chính."
    )


def _revoking_problem(paper: RevokingDecision, row: AwardSubject, context: DecisionContext) -> _CodeAndText | None:
    award = award_of(context.plan, row.award)
    if award is None:
        return _unknown(row)
    name = subject_name(context, row.award, row.subject)
    standing = context.awards.get((row.award, row.subject))
    if standing is None:
        return "not_awarded", f"Chưa có quyết định tặng {award.name} cho {name} nên không thể hủy bỏ."
    if standing.revocation is not None:
        before = standing.revocation
        if (paper.number, paper.date, paper.reason) == (before.number, before.date, before.reason):
            return None
        return "not_awarded", f"Quyết định tặng {award.name} cho {name} đã hủy bỏ ngày {ngay(before.date)}."
    if paper.date < standing.decision.date:
        return "before_award", (
            f"Quyết định hủy bỏ ngày {ngay(paper.date)} trước Quyết định số {standing.decision.number} "
            f"ngày {ngay(standing.decision.date)} tặng {name}."
        )
    return None


def _unknown(row: AwardSubject) -> _CodeAndText:
    return "unknown_award", f"Phong trào không có hình thức khen thưởng “{row.award}”."


def _conferred(
    paper: AwardingDecision,
    by: str,
    row: AwardSubject,
    decision: OfficialPaper,
    previous: ConferredAward | None,
    context: DecisionContext,
    now: datetime,
) -> ConferredAward:
    unit = unit_of(context, row.award, row.subject)
    return ConferredAward(
        movement=context.plan.movement.id if context.plan.movement else "",
        plan=context.plan.ref,
        register_version=context.register.version,
        award=row.award,
        subject=row.subject,
        unit=unit.code if unit else None,
        tier=unit.tier if unit else None,
        page=context.register.page_of[unit.code] if unit else None,
        decision=decision,
        recorded_afterwards=paper.recorded_afterwards,
        correction=paper.correction,
        by=by,
        at=now,
        version=previous.version + 1 if previous else 1,
    )
