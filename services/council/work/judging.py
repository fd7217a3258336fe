"""*Ghi ý kiến thẩm định*: many units judged on one criterion in one form. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from services.council.desk import addresses
from services.council.desk.answers import OUTCOME_NAMES, Outcome, outcome_of, waits_for_judgement
from services.council.desk.choosing import districts_of, movement_key_of
from services.council.desk.criteria import JUDGING, MAX_ROWS, CriteriaAsked
from services.council.judgement_rules import judgement_text
from services.council.standings import MovementResults
from services.council.state import EntryKey
from shared.contracts.awards import Award
from shared.contracts.council import Judgement, JudgementGiven
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Code, StrictModel, Text, Tier, Verdict
from shared.contracts.units import Unit
from shared.wording.formats import gio_ngay
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import at_the_beginning, short_name

_Judged = Literal[Verdict.PASS, Verdict.FAIL]


class RowJudged(StrictModel):
    """A ticked unit. ``seen`` is the version of its judgement that the form showed, 0 for none.

    A verdict or a reason of its own counts before the joint one.
    """

    unit: Code
    chosen: Literal["co"]
    seen: Annotated[int, Field(ge=0)]
    verdict: _Judged | None = None
    reason: Text | None = None


class ManyJudged(StrictModel):
    """The form: the joint verdict and reason, and the ticked units."""

    criterion: Code
    verdict: _Judged | None = None
    reason: Text | None = None
    rows: Annotated[tuple[RowJudged, ...], Field(max_length=2000)] = ()

    @property
    def seen(self) -> dict[EntryKey, int]:
        """The versions that the form showed."""
        return {(row.unit, self.criterion): row.seen for row in self.rows}


ROW: Final = "/rows/{}/unit"
"""Where the unit of the row with a number stands in the form."""


def judgements_of(form: ManyJudged) -> tuple[list[JudgementGiven], list[JsonObject]]:
    """The judgement of each ticked unit, and what the form lacks: JSON pointers and Vietnamese texts."""
    problems: list[JsonObject] = []
    if not form.rows:
        problems.append({"pointer": "/rows", "detail": "Chưa chọn đơn vị nào."})
    if form.verdict is None and any(row.verdict is None for row in form.rows):
        detail = "Chọn ý kiến chung, hoặc ý kiến riêng cho từng đơn vị đã chọn."
        problems.append({"pointer": "/verdict", "detail": detail})
    if form.reason is None and any(row.reason is None for row in form.rows):
        detail = "Ghi lý do chung, hoặc lý do riêng cho từng đơn vị đã chọn."
        problems.append({"pointer": "/reason", "detail": detail})
    given = [
        JudgementGiven(unit=row.unit, criterion=form.criterion, verdict=verdict, reason=reason)
        for row in form.rows
        if (verdict := row.verdict or form.verdict) is not None and (reason := row.reason or form.reason) is not None
    ]
    return given, problems


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A unit of the form. ``number`` is its place in the register, which names its fields.

    ``place`` is the end of its full name; ``stands`` is what the award comes to for it; ``recorded`` its judgement.
    """

    number: int
    unit: str
    name: str
    place: str
    why: str
    stands: str
    recorded: str
    seen: int
    ticked: bool


@dataclass(frozen=True, slots=True)
class JudgingView:
    """The page. ``address`` is its own with what it is narrowed to, ``back`` that of *Xét tiêu chuẩn*."""

    address: str
    back: str
    first: str
    latest: str
    award: str
    criterion: str
    criterion_name: str
    others: Sequence[tuple[str, str]]
    waiting: Sequence[JudgedRow]
    judged: Sequence[JudgedRow]
    district: str
    districts_left: Sequence[tuple[str, str]]
    what: str


