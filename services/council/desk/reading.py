"""Load what the desk's pages are made from."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from datetime import date, datetime

from services.council.desk.acts_done import Act, acts_of
from services.council.desk.chain_reader import ChainReader
from services.council.desk.journal import Filters, JournalView, journal
from services.council.desk.overview import OverviewData, OverviewView, YearShown, overview, year_shown
from services.council.desk.papers import newest_first
from services.council.desk.records import Records
from services.council.desk.reporting import Reported, reported
from services.council.desk.session_list import SessionList, session_list
from services.council.desk.session_page import SessionData
from services.council.desk.subjects import Subjects
from services.council.desk.views import View, Views
from services.council.desk_store import PARTS, DeskDocuments, Part
from services.council.kept_documents import TRUSTED_SECONDS
from services.council.state import StoredSession, nominations_by_award
from services.council.store import CouncilStore
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import local
from shared.contracts.obligations import Window
from shared.contracts.people import Person
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.audit.hash_chain import Head
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal
from shared.runtime.references import References
from shared.runtime.revisions import Revisions


class DeskReader:
    """Reads council's own documents. Every method raises ``Refusal`` with 404 for what does not exist.

    What a page shows is computed again only after a document, a plan or the register has changed, or on a new day.
    """

    def __init__(self, store: CouncilStore, references: References, audit: Audit, clock: Clock) -> None:
        self._store, self._references, self._audit, self._clock = store, references, audit, clock
        self._chain, self._views = ChainReader(audit), Views()
        self._head: Head | None = None
        self._head_asked = (-1, 0.0)

    @property
    def now(self) -> datetime:
        """The present instant of the service's clock."""
        return self._clock.now()

    @property
    def today(self) -> date:
        """The local day."""
        return local(self._clock.now()).date()

    async def session(
        self, session_id: str, page: str, view_of: Callable[[SessionData], View], parts: tuple[Part, ...] = PARTS
    ) -> tuple[StoredSession, View]:
        """A session, and what a page of it shows, for which some parts are enough.

        The id is ``<province>/<plan>/<session>``.
        """
        province = session_id.partition("/")[0]
        documents = await self._documents(province, parts)
        if (stored := documents.sessions.get(session_id)) is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")

        def view() -> View:
            by_name = {other.agenda.session: other for other in documents.sessions.values()}
            data = SessionData(
                stored=stored,
                subjects=self._subjects(province, documents),
                documents=self._references.cited_documents(stored.agenda.plan),
                records=self._records(province, documents),
                rules=self._references.plan(stored.agenda.plan).council or CouncilRules(),
                today=self.today,
                session_names={key: other.agenda.name for key, other in by_name.items()},
            )
            return view_of(data)

        return stored, self._kept((page, session_id), province, documents, view)

    def plans(self) -> tuple[Plan, ...]:
        """The newest version of every plan; the same object until a plan is learnt."""
        return self._references.newest_plans()

    async def head(self) -> Head | None:
        """The head of council's audit chain; what another process appended in the last second may be missing (0093)."""
        began = self._audit.writes, time.monotonic()
        if began[0] != self._head_asked[0] or began[1] >= self._head_asked[1] + TRUSTED_SECONDS:
            self._head = await self._audit.head()
            self._head_asked = began
        return self._head

    async def sessions(self) -> tuple[list[StoredSession], dict[str, Window]]:
        """Every session, and the times that the plans set, by session id."""
        documents = await self._store.desk.documents(parts=("sessions",))
        return list(documents.sessions.values()), windows_of(self._references.newest_plans())

    async def sessions_and_papers(self) -> tuple[DeskDocuments, list[StoredSession]]:
        """What is recorded of sessions and their papers, and the sessions by their times, the latest first.

        Both are the same objects until one of them changes.
        """
        documents = await self._store.desk.documents(parts=("sessions", "papers"))
        plans = self._references.newest_plans()

        def ordered() -> list[StoredSession]:
            return newest_first(list(documents.sessions.values()), windows_of(plans))

        return documents, self._views.view("ordered", [documents, plans], ordered)

    async def session_list(self) -> SessionList:
        """The list of every session."""
        documents, plans, today = (
            await self._store.desk.documents(parts=("sessions",)),
            self._references.newest_plans(),
            self.today,
        )

        def view() -> SessionList:
            return session_list(list(documents.sessions.values()), windows_of(plans), today)

        return self._views.view(("sessions", today), [documents, plans], view)

    async def overview(self, person: Person, province: str, year: int | None) -> OverviewView:
        """The first page for one reader."""
        documents, plans, now = await self._documents(province), self._of(province), self.now
        looked_at = await self._store.desk.seen_until(person.id)

        def view() -> OverviewView:
            data = OverviewData(
                person=person,
                now=now,
                looked_at=looked_at,
                sessions=self._sessions_of(province, documents),
                windows=windows_of(plans),
                rules={f"{p.province}/{p.id}/{s.id}": p.council or CouncilRules() for p in plans for s in p.sessions},
                subjects=self._subjects(province, documents),
                records=self._records(province, documents),
                reports=self._kept("reports", province, documents, lambda: self._reports(province, documents)),
                acts=self._acts(province, documents),
                year=year,
            )

            def shown_of(data: OverviewData, shown: int) -> YearShown:
                return self._kept(("year", shown), province, documents, lambda: year_shown(data, shown))

            return overview(data, shown_of)

        kept = self._kept(("overview", person, looked_at, year), province, documents, view)
        return replace(kept, seen=int(now.timestamp() * 1000))

    async def journal(self, province: str, filters: Filters) -> JournalView:
        """A page of the journal: the acts on record, checked against the audit chain."""
        acts, chain = self._acts(province, await self._documents(province)), await self._chain.chain()
        key = "journal", filters, chain.entries, chain.fault  # the chain is one object that grows
        return self._views.view(key, [acts, chain], lambda: journal(acts, chain, filters))

    async def opinions(self, province: str) -> tuple[Records, Subjects, Revisions]:
        """The opinions asked in a province's movements, the names of its units and nominees, and the revisions.

        Nothing else of the records is read. All three are the same objects until a document changes, or the day.
        """
        documents = await self._documents(province, ("heard", "opinions"))
        records = self._kept("records", province, documents, lambda: self._records(province, documents))
        return records, self._subjects(province, documents), documents.revisions

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

    async def _documents(self, province: str, parts: tuple[Part, ...] = PARTS) -> DeskDocuments:
        movements = [plan.movement.id for plan in self._of(province) if plan.movement]
        return await self._store.desk.documents(province, movements, parts)

    def _kept(self, key: Hashable, province: str, documents: DeskDocuments, make: Callable[[], View]) -> View:
        """What follows from the documents, the plans and the register on this day."""
        made_from = [documents, self._register(province), self._references.newest_plans()]
        return self._views.view((key, province, documents.parts, self.today), made_from, make)

    def _sessions_of(self, province: str, documents: DeskDocuments) -> list[StoredSession]:
        return [stored for key, stored in documents.sessions.items() if key.startswith(f"{province}/")]

    def _subjects(self, province: str, documents: DeskDocuments) -> Subjects:
        """The names of a province's units and nominees."""

        def subjects() -> Subjects:
            plans = self._of(province)
            movements = [plan.movement.id for plan in plans if plan.movement]
            by_movement = {movement: documents.nominations.get(movement, ()) for movement in movements}
            by_award = {movement: nominations_by_award(movement, plans, by_movement) for movement in movements}
            return Subjects(province, self._register(province), by_award)

        return self._kept("subjects", province, documents, subjects)

    def _records(self, province: str, documents: DeskDocuments) -> Records:
        """What is recorded about a province's movements, as it stands today."""
        plans = {plan.movement.id: plan for plan in self._of(province) if plan.movement}
        opinions = {m: [(o, o.state(self.today)) for o in given] for m, given in documents.opinions.items()}
        judgements = {m: list(stored.by_key.values()) for m, stored in documents.judgements.items()}
        return Records(plans, documents.decisions, opinions, judgements)

    def _acts(self, province: str, documents: DeskDocuments) -> list[Act]:
        def acts() -> list[Act]:
            sessions = self._sessions_of(province, documents)
            records, subjects = self._records(province, documents), self._subjects(province, documents)
            return acts_of(sessions, records, subjects, documents.papers)

        return self._kept("acts", province, documents, acts)

    def _reports(self, province: str, documents: DeskDocuments) -> list[Reported]:
        plans = self._records(province, documents).plans.values()
        return reported(plans, self._register(province), documents.complete, documents.extended, self.today)


def windows_of(plans: Iterable[Plan]) -> dict[str, Window]:
    """The times that plans set for their sessions, by session id."""
    return {f"{plan.province}/{plan.id}/{session.id}": session.window for plan in plans for session in plan.sessions}
