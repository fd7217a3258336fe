"""One unit against one award: every criterion's verdict, why, and what it rests on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from services.scoring.pages import INSPECTION, Figure, Judged, Withdrawn, judged_subject
from services.scoring.state import Tally, Terms
from shared.contracts.awards import (
    ActiveRule,
    Award,
    DisciplineRule,
    JudgementRule,
    ListedRule,
    RankRule,
    Rule,
    Scope,
    TasksRule,
)
from shared.contracts.hot import DisciplineRow, Eligible, Finding, InspectionRow, ListedRow, ScoreRow, TasksRow
from shared.contracts.model import Kind, Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit
from shared.plans.authority import counted_day, has_feed, under_reporter

_Weighed = tuple[Verdict, Reason, dict[str, Any]]


def subjects_of(rule: Rule) -> tuple[str, ...]:
    """What a rule's figures are filed under; none where nothing is reported for it."""
    match rule:
        case RankRule():
            return (rule.field,)
        case TasksRule():
            return (Kind.TASKS.value,)
        case DisciplineRule():
            return (Kind.DISCIPLINE.value, INSPECTION)
        case ListedRule():
            return (Kind.LISTED.value,)
        case JudgementRule() | ActiveRule():
            return ()


def reading(award: Award, terms: Terms) -> str:
    """Whether all of an award's ranks must lie within the cut-off or any one (A4)."""
    return award.ranks or terms.plan.choices.certificate_ranks


