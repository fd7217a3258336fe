"""One unit against one award: every criterion's verdict, why, and what it rests on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from services.scoring.figures import INSPECTION, Figure, Judged, Withdrawn, judged_subject
from services.scoring.state import MovementFigures, ScoringContext
from shared.contracts.awards import (
    ActiveRule,
    Award,
    DisciplineRule,
    JudgementRule,
    ListedRule,
    RankRule,
    Rule,
    TasksRule,
)
from shared.contracts.fast_models import DisciplineRow, Eligible, Finding, InspectionRow, ListedRow, ScoreRow, TasksRow
from shared.contracts.model import Kind, Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit
from shared.plans.authority import counted_day, has_feed, under_reporter, within_parent


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


def reading(award: Award, context: ScoringContext) -> str:
    """Whether all of an award's ranks must lie within the cut-off or any one (A4)."""
    return award.ranks or context.plan.choices.certificate_ranks


class AwardEvaluator:
    """What judging one award needs to know of its tier, worked out once for all units.

    A finding tells a unit's rank where it is within the cut-off. The others move with every score, so they are not
    kept with the verdicts but read from the board when somebody looks; see ``rules.with_ranks``.
    """

    def __init__(self, award: Award, tally: MovementFigures, context: ScoringContext) -> None:
        self.award, self.tally, self.context, self.choices = award, tally, context, context.plan.choices
        self.units = context.ranked(award.tier)
        self.subjects = {subject for rule in award.rules for subject in subjects_of(rule)}
        self.rows = {subject: tally.rows(subject, award.tier) for subject in self.subjects}
        self.judged = {rule.criterion: tally.rows(judged_subject(rule.criterion), award.tier) for rule in award.rules}
        self.cases = tally.cases(award.tier) if INSPECTION in self.subjects else {}
        self._ranks: dict[str, dict[str, int]] = {}
        self.declared = {s: event for s in self.subjects if (event := tally.declared(s, award.tier))}
        self.owed = {s for s in self.subjects if has_feed(context.plan, s, award.tier)}
        self.begun = {s: self._begun(s) for s in self.subjects - self.owed}
        self.own_district = within_parent(context.plan, award)
        self.rank_rules = [rule for rule in award.rules if isinstance(rule, RankRule)]
        self.incomplete = self._incomplete() if self.choices.incomplete_board == "missing" else frozenset()

    def _incomplete(self) -> frozenset[tuple[str, str | None]]:
        """The (field, scope) boards on which some unit has no final figure, and nobody declared them complete."""
        found: set[tuple[str, str | None]] = set()
        for rule in self.rank_rules:
            if rule.field not in self.declared:
                final = {unit for unit, f in self.rows[rule.field].items() if f.final and type(f.value) is ScoreRow}
                found |= {(rule.field, self.scope(unit)) for unit in self.units if unit.code not in final}
        return frozenset(found)

    def _begun(self, subject: str) -> frozenset[str | None]:
        """The districts about whose units a subject nobody must report is reported all the same.

        A district that may report its own communes says nothing about those of another (A12).
        """
        if not self.tally.reported(subject, self.award.tier):
            return frozenset()
        own_only = under_reporter(self.context.plan, subject, self.award.tier)
        return frozenset(unit.parent for unit in self.units if not own_only or self.figure(subject, unit))

    def scope(self, unit: Unit) -> str | None:
        """The district a unit is ranked in; None for the whole province."""
        return unit.parent if self.own_district else None

    def figure(self, subject: str, unit: Unit) -> Figure | None:
        """A unit's figure, or None."""
        found = self.rows[subject].get(unit.code)
        return None if found is None or type(found.value) is Withdrawn else found

    def ranks(self, field: str) -> dict[str, int]:
        """The rank in its scope of every unit that has one."""
        if field not in self._ranks:
            board = self.tally.board(self.context, field, self.award.tier)
            self._ranks[field] = board.ranks(
                self.context.rivals(self.award.tier).values() if self.own_district else None
            )
        return self._ranks[field]

    def within(self, rule: RankRule) -> dict[str, int]:
        """The rank of every unit whose rank is within a rule's cut-off."""
        return {unit: rank for unit, rank in self.ranks(rule.field).items() if rank <= rule.at_most}

    def declaring(self, field: str) -> set[str]:
        """The units whose rank was declared, where a difference from ours is told (A14)."""
        if self.choices.declared_rank != "warn":
            return set()
        scores = ((unit, figure.value) for unit, figure in self.rows[field].items())
        return {unit for unit, score in scores if type(score) is ScoreRow and score.declared_rank is not None}

    @property
    def common(self) -> tuple[object, ...]:
        """What else than a unit's own figures and rank its verdict follows from."""
        return self.context.versions, self.declared, self.begun, self.incomplete

    def judge(self, units: Iterable[Unit]) -> list[Eligible]:
        """Units' verdicts with every criterion, a criterion at a time; the council's word fills what is MISSING."""
        units = tuple(units)
        rows: Iterable[tuple[Finding, ...]] = zip(*(self._find(rule, units) for rule in self.award.rules), strict=True)
        if reading(self.award, self.context) == "any":
            rows = (any_rank(self.award, findings) for findings in rows)
        return [Eligible(unit.code, overall(found), found) for unit, found in zip(units, rows, strict=True)]

    def _find(self, rule: Rule, units: Iterable[Unit]) -> list[Finding]:
        find = self._finder(rule)
        if judged := self.judged[rule.criterion]:
            return [self._with_judgement(find(unit), judged.get(unit.code)) for unit in units]
        return [find(unit) for unit in units]

    def _finder(self, rule: Rule) -> Callable[[Unit], Finding]:
        """How a criterion is looked at; chosen once, for there are many units."""
        match rule:
            case ActiveRule():
                return partial(self._still_exists, rule)
            case JudgementRule():
                nobody_reports = Finding(rule.criterion, Verdict.MISSING, "no_feed", cite=rule.cite)
                return lambda unit: nobody_reports
            case DisciplineRule():
                return partial(self._discipline, rule)
            case RankRule():
                return partial(self._rank, rule, self.ranks(rule.field), self.rows[rule.field])
            case TasksRule():
                return partial(self._tasks, rule)
            case ListedRule():
                return partial(self._listed, rule)

    def _still_exists(self, rule: ActiveRule, unit: Unit) -> Finding:
        movement = self.context.plan.movement
        assert movement is not None
        if unit.exists_on(movement.decided_by or counted_day(self.context.plan)):
            return _found(rule, Verdict.PASS, "active")
        return _found(rule, Verdict.FAIL, "dissolved")

    def _absent(self, rule: Rule, subject: str, unit: Unit) -> Finding:
        """What is found of a unit without a figure, which may have been declared complete without it."""
        declared = self.declared.get(subject)
        events = (declared,) if declared and not isinstance(rule, DisciplineRule) else ()
        if subject in self.owed or unit.parent in self.begun[subject]:
            if taken_back := self.rows[subject].get(unit.code):
                assert isinstance(taken_back.value, Withdrawn), f"{taken_back.value} is filed under {subject}"
                return _found(rule, Verdict.MISSING, "withdrawn", events=(taken_back.event,))
            return _found(rule, Verdict.MISSING, "not_reported", events=events)
        return _found(rule, Verdict.FAIL if self.choices.no_feed == "fail" else Verdict.MISSING, "no_feed")

    def _discipline(self, rule: DisciplineRule, unit: Unit) -> Finding:
        """A violation fails; else an open case with signs of one holds, also without a report (A18, L5).

        Open cases are named whatever the verdict is, for nothing may be given while there is one.
        """
        figure = self.figure(Kind.DISCIPLINE.value, unit)
        events = (figure.event,) if figure else ()
        violations = figure.value.violations if figure and type(figure.value) is DisciplineRow else 0
        violates = figure is not None and figure.final and violations > rule.at_most
        cases = self.cases.get(unit.code, ())
        if cases:
            found, pending = _cases(cases, found=True), _cases(cases, found=False)
            if self.choices.open_inspection == "ignore":
                pending = []
            open_cases = _names(pending)
            if violates:
                return _found(rule, Verdict.FAIL, "violation", cases=open_cases, count=violations, events=events)
            if len(found) > rule.at_most:
                about = {"count": len(found), "found": _names(found), "events": _events_of(found)}
                return _found(rule, Verdict.FAIL, "inspection_found", cases=open_cases, **about)
            if pending:
                verdict = Verdict.HOLD if self.choices.open_inspection == "hold" else Verdict.FAIL
                about = {"count": len(pending), "events": _events_of(pending)}
                return _found(rule, verdict, "inspection_open", cases=open_cases, **about)
            events = (*events, *_events_of(cases))
        if figure is None:
            return self._absent(rule, Kind.DISCIPLINE.value, unit)
        if not figure.final:
            return _found(rule, Verdict.MISSING, "interim", events=(figure.event,))
        if violates:
            return _found(rule, Verdict.FAIL, "violation", count=violations, events=events)
        count = violations or None
        return Finding(rule.criterion, Verdict.PASS, "no_violation", count=count, events=events, cite=rule.cite)

    def _rank(self, rule: RankRule, ranks: Mapping[str, int], rows: Mapping[str, Figure], unit: Unit) -> Finding:
        figure = rows.get(unit.code)
        score = figure.value if figure is not None else None
        if figure is None or type(score) is not ScoreRow:
            return self._absent(rule, rule.field, unit)
        rank, events = ranks.get(unit.code), (figure.event,)
        if not figure.final:
            return _found(rule, Verdict.MISSING, "interim", events=events)
        limit, declared, told = rule.at_most, score.declared_rank, None
        if self.choices.graded_by == "declared":
            rank = told = declared
            if rank is None:
                return _found(rule, Verdict.MISSING, "not_reported", events=events)
        differs = declared if declared not in (None, rank) and self.choices.declared_rank == "warn" else None
        verdict = Verdict.FAIL
        reason: Reason = "rank_outside"
        if self.incomplete and (rule.field, self.scope(unit)) in self.incomplete:
            verdict, reason = Verdict.MISSING, "board_incomplete"
        elif rank is not None and rank <= limit:
            verdict, reason, told = Verdict.PASS, "rank_within", rank
        return Finding(rule.criterion, verdict, reason, told, limit, declared=differs, events=events, cite=rule.cite)

    def _tasks(self, rule: TasksRule, unit: Unit) -> Finding:
        figure = self.figure(Kind.TASKS.value, unit)
        if figure is None or type(figure.value) is not TasksRow:
            return self._absent(rule, Kind.TASKS.value, unit)
        tasks, events = figure.value, (figure.event,)
        if not figure.final:
            return _found(rule, Verdict.MISSING, "interim", events=events)
        due = tasks.due - tasks.cancelled
        if not due:
            verdict = Verdict.PASS if self.choices.nothing_due == "pass" else Verdict.MISSING
            return _found(rule, verdict, "nothing_due", events=events)
        if late := due - tasks.done_on_time:
            return _found(rule, Verdict.FAIL, "tasks_late", count=late, events=events)
        return Finding(rule.criterion, Verdict.PASS, "tasks_on_time", count=due, events=events, cite=rule.cite)

    def _listed(self, rule: ListedRule, unit: Unit) -> Finding:
        figure, declared = self.figure(Kind.LISTED.value, unit), self.declared.get(Kind.LISTED.value)
        if figure is None or type(figure.value) is not ListedRow:
            return self._not_listed(rule, declared) if declared else self._absent(rule, Kind.LISTED.value, unit)
        if not figure.final:
            return _found(rule, Verdict.MISSING, "interim", events=(figure.event,))
        if figure.value.listed:
            return _found(rule, Verdict.PASS, "listed", events=(figure.event,))
        return self._not_listed(rule, figure.event)

    def _not_listed(self, rule: ListedRule, event: str) -> Finding:
        verdict = Verdict.FAIL if self.choices.not_listed == "fail" else Verdict.MISSING
        return _found(rule, verdict, "not_listed", events=(event,))

    def _with_judgement(self, finding: Finding, judged: Figure | None) -> Finding:
        """The council's word fills what is MISSING and nothing else, unless the plan says otherwise (A41).

        Whatever the plan says, only its end releases an open case (A18).
        """
        if judged is None or not isinstance(judged.value, Judged) or finding.verdict is Verdict.HOLD:
            return finding
        if finding.verdict is not Verdict.MISSING and self.choices.judgement == "missing_only":
            return finding
        held = bool(finding.cases) and self.choices.open_inspection == "hold"
        verdict = Verdict.HOLD if held else judged.value.verdict
        said: dict[str, Any] = {"verdict": verdict, "events": (*finding.events, judged.event)}
        about = {"reason": "inspection_open", "count": len(finding.cases)} if held else {"reason": "judged"}
        return replace(finding, **said, **about)


