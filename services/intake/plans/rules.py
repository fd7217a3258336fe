"""What keeps a plan from being published. Pure."""

from __future__ import annotations

from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.wording.formats import so


def unknown_units(plan: Plan, register: UnitRegister) -> list[str]:
    """Codes of units that a plan names and the register lacks: without its reporters and leads no report would come."""
    codes = {tenure.unit for role in plan.roles for tenure in role.held} | {task.lead for task in plan.tasks}
    codes |= {owner.unit for owner in plan.owners} | {unit for group in plan.groups for unit in group.members}
    codes |= {places.unit for award in plan.nominated for places in award.places if places.unit}
    codes |= {plan.office.unit} if plan.office else set()
    return sorted(codes - register.by_code.keys())


def breaking_changes(old: Plan, new: Plan) -> list[str]:
    """Changes in a movement's new plan that would invalidate reports made under the old one, in Vietnamese.

    An obligation keeps its role, so that version numbers continue when another unit holds the role. A field's scale and
    decimals may only grow, so that every score already reported stays valid.
    """
    changes = [
        f"Nghĩa vụ {obligation.id}: vai trò báo cáo phải vẫn là “{obligation.reporter}”; "
        "muốn giao cơ quan khác, hãy thêm cơ quan giữ vai trò từ ngày chuyển giao."
        for obligation in old.obligations
        if obligation.id in new.obligation
        and obligation.kind
        and new.obligation[obligation.id].reporter != obligation.reporter
    ]
    return changes + [
        f"Lĩnh vực {field.name}: thang điểm không được nhỏ hơn {so(field.scale)} và không được ít hơn "
        f"{field.decimals} chữ số thập phân."
        for field in old.fields
        if (now := new.field.get(field.id)) and (now.scale < field.scale or now.decimals < field.decimals)
    ]
