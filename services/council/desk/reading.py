"""Load what the desk's pages are made from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.council.desk.chain_reader import ChainReader
from services.council.desk.journal import Chain
from services.council.desk.overview import OverviewData
from services.council.desk.records import Records
from services.council.desk.session_page import SessionData
from services.council.desk.subjects import Subjects
from services.council.desk_store import Consumed
from services.council.state import StoredSession, nominations_by_award
from services.council.store import CouncilStore
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import local
from shared.contracts.obligations import Window
from shared.contracts.people import Person
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal
from shared.runtime.references import References


class DeskReader:
    """Reads council's own documents. Every method raises ``Refusal`` with 404 for what does not exist."""

    def __init__(self, store: CouncilStore, references: References, audit: Audit, clock: Clock) -> None:
        self._store, self._references, self._audit, self._clock = store, references, audit, clock
        self._chain = ChainReader(audit)

    @property
    def now(self) -> datetime:
        """The present instant of the service's clock."""
        return self._clock.now()

    async def session(self, session_id: str) -> SessionData:
        """What the pages of one session are made from; the id is ``<province>/<plan>/<session>``."""
        sessions = {stored.id: stored for stored in await self._store.all_sessions()}
        if (stored := sessions.get(session_id)) is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        province = session_id.partition("/")[0]
        plan = self._references.plan(stored.agenda.plan)
        subjects, _ = await self._consumed(province)
        return SessionData(
            stored=stored,
            subjects=subjects,
            documents=self._references.cited_documents(stored.agenda.plan),
            records=await self._records(province),
            rules=plan.council or CouncilRules(),
            today=local(self.now).date(),
            head=await self._audit.head(),
            session_names={other.agenda.session: other.agenda.name for other in sessions.values()},
        )

    async def sessions(self) -> tuple[list[StoredSession], dict[str, Window]]:
        """Every session, and the times that the plans set, by session id."""
        return await self._store.all_sessions(), _windows(self._references.newest_plans())

    async def overview(self, person: Person, province: str, year: int | None) -> OverviewData:
        """What the first page is made from for one reader."""
        plans = self._of(province)
        records = await self._records(province)
        subjects, consumed = await self._consumed(province)
        return OverviewData(
            person=person,
            now=self.now,
            looked_at=await self._store.desk.seen_until(person.id),
            sessions=await self._sessions_of(province),
            windows=_windows(plans),
            rules={f"{p.province}/{p.id}/{s.id}": p.council or CouncilRules() for p in plans for s in p.sessions},
            subjects=subjects,
            records=records,
            extended=consumed.extended,
            complete=consumed.complete,
            year=year,
        )

    async def journal(self, province: str) -> tuple[list[StoredSession], Records, Subjects, Chain]:
        """What the journal is made from."""
        records, (subjects, _) = await self._records(province), await self._consumed(province)
        return await self._sessions_of(province), records, subjects, await self._chain.chain()

    async def mark_seen(self, person: Person, until: datetime) -> None:
        """Note that a person has seen the changes up to an instant, which is never later than now."""
        await self._store.desk.save_seen(person.id, min(until, self.now))

    def province(self, wanted: str | None) -> str:
        """The province that the reader asked for, or the first whose units are known."""
        provinces = [plan.province for plan in self._references.newest_plans() if plan.sessions]
        provinces = [province for province in provinces if self._references.newest_register(province) is not None]
        if wanted in provinces:
            return wanted
        if not provinces or wanted is not None:
            raise Refusal(404, "no_province", "Chưa có kế hoạch công tác của Hội đồng và danh sách đơn vị.")
        return provinces[0]

    def _register(self, province: str) -> UnitRegister:
        if (register := self._references.newest_register(province)) is None:
            raise Refusal(404, "no_units", "Chưa có danh sách đơn vị của tỉnh.")
        return register

    def _of(self, province: str) -> list[Plan]:
        return [plan for plan in self._references.newest_plans() if plan.province == province]

    async def _sessions_of(self, province: str) -> list[StoredSession]:
        return [stored for stored in await self._store.all_sessions() if stored.id.startswith(f"{province}/")]

    async def _consumed(self, province: str) -> tuple[Subjects, Consumed]:
        """What was consumed about a province, and the names of its units and nominees."""
        plans = self._of(province)
        movements = [plan.movement.id for plan in plans if plan.movement]
        consumed = await self._store.desk.consumed(province, movements)
        nominations = {movement: nominations_by_award(movement, plans, consumed.nominations) for movement in movements}
        return Subjects(province, self._register(province), nominations), consumed

    async def _records(self, province: str) -> Records:
        """What is recorded about a province's movements, as it stands today."""
        plans = {plan.movement.id: plan for plan in self._of(province) if plan.movement}
        today = local(self.now).date()
        recorded = await self._store.desk.recorded(province, list(plans))
        opinions = {m: [(o, o.state(today)) for o in of_movement] for m, of_movement in recorded.opinions.items()}
        return Records(plans, recorded.decisions, opinions, recorded.judgements)


def _windows(plans: Iterable[Plan]) -> dict[str, Window]:
    return {f"{plan.province}/{plan.id}/{session.id}": session.window for plan in plans for session in plan.sessions}
