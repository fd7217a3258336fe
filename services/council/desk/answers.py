"""The answer to "why is this unit not on the list?": one sentence for each award, and its parts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from textwrap import shorten
from typing import Final

from services.council.standings import MovementResults
from services.council.state import StoredDecisions
from shared.contracts.awards import Award, AwardForm, RankRule, Rule
from shared.contracts.fast_models import Finding
from shared.contracts.model import Verdict
from shared.contracts.plan import Plan
from shared.plans.criteria.table import reason_text
from shared.wording.agenda_changes import award_state
from shared.wording.plan_names import criterion_name

_LONGEST_NAME: Final = 64


class Outcome(Enum):
    """What follows for a unit from all criteria of an award. The value is its name in an address."""

    PASS = "dat"  # noqa: S105 - an outcome
    TO_JUDGE = "cho-tham-dinh"
    HOLD = "tam-dung"
    MISSING = "chua-du"
    FAIL = "khong-dat"


OUTCOME_NAMES: Final[Mapping[Outcome, str]] = {
    Outcome.PASS: "Đạt đủ",
    Outcome.TO_JUDGE: "Chờ thẩm định",
    Outcome.HOLD: "Tạm dừng xét",
    Outcome.MISSING: "Chưa đủ căn cứ",
    Outcome.FAIL: "Không đạt",
}
"""In the order in which units are listed."""

_OUTCOMES: Final[Mapping[Verdict, Outcome]] = {
    Verdict.PASS: Outcome.PASS,
    Verdict.HOLD: Outcome.HOLD,
    Verdict.MISSING: Outcome.MISSING,
    Verdict.FAIL: Outcome.FAIL,
}

_SHORT_REASONS: Final[Mapping[str, str]] = {
    "not_reported": "chưa nhận báo cáo",
    "interim": "mới có số liệu tạm tính",
    "board_incomplete": "bảng xếp hạng chưa đủ đơn vị",
    "withdrawn": "số liệu đã rút",
}


def outcome_of(results: MovementResults, award: Award, unit: str) -> Outcome | None:
    """What follows for a unit from all criteria of an award; None while nothing is known about it."""
    result = results.results(award.id).by_unit.get(unit)
    if result is None:
        return None
    lists = results.lists.get(award.id)
    if result.verdict is Verdict.MISSING and lists is not None and unit in lists.for_judgement:
        return Outcome.TO_JUDGE
    return _OUTCOMES[result.verdict]


def waits_for_judgement(finding: Finding) -> bool:
    """Whether a criterion is missing because no agency is asked to report it."""
    return finding.verdict is Verdict.MISSING and finding.reason == "no_feed"


def award_in_short(award: Award) -> str:
    """An award without the units it is for: "Cờ thi đua của Ủy ban nhân dân tỉnh"."""
    return award.name.partition(" cho ")[0]


def criterion_in_short(plan: Plan, rule: Rule) -> str:
    """A criterion as the head of a column: a rank by its field, any other by its name, shortened."""
    if isinstance(rule, RankRule):
        return plan.field[rule.field].name
    return shorten(criterion_name(plan, rule.criterion), _LONGEST_NAME, placeholder=" …")


def reason_in_short(finding: Finding) -> str:
    """Why a criterion has its verdict, as far as the verdict does not say it: "hạng 7, cần hạng 1 đến 5"; or empty."""
    if finding.reason in ("rank_within", "rank_outside"):
        needed = "cần hạng 1" if finding.limit == 1 else f"cần hạng 1 đến {finding.limit}"
        return f"hạng {finding.rank}" if finding.verdict is Verdict.PASS else f"hạng {finding.rank}, {needed}"
    if waits_for_judgement(finding) or (finding.verdict is Verdict.PASS and finding.reason != "judged"):
        return ""
    if finding.reason == "judged":
        return "theo ý kiến thẩm định"
    return _SHORT_REASONS.get(finding.reason) or reason_text(finding)


def lacking(results: MovementResults, award: Award, unit: str, verdicts: Iterable[Verdict]) -> list[str]:
    """The criteria of an award that have one of these verdicts for a unit, each with its reason."""
    names = {rule.criterion: criterion_in_short(results.plan, rule) for rule in award.rules}
    wanted = set(verdicts)
    return [
        _with_reason(names[finding.criterion], reason_in_short(finding))
        for finding in results.findings(award, unit)
        if finding.verdict in wanted and finding.criterion in names
    ]


def _with_reason(name: str, reason: str) -> str:
    return f"{name} ({reason})" if reason else name


def clause(results: MovementResults, award: Award, unit: str) -> str:
    """How a unit stands for an award, as a clause without the unit: "không đạt: Chuyển đổi số (hạng 7, cần hạng 1)"."""
    match outcome_of(results, award, unit):
        case None:
            return "chưa có kết quả xét"
        case Outcome.PASS:
            return "đạt đủ tiêu chuẩn" if is_candidate(results, award, unit) else _kept_out(results, award, unit)
        case Outcome.TO_JUDGE:
            waiting = lacking(results, award, unit, [Verdict.MISSING])
            return f"chỉ còn chờ thẩm định {len(waiting)} tiêu chuẩn: {'; '.join(waiting)}"
        case Outcome.HOLD:
            return f"tạm dừng xét: {'; '.join(lacking(results, award, unit, [Verdict.HOLD]))}"
        case Outcome.MISSING:
            missing = [f for f in results.findings(award, unit) if f.verdict is Verdict.MISSING]
            return f"chưa đủ căn cứ: {_open(results, award, missing)}"
        case Outcome.FAIL:
            failed = lacking(results, award, unit, [Verdict.FAIL])
            return f"không đạt {len(failed)} tiêu chuẩn: {'; '.join(failed)}"


def _open(results: MovementResults, award: Award, missing: Sequence[Finding]) -> str:
    """The criteria without grounds, first those that a report decides."""
    names = {rule.criterion: criterion_in_short(results.plan, rule) for rule in award.rules}
    reported = [_with_reason(names[f.criterion], reason_in_short(f)) for f in missing if not waits_for_judgement(f)]
    judged = [names[f.criterion] for f in missing if waits_for_judgement(f)]
    waiting = [f"chờ thẩm định {'; '.join(judged)}"] if judged else []
    return "; ".join([*reported, *waiting])


def is_candidate(results: MovementResults, award: Award, unit: str) -> bool:
    """Whether a unit is on the list of those that the council considers for an award."""
    lists = results.lists.get(award.id)
    return lists is not None and unit in lists.candidates


def _kept_out(results: MovementResults, award: Award, unit: str) -> str:
    is_flag = award.form is AwardForm.CO_THI_DUA
    why = "" if is_flag else ", không xét vì đã đạt đủ tiêu chuẩn hoặc được đề nghị tặng Cờ thi đua"
    return f"đạt đủ tiêu chuẩn{why}"


def answer(results: MovementResults, award: Award, unit: str, name: str) -> str:
    """Whether a unit is on the list of an award, and what keeps it off, in one sentence.

    ``name`` is the unit's name at the beginning of a sentence.
    """
    of_award = award_in_short(award)
    text = clause(results, award, unit)
    match outcome_of(results, award, unit):
        case Outcome.PASS if is_candidate(results, award, unit):
            return f"{name} có trong danh sách xét {of_award}: {text}."
        case Outcome.HOLD:
            return f"{name} chưa vào danh sách xét {of_award}, đang {text}."
        case Outcome.TO_JUDGE | Outcome.MISSING | None:
            return f"{name} chưa vào danh sách xét {of_award}: {text}."
        case _:
            return f"{name} không có trong danh sách xét {of_award}: {text}."


def state_of(decisions: StoredDecisions | None, award: Award, unit: str) -> str:
    """How far an award has come for a unit: "Chờ quyết định", "Đã có quyết định (số …, ngày …)"; empty before that."""
    if decisions is None:
        return ""
    proposal = decisions.by_key.get((award.id, unit))
    is_proposed = proposal is not None and proposal.status == "granted"
    return award_state(decisions.awards.get((award.id, unit)), proposed=is_proposed)
