"""The form that calls a session which no plan lists (A23). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.contracts.json_values import JsonValue
from shared.contracts.plan import Plan
from shared.runtime.http.pages.submitted import Body, Submitted

PLAN = "ke-hoach"
"""The field that says under which plan the session is called; it belongs to the address that a program would use."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of a plan that may be put before the session, by id and name."""

    plan: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CallingView:
    """The page: the plans under which a session can be called, the movements it may treat, the plans' tasks."""

    plans: Sequence[tuple[str, str]]
    movements: Sequence[tuple[str, str]]
    tasks: Sequence[Tasks]


def calling_view(plans: Sequence[Plan]) -> CallingView:
    """The page under the newest plans."""
    working = [plan for plan in plans if plan.sessions]
    return CallingView(
        plans=[(f"{plan.province}/{plan.id}", plan.source.name) for plan in working],
        movements=[(plan.movement.id, plan.movement.name) for plan in plans if plan.movement],
        tasks=[
            Tasks(plan.source.name, [(task.id, task.name) for task in plan.tasks]) for plan in working if plan.tasks
        ],
    )


def calling_body(submitted: Submitted, taken: Sequence[str]) -> tuple[str, str, Body]:
    """The province and plan that a form names, and the body that a program would send, with an id that is free.

    ``taken`` are the ids of the stored sessions, as ``<province>/<plan>/<session>``.
    """
    province, _, plan = submitted.text(PLAN).partition("/")
    left_out = {name: values for name, values in submitted.values.items() if name != PLAN}
    body = Submitted(left_out).body(days=("day",))
    base = f"trieu-tap-{body.value['day']}" if _is_day(body.value.get("day")) else "trieu-tap"
    keys = (base, *(f"{base}-{n}" for n in range(2, 1000)))
    free = next(key for key in keys if f"{province}/{plan}/{key}" not in taken)
    return province, plan, Body({**body.value, "id": free}, body.fields)


def _is_day(value: JsonValue) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True
