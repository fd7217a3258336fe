"""Load, decide, render: a feed as the calendar file that subscribers get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from services.notify.feeds.events import DutyStand, FeedEvent, Look, PlanSituation, agency_events, office_events
from services.notify.feeds.ical import calendar_file
from services.notify.feeds.store import Feed
from services.notify.store import Accounts
from shared.contracts.model import local
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.duties import Duty, duties
from shared.runtime.clock import Clock
from shared.runtime.references import References
from shared.wording.unit_names import full_name


class FeedCalendars:
    """Renders feeds from the newest plans and the accounts as they stand."""

    def __init__(self, accounts: Accounts, references: References, clock: Clock, look: Look, mail_domain: str) -> None:
        self._accounts, self._references, self._clock = accounts, references, clock
        self._look, self._mail_domain = look, mail_domain

    async def file(self, feed: Feed) -> bytes:
        """A feed's calendar as iCalendar bytes; empty of events while its province's units are not situation."""
        register = self._references.newest_register(feed.province)
        events = list[FeedEvent]()
        if register is not None:
            for plan in self._references.newest_plans():
                if plan.province == feed.province:
                    events += self._events(feed, await self._situation(plan, register))
        return calendar_file(self._name(feed, register), feed.id, events, self._mail_domain)

    def _events(self, feed: Feed, situation: PlanSituation) -> Iterator[FeedEvent]:
        if feed.agency is None:
            return office_events(situation, self._look)
        return agency_events(situation, feed.agency, self._look)

    def _name(self, feed: Feed, register: UnitRegister | None) -> str:
        if feed.agency is None or register is None:
            return "Thời hạn báo cáo và phiên họp Hội đồng"
        return f"Thời hạn báo cáo – {full_name(register, feed.agency)}"

    async def _situation(self, plan: Plan, register: UnitRegister) -> PlanSituation:
        """A plan with its duties as they stand: extended, and complete or not."""
        by_account = defaultdict[str, list[Duty]](list)
        today = local(self._clock.now()).date()
        in_order = duties(plan, register, today)
        for duty in in_order:
            by_account[f"{plan.province}/{plan.id}/{duty.account}"].append(duty)
        accounts = {stored.id: stored.account for stored in await self._accounts.load_many(by_account)}
        stands = list[DutyStand]()
        for duty in in_order:
            stand = accounts[f"{plan.province}/{plan.id}/{duty.account}"].stand(duty.id)
            stands.append(DutyStand(duty.extended(*stand.extended) if stand.extended else duty, stand.complete_at))
        return PlanSituation(plan, register, self._references.cited_documents(plan.ref), stands)
