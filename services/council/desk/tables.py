"""The tables of the pages of results as sheets, with the page's filter: all rows, numbers as numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.council.desk.answers import OUTCOME_NAMES, criterion_in_short, reason_in_short, waits_for_judgement
from services.council.desk.criteria import CriteriaAsked, in_order, narrowed_to, outcomes_of
from services.council.desk.nominating import award_counted, is_shown, nominators
from services.council.desk.ranking import (
    Board,
    RankingAsked,
    award_within,
    awards_of,
    board_title,
    found_codes,
)
from services.council.desk.ranking import in_order as ranked_in_order
from services.council.documents.exports import Sheet, Value
from services.council.standings import MovementResults
from services.council.state import nominee_name
from shared.contracts.awards import Award, RankRule
from shared.contracts.fast_models import Finding
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.plans.quotas import NominationContext, Quota
from shared.wording.unit_names import full_name, short_name
from shared.wording.verdicts import VERDICTS

_STATES = {"accepted": "đã tiếp nhận", "refused": "không tiếp nhận", "withdrawn": "đã rút"}


def ranking_sheet(results: MovementResults, board: Board, query: RankingAsked) -> Sheet:
    """A board: rank, unit, district, score, and which award asks for such a rank."""
    register, awards = results.register, list(awards_of(results.plan, board))
    ranks = results.ranks(board.field.id, board.tier, board.district)
    scores, matches = results.scores(*board.key).by_unit, found_codes(results, board, query)
    rows: list[Sequence[Value]] = []
    for code in ranked_in_order(ranks, register):
        if not query.typed or code in matches:
            name, _, district = short_name(register, code).partition(", ")
            interim = "" if scores[code].final else "tạm tính"
            rows.append([ranks[code], name, district, scores[code].score, interim, award_within(ranks[code], awards)])
    heads = ["Hạng", "Đơn vị", "Huyện, thành phố", "Điểm", "Tạm tính", "Trong mức của"]
    return Sheet("Xếp hạng", heads, rows, board_title(board, register))


def criteria_sheet(results: MovementResults, award: Award, query: CriteriaAsked) -> Sheet:
    """The units of an award by its criteria; a criterion about a rank has a column for the rank too."""
    register, outcomes = results.register, outcomes_of(results, award)
    units = [unit for unit in narrowed_to(outcomes, query) if query.district in ("", unit.parent)]
    rows: list[Sequence[Value]] = []
    for unit in in_order(results, award, outcomes, units):
        name, _, district = short_name(register, unit.code).partition(", ")
        findings = {finding.criterion: finding for finding in results.findings(award, unit.code)}
        row: list[Value] = [name, district, OUTCOME_NAMES[outcomes[unit]]]
        for rule in award.rules:
            finding = findings.get(rule.criterion)
            row.append(_verdict(finding))
            if isinstance(rule, RankRule):
                row.append(finding.rank if finding else None)
        rows.append(row)
    heads = ["Đơn vị", "Huyện, thành phố", "Kết quả"]
    for rule in award.rules:
        shown = criterion_in_short(results.plan, rule)
        heads += [shown, f"{shown}: hạng"] if isinstance(rule, RankRule) else [shown]
    return Sheet("Xét tiêu chuẩn", heads, rows, award.name)


def _verdict(finding: Finding | None) -> str:
    if finding is None:
        return ""
    verdict = "chờ thẩm định" if waits_for_judgement(finding) else VERDICTS[finding.verdict]
    reason = "" if finding.reason == "rank_within" else reason_in_short(finding)
    return f"{verdict}: {reason}" if reason else verdict


def nominating_sheet(
    context: NominationContext, nominations: Sequence[Nomination], today: date, shown: str = ""
) -> Sheet:
    """Each agency's nominations, and its places for which it has not nominated. ``today`` is the local day."""
    register, plan = context.register, context.plan
    rows: list[Sequence[Value]] = []
    for code, allowed, made in nominators(context, nominations, today):
        if not is_shown(shown, allowed, made):
            continue
        agency, left = full_name(register, code), {quota.award.id: (quota, n) for quota, n in allowed}
        for nomination in made:
            award_id = award_counted(nomination, plan)
            award = plan.nominated_award.get(award_id) or plan.award.get(award_id)
            about: list[Value] = [
                nominee_name(nomination, register),
                _STATES[nomination.status],
                local(nomination.at).date(),
                nomination.detail if nomination.status == "refused" else "",
            ]
            rows.append([agency, award.name if award else "", *about, *_places(left.get(award_id))])
        named = {award_counted(nomination, plan) for nomination in made}
        for award_id, places in left.items():
            if award_id not in named:
                rows.append([agency, places[0].award.name, "", "chưa đề nghị", None, "", *_places(places)])
    heads = ["Cơ quan", "Danh hiệu, hình thức", "Được đề nghị", "Trạng thái", "Ngày", "Lý do"]
    title = f"Phong trào thi đua “{plan.movement.name}”" if plan.movement else ""
    return Sheet("Đề nghị", [*heads, "Đã dùng", "Được đề nghị nhiều nhất", "Còn"], rows, title)


def _places(places: tuple[Quota, int | None] | None) -> tuple[Value, Value, Value]:
    """How many places are used, how many there are, and how many are left; None is no limit."""
    if places is None:
        return None, None, None
    quota, left = places
    return len(quota.used_by), quota.row.at_most, left
