"""What may be decided about an award, and whether that departs from what the rules compute: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.council.state import About, DecisionContext, is_active, nominee
from shared.contracts.awards import ActiveRule, Award, AwardForm, NominatedAward
from shared.contracts.council import Decision, DecisionGiven
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.units import Unit
from shared.wording.formats import ngay

_IN_TURN = ("revoked", "granted", "declined")
_EXCLUDE = frozenset({AwardForm.CO_THI_DUA, AwardForm.BANG_KHEN})

_Fault = tuple[str, str, str]
"""Which field of a decision is wrong, a stable code, the Vietnamese text."""

_DUPLICATE: _Fault = (
    "subject",
    "given_twice",
    "Mỗi lần chỉ được ghi một quyết định về một đối tượng cho một hình thức khen thưởng.",
)


@dataclass(frozen=True, slots=True)
class DecisionProblem:
    """Why a decision cannot be: a JSON pointer into what was given, a stable code, the Vietnamese text."""

    pointer: str
    code: str
    detail: str


def decide(
    given: Sequence[DecisionGiven], context: DecisionContext, now: datetime
) -> tuple[list[Decision], list[DecisionProblem]]:
    """The decisions that follow, without those that stand already; and what is wrong, in the order given.

    All given at once are taken as one: what is revoked frees its place before anything is granted, and what is
    declined is weighed last, so their order says nothing.
    """
    weighing = _Weighing(context, now)
    wrong: dict[int, DecisionProblem] = {}
    seen: set[About] = set()
    for i, each in sorted(enumerate(given), key=lambda pair: _IN_TURN.index(pair[1].status)):
        about = (each.award, each.subject)
        fault = _DUPLICATE if about in seen else next(weighing.faults(each), None)
        seen.add(about)
        if fault:
            field, code, detail = fault
            wrong[i] = DecisionProblem(f"/{i}/{field}", code, detail)
        else:
            weighing.take(each)
    return weighing.taken, [wrong[i] for i in sorted(wrong)]


class _Weighing:
    """The decisions as they stand while those given are taken one after the other."""

    def __init__(self, context: DecisionContext, now: datetime) -> None:
        self.context, self.plan, self.now, self.today = context, context.plan, now, local(now).date()
        self.standing = dict(context.standing)
        self.taken: list[Decision] = []

    def take(self, given: DecisionGiven) -> None:
        """Let a decision stand; one that stands already stays as it is."""
        if self._stands(given):
            return
        before = self.standing.get((given.award, given.subject))
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
            version=before.version + 1 if before else 1,
            **given.model_dump(),
        )
        self.standing[given.award, given.subject] = decision
        self.taken.append(decision)

    def faults(self, given: DecisionGiven) -> Iterator[_Fault]:
        """Everything that keeps a decision from being taken; nothing where it stands already."""
        if self._stands(given):
            return
        award = self.plan.award.get(given.award) or self.plan.nominated_award.get(given.award)
        if award is None:
            yield "award", "unknown_award", f"Phong trào không có hình thức khen thưởng “{given.award}”."
            return
        if given.session is not None and given.session not in self.context.sessions:
            yield "session", "unknown_session", f"Không có phiên họp “{given.session}”."
        if given.status == "revoked":
            yield from self._revoking(given, award)
            return
        yield from self._unknown(given, award)
        if given.status == "granted":
            yield from self._granting(given, award)
        elif self._is_granted(given.award, given.subject):
            detail = f"{self._name(given)} đã được tặng {award.name}; muốn thôi phải hủy bỏ quyết định tặng, nêu lý do."
            yield "status", "already_granted", detail
        if self._departs(given) and given.reason is None:
            yield "reason", "reason_needed", "Quyết định khác với kết quả xét theo tiêu chuẩn nên phải nêu lý do."

    def _revoking(self, given: DecisionGiven, award: Award | NominatedAward) -> Iterator[_Fault]:
        if not self._is_granted(given.award, given.subject):
            yield "status", "not_granted", f"{self._name(given)} chưa được tặng {award.name} nên không thể hủy bỏ."
        elif given.reason is None:
            yield "reason", "reason_needed", "Hủy bỏ quyết định tặng phải nêu lý do."

    def _unknown(self, given: DecisionGiven, award: Award | NominatedAward) -> Iterator[_Fault]:
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
            yield "subject", "unknown_subject", f"{unit.name} không thuộc cấp được xét tặng {award.name}."

    def _granting(self, given: DecisionGiven, award: Award | NominatedAward) -> Iterator[_Fault]:
        unit = self._unit(given)
        if unit and unit.code in self.context.computed.held and self.plan.choices.open_inspection == "hold":
            detail = f"{unit.name} có vụ việc có dấu hiệu vi phạm chưa kết luận nên chưa được tặng {award.name}."
            yield "subject", "on_hold", detail
        if unit and self._must_exist(award) and not unit.exists_on(self.today):
            detail = f"{unit.name} không còn hoạt động vào ngày {ngay(self.today)} nên không được tặng."
            yield "subject", "dissolved", detail
        if isinstance(award, NominatedAward):
            yield from self._places(given, award)
        else:
            others = self._granted(award.id) - {given.subject}
            if award.quota is not None and len(others) >= award.quota:
                names = ", ".join(sorted(map(self.context.register.name_of, others)))
                yield "subject", "quota_full", f"{award.name} chỉ tặng {award.quota:02} đơn vị, đã tặng {names}."
        if unit and (other := self._excluding(award, unit)):
            detail = f"{unit.name} đã được tặng {other}; mỗi đơn vị chỉ được tặng Cờ thi đua hoặc Bằng khen."
            yield "subject", "already_awarded", detail

    def _must_exist(self, award: Award | NominatedAward) -> bool:
        """Whether a unit must still exist when it is given the award: where the plan asks so of it, or of any (L7)."""
        asked = [award] if isinstance(award, Award) else self.plan.awards
        return any(isinstance(rule, ActiveRule) for each in asked for rule in each.rules)

    def _places(self, given: DecisionGiven, award: NominatedAward) -> Iterator[_Fault]:
        """No more is given than its nominator may nominate, also where a nomination was withdrawn once granted."""
        nomination = self._nomination(given)
        if nomination is None:
            return
        by = nomination.nominator
        tier = unit.tier if (unit := self.context.register.by_code.get(by)) else None
        places = next((p for p in award.places if p.unit == by or (p.tier is not None and p.tier is tier)), None)
        known = self.context.nominations.get(award.id, {})
        given_already = [
            s for s in self._granted(award.id) - {given.subject} if s in known and known[s].nominator == by
        ]
        if places is not None and places.at_most is not None and len(given_already) >= places.at_most:
            name = self.context.register.name_of(by)
            detail = f"Đã tặng đủ {places.at_most:02} {award.name} theo đề nghị của {name}."
            yield "subject", "quota_full", detail

    def _excluding(self, award: Award | NominatedAward, unit: Unit) -> str | None:
        """The award a unit has that excludes another: one of flag and certificate, not both (A9)."""
        if self.plan.choices.flag_and_certificate == "both" or award.form not in _EXCLUDE:
            return None
        awards: list[Award | NominatedAward] = [*self.plan.awards, *self.plan.nominated]
        for had in awards:
            has_it = any(d.unit == unit.code and d.status == "granted" for d in self._of(had.id))
            if has_it and had.form in _EXCLUDE and had.form is not award.form:
                return had.name
        return None

    def _departs(self, given: DecisionGiven) -> bool:
        """Whether the rules come to something else. Who is left out because the places are taken is no departure."""
        award = self.plan.award.get(given.award)
        if award is None or given.status == "revoked":
            return False
        is_candidate = self.context.computed.is_candidate(award.id, given.subject)
        if given.status == "granted":
            return not is_candidate
        is_full = award.quota is not None and len(self._granted(award.id)) >= award.quota
        return is_candidate and not is_full

    def _stands(self, given: DecisionGiven) -> bool:
        standing = self.standing.get((given.award, given.subject))
        return standing is not None and all(getattr(standing, k) == v for k, v in given.model_dump().items())

    def _of(self, award: str) -> list[Decision]:
        return [decision for (named, _), decision in self.standing.items() if named == award]

    def _granted(self, award: str) -> set[str]:
        return {decision.subject for decision in self._of(award) if decision.status == "granted"}

    def _is_granted(self, award: str, subject: str) -> bool:
        return subject in self._granted(award)

    def _unit(self, given: DecisionGiven) -> Unit | None:
        """The unit a decision is about: its subject, or whom the nomination names."""
        nomination = self._nomination(given)
        return self.context.register.by_code.get(nomination.subject if nomination else given.subject)

    def _nomination(self, given: DecisionGiven) -> Nomination | None:
        """The nomination that is decided about; where figures decide the award it is a unit, however it came up."""
        is_nominated = given.award in self.plan.nominated_award
        return self.context.nominations.get(given.award, {}).get(given.subject) if is_nominated else None

    def _name(self, given: DecisionGiven) -> str:
        if nomination := self._nomination(given):
            return nominee(nomination, self.context.register)
        unit = self._unit(given)
        return unit.name if unit else f"“{given.subject}”"
