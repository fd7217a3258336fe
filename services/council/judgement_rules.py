"""Which criteria may be judged before the session (ý kiến thẩm định), and the judgements that follow: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.council.state import EntryKey
from shared.contracts.council import Judgement, JudgementGiven, JudgementOfMany
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.wording.formats import gio_ngay
from shared.wording.unit_names import full_name

VERDICT_NAMES: Final[Mapping[Verdict, str]] = {Verdict.PASS: "đạt", Verdict.FAIL: "không đạt"}
"""The verdicts of a judgement, as people read them (within a sentence)."""


def problems_of(
    given: Sequence[JudgementGiven], plan: Plan, register: UnitRegister, pointer: str = "/{}"
) -> list[JsonObject]:
    """Why some judgements cannot be made: for each a JSON pointer and the Vietnamese text.

    ``pointer`` is where the judgement with a number stands in the request.
    """
    details = ((i, judgement_problem(new, plan, register)) for i, new in enumerate(given))
    return [{"pointer": pointer.format(i), "detail": detail} for i, detail in details if detail is not None]


def expand(batch: JudgementOfMany, by: str) -> list[JudgementGiven]:
    """The judgement of each unit that a joint judgement names, given by ``by``; the same reason holds for all."""
    shared = batch.model_dump(exclude={"units"})
    return [JudgementGiven(unit=unit, by=by, **shared) for unit in batch.units]


def repeated_units(batch: JudgementOfMany) -> list[JsonObject]:
    """The units that a joint judgement names twice: for each a JSON pointer and the Vietnamese text."""
    units = batch.units
    detail = "Mỗi đơn vị chỉ được chọn một lần."
    return [{"pointer": f"/units/{i}", "detail": detail} for i, unit in enumerate(units) if unit in units[:i]]


def changed_meanwhile(
    given: Sequence[JudgementGiven],
    seen: Mapping[EntryKey, int],
    standing: Mapping[EntryKey, Judgement],
    pointer: str,
) -> list[JsonObject]:
    """The standing judgements that the caller has not seen: for each a JSON pointer and who gave it, when and why.

    ``seen`` has the version that the caller saw of each unit and criterion, 0 for none. Who sends the same form twice
    has seen what the first one recorded.
    """
    problems: list[JsonObject] = []
    for i, new in enumerate(given):
        previous = standing.get((new.unit, new.criterion))
        if previous is None or previous.version == seen.get((new.unit, new.criterion), 0):
            continue
        if (previous.verdict, previous.reason, previous.by) != (new.verdict, new.reason, new.by):
            problems.append({"pointer": pointer.format(i), "detail": f"Vừa ghi khác: {judgement_text(previous)}."})
    return problems


def judgement_text(judgement: Judgement) -> str:
    """A judgement with who gave it: "không đạt, Nguyễn Thị Hoa ghi lúc 08:14 ngày 06/12/2023; lý do: …"."""
    given = f"{VERDICT_NAMES[judgement.verdict]}, {judgement.by} ghi lúc {gio_ngay(judgement.at)}"
    return f"{given}; lý do: {judgement.reason.removesuffix('.')}"


def judgement_problem(given: JudgementGiven, plan: Plan, register: UnitRegister) -> str | None:
    """Why this judgement cannot be made, in Vietnamese; None when it can."""
    unit = register.by_code.get(given.unit)
    if unit is None:
        return f"Không có đơn vị mang mã “{given.unit}”."
    if not _has_criterion(plan, unit.tier, given.criterion):
        return f"Không có tiêu chuẩn “{given.criterion}” cho cấp của {full_name(register, unit.code)}."
    return None


def _has_criterion(plan: Plan, tier: Tier, criterion: str) -> bool:
    return any(award.tier is tier and any(r.criterion == criterion for r in award.rules) for award in plan.awards)


def judge(
    given: Sequence[JudgementGiven],
    standing: Mapping[EntryKey, Judgement],
    plan: Plan,
    register: UnitRegister,
    movement: str,
    now: datetime,
) -> list[Judgement]:
    """The new judgements, each replacing the standing one on its unit and criterion; repeated ones are left out.

    ``given`` must have no ``judgement_problem``.
    """
    judgements: dict[EntryKey, Judgement] = {}
    for new in given:
        key = new.unit, new.criterion
        previous = judgements.get(key) or standing.get(key)
        if previous is not None and all(getattr(previous, name) == v for name, v in new.model_dump().items()):
            continue
        judgements[key] = Judgement(
            movement=movement,
            plan=plan.ref,
            register_version=register.version,
            tier=register.by_code[new.unit].tier,
            page=register.page_of[new.unit],
            at=now,
            version=(previous.version if previous else 0) + 1,
            **new.model_dump(),
        )
    return list(judgements.values())
