"""What a new version of a plan changes, and for whom, in Vietnamese. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

from shared.contracts.awards import Award, NominatedAward, QuotaRow
from shared.contracts.choices import SWITCHES, default_of
from shared.contracts.obligations import Obligation, Role
from shared.contracts.plan import Movement, Plan
from shared.contracts.programme import Task
from shared.plans.criteria.table import requirement_of
from shared.wording.plan_changes import (
    Change,
    added_and_dropped,
    day_or_none,
    due,
    other_changes,
    pairs,
    period_or_none,
    quota_size,
    shortened,
    tenure_span,
    value_change,
    value_of,
    window,
)
from shared.wording.plan_names import SECTIONS, TIERS

NameOf = Callable[[str], str]
"""A unit's name by its code."""

EVERYBODY = "Mọi đơn vị"
COUNCIL = "Hội đồng Thi đua - Khen thưởng"
NOBODY = "Cơ quan không nêu tên"

_RANKS = {"all": "đạt ở mọi lĩnh vực", "any": "đạt ở ít nhất một lĩnh vực", None: "theo lựa chọn A4"}
_SCOPES = {"tinh": "toàn tỉnh", "parent": "trong cùng đơn vị cấp trên"}
_DESCRIBED = frozenset(
    {"version", "movement", "roles", "obligations", "awards", "nominated", "sessions", "tasks", "parameters"}
)


def diff(old: Plan, new: Plan, name_of: NameOf) -> list[Change]:
    """The changes from one version of a plan to another, sorted by whom they concern.

    Every difference is listed: those people must act on with old and new values, the rest by the name of the section
    or field.
    """
    changes = [
        *_movement(old.movement, new.movement),
        *_roles(old, new, name_of),
        *_obligations(old, new, name_of),
        *_awards(old, new),
        *_nominated(old, new, name_of),
        *_sessions(old, new),
        *_tasks(old, new, name_of),
        *_parameters(old, new),
        *_other_sections(old, new, name_of),
    ]
    return sorted(set(changes))


def _movement(old: Movement | None, new: Movement | None) -> Iterator[Change]:
    if old is None or new is None:
        for verb, movement in (("bỏ", old), ("thêm", new)):
            if movement is not None:
                yield Change(EVERYBODY, f"{verb} phong trào “{movement.name}”")
        return
    yield from value_change(EVERYBODY, "thời gian phong trào", window(old.period), window(new.period))
    as_of = day_or_none(old.as_of), day_or_none(new.as_of)
    yield from value_change(EVERYBODY, "ngày chốt số liệu của phong trào", *as_of)
    decided = day_or_none(old.decided_by), day_or_none(new.decided_by)
    yield from value_change(EVERYBODY, "ngày quyết định khen thưởng cuối cùng", *decided)
    yield from other_changes(EVERYBODY, "phong trào", old, new, {"period", "as_of", "decided_by"})


