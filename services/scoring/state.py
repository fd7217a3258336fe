"""What scoring knows of one movement: the figures on its pages, and the boards that rank them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property

from msgspec.structs import replace

from services.scoring.boards import Board, fixed_point
from services.scoring.figures import (
    INSPECTION,
    Decided,
    Declared,
    Figure,
    Judged,
    Page,
    PageKey,
    Withdrawn,
    decided_subject,
    judged_subject,
)
from shared.contracts.council import Decision, Judgement
from shared.contracts.fast_models import Evidence, InspectionRow, Results, Row, ScoreRow
from shared.contracts.model import Kind, Tier, movement_key
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import ranked_units, within_parent


@dataclass(frozen=True)
class ScoringContext:
    """What a movement is judged by: the newest plan and register."""

    plan: Plan
    register: UnitRegister

    @cached_property
    def _ranked(self) -> dict[Tier, tuple[Unit, ...]]:
        return {tier: ranked_units(self.plan, self.register, tier) for tier in Tier}

    def ranked(self, tier: Tier) -> tuple[Unit, ...]:
        """The units of a tier that are ranked, in register order."""
        return self._ranked[tier]

    @cached_property
    def _members(self) -> dict[Tier, frozenset[str]]:
        return {tier: frozenset(unit.code for unit in units) for tier, units in self._ranked.items()}

    def members(self, tier: Tier) -> frozenset[str]:
        """Their codes."""
        return self._members[tier]

    @cached_property
    def _rivals(self) -> dict[Tier, dict[str | None, list[str]]]:
        rivals: dict[Tier, dict[str | None, list[str]]] = {tier: {} for tier in Tier}
        for tier, units in self._ranked.items():
            for unit in units:
                rivals[tier].setdefault(unit.parent, []).append(unit.code)
        return rivals

    @cached_property
    def _paged(self) -> dict[Tier, dict[int, list[str]]]:
        paged: dict[Tier, dict[int, list[str]]] = {tier: {} for tier in Tier}
        for tier, units in self._ranked.items():
            for unit in units:
                paged[tier].setdefault(self.register.page_of[unit.code], []).append(unit.code)
        return paged

    def paged(self, tier: Tier) -> dict[int, list[str]]:
        """The codes of a tier's ranked units, page by page."""
        return self._paged[tier]

    def rivals(self, tier: Tier) -> dict[str | None, list[str]]:
        """The codes of a tier's ranked units, district by district."""
        return self._rivals[tier]

    def ranks_within_parent(self, tier: Tier) -> bool:
        """Whether some award of a tier ranks its units inside their own district (A8)."""
        return any(award.tier is tier and within_parent(self.plan, award) for award in self.plan.awards)

    @cached_property
    def versions(self) -> tuple[int, int]:
        """The versions of plan and register."""
        return self.plan.version, self.register.version


@dataclass(slots=True)
class _Ranked:
    """A board, what it is made from (a plan's field, a register's units of a tier), and what it has not taken yet.

    Figures are taken when the board is looked at: of those that came one after the other for a unit only the last.
    """

    context: ScoringContext
    board: Board
    decimals: int
    members: frozenset[str]
    unranked: dict[str, Figure]

    def up_to_date(self) -> Board:
        """The board with all figures on it."""
        for unit, figure in self.unranked.items():
            value = figure.value
            if isinstance(value, ScoreRow):
                if unit in self.members:
                    self.board.put(unit, fixed_point(value.written, self.decimals))
            elif isinstance(value, Withdrawn):
                self.board.take_off(unit)
        self.unranked = {}
        return self.board


_NOTHING = Page()


