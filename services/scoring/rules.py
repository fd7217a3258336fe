"""Who is eligible for what: pure decisions over a movement's figures, the plan and the units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from heapq import nsmallest
from itertools import chain

from msgspec.structs import replace

from services.scoring.context import ScoringContext
from services.scoring.criteria.table import FOR_THE_COUNCIL, subjects_of
from services.scoring.evaluation import AwardEvaluator, carry_any_rank, rank_reading
from services.scoring.figures import awarded_subject, decided_subject, judged_subject
from services.scoring.state import MovementFigures
from shared.contracts.awards import Award, AwardForm
from shared.contracts.fast_models import Eligible, Evidence, Finding
from shared.contracts.model import Tier, Verdict
from shared.contracts.scoring import MAX_EVIDENCE, AwardLists
from shared.contracts.units import UnitRegister
from shared.plans.authority import within_parent


def computed_from(figures: MovementFigures, context: ScoringContext) -> str:
    """The versions of everything a movement's verdicts and lists follow from. While it is equal, so are they."""
    plan, register = context.plan, context.register
    versions: dict[tuple[Tier, str], list[int]] = {}
    for award in plan.awards:
        pages = register.pages(award.tier)
        subjects = {s for rule in award.rules for s in (*subjects_of(rule), judged_subject(rule.criterion))}
        for subject in sorted(subjects | {decided_subject(award.id), awarded_subject(award.id)}):
            versions[award.tier, subject] = figures.versions(subject, award.tier, pages)
    of_pages = (f"{tier.value} {subject} {','.join(map(str, pages))}" for (tier, subject), pages in versions.items())
    return "; ".join((f"plan {plan.version}", f"register {register.version}", *of_pages))


def evaluate(award: Award, figures: MovementFigures, context: ScoringContext) -> list[Eligible]:
    """The verdict of every unit of the award's tier, in register order, as it is stored; see ``AwardEvaluator``."""
    evaluator = AwardEvaluator(award, figures, context)
    return evaluator.evaluate(evaluator.units)


def by_page(rows: Iterable[Eligible], register: UnitRegister) -> dict[int, list[Eligible]]:
    """Verdicts by the page number of their units; a page without verdicts is left out."""
    pages: dict[int, list[Eligible]] = {}
    for row in rows:
        pages.setdefault(register.page_of[row.unit], []).append(row)
    return pages


def evidence_of(rows: Sequence[Eligible], figures: MovementFigures, page: int | None = None) -> list[Evidence]:
    """The evidence of some verdicts' findings by event id, at most ``MAX_EVIDENCE`` of the most used events.

    If all units are on one page, its number makes the search faster.
    """
    used = Counter(event for row in rows for f in row.findings for event in (*f.events, *f.also_read))
    events = sorted(used, key=lambda event: (-used[event], event))[:MAX_EVIDENCE]
    evidence = figures.evidence_by_event(events, near=page)
    return [evidence[event] for event in sorted(evidence)]


def _waits_for_council(finding: Finding) -> bool:
    return finding.verdict is Verdict.MISSING and finding.reason in FOR_THE_COUNCIL


def awaits_judgement(row: Eligible) -> bool:
    """Whether everything a feed can prove is PASS and the rest waits for the council's judgement."""
    return row.verdict is Verdict.MISSING and reaches_council(row.findings)


def is_on_hold(row: Eligible) -> bool:
    """Whether nothing but an open case keeps a unit from the council (A18)."""
    return row.verdict is Verdict.HOLD and all(
        f.verdict in (Verdict.PASS, Verdict.HOLD) or _waits_for_council(f) for f in row.findings
    )


@dataclass(slots=True)
class Shortlist:
    """The units that go before the council for an award, by list, in the order of their verdicts; see ``AwardLists``.

    ``alternative_reading`` lists the units to which the reading of A4 not taken gives another result.
    ``proven`` are units on no other list with at least one PASS.
    """

    passing: list[str]
    for_judgement: list[str]
    on_hold: list[str]
    alternative_reading: list[str]
    proven: list[str]

    @classmethod
    def merged(cls, pages: Iterable[Shortlist]) -> Shortlist:
        """The shortlist of several pages, in the order of the pages."""
        pages = tuple(pages)
        return cls(*(list(chain.from_iterable(getattr(page, field.name) for page in pages)) for field in fields(cls)))


def shortlist(award: Award, rows: Iterable[Eligible], context: ScoringContext) -> Shortlist:
    """The shortlist of some verdicts on an award; combine those of several pages with ``Shortlist.merged``."""
    listed = Shortlist([], [], [], [], [])
    a4_decides, ranks = award.ranks is None, frozenset(rule.criterion for rule in award.rank_rules)
    for row in rows:
        if row.verdict is Verdict.PASS:
            listed.passing.append(row.unit)
        elif awaits_judgement(row):
            listed.for_judgement.append(row.unit)
        elif is_on_hold(row):
            listed.on_hold.append(row.unit)
        else:
            if any(finding.verdict is Verdict.PASS for finding in row.findings):
                listed.proven.append(row.unit)
        if (
            a4_decides
            and reaches_council(f for f in row.findings if f.criterion not in ranks)
            and alternative_reading(award, row, context)
        ):
            listed.alternative_reading.append(row.unit)
    return listed


def summarise(
    context: ScoringContext, verdicts: Mapping[str, Sequence[Eligible]], figures: MovementFigures
) -> list[AwardLists]:
    """The lists of every award from all its verdicts; see ``lists``."""
    shortlists = {award.id: shortlist(award, verdicts[award.id], context) for award in context.plan.awards}
    rows = {award: {row.unit: row for row in verdicts[award]} for award in shortlists}
    return lists(context, shortlists, rows, figures)


