"""What another version of a plan changes, and for whom, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

from shared.contracts.awards import Award, NominatedAward, QuotaRow
from shared.contracts.choices import SWITCHES, default_of
from shared.contracts.obligations import Obligation, Role
from shared.contracts.plan import Movement, Plan
from shared.contracts.programme import Task
from shared.wording.plan_changes import (
    Change,
    added_and_dropped,
    asks,
    day_or_none,
    due,
    moved,
    pairs,
    places,
    rest,
    shortened,
    tenure,
    value_of,
    window,
)
from shared.wording.plan_problems import SECTIONS, TIERS

NameOf = Callable[[str], str]
"""A unit's name by its code."""

EVERYBODY = "Mọi đơn vị"
COUNCIL = "Hội đồng Thi đua - Khen thưởng"
NOBODY = "Cơ quan không nêu tên"

_RANKS = {"all": "đạt ở mọi lĩnh vực", "any": "đạt ở ít nhất một lĩnh vực", None: "theo quyết định A4"}
_SCOPES = {"tinh": "toàn tỉnh", "parent": "trong cùng đơn vị cấp trên"}
_TOLD = frozenset(
    {"version", "movement", "roles", "obligations", "awards", "nominated", "sessions", "tasks", "parameters"}
)


def diff(old: Plan, new: Plan, name_of: NameOf) -> list[Change]:
    """What changes from one version of a plan to another, sorted by whom it concerns.

    Everything that differs is told: what people must act on with its old and new value, the rest by its name.
    """
    found = [
        *_movement(old.movement, new.movement),
        *_roles(old, new, name_of),
        *_obligations(old, new, name_of),
        *_awards(old, new),
        *_nominated(old, new, name_of),
        *_sessions(old, new),
        *_tasks(old, new, name_of),
        *_parameters(old, new),
        *_others(old, new, name_of),
    ]
    return sorted(set(found))


def _movement(old: Movement | None, new: Movement | None) -> Iterator[Change]:
    if old is None or new is None:
        for verb, movement in (("bỏ", old), ("thêm", new)):
            if movement is not None:
                yield Change(EVERYBODY, f"{verb} phong trào “{movement.name}”")
        return
    yield from moved(EVERYBODY, "thời gian phong trào", window(old.period), window(new.period))
    yield from moved(EVERYBODY, "ngày chốt số liệu của phong trào", day_or_none(old.as_of), day_or_none(new.as_of))
    decided = day_or_none(old.decided_by), day_or_none(new.decided_by)
    yield from moved(EVERYBODY, "ngày quyết định khen thưởng cuối cùng", *decided)
    yield from rest(EVERYBODY, "phong trào", old, new, {"period", "as_of", "decided_by"})