class MovementFigures:
    """Everything counted for one movement. Hearing an event again, or late, changes nothing.

    ``dirty`` are the units about whom anything changed, by subject and tier, until somebody clears it.
    """

    def __init__(self, province: str, movement: str) -> None:
        self.province = province
        self.movement = movement
        self.pages: dict[PageKey, Page] = {}
        self.dirty: dict[tuple[str, Tier], set[str]] = {}
        self._numbered: dict[int, list[Page]] = {}
        self._boards: dict[tuple[str, Tier], _Ranked] = {}

    @property
    def key(self) -> str:
        """``<province>/<movement>``."""
        return movement_key(self.province, self.movement)

    def apply_results(self, event_id: str, results: Results) -> PageKey | None:
        """File the figures; the page where that changed it, else None. The figure received last wins.

        Within one account that is its last version; where two agencies reported a unit one after the other (a commune
        that changed its district), it is the later one's. What stands in for a report taken back takes its place.
        """
        key = PageKey(results.subject, results.tier, results.page)
        page = self.pages.get(key) or Page()
        (at, version), final = results.order, results.final
        fresh: dict[str, Figure] = {}
        if results.kind is Kind.INSPECTION or results.withdrawn:
            fresh = _cases_and_withdrawals(page, results, event_id)
        else:
            known_of = page.rows.get
            for row in results.rows:
                known = known_of(row.unit)
                if known is None or known.order < (at, version, event_id):
                    fresh[row.unit] = Figure(version, event_id, final, row, at)
        declared = None
        if results.complete or results.undeclared:
            declared = Declared(at, version, event_id, results.complete)
        if not self._file(key, page, fresh, declared):
            return None
        page.heard[event_id] = results
        return key

    def apply_judgement(self, event_id: str, judgement: Judgement) -> PageKey | None:
        """File the council's word; the page where that changed it, else None."""
        key = PageKey(judged_subject(judgement.criterion), judgement.tier, judgement.page)
        value = Judged(unit=judgement.unit, verdict=judgement.verdict)
        source = Evidence(
            event=event_id, version=judgement.version, at=judgement.at, by=judgement.by, note=judgement.reason
        )
        return self._file_word(key, event_id, judgement.unit, value, source)

    def apply_decision(self, event_id: str, decision: Decision) -> PageKey | None:
        """File a decision about a unit; the page where that changed it, else None.

        It is filed under its subject: a unit nominated once more is decided about anew, beginning with version 1.
        """
        if decision.unit is None or decision.tier is None or decision.page is None:
            return None
        key = PageKey(decided_subject(decision.award), decision.tier, decision.page)
        value = Decided(unit=decision.unit, status=decision.status)
        source = Evidence(
            event=event_id, version=decision.version, at=decision.at, by=decision.by, note=decision.reason
        )
        return self._file_word(key, event_id, decision.subject, value, source)

    def _file_word(
        self, key: PageKey, event_id: str, about: str, value: Judged | Decided, source: Evidence
    ) -> PageKey | None:
        page = self.pages.get(key) or Page()
        known = page.rows.get(about)
        if known is not None and known.version >= source.version:
            return None
        self._file(key, page, {about: Figure(source.version, event_id, True, value, source.at)}, None)
        page.sources[event_id] = source
        return key

    def _file(self, key: PageKey, page: Page, fresh: dict[str, Figure], declared: Declared | None) -> bool:
        """Put what is news on its page; whether there was any."""
        if declared is not None and page.declared is not None and page.declared.order >= declared.order:
            declared = None
        if not fresh and declared is None:
            return False
        self.pages[key] = page
        page.rows.update(fresh)
        page.declared = declared or page.declared
        page.version += 1
        about = fresh if key.subject != INSPECTION else [case.value.unit for case in fresh.values()]
        self.dirty.setdefault((key.subject, key.tier), set()).update(about)
        if ranked := self._boards.get((key.subject, key.tier)):
            ranked.unranked.update(fresh)
        return True

    def figure(self, subject: str, tier: Tier, page: int, unit: str) -> Figure | None:
        """A unit's figure, or None; also where it was taken back."""
        found = self.pages.get(PageKey(subject, tier, page), _NOTHING).rows.get(unit)
        return None if found is None or isinstance(found.value, Withdrawn) else found

    def rows(self, subject: str, tier: Tier) -> dict[str, Figure]:
        """All that is filed under a subject for a tier, by what it is about; also what was taken back."""
        return {about: figure for page in self._pages_of(subject, tier) for about, figure in page.rows.items()}

    def cases(self, tier: Tier) -> dict[str, list[Figure]]:
        """The inspections and complaints of a tier's units, open and closed.

        Those of a unit are in the order they were last heard of, then by name.
        """
        found = self.rows(INSPECTION, tier).values()
        rows = [(f.version, f.event, f.value.case, f) for f in found if isinstance(f.value, InspectionRow)]
        cases: dict[str, list[Figure]] = {}
        for _, _, _, case in sorted(rows, key=lambda row: row[:3]):
            cases.setdefault(case.value.unit, []).append(case)
        return cases

    def evidence(self, event: str) -> Evidence | None:
        """What an event behind some figure is evidence of."""
        return self.evidences([event]).get(event)

    def evidences(self, events: Iterable[str], near: int | None = None) -> dict[str, Evidence]:
        """What events behind figures are evidence of, by event. Those of units on one page are ``near`` its number."""
        wanted, found = set(events), dict[str, Evidence]()
        if near is not None:
            if sum(map(len, self._numbered.values())) != len(self.pages):
                self._numbered = {}
                for key, page in self.pages.items():
                    self._numbered.setdefault(key.page, []).append(page)
            wanted -= self._look_for(wanted, self._numbered.get(near, ()), found)
        if wanted:
            self._look_for(wanted, self.pages.values(), found)
        return found

    @staticmethod
    def _look_for(wanted: set[str], pages: Iterable[Page], found: dict[str, Evidence]) -> Set[str]:
        for page in pages:
            for event in wanted & page.sources.keys() | wanted & page.heard.keys():
                if (evidence := page.evidence(event)) is not None:
                    found[event] = evidence
        return found.keys()

    def granted(self, award: str) -> frozenset[str]:
        """The units an award is granted to, revoked ones left out."""
        return self._decided(award, "granted")

    def declined(self, award: str) -> frozenset[str]:
        """The units an award is declined to."""
        return self._decided(award, "declined")

    def _decided(self, award: str, status: str) -> frozenset[str]:
        subject = decided_subject(award)
        figures = [f.value for key, page in self.pages.items() if key.subject == subject for f in page.rows.values()]
        return frozenset(v.unit for v in figures if isinstance(v, Decided) and v.status == status)

    def declared(self, subject: str, tier: Tier) -> str | None:
        """The event in which the reporter last declared the tier complete, or None."""
        said = (page.declared for page in self._pages_of(subject, tier))
        stands = [word for word in said if word is not None and word.stands]
        return max(stands, key=lambda word: word.order).event if stands else None

    def reported(self, subject: str, tier: Tier) -> bool:
        """Whether any figure of the subject has come for the tier, and was not taken back."""
        return any(
            (page.declared is not None and page.declared.stands)
            or any(not isinstance(figure.value, Withdrawn) for figure in page.rows.values())
            for page in self._pages_of(subject, tier)
        )

    def _pages_of(self, subject: str, tier: Tier) -> Iterator[Page]:
        return (page for key, page in self.pages.items() if (key.subject, key.tier) == (subject, tier))

    def versions(self, subject: str, tier: Tier, pages: int) -> list[int]:
        """The versions of a subject's pages, 0 where there is none yet."""
        found = (self.pages.get(PageKey(subject, tier, page)) for page in range(pages))
        return [page.version if page else 0 for page in found]

    def board(self, context: ScoringContext, field_id: str, tier: Tier) -> Board:
        """The board of a field and tier, interim scores included; made once for a plan and register and kept."""
        ranked = self._boards.get((field_id, tier))
        if ranked is None or ranked.context.versions != context.versions:
            field = context.plan.field[field_id]
            board = Board(fixed_point(str(field.scale), field.decimals), dense=context.plan.choices.ties == "dense")
            unranked = {unit: figure for page in self._pages_of(field_id, tier) for unit, figure in page.rows.items()}
            ranked = _Ranked(context, board, field.decimals, context.members(tier), unranked)
            self._boards[field_id, tier] = ranked
        return ranked.up_to_date() if ranked.unranked else ranked.board


def _cases_and_withdrawals(page: Page, results: Results, event: str) -> dict[str, Figure]:
    """The figures that are news where some are of cases, which keep their first word, or are taken back."""
    at, version = results.order
    rows: dict[str, Row | Withdrawn] = {row.key: row for row in results.rows}
    rows |= {row.key: Withdrawn(row.unit, results.kind) for row in results.withdrawn}
    fresh: dict[str, Figure] = {}
    for about, value in rows.items():
        since = (version, event) if results.kind is Kind.INSPECTION else None
        known = page.rows.get(about)
        if known is not None and since is not None and known.since is not None:
            since = min(since, known.since)
        if known is None or known.order < (at, version, event):
            fresh[about] = Figure(version, event, results.final, value, at, since)
        elif since != known.since:
            fresh[about] = replace(known, since=since)
    return fresh