def lists(
    context: ScoringContext,
    shortlists: Mapping[str, Shortlist],
    verdicts: Mapping[str, Mapping[str, Eligible]],
    figures: MovementFigures,
) -> list[AwardLists]:
    """The lists of every award from its shortlist, after flags and certificates have excluded each other.

    A unit that is the only candidate for a flag in its scope leaves the certificate's candidates, whatever happens in
    other scopes, and nobody takes its place. Tied flag candidates stay on both lists until the council decides; the
    losers then keep their certificate (A9, A49, S0 IV.4 "hoặc"). ``shortlists`` and ``verdicts`` are by award id,
    verdicts then by unit.
    """
    plan = context.plan
    flagged = _flagged(context, {award: listed.passing for award, listed in shortlists.items()}, figures)
    award_lists: list[AwardLists] = []
    for award in plan.awards:
        listed = shortlists[award.id]
        is_flag = award.form is AwardForm.CO_THI_DUA
        candidates = [unit for unit in listed.passing if is_flag or (award.tier, unit) not in flagged]
        show_nearest = not listed.passing and not listed.for_judgement and plan.choices.nearest_shown
        award_lists.append(
            AwardLists(
                award=award.id,
                candidates=tuple(candidates),
                for_judgement=tuple(listed.for_judgement),
                held=tuple(listed.on_hold),
                nearest=_nearest(award, listed.proven, verdicts[award.id], figures, context) if show_nearest else (),
                otherwise=tuple(listed.alternative_reading),
            )
        )
    return award_lists


def _flagged(
    context: ScoringContext, candidates: Mapping[str, Sequence[str]], figures: MovementFigures
) -> set[tuple[Tier, str]]:
    """(tier, unit) of the units with a flag proposed or given, and of the only candidates for one in their scope (A49).

    It is empty if units may get both awards. An only candidate whose flag was declined keeps its certificate, like any
    other loser.
    """
    if context.plan.choices.flag_and_certificate == "both":
        return set()
    flagged: set[tuple[Tier, str]] = set()
    for award in context.plan.awards:
        if award.form is AwardForm.CO_THI_DUA:
            granted, passing = figures.granted(award.id), candidates[award.id]
            decided = {award_scope(award, unit, context) for unit in granted}
            numbers = Counter(award_scope(award, unit, context) for unit in passing)
            undecided = {scope for scope, number in numbers.items() if number == 1} - decided
            sole = {unit for unit in passing if award_scope(award, unit, context) in undecided}
            flagged |= {(award.tier, unit) for unit in granted | (sole - figures.declined(award.id))}
    return flagged


def award_scope(award: Award, unit: str, context: ScoringContext) -> str | None:
    """The code of the district within which a unit competes for an award; None for the whole province (A8)."""
    if not within_parent(context.plan, award) or (registered := context.register.by_code.get(unit)) is None:
        return None
    return registered.parent


def alternative_reading(award: Award, row: Eligible, context: ScoringContext) -> bool:
    """Whether the reading of A4 that the plan does not take gives a unit another result.

    The result compared is whether the unit goes before the council, because nobody passes before the council has
    judged. Use it only for units whose criteria other than ranks reach the council.
    """
    if rank_reading(award, context) == "any":
        carried = ("any_rank_within", "any_rank_open")
        return reaches_council(row.findings) and any(f.reason in carried for f in row.findings)
    return not reaches_council(row.findings) and reaches_council(carry_any_rank(award, row.findings))


def reaches_council(findings: Iterable[Finding]) -> bool:
    """Whether every criterion passes or waits for the council."""
    return all(f.verdict is Verdict.PASS or _waits_for_council(f) for f in findings)


def with_ranks(
    award: Award, rows: Iterable[Eligible], figures: MovementFigures, context: ScoringContext
) -> list[Eligible]:
    """Verdicts with the rank of every unit that has one, also if it is outside the cut-off."""
    boards = {rule.criterion: figures.board(context, rule.field, award.tier) for rule in award.rank_rules}
    own_district, by_parent = within_parent(context.plan, award), context.codes_by_parent(award.tier)

    def ranked(unit: str, finding: Finding) -> Finding:
        if finding.rank is not None or finding.criterion not in boards or finding.reason == "not_reported":
            return finding
        board = boards[finding.criterion]
        rivals = by_parent.get(context.register.by_code[unit].parent, []) if own_district else None
        return replace(finding, rank=board.rank(unit) if rivals is None else board.rank_among(unit, rivals))

    return [replace(row, findings=tuple(ranked(row.unit, finding) for finding in row.findings)) for row in rows]


def distance(row: Eligible) -> tuple[int, int, int, str]:
    """How far a unit is from an award: places outside the cut-offs, criteria failed, criteria missing, code.

    The row must have its ranks; see ``with_ranks``.
    """
    outside = sum(max(0, f.rank - f.limit) for f in row.findings if f.rank is not None and f.limit is not None)
    verdicts = [f.verdict for f in row.findings]
    return outside, verdicts.count(Verdict.FAIL), verdicts.count(Verdict.MISSING), row.unit


def _nearest(
    award: Award,
    proven: Iterable[str],
    rows: Mapping[str, Eligible],
    figures: MovementFigures,
    context: ScoringContext,
) -> tuple[str, ...]:
    """The ``nearest_shown`` units that came nearest, of those in ``proven`` (A7)."""
    ranked = with_ranks(award, (rows[unit] for unit in proven), figures, context)
    nearest = nsmallest(context.plan.choices.nearest_shown, ranked, key=distance)
    return tuple(row.unit for row in nearest)
