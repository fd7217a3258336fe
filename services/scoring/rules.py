"""Who is eligible for what: pure decisions over a tally, the plan and the units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain

from msgspec.structs import replace

from services.scoring.evaluation import AwardEvaluator, any_rank, reading, subjects_of
from services.scoring.figures import decided_subject, judged_subject
from services.scoring.state import MovementFigures, ScoringContext
from shared.contracts.awards import Award, AwardForm, RankRule
from shared.contracts.fast_models import Eligible, Evidence, Finding
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.scoring import MAX_EVIDENCE, AwardLists, Reason
from shared.contracts.units import UnitRegister
from shared.plans.authority import within_parent

FOR_THE_COUNCIL: frozenset[Reason] = frozenset({"no_feed", "nothing_due", "any_rank_open", "not_listed"})
"""Reasons a criterion is MISSING that no further report will change; the council may judge it (A41)."""


def computed_from(tally: MovementFigures, context: ScoringContext) -> str:
    """The versions of all that a movement's verdicts and lists follow from. While they are the same, so are those."""
    plan, register = context.plan, context.register
    followed: dict[tuple[Tier, str], list[int]] = {}
    for award in plan.awards:
        pages = register.pages(award.tier)
        subjects = {s for rule in award.rules for s in (*subjects_of(rule), judged_subject(rule.criterion))}
        for subject in sorted(subjects | {decided_subject(award.id)}):
            followed[award.tier, subject] = tally.versions(subject, award.tier, pages)
    told = (f"{tier.value} {subject} {','.join(map(str, versions))}" for (tier, subject), versions in followed.items())
    return "; ".join((f"plan {plan.version}", f"register {register.version}", *told))


def judge(award: Award, tally: MovementFigures, context: ScoringContext) -> list[Eligible]:
    """The verdict of every unit of the award's tier, in register order, as it is kept; see ``AwardEvaluator``."""
    evaluator = AwardEvaluator(award, tally, context)
    return evaluator.judge(evaluator.units)


def by_page(rows: Iterable[Eligible], register: UnitRegister) -> dict[int, list[Eligible]]:
    """Verdicts by the pages of their units; a page without any is not there."""
    pages: dict[int, list[Eligible]] = {}
    for row in rows:
        pages.setdefault(register.page_of[row.unit], []).append(row)
    return pages


def evidence_of(rows: Sequence[Eligible], tally: MovementFigures, page: int | None = None) -> list[Evidence]:
    """What the findings of some verdicts rest on, by event; the most used where there are too many to say.

    Those of units on one page are found soonest where its number is told.
    """
    used = Counter(event for row in rows for finding in row.findings for event in finding.events)
    events = sorted(used, key=lambda event: (-used[event], event))[:MAX_EVIDENCE]
    found = tally.evidences(events, near=page)
    return [found[event] for event in sorted(found)]


def _waits_for_council(finding: Finding) -> bool:
    return finding.verdict is Verdict.MISSING and finding.reason in FOR_THE_COUNCIL


def for_judgement(row: Eligible) -> bool:
    """Whether all that a feed can prove is PASS and the rest is the council's to judge."""
    return row.verdict is Verdict.MISSING and reaches_council(row.findings)


def held(row: Eligible) -> bool:
    """Whether nothing but an open case keeps a unit from coming before the council (A18)."""
    return row.verdict is Verdict.HOLD and all(
        f.verdict in (Verdict.PASS, Verdict.HOLD) or _waits_for_council(f) for f in row.findings
    )


@dataclass(slots=True)
class Shortlist:
    """Whom verdicts about an award call before the council, each in the order of the verdicts; see ``AwardLists``.

    ``proven`` are those on no list who prove something all the same, with the number of criteria they fail.
    """

    passing: list[str]
    for_judgement: list[str]
    held: list[str]
    otherwise: list[str]
    proven: list[tuple[int, str]]

    @classmethod
    def together(cls, parts: Iterable[Shortlist]) -> Shortlist:
        """What the verdicts of several pages call for, in the order of the pages."""
        parts = tuple(parts)
        return cls(*(list(chain.from_iterable(getattr(part, each.name) for part in parts)) for each in fields(cls)))


def shortlist(award: Award, rows: Iterable[Eligible], context: ScoringContext) -> Shortlist:
    """Whom some verdicts about an award call; those of several pages come together as ``Shortlist.together``."""
    found = Shortlist([], [], [], [], [])
    decides, ranks = award.ranks is None, frozenset(r.criterion for r in award.rules if isinstance(r, RankRule))
    for row in rows:
        if row.verdict is Verdict.PASS:
            found.passing.append(row.unit)
        elif for_judgement(row):
            found.for_judgement.append(row.unit)
        elif held(row):
            found.held.append(row.unit)
        else:
            verdicts = [finding.verdict for finding in row.findings]
            if Verdict.PASS in verdicts:
                found.proven.append((verdicts.count(Verdict.FAIL), row.unit))
        if (
            decides
            and reaches_council(f for f in row.findings if f.criterion not in ranks)
            and alternative_reading(award, row, context)
        ):
            found.otherwise.append(row.unit)
    return found


