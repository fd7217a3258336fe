"""Who is eligible for what, and why: pure decisions over a tally, the plan and the units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.scoring.state import Figure, Judged, Tally, Terms, judged_subject
from shared.contracts.intake import DisciplineRow, ListedRow, Results, ScoreRow, TasksRow
from shared.contracts.model import Kind, Tier, Verdict
from shared.contracts.plan import (
    Award,
    DisciplineRule,
    Form,
    JudgementRule,
    ListedRule,
    Plan,
    RankRule,
    Rule,
    Scope,
    TasksRule,
)
from shared.contracts.scoring import AwardLists, Eligible, Finding, Reason
from shared.contracts.units import Unit
from shared.plans.authority import has_feed, may_report

FOR_THE_COUNCIL: frozenset[Reason] = frozenset({"no_feed", "nothing_due"})
"""Reasons a criterion is MISSING that no further report will change; the council may judge it (A41)."""

_NEAREST = 3


def breach(plan: Plan, results: Results) -> str | None:
    """Why these figures may not be counted, judged by the plan version they name; None where they may."""
    if not may_report(plan, results.reported_by, results.obligation, results.tier):
        return f"{results.reported_by} may not report {results.obligation} about {results.tier.value}"
    if plan.obligation[results.obligation].subject != results.subject:
        return f"{results.obligation} is not about {results.subject}"
    return None


def subject_of(rule: Rule) -> str | None:
    """What a rule's figures are filed under; None where nothing is reported for it."""
    match rule:
        case RankRule():
            return rule.field
        case TasksRule():
            return Kind.TASKS.value
        case DisciplineRule():
            return Kind.DISCIPLINE.value
        case ListedRule():
            return Kind.LISTED.value
        case JudgementRule():
            return None


def computed_from(award: Award, tally: Tally, terms: Terms) -> dict[str, list[int]]:
    """The versions an award's verdicts follow from. While they are the same, so are the verdicts."""
    pages = terms.register.pages(award.tier)
    subjects = {s for rule in award.rules for s in (subject_of(rule), judged_subject(rule.criterion)) if s}
    versions = {subject: tally.versions(subject, award.tier, pages) for subject in sorted(subjects)}
    return {"plan": [terms.plan.version], "register": [terms.register.version], **versions}


class Hearing:
    """What judging one award needs to know of its tier, worked out once for all units."""

    def __init__(self, award: Award, tally: Tally, terms: Terms) -> None:
        assert terms.plan.movement is not None
        self.award, self.tally, self.terms = award, tally, terms
        self.units = terms.register.of_tier(award.tier, terms.plan.movement.as_of)
        subjects = {subject for rule in award.rules if (subject := subject_of(rule))}
        self.declared = {s: event for s in subjects if (event := tally.declared(s, award.tier))}
        self.fed = {s for s in subjects if tally.reported(s, award.tier) or has_feed(terms.plan, s, award.tier)}
        self.rivals: dict[str | None, tuple[str, ...]] = {}
        for unit in self.units:
            self.rivals[unit.parent] = (*self.rivals.get(unit.parent, ()), unit.code)
        self.incomplete = {
            (rule.field, self.scope(unit))
            for rule in award.rules
            if isinstance(rule, RankRule) and rule.field not in self.declared
            for unit in self.units
            if (figure := self.figure(rule.field, unit)) is None or not figure.final
        }

    def scope(self, unit: Unit) -> str | None:
        """The district a unit is ranked in; None for the whole province."""
        return unit.parent if self.award.scope is Scope.PARENT else None

    def figure(self, subject: str, unit: Unit) -> Figure | None:
        """A unit's figure, or None."""
        return self.tally.figure(subject, unit.tier, self.terms.register.page_of[unit.code], unit.code)

    def rank(self, field: str, unit: Unit) -> int | None:
        """A unit's rank in its scope."""
        board = self.tally.board(self.terms.plan, field, unit.tier)
        if self.award.scope is Scope.TINH:
            return board.rank(unit.code)
        return board.rank_among(unit.code, self.rivals[unit.parent])

    def judge(self, unit: Unit) -> Eligible:
        """A unit's verdict with every criterion; the council's word fills what is MISSING."""
        findings: list[Finding] = []
        for rule in self.award.rules:
            finding = self._find(rule, unit)
            if finding.verdict is Verdict.MISSING:
                finding = _with_judgement(finding, self.figure(judged_subject(rule.criterion), unit))
            findings.append(finding)
        if self.award.ranks == "any":
            findings = _any_rank(self.award, findings)
        return Eligible(unit=unit.code, verdict=overall(f.verdict for f in findings), findings=tuple(findings))

    def _find(self, rule: Rule, unit: Unit) -> Finding:
        subject = subject_of(rule)
        if subject is None:
            return Finding(criterion=rule.criterion, verdict=Verdict.MISSING, reason="no_feed")
        figure = self.figure(subject, unit)
        verdict, reason, evidence = self._weigh(rule, subject, figure, unit)
        source = figure.event if figure else self.declared.get(subject)
        events = (source,) if source else ()
        return Finding(criterion=rule.criterion, verdict=verdict, reason=reason, events=events, **evidence)

    def _weigh(self, rule: Rule, subject: str, figure: Figure | None, unit: Unit) -> _Weighed:
        if figure is None:
            if isinstance(rule, ListedRule) and subject in self.declared:
                return Verdict.FAIL, "not_listed", {}
            return Verdict.MISSING, "not_reported" if subject in self.fed else "no_feed", {}
        if not figure.final:
            return Verdict.MISSING, "interim", {}
        match rule, figure.value:
            case RankRule(), ScoreRow():
                rank = self.rank(rule.field, unit)
                evidence = {"rank": rank, "limit": rule.at_most}
                if (rule.field, self.scope(unit)) in self.incomplete:
                    return Verdict.MISSING, "board_incomplete", evidence
                if rank is not None and rank <= rule.at_most:
                    return Verdict.PASS, "rank_within", evidence
                return Verdict.FAIL, "rank_outside", evidence
            case TasksRule(), TasksRow() as tasks:
                due = tasks.due - tasks.cancelled
                if not due:
                    return Verdict.MISSING, "nothing_due", {}
                if late := due - tasks.done_on_time:
                    return Verdict.FAIL, "tasks_late", {"count": late}
                return Verdict.PASS, "tasks_on_time", {"count": due}
            case DisciplineRule(), DisciplineRow(violations=n):
                return (Verdict.FAIL, "violation", {"count": n}) if n else (Verdict.PASS, "no_violation", {})
            case ListedRule(), ListedRow(listed=listed):
                return (Verdict.PASS, "listed", {}) if listed else (Verdict.FAIL, "not_listed", {})
        raise AssertionError(f"a {type(figure.value).__name__} is filed under {subject}")


