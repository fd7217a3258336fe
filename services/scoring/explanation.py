"""Why a unit has its scores, ranks and verdicts, beginning with the reports. Pure; every line is Vietnamese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from pydantic import BaseModel

from services.scoring.context import ScoringContext
from services.scoring.evaluation import AwardEvaluator
from services.scoring.figures import Decided, Figure, awarded_subject, decided_subject, period_subject
from services.scoring.rules import award_scope, evaluate, summarise, with_ranks
from services.scoring.state import MovementFigures
from shared.contracts.awards import Award, AwardForm, RankedField
from shared.contracts.fast_models import AttendanceRow, Finding, InspectionRow, ScoreRow
from shared.contracts.model import Kind, Verdict
from shared.contracts.scoring import AwardLists
from shared.contracts.units import Unit
from shared.plans.authority import counted_day
from shared.plans.criteria.table import reason_text
from shared.wording.citations import Citing, Documents
from shared.wording.formats import diem, ky, ngay, so
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import full_name, short_name
from shared.wording.verdicts import (
    TIERS,
    VERDICTS,
    as_of_text,
    attendance_text,
    case_text,
    source,
)

_MAX_NAMES_SHOWN = 5


class Section(BaseModel):
    """A part of an explanation: a field, an award, or supporting evidence."""

    title: str
    lines: list[str]


class Explanation(BaseModel):
    """The explanation of one unit's results, as people read it."""

    unit: str
    name: str
    heading: str
    sections: list[Section]