def _roles(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    for before, after, row in pairs(old.roles, new.roles):
        label = f"vai trò “{row.name}”"
        duties = [o.id for plan in (old, new) for o in plan.obligations if o.reporter == row.id]
        suffix = f" (nghĩa vụ báo cáo {', '.join(dict.fromkeys(duties))})" if duties else ""
        old_tenures, new_tenures = _tenures(before), _tenures(after)
        for unit in dict.fromkeys((*old_tenures, *new_tenures)):
            who = name_of(unit)
            if unit not in old_tenures:
                yield Change(who, f"đảm nhiệm {label} {new_tenures[unit]}{suffix}")
            elif unit not in new_tenures:
                yield Change(who, f"thôi đảm nhiệm {label} ({old_tenures[unit]}){suffix}")
            else:
                span = f"thời gian đảm nhiệm {label}"
                yield from value_change(who, span, old_tenures[unit], new_tenures[unit], suffix)
        if before and after:
            yield from other_changes(EVERYBODY, label, before, after, {"held"})


def _tenures(role: Role | None) -> dict[str, str]:
    """The time during which each unit holds a role, in words, by the unit's code."""
    spans: dict[str, str] = {}
    for tenure in role.held if role else ():
        spans[tenure.unit] = ", ".join(filter(None, (spans.get(tenure.unit), tenure_span(tenure))))
    return spans


def _reporters(plan: Plan, obligation: Obligation, name_of: NameOf) -> list[str]:
    """Who must report: the holders of the role on the due days, or its last holder if there are none."""
    if obligation.reporter is not None:
        tenures = plan.role[obligation.reporter].held
        days = [due.last_day for due in obligation.dues(plan.choices.due_day)]
        on_time = [tenure for tenure in tenures if any(map(tenure.covers, days))]
        return [name_of(tenure.unit) for tenure in on_time or tenures[-1:]]
    return [TIERS[tier] for tier in obligation.each] or [obligation.others or NOBODY]


def _obligations(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    for before, after, row in pairs(old.obligations, new.obligations):
        old_reporters = _reporters(old, before, name_of) if before else []
        new_reporters = _reporters(new, after, name_of) if after else []
        if before is None or after is None:
            verb = "thêm" if after else "bỏ"
            for who in new_reporters or old_reporters:
                yield Change(who, f"{verb} nghĩa vụ {row.id}: {shortened(row.what)} ({due(row)})")
            continue
        label = f"nghĩa vụ {after.id} ({shortened(after.what)})"
        if (before.reporter, before.each, before.others) != (after.reporter, after.each, after.others):
            dropped = [who for who in old_reporters if who not in new_reporters]
            added = [who for who in new_reporters if who not in old_reporters]
            yield from (Change(who, f"thôi thực hiện {label}") for who in dropped)
            yield from (Change(who, f"nhận {label}, {due(after)}") for who in added)
            if not dropped and not added:
                yield from (Change(who, f"{label}: sửa cơ quan thực hiện") for who in new_reporters)
        tiers = added_and_dropped("đối tượng", [TIERS[t] for t in before.tiers], [TIERS[t] for t in after.tiers])
        for who in new_reporters:
            yield from value_change(who, f"{label}: thời hạn", due(before), due(after))
            periods = period_or_none(before), period_or_none(after)
            yield from value_change(who, f"{label}: kỳ báo cáo", *periods)
            as_of = day_or_none(before.as_of), day_or_none(after.as_of)
            yield from value_change(who, f"{label}: ngày chốt số liệu", *as_of)
            yield from (Change(who, f"{label}: {text}") for text in tiers)
            described = {"reporter", "each", "others", "before", "window", "yearly", "periodic", "period", "as_of"}
            yield from other_changes(who, label, before, after, described | ({"tiers"} if tiers else set()))
        for verb, present, absent in (("được", after, before), ("không còn được", before, after)):
            for tier in present.tiers:
                if tier not in absent.tiers:
                    yield Change(TIERS[tier], f"{verb} báo cáo, đánh giá theo {label}")


def _awards(old: Plan, new: Plan) -> Iterator[Change]:
    for before, after, _ in pairs(old.awards, new.awards):
        if before is None or after is None or before.tier is not after.tier:
            for verb, award in (("bỏ", before), ("thêm", after)):
                if award is not None:
                    yield Change(TIERS[award.tier], f"{verb} hình thức {award.id}: {award.name}")
        if before is None or after is None:
            continue
        who, label = TIERS[after.tier], f"{after.id} ({after.name})"
        old_criteria, new_criteria = _criteria(old, before), _criteria(new, after)
        for name in dict.fromkeys((*old_criteria, *new_criteria)):
            if name not in old_criteria:
                yield Change(who, f"{label}: thêm tiêu chuẩn “{name}”: {new_criteria[name]}")
            elif name not in new_criteria:
                yield Change(who, f"{label}: bỏ tiêu chuẩn “{name}”: {old_criteria[name]}")
            else:
                yield from value_change(who, f"{label}: tiêu chuẩn “{name}”", old_criteria[name], new_criteria[name])
        yield from value_change(who, f"{label}: số lượng", value_of(before.quota), value_of(after.quota))
        yield from value_change(who, f"{label}: xếp hạng", _RANKS[before.ranks], _RANKS[after.ranks])
        yield from value_change(who, f"{label}: phạm vi xếp hạng", _SCOPES[before.scope], _SCOPES[after.scope])
        described = {"tier", "quota", "ranks", "scope"} | ({"rules"} if old_criteria != new_criteria else set())
        yield from other_changes(who, label, before, after, described)


def _criteria(plan: Plan, award: Award) -> dict[str, str]:
    """An award's requirements in words, by the names of its criteria."""
    names = {criterion.id: criterion.name for criterion in plan.criteria}
    fields = {field.id: field.name for field in plan.fields}
    requirements: dict[str, str] = {}
    for rule in award.rules:
        name = names[rule.criterion]
        requirements[name] = "; ".join(filter(None, (requirements.get(name), requirement_of(rule, fields))))
    return requirements


def _nominated(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    for before, after, row in pairs(old.nominated, new.nominated):
        label = f"đề nghị {row.id} ({row.name})"
        old_quotas, new_quotas = _quotas(before, name_of), _quotas(after, name_of)
        if before is None or after is None:
            verb = "thêm" if after else "bỏ"
            yield from (Change(who, f"{verb} {label}: {size}") for who, size in (new_quotas or old_quotas).items())
            if not new_quotas and not old_quotas:
                yield Change(EVERYBODY, f"{verb} {label}")
            continue
        for who in dict.fromkeys((*old_quotas, *new_quotas)):
            no_quota = "không được đề nghị"
            sizes = old_quotas.get(who, no_quota), new_quotas.get(who, no_quota)
            yield from value_change(who, f"{label}: số lượng", *sizes)
        for who in new_quotas or (EVERYBODY,):
            described = {"places"} if old_quotas != new_quotas else set[str]()
            yield from other_changes(who, label, before, after, described)


def _quotas(award: NominatedAward | None, name_of: NameOf) -> dict[str, str]:
    """The size of each nominator's quota in words, by the nominator's name."""

    def nominator(row: QuotaRow) -> str:
        return TIERS[row.tier] if row.tier else name_of(row.unit or "")

    return {nominator(row): quota_size(row.at_most) for row in (award.places if award else ())}


def _sessions(old: Plan, new: Plan) -> Iterator[Change]:
    for before, after, row in pairs(old.sessions, new.sessions):
        if before is None or after is None:
            verb = "thêm" if after else "bỏ"
            yield Change(COUNCIL, f"{verb} phiên họp {row.id} ({row.name}): {window(row.window)}")
            continue
        label = f"phiên họp {after.id} ({after.name})"
        yield from value_change(COUNCIL, f"{label}: thời gian", window(before.window), window(after.window))
        for kind, old_ids, new_ids in (
            ("nhiệm vụ", before.tasks, after.tasks),
            ("phong trào", before.movements, after.movements),
        ):
            yield from (Change(COUNCIL, f"{label}: {text}") for text in added_and_dropped(kind, old_ids, new_ids))
        yield from other_changes(COUNCIL, label, before, after, {"window", "tasks", "movements"})


def _tasks(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    def span(task: Task) -> str:
        return f"ngày {day_or_none(task.day)} ({window(task.window)})" if task.day else window(task.window)

    for before, after, _ in pairs(old.tasks, new.tasks):
        if before is None or after is None or before.lead != after.lead:
            for verb, task in (("thôi chủ trì" if after else "bỏ", before), ("nhận" if before else "thêm", after)):
                if task is not None:
                    yield Change(
                        name_of(task.lead), f"{verb} nhiệm vụ {task.id} ({shortened(task.name)}): {span(task)}"
                    )
        if before and after:
            who, label = name_of(after.lead), f"nhiệm vụ {after.id} ({shortened(after.name)})"
            yield from value_change(who, f"{label}: thời gian", span(before), span(after))
            yield from other_changes(who, label, before, after, {"lead", "window", "day"})


def _parameters(old: Plan, new: Plan) -> Iterator[Change]:
    for before, after, row in pairs(old.parameters, new.parameters):
        label, default = f"lựa chọn {row.id}", value_of(default_of(row.id)) if row.id in SWITCHES else None
        old_value = value_of(before.value) if before else default
        new_value = value_of(after.value) if after else default
        reason = f". Lý do: {after.reason}" if after else ""
        if old_value != new_value:
            yield from value_change(EVERYBODY, label, old_value or "chưa có", new_value or "không còn", reason)
        elif before is None or after is None:
            verb = "nêu rõ" if after else "không nêu nữa"
            yield Change(EVERYBODY, f"{verb} {label} ({new_value}, như mặc định){reason}")
        if before and after:
            yield from other_changes(EVERYBODY, label, before, after, {"value"})


def _other_sections(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    """Changes of the sections that no rule follows from, and of the plan's own head."""
    for name in sorted(Plan.model_fields.keys() - _DESCRIBED):
        before, after, section = getattr(old, name), getattr(new, name), SECTIONS.get(name, name)
        if before == after:
            continue
        if name == "owners":
            for verb, rows, others in (("bỏ", before, after), ("thêm", after, before)):
                yield from (Change(name_of(o.unit), f"{verb} lĩnh vực: {o.field}") for o in rows if o not in others)
        elif _has_ids(name):
            for old_row, new_row, row in pairs(before, after):
                if old_row and new_row:
                    yield from other_changes(EVERYBODY, f"{section} {new_row.id}", old_row, new_row, set())
                else:
                    yield Change(EVERYBODY, f"{'thêm' if new_row else 'bỏ'} {section} {row.id}")
        else:
            yield Change(EVERYBODY, f"sửa mục “{section}”")


def _has_ids(section: str) -> bool:
    """Whether the rows of a plan's section have ids."""
    rows: Any = get_args(Plan.model_fields[section].annotation)
    return bool(rows) and "id" in getattr(rows[0], "model_fields", {})
