"""What the places of results have in common: the movements to choose from, and what is read of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from services.council.desk.choosing import plan_chosen
from services.council.desk.views import Views
from services.council.explanations import Explanations
from services.council.look_store import LookStore
from services.council.standings import BoardKey, MovementResults
from services.council.state import StoredDecisions
from services.council.store import CouncilStore
from shared.contracts.awards import Award
from shared.contracts.model import local
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.clock import Clock
from shared.runtime.http.pages.changes import PageChanges
from shared.runtime.http.problems import Refusal
from shared.runtime.references import References

_NO_DECISIONS: Final = StoredDecisions("", 0, {})


@dataclass(frozen=True, slots=True)
class Room:
    """What the places of results read from."""

    store: CouncilStore
    looks: LookStore
    references: References
    explanations: Explanations
    clock: Clock
    changes: PageChanges
    views: Views = field(default_factory=Views)

    @property
    def now(self) -> datetime:
        """The instant of the service's clock, in UTC."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """The local day."""
        return local(self.clock.now()).date()

    def ranked_plans(self) -> list[Plan]:
        """The plans whose awards follow from figures, the latest movement first."""
        plans = self.references.newest_plans()
        return self.views.view("ranked", [plans], lambda: _latest_first(plan for plan in plans if plan.awards))

    def nominated_plans(self) -> list[Plan]:
        """The plans with awards that agencies nominate for, the latest movement first; those within another last."""
        plans = self.references.newest_plans()
        return self.views.view("nominated", [plans], lambda: _latest_first(plan for plan in plans if plan.nominated))

    def chosen(self, plans: Sequence[Plan], movement: str) -> tuple[Plan, UnitRegister] | None:
        """The plan of a movement's key among these, or the first, with the newest register; None without a plan."""
        plan = plan_chosen(plans, movement)
        register = self.references.newest_register(plan.province) if plan else None
        return (plan, register) if plan is not None and register is not None else None

    async def decisions(self, province: str, movement: str) -> StoredDecisions:
        """A movement's decisions and awards."""
        documents = await self.store.desk.documents(province, [movement], ("decisions",))
        return documents.decisions.get(movement) or _NO_DECISIONS

    async def results(
        self, plan: Plan, register: UnitRegister, awards: Iterable[Award], boards: Iterable[BoardKey] = ()
    ) -> MovementResults:
        """The results of some awards and the boards that they rank by, and of further boards."""
        awards = tuple(awards)
        keys = {(rule.field, award.tier) for award in awards for rule in award.rank_rules} | {*boards}
        assert plan.movement is not None
        return await self.store.results(plan, plan.movement.id, register, awards, sorted(keys))


def _latest_first(plans: Iterable[Plan]) -> list[Plan]:
    moving = [(plan.movement, plan) for plan in plans if plan.movement is not None]
    moving.sort(key=lambda pair: (pair[0].within is None, pair[0].period.first), reverse=True)
    return [plan for _, plan in moving]


def no_plan() -> Refusal:
    """There is no movement to show yet."""
    return Refusal(
        404, "no_plan", "Chưa có kế hoạch nào có nội dung này. Kế hoạch sẽ hiện ở đây sau khi được ban hành."
    )
