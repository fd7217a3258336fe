"""Random years of one movement for hypothesis: reports, withdrawals, judgements and decisions, in order.

Reports go through intake's real rules, so versions, finality and completeness are realistic. The plan is S0 and a
second version of it with other decisions; the units are few, with communes on two pages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.intake.context import IntakeContext, Ledger
from services.intake.reports import rules as intake
from services.intake.reports.results import report_results, withdrawal_results
from services.intake.reports.state import AcceptedReport, LedgerEntry
from services.intake.reports.withdrawal import WithdrawalRequest, effective_entries, withdraw
from shared.contracts.conferral import AwardGiven, AwardRevoked, ConferredAward, OfficialPaper
from shared.contracts.council import Decision, DecisionMade, Judgement, JudgementMade
from shared.contracts.ids import derived
from shared.contracts.intake import PlanPublished, Report, ResultsReported, UnitsPublished
from shared.contracts.model import Event, Kind, Tier, movement_key
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import accepts_tier, account_of
from tests.support.movement import AS_OF, s0
from tests.support.small_province import Feed, feeds, plans, registers

START = datetime(2023, 12, 1, tzinfo=UTC)
INTERIM = date(2023, 8, 31)
_REPORT: TypeAdapter[Report] = TypeAdapter(Report)


@dataclass(frozen=True)
class Reporting:
    """An agency reports figures; ``figures`` are small numbers that each kind of figure interprets; see ``_row``."""

    feed: Feed
    figures: Mapping[str, int]
    interim: bool
    complete: bool


@dataclass(frozen=True)
class Inspecting:
    """An agency reports the state of cases about units."""

    feed: Feed
    cases: Mapping[tuple[str, int], int]


@dataclass(frozen=True)
class Withdrawal:
    """An agency withdraws an effective report: number ``which``, modulo their count."""

    which: int


@dataclass(frozen=True)
class Judging:
    """The council judges a unit on a criterion."""

    unit: str
    criterion: str
    verdict: Literal["PASS", "FAIL"]


@dataclass(frozen=True)
class Deciding:
    """An award for a unit is decided; ``through`` identifies the nomination of a nominated award."""

    award: str
    unit: str
    through: int
    status: Literal["granted", "declined", "revoked"]


@dataclass(frozen=True)
class Awarding:
    """A decision gives an award to a unit, or revokes it; ``through`` identifies the nomination as above."""

    award: str
    unit: str
    through: int
    revoked: bool = False


@dataclass(frozen=True)
class Publishing:
    """A newer plan or register comes into force."""

    what: Literal["plan", "units"]


Act = Reporting | Inspecting | Withdrawal | Judging | Deciding | Awarding | Publishing


def _reporting(feed: Feed) -> st.SearchStrategy[Reporting]:
    figures = st.dictionaries(st.sampled_from(feed.units), st.integers(0, 5), min_size=1, max_size=6)
    return st.builds(Reporting, st.just(feed), figures, interim=st.sampled_from([False, False, True]), complete=_rarely)


def _inspecting(feed: Feed) -> st.SearchStrategy[Inspecting]:
    case = st.tuples(st.sampled_from(feed.units), st.integers(1, 2))
    return st.builds(Inspecting, st.just(feed), st.dictionaries(case, st.integers(0, 3), min_size=1, max_size=3))


_GOOD = {Kind.TASKS: 2, Kind.DISCIPLINE: 0, Kind.LISTED: 3}
_rarely = st.sampled_from([False, False, False, True])


@dataclass(frozen=True)
class Year:
    """The acts of a year, in order."""

    acts: tuple[Act, ...]

    @cached_property
    def events(self) -> list[Event]:
        """The events of the year in order, beginning with the plan and the units."""
        return list(_EventRenderer().of(self.acts))


def years(acts: int = 14) -> st.SearchStrategy[Year]:
    """Random years; some begin with a complete and good set of reports."""
    judged = st.sampled_from([("so-a", c.id) for c in s0().criteria[:4]] + [("xa-a2", s0().criteria[0].id)])
    decided = st.sampled_from([("C1", "so-a"), ("C1", "so-b"), ("B1", "so-a"), ("C3", "xa-a2"), ("B4", "dvsn-a")])
    status = st.sampled_from(["granted", "declined", "revoked"])
    cases = [feed for feed in feeds() if feed.kind is Kind.DISCIPLINE]
    act: st.SearchStrategy[Act] = st.one_of(
        st.sampled_from(feeds()).flatmap(_reporting),
        st.sampled_from([feed for feed in feeds() if feed.kind is Kind.SCORE]).flatmap(_reporting),
        st.sampled_from(cases).flatmap(_inspecting),
        st.builds(Withdrawal, st.integers(0, 20)),
        st.builds(
            lambda about, verdict: Judging(about[0], about[1], verdict), judged, st.sampled_from(["PASS", "FAIL"])
        ),
        st.builds(lambda about, n, what: Deciding(about[0], about[1], n, what), decided, st.integers(1, 2), status),
        st.builds(
            lambda about, n, off: Awarding(about[0], about[1], n, off), decided, st.integers(1, 2), st.booleans()
        ),
        st.builds(Publishing, st.sampled_from(["plan", "units"])),
    )
    begun = st.sampled_from([(), (), good_year()])
    return st.builds(lambda before, then: Year((*before, *then)), begun, st.lists(act, min_size=1, max_size=acts))


def good_year() -> tuple[Act, ...]:
    """A year with all reports; the first units of each tier are the best, so later acts can remove candidates."""
    reported = [
        Reporting(feed, {u: _GOOD.get(feed.kind, max(0, 5 - n)) for n, u in enumerate(feed.units)}, False, True)
        for feed in feeds()
        if feed.kind is not Kind.ATTENDANCE
    ]
    return (*reported, *(Judging("so-a", criterion.id, "PASS") for criterion in s0().criteria))


@dataclass
class _EventRenderer:
    """Renders acts as events, and counts versions as intake and the council do."""

    plan: Plan = field(default_factory=lambda: plans()[0])
    register: UnitRegister = field(default_factory=lambda: registers()[0])
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    histories: defaultdict[str, list[LedgerEntry]] = field(default_factory=lambda: defaultdict(list))
    versions: Counter[tuple[str, ...]] = field(default_factory=Counter)
    now: datetime = START

    def of(self, acts: Sequence[Act]) -> Iterator[Event]:
        yield self._publish_plan()
        yield self._publish_units()
        for act in acts:
            self.now += timedelta(hours=1)
            match act:
                case Reporting():
                    yield from self._report(act.feed, self._body(act))
                case Inspecting():
                    yield from self._report(act.feed, self._inspection(act))
                case Withdrawal():
                    yield from self._withdraw(act.which)
                case Judging() if act.unit in self.register.by_code:
                    yield self._judgement(act)
                case Deciding() if act.unit in self.register.by_code:
                    yield self._decision(act)
                case Awarding() if act.unit in self.register.by_code:
                    yield self._award(act)
                case Publishing(what="plan") if self.plan is plans()[0]:
                    self.plan = plans()[1]
                    yield self._publish_plan()
                case Publishing(what="units") if self.register is registers()[0]:
                    self.register = registers()[1]
                    yield self._publish_units()

    @property
    def _movement(self) -> str:
        assert self.plan.movement is not None
        return self.plan.movement.id

    @property
    def _common(self) -> dict[str, Any]:
        return {"source": "test", "time": self.now, "subject": movement_key(self.plan.province, self._movement)}

    def _publish_plan(self) -> PlanPublished:
        return PlanPublished(id=derived("plan", self.plan.key), data=self.plan, **self._common)

    def _publish_units(self) -> UnitsPublished:
        return UnitsPublished(id=derived("units", self.register.version), data=self.register, **self._common)

    def _body(self, act: Reporting) -> dict[str, Any]:
        rows = [_row(act.feed.kind, unit, n) for unit, n in act.figures.items() if unit in self.register.by_code]
        interim = act.interim or (act.complete and not rows)
        tiers = [tier for tier in Tier if accepts_tier(self.plan, self.plan.obligation[act.feed.obligation], tier)]
        return {
            "kind": act.feed.kind,
            "as_of": INTERIM if interim else AS_OF,
            "complete_tiers": tiers[:2] if act.complete else [],
            "rows": rows,
        }

    def _inspection(self, act: Inspecting) -> dict[str, Any]:
        rows = [
            {
                "unit": unit,
                "case": f"{number}/QĐ-TTr",
                "signs_of_violation": state > 0,
                "opened": date(2023, 10, 1),
                "closed": date(2023, 11, 1) if state > 1 else None,
                "violation_found": state == 3,
            }
            for (unit, number), state in act.cases.items()
            if unit in self.register.by_code
        ]
        return {"kind": Kind.INSPECTION, "as_of": AS_OF, "rows": rows}

    def _report(self, feed: Feed, body: dict[str, Any]) -> list[ResultsReported]:
        if not body["rows"] and feed.kind is not Kind.LISTED:
            return []
        about = {"movement": self._movement, "obligation": feed.obligation, "period": str(AS_OF.year)}
        report, context = _REPORT.validate_python(about | body), IntakeContext(self.plan, self.register)
        ledger = intake.ledger_id(
            self.plan.province, report, account_of(self.plan.obligation[feed.obligation], feed.agency)
        )
        report_id = f"{self.versions['reports',]}/BC"
        self.versions["reports",] += 1
        outcome = intake.decide(report, report_id, feed.agency, context, self.ledgers.get(ledger, Ledger()), self.now)
        assert isinstance(outcome, AcceptedReport), outcome.problems
        self.ledgers[ledger] = outcome.ledger
        self.histories[ledger].append(LedgerEntry(outcome.receipt, report, context))
        return report_results(outcome, context, "test")

    def _withdraw(self, which: int) -> list[ResultsReported]:
        counting = [
            (ledger, effective_entry)
            for ledger in self.histories
            for effective_entry in effective_entries(self.histories[ledger])
        ]
        if not counting:
            return []
        ledger, withdrawn = counting[which % len(counting)]
        history, context = self.histories[ledger], IntakeContext(self.plan, self.register)
        request = WithdrawalRequest("agency", withdrawn.receipt.reported_by, "nhầm")
        receipt, self.ledgers[ledger] = withdraw(withdrawn.receipt, history, request, context, self.now)
        events = withdrawal_results(receipt, history, "test")
        history.append(LedgerEntry(receipt, None, context))
        return events

    def _about(self, unit: str, *what: str) -> dict[str, Any]:
        self.versions[what] += 1
        return {
            "movement": self._movement,
            "plan": self.plan.ref,
            "register_version": self.register.version,
            "unit": unit,
            "tier": self.register.by_code[unit].tier,
            "page": self.register.page_of[unit],
            "by": "Chủ tịch",
            "at": self.now,
            "version": self.versions[what],
        }

    def _judgement(self, act: Judging) -> JudgementMade:
        about = self._about(act.unit, "judgement", act.criterion, act.unit)
        judgement = Judgement(criterion=act.criterion, verdict=act.verdict, reason="họp", **about)
        return JudgementMade(id=derived("judgement", *about.values(), act.criterion), data=judgement, **self._common)

    def _subject(self, act: Deciding | Awarding) -> str:
        return act.unit if act.award in self.plan.award else derived("nomination", act.unit, act.through)

    def _award(self, act: Awarding) -> AwardGiven | AwardRevoked:
        subject = self._subject(act)
        about = self._about(act.unit, "award", act.award, subject)
        paper = OfficialPaper(number="1/QĐ-UBND", date=date(2024, 1, 15), signer="Chủ tịch")
        revocation = paper.model_copy(update={"number": "2/QĐ-UBND", "reason": "sai"}) if act.revoked else None
        award = ConferredAward(award=act.award, subject=subject, decision=paper, revocation=revocation, **about)
        kind = AwardRevoked if act.revoked else AwardGiven
        return kind(id=derived("award", act.award, subject, award.version), data=award, **self._common)

    def _decision(self, act: Deciding) -> DecisionMade:
        subject = self._subject(act)
        about = self._about(act.unit, "decision", act.award, subject)
        decision = Decision(
            award=act.award, subject=subject, status=act.status, computed=None, departs=True, reason="họp", **about
        )
        return DecisionMade(id=derived("decision", act.award, subject, decision.version), data=decision, **self._common)


def _row(kind: Kind, unit: str, n: int) -> dict[str, Any]:
    """A row of a kind from a number 0 to 5; each kind gives figures that pass, that fail and that tie."""
    match kind:
        case Kind.SCORE:
            figures = {"score": f"{n * 20}.5" if n < 5 else "100", "declared_rank": n or None}
        case Kind.TASKS:
            figures = {"due": n, "done_on_time": min(n, 2), "cancelled": n // 4}
        case Kind.DISCIPLINE:
            figures = {"violations": max(0, n - 3)}
        case Kind.LISTED:
            figures = {"listed": n > 1}
        case _:
            figures = {"invited": n, "present": n}
    return {"unit": unit, **figures}
