"""What keeps a plan from coming into force. Pure."""

from __future__ import annotations

from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.wording.formats import so


def plan_units(plan: Plan, register: UnitRegister) -> list[str]:
    """Units a plan names that the register does not have: reporters and leads without whom nothing would come."""
    named = {tenure.unit for role in plan.roles for tenure in role.held} | {task.lead for task in plan.tasks}
    named |= {owner.unit for owner in plan.owners} | {unit for group in plan.groups for unit in group.members}
    named |= {places.unit for award in plan.nominated for places in award.places if places.unit}
    return sorted(named - register.by_code.keys())


def plan_breaks(old: Plan, new: Plan) -> list[str]:
    """What a new plan of a movement takes away from what has been reported under the old one, in Vietnamese.

    A role keeps its name, so that versions go on being counted when another unit holds it; a scale and its decimals
    may only grow, so that every score reported still has its place.
    """
    wrong = [
        f"Nghĩa vụ {owed.id}: vai trò báo cáo phải vẫn là “{owed.reporter}”; muốn giao cơ quan khác, hãy thêm cơ quan "
        "giữ vai trò từ ngày chuyển giao."
        for owed in old.obligations
        if owed.id in new.obligation and owed.kind and new.obligation[owed.id].reporter != owed.reporter
    ]
    return wrong + [
        f"Lĩnh vực {field.name}: thang điểm không được nhỏ hơn {so(field.scale)} và không được ít hơn "
        f"{field.decimals} chữ số thập phân."
        for field in old.fields
        if (now := new.field.get(field.id)) and (now.scale < field.scale or now.decimals < field.decimals)
    ]
