"""The nominations of `thidua evaluate`, decided in the order of time by the door's own rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.evaluate.tables import Row, rows
from deploy.evaluate.units import TIERS, Roster
from services.intake.nominations.rules import NominationRequest, decide, withdraw
from shared.contracts.awards import SubjectKind
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.plans.quotas import NominationContext
from shared.wording.formats import gio_ngay

NOMINATIONS = ("nomination", "movement", "nominator", "award", "kind", "subject", "at", "withdrawn_at")

_GENERIC_KINDS = {
    "collective": "tap_the",
    "don_vi": "tap_the",
    "phong": "tap_the",
    "unit": "tap_the",
    "household": "ho_gia_dinh",
    "enterprise": "doanh_nghiep",
    "business": "doanh_nghiep",
    "entrepreneur": "doanh_nhan",
    "individual": "ca_nhan",
    "person": "ca_nhan",
    "citizen": "nguoi_dan",
    "official": "can_bo",
}
"""Other words for the kinds of subject, taken for what they mean."""


def read_nominations(path: Path, plans: Sequence[Plan], roster: Roster) -> list[dict[str, Any]]:
    """Every nomination's fate, decided in the order of time. Raises ``UnreadableRow``.

    At one instant withdrawals come first, then nominations by id, so the order of the lines does not matter.
    """
    by_movement = {plan.movement.id: plan for plan in sorted(plans, key=lambda p: p.version) if plan.movement}
    steps: list[tuple[datetime, int, str, Row]] = []
    seen: set[str] = set()
    for row in rows(path, NOMINATIONS):
        nomination = row.text("nomination")
        if nomination in seen:
            raise row.wrong("nomination", "mỗi đề nghị một dòng")
        seen.add(nomination)
        for column in ("movement", "nominator", "award", "kind", "subject"):
            row.text(column)
        at, withdrawn = row.required_instant("at"), row.instant("withdrawn_at")
        if withdrawn is not None and withdrawn < at:
            raise row.wrong("withdrawn_at", "thời điểm không trước khi đề nghị")
        steps.append((at, 1, nomination, row))
        if withdrawn is not None:
            steps.append((withdrawn, 2 if withdrawn == at else 0, nomination, row))
    rolls: dict[str, dict[str, Nomination]] = defaultdict(dict)
    fates: dict[str, Nomination | str] = {}
    for at, step, nomination, row in sorted(steps, key=lambda each: each[:3]):
        plan = by_movement.get(row.cells["movement"])
        if plan is None or plan.movement is None:
            fates[nomination] = f"unknown_movement: không có phong trào “{row.cells['movement']}”"
            continue
        within = by_movement.get(plan.movement.within or "")
        roll = rolls[plan.movement.within or plan.movement.id]
        if step != 1:
            if nomination in roll and roll[nomination].status == "accepted":
                fates[nomination] = roll[nomination] = withdraw(roll[nomination], at)
            continue
        kind = _subject_kind(row)
        if kind is None:
            fates[nomination] = f"unknown_kind: không có loại đối tượng “{row.cells['kind']}”"
            continue
        asked = NominationRequest(
            id=nomination,
            movement=plan.movement.id,
            award=row.cells["award"],
            nominator=roster.inside.get(row.cells["nominator"], row.cells["nominator"]),
            kind=kind,
            subject=roster.inside.get(row.cells["subject"], row.cells["subject"]),
        )
        decided = decide(asked, list(roll.values()), NominationContext(plan, within, roster.register), at)
        fates[nomination] = roll[nomination] = decided
    return [_fate(nomination, fates[nomination], roster) for nomination in sorted(fates)]


def _subject_kind(row: Row) -> SubjectKind | None:
    name = row.cells["kind"].lower().replace("-", "_").replace(" ", "_")
    name = "tap_the" if name in TIERS else _GENERIC_KINDS.get(name, name)
    return SubjectKind(name) if name in set(SubjectKind) else None


def _fate(nomination: str, fate: Nomination | str, roster: Roster) -> dict[str, Any]:
    if isinstance(fate, str):
        return {"nomination": nomination, "accepted": False, "reason": fate}
    if fate.status == "refused":
        return {"nomination": nomination, "accepted": False, "reason": roster.told(f"{fate.reason}: {fate.detail}")}
    left = "không giới hạn số lượng" if fate.places_left is None else f"còn {fate.places_left} chỗ"
    if fate.withdrawn_at is not None:
        return {"nomination": nomination, "accepted": True, "reason": f"đã rút lúc {gio_ngay(fate.withdrawn_at)}"}
    return {"nomination": nomination, "accepted": True, "reason": left}
