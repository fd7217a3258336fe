"""*Xét tiêu chuẩn*: the units of an award by its criteria, each in one of four states. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk import addresses
from services.council.desk.answers import (
    OUTCOME_NAMES,
    Outcome,
    award_in_short,
    criterion_in_short,
    lacking,
    outcome_of,
    reason_in_short,
    waits_for_judgement,
)
from services.council.desk.choosing import (
    TIER_NAMES,
    Choice,
    choices,
    districts_of,
    movement_key_of,
    movements,
    tier_named,
)
from services.council.standings import MovementResults
from shared.contracts.awards import Award, RankRule, Rule
from shared.contracts.fast_models import Finding
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.units import Unit
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import at_the_beginning, short_name

MAX_ROWS: Final = 60
"""More units than these are shown district by district, so that a page stays light."""

_VERDICTS: Final[Mapping[Outcome, Verdict]] = {
    Outcome.PASS: Verdict.PASS,
    Outcome.TO_JUDGE: Verdict.MISSING,
    Outcome.HOLD: Verdict.HOLD,
    Outcome.MISSING: Verdict.MISSING,
    Outcome.FAIL: Verdict.FAIL,
}


@dataclass(frozen=True, slots=True)
class CriteriaAsked:
    """What the address asks for; empty texts ask for nothing. ``district`` is a code, ``outcome`` an ``Outcome``."""

    award: str = ""
    tier: str = ""
    district: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A criterion at the head of a column: in short, the ranks it asks for (or empty), and as the plan names it."""

    name: str
    ranks: str
    whole: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A criterion of a unit: its verdict, whether it waits for judgement, the reason in short, and its evidence."""

    verdict: Verdict
    to_judge: bool
    reason: str
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """A unit with its result and its criteria, in the order of the columns.

    ``place`` is the end of its full name that names the district, ", huyện Tiền Hải", or empty.
    """

    name: str
    place: str
    result: Cell
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Near:
    """A unit that came near an award, and what it lacks."""

    name: str
    lacks: str
    address: str


@dataclass(frozen=True, slots=True)
class CriteriaView:
    """The page. ``nearest`` is there only if nobody qualifies.

    ``district`` is that of all rows, or empty; ``districts_left`` are other pages of a long list.
    """

    first: str
    award: str
    movement: str
    empty: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    district: str
    nearest: Sequence[Near]
    movements: Sequence[Choice]
    awards: Sequence[tuple[str, Sequence[Choice]]]
    districts: Sequence[Choice]
    outcomes: Sequence[Choice]
    districts_left: Sequence[tuple[str, str]]
    shown: str
    tables: Sequence[tuple[str, str]]


def award_asked(plan: Plan, query: CriteriaAsked) -> Award:
    """The award that the address asks for: by its id, or else the first of the tier, or else the plan's first.

    The plan must have awards.
    """
    if query.award in plan.award:
        return plan.award[query.award]
    tier = tier_named(query.tier)
    return next((award for award in plan.awards if award.tier is tier), plan.awards[0])


def criteria_view(results: MovementResults, plans: Sequence[Plan], award: Award, query: CriteriaAsked) -> CriteriaView:
    """The page of an award. ``plans`` are the movements to choose from."""
    plan, register = results.plan, results.register
    outcomes = outcomes_of(results, award)
    districts = districts_of(results.ranked(award.tier), register) if award.tier is Tier.XA else []
    narrowed = narrowed_to(outcomes, query)
    district = query.district if query.district in dict(districts) else ""
    if not district and districts and len(narrowed) > MAX_ROWS:
        district = next(code for code, _ in districts if any(unit.parent == code for unit in narrowed))
    shown = in_order(results, award, outcomes, (unit for unit in narrowed if not district or unit.parent == district))
    movement = movement_key_of(plan)
    lists = results.lists.get(award.id)
    return CriteriaView(
        first=_first(outcomes.values()),
        award=award.name,
        movement=plan.movement.name if plan.movement else "",
        empty=_empty(award, outcomes, shown, len(lists.nearest) if lists else 0),
        columns=[_column(plan, rule) for rule in award.rules],
        rows=[_row(results, award, unit, outcomes[unit], movement) for unit in shown],
        district=at_the_beginning(dict(districts)[district]) if district and shown else "",
        nearest=list(_nearest(results, award, movement)),
        movements=movements(plans, plan),
        awards=list(_award_choices(plan, award)),
        districts=choices([("", "Theo từng huyện"), *districts], district) if districts else (),
        outcomes=choices([("", "Mọi kết quả"), *((o.value, name) for o, name in OUTCOME_NAMES.items())], query.outcome),
        districts_left=[
            (name, _address(movement, award, code, query.outcome)) for code, name in districts if code != district
        ],
        shown=f"{len(shown)}/{len(narrowed)} đơn vị" if len(shown) < len(narrowed) else f"{len(shown)} đơn vị",
        tables=addresses.tables(
            addresses.CRITERIA,
            phong_trao=movement,
            hinh_thuc=award.id,
            huyen=query.district,
            ket_qua=query.outcome,
        )
        if shown
        else (),
    )


def outcomes_of(results: MovementResults, award: Award) -> dict[Unit, Outcome]:
    """The units of an award about which anything is known, each with what follows for it."""
    return {
        unit: outcome
        for unit in results.ranked(award.tier)
        if (outcome := outcome_of(results, award, unit.code)) is not None
    }


def narrowed_to(outcomes: Mapping[Unit, Outcome], query: CriteriaAsked) -> list[Unit]:
    """The units with the outcome that the address asks for, or all."""
    wanted = next((outcome for outcome in Outcome if outcome.value == query.outcome), None)
    return [unit for unit, outcome in outcomes.items() if wanted in (None, outcome)]


def in_order(
    results: MovementResults, award: Award, outcomes: Mapping[Unit, Outcome], units: Iterable[Unit]
) -> list[Unit]:
    """Units as the page lists them: by outcome, and then who lacks least."""
    return sorted(units, key=lambda u: (list(Outcome).index(outcomes[u]), *_distance(results, award, u)))


def _column(plan: Plan, rule: Rule) -> Column:
    ranks = ""
    if isinstance(rule, RankRule):
        ranks = "cần hạng 1" if rule.at_most == 1 else f"cần hạng 1 đến {rule.at_most}"
    return Column(criterion_in_short(plan, rule), ranks, criterion_name(plan, rule.criterion))


def _distance(results: MovementResults, award: Award, unit: Unit) -> tuple[int, int]:
    """How many criteria a unit fails, and how many lack grounds: who lacks least is listed first."""
    verdicts = [finding.verdict for finding in results.results(award.id).by_unit[unit.code].findings]
    return verdicts.count(Verdict.FAIL), verdicts.count(Verdict.MISSING)


def _address(movement: str, award: Award, district: str, outcome: str) -> str:
    return addresses.with_query(
        addresses.CRITERIA, phong_trao=movement, hinh_thuc=award.id, huyen=district, ket_qua=outcome
    )


def _first(outcomes: Iterable[Outcome]) -> str:
    """The sentence at the head of the page: how many units stand where."""
    count = Counter(outcomes)
    return (
        f"{count[Outcome.PASS]} đơn vị đạt đủ, {count[Outcome.TO_JUDGE]} chờ thẩm định, "
        f"{count[Outcome.MISSING]} chưa đủ căn cứ, {count[Outcome.HOLD]} tạm dừng xét, "
        f"{count[Outcome.FAIL]} không đạt"
    )


def _empty(award: Award, outcomes: Mapping[Unit, Outcome], shown: Sequence[Unit], nearest: int) -> str:
    """What is said where the reader finds nothing or nobody; empty if there is something."""
    if not outcomes:
        return (
            f"Chưa có kết quả xét {award_in_short(award)}: chưa nhận báo cáo nào. "
            "Kết quả tự hiện khi cơ quan được giao gửi báo cáo."
        )
    if nearest:
        near = "Ba đơn vị" if nearest == 3 else "Đơn vị" if nearest == 1 else f"{nearest} đơn vị"
        return (
            f"Chưa có đơn vị nào đạt đủ tiêu chuẩn {award_in_short(award)}. "
            f"{near} gần nhất và tiêu chuẩn còn thiếu ghi dưới đây."
        )
    return "" if shown else "Không có đơn vị nào ở kết quả đã chọn."


def _nearest(results: MovementResults, award: Award, movement: str) -> Iterator[Near]:
    lists = results.lists.get(award.id)
    for unit in lists.nearest if lists else ():
        lacks = lacking(results, award, unit, [Verdict.FAIL, Verdict.MISSING])
        yield Near(
            name=short_name(results.register, unit),
            lacks="; ".join(lacks),
            address=addresses.why(movement, unit, award.id),
        )


def _award_choices(plan: Plan, chosen: Award) -> Iterator[tuple[str, Sequence[Choice]]]:
    """The awards of each tier, below the tier's name."""
    for tier, name in TIER_NAMES.items():
        of_tier = [(award.id, award_in_short(award)) for award in plan.awards if award.tier is tier]
        if of_tier:
            yield name, choices(of_tier, chosen.id)


def _row(results: MovementResults, award: Award, unit: Unit, outcome: Outcome, movement: str) -> Row:
    by_criterion = {finding.criterion: finding for finding in results.findings(award, unit.code)}
    result = Cell(_VERDICTS[outcome], outcome is Outcome.TO_JUDGE, "", addresses.why(movement, unit.code, award.id))
    cells = [
        _cell(by_criterion[rule.criterion], movement, unit.code, award)
        for rule in award.rules
        if rule.criterion in by_criterion
    ]
    name, place, district = short_name(results.register, unit.code).partition(", ")
    return Row(name, place + district, result, cells)


def _cell(finding: Finding, movement: str, unit: str, award: Award) -> Cell:
    return Cell(
        verdict=finding.verdict,
        to_judge=waits_for_judgement(finding),
        reason=f"hạng {finding.rank}" if finding.reason == "rank_outside" else reason_in_short(finding),
        address=addresses.why(movement, unit, award.id, finding.criterion),
    )