def _found(rule: Rule, verdict: Verdict, reason: Reason, **details: Any) -> Finding:
    return Finding(rule.criterion, verdict, reason, cite=rule.cite, **details)


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


def any_rank(award: Award, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Where one field is enough (A4 = ANY), a rank inside the cut-off carries the other fields.

    While none is inside and some is not known yet, those outside wait with it.
    """
    findings = tuple(findings)
    ranks = {rule.criterion for rule in award.rules if isinstance(rule, RankRule)}
    of_rank = [f for f in findings if f.criterion in ranks]
    if any(f.verdict is Verdict.PASS for f in of_rank):
        carried = Verdict.PASS
    elif any(f.verdict is Verdict.MISSING for f in of_rank):
        carried = Verdict.MISSING
    else:
        return findings
    carried_as: Reason = "any_rank_within" if carried is Verdict.PASS else "any_rank_open"
    return tuple(
        replace(f, verdict=carried, reason=carried_as)
        if f.criterion in ranks
        and (f.verdict is Verdict.FAIL or (f.verdict is Verdict.MISSING and carried is Verdict.PASS))
        else f
        for f in findings
    )


def overall(findings: Iterable[Finding]) -> Verdict:
    """FAIL if any criterion fails, else HOLD if any is on hold, else MISSING if any is missing, else PASS."""
    seen = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAIL, Verdict.HOLD, Verdict.MISSING):
        if verdict in seen:
            return verdict
    return Verdict.PASS
