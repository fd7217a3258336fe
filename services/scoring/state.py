"""What scoring knows of one movement: figures on pages, what they rest on, and the boards that rank them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from services.scoring.boards import Board, fixed_point
from shared.contracts.awards import Scope
from shared.contracts.council import Decision, Judgement
from shared.contracts.ids import derived
from shared.contracts.intake import InspectionRow, Results, Row, ScoreRow
from shared.contracts.model import Kind, Said, Tier, Verdict, movement_key
from shared.contracts.plan import Plan
from shared.contracts.scoring import Evidence
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import ranked_units

INSPECTION = Kind.INSPECTION.value


class Judged(Said):
    """The council's word, filed like any other figure."""

    unit: str
    verdict: Verdict


class Decided(Said):
    """What was decided about a unit and an award, filed like any other figure."""

    unit: str
    status: Literal["granted", "declined", "revoked"]


class Figure(Said):
    """One unit's figure as last reported: its version, the event it came with, and whether it is final.

    ``since`` is the first version and event of a case that was opened; it stays when the case is closed.
    """

    version: int
    event: str
    final: bool
    value: Row | Judged | Decided
    since: tuple[int, str] | None = None


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
    figure have none then (A39). ``sources`` are what the events behind the figures are evidence of.
    """

    version: int = 0
    declared: tuple[int, str] | None = None
    rows: dict[str, Figure] = field(default_factory=dict)
    sources: dict[str, Evidence] = field(default_factory=dict)

    def forget_unused_sources(self) -> None:
        """Drop the evidence no figure rests on any more."""
        used = {event for figure in self.rows.values() for event in (figure.event, (figure.since or (0, ""))[1])}
        used |= {self.declared[1]} if self.declared else set()
        self.sources = {event: source for event, source in self.sources.items() if event in used}


@dataclass(frozen=True)
class Terms:
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

    def ranks_within_parent(self, tier: Tier) -> bool:
        """Whether some award of a tier ranks its units inside their own district (A8)."""
        own_district = self.plan.choices.certificate_scope == "parent"
        return own_district and any(a.tier is tier and a.scope is Scope.PARENT for a in self.plan.awards)

    @cached_property
    def versions(self) -> tuple[int, int]:
        """The versions of plan and register."""
        return self.plan.version, self.register.version


def judged_subject(criterion: str) -> str:
    """Where the council's judgements on a criterion are filed."""
    return f"judged:{criterion}"


def decided_subject(award: str) -> str:
    """Where decisions on an award are filed."""
    return f"decided:{award}"


def _row_key(row: Row) -> str:
    """What a row is filed under on its page: its unit; an inspection beside the others of its unit."""
    return f"{row.unit}#{derived(row.case)}" if isinstance(row, InspectionRow) else row.unit