class Hearing:
    """What judging one award needs to know of its tier, worked out once for all units."""

    def __init__(self, award: Award, tally: Tally, terms: Terms) -> None:
        self.award, self.tally, self.terms, self.choices = award, tally, terms, terms.plan.choices
        self.units = terms.ranked(award.tier)
        subjects = {subject for rule in award.rules for subject in subjects_of(rule)}
        self.rows = {subject: tally.rows(subject, award.tier) for subject in subjects}
        self.judged = {rule.criterion: tally.rows(judged_subject(rule.criterion), award.tier) for rule in award.rules}
        self.cases = tally.cases(award.tier) if INSPECTION in subjects else {}
        self._ranks: dict[tuple[str, str | None], dict[str, int]] = {}
        self.declared = {s: event for s in subjects if (event := tally.declared(s, award.tier))}
        self.owed = {s for s in subjects if has_feed(terms.plan, s, award.tier)}
        self.begun = {s: self._begun(s) for s in subjects - self.owed}
        self.rivals: dict[str | None, list[str]] = {}
        for unit in self.units:
            self.rivals.setdefault(unit.parent, []).append(unit.code)
        self.own_district = award.scope is Scope.PARENT and self.choices.certificate_scope == "parent"
        self.incomplete = self._incomplete() if self.choices.incomplete_board == "missing" else frozenset()

    def _incomplete(self) -> frozenset[tuple[str, str | None]]:
        """The (field, scope) boards on which some unit has no final figure, and nobody declared them complete."""
        return frozenset(
            (rule.field, self.scope(unit))
            for rule in self.award.rules
            if isinstance(rule, RankRule) and rule.field not in self.declared
            for unit in self.units
            if (figure := self.figure(rule.field, unit)) is None or not figure.final
        )

    def _begun(self, subject: str) -> frozenset[str | None]:
        """The districts about whose units a subject nobody must report is reported all the same.

        A district that may report its own communes says nothing about those of another (A12).
        """
        if not self.tally.reported(subject, self.award.tier):
            return frozenset()
        own_only = under_reporter(self.terms.plan, subject, self.award.tier)
        return frozenset(unit.parent for unit in self.units if not own_only or self.figure(subject, unit))

    def scope(self, unit: Unit) -> str | None:
        """The district a unit is ranked in; None for the whole province."""
        return unit.parent if self.own_district else None

    def figure(self, subject: str, unit: Unit) -> Figure | None:
        """A unit's figure, or None."""
        found = self.rows[subject].get(unit.code)
        return None if found is None or isinstance(found.value, Withdrawn) else found

    def rank(self, field: str, unit: Unit) -> int | None:
        """A unit's rank in its scope."""
        scope = self.scope(unit)
        ranks = self._ranks.get((field, scope))
        if ranks is None:
            board = self.tally.board(self.terms, field, unit.tier)
            among = None if scope is None else self.rivals[scope]
            ranks = self._ranks[field, scope] = {code: rank for rank, code in board.ranking(among)}
        return ranks.get(unit.code)

    def judge(self, unit: Unit) -> Eligible:
        """A unit's verdict with every criterion; the council's word fills what is MISSING."""
        findings = [self._with_judgement(self._find(rule, unit), unit) for rule in self.award.rules]
        if reading(self.award, self.terms) == "any":
            findings = any_rank(self.award, findings)
        return Eligible(unit=unit.code, verdict=overall(f.verdict for f in findings), findings=tuple(findings))

    def _find(self, rule: Rule, unit: Unit) -> Finding:
        if isinstance(rule, ActiveRule):
            verdict, reason, details = self._still_exists(unit)
        elif isinstance(rule, JudgementRule):
            verdict, reason, details = Verdict.MISSING, "no_feed", {}
        elif isinstance(rule, DisciplineRule):
            verdict, reason, details = self._discipline(rule, unit)
        else:
            verdict, reason, details = self._weigh(rule, unit)
        return Finding(criterion=rule.criterion, verdict=verdict, reason=reason, cite=rule.cite, **details)

    def _still_exists(self, unit: Unit) -> _Weighed:
        movement = self.terms.plan.movement
        assert movement is not None
        if unit.exists_on(movement.decided_by or counted_day(self.terms.plan)):
            return Verdict.PASS, "active", {}
        return Verdict.FAIL, "dissolved", {}

    def _absent(self, subject: str, unit: Unit) -> _Weighed:
        if subject in self.owed or unit.parent in self.begun[subject]:
            if taken_back := self.rows[subject].get(unit.code):
                return Verdict.MISSING, "withdrawn", {"events": (taken_back.event,)}
            return Verdict.MISSING, "not_reported", {}
        return Verdict.FAIL if self.choices.no_feed == "fail" else Verdict.MISSING, "no_feed", {}

    def _discipline(self, rule: DisciplineRule, unit: Unit) -> _Weighed:
        """A violation fails; else an open case with signs of one holds, also without a report (A18, L5).

        Open cases are named whatever the verdict is, for nothing may be given while there is one.
        """
        figure = self.figure(Kind.DISCIPLINE.value, unit)
        events = (figure.event,) if figure else ()
        violations = figure.value.violations if figure and isinstance(figure.value, DisciplineRow) else 0
        cases = self.cases.get(unit.code, ())
        found, pending = _cases(cases, found=True), _cases(cases, found=False)
        if self.choices.open_inspection == "ignore":
            pending = []
        open_cases = {"cases": _names(pending)}
        if figure and figure.final and violations > rule.at_most:
            return Verdict.FAIL, "violation", {**open_cases, "count": violations, "events": events}
        if len(found) > rule.at_most:
            about = {"count": len(found), "found": _names(found), "events": _events_of(found)}
            return Verdict.FAIL, "inspection_found", {**open_cases, **about}
        if pending:
            verdict = Verdict.HOLD if self.choices.open_inspection == "hold" else Verdict.FAIL
            return verdict, "inspection_open", {**open_cases, "count": len(pending), "events": _events_of(pending)}
        if figure is None:
            return self._absent(Kind.DISCIPLINE.value, unit)
        if not figure.final:
            return Verdict.MISSING, "interim", {"events": events}
        return Verdict.PASS, "no_violation", {"count": violations or None, "events": (*events, *_events_of(cases))}

    def _weigh(self, rule: RankRule | TasksRule | ListedRule, unit: Unit) -> _Weighed:
        (subject,) = subjects_of(rule)
        figure, declared = self.figure(subject, unit), self.declared.get(subject)
        if figure is None:
            events = {"events": (declared,) if declared else ()}
            if isinstance(rule, ListedRule) and declared:
                verdict, reason, _ = self._not_listed()
                return verdict, reason, events
            verdict, reason, details = self._absent(subject, unit)
            return verdict, reason, {} if reason == "no_feed" else {**events, **details}
        events = {"events": (figure.event,)}
        if not figure.final:
            rank = self.rank(rule.field, unit) if isinstance(rule, RankRule) else None
            return Verdict.MISSING, "interim", {**events, "rank": rank}
        match rule, figure.value:
            case RankRule(), ScoreRow() as score:
                verdict, reason, details = self._ranked(rule, score, unit)
            case TasksRule(), TasksRow() as tasks:
                verdict, reason, details = self._tasks(tasks)
            case ListedRule(), ListedRow(listed=listed):
                verdict, reason, details = (Verdict.PASS, "listed", {}) if listed else self._not_listed()
            case _:
                raise AssertionError(f"a {type(figure.value).__name__} is filed under {subject}")
        return verdict, reason, {**events, **details}

    def _not_listed(self) -> _Weighed:
        return Verdict.FAIL if self.choices.not_listed == "fail" else Verdict.MISSING, "not_listed", {}

    def _ranked(self, rule: RankRule, score: ScoreRow, unit: Unit) -> _Weighed:
        rank, declared = self.rank(rule.field, unit), score.declared_rank
        if self.choices.graded_by == "declared":
            rank = declared
            if rank is None:
                return Verdict.MISSING, "not_reported", {}
        differs = self.choices.declared_rank == "warn" and declared is not None and declared != rank
        details = {"rank": rank, "limit": rule.at_most, "declared": declared if differs else None}
        if (rule.field, self.scope(unit)) in self.incomplete:
            return Verdict.MISSING, "board_incomplete", details
        if rank is not None and rank <= rule.at_most:
            return Verdict.PASS, "rank_within", details
        return Verdict.FAIL, "rank_outside", details

    def _tasks(self, tasks: TasksRow) -> _Weighed:
        due = tasks.due - tasks.cancelled
        if not due:
            return Verdict.PASS if self.choices.nothing_due == "pass" else Verdict.MISSING, "nothing_due", {}
        if late := due - tasks.done_on_time:
            return Verdict.FAIL, "tasks_late", {"count": late}
        return Verdict.PASS, "tasks_on_time", {"count": due}

    def _with_judgement(self, finding: Finding, unit: Unit) -> Finding:
        """The council's word fills what is MISSING and nothing else, unless the plan says otherwise (A41).

        Whatever the plan says, only its end releases an open case (A18).
        """
        if finding.verdict is Verdict.HOLD:
            return finding
        if finding.verdict is not Verdict.MISSING and self.choices.judgement == "missing_only":
            return finding
        judged = self.judged[finding.criterion].get(unit.code)
        if judged is None or not isinstance(judged.value, Judged):
            return finding
        held = bool(finding.cases) and self.choices.open_inspection == "hold"
        verdict = Verdict.HOLD if held else judged.value.verdict
        said: dict[str, Any] = {"verdict": verdict, "events": (*finding.events, judged.event)}
        about = {"reason": "inspection_open", "count": len(finding.cases)} if held else {"reason": "judged"}
        return replace(finding, **said, **about)


