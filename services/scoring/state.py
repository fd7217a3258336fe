"""The figures of one movement on their pages, and the boards that rank them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from msgspec.structs import replace

from services.scoring.boards import Board, fixed_point
from services.scoring.context import ScoringContext
from services.scoring.figures import (
    INSPECTION,
    Decided,
    Declared,
    Figure,
    Judged,
    Page,
    PageKey,
    Withdrawn,
    awarded_subject,
    decided_subject,
    judged_subject,
    period_subject,
    subject_of,
)
from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Decision, Judgement
from shared.contracts.fast_models import Evidence, InspectionRow, Results, Row, ScoreRow
from shared.contracts.model import Kind, Tier, movement_key
from shared.contracts.periods import parse_period


@dataclass(slots=True)
class _RankedBoard:
    """A board, the context it was made from, and the figures that are not on it yet.

    Figures go onto the board only when the board is read, so of several figures for one unit only the last is ranked.
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
                self.board.remove(unit)
        self.unranked = {}
        return self.board


_NO_FIGURES = Page()


class MovementFigures:
    """All figures, judgements and decisions of one movement. Applying an event twice or late changes nothing.

    ``dirty`` holds the units whose figures changed, by subject and tier, until the caller clears it.
    """

    def __init__(self, province: str, movement: str) -> None:
        self.province = province
        self.movement = movement
        self.pages: dict[PageKey, Page] = {}
        self.dirty: dict[tuple[str, Tier], set[str]] = {}
        self._pages_by_number: dict[int, list[Page]] = {}
        self._boards: dict[tuple[str, Tier], _RankedBoard] = {}

    @property
    def key(self) -> str:
        """``<province>/<movement>``."""
        return movement_key(self.province, self.movement)

    def apply_results(self, event_id: str, results: Results) -> PageKey | None:
        """File an event's figures and return the page it changed, or None. The figure received last wins.

        Within one report series that is the highest version. Where two agencies reported a unit one after the other (a
        commune that changed its district), it is the later agency's. A figure that replaces a withdrawn one takes that
        one's place in this order. Figures of an interim period are on pages of their own, whatever comes when (0032).
        """
        key = PageKey(subject_of(results), results.tier, results.page)
        page = self.pages.get(key) or Page()
        (at, version), final = results.order, results.final
        fresh: dict[str, Figure] = {}
        if results.kind is Kind.INSPECTION or results.withdrawn:
            fresh = _fresh_cases_and_withdrawals(page, results, event_id)
        else:
            filed_for = page.rows.get
            for row in results.rows:
                filed = filed_for(row.unit)
                if filed is None or filed.order < (at, version, event_id):
                    fresh[row.unit] = Figure(version, event_id, final, row, at)
        declared = None
        if results.complete or results.undeclared:
            declared = Declared(at, version, event_id, results.complete)
        if not self._file(key, page, fresh, declared):
            return None
        page.applied[event_id] = results
        return key

    def has_applied(self, event_id: str, results: Results) -> bool:
        """Whether this very event is what figures follow from, so that applying it again changes nothing."""
        page = self.pages.get(PageKey(subject_of(results), results.tier, results.page))
        return page is not None and event_id in page.applied

    def apply_judgement(self, event_id: str, judgement: Judgement) -> PageKey | None:
        """File a judgement of the council and return the page it changed, or None."""
        key = PageKey(judged_subject(judgement.criterion), judgement.tier, judgement.page)
        value = Judged(unit=judgement.unit, verdict=judgement.verdict)
        source = Evidence(
            event=event_id, version=judgement.version, at=judgement.at, by=judgement.by, note=judgement.reason
        )
        return self._file_council_value(key, event_id, judgement.unit, value, source)

    def apply_decision(self, event_id: str, decision: Decision) -> PageKey | None:
        """File a decision about a unit and return the page it changed, or None.

        It is filed under the decision's subject: a unit nominated again gets a new decision that starts at version 1.
        """
        if decision.unit is None or decision.tier is None or decision.page is None:
            return None
        key = PageKey(decided_subject(decision.award), decision.tier, decision.page)
        value = Decided(unit=decision.unit, status=decision.status)
        source = Evidence(
            event=event_id, version=decision.version, at=decision.at, by=decision.by, note=decision.reason
        )
        return self._file_council_value(key, event_id, decision.subject, value, source)

    def apply_award(self, event_id: str, award: ConferredAward) -> PageKey | None:
        """File a decision that gave or revoked an award and return the page it changed, or None.

        It is filed beside the council's proposal, not over it: the two have versions of their own.
        """
        if award.unit is None or award.tier is None or award.page is None:
            return None
        key = PageKey(awarded_subject(award.award), award.tier, award.page)
        paper = award.revocation or award.decision
        value = Decided(
            unit=award.unit, status="granted" if award.stands else "revoked", number=paper.number, date=paper.date
        )
        source = Evidence(event=event_id, version=award.version, at=award.at, by=paper.signer, note=paper.reason)
        return self._file_council_value(key, event_id, award.subject, value, source)

    def _file_council_value(
        self, key: PageKey, event_id: str, row_key: str, value: Judged | Decided, source: Evidence
    ) -> PageKey | None:
        page = self.pages.get(key) or Page()
        filed = page.rows.get(row_key)
        if filed is not None and filed.version >= source.version:
            return None
        self._file(key, page, {row_key: Figure(source.version, event_id, True, value, source.at)}, None)
        page.sources[event_id] = source
        return key

    def _file(self, key: PageKey, page: Page, fresh: dict[str, Figure], declared: Declared | None) -> bool:
        """Put new figures and a newer declaration on their page; return whether anything changed."""
        if declared is not None and page.declared is not None and page.declared.order >= declared.order:
            declared = None
        if not fresh and declared is None:
            return False
        self.pages[key] = page
        page.rows.update(fresh)
        page.declared = declared or page.declared
        page.version += 1
        units = fresh if key.subject != INSPECTION else [case.value.unit for case in fresh.values()]
        self.dirty.setdefault((key.subject, key.tier), set()).update(units)
        if ranked := self._boards.get((key.subject, key.tier)):
            ranked.unranked.update(fresh)
        return True

    def figure(self, subject: str, tier: Tier, page: int, unit: str) -> Figure | None:
        """A unit's figure; None if there is none or it was withdrawn."""
        figure = self.pages.get(PageKey(subject, tier, page), _NO_FIGURES).rows.get(unit)
        return None if figure is None or isinstance(figure.value, Withdrawn) else figure

    def rows(self, subject: str, tier: Tier) -> dict[str, Figure]:
        """All figures of a subject for a tier by row key (a unit, case or decision), withdrawn ones included."""
        return {row_key: figure for page in self._pages_of(subject, tier) for row_key, figure in page.rows.items()}

    def cases(self, tier: Tier) -> dict[str, list[Figure]]:
        """The inspections and complaints of a tier's units, open and closed, by unit.

        A unit's cases are ordered by the version and event that last reported them, then by name.
        """
        figures = self.rows(INSPECTION, tier).values()
        rows = [(f.version, f.event, f.value.case, f) for f in figures if isinstance(f.value, InspectionRow)]
        cases: dict[str, list[Figure]] = {}
        for _, _, _, case in sorted(rows, key=lambda row: row[:3]):
            cases.setdefault(case.value.unit, []).append(case)
        return cases

    def evidence(self, event: str) -> Evidence | None:
        """The evidence an event gives for figures; None if no figure rests on the event."""
        return self.evidence_by_event([event]).get(event)

    def evidence_by_event(self, events: Iterable[str], near: int | None = None) -> dict[str, Evidence]:
        """The evidence of several events, by event id. Pages numbered ``near`` are searched first."""
        wanted, evidence = set(events), dict[str, Evidence]()
        if near is not None:
            if sum(map(len, self._pages_by_number.values())) != len(self.pages):
                self._pages_by_number = {}
                for key, page in self.pages.items():
                    self._pages_by_number.setdefault(key.page, []).append(page)
            wanted -= self._collect_evidence(wanted, self._pages_by_number.get(near, ()), evidence)
        if wanted:
            self._collect_evidence(wanted, self.pages.values(), evidence)
        return evidence

    @staticmethod
    def _collect_evidence(wanted: set[str], pages: Iterable[Page], into: dict[str, Evidence]) -> Set[str]:
        for page in pages:
            for event in wanted & page.sources.keys() | wanted & page.applied.keys():
                if (evidence := page.evidence(event)) is not None:
                    into[event] = evidence
        return into.keys()

    def granted(self, award: str) -> frozenset[str]:
        """The units an award is proposed for or was given to, without those whose proposal and award were revoked."""
        return self._decided(decided_subject(award), "granted") | self.awarded(award)

    def awarded(self, award: str) -> frozenset[str]:
        """The units an award was given to, without those whose award was revoked."""
        return self._decided(awarded_subject(award), "granted")

    def declined(self, award: str) -> frozenset[str]:
        """The units an award was declined for."""
        return self._decided(decided_subject(award), "declined")

    def _decided(self, subject: str, status: str) -> frozenset[str]:
        figures = [f.value for key, page in self.pages.items() if key.subject == subject for f in page.rows.values()]
        return frozenset(v.unit for v in figures if isinstance(v, Decided) and v.status == status)

    def declaring_event(self, subject: str, tier: Tier) -> str | None:
        """The event that last declared the tier complete; None if no declaration stands."""
        return _last(declared for declared in self._declarations(subject, tier) if declared.stands)

    def last_declaration(self, subject: str, tier: Tier) -> str | None:
        """The event that last declared the tier complete, or took that back."""
        return _last(self._declarations(subject, tier))

    def _declarations(self, subject: str, tier: Tier) -> Iterator[Declared]:
        return (page.declared for page in self._pages_of(subject, tier) if page.declared is not None)

    def is_reported(self, subject: str, tier: Tier) -> bool:
        """Whether the tier has a figure of the subject that is not withdrawn, or a standing declaration."""
        return any(
            (page.declared is not None and page.declared.stands)
            or any(not isinstance(figure.value, Withdrawn) for figure in page.rows.values())
            for page in self._pages_of(subject, tier)
        )

    def _pages_of(self, subject: str, tier: Tier) -> Iterator[Page]:
        return (page for key, page in self.pages.items() if (key.subject, key.tier) == (subject, tier))

    def versions(self, subject: str, tier: Tier, pages: int) -> list[int]:
        """The versions of a subject's first ``pages`` pages, 0 for a page that does not exist yet."""
        found_pages = (self.pages.get(PageKey(subject, tier, page)) for page in range(pages))
        return [page.version if page else 0 for page in found_pages]

    def interim_periods(self, subject: str, tier: Tier) -> list[str]:
        """The periods besides the deciding one of which a tier has figures, that which ended first coming first."""
        begin = period_subject(subject, "")
        subjects = {key.subject for key in self.pages if key.tier is tier and key.subject.startswith(begin)}
        periods = (named.removeprefix(begin) for named in subjects)
        return sorted(periods, key=lambda period: (parse_period(period).last_day, period))

    def board(self, context: ScoringContext, field_id: str, tier: Tier, period: str | None = None) -> Board:
        """The board of a field and tier, interim scores included. It is rebuilt when plan or register change.

        With ``period`` it is that of an interim period, which decides nothing.
        """
        subject = field_id if period is None else period_subject(field_id, period)
        ranked = self._boards.get((subject, tier))
        if ranked is None or ranked.context.versions != context.versions:
            field = context.plan.field[field_id]
            board = Board(dense=context.plan.choices.ties == "dense")
            unranked = {unit: figure for page in self._pages_of(subject, tier) for unit, figure in page.rows.items()}
            ranked = _RankedBoard(context, board, field.decimals, context.ranked_codes(tier), unranked)
            self._boards[subject, tier] = ranked
        return ranked.up_to_date() if ranked.unranked else ranked.board


def _last(declarations: Iterable[Declared]) -> str | None:
    last = max(declarations, key=lambda declared: declared.order, default=None)
    return last.event if last else None


def _fresh_cases_and_withdrawals(page: Page, results: Results, event: str) -> dict[str, Figure]:
    """The new figures of an event with cases or withdrawals. A case keeps the first version and event in ``since``."""
    at, version = results.order
    rows: dict[str, Row | Withdrawn] = {row.key: row for row in results.rows}
    rows |= {row.key: Withdrawn(row.unit, results.kind) for row in results.withdrawn}
    fresh: dict[str, Figure] = {}
    for row_key, value in rows.items():
        since = (version, event) if results.kind is Kind.INSPECTION else None
        filed = page.rows.get(row_key)
        if filed is not None and since is not None and filed.since is not None:
            since = min(since, filed.since)
        if filed is None or filed.order < (at, version, event):
            fresh[row_key] = Figure(version, event, results.final, value, at, since)
        elif since != filed.since:
            fresh[row_key] = replace(filed, since=since)
    return fresh