def _roles(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    for before, after, row in pairs(old.roles, new.roles):
        named = f"vai trò “{row.name}”"
        owed = [o.id for plan in (old, new) for o in plan.obligations if o.reporter == row.id]
        with_them = f" (nghĩa vụ báo cáo {', '.join(dict.fromkeys(owed))})" if owed else ""
        held, holds = _tenures(before), _tenures(after)
        for unit in dict.fromkeys((*held, *holds)):
            who = name_of(unit)
            if unit not in held:
                yield Change(who, f"đảm nhiệm {named} {holds[unit]}{with_them}")
            elif unit not in holds:
                yield Change(who, f"thôi đảm nhiệm {named} ({held[unit]}){with_them}")
            else:
                yield from moved(who, f"thời gian đảm nhiệm {named}", held[unit], holds[unit], with_them)
        if before and after:
            yield from rest(EVERYBODY, named, before, after, {"held"})


def _tenures(role: Role | None) -> dict[str, str]:
    """When each unit holds a role, in words."""
    context: dict[str, str] = {}
    for held in role.held if role else ():
        context[held.unit] = ", ".join(filter(None, (context.get(held.unit), tenure(held))))
    return context


def _owing(plan: Plan, owed: Obligation, name_of: NameOf) -> list[str]:
    """Who owes an obligation: those who hold the role when it is due (at the end, where it has no date)."""
    if owed.reporter is not None:
        held = plan.role[owed.reporter].held
        days = [each.last_day for each in owed.dues(plan.choices.due_day)]
        on_time = [each for each in held if any(map(each.covers, days))]
        return [name_of(each.unit) for each in on_time or held[-1:]]
    return [TIERS[tier] for tier in owed.each] or [owed.others or NOBODY]


def _obligations(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    for before, after, row in pairs(old.obligations, new.obligations):
        owed = _owing(old, before, name_of) if before else []
        pending_recompute = _owing(new, after, name_of) if after else []
        if before is None or after is None:
            verb = "thêm" if after else "bỏ"
            for who in pending_recompute or owed:
                yield Change(who, f"{verb} nghĩa vụ {row.id}: {shortened(row.what)} ({due(row)})")
            continue
        named = f"nghĩa vụ {after.id} ({shortened(after.what)})"
        if (before.reporter, before.each, before.others) != (after.reporter, after.each, after.others):
            gone, come = (
                [who for who in owed if who not in pending_recompute],
                [who for who in pending_recompute if who not in owed],
            )
            yield from (Change(who, f"thôi thực hiện {named}") for who in gone)
            yield from (Change(who, f"nhận {named}, {due(after)}") for who in come)
            if not gone and not come:
                yield from (Change(who, f"{named}: sửa cơ quan thực hiện") for who in pending_recompute)
        tiers = added_and_dropped("đối tượng", [TIERS[t] for t in before.tiers], [TIERS[t] for t in after.tiers])
        for who in pending_recompute:
            yield from moved(who, f"{named}: thời hạn", due(before), due(after))
            yield from moved(who, f"{named}: ngày chốt số liệu", day_or_none(before.as_of), day_or_none(after.as_of))
            yield from (Change(who, f"{named}: {each}") for each in tiers)
            told = {"reporter", "each", "others", "before", "window", "yearly", "as_of"}
            yield from rest(who, named, before, after, told | ({"tiers"} if tiers else set()))
        for verb, now, then in (("được", after, before), ("không còn được", before, after)):
            for tier in now.tiers:
                if tier not in then.tiers:
                    yield Change(TIERS[tier], f"{verb} báo cáo, đánh giá theo {named}")


def _awards(old: Plan, new: Plan) -> Iterator[Change]:
    for before, after, _ in pairs(old.awards, new.awards):
        if before is None or after is None or before.tier is not after.tier:
            for verb, award in (("bỏ", before), ("thêm", after)):
                if award is not None:
                    yield Change(TIERS[award.tier], f"{verb} hình thức {award.id}: {award.name}")
        if before is None or after is None:
            continue
        who, named = TIERS[after.tier], f"{after.id} ({after.name})"
        asked, asking = _criteria(old, before), _criteria(new, after)
        for criterion in dict.fromkeys((*asked, *asking)):
            if criterion not in asked:
                yield Change(who, f"{named}: thêm tiêu chuẩn “{criterion}”: {asking[criterion]}")
            elif criterion not in asking:
                yield Change(who, f"{named}: bỏ tiêu chuẩn “{criterion}”: {asked[criterion]}")
            else:
                yield from moved(who, f"{named}: tiêu chuẩn “{criterion}”", asked[criterion], asking[criterion])
        yield from moved(who, f"{named}: số lượng", value_of(before.quota), value_of(after.quota))
        yield from moved(who, f"{named}: xếp hạng", _RANKS[before.ranks], _RANKS[after.ranks])
        yield from moved(who, f"{named}: phạm vi xếp hạng", _SCOPES[before.scope], _SCOPES[after.scope])
        told = {"tier", "quota", "ranks", "scope"} | ({"rules"} if asked != asking else set())
        yield from rest(who, named, before, after, told)


def _criteria(plan: Plan, award: Award) -> dict[str, str]:
    """What an award asks, by the names of its criteria."""
    names = {criterion.id: criterion.name for criterion in plan.criteria}
    fields = {field.id: field.name for field in plan.fields}
    said: dict[str, str] = {}
    for rule in award.rules:
        name = names[rule.criterion]
        said[name] = "; ".join(filter(None, (said.get(name), asks(rule, fields))))
    return said


def _nominated(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    for before, after, row in pairs(old.nominated, new.nominated):
        named = f"đề nghị {row.id} ({row.name})"
        had, has = _places(before, name_of), _places(after, name_of)
        if before is None or after is None:
            verb = "thêm" if after else "bỏ"
            yield from (Change(who, f"{verb} {named}: {most}") for who, most in (has or had).items())
            if not has and not had:
                yield Change(EVERYBODY, f"{verb} {named}")
            continue
        for who in dict.fromkeys((*had, *has)):
            not_any = "không được đề nghị"
            yield from moved(who, f"{named}: số lượng", had.get(who, not_any), has.get(who, not_any))
        for who in has or (EVERYBODY,):
            yield from rest(who, named, before, after, {"places"} if had != has else set())


def _places(award: NominatedAward | None, name_of: NameOf) -> dict[str, str]:
    """How many each nominator may nominate, in words."""

    def who(row: QuotaRow) -> str:
        return TIERS[row.tier] if row.tier else name_of(row.unit or "")

    return {who(row): places(row.at_most) for row in (award.places if award else ())}


def _sessions(old: Plan, new: Plan) -> Iterator[Change]:
    for before, after, row in pairs(old.sessions, new.sessions):
        if before is None or after is None:
            verb = "thêm" if after else "bỏ"
            yield Change(COUNCIL, f"{verb} phiên họp {row.id} ({row.name}): {window(row.window)}")
            continue
        named = f"phiên họp {after.id} ({after.name})"
        yield from moved(COUNCIL, f"{named}: thời gian", window(before.window), window(after.window))
        for kind, was, now in (
            ("nhiệm vụ", before.tasks, after.tasks),
            ("phong trào", before.movements, after.movements),
        ):
            yield from (Change(COUNCIL, f"{named}: {each}") for each in added_and_dropped(kind, was, now))
        yield from rest(COUNCIL, named, before, after, {"window", "tasks", "movements"})


def _tasks(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    def when(task: Task) -> str:
        return f"ngày {day_or_none(task.day)} ({window(task.window)})" if task.day else window(task.window)

    for before, after, _ in pairs(old.tasks, new.tasks):
        if before is None or after is None or before.lead != after.lead:
            for verb, task in (("thôi chủ trì" if after else "bỏ", before), ("nhận" if before else "thêm", after)):
                if task is not None:
                    yield Change(
                        name_of(task.lead), f"{verb} nhiệm vụ {task.id} ({shortened(task.name)}): {when(task)}"
                    )
        if before and after:
            who, named = name_of(after.lead), f"nhiệm vụ {after.id} ({shortened(after.name)})"
            yield from moved(who, f"{named}: thời gian", when(before), when(after))
            yield from rest(who, named, before, after, {"lead", "window", "day"})


def _parameters(old: Plan, new: Plan) -> Iterator[Change]:
    for before, after, row in pairs(old.parameters, new.parameters):
        named, default = f"quyết định {row.id}", value_of(default_of(row.id)) if row.id in SWITCHES else None
        was = value_of(before.value) if before else default
        now = value_of(after.value) if after else default
        reason = f". Lý do: {after.reason}" if after else ""
        if was != now:
            yield from moved(EVERYBODY, named, was or "chưa có", now or "không còn", reason)
        elif before is None or after is None:
            verb = "nêu rõ" if after else "không nêu nữa"
            yield Change(EVERYBODY, f"{verb} {named} ({now}, như mặc định){reason}")
        if before and after:
            yield from rest(EVERYBODY, named, before, after, {"value"})


def _others(old: Plan, new: Plan, name_of: NameOf) -> Iterator[Change]:
    """What no rule follows from, and the plan's own head."""
    for name in sorted(Plan.model_fields.keys() - _TOLD):
        was, now, section = getattr(old, name), getattr(new, name), SECTIONS.get(name, name)
        if was == now:
            continue
        if name == "owners":
            for verb, gone, there in (("bỏ", was, now), ("thêm", now, was)):
                yield from (Change(name_of(o.unit), f"{verb} lĩnh vực: {o.field}") for o in gone if o not in there)
        elif _has_ids(name):
            for before, after, row in pairs(was, now):
                if before and after:
                    yield from rest(EVERYBODY, f"{section} {after.id}", before, after, set())
                else:
                    yield Change(EVERYBODY, f"{'thêm' if after else 'bỏ'} {section} {row.id}")
        else:
            yield Change(EVERYBODY, f"sửa mục “{section}”")


def _has_ids(section: str) -> bool:
    """Whether a section of a plan is rows with ids."""
    rows: Any = get_args(Plan.model_fields[section].annotation)
    return bool(rows) and "id" in getattr(rows[0], "model_fields", {})
