"""scoring's database: pages of figures, pages of verdicts, and one list document a movement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.scoring.pages import Declared, Figure, Page, PageKey
from services.scoring.state import Tally
from shared.contracts.ids import derived
from shared.contracts.intake import ScoreRow
from shared.contracts.model import Kind, PlanRef, Tier
from shared.contracts.scoring import (
    AwardLists,
    EligibilityChanged,
    EligibilityPage,
    EligibilitySummarised,
    EligibilitySummary,
    Eligible,
    Evidence,
    Standing,
    StandingsChanged,
    StandingsPage,
)
from shared.contracts.topics import ELIGIBILITY, STANDINGS
from shared.runtime.clock import Clock
from shared.runtime.mongo import Database, Document
from shared.runtime.outbox import Outgoing, Speaker

SOURCE = "thidua/scoring"


def page_id(movement: str, key: PageKey) -> str:
    """The document of a page of figures."""
    return f"{movement}/{key.subject}/{key.tier.value}/{key.page}"


def verdicts_id(movement: str, award: str, page: int) -> str:
    """The document of a page of verdicts."""
    return f"{movement}/{award}/{page}"


class ScoringStore:
    """Reads and writes one movement's documents; each write is a compare-and-set."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.boards = database.documents("boards")
        self.eligibility = database.documents("eligibility")
        self._clock = clock

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.boards.prepare(indexed=["movement"])
        await self.eligibility.prepare(indexed=["movement"])

    async def load(self, province: str, movement: str) -> tuple[Tally, dict[str, Document], dict[str, Document]]:
        """A movement's tally, and its board and eligibility documents by id."""
        tally = Tally(province, movement)
        boards = {doc["_id"]: doc for doc in await self.boards.find({"movement": tally.key})}
        for doc in boards.values():
            rows = {unit: Figure.model_validate(row) for unit, row in doc["rows"].items()}
            key = PageKey(doc["subject"], Tier(doc["tier"]), doc["page"])
            sources = {event: Evidence.model_validate(source) for event, source in doc["sources"].items()}
            declared = Declared.model_validate(doc["declared"]) if doc["declared"] else None
            tally.pages[key] = Page(doc["version"], declared, rows, sources)
        eligibility = {doc["_id"]: doc for doc in await self.eligibility.find({"movement": tally.key})}
        return tally, boards, eligibility

    async def movements(self) -> list[str]:
        """The keys of every movement that has a board."""
        return sorted({doc["movement"] for doc in await self.boards.find()})

    def page_document(self, tally: Tally, key: PageKey, old: Document | None) -> Document:
        """The document of a page as it stands in the tally, over the one it replaces."""
        page = tally.pages[key]
        doc: Document = {
            "_id": page_id(tally.key, key),
            "rev": old["rev"] if old else 0,
            "movement": tally.key,
            "subject": key.subject,
            "tier": key.tier.value,
            "page": key.page,
            "version": page.version,
            "declared": page.declared.model_dump(mode="json") if page.declared else None,
            "rows": {unit: figure.model_dump(mode="json") for unit, figure in page.rows.items()},
            "sources": {event: source.model_dump(mode="json") for event, source in page.sources.items()},
            "changed_at": self._clock.now(),
        }
        return {**doc, "unsent": ["page"] if _is_board(doc) else []}

    def verdicts_document(
        self,
        movement: str,
        award: str,
        page: int,
        came_from: dict[str, list[int]],
        plan: PlanRef,
        rows: Sequence[Eligible],
        evidence: Sequence[Evidence],
        old: Document | None,
    ) -> Document:
        """The document of a page of verdicts; it is said again only where a verdict or a reason changed."""
        dumped = [row.model_dump(mode="json", exclude_defaults=True) for row in rows]
        rests_on = [each.model_dump(mode="json", exclude_defaults=True) for each in evidence]
        changed = old is None or (old["rows"], old["evidence"]) != (dumped, rests_on)
        return {
            "_id": verdicts_id(movement, award, page),
            "rev": old["rev"] if old else 0,
            "movement": movement,
            "award": award,
            "page": page,
            "version": (old["version"] if old else 0) + changed,
            "from": came_from,
            "plan": plan.model_dump(),
            "rows": dumped,
            "evidence": rests_on,
            "changed_at": self._clock.now() if changed or old is None else old["changed_at"],
            "unsent": ["page"] if changed or old is None else old["unsent"],
        }

    def summary_document(
        self,
        movement: str,
        came_from: dict[str, Any],
        plan: PlanRef,
        lists: Sequence[AwardLists],
        old: Document | None,
    ) -> Document:
        """The document of a movement's lists."""
        dumped = [each.model_dump(mode="json") for each in lists]
        changed = old is None or old["awards"] != dumped
        return {
            "_id": f"{movement}/summary",
            "rev": old["rev"] if old else 0,
            "movement": movement,
            "version": (old["version"] if old else 0) + changed,
            "from": came_from,
            "plan": plan.model_dump(),
            "awards": dumped,
            "changed_at": self._clock.now() if changed or old is None else old["changed_at"],
            "unsent": ["summary"] if changed or old is None else old["unsent"],
        }

    @property
    def speakers(self) -> list[Speaker]:
        """Say the boards and the eligibility, always as they now stand."""
        return [
            Speaker(self.boards, self._say_board, lambda doc: ["page"] if _is_board(doc) else []),
            Speaker(self.eligibility, self._say_eligibility, lambda doc: ["summary" if "awards" in doc else "page"]),
        ]

    async def _say_board(self, doc: Document) -> list[Outgoing]:
        movement = doc["movement"].partition("/")[2]
        figures = [Figure.model_validate(doc["rows"][unit]) for unit in sorted(doc["rows"])]
        sources = {event: Evidence.model_validate(source) for event, source in doc["sources"].items()}
        page = StandingsPage(
            movement=movement,
            field=doc["subject"],
            tier=doc["tier"],
            page=doc["page"],
            version=doc["version"],
            declared_complete=bool(doc["declared"] and doc["declared"]["stands"]),
            rows=tuple(
                Standing(
                    unit=figure.value.unit,
                    score=figure.value.score,
                    version=sources[figure.event].version,
                    receipt=sources[figure.event].receipt or "",
                    as_of=sources[figure.event].as_of,
                    final=figure.final,
                )
                for figure in figures
                if isinstance(figure.value, ScoreRow)
            ),
        )
        key = doc["_id"]
        event = StandingsChanged(
            id=derived("standings", key, doc["version"]),
            source=SOURCE,
            time=doc["changed_at"],
            subject=key,
            data=page,
        )
        return [Outgoing(STANDINGS.name, key.encode(), event.encode())]

    async def _say_eligibility(self, doc: Document) -> list[Outgoing]:
        key, movement = doc["_id"], doc["movement"].partition("/")[2]
        common: dict[str, Any] = {"source": SOURCE, "time": doc["changed_at"], "subject": key}
        event: EligibilityChanged | EligibilitySummarised
        if "awards" in doc:
            event = EligibilitySummarised(
                id=derived("summary", key, doc["version"]),
                data=EligibilitySummary(
                    movement=movement,
                    version=doc["version"],
                    plan=PlanRef.model_validate(doc["plan"]),
                    awards=tuple(AwardLists.model_validate(each) for each in doc["awards"]),
                ),
                **common,
            )
        else:
            event = EligibilityChanged(
                id=derived("eligibility", key, doc["version"]),
                data=EligibilityPage(
                    movement=movement,
                    award=doc["award"],
                    page=doc["page"],
                    version=doc["version"],
                    plan=PlanRef.model_validate(doc["plan"]),
                    rows=tuple(Eligible.model_validate(row) for row in doc["rows"]),
                    evidence=tuple(Evidence.model_validate(each) for each in doc["evidence"]),
                ),
                **common,
            )
        return [Outgoing(ELIGIBILITY.name, key.encode(), event.encode())]


def _is_board(doc: Document) -> bool:
    """Whether the page is of a board: scores, or scores that were taken back."""
    return any("score" in (value := row["value"]) or value.get("kind") == Kind.SCORE for row in doc["rows"].values())
