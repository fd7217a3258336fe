"""council's database: what it has consumed, judgements, opinions, decisions and awards, sessions with their agendas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from services.council.arrivals import CompleteReport, arrival_fields
from services.council.changes import AwardFindings
from services.council.desk_store import DeskStore
from services.council.kept_documents import TRUSTED_SECONDS
from services.council.newer_rows import save_newer_rows
from services.council.packed_findings import merged, pack, page_findings, unpack
from services.council.packed_standings import pack_reasons, pack_standings
from services.council.standings import BoardKey, MovementResults
from services.council.state import (
    ComputedEligibility,
    Entry,
    ProvinceFacts,
    StoredDecisions,
    StoredEntries,
    StoredSession,
)
from services.council.stored_documents import (
    REBUILT_FROM,
    arrivals_of,
    decisions_document,
    decisions_from,
    eligibility_page_id,
    entries_document,
    judgements_from,
    opinions_from,
    row_name,
    session_document,
    session_from,
)
from services.council.stored_results import award_results, board_scores, consumed_revisions, grouped
from shared.caching import Cache
from shared.contracts.awards import Award
from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Decision, Judgement
from shared.contracts.model import Verdict, local, movement_key
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import AgencyOpinion
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt
from shared.contracts.scoring import AwardLists, EligibilityPage, EligibilitySummary, StandingsPage
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Database, Document, Documents
from shared.runtime.publishing import PublishedDocuments
from shared.runtime.revisions import Revisions

_Asked = tuple[str, int, tuple[str, ...]]
_MOST_KEPT: Final = 24
"""Results that are kept in memory: of the awards and boards of one movement, each asked for alone and together."""


class CouncilStore:
    """Reads and writes the council's documents; each write is a compare-and-set and may raise ``VersionConflict``.

    ``key`` is a movement's key, ``<province>/<movement>``. ``desk`` has what only the desk's pages read.
    """

    def __init__(self, database: Database) -> None:
        self._database, self._consumed = database, database.documents("heard")
        self._judgements = database.documents("judgements")
        self._decisions = database.documents("decisions")
        self._opinions = database.documents("opinions")
        self._sessions = database.documents("sessions")
        self._results = Cache[_Asked, tuple[Revisions, MovementResults]](_MOST_KEPT)
        self.desk = DeskStore(database)
        self.published_judgements = PublishedDocuments(self._judgements, judgements_from)
        self.published_decisions = PublishedDocuments(self._decisions, decisions_from)
        self.published_opinions = PublishedDocuments(self._opinions, opinions_from)
        self.published_sessions = PublishedDocuments(self._sessions, session_from)

    async def prepare(self) -> None:
        """Create the indexes."""
        for documents in (self._consumed, self._judgements, self._opinions, self._decisions, self._sessions):
            await documents.prepare()

    async def apply_receipts(self, key: str, receipts: Iterable[tuple[str, Receipt]]) -> None:
        """Store, for each duty, account and period, whether and when its report was complete.

        An older version changes nothing. ``receipts`` are pairs of a duty's id and a receipt for it.
        """
        rows = [
            (
                row_name(duty, receipt.account or "", receipt.period or ""),
                {
                    "version": receipt.version or 0,
                    "duty": duty,
                    "account": receipt.account,
                    "complete": receipt.complete_at is not None,
                    **arrival_fields(receipt),
                },
            )
            for duty, receipt in receipts
        ]
        await save_newer_rows(self._consumed, f"{key}/receipts", rows)

    async def apply_nominations(self, key: str, nominations: Iterable[Nomination]) -> None:
        """Store nominations by id. An older version changes nothing."""
        rows = [(row_name(nomination.id), nomination.model_dump(mode="json")) for nomination in nominations]
        await save_newer_rows(self._consumed, f"{key}/nominations", rows)

    async def apply_page(self, key: str, page: EligibilityPage, at: datetime) -> None:
        """Store a page of an award's verdicts as of ``at``. An earlier page changes nothing."""
        verdicts = {row.unit: row.verdict.value for row in page.rows}
        held_units = [r.unit for r in page.rows if any(f.verdict is Verdict.HOLD or f.cases for f in r.findings)]
        doc_id = eligibility_page_id(key, page.award, page.page)
        fields = {
            "verdicts": verdicts,
            "held": held_units,
            "findings": pack(page_findings(page)),
            "reasons": pack_reasons(page),
        }
        await self._save_if_later(doc_id, fields, at, page.version)

    async def apply_summary(self, key: str, summary: EligibilitySummary, at: datetime) -> None:
        """Store a movement's lists as of ``at``. Earlier lists change nothing."""
        awards = [lists.model_dump(mode="json") for lists in summary.awards]
        await self._save_if_later(f"{key}/summary", {"awards": awards}, at, summary.version)

    async def apply_standings(self, board_page: str, page: StandingsPage, at: datetime) -> None:
        """Store a page of a board as of ``at``. An earlier page changes nothing.

        ``board_page`` is the key of its topic, ``<province>/<movement>/<field>/<tier>/<page>``.
        """
        fields = {"scores": pack_standings(page), "declared_complete": page.declared_complete}
        await self._save_if_later(board_page, fields, at, page.version)

    async def _save_if_later(self, doc_id: str, fields: Document, at: datetime, version: int) -> None:
        """Save fields unless the document has the same or a later state.

        A process that lost its partition may still publish an earlier state. The instant is compared before the
        version, because versions start again when scoring's database is new. The same state is saved again where an
        earlier release left out some of the fields.
        """
        doc = await self._consumed.get(doc_id) or {"_id": doc_id, "unsent": [], "at": "", "version": 0}
        order = (local(at).isoformat(timespec="microseconds"), version)
        stored = doc["at"], doc["version"]
        if stored < order or (stored == order and not fields.keys() <= doc.keys()):
            await self._consumed.save({**doc, **fields, "at": order[0], "version": order[1]})

    async def facts(
        self, plans: Sequence[Plan], movements: Sequence[str], province: str, register: UnitRegister
    ) -> ProvinceFacts:
        """What was consumed about a province's movements, in one query. ``plans`` are those of the movements."""
        kinds = ("receipts", "summary", "nominations")
        ids = {(m, kind): f"{movement_key(province, m)}/{kind}" for m in movements for kind in kinds}
        docs = await self._consumed.get_many(ids.values())

        def of(movement: str, kind: str) -> Document | None:
            return docs.get(ids[movement, kind])

        return ProvinceFacts(
            plans=plans,
            complete=frozenset().union(*[_complete(movement, of(movement, "receipts")) for movement in movements]),
            lists={movement: _lists(of(movement, "summary")) for movement in movements},
            nominations={movement: _nominations(of(movement, "nominations")) for movement in movements},
            register=register,
            arrivals=arrivals_of({movement: of(movement, "receipts") for movement in movements}),
        )

    async def lists(self, province: str, movement: str) -> list[AwardLists]:
        """The latest lists of a movement, one for each award; empty before the first."""
        return _lists(await self._consumed.get(f"{movement_key(province, movement)}/summary"))

    async def nominations(self, province: str, movement: str) -> list[Nomination]:
        """The nominations made in a movement, including refused and withdrawn ones."""
        return _nominations(await self._consumed.get(f"{movement_key(province, movement)}/nominations"))

    async def computed(self, plan: Plan, movement: str, register: UnitRegister) -> ComputedEligibility:
        """The latest eligibility that scoring has published for a movement."""
        pages = _pages(movement_key(plan.province, movement), plan.awards, register)
        lists_by_award = {lists.award: lists for lists in await self.lists(plan.province, movement)}
        held_units = {unit for lists in lists_by_award.values() for unit in lists.held}
        verdicts: dict[str, dict[str, Verdict]] = {}
        for doc_id, doc in (await self._consumed.get_many(pages)).items():
            of_award = verdicts.setdefault(pages[doc_id], {})
            of_award |= {unit: Verdict(verdict) for unit, verdict in doc["verdicts"].items()}
            held_units |= set(doc["held"])
        return ComputedEligibility(lists_by_award, verdicts, frozenset(held_units))

    async def findings_revisions(self, plans: Iterable[Plan], register: UnitRegister) -> Revisions:
        """The revisions of the pages that ``findings`` reads of these plans' movements."""
        ids = [
            doc_id
            for plan in plans
            if plan.movement
            for doc_id in _pages(movement_key(plan.province, plan.movement.id), plan.awards, register)
        ]
        return await self._database.revisions({"heard": ids}, within=TRUSTED_SECONDS)

    async def findings(self, plan: Plan, movement: str, register: UnitRegister) -> dict[str, AwardFindings]:
        """The latest findings of a movement by award. Pages that 0.2.0 stored have none until they change."""
        pages = _pages(movement_key(plan.province, movement), plan.awards, register)
        by_award: dict[str, list[AwardFindings]] = {award.id: [] for award in plan.awards}
        for doc_id, doc in (await self._consumed.get_many(pages)).items():
            if packed := doc.get("findings"):
                by_award[pages[doc_id]].append(unpack(packed))
        return {award: merged(of_award) for award, of_award in by_award.items()}

    async def results(
        self, plan: Plan, movement: str, register: UnitRegister, awards: Iterable[Award], boards: Iterable[BoardKey]
    ) -> MovementResults:
        """The latest results of some awards and boards of a movement, and the lists of all its awards.

        What was read is kept, and read again only after one of its documents has changed.
        """
        key = movement_key(plan.province, movement)
        award_pages = _pages(key, awards, register)
        board_pages = {
            f"{key}/{field}/{tier.value}/{page}": (field, tier)
            for field, tier in boards
            for page in range(register.pages(tier))
        }
        ids = [*award_pages, *board_pages, f"{key}/summary"]
        wanted = plan.key, register.version, tuple(ids)
        revisions = await self._database.revisions({"heard": ids}, within=TRUSTED_SECONDS)
        if (kept := self._results.get(wanted)) is not None and kept[0] == revisions:
            return kept[1]
        docs = await self._consumed.get_many(ids)
        read, summary = consumed_revisions(docs), docs.pop(f"{key}/summary", None)
        results = MovementResults(
            plan,
            register,
            awards=grouped(docs, award_pages, award_results),
            boards=grouped(docs, board_pages, board_scores),
            lists={lists["award"]: AwardLists.model_validate(lists) for lists in summary["awards"]} if summary else {},
            revisions=read,
        )
        return self._results.keep(wanted, (read, results))[1]

    async def stored_judgements(self, province: str, movement: str) -> StoredEntries[Judgement]:
        """A movement's judgements by unit and criterion."""
        key = movement_key(province, movement)
        doc = await self._judgements.get(key)
        return judgements_from(doc) if doc else StoredEntries(key, 0, {})

    async def save_judgements(self, stored: StoredEntries[Judgement], judgements: Iterable[Judgement]) -> None:
        """Add or replace judgements. Raises ``VersionConflict`` where they changed after ``stored`` was read."""
        await _save_entries(self._judgements, stored, judgements)

    async def stored_opinions(self, province: str, movement: str) -> StoredEntries[AgencyOpinion]:
        """The opinions asked of other agencies in a movement, by id."""
        key = movement_key(province, movement)
        doc = await self._opinions.get(key)
        return opinions_from(doc) if doc else StoredEntries(key, 0, {})

    async def save_opinions(self, stored: StoredEntries[AgencyOpinion], opinions: Iterable[AgencyOpinion]) -> None:
        """Add or replace opinions. Raises ``VersionConflict`` where they changed after ``stored`` was read."""
        await _save_entries(self._opinions, stored, opinions)

    async def stored_decisions(self, province: str, movement: str) -> StoredDecisions:
        """A movement's decisions and awards, by award and subject."""
        key = movement_key(province, movement)
        doc = await self._decisions.get(key)
        return decisions_from(doc) if doc else StoredDecisions(key, 0, {})

    async def save_decisions(
        self, stored: StoredDecisions, decisions: Sequence[Decision], awards: Sequence[ConferredAward] = ()
    ) -> None:
        """Add or replace decisions and awards, in one write. Nothing is written if there are none.

        Raises ``VersionConflict`` where they changed after ``stored`` was read.
        """
        if decisions or awards:
            await self._decisions.save(decisions_document(stored, decisions, awards))

    async def session(self, session_id: str) -> StoredSession | None:
        """The session with this id (``<province>/<plan>/<session>``), or None before its first agenda."""
        doc = await self._sessions.get(session_id)
        return session_from(doc) if doc else None

    async def all_sessions(self) -> list[StoredSession]:
        """Every session that has an agenda, by id."""
        return [session_from(doc) for doc in await self._sessions.find(sort="_id")]

    async def save_session(self, stored: StoredSession) -> None:
        """Write a session and have its agenda published.

        Raises ``VersionConflict`` where the document is no longer at the session's revision.
        """
        await self._sessions.save(session_document(stored))

    async def replace_own_documents(self, live: Database) -> None:
        """Replace council's own documents with copies of the live ones, each noting the live revision."""
        own = {
            "judgements": self._judgements,
            "opinions": self._opinions,
            "decisions": self._decisions,
            "sessions": self._sessions,
        }
        for name, copies in own.items():
            for doc in await copies.find():
                await copies.remove(doc)
            for doc in await live.documents(name).find():
                await copies.insert({**doc, REBUILT_FROM: doc["rev"]})


def _complete(movement: str, receipts: Document | None) -> frozenset[CompleteReport]:
    """(movement, duty, account) of every complete report."""
    rows = receipts["rows"].values() if receipts else ()
    return frozenset((movement, row["duty"], row["account"]) for row in rows if row["complete"])


def _lists(summary: Document | None) -> list[AwardLists]:
    return [AwardLists.model_validate(lists) for lists in summary["awards"]] if summary else []


def _nominations(stored: Document | None) -> list[Nomination]:
    return [Nomination.model_validate(row) for row in stored["rows"].values()] if stored else []


def _pages(key: str, awards: Iterable[Award], register: UnitRegister) -> dict[str, str]:
    """The award of each page of verdicts of a movement, by the page's document id."""
    return {
        eligibility_page_id(key, award.id, page): award.id
        for award in awards
        for page in range(register.pages(award.tier))
    }


async def _save_entries(documents: Documents, stored: StoredEntries[Entry], entries: Iterable[Entry]) -> None:
    """Write new or changed entries over the revision that was read, and have them published."""
    if new := list(entries):
        await documents.save(entries_document(stored, new))
