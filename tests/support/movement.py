"""Given/when/then for one movement: apply reports and judgements, then read verdicts. Pure and fast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from services.scoring import rules
from services.scoring.context import ScoringContext
from services.scoring.state import MovementFigures
from shared.contracts.choices import default_of
from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Decision, Judgement
from shared.contracts.fast_models import Eligible, Finding
from shared.contracts.ids import derived
from shared.contracts.intake import Results
from shared.contracts.model import Kind, Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.units import UnitRegister
from shared.plans.authority import reporters
from shared.plans.load import load_plan, load_register
from tests.support.figures import figures
from tests.support.provinces import THAI_BINH

AS_OF = date(2023, 11, 30)
FIELDS = ("chuyen-doi-so", "de-an-06", "cai-cach-hanh-chinh")
_FEED = {"chuyen-doi-so": "OB07", "de-an-06": "OB08", "cai-cach-hanh-chinh": "OB06"}


@lru_cache
def s0() -> Plan:
    """KH 46/KH-UBND as the project carries it."""
    return load_plan(THAI_BINH / "s0-46-kh-ubnd.yaml")


@lru_cache
def s1() -> Plan:
    """KH 38/KH-HĐTĐKT as the project carries it."""
    return load_plan(THAI_BINH / "s1-38-kh-hdtdkt.yaml")


@lru_cache
def register() -> UnitRegister:
    """Thái Bình's units of 2023."""
    return load_register(THAI_BINH / "units-2023.csv", "thai-binh", 1)


def with_award(award: str, **changes: Any) -> Plan:
    """S0 with one award changed, validated again as if loaded from a file."""
    document = s0().model_dump(mode="json")
    for row in document["awards"]:
        if row["id"] == award:
            row |= changes
    return Plan.model_validate(document)


def with_role(role: str, *tenures: Mapping[str, Any]) -> Plan:
    """S0 with other tenures of a role, one or several in succession."""
    document = s0().model_dump(mode="json")
    for row in document["roles"]:
        if row["id"] == role:
            row["held"] = list(tenures)
    return Plan.model_validate(document)


def with_choices(**values: Any) -> Plan:
    """S0 with other values for some decisions: ``with_choices(A4="any")``."""
    document = s0().model_dump(mode="json")
    parameters = {row["id"]: row for row in document["parameters"]}
    for decision, value in values.items():
        row = parameters.setdefault(decision, {"id": decision, "default": default_of(decision), "reason": "thử"})
        row["value"] = value
    document["parameters"] = list(parameters.values())
    return Plan.model_validate(document)


def units(tier: Tier, parent: str | None = None) -> list[str]:
    """Codes of a tier's units, optionally of one parent only."""
    return [u.code for u in register().of_tier(tier, AS_OF) if parent is None or u.parent == parent]