def _cases(cases: Iterable[Figure], *, found: bool) -> list[Figure]:
    """The cases closed with a violation; or those open with signs of one."""
    return [
        case
        for case in cases
        if isinstance(row := case.value, InspectionRow)
        and (row.violation_found if found else row.signs_of_violation and row.closed is None)
    ]


def _names(cases: Iterable[Figure]) -> tuple[str, ...]:
    return tuple(case.value.case for case in cases if isinstance(case.value, InspectionRow))


def _events_of(cases: Iterable[Figure]) -> tuple[str, ...]:
    """The event that opened each case and the last about it; one where they are the same."""
    pairs = ((case.since[1] if case.since else case.event, case.event) for case in cases)
    return tuple(event for pair in pairs for event in dict.fromkeys(pair))


def any_rank(award: Award, findings: Iterable[Finding]) -> list[Finding]:
    """Where one field is enough (A4 = ANY), a rank inside the cut-off carries the other fields.

    While none is inside and some is not known yet, those outside wait with it.
    """
    findings = list(findings)
    ranks = {rule.criterion for rule in award.rules if isinstance(rule, RankRule)}
    of_rank = [f for f in findings if f.criterion in ranks]
    if any(f.verdict is Verdict.PASS for f in of_rank):
        carried = Verdict.PASS
    elif any(f.verdict is Verdict.MISSING for f in of_rank):
        carried = Verdict.MISSING
    else:
        return findings
    carried_as: Reason = "any_rank_within" if carried is Verdict.PASS else "any_rank_open"
    return [
        replace(f, verdict=carried, reason=carried_as)
        if f.criterion in ranks
        and (f.verdict is Verdict.FAIL or (f.verdict is Verdict.MISSING and carried is Verdict.PASS))
        else f
        for f in findings
    ]


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """FAIL if any criterion fails, else HOLD if any is on hold, else MISSING if any is missing, else PASS."""
    seen = set(verdicts)
    return next((v for v in (Verdict.FAIL, Verdict.HOLD, Verdict.MISSING) if v in seen), Verdict.PASS)