@dataclass(frozen=True)
class Explainer:
    """Writes one explanation of a unit of a movement, in which every document is cited in full once.

    ``documents`` are the source documents by their keys.
    """

    figures: MovementFigures
    context: ScoringContext
    documents: Documents

    def explain(self, code: str, award: str | None = None, field: str | None = None) -> Explanation:
        """A unit's explanation, all of it or for one award or field. Raises ``KeyError`` for an unknown unit code."""
        plan, unit = self.context.plan, self.context.register.by_code[code]
        assert plan.movement is not None
        awards = [a for a in plan.awards if a.tier is unit.tier and (award is None or a.id == award)]
        wanted = {rule.ranked_field for a in awards for rule in a.rules} if award else set(plan.field)
        fields = [f for f in plan.fields if f.id in wanted and field in (None, f.id)]
        sections = [Section(title=f.name, lines=list(self._field(unit, f))) for f in fields]
        if field is None:
            sections += [Section(title=a.name, lines=list(self._award(unit, a))) for a in awards]
            if not awards:
                none = f"Kế hoạch không có hình thức khen thưởng cho {TIERS[unit.tier]}."
                sections.append(Section(title="Khen thưởng", lines=[none]))
            if supporting := list(self._supporting_evidence(unit)):
                sections.append(Section(title="Căn cứ bổ trợ về kỷ luật, kỷ cương", lines=supporting))
        name, counted_to = full_name(self.context.register, code), as_of_text(counted_day(plan))
        heading = f"{name} – phong trào thi đua “{plan.movement.name}”. {counted_to}."
        return Explanation(unit=code, name=name, heading=heading, sections=sections)

    def _within_parent(self, unit: Unit) -> bool:
        return self.context.ranks_within_parent(unit.tier)

    def _figure(self, subject: str, unit: Unit) -> Figure | None:
        return self.figures.figure(subject, unit.tier, self.context.register.page_of[unit.code], unit.code)

    def _source(self, event: str) -> str | None:
        evidence = self.figures.evidence(event)
        name_of = partial(full_name, self.context.register)
        return source(evidence, self.context.plan, name_of, self._citing) if evidence else None

    def _field(self, unit: Unit, field: RankedField) -> Iterator[str]:
        yield from self._deciding_score(unit, field)
        for period in self.figures.interim_periods(field.id, unit.tier):
            figure = self._figure(period_subject(field.id, period), unit)
            if figure is not None and isinstance(figure.value, ScoreRow):
                score = f"{diem(figure.value.score, field.decimals)}/{so(field.scale)}"
                yield (
                    f"Số liệu {ky(period)}: {score}, theo {self._source(figure.event)}; "
                    "để theo dõi, không dùng để xếp hạng, xét khen thưởng."
                )

    def _deciding_score(self, unit: Unit, field: RankedField) -> Iterator[str]:
        figure = self._figure(field.id, unit)
        if figure is None or not isinstance(figure.value, ScoreRow):
            yield "Chưa có điểm."
            return
        evidence = self.figures.evidence(figure.event)
        own = " (tự đánh giá)" if evidence and evidence.by == unit.code else ""
        interim = "" if figure.final else " – số liệu tạm tính"
        score = f"{diem(figure.value.score, field.decimals)}/{so(field.scale)}"
        yield f"Điểm {score}{own}{interim}, theo {self._source(figure.event)}."
        board, ranked = self.figures.board(self.context, field.id, unit.tier), self.context.ranked(unit.tier)
        yield self._standing(unit, TIERS[unit.tier], [u.code for u in ranked], field)
        parent = self.context.register.by_code.get(unit.parent or "")
        if parent and self._within_parent(unit):
            siblings = [u.code for u in ranked if u.parent == unit.parent]
            yield self._standing(
                unit, f"đơn vị cùng cấp của {short_name(self.context.register, parent.code)}", siblings, field
            )
        if figure.value.declared_rank not in (None, board.rank(unit.code)):
            yield f"Cơ quan báo cáo công bố hạng {figure.value.declared_rank}, khác hạng tính theo điểm."

    def _standing(self, unit: Unit, among: str, rivals: Sequence[str], field: RankedField) -> str:
        board = self.figures.board(self.context, field.id, unit.tier)
        rank, above = board.rank_among(unit.code, rivals), board.above(unit.code, rivals)
        scored = [rival for rival in rivals if board.rank(rival) is not None]
        text = f"Xếp hạng {rank} trong {len(scored)} {among}"
        if tied := [r for n, r in board.ranking(rivals) if n == rank and r != unit.code]:
            text += f", đồng hạng với {self._names(tied, field)}"
        if above:
            text += f"; các đơn vị xếp trên: {self._names(above, field)}"
        if missing := len(rivals) - len(scored):
            text += f". Bảng xếp hạng chưa đủ đơn vị: còn {missing} đơn vị chưa có điểm"
        return f"{text}."

    def _names(self, codes: Sequence[str], field: RankedField) -> str:
        register = self.context.register
        named = []
        for code in codes[:_MAX_NAMES_SHOWN]:
            figure = self._figure(field.id, register.by_code[code])
            score = (
                f" ({diem(figure.value.score, field.decimals)})"
                if figure and isinstance(figure.value, ScoreRow)
                else ""
            )
            named.append(f"{short_name(register, code)}{score}")
        more = len(codes) - len(named)
        return "; ".join(named) + (f" và {more} đơn vị khác" if more > 0 else "")

    def _award(self, unit: Unit, award: Award) -> Iterator[str]:
        rows = AwardEvaluator(award, self.figures, self.context).evaluate([unit])
        (row,) = with_ranks(award, rows, self.figures, self.context)
        lists = self._lists[award.id]
        outcome = self._outcome(unit, award, row.verdict, lists)
        yield f"Kết quả: {VERDICTS[row.verdict].upper()}.{outcome} Căn cứ: {self._citing.text(award.cite)}."
        for finding in row.findings:
            yield self._criterion(finding, award)

    def _criterion(self, finding: Finding, award: Award) -> str:
        """A criterion's verdict with its sources. A rank's sources are left out: the section of its field has them."""
        name = criterion_name(self.context.plan, finding.criterion)
        text = f"{name}: {VERDICTS[finding.verdict]} – {reason_text(finding)}."
        events = () if finding.rank is not None and finding.reason != "judged" else finding.events
        if sources := [line for event in events if (line := self._source(event))]:
            text += f" Theo {'; '.join(sources)}."
        if finding.cite not in ("", award.cite):
            text += f" Căn cứ: {self._citing.text(finding.cite)}."
        return text

    @cached_property
    def _citing(self) -> Citing:
        return Citing(self.documents)

    @cached_property
    def _lists(self) -> dict[str, AwardLists]:
        verdicts = {award.id: evaluate(award, self.figures, self.context) for award in self.context.plan.awards}
        return {lists.award: lists for lists in summarise(self.context, verdicts, self.figures)}

    def _outcome(self, unit: Unit, award: Award, verdict: Verdict, lists: AwardLists) -> str:
        """The result that follows from a verdict after flags and certificates have excluded each other (A6, A9)."""
        if awarded := self._awarded(unit, award):
            return awarded
        if unit.code in self.figures.granted(award.id):
            return " Hội đồng đã thống nhất đề nghị tặng."
        if decided := self._decided(unit, award):
            return decided
        if unit.code in lists.for_judgement:
            return " Chỉ còn chờ thẩm định."
        if verdict is not Verdict.PASS:
            return ""
        if unit.code not in lists.candidates:
            flags = (a.id for a in self.context.plan.awards if a.form is AwardForm.CO_THI_DUA)
            if any(unit.code in self.figures.granted(flag) for flag in flags):
                return " Đã được đề nghị tặng Cờ thi đua nên không xét tặng Bằng khen."
            return " Là đơn vị duy nhất đạt đủ tiêu chuẩn Cờ thi đua nên không xét tặng Bằng khen."
        scope = award_scope(award, unit.code, self.context)
        rivals = sum(award_scope(award, code, self.context) == scope for code in lists.candidates) - 1
        if award.form is AwardForm.CO_THI_DUA and rivals:
            return f" Cùng {rivals} đơn vị khác đạt đủ tiêu chuẩn; Hội đồng chọn một đơn vị để đề nghị."
        return " Đạt đủ tiêu chuẩn để xét tặng."

    def _awarded(self, unit: Unit, award: Award) -> str:
        """The sentence that a decision gave the award, or revoked it and why; empty before the first decision.

        Once the council has acted again after a revocation, its new proposal is said instead.
        """
        figure = self._figure(awarded_subject(award.id), unit)
        if figure is None or not isinstance(figure.value, Decided) or figure.value.date is None:
            return ""
        evidence = self.figures.evidence(figure.event)
        paper = f"Quyết định số {figure.value.number} ngày {ngay(figure.value.date)}"
        if figure.value.status == "granted":
            return f" {evidence.by if evidence else 'Cấp có thẩm quyền'} đã tặng, {paper}."
        proposal = self._figure(decided_subject(award.id), unit)
        if proposal is not None and proposal.at > figure.at:
            return ""
        why = f" Lý do: {evidence.note}." if evidence and evidence.note else ""
        return f" Đã hủy bỏ quyết định tặng, {paper}.{why}"

    def _decided(self, unit: Unit, award: Award) -> str:
        """The sentence that an award was declined or revoked, and why; empty if it was not."""
        figure = self._figure(decided_subject(award.id), unit)
        if figure is None or not isinstance(figure.value, Decided) or figure.value.status == "granted":
            return ""
        evidence = self.figures.evidence(figure.event)
        why = f" Lý do: {evidence.note}." if evidence and evidence.note else ""
        done = "Hội đồng không đề nghị tặng" if figure.value.status == "declined" else "Hội đồng đã rút đề nghị tặng"
        return f" {done}.{why}"

    def _supporting_evidence(self, unit: Unit) -> Iterator[str]:
        plan = self.context.plan
        for obligation in plan.obligations:
            if obligation.kind is Kind.ATTENDANCE and (figure := self._figure(obligation.subject, unit)):
                assert isinstance(figure.value, AttendanceRow)
                yield f"Tham dự họp: {attendance_text(figure.value)}; {self._source(figure.event)}."
        for case in self.figures.cases(unit.tier).get(unit.code, ()):
            assert isinstance(case.value, InspectionRow)
            events = [case.since[1] if case.since else case.event]
            events += [case.event] if case.event not in events else []
            sources = "; ".join(line for event in events if (line := self._source(event)))
            text = case_text(case.value)
            yield f"{text[0].upper()}{text[1:]}; {sources}."
