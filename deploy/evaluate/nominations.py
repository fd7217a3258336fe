"""The nominations of `thidua evaluate`, decided in the order of time by intake's own rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from deploy.evaluate.units import RANKED_TIERS, Roster
from services.intake.nominations.rules import NominationRequest, decide, withdraw
from shared.contracts.awards import SubjectKind
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.plans.quotas import NominationContext
from shared.tables.reading import rows
from shared.tables.rows import Row
from shared.wording.formats import gio_ngay

NOMINATIONS = ("nomination", "movement", "nominator", "award", "kind", "subject", "at", "withdrawn_at")

_WITHDRAW, _NOMINATE, _WITHDRAW_AT_ONCE = 0, 1, 2
"""The order of steps at one instant. A nomination withdrawn at its own instant is withdrawn after it is made."""

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
"""Other words for the kinds of subject, and the kind each of them means."""


class NominationOutcome(TypedDict):
    """What became of a nomination; ``reason`` is Vietnamese."""

    nomination: str
    accepted: bool
    reason: str


def read_nominations(path: Path, plans: Sequence[Plan], roster: Roster) -> list[NominationOutcome]:
    """Every nomination's outcome as JSON values, decided in the order of time. Raises ``UnreadableRow``.

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
        steps.append((at, _NOMINATE, nomination, row))
        if withdrawn is not None:
            steps.append((withdrawn, _WITHDRAW_AT_ONCE if withdrawn == at else _WITHDRAW, nomination, row))
    by_outer_movement: dict[str, dict[str, Nomination]] = defaultdict(dict)
    outcomes: dict[str, Nomination | str] = {}
    for at, order, nomination, row in sorted(steps, key=lambda step: step[:3]):
        plan = by_movement.get(row.cells["movement"])
        if plan is None or plan.movement is None:
            outcomes[nomination] = f"unknown_movement: không có phong trào “{row.cells['movement']}”"
            continue
        within = by_movement.get(plan.movement.within or "")
        decided = by_outer_movement[plan.movement.within or plan.movement.id]
        if order != _NOMINATE:
            if nomination in decided and decided[nomination].status == "accepted":
                outcomes[nomination] = decided[nomination] = withdraw(decided[nomination], at)
            continue
        kind = _subject_kind(row)
        if kind is None:
            outcomes[nomination] = f"unknown_kind: không có loại đối tượng “{row.cells['kind']}”"
            continue
        request = NominationRequest(
            id=nomination,
            movement=plan.movement.id,
            award=row.cells["award"],
            nominator=roster.codes.get(row.cells["nominator"], row.cells["nominator"]),
            kind=kind,
            subject=roster.codes.get(row.cells["subject"], row.cells["subject"]),
        )
        context = NominationContext(plan, within, roster.register)
        outcomes[nomination] = decided[nomination] = decide(request, list(decided.values()), context, at)
    return [_outcome(nomination, outcomes[nomination], roster) for nomination in sorted(outcomes)]


def _subject_kind(row: Row) -> SubjectKind | None:
    name = row.cells["kind"].lower().replace("-", "_").replace(" ", "_")
    name = "tap_the" if name in RANKED_TIERS else _GENERIC_KINDS.get(name, name)
    return SubjectKind(name) if name in set(SubjectKind) else None


def _outcome(nomination: str, outcome: Nomination | str, roster: Roster) -> NominationOutcome:
    if isinstance(outcome, str):
        return {"nomination": nomination, "accepted": False, "reason": outcome}
    if outcome.status == "refused":
        return {
            "nomination": nomination,
            "accepted": False,
            "reason": roster.with_file_codes(f"{outcome.reason}: {outcome.detail}"),
        }
    left = "không giới hạn số lượng" if outcome.places_left is None else f"còn {outcome.places_left} chỗ"
    if outcome.withdrawn_at is not None:
        return {"nomination": nomination, "accepted": True, "reason": f"đã rút lúc {gio_ngay(outcome.withdrawn_at)}"}
    return {"nomination": nomination, "accepted": True, "reason": left}
