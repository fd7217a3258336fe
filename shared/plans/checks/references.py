"""Checks of what a plan refers to outside itself: units of the register, and movements of other plans. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from shared.contracts.plan import Path
from shared.contracts.units import UnitRegister
from shared.plans.checks.context import EVERY_ROW, Awards, CheckContext, matching, rows_of
from shared.plans.checks.problem import Problem
from shared.plans.positioned_yaml import Position, PositionedYaml
from shared.wording import plan_checks

_UNIT_PATHS: tuple[Path, ...] = (
    ("office", "unit"),
    ("reminders", "released_by_hand", EVERY_ROW),
    ("roles", EVERY_ROW, "held", EVERY_ROW, "unit"),
    ("tasks", EVERY_ROW, "lead"),
    ("owners", EVERY_ROW, "unit"),
    ("groups", EVERY_ROW, "members", EVERY_ROW),
    ("groups", EVERY_ROW, "chair"),
    ("groups", EVERY_ROW, "deputy"),
    ("nominated", EVERY_ROW, "places", EVERY_ROW, "unit"),
)
"""The paths at which a plan names units; the value of decision A10 names units too."""


def unknown_units(positioned: PositionedYaml, register: UnitRegister | None) -> Iterator[Problem]:
    """Units that are neither in the register nor the plan's own."""
    references = [match for pattern in _UNIT_PATHS for match in matching(positioned.data, pattern)]
    for i, row in enumerate(rows_of(positioned.get(("parameters",)))):
        if isinstance(row, dict) and row.get("id") == "A10":
            references += matching(positioned.data, ("parameters", i, "value", EVERY_ROW))
    if register is None:
        if references:
            yield Problem(Position(1, 1), "unknown_unit", (), plan_checks.NO_REGISTER, "warning")
        return
    codes = [row.get("code") for row in rows_of(positioned.get(("own_units",))) if isinstance(row, dict)]
    own = {code for code in codes if isinstance(code, str)}
    for path, code in references:
        if isinstance(code, str) and code not in register.by_code and code not in own:
            similar = get_close_matches(code, register.by_code, 1, 0.8)
            detail = plan_checks.unknown_unit(code, similar[0] if similar else None)
            yield Problem(positioned.find(path)[1], "unknown_unit", path, detail)


def movement_of_two_plans(positioned: PositionedYaml, siblings: Awards) -> Iterator[Problem]:
    """A movement that another plan of the folder has too: only one of the two would be in force."""
    path: Path = ("movement", "id")
    movement = positioned.get(path)
    if isinstance(movement, str) and movement in siblings:
        yield Problem(positioned.find(path)[1], "duplicate_movement", path, plan_checks.movement_of_two_plans(movement))


def unknown_movements(context: CheckContext) -> Iterator[Problem]:
    """References to movements and awards that no other plan of the folder has."""
    plan, siblings = context.plan, context.beside.siblings
    references: list[tuple[Path, str]] = [
        (("sessions", i, "movements", j), movement)
        for i, session in enumerate(plan.sessions)
        for j, movement in enumerate(session.movements)
        if plan.movement is None or movement != plan.movement.id
    ]
    within = plan.movement.within if plan.movement else None
    if within is not None:
        references.append((("movement", "within"), within))
    for path, movement in references:
        if movement not in siblings:
            detail = plan_checks.unknown_movement(movement)
            yield context.problem(path, "unknown_movement", detail, "error" if siblings else "warning")
    if within is not None and within in siblings:
        for i, award in enumerate(plan.nominated):
            if award.feeds and award.feeds not in siblings[within]:
                detail = plan_checks.unknown_award(within, award.feeds)
                yield context.problem(("nominated", i, "feeds"), "unknown_movement", detail)