_Weighed = tuple[Verdict, Reason, dict[str, int | None]]


def judge_page(award: Award, page: int, tally: Tally, terms: Terms) -> list[Eligible]:
    """The verdict of every unit on a page of the award's tier, in register order."""
    hearing = Hearing(award, tally, terms)
    return [hearing.judge(unit) for unit in hearing.units if terms.register.page_of[unit.code] == page]


def _with_judgement(finding: Finding, judged: Figure | None) -> Finding:
    """The council's word fills what is MISSING and nothing else (A41)."""
    if judged is None or not isinstance(judged.value, Judged):
        return finding
    return finding.model_copy(
        update={"verdict": judged.value.verdict, "reason": "judged", "events": (*finding.events, judged.event)}
    )


def _any_rank(award: Award, findings: list[Finding]) -> list[Finding]:
    """Where one field is enough (A4 = ANY), a rank inside the cut-off carries the other fields."""
    ranks = {rule.criterion for rule in award.rules if isinstance(rule, RankRule)}
    of_rank = [f for f in findings if f.criterion in ranks]
    if any(f.verdict is Verdict.PASS for f in of_rank):
        carried = Verdict.PASS
    elif any(f.verdict is Verdict.MISSING for f in of_rank):
        carried = Verdict.MISSING
    else:
        return findings
    return [
        f.model_copy(update={"verdict": carried, "reason": "any_rank_within" if carried is Verdict.PASS else f.reason})
        if f.criterion in ranks and f.verdict is not Verdict.PASS
        else f
        for f in findings
    ]


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """FAIL if any criterion fails, else MISSING if any is missing, else PASS."""
    seen = set(verdicts)
    return next((v for v in (Verdict.FAIL, Verdict.MISSING) if v in seen), Verdict.PASS)


def for_judgement(row: Eligible) -> bool:
    """Whether all that a feed can prove is PASS and the rest is the council's to judge."""
    return row.verdict is Verdict.MISSING and all(
        f.verdict is Verdict.PASS or (f.verdict is Verdict.MISSING and f.reason in FOR_THE_COUNCIL)
        for f in row.findings
    )


def summarise(plan: Plan, verdicts: Mapping[str, Sequence[Eligible]]) -> list[AwardLists]:
    """The lists of every award from its verdicts, after flags and certificates have excluded each other.

    A unit that is the only candidate for its tier's flag leaves the certificate's candidates, which do not
    refill; tied flag candidates stay in both until the council decides (A9, S0 IV.4 "hoặc").
    """
    candidates = {
        award.id: [row.unit for row in verdicts[award.id] if row.verdict is Verdict.PASS] for award in plan.awards
    }
    flagged: set[tuple[Tier, str]] = {
        (award.tier, candidates[award.id][0])
        for award in plan.awards
        if award.form is Form.CO_THI_DUA and len(candidates[award.id]) == 1
    }
    lists: list[AwardLists] = []
    for award in plan.awards:
        rows = verdicts[award.id]
        kept = [
            unit for unit in candidates[award.id] if award.form is Form.CO_THI_DUA or (award.tier, unit) not in flagged
        ]
        judged = [row.unit for row in rows if for_judgement(row)]
        lists.append(
            AwardLists(
                award=award.id,
                candidates=tuple(kept),
                for_judgement=tuple(judged),
                nearest=() if candidates[award.id] or judged else _nearest(rows),
            )
        )
    return lists


def distance(row: Eligible) -> tuple[int, int, int, str]:
    """How far a unit is from an award: criteria failed, places outside the cut-offs, criteria missing, code."""
    outside = sum(max(0, f.rank - f.limit) for f in row.findings if f.rank is not None and f.limit is not None)
    verdicts = [f.verdict for f in row.findings]
    return verdicts.count(Verdict.FAIL), outside, verdicts.count(Verdict.MISSING), row.unit


def _nearest(rows: Sequence[Eligible]) -> tuple[str, ...]:
    """The units that came nearest, of those that proved something."""
    proven = [row for row in rows if any(f.verdict is Verdict.PASS for f in row.findings)]
    return tuple(row.unit for row in sorted(proven, key=distance)[:_NEAREST])