class Given:
    """The plan and the movement figures so far; every method that changes them returns itself."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan or s0()
        assert self.plan.movement is not None
        self.movement_figures = MovementFigures("thai-binh", self.plan.movement.id)
        self.applied: list[Results] = []

    def results(
        self,
        obligation: str,
        tier: Tier,
        rows: Iterable[Mapping[str, Any]],
        *,
        version: int = 1,
        as_of: date = AS_OF,
        complete: bool = False,
        kind: Kind | None = None,
        by: str | None = None,
    ) -> list[Results]:
        """The results events of a report version, by page, without applying them."""
        due = self.plan.obligation[obligation]
        pages: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            pages.setdefault(register().page_of[row["unit"]], []).append(dict(row))
        assert self.plan.movement is not None
        return [
            Results.model_validate(
                {
                    "plan": self.plan.ref,
                    "register_version": 1,
                    "movement": self.plan.movement.id,
                    "obligation": obligation,
                    "reported_by": by or reporters(self.plan, due, register(), AS_OF)[0],
                    "receipt": derived("receipt", obligation, version),
                    "report": f"{version}/BC",
                    "period": "2023",
                    "version": version,
                    "kind": kind or due.kind,
                    "field": None if kind else due.field,
                    "tier": tier,
                    "page": page,
                    "as_of": as_of,
                    "final": as_of == AS_OF or kind is Kind.INSPECTION,
                    "complete": complete,
                    "received_at": datetime(2023, 12, 1, tzinfo=UTC),
                    "rows": page_rows,
                }
            )
            for page, page_rows in pages.items()
        ]

    def apply(self, results: Iterable[Results]) -> Given:
        """Apply results events."""
        for result in results:
            self.applied.append(result)
            self.movement_figures.apply_results(
                derived(result.receipt, result.kind, result.tier, result.page), figures(result)
            )
        return self

    def scores(
        self, field: str, tier: Tier, scores: Mapping[str, str], *, others: str | None = "10", **how: Any
    ) -> Given:
        """Scores of some units in a field; all others of the tier get ``others`` (None leaves them out)."""
        rows = dict.fromkeys(units(tier), others) if others is not None else {}
        rows |= scores
        report = [{"unit": unit, "score": Decimal(score)} for unit, score in rows.items() if score is not None]
        return self.apply(self.results(_FEED[field], tier, report, **how))

    def ranks(self, tier: Tier, unit: str, ranks: Iterable[int], among: Iterable[str] | None = None) -> Given:
        """Give a unit these ranks in the three fields by giving other units better scores."""
        rivals = [u for u in (among if among is not None else units(tier)) if u != unit]
        for field, rank in zip(FIELDS, ranks, strict=True):
            better = {rival: str(90 - n) for n, rival in enumerate(rivals[: rank - 1])}
            self.scores(field, tier, {unit: "50", **better})
        return self

    def proven(self, tier: Tier, unit: str) -> Given:
        """Everything but the ranks and the council's criteria: tasks 100 %, no violation, on the list."""
        self.apply(self.results("OB02", tier, [{"unit": unit, "due": 12, "done_on_time": 12}]))
        self.apply(self.results("OB05", tier, [{"unit": unit, "violations": 0}]))
        return self.apply(self.results("OB09", tier, [{"unit": unit}], complete=True))

    def judged(self, unit: str, *criteria: str, verdict: Verdict = Verdict.PASS, version: int = 1) -> Given:
        """Apply the council's judgements of a unit's criteria."""
        tier, page = register().by_code[unit].tier, register().page_of[unit]
        for criterion in criteria:
            judgement = Judgement.model_validate(
                {
                    "movement": self.movement_figures.movement,
                    "plan": self.plan.ref,
                    "register_version": 1,
                    "tier": tier,
                    "page": page,
                    "unit": unit,
                    "criterion": criterion,
                    "verdict": verdict,
                    "reason": "họp",
                    "by": "Chủ tịch",
                    "at": datetime(2023, 12, 20, tzinfo=UTC),
                    "version": version,
                }
            )
            self.movement_figures.apply_judgement(derived("judgement", unit, criterion, version), judgement)
        return self

    def case(
        self, unit: str, case: str = "12/QĐ-TTr", *, version: int = 1, signs: bool = True, **closed: Any
    ) -> list[Results]:
        """The event of an inspection as Sở Nội vụ reports it, without applying it."""
        row = {"unit": unit, "case": case, "signs_of_violation": signs, "opened": date(2023, 12, 1), **closed}
        tier = register().by_code[unit].tier
        return self.results(
            "OB05", tier, [row], version=version, as_of=date(2023, 12, 1), kind=Kind.INSPECTION, by="so-noi-vu"
        )

    def decided(self, award: str, unit: str, status: str = "granted", version: int = 1) -> Given:
        """Apply a decision on an award for a unit."""
        decision = Decision.model_validate(
            {
                "movement": self.movement_figures.movement,
                "plan": self.plan.ref,
                "register_version": 1,
                "award": award,
                "subject": unit,
                "unit": unit,
                "tier": register().by_code[unit].tier,
                "page": register().page_of[unit],
                "status": status,
                "computed": None,
                "departs": False,
                "by": "Chủ tịch",
                "at": datetime(2023, 12, 20, tzinfo=UTC),
                "version": version,
            }
        )
        self.movement_figures.apply_decision(derived("decision", award, unit, version), decision)
        return self

    def awarded(self, award: str, unit: str, *, version: int = 1, revoked: bool = False) -> Given:
        """Apply a decision that gives an award to a unit, or revokes it."""
        paper = {"number": "12/QĐ-UBND", "date": "2024-01-15", "signer": "Chủ tịch Ủy ban nhân dân tỉnh"}
        conferred = ConferredAward.model_validate(
            {
                "movement": self.movement_figures.movement,
                "plan": self.plan.ref,
                "register_version": 1,
                "award": award,
                "subject": unit,
                "unit": unit,
                "tier": register().by_code[unit].tier,
                "page": register().page_of[unit],
                "decision": paper,
                "revocation": {**paper, "number": "99/QĐ-UBND", "reason": "Kê khai sai"} if revoked else None,
                "by": "Thư ký",
                "at": datetime(2024, 1, 16, version, tzinfo=UTC),
                "version": version,
            }
        )
        self.movement_figures.apply_award(derived("award", award, unit, version), conferred)
        return self

    @property
    def context(self) -> ScoringContext:
        """The plan and the units."""
        return ScoringContext(self.plan, register())

    def verdicts(self, award: str) -> list[Eligible]:
        """Every unit's verdict for an award, with every rank."""
        judged = rules.evaluate(self.plan.award[award], self.movement_figures, self.context)
        return rules.with_ranks(self.plan.award[award], judged, self.movement_figures, self.context)

    def verdict(self, award: str, unit: str) -> Eligible:
        """A unit's verdict for an award."""
        return next(row for row in self.verdicts(award) if row.unit == unit)

    def finding(self, award: str, unit: str, criterion: str) -> Finding:
        """The finding on one criterion of a unit's verdict for an award."""
        return next(f for f in self.verdict(award, unit).findings if f.criterion == criterion)

    def lists(self) -> dict[str, AwardLists]:
        """The lists of all awards."""
        verdicts = {award.id: self.verdicts(award.id) for award in self.plan.awards}
        return {
            award_lists.award: award_lists
            for award_lists in rules.summarise(self.context, verdicts, self.movement_figures)
        }


def first_in_everything(*codes: str, plan: Plan | None = None) -> Given:
    """Departments that share first place in all fields, with all else proven and judged."""
    given = Given(plan)
    for field in FIELDS:
        given.scores(field, Tier.SO, dict.fromkeys(codes, "90"))
    for unit in codes:
        given.proven(Tier.SO, unit).judged(unit, "hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
    return given