def judging_view(
    results: MovementResults,
    award: Award,
    query: CriteriaAsked,
    criterion: str,
    standing: Mapping[EntryKey, Judgement],
    ticked: bool = True,
) -> JudgingView:
    """The form for the units that *Xét tiêu chuẩn* is narrowed to.

    Units judged already stay on the page whatever their result has become, so that they can be corrected. Without
    ``ticked`` no unit is ticked beforehand.
    """
    plan, register, movement = results.plan, results.register, movement_key_of(results.plan)
    lacking = _lacking(results, award, standing)
    wanted = next((outcome for outcome in Outcome if outcome.value == query.outcome), None)
    counts = {rule: sum(_is_wanted(results, award, unit, wanted) for unit in units) for rule, units in lacking.items()}
    judged_on = {rule.criterion for rule in award.rules if any(key[1] == rule.criterion for key in standing)}
    possible = [rule.criterion for rule in award.rules if counts.get(rule.criterion) or rule.criterion in judged_on]
    if criterion not in possible:
        criterion = max(possible, key=lambda rule: counts.get(rule, 0), default="")
    waiting = [unit for unit in lacking.get(criterion, ()) if _is_wanted(results, award, unit, wanted)]
    judged = [unit for unit in results.ranked(award.tier) if (unit.code, criterion) in standing]
    districts = districts_of([*waiting, *judged], register) if award.tier is Tier.XA else []
    district = query.district if query.district in dict(districts) else ""
    left: Sequence[tuple[str, str]] = ()
    if districts and not district and len(waiting) + len(judged) > MAX_ROWS:
        of_waiting = {unit.parent for unit in waiting}
        district = next((code for code, _ in districts if code in of_waiting), districts[0][0])
    if district:
        left = [
            (name, _address(JUDGING, movement, award, code, query.outcome, criterion))
            for code, name in districts
            if code != district
        ]
        waiting, judged = ([u for u in units if u.parent == district] for units in (waiting, judged))
    name = criterion_name(plan, criterion) if criterion else ""
    numbers = {unit.code: n for n, unit in enumerate(register.units)}

    def row(unit: Unit) -> JudgedRow:
        short, place, of = short_name(register, unit.code).partition(", ")
        outcome, given = outcome_of(results, award, unit.code), standing.get((unit.code, criterion))
        return JudgedRow(
            number=numbers[unit.code],
            unit=unit.code,
            name=at_the_beginning(short),
            place=place + of,
            why=addresses.why(movement, unit.code, award.id, criterion),
            stands=OUTCOME_NAMES[outcome] if outcome else "",
            recorded=f"{judgement_text(given)}." if given else "",
            seen=given.version if given else 0,
            ticked=ticked and given is None,
        )

    return JudgingView(
        address=_address(JUDGING, movement, award, district, query.outcome, criterion),
        back=_address(addresses.CRITERIA, movement, award, district, query.outcome),
        first=_first(len(waiting), len(judged)),
        latest=_latest([standing[unit.code, criterion] for unit in judged]),
        award=award.name,
        criterion=criterion,
        criterion_name=name,
        others=[
            (
                f"{criterion_name(plan, other)} ({counts.get(other, 0)} chờ thẩm định)",
                _address(JUDGING, movement, award, district, query.outcome, other),
            )
            for other in possible
            if other != criterion
        ],
        waiting=[row(unit) for unit in waiting],
        judged=[row(unit) for unit in judged],
        district=at_the_beginning(dict(districts)[district]) if district else "",
        districts_left=left,
        what=(
            f"Ghi ý kiến về tiêu chuẩn “{name}” cho các đơn vị đang chọn; đơn vị không chọn giữ nguyên. "
            "Ghi rồi vẫn sửa được."
        ),
    )


def _lacking(
    results: MovementResults, award: Award, standing: Mapping[EntryKey, Judgement]
) -> Mapping[str, Sequence[Unit]]:
    """The units that wait for judgement, and have none yet, by criterion. A judgement just given has no result yet."""
    lacking: dict[str, list[Unit]] = {}
    for unit in results.ranked(award.tier):
        for finding in results.findings(award, unit.code):
            if waits_for_judgement(finding) and (unit.code, finding.criterion) not in standing:
                lacking.setdefault(finding.criterion, []).append(unit)
    return lacking


def _is_wanted(results: MovementResults, award: Award, unit: Unit, wanted: Outcome | None) -> bool:
    return wanted is None or outcome_of(results, award, unit.code) is wanted


def _address(path: str, movement: str, award: Award, district: str, outcome: str, criterion: str = "") -> str:
    return addresses.with_query(
        path, phong_trao=movement, hinh_thuc=award.id, huyen=district, ket_qua=outcome, tieu_chuan=criterion
    )


def _first(waiting: int, judged: int) -> str:
    if not waiting and not judged:
        return "Không có đơn vị nào chờ thẩm định trong danh sách đang lọc."
    if not waiting:
        return f"Đã thẩm định cả {judged} đơn vị."
    return f"{waiting} đơn vị chờ thẩm định" + (f", {judged} đơn vị đã thẩm định." if judged else ".")


def _latest(judgements: Sequence[Judgement]) -> str:
    """What was recorded last: all judgements of one form have one instant."""
    if not judgements:
        return ""
    last = max(judgements, key=lambda judgement: judgement.at)
    count = sum((judgement.at, judgement.by) == (last.at, last.by) for judgement in judgements)
    return f"Lần ghi gần nhất: {count} đơn vị, {last.by} ghi lúc {gio_ngay(last.at)}."