class Tally:
    """Everything counted for one movement. Hearing an event again, or late, changes nothing."""

    def __init__(self, province: str, movement: str) -> None:
        self.province = province
        self.movement = movement
        self.pages: dict[PageKey, Page] = {}
        self._boards: dict[tuple[str, Tier], tuple[Terms, Board]] = {}

    @property
    def key(self) -> str:
        """``<province>/<movement>``."""
        return movement_key(self.province, self.movement)

    def hear_results(self, event_id: str, results: Results) -> PageKey | None:
        """File the figures; the page where that changed it, else None. The figure received last wins.

        Within one account that is its last version; where two agencies reported a unit one after the other (a commune
        that changed its district), it is the later one's.
        """
        key = PageKey(results.subject, results.tier, results.page)
        fresh = {_row_key(row): self._figure_of(key, row, event_id, results) for row in results.rows}
        source = Evidence(
            event=event_id,
            version=results.version,
            at=results.received_at,
            by=results.reported_by,
            report=results.report,
            receipt=results.receipt,
            obligation=results.obligation,
            as_of=results.as_of,
        )
        declared = (results.version, event_id) if results.complete else None
        return self._file(key, event_id, {k: f for k, f in fresh.items() if f}, declared, source)

    def _figure_of(self, key: PageKey, row: Row, event_id: str, results: Results) -> Figure | None:
        """The figure a row makes, or None where what is known is newer and no older opening is learnt."""
        page = self.pages.get(key, Page())
        known = page.rows.get(_row_key(row))
        since = (results.version, event_id) if isinstance(row, InspectionRow) else None
        fresh = Figure(version=results.version, event=event_id, final=results.final, value=row, since=since)
        if known is None:
            return fresh
        if since is not None and known.since is not None:
            since = min(since, known.since)
        known_since_when = (page.sources[known.event].at, known.version, known.event)
        if known_since_when < (results.received_at, results.version, event_id):
            return fresh.model_copy(update={"since": since})
        return known.model_copy(update={"since": since}) if since != known.since else None

    def hear_judgement(self, event_id: str, judgement: Judgement) -> PageKey | None:
        """File the council's word; the page where that changed it, else None."""
        key = PageKey(judged_subject(judgement.criterion), judgement.tier, judgement.page)
        value = Judged(unit=judgement.unit, verdict=judgement.verdict)
        source = Evidence(
            event=event_id, version=judgement.version, at=judgement.at, by=judgement.by, note=judgement.reason
        )
        return self._file_word(key, event_id, judgement.unit, value, source)

    def hear_decision(self, event_id: str, decision: Decision) -> PageKey | None:
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
        page = self.pages.get(key)
        known = page.rows.get(about) if page else None
        if known is not None and known.version >= source.version:
            return None
        figure = Figure(version=source.version, event=event_id, final=True, value=value)
        return self._file(key, event_id, {about: figure}, None, source)

    def _file(
        self,
        key: PageKey,
        event_id: str,
        fresh: dict[str, Figure],
        declared: tuple[int, str] | None,
        source: Evidence,
    ) -> PageKey | None:
        page = self.pages.get(key, Page())
        last = max(filter(None, (page.declared, declared)), default=None)
        if not fresh and last == page.declared:
            return None
        self.pages[key] = page
        page.rows.update(fresh)
        page.declared = last
        page.sources[event_id] = source
        page.forget_unused_sources()
        page.version += 1
        if held := self._boards.get((key.subject, key.tier)):
            self._rank(*held, key.subject, key.tier, fresh)
        return key

    def figure(self, subject: str, tier: Tier, page: int, unit: str) -> Figure | None:
        """A unit's figure, or None."""
        found = self.pages.get(PageKey(subject, tier, page))
        return found.rows.get(unit) if found else None

    def cases(self, tier: Tier, page: int, unit: str) -> list[Figure]:
        """A unit's inspections and complaints, open and closed, by the version they were last heard of."""
        found = self.pages.get(PageKey(INSPECTION, tier, page))
        rows = [f for key, f in found.rows.items() if key.partition("#")[0] == unit] if found else []
        return sorted(rows, key=lambda figure: (figure.version, figure.event))

    def evidence(self, event: str) -> Evidence | None:
        """What an event behind some figure is evidence of."""
        return next((page.sources[event] for page in self.pages.values() if event in page.sources), None)

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

    def board(self, terms: Terms, field_id: str, tier: Tier) -> Board:
        """The board of a field and tier, interim scores included; made once for a plan and register and kept."""
        held = self._boards.get((field_id, tier))
        if held is None or held[0].versions != terms.versions:
            ranked = terms.plan.field[field_id]
            dense = terms.plan.choices.ties == "dense"
            held = terms, Board(fixed_point(ranked.scale, ranked.decimals), dense=dense)
            self._boards[field_id, tier] = held
            for page in self._pages_of(field_id, tier):
                self._rank(*held, field_id, tier, page.rows)
        return held[1]

    @staticmethod
    def _rank(terms: Terms, board: Board, field_id: str, tier: Tier, rows: dict[str, Figure]) -> None:
        decimals, members = terms.plan.field[field_id].decimals, terms.members(tier)
        for unit, figure in rows.items():
            if isinstance(figure.value, ScoreRow) and unit in members:
                board.put(unit, fixed_point(figure.value.score, decimals))
