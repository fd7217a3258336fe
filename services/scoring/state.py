"""What scoring knows of one movement: figures on pages, and the boards that rank them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from services.scoring.boards import Board, fixed_point
from shared.contracts.council import Judgement
from shared.contracts.intake import Results, Row, ScoreRow
from shared.contracts.model import Said, Tier, Verdict, movement_key
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister


class Judged(Said):
    """The council's word, filed like any other figure."""

    unit: str
    verdict: Verdict


class Figure(Said):
    """One unit's figure as last reported: the event and receipt it came with, its version, and whether it is final."""

    version: int
    event: str
    receipt: str
    as_of: date | None
    final: bool
    value: Row | Judged


@dataclass(frozen=True, slots=True, order=True)
class PageKey:
    """A page: the subject its figures are filed under, the tier, and the page's number within it."""

    subject: str
    tier: Tier
    page: int


@dataclass(slots=True)
class Page:
    """The figures of one subject for at most 256 units of a tier. ``version`` counts the changes to them.

    ``declared`` is the last version and event in which the reporter declared the tier complete: units without a
    figure have none then (A39).
    """

    version: int = 0
    declared: tuple[int, str] | None = None
    rows: dict[str, Figure] = field(default_factory=dict)


def judged_subject(criterion: str) -> str:
    """Where the council's judgements on a criterion are filed."""
    return f"judged:{criterion}"


class Tally:
    """Everything counted for one movement. Hearing an event again, or late, changes nothing."""

    def __init__(self, province: str, movement: str) -> None:
        self.province = province
        self.movement = movement
        self.pages: dict[PageKey, Page] = {}
        self._boards: dict[tuple[str, Tier], Board] = {}
        self._decimals: dict[str, int] = {}

    @property
    def key(self) -> str:
        """``<province>/<movement>``."""
        return movement_key(self.province, self.movement)

    def hear_results(self, event_id: str, results: Results) -> PageKey | None:
        """File the figures; the page where that changed it, else None. The last version of a figure wins."""
        key = PageKey(results.subject, results.tier, results.page)
        fresh = {
            row.unit: Figure(
                version=results.version,
                event=event_id,
                receipt=results.receipt,
                as_of=results.as_of,
                final=results.final,
                value=row,
            )
            for row in results.rows
            if self._is_news(key, row.unit, results.version)
        }
        return self._file(key, fresh, (results.version, event_id) if results.complete else None)

    def hear_judgement(self, event_id: str, judgement: Judgement) -> PageKey | None:
        """File the council's word; the page where that changed it, else None."""
        key = PageKey(judged_subject(judgement.criterion), judgement.tier, judgement.page)
        if not self._is_news(key, judgement.unit, judgement.version):
            return None
        value = Judged(unit=judgement.unit, verdict=judgement.verdict)
        figure = Figure(version=judgement.version, event=event_id, receipt="", as_of=None, final=True, value=value)
        return self._file(key, {judgement.unit: figure}, None)

    def _is_news(self, key: PageKey, unit: str, version: int) -> bool:
        page = self.pages.get(key)
        return page is None or unit not in page.rows or page.rows[unit].version < version

    def _file(self, key: PageKey, fresh: dict[str, Figure], declared: tuple[int, str] | None) -> PageKey | None:
        page = self.pages.get(key, Page())
        last = max(filter(None, (page.declared, declared)), default=None)
        if not fresh and last == page.declared:
            return None
        self.pages[key] = page
        page.rows.update(fresh)
        page.declared = last
        page.version += 1
        if board := self._boards.get((key.subject, key.tier)):
            self._rank(board, key.subject, fresh)
        return key

    def figure(self, subject: str, tier: Tier, page: int, unit: str) -> Figure | None:
        """A unit's figure, or None."""
        found = self.pages.get(PageKey(subject, tier, page))
        return found.rows.get(unit) if found else None

    def declared(self, subject: str, tier: Tier) -> str | None:
        """The event in which the reporter last declared the tier complete, or None."""
        declared = [page.declared for page in self._pages_of(subject, tier) if page.declared]
        return max(declared)[1] if declared else None

    def reported(self, subject: str, tier: Tier) -> bool:
        """Whether any figure of the subject has come for the tier."""
        return any(page.rows or page.declared for page in self._pages_of(subject, tier))

    def _pages_of(self, subject: str, tier: Tier) -> Iterator[Page]:
        return (page for key, page in self.pages.items() if (key.subject, key.tier) == (subject, tier))

    def versions(self, subject: str, tier: Tier, pages: int) -> list[int]:
        """The versions of a subject's pages, 0 where there is none yet."""
        found = (self.pages.get(PageKey(subject, tier, page)) for page in range(pages))
        return [page.version if page else 0 for page in found]

    def board(self, plan: Plan, field_id: str, tier: Tier) -> Board:
        """The board of a field and tier, interim scores included; made once and then kept up to date."""
        made = self._boards.get((field_id, tier))
        if made is None:
            ranked = plan.field[field_id]
            self._decimals[field_id] = ranked.decimals
            made = self._boards[field_id, tier] = Board(fixed_point(ranked.scale, ranked.decimals))
            for key, page in self.pages.items():
                if (key.subject, key.tier) == (field_id, tier):
                    self._rank(made, field_id, page.rows)
        return made

    def _rank(self, board: Board, field_id: str, rows: dict[str, Figure]) -> None:
        for unit, figure in rows.items():
            if isinstance(figure.value, ScoreRow):
                board.put(unit, fixed_point(figure.value.score, self._decimals[field_id]))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a movement is judged by: the newest plan and register."""

    plan: Plan
    register: UnitRegister