def summarise(
    context: ScoringContext, verdicts: Mapping[str, Sequence[Eligible]], tally: MovementFigures
) -> list[AwardLists]:
    """The lists of every award from its verdicts, as ``lists`` makes them."""
    who = {award.id: shortlist(award, verdicts[award.id], context) for award in context.plan.awards}
    rows = {award: {row.unit: row for row in verdicts[award]} for award in who}
    return lists(context, who, rows, tally)


def lists(
    context: ScoringContext,
    who: Mapping[str, Shortlist],
    verdicts: Mapping[str, Mapping[str, Eligible]],
    tally: MovementFigures,
) -> list[AwardLists]:
    """The lists of every award from whom its verdicts call, after flags and certificates have excluded each other.

    A unit that is the only candidate for its tier's flag leaves the certificate's candidates, which do not
    refill; tied flag candidates stay in both until the council decides, and the losers then keep their certificate
    (A9, S0 IV.4 "hoặc"). ``verdicts`` are those of every award by unit.
    """
    plan = context.plan
    flagged = _flagged(plan, {award: each.passing for award, each in who.items()}, tally)
    found: list[AwardLists] = []
    for award in plan.awards:
        of_award = who[award.id]
        is_flag = award.form is AwardForm.CO_THI_DUA
        kept = [unit for unit in of_award.passing if is_flag or (award.tier, unit) not in flagged]
        nobody = not of_award.passing and not of_award.for_judgement and plan.choices.nearest_shown
        found.append(
            AwardLists(
                award=award.id,
                candidates=tuple(kept),
                for_judgement=tuple(of_award.for_judgement),
                held=tuple(of_award.held),
                nearest=_nearest(award, of_award.proven, verdicts[award.id], tally, context) if nobody else (),
                otherwise=tuple(of_award.otherwise),
            )
        )
    return found


def _flagged(plan: Plan, candidates: Mapping[str, Sequence[str]], tally: MovementFigures) -> set[tuple[Tier, str]]:
    """The units a flag is decided for, or for which they are the only candidate; none where both may be had.

    An only candidate the flag was declined to is a loser like any other.
    """
    if plan.choices.flag_and_certificate == "both":
        return set()
    flags = [award for award in plan.awards if award.form is AwardForm.CO_THI_DUA]
    flagged: set[tuple[Tier, str]] = set()
    for award in flags:
        decided, among = tally.granted(award.id), candidates[award.id]
        sole = frozenset(among if len(among) == 1 and not decided else ()) - tally.declined(award.id)
        flagged |= {(award.tier, unit) for unit in decided | sole}
    return flagged


def alternative_reading(award: Award, row: Eligible, context: ScoringContext) -> bool:
    """Whether for a unit the reading that A4 does not take would come to another result, where all but ranks hold.

    The result looked at is whether a unit comes before the council at all, for until it has judged nobody passes.
    """
    if reading(award, context) == "any":
        only_so = ("any_rank_within", "any_rank_open")
        return reaches_council(row.findings) and any(f.reason in only_so for f in row.findings)
    return not reaches_council(row.findings) and reaches_council(any_rank(award, row.findings))


def reaches_council(findings: Iterable[Finding]) -> bool:
    """Whether a unit passes, or waits for nothing but the council."""
    return all(f.verdict is Verdict.PASS or _waits_for_council(f) for f in findings)


def with_ranks(
    award: Award, rows: Iterable[Eligible], tally: MovementFigures, context: ScoringContext
) -> list[Eligible]:
    """Verdicts with the rank of every unit that has one, also where it is not within the cut-off."""
    boards = {r.criterion: tally.board(context, r.field, award.tier) for r in award.rules if isinstance(r, RankRule)}
    own_district, rivals = within_parent(context.plan, award), context.rivals(award.tier)

    def ranked(unit: str, finding: Finding) -> Finding:
        if finding.rank is not None or finding.criterion not in boards or finding.reason == "not_reported":
            return finding
        board = boards[finding.criterion]
        among = rivals.get(context.register.by_code[unit].parent, []) if own_district else None
        return replace(finding, rank=board.rank(unit) if among is None else board.rank_among(unit, among))

    return [replace(row, findings=tuple(ranked(row.unit, finding) for finding in row.findings)) for row in rows]


def distance(row: Eligible) -> tuple[int, int, int, str]:
    """How far a unit is from an award: criteria failed, places outside the cut-offs, criteria missing, code.

    Its ranks must be there; see ``with_ranks``.
    """
    outside = sum(max(0, f.rank - f.limit) for f in row.findings if f.rank is not None and f.limit is not None)
    verdicts = [f.verdict for f in row.findings]
    return verdicts.count(Verdict.FAIL), outside, verdicts.count(Verdict.MISSING), row.unit


def _nearest(
    award: Award,
    proven: Iterable[tuple[int, str]],
    rows: Mapping[str, Eligible],
    tally: MovementFigures,
    context: ScoringContext,
) -> tuple[str, ...]:
    """The units that came nearest, of those that proved something and are on no list (A7)."""
    most, by_fails = context.plan.choices.nearest_shown, dict[int, list[Eligible]]()
    for fails, unit in proven:
        by_fails.setdefault(fails, []).append(rows[unit])
    found: list[Eligible] = []
    for fails in sorted(by_fails):  # ranks are looked up only of those that may be among them
        if len(found) < most:
            found += sorted(with_ranks(award, by_fails[fails], tally, context), key=distance)
    return tuple(row.unit for row in found[:most])
