"""council's database: what it has heard, the council's judgements, the sessions with their agendas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.council.rules import Status
from services.council.state import Numbers
from shared.contracts.council import Agenda, AgendaAssembled, AgendaItem, Judgement, JudgementGiven, JudgementMade
from shared.contracts.ids import derived
from shared.contracts.intake import Receipt
from shared.contracts.model import PlanRef, movement_key
from shared.contracts.plan import Plan, Session
from shared.contracts.scoring import AwardLists, EligibilitySummary
from shared.contracts.topics import AGENDAS, JUDGEMENTS
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Database, Document
from shared.runtime.outbox import Outgoing, Speaker

SOURCE = "thidua/council"


class CouncilStore:
    """Reads and writes the council's documents; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self.heard = database.documents("heard")
        self.judgements = database.documents("judgements")
        self.sessions = database.documents("sessions")

    async def prepare(self) -> None:
        """Create the indexes."""
        for documents in (self.heard, self.judgements, self.sessions):
            await documents.prepare()

    async def hear_receipt(self, province: str, receipt: Receipt) -> None:
        """Keep whether an obligation's report is complete. An older version changes nothing."""
        if receipt.status != "accepted" or receipt.movement is None or receipt.version is None:
            return
        doc_id = f"{movement_key(province, receipt.movement)}/receipts"
        doc = await self.heard.get(doc_id) or {"_id": doc_id, "rows": {}, "unsent": []}
        row = f"{receipt.obligation}/{receipt.reported_by}/{receipt.period}".replace(".", "-")
        if doc["rows"].get(row, {}).get("version", 0) < receipt.version:
            doc["rows"][row] = {
                "version": receipt.version,
                "obligation": receipt.obligation,
                "complete": receipt.complete_at is not None,
            }
            await self.heard.save(doc)

    async def hear_summary(self, province: str, summary: EligibilitySummary) -> None:
        """Keep the lists of a movement. The last one heard is the newest: one key is one ordered partition.

        Their version says nothing here: it counts changes, and begins anew when scoring's database does.
        """
        doc_id = f"{movement_key(province, summary.movement)}/summary"
        doc = await self.heard.get(doc_id) or {"_id": doc_id, "awards": None, "unsent": []}
        awards = [each.model_dump(mode="json") for each in summary.awards]
        if doc["awards"] != awards:
            await self.heard.save({**doc, "awards": awards})

    async def complete(self, province: str, movement: str) -> frozenset[tuple[str, str]]:
        """(movement, obligation) of every complete report."""
        doc = await self.heard.get(f"{movement_key(province, movement)}/receipts")
        rows = doc["rows"].values() if doc else ()
        return frozenset((movement, row["obligation"]) for row in rows if row["complete"])

    async def lists(self, province: str, movement: str) -> Sequence[AwardLists]:
        """The lists of a movement, as last heard."""
        doc = await self.heard.get(f"{movement_key(province, movement)}/summary")
        return [AwardLists.model_validate(each) for each in doc["awards"]] if doc else []

    async def judge(
        self, given: Sequence[JudgementGiven], plan: Plan, register: UnitRegister, movement: str, now: datetime
    ) -> None:
        """Keep judgements; a later one on the same unit and criterion replaces the earlier."""
        doc_id = movement_key(plan.province, movement)
        doc = await self.judgements.get(doc_id) or {"_id": doc_id, "rows": {}, "unsent": []}
        said = list(doc["unsent"])
        for each in given:
            row = f"{each.unit}|{each.criterion}"
            before = doc["rows"].get(row)
            if before is not None and all(before[k] == v for k, v in each.model_dump(mode="json").items()):
                continue
            doc["rows"][row] = Judgement(
                movement=movement,
                plan=plan.ref,
                register_version=register.version,
                tier=register.by_code[each.unit].tier,
                page=register.page_of[each.unit],
                at=now,
                version=(before["version"] if before else 0) + 1,
                **each.model_dump(),
            ).model_dump(mode="json")
            said.append(row)
        doc["unsent"] = sorted(set(said))
        await self.judgements.save(doc)

    async def session(self, doc_id: str) -> Document:
        """A session's document, empty before its first agenda."""
        return await self.sessions.get(doc_id) or {
            "_id": doc_id,
            "version": 0,
            "numbers": {},
            "items": None,
            "status": None,
            "unsent": [],
        }

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
        """Write an agenda where it differs from the one before."""
        dumped = [item.model_dump(mode="json") for item in items]
        ref = plan.ref.model_dump()
        if (doc["items"], doc["status"], doc.get("name"), doc.get("plan")) == (dumped, status, session.name, ref):
            return
        doc |= {
            "version": doc["version"] + 1,
            "session": session.id,
            "name": session.name,
            "plan": ref,
            "status": status,
            "items": dumped,
            "numbers": dict(numbers.by_item),
            "changed_at": now,
            "unsent": ["agenda"],
        }
        await self.sessions.save(doc)

    @property
    def speakers(self) -> list[Speaker]:
        """Say the agendas and the judgements, always as they now stand."""
        return [
            Speaker(self.judgements, self._say_judgements, lambda doc: list(doc["rows"])),
            Speaker(self.sessions, self._say_agenda, lambda doc: ["agenda"]),
        ]

    async def _say_judgements(self, doc: Document) -> list[Outgoing]:
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
            said.append(Outgoing(JUDGEMENTS.name, doc["_id"].encode(), event.encode()))
        return said

    async def _say_agenda(self, doc: Document) -> list[Outgoing]:
        event = AgendaAssembled(
            id=derived("agenda", doc["_id"], doc["version"]),
            source=SOURCE,
            time=doc["changed_at"],
            subject=doc["_id"],
            data=agenda(doc),
        )
        return [Outgoing(AGENDAS.name, doc["_id"].encode(), event.encode())]


def agenda(doc: dict[str, Any]) -> Agenda:
    """The agenda in a session's document."""
    return Agenda(
        session=doc["session"],
        name=doc["name"],
        plan=PlanRef.model_validate(doc["plan"]),
        status=doc["status"],
        version=doc["version"],
        items=tuple(AgendaItem.model_validate(item) for item in doc["items"]),
    )
