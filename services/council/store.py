"""council's database: what it has heard, its judgements and decisions, the sessions with their agendas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.council.rules import Status
from services.council.state import About, Computed, Done, Numbers
from shared.contracts.council import (
    Agenda,
    AgendaAssembled,
    AgendaItem,
    Decision,
    DecisionMade,
    Judgement,
    JudgementGiven,
    JudgementMade,
)
from shared.contracts.ids import derived
from shared.contracts.model import Event, PlanRef, Verdict, local, movement_key
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.receipts import Receipt
from shared.contracts.scoring import AwardLists, EligibilityPage, EligibilitySummary
from shared.contracts.topics import AGENDAS, DECISIONS, JUDGEMENTS, Topic
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Database, Document, Documents
from shared.runtime.outbox import Outgoing, Rendering

SOURCE = "thidua/council"


class CouncilStore:
    """Reads and writes the council's documents; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self.heard = database.documents("heard")
        self.judgements = database.documents("judgements")
        self.decisions = database.documents("decisions")
        self.sessions = database.documents("sessions")

    async def prepare(self) -> None:
        """Create the indexes."""
        for documents in (self.heard, self.judgements, self.decisions, self.sessions):
            await documents.prepare()

    async def apply_receipts(self, movement: str, receipts: Iterable[tuple[str, Receipt]]) -> None:
        """Keep whether a duty's report is complete, by duty, account and period. An older version changes nothing."""
        rows = [
            (
                _row(duty, receipt.account or "", receipt.period or ""),
                {
                    "version": receipt.version or 0,
                    "duty": duty,
                    "account": receipt.account,
                    "complete": receipt.complete_at is not None,
                },
            )
            for duty, receipt in receipts
        ]
        await self._keep_newest(f"{movement}/receipts", rows)

    async def apply_nominations(self, movement: str, nominations: Iterable[Nomination]) -> None:
        """Keep nominations by id. An older version changes nothing."""
        rows = [(_row(each.id), each.model_dump(mode="json")) for each in nominations]
        await self._keep_newest(f"{movement}/nominations", rows)

    async def apply_page(self, movement: str, page: EligibilityPage, at: datetime) -> None:
        """Keep a page of an award's verdicts as it stood at an instant; see ``_keep_latest``."""
        verdicts = {row.unit: row.verdict.value for row in page.rows}
        held = [r.unit for r in page.rows if any(f.verdict is Verdict.HOLD or f.cases for f in r.findings)]
        what = {"verdicts": verdicts, "held": held}
        await self._keep_latest(_page_id(movement, page.award, page.page), what, (at, page.version))

    async def apply_summary(self, movement: str, summary: EligibilitySummary, at: datetime) -> None:
        """Keep the lists of a movement as they stood at an instant; see ``_keep_latest``."""
        awards = [each.model_dump(mode="json") for each in summary.awards]
        await self._keep_latest(f"{movement}/summary", {"awards": awards}, (at, summary.version))

    async def _keep_newest(self, doc_id: str, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
        doc = await self.heard.get(doc_id) or {"_id": doc_id, "rows": {}, "unsent": []}
        changed = False
        for name, row in rows:
            if doc["rows"].get(name, {}).get("version", 0) < row["version"]:
                doc["rows"][name] = row
                changed = True
        if changed:
            await self.heard.save(doc)

    async def _keep_latest(self, doc_id: str, what: Mapping[str, Any], stood: tuple[datetime, int]) -> None:
        """Keep what stood last; what is said again, or late by a process that lost its partition, changes nothing.

        The instant comes before the version, which begins anew when scoring's database does.
        """
        doc = await self.heard.get(doc_id) or {"_id": doc_id, "unsent": [], "at": "", "version": 0}
        order = (local(stood[0]).isoformat(timespec="microseconds"), stood[1])
        if (doc["at"], doc["version"]) < order:
            await self.heard.save({**doc, **what, "at": order[0], "version": order[1]})

    async def complete(self, province: str, movement: str) -> frozenset[Done]:
        """(movement, duty, account) of every complete report."""
        doc = await self.heard.get(f"{movement_key(province, movement)}/receipts")
        rows = doc["rows"].values() if doc else ()
        return frozenset((movement, row["duty"], row["account"]) for row in rows if row["complete"])

    async def lists(self, province: str, movement: str) -> list[AwardLists]:
        """The lists of a movement, as last heard."""
        doc = await self.heard.get(f"{movement_key(province, movement)}/summary")
        return [AwardLists.model_validate(each) for each in doc["awards"]] if doc else []

    async def nominations(self, province: str, movement: str) -> list[Nomination]:
        """The nominations made in a movement, refused and withdrawn ones too."""
        doc = await self.heard.get(f"{movement_key(province, movement)}/nominations")
        return [Nomination.model_validate(row) for row in doc["rows"].values()] if doc else []

    async def computed(self, plan: Plan, movement: str, register: UnitRegister) -> Computed:
        """What the rules have come to for a movement's units, as last heard."""
        key = movement_key(plan.province, movement)
        pages = {
            _page_id(key, award.id, page): award.id
            for award in plan.awards
            for page in range(register.pages(award.tier))
        }
        lists = {each.award: each for each in await self.lists(plan.province, movement)}
        held = {unit for each in lists.values() for unit in each.held}
        verdicts: dict[str, dict[str, Verdict]] = {}
        for doc_id, doc in (await self.heard.get_many(pages)).items():
            of_award = verdicts.setdefault(pages[doc_id], {})
            of_award |= {unit: Verdict(verdict) for unit, verdict in doc["verdicts"].items()}
            held |= set(doc["held"])
        return Computed(lists, verdicts, frozenset(held))

    async def acted_since(self, province: str, movement: str, since: datetime) -> frozenset[str]:
        """The units the council has judged or decided about since an instant."""
        key = movement_key(province, movement)
        judged = (Judgement.model_validate(r) for r in (await _by_rows(self.judgements, key))["rows"].values())
        decided = (Decision.model_validate(r) for r in (await _by_rows(self.decisions, key))["rows"].values())
        units = {(each.unit, each.at) for each in judged} | {(each.unit, each.at) for each in decided if each.unit}
        return frozenset(unit for unit, at in units if unit and at >= since)

    async def judge(
        self, given: Sequence[JudgementGiven], plan: Plan, register: UnitRegister, movement: str, now: datetime
    ) -> None:
        """Keep judgements; a later one on the same unit and criterion replaces the earlier."""
        doc = await _by_rows(self.judgements, movement_key(plan.province, movement))
        fresh: dict[str, Any] = {}
        for each in given:
            row = _row(each.unit, each.criterion)
            before = fresh.get(row) or doc["rows"].get(row)
            if before is not None and all(before[k] == v for k, v in each.model_dump(mode="json").items()):
                continue
            fresh[row] = Judgement(
                movement=movement,
                plan=plan.ref,
                register_version=register.version,
                tier=register.by_code[each.unit].tier,
                page=register.page_of[each.unit],
                at=now,
                version=(before["version"] if before else 0) + 1,
                **each.model_dump(),
            ).model_dump(mode="json")
        await _keep_rows(self.judgements, doc, fresh)

    async def decided(self, province: str, movement: str) -> tuple[dict[About, Decision], Document]:
        """A movement's decisions as they stand, in the order of the first on each, and the document they are in."""
        doc = await _by_rows(self.decisions, movement_key(province, movement))
        decisions = [Decision.model_validate(row) for row in doc["rows"].values()]
        return {(each.award, each.subject): each for each in decisions}, doc

    async def keep_decisions(self, doc: Document, decisions: Iterable[Decision]) -> None:
        """Write decisions over the document they were weighed by. Raises ``VersionConflict`` where it has changed since."""
        fresh = {_row(each.award, each.subject): each.model_dump(mode="json") for each in decisions}
        await _keep_rows(self.decisions, doc, fresh)

    async def session(self, doc_id: str) -> Document:
        """A session's document, empty before its first agenda."""
        empty = {"version": 0, "numbers": {}, "items": None, "status": None, "frozen": False, "frozen_at": None}
        return {"_id": doc_id, "unsent": [], **empty, **(await self.sessions.get(doc_id) or {})}

    async def keep_agenda(
        self,
        doc: Document,
        session: Session,
        plan: Plan,
        status: Status,
        items: Sequence[AgendaItem],
        numbers: Numbers,
        now: datetime,
    ) -> None:
        """Write an agenda where it differs from the one before. A fixed one keeps its name and the plan it cites."""
        dumped = [item.model_dump(mode="json") for item in items]
        fixed = doc["frozen_at"] is not None
        name, ref = (doc["name"], doc["plan"]) if fixed else (session.name, plan.ref.model_dump())
        if (doc["items"], doc["status"], doc.get("name"), doc.get("plan")) == (dumped, status, name, ref):
            return
        doc |= {
            "version": doc["version"] + 1,
            "session": session.id,
            "name": name,
            "plan": ref,
            "status": status,
            "frozen_at": (doc["frozen_at"] or now) if status in ("frozen", "closed") else None,
            "items": dumped,
            "numbers": dict(numbers.by_item),
            "changed_at": now,
            "unsent": ["agenda"],
        }
        await self.sessions.save(doc)

    @property
    def renderings(self) -> list[Rendering]:
        """Say the agendas, the judgements and the decisions, always as they now stand."""
        return [
            Rendering(self.judgements, self._render_judgements, lambda doc: list(doc["rows"])),
            Rendering(self.decisions, self._render_decisions, lambda doc: list(doc["rows"])),
            Rendering(self.sessions, self._render_agenda, lambda doc: ["agenda"]),
        ]

    async def _render_judgements(self, doc: Document) -> list[Outgoing]:
        said: list[Outgoing] = []
        for row in doc["unsent"]:
            judgement = Judgement.model_validate(doc["rows"][row])
            event = JudgementMade(
                id=derived("judgement", doc["_id"], row, judgement.version),
                source=SOURCE,
                time=judgement.at,
                subject=doc["_id"],
                data=judgement,
            )
            said.append(_outgoing(JUDGEMENTS, event))
        return said

    async def _render_decisions(self, doc: Document) -> list[Outgoing]:
        said: list[Outgoing] = []
        for row in doc["unsent"]:
            decision = Decision.model_validate(doc["rows"][row])
            event = DecisionMade(
                id=derived("decision", doc["_id"], row, decision.version),
                source=SOURCE,
                time=decision.at,
                subject=doc["_id"],
                data=decision,
            )
            said.append(_outgoing(DECISIONS, event))
        return said

    async def _render_agenda(self, doc: Document) -> list[Outgoing]:
        event = AgendaAssembled(
            id=derived("agenda", doc["_id"], doc["version"]),
            source=SOURCE,
            time=doc["changed_at"],
            subject=doc["_id"],
            data=agenda(doc),
        )
        return [_outgoing(AGENDAS, event)]


def _outgoing(topic: Topic, event: Event) -> Outgoing:
    return Outgoing(topic.name, event.subject.encode(), event.encode())


def _row(*parts: str) -> str:
    """The name of a row: no dots, which are paths to the database. No id has the one that stands for them."""
    return "|".join(parts).replace(".", "·")


def _page_id(movement: str, award: str, page: int) -> str:
    return f"{movement}/{award}/{page}"


async def _by_rows(documents: Documents, doc_id: str) -> Document:
    return await documents.get(doc_id) or {"_id": doc_id, "rows": {}, "unsent": []}


async def _keep_rows(documents: Documents, doc: Document, fresh: Mapping[str, Any]) -> None:
    """Write rows that are new or others, and have them said."""
    if fresh:
        doc["rows"] |= fresh
        doc["unsent"] = sorted({*doc["unsent"], *fresh})
        await documents.save(doc)


def agenda(doc: dict[str, Any]) -> Agenda:
    """The agenda in a session's document."""
    return Agenda(
        session=doc["session"],
        name=doc["name"],
        plan=PlanRef.model_validate(doc["plan"]),
        status=doc["status"],
        version=doc["version"],
        frozen_at=doc.get("frozen_at"),
        items=tuple(AgendaItem.model_validate(item) for item in doc["items"]),
    )
