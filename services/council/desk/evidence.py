"""*Vì sao?*: from the report to the score, the rank and the verdict of a unit, one sentence first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.council.desk.answers import answer, award_in_short, criterion_in_short, state_of, waits_for_judgement
from services.council.desk.ranking import ranking_address
from services.council.standings import AwardResults, MovementResults
from services.council.state import StoredDecisions
from shared.contracts.awards import Award, RankRule, Rule
from shared.contracts.fast_models import Finding
from shared.contracts.model import Verdict
from shared.contracts.scoring import Evidence
from shared.contracts.units import Unit
from shared.plans.authority import counted_day
from shared.plans.criteria.table import reason_text, requirement_of
from shared.wording.citations import Citing, Documents
from shared.wording.formats import diem, so
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import at_the_beginning, full_name, short_name
from shared.wording.verdicts import TIERS, as_of_text, source

_MAX_NAMES_SHOWN: Final = 5

_DECIDING: Final = (Verdict.FAIL, Verdict.HOLD, Verdict.MISSING, Verdict.PASS)
"""The verdicts in the order in which they decide."""

Details = Sequence[tuple[str, Sequence[str]]]
"""Further sections of an explanation, each with its title and lines, as scoring writes them."""


@dataclass(frozen=True, slots=True)
class Step:
    """A link of the chain: what it is (báo cáo, điểm, hạng, căn cứ) and what it says."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class CriterionChain:
    """A criterion of a unit with what leads to its verdict. ``id`` is the anchor of its address.

    ``whole_name`` is there if ``name`` is shortened, ``board`` is the address of the board of a rank.
    """

    id: str
    name: str
    whole_name: str
    verdict: Verdict
    to_judge: bool
    reason: str
    steps: Sequence[Step]
    board: str


@dataclass(frozen=True, slots=True)
class AwardChain:
    """An award of a unit: how far it has come, where it is written, its criteria, first those that decide."""

    name: str
    state: str
    cite: str
    criteria: Sequence[CriterionChain]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """The page. ``first`` is the answer, one sentence for each award, as it is told on the telephone.

    ``details`` come from scoring; ``no_details`` says what to do where it did not answer in time.
    """

    first: Sequence[str]
    movement: str
    as_of: str
    awards: Sequence[AwardChain]
    others: Sequence[tuple[str, str]]
    details: Details
    no_details: str


NO_DETAILS: Final = (
    "Phần bổ trợ (tham dự họp, vụ việc kiểm tra) tạm thời chưa đọc được; kết luận ở trên không phụ thuộc phần này. "
    "Mở lại trang sau ít phút."
)


def evidence_view(
    results: MovementResults,
    unit: Unit,
    chosen: Award | None,
    documents: Documents,
    decisions: StoredDecisions,
    others: Sequence[tuple[str, str]] = (),
    details: Details | None = (),
) -> EvidenceView:
    """The page of a unit, about all awards of its tier or a chosen one.

    ``others`` are the names and addresses of the unit's other awards. ``details`` None: scoring did not answer.
    """
    plan = results.plan
    citing = Citing(documents)
    name = at_the_beginning(full_name(results.register, unit.code))
    awards = [award for award in plan.awards if award.tier is unit.tier and chosen in (None, award)]
    answers = [answer(results, award, unit.code, name) for award in awards]
    return EvidenceView(
        first=answers or [f"Kế hoạch không có hình thức khen thưởng cho {TIERS[unit.tier]}."],
        movement=plan.movement.name if plan.movement else "",
        as_of=as_of_text(counted_day(plan)),
        awards=[_award_chain(results, award, unit, citing, decisions) for award in awards],
        others=others,
        details=details or (),
        no_details=NO_DETAILS if details is None else "",
    )


def _award_chain(
    results: MovementResults, award: Award, unit: Unit, citing: Citing, decisions: StoredDecisions
) -> AwardChain:
    by_criterion = {finding.criterion: finding for finding in results.findings(award, unit.code)}
    of_award = results.results(award.id)
    deciding = sorted(
        (rule for rule in award.rules if rule.criterion in by_criterion),
        key=lambda rule: _DECIDING.index(by_criterion[rule.criterion].verdict),
    )
    return AwardChain(
        name=award_in_short(award),
        state=state_of(decisions, award, unit.code),
        cite=citing.text(award.cite),
        criteria=[
            _chain(results, of_award, award, rule, unit, by_criterion[rule.criterion], citing) for rule in deciding
        ],
    )


def _chain(
    results: MovementResults,
    of_award: AwardResults,
    award: Award,
    rule: Rule,
    unit: Unit,
    finding: Finding,
    citing: Citing,
) -> CriterionChain:
    plan = results.plan
    steps = [Step("Yêu cầu", requirement_of(rule, {field.id: field.name for field in plan.fields}))]
    if finding.reason == "no_feed":
        steps.append(Step("Căn cứ", reason_text(finding)))
    steps += [Step("Căn cứ", text) for text in _reports(results, of_award.evidence, finding, citing)]
    board, name, whole = "", criterion_in_short(plan, rule), criterion_name(plan, rule.criterion)
    if isinstance(rule, RankRule):
        steps += _score_and_rank(results, award, rule, unit)
        board = ranking_address(results, rule.field, award.tier, results.district_of(award, unit.code) or "", unit.code)
    return CriterionChain(
        id=finding.criterion,
        name=name,
        whole_name="" if isinstance(rule, RankRule) or whole == name else whole,
        verdict=finding.verdict,
        to_judge=waits_for_judgement(finding),
        reason="" if waits_for_judgement(finding) else reason_text(finding),
        steps=steps,
        board=board,
    )


def _reports(
    results: MovementResults, evidence: Mapping[str, Evidence], finding: Finding, citing: Citing
) -> Iterator[str]:
    """The sources behind a finding, as far as the page of verdicts describes them."""
    name_of = partial(full_name, results.register)
    for event in finding.events:
        if (described := evidence.get(event)) is not None:
            text = source(described, results.plan, name_of, citing)
            yield at_the_beginning(text)


def _score_and_rank(results: MovementResults, award: Award, rule: RankRule, unit: Unit) -> Iterator[Step]:
    field = results.plan.field[rule.field]
    scores = results.scores(rule.field, award.tier).by_unit
    own = scores.get(unit.code)
    if own is None:
        yield Step("Điểm", "chưa có điểm")
        return
    interim = "" if own.final else " (số liệu tạm tính)"
    yield Step("Điểm", f"{diem(own.score, field.decimals)}/{so(field.scale)}{interim}")
    district = results.district_of(award, unit.code)
    ranks = results.ranks(rule.field, award.tier, district)
    if (rank := ranks.get(unit.code)) is None:
        return
    ordered = sorted(ranks, key=lambda code: (ranks[code], code))
    tied = [code for code in ordered if ranks[code] == rank and code != unit.code]
    above = [code for code in ordered if ranks[code] < rank]
    among = f"xã, phường, thị trấn của {short_name(results.register, district)}" if district else TIERS[unit.tier]

    def named(codes: Sequence[str]) -> str:
        shown = [
            f"{short_name(results.register, code)} ({diem(scores[code].score, field.decimals)})"
            for code in codes[:_MAX_NAMES_SHOWN]
        ]
        more = len(codes) - len(shown)
        return "; ".join(shown) + (f" và {more} đơn vị khác" if more else "")

    text = f"{rank} trong {len(ranks)} {among} có điểm"
    text += f", đồng hạng với {named(tied)}" if tied else ""
    text += f"; các đơn vị xếp trên: {named(above)}" if above else ""
    yield Step("Hạng", text)
