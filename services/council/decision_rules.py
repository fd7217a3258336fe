"""What may be decided about an award, and whether that departs from what the rules compute: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.council.decision_subjects import (
    award_of,
    is_dissolved,
    is_on_hold,
    nomination_of,
    subject_name,
    unit_of,
)
from services.council.state import DecisionContext, DecisionKey, is_active
from shared.contracts.awards import Award, AwardForm, NominatedAward
from shared.contracts.council import Decision, DecisionGiven
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.units import Unit
from shared.wording.formats import ngay
from shared.wording.unit_names import full_name

_STATUS_ORDER = ("revoked", "granted", "declined")
_EXCLUSIVE_FORMS = frozenset({AwardForm.CO_THI_DUA, AwardForm.BANG_KHEN})

_FieldProblem = tuple[str, str, str]
"""The wrong field of a decision, a stable code, the Vietnamese text."""

_DUPLICATE: _FieldProblem = (
    "subject",
    "given_twice",
    "Mỗi lần chỉ được ghi một ý kiến về một đối tượng cho một hình thức khen thưởng.",
)


@dataclass(frozen=True, slots=True)
class DecisionProblem:
    """Why a decision cannot be made: a JSON pointer into the decisions given, a stable code, the Vietnamese text."""

    pointer: str
    code: str
    detail: str


def decide(
    given: Sequence[DecisionGiven], context: DecisionContext, now: datetime
) -> tuple[list[Decision], list[DecisionProblem]]:
    """The new decisions, without repeated ones, and the problems in the order of ``given``.

    Decisions given together are checked as one: revocations first, which free their quota, then grants, then
    declines. So the order within ``given`` does not matter.
    """
    batch = _DecisionBatch(context, now)
    problems: dict[int, DecisionProblem] = {}
    seen: set[DecisionKey] = set()
    for i, new in sorted(enumerate(given), key=lambda pair: _STATUS_ORDER.index(pair[1].status)):
        key = (new.award, new.subject)
        problem = _DUPLICATE if key in seen else next(batch.problems(new), None)
        seen.add(key)
        if problem:
            field, code, detail = problem
            problems[i] = DecisionProblem(f"/{i}/{field}", code, detail)
        else:
            batch.add(new)
    return batch.decisions, [problems[i] for i in sorted(problems)]


class _DecisionBatch:
    """The latest decisions, while the given ones are added one by one."""

    def __init__(self, context: DecisionContext, now: datetime) -> None:
        self.context, self.plan, self.now, self.today = context, context.plan, now, local(now).date()
        self.standing = dict(context.standing)
        self.decisions: list[Decision] = []

    def add(self, given: DecisionGiven) -> None:
        """Add a decision; one that repeats the latest decision changes nothing."""
        if self._is_unchanged(given):
            return
        previous = self.standing.get((given.award, given.subject))
        unit = self._unit(given)
        decision = Decision(
            movement=self.plan.movement.id if self.plan.movement else "",
            plan=self.plan.ref,
            register_version=self.context.register.version,
            unit=unit.code if unit else None,
            tier=unit.tier if unit else None,
            page=self.context.register.page_of[unit.code] if unit else None,
            computed=self.context.computed.verdicts.get(given.award, {}).get(given.subject),
            departs=self._departs(given),
            at=self.now,
            version=previous.version + 1 if previous else 1,
            **given.model_dump(),
        )
        self.standing[given.award, given.subject] = decision
        self.decisions.append(decision)

    def problems(self, given: DecisionGiven) -> Iterator[_FieldProblem]:
        """Every reason why a decision cannot be made; none when it repeats the latest decision."""
        if self._is_unchanged(given):
            return
        award = award_of(self.plan, given.award)
        if award is None:
            yield "award", "unknown_award", f"Phong trào không có hình thức khen thưởng “{given.award}”."
            return
        if given.session is not None and given.session not in self.context.sessions:
            yield "session", "unknown_session", f"Không có phiên họp “{given.session}”."
        if given.status == "revoked":
            yield from self._revocation_problems(given, award)
            return
        yield from self._subject_problems(given, award)
        if given.status == "granted":
            yield from self._grant_problems(given, award)
        elif self._is_granted(given.award, given.subject):
            name = self._subject_name(given)
            detail = f"{name} đã được thống nhất đề nghị tặng {award.name}; muốn thay đổi phải hủy bỏ, nêu lý do."
            yield "status", "already_granted", detail
        if self._departs(given) and given.reason is None:
            yield "reason", "reason_needed", "Ý kiến của Hội đồng khác với kết quả theo số liệu nên phải nêu lý do."

    def _revocation_problems(self, given: DecisionGiven, award: Award | NominatedAward) -> Iterator[_FieldProblem]:
        if not self._is_granted(given.award, given.subject):
            detail = f"{self._subject_name(given)} chưa được thống nhất đề nghị tặng {award.name} nên không thể hủy bỏ."
            yield "status", "not_granted", detail
            return
        conferred = self.context.awards.get((given.award, given.subject))
        if conferred is not None and conferred.stands:
            detail = (
                f"{self._subject_name(given)} đã được tặng {award.name} theo Quyết định số {conferred.decision.number} "
                f"ngày {ngay(conferred.decision.date)}; muốn hủy bỏ phải ghi quyết định hủy bỏ."
            )
            yield "status", "award_given", detail
        if given.reason is None:
            yield "reason", "reason_needed", "Hủy bỏ đề nghị tặng phải nêu lý do."

    def _subject_problems(self, given: DecisionGiven, award: Award | NominatedAward) -> Iterator[_FieldProblem]:
        if isinstance(award, NominatedAward):
            nomination = self._nomination(given)
            if nomination is None or not is_active(nomination):
                detail = f"Không có đề nghị “{given.subject}” đang có hiệu lực cho {award.name}."
                yield "subject", "unknown_subject", detail
            return
        unit = self._unit(given)
        if unit is None:
            yield "subject", "unknown_subject", f"Không có đơn vị mang mã “{given.subject}”."
        elif unit.tier is not award.tier:
            yield "subject", "unknown_subject", f"{self._name(unit)} không thuộc cấp được xét tặng {award.name}."

    def _grant_problems(self, given: DecisionGiven, award: Award | NominatedAward) -> Iterator[_FieldProblem]:
        unit = self._unit(given)
        if unit and is_on_hold(self.context, unit):
            detail = f"{self._name(unit)} có vụ việc có dấu hiệu vi phạm chưa kết luận nên tạm dừng xét {award.name}."
            yield "subject", "on_hold", detail
        if unit and is_dissolved(self.plan, award, unit, self.today):
            detail = f"{self._name(unit)} không còn hoạt động vào ngày {ngay(self.today)} nên không đề nghị tặng được."
            yield "subject", "dissolved", detail
        if isinstance(award, NominatedAward):
            yield from self._nominator_quota_problems(given, award)
        else:
            other_units = self._granted_subjects(award.id) - {given.subject}
            if award.quota is not None and len(other_units) >= award.quota:
                names = "; ".join(sorted(full_name(self.context.register, other) for other in other_units))
                detail = f"{award.name} chỉ tặng {award.quota:02} đơn vị, đã thống nhất đề nghị tặng {names}."
                yield "subject", "quota_full", detail
        if unit and (excluding := self._excluding_award(award, unit)):
            detail = (
                f"{self._name(unit)} đã được thống nhất đề nghị tặng {excluding}; "
                "mỗi đơn vị chỉ được đề nghị tặng Cờ thi đua hoặc Bằng khen."
            )
            yield "subject", "already_awarded", detail

    def _nominator_quota_problems(self, given: DecisionGiven, award: NominatedAward) -> Iterator[_FieldProblem]:
        """A nominator gets at most its quota of awards, also when a granted nomination was withdrawn afterwards."""
        nomination = self._nomination(given)
        if nomination is None:
            return
        nominator = nomination.nominator
        tier = unit.tier if (unit := self.context.register.by_code.get(nominator)) else None
        quota = next((q for q in award.places if q.unit == nominator or (q.tier is not None and q.tier is tier)), None)
        nominations = self.context.nominations.get(award.id, {})
        granted = [
            subject
            for subject in self._granted_subjects(award.id) - {given.subject}
            if subject in nominations and nominations[subject].nominator == nominator
        ]
        if quota is not None and quota.at_most is not None and len(granted) >= quota.at_most:
            name = full_name(self.context.register, nominator)
            detail = f"Đã thống nhất đề nghị tặng đủ {quota.at_most:02} {award.name} trong số đề nghị của {name}."
            yield "subject", "quota_full", detail

    def _excluding_award(self, award: Award | NominatedAward, unit: Unit) -> str | None:
        """The name of an award that the unit has and that excludes this one: flag or certificate, not both (A9)."""
        if self.plan.choices.flag_and_certificate == "both" or award.form not in _EXCLUSIVE_FORMS:
            return None
        awards: list[Award | NominatedAward] = [*self.plan.awards, *self.plan.nominated]
        for other in awards:
            is_granted = any(d.unit == unit.code and d.status == "granted" for d in self._decisions_on(other.id))
            if is_granted and other.form in _EXCLUSIVE_FORMS and other.form is not award.form:
                return other.name
        return None

    def _departs(self, given: DecisionGiven) -> bool:
        """Whether the rules compute another result. Declining a candidate when the quota is full is no departure."""
        award = self.plan.award.get(given.award)
        if award is None or given.status == "revoked":
            return False
        is_candidate = self.context.computed.is_candidate(award.id, given.subject)
        if given.status == "granted":
            return not is_candidate
        is_full = award.quota is not None and len(self._granted_subjects(award.id)) >= award.quota
        return is_candidate and not is_full

    def _is_unchanged(self, given: DecisionGiven) -> bool:
        standing = self.standing.get((given.award, given.subject))
        return standing is not None and all(getattr(standing, k) == v for k, v in given.model_dump().items())

    def _decisions_on(self, award: str) -> list[Decision]:
        return [decision for (award_id, _), decision in self.standing.items() if award_id == award]

    def _granted_subjects(self, award: str) -> set[str]:
        return {decision.subject for decision in self._decisions_on(award) if decision.status == "granted"}

    def _is_granted(self, award: str, subject: str) -> bool:
        return subject in self._granted_subjects(award)

    def _unit(self, given: DecisionGiven) -> Unit | None:
        return unit_of(self.context, given.award, given.subject)

    def _nomination(self, given: DecisionGiven) -> Nomination | None:
        return nomination_of(self.context, given.award, given.subject)

    def _name(self, unit: Unit) -> str:
        return full_name(self.context.register, unit.code)

    def _subject_name(self, given: DecisionGiven) -> str:
        return subject_name(self.context, given.award, given.subject)
