"""The demo as a whole: the stack, the year and its outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path

from deploy.demo import PROVINCE
from deploy.demo.drive import Driver
from deploy.demo.outcome import Outcome, collect_outcome
from deploy.demo.steps import Step, Year
from deploy.demo.year import START, make_year
from deploy.maintenance.verify import verify
from deploy.stack.embedded import Stack
from deploy.stack.lock import FolderLock
from deploy.stack.province import Province
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.load import PROVINCES, load_plans, load_register


def province() -> tuple[list[Plan], UnitRegister]:
    """The plans and the units of the province that the demo plays, from the project's own files."""
    folder = PROVINCES / PROVINCE
    plans, (units,) = load_plans(folder), folder.glob("units-*.csv")
    return plans, load_register(units, plans[0].province, 1)


def served(plans: Iterable[Plan]) -> Province:
    """What a stack has to know of a province, from its plan with awards that figures decide."""
    plan = next(plan for plan in plans if plan.awards)
    assert plan.movement is not None
    assert plan.office is not None
    return Province(plan.province, plan.office.unit, f"{plan.province}.example", plan.movement.id)


def reporters(plans: list[Plan]) -> list[str]:
    """The code of every agency that holds, or has held, a reporting role of a plan."""
    roles = [(plan, o.reporter) for plan in plans for o in plan.obligations if o.kind and o.reporter]
    return sorted({tenure.unit for plan, role in roles for tenure in plan.role[role].held})


async def play_year(
    stack: Stack,
    year: Year,
    seed: int,
    on_instant: Callable[[datetime], None] = lambda _: None,
    interrupt: Callable[[Step], Awaitable[None]] | None = None,
) -> Outcome:
    """Play a year on a started stack, verify the boards and collect the outcome.

    ``on_instant`` is called after each instant. ``interrupt`` runs after each step, while its effects are still on
    their way. Raises ``PartDied``, ``TimeoutError``.
    """
    plans, register = province()
    async with Driver(stack, plans, register, reporters(plans)) as driver:
        await driver.load(START)
        await driver.play(year, on_instant, interrupt)
        _, differences = await verify(stack.kafka, stack.mongo)
        verified = "ok" if not differences else f"{len(differences)} differences, first: {differences[0]}"
        return await collect_outcome(driver, stack, plans, register, seed, verified)


def demo_stack(folder: Path, *, fixed_ports: bool, lock: FolderLock | None = None) -> Stack:
    """A stack whose clock the demo drives. ``lock`` is the folder's, where the caller has it already."""
    plans, _ = province()
    return Stack(
        folder,
        served(plans),
        agencies=reporters(plans),
        clock_start=START,
        fixed_ports=fixed_ports,
        throwaway=True,
        lock=lock,
        command="thidua demo",
    )


def demo_year(seed: int) -> Year:
    """The year of the demo for a seed."""
    plans, register = province()
    return make_year(seed, plans, register)
