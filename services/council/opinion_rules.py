"""Which opinions may be asked of other agencies, and which answers recorded: pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from services.council.decision_rules import DecisionProblem
from services.council.decision_subjects import award_of
from services.council.state import EntryKey
from shared.contracts.ids import derived
from shared.contracts.model import local, movement_key
from shared.contracts.opinions import AgencyAnswer, AgencyOpinion, OpinionAnswered, OpinionAsked
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.wording.formats import ngay
from shared.wording.unit_names import full_name


def ask(
    question: OpinionAsked,
    by: str,
    standing: Mapping[EntryKey, AgencyOpinion],
    plan: Plan,
    register: UnitRegister,
    movement: str,
    now: datetime,
) -> tuple[list[AgencyOpinion], list[DecisionProblem]]:
    """The opinions that a letter asks for, without those recorded already, and why some cannot be asked for.

    The same letter to the same agency is one opinion; asking again with other contents corrects it and keeps an answer.
    """
    problems: list[DecisionProblem] = []
    today = local(now).date()
    if question.date > today:
        problems.append(_in_future("/date", "Ngày của công văn", question.date, today))
    if question.answer_by is not None and question.answer_by < question.date:
        detail = f"Thời hạn trả lời, {ngay(question.answer_by)}, trước ngày của công văn, {ngay(question.date)}."
        problems.append(DecisionProblem("/answer_by", "answer_before_letter", detail))
    if award_of(plan, question.award) is None:
        detail = f"Phong trào không có hình thức khen thưởng “{question.award}”."
        problems.append(DecisionProblem("/award", "unknown_award", detail))
    opinions = []
    for i, agency in enumerate(question.agencies):
        if agency in question.agencies[:i]:
            detail = "Mỗi cơ quan chỉ được ghi một lần trong một công văn."
            problems.append(DecisionProblem(f"/agencies/{i}", "given_twice", detail))
        elif agency not in register.by_code:
            problems.append(DecisionProblem(f"/agencies/{i}", "no_unit", f"Không có đơn vị mang mã “{agency}”."))
        else:
            opinions.append(_asked(question, by, agency, standing, plan, movement, now))
    changed = [new for new in opinions if not _is_unchanged(new, standing.get((new.id,)))]
    return changed, problems


def answer(
    given: OpinionAnswered, by: str, opinion: AgencyOpinion, register: UnitRegister, now: datetime
) -> tuple[list[AgencyOpinion], list[DecisionProblem]]:
    """The opinion with its answer, or nothing if it is recorded already, and why it cannot be recorded.

    A later answer replaces an earlier one; the earlier stays in the published events.
    """
    today = local(now).date()
    if given.date > today:
        return [], [_in_future("/date", "Ngày trả lời", given.date, today)]
    if given.date < opinion.date:
        name = full_name(register, opinion.agency)
        detail = (
            f"Ngày trả lời của {name}, {ngay(given.date)}, trước ngày của Công văn số {opinion.number}, "
            f"{ngay(opinion.date)}."
        )
        return [], [DecisionProblem("/date", "answer_before_letter", detail)]
    recorded = AgencyAnswer(number=given.number, date=given.date, answer=given.answer, by=by, at=now)
    if opinion.answer is not None and opinion.answer.model_copy(update={"at": now}) == recorded:
        return [], []
    return [opinion.model_copy(update={"answer": recorded, "at": now, "version": opinion.version + 1})], []


def _asked(
    question: OpinionAsked,
    by: str,
    agency: str,
    standing: Mapping[EntryKey, AgencyOpinion],
    plan: Plan,
    movement: str,
    now: datetime,
) -> AgencyOpinion:
    key = movement_key(plan.province, movement)
    opinion_id = derived("opinion of", key, question.number, question.date.isoformat(), agency)
    previous = standing.get((opinion_id,))
    return AgencyOpinion(
        id=opinion_id,
        movement=movement,
        plan=plan.ref,
        agency=agency,
        number=question.number,
        date=question.date,
        answer_by=question.answer_by,
        award=question.award,
        subjects=question.subjects,
        about=question.about,
        answer=previous.answer if previous else None,
        by=by,
        at=now,
        version=previous.version + 1 if previous else 1,
    )


def _is_unchanged(new: AgencyOpinion, previous: AgencyOpinion | None) -> bool:
    if previous is None:
        return False
    return new.model_copy(update={"at": previous.at, "version": previous.version, "plan": previous.plan}) == previous


def _in_future(pointer: str, what: str, day: date, today: date) -> DecisionProblem:
    return DecisionProblem(pointer, "date_in_future", f"{what}, {ngay(day)}, sau ngày hôm nay, {ngay(today)}.")
