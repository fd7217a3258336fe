"""*Xếp hạng*: a field's board for a tier and scope, ties shown as ties, with its scores as a strip. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from services.council.desk import addresses
from services.council.desk.choosing import (
    TIER_NAMES,
    Choice,
    choices,
    districts_of,
    found,
    movement_key_of,
    movements,
    tier_named,
)
from services.council.standings import BoardKey, BoardScores, MovementResults
from shared.contracts.awards import Award, RankedField
from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import feeds, has_feed, within_parent
from shared.plans.duties import duties
from shared.runtime.http.pages.pictures import Move, Picture, Scored, movement, score_strip
from shared.wording.formats import diem, gio_ngay, thoi_han
from shared.wording.unit_names import full_name, short_name

MAX_MOVES: Final = 12
"""The picture shows so many units whose rank moved; the table marks all of them."""


@dataclass(frozen=True, slots=True)
class RankingAsked:
    """What the address asks for; empty texts ask for nothing. ``marked`` is the code of the unit in question."""

    field: str = ""
    tier: str = ""
    district: str = ""
    typed: str = ""
    marked: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """A field, a tier, and the code of the district within which it is ranked; None: the whole province."""

    field: RankedField
    tier: Tier
    district: str | None

    @property
    def key(self) -> BoardKey:
        """The key of its scores."""
        return self.field.id, self.tier


@dataclass(frozen=True, slots=True)
class Seen:
    """A board as it was when the reader last looked at it. ``at`` is an aware instant."""

    scores: BoardScores
    at: datetime


@dataclass(frozen=True, slots=True)
class RankRow:
    """A unit on the board. ``tied`` is with how many others it shares its rank; ``moved`` says how its rank moved."""

    rank: int
    tied: int
    name: str
    score: str
    interim: bool
    moved: str
    within: str
    marked: bool
    address: str


@dataclass(frozen=True, slots=True)
class RankingView:
    """The page. ``strip`` and ``moves`` are pictures; None where there is nothing to draw."""

    first: str
    empty: str
    movement: str
    title: str
    cut_offs: str
    rows: Sequence[RankRow]
    strip: Picture | None
    moves: Picture | None
    moved: str
    fields: Sequence[Choice]
    tiers: Sequence[Choice]
    districts: Sequence[Choice]
    movements: Sequence[Choice]
    typed: str
    tables: Sequence[tuple[str, str]]


def ranking_address(results: MovementResults, field: str, tier: Tier, district: str = "", unit: str = "") -> str:
    """The address of a board, with a unit marked."""
    return addresses.with_query(
        addresses.RANKING,
        phong_trao=movement_key_of(results.plan),
        linh_vuc=field,
        cap=tier.value,
        huyen=district,
        don_vi=unit,
    )


def board_asked(plan: Plan, register: UnitRegister, query: RankingAsked) -> Board:
    """The board that the address asks for, or else the first. The plan must have fields."""
    field = plan.field.get(query.field, plan.fields[0])
    tier = tier_named(query.tier) or next(iter(_tiers(plan)), Tier.SO)
    unit = register.by_code.get(query.district)
    by_district = unit is not None and unit.tier is Tier.HUYEN and tier is Tier.XA
    return Board(field, tier, query.district if by_district else None)


def ranking_view(
    results: MovementResults,
    plans: Sequence[Plan],
    board: Board,
    query: RankingAsked,
    today: date,
    seen: Seen | None = None,
) -> RankingView:
    """The page of a board. ``plans`` are the movements to choose from; ``today`` is the local day."""
    plan, register = results.plan, results.register
    ranks = results.ranks(board.field.id, board.tier, board.district)
    scores = results.scores(*board.key).by_unit
    before = _ranks_before(results, board, seen)
    tied = Counter(ranks.values())
    awards = list(awards_of(plan, board))
    matches = found_codes(results, board, query)
    marked = query.marked if query.marked in ranks else next(iter(matches & {*ranks}), "") if len(matches) == 1 else ""
    ordered = in_order(ranks, register)
    rows = [
        RankRow(
            rank=ranks[code],
            tied=tied[ranks[code]] - 1,
            name=short_name(register, code),
            score=diem(scores[code].score, board.field.decimals),
            interim=not scores[code].final,
            moved=_moved(before.get(code), ranks[code]) if before is not None else "",
            within=award_within(ranks[code], awards),
            marked=code == marked,
            address=addresses.why(movement_key_of(plan), code),
        )
        for code in ordered
        if not query.typed or code in matches
    ]
    districts = districts_of(results.ranked(Tier.XA), register) if board.tier is Tier.XA else []
    missing = sum(
        unit.code not in ranks for unit in results.ranked(board.tier) if board.district in (None, unit.parent)
    )
    moves = [] if before is None else list(_moves(before, ranks, register))
    return RankingView(
        first=_first(board, ordered, ranks, missing, register),
        empty=_empty(results, board, today) if not ranks else _none_found(query.typed, rows),
        movement=plan.movement.name if plan.movement else "",
        title=board_title(board, register),
        cut_offs="; ".join(f"{_award_name(award)}: hạng 1{_to(most)}" for award, most in awards),
        rows=rows,
        strip=_strip(results, board, marked) if ranks else None,
        moves=movement(board_title(board, register), moves[:MAX_MOVES]) if moves else None,
        moved=f"Từ lần xem trước ({gio_ngay(seen.at)}): {len(moves)} đơn vị đổi hạng" if moves and seen else "",
        fields=choices([(field.id, field.name) for field in plan.fields], board.field.id),
        tiers=choices([(tier.value, TIER_NAMES[tier]) for tier in _tiers(plan)], board.tier.value),
        districts=choices([("", "Toàn tỉnh"), *districts], board.district or "") if districts else (),
        movements=movements(plans, plan),
        typed=query.typed,
        tables=addresses.tables(
            addresses.RANKING,
            phong_trao=movement_key_of(plan),
            linh_vuc=board.field.id,
            cap=board.tier.value,
            huyen=board.district,
            tim=query.typed,
        )
        if rows
        else (),
    )


def in_order(ranks: Mapping[str, int], register: UnitRegister) -> list[str]:
    """The codes of the units by rank; those that share one by name."""
    return sorted(ranks, key=lambda code: (ranks[code], short_name(register, code)))


def found_codes(results: MovementResults, board: Board, query: RankingAsked) -> set[str]:
    """The codes of the units that the typed text means."""
    return {unit.code for unit in found(results.ranked(board.tier), results.register, query.typed)}


@lru_cache(maxsize=64)
def _strip(results: MovementResults, board: Board, marked: str) -> Picture:
    """The scores as points, with the lowest score that the least demanding award accepts drawn through."""
    register, ranks = results.register, results.ranks(board.field.id, board.tier, board.district)
    scores = results.scores(*board.key).by_unit
    most = max((most for _, most in awards_of(results.plan, board)), default=0)
    within = [scores[code].score for code, rank in ranks.items() if rank <= most]
    points = [Scored(short_name(register, code), scores[code].score) for code in sorted(ranks, key=ranks.__getitem__)]
    name = short_name(register, marked) if marked else ""
    return score_strip(board.field.name, points, min(within, default=None), name, min(board.field.decimals, 2))


def _tiers(plan: Plan) -> Iterator[Tier]:
    """The tiers that have a board: those of awards, and those that some field is reported about."""
    for tier in TIER_NAMES:
        if any(award.tier is tier for award in plan.awards) or any(has_feed(plan, f.id, tier) for f in plan.fields):
            yield tier


def awards_of(plan: Plan, board: Board) -> Iterator[tuple[Award, int]]:
    """The awards that ask for a rank on this very board, with the last rank that they accept."""
    for award in plan.awards:
        if award.tier is not board.tier or within_parent(plan, award) != (board.district is not None):
            continue
        for rule in award.rank_rules:
            if rule.field == board.field.id:
                yield award, rule.at_most


def _award_name(award: Award) -> str:
    return award.name.partition(" cho ")[0]


def _to(most: int) -> str:
    return "" if most == 1 else f" đến {most}"


def award_within(rank: int, awards: Sequence[tuple[Award, int]]) -> str:
    """The highest award whose required rank a unit has; empty for none."""
    return next((_award_name(award).partition(" của ")[0] for award, most in awards if rank <= most), "")


def board_title(board: Board, register: UnitRegister) -> str:
    """What a board ranks, of which tier and where."""
    scope = short_name(register, board.district) if board.district else "toàn tỉnh"
    return f"{board.field.name} – {TIER_NAMES[board.tier]}, {scope}"


def _first(board: Board, ordered: Sequence[str], ranks: Mapping[str, int], missing: int, register: UnitRegister) -> str:
    if not ordered:
        return board_title(board, register)
    leaders = [short_name(register, code) for code in ordered if ranks[code] == 1]
    lead = f"dẫn đầu: {leaders[0]}" if len(leaders) == 1 else f"{len(leaders)} đơn vị cùng dẫn đầu"
    incomplete = f"; bảng xếp hạng chưa đủ, còn {missing} đơn vị chưa có điểm" if missing else ""
    return f"{board_title(board, register)}: {len(ordered)} đơn vị có điểm, {lead}{incomplete}"


def _empty(results: MovementResults, board: Board, today: date) -> str:
    """Why there is no board yet: who is to report it by when."""
    plan, register = results.plan, results.register
    reporting = {obligation.id for obligation in feeds(plan, board.field.id, board.tier)}
    duty = next((duty for duty in duties(plan, register, today) if duty.obligation in reporting), None)
    if duty is None:
        return (
            f"Chưa xếp hạng được lĩnh vực {board.field.name}: không cơ quan nào được giao báo cáo điểm của "
            f"{TIER_NAMES[board.tier].lower()}."
        )
    return (
        f"Chưa xếp hạng được lĩnh vực {board.field.name}: chưa nhận báo cáo của {full_name(register, duty.owner)}, "
        f"thời hạn {thoi_han(duty.last_day)}."
    )


def _none_found(typed: str, rows: Sequence[RankRow]) -> str:
    if rows:
        return ""
    return f"Không có đơn vị nào tên “{typed}” trong bảng này. Kiểm tra lại tên, cấp hoặc huyện."


def _ranks_before(results: MovementResults, board: Board, seen: Seen | None) -> Mapping[str, int] | None:
    if seen is None or seen.scores.by_unit == results.scores(*board.key).by_unit:
        return None
    then = MovementResults(results.plan, results.register, boards={board.key: seen.scores})
    return then.ranks(board.field.id, board.tier, board.district)


def _moved(before: int | None, now: int) -> str:
    if before is None:
        return "mới có điểm"
    return "" if before == now else f"▲ {before - now}" if before > now else f"▼ {now - before}"


def _moves(before: Mapping[str, int], now: Mapping[str, int], register: UnitRegister) -> Iterator[Move]:
    """The units whose rank moved, the highest of now first."""
    moved = [unit for unit in {**now, **before} if before.get(unit) != now.get(unit)]
    for unit in sorted(moved, key=lambda code: (now.get(code, len(now) + 1), code)):
        yield Move(short_name(register, unit), before.get(unit), now.get(unit))
