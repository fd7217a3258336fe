"""Checks that a plan's awards can be won, and not by everybody. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from shared.contracts.awards import Award, RankRule
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Path, Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import can_decide, due_periods, ranked_units, within_parent
from shared.plans.checks.context import CheckContext
from shared.plans.checks.dates import FIGURES
from shared.plans.checks.problem import Problem
from shared.plans.criteria.kind import Figures, NoFigures
from shared.plans.criteria.table import feed_of
from shared.plans.feeds import missing_feed
from shared.wording import plan_checks, plan_problems
from shared.wording.plan_codes import meaning


def missing_feeds(context: CheckContext) -> Iterator[Problem]:
    """Criteria that figures could prove and no agency must report on. Criteria that the council judges need no feed.

    If no figure criterion of an award has a feed, one problem says that it cannot be won. It is a warning if reports
    that nobody must make could prove one, or if the council judges other criteria of the award.
    """
    plan = context.plan
    names = {criterion.id: criterion.name for criterion in plan.criteria}
    for i, award in enumerate(plan.awards):
        # A field that the plan does not have is an error of its own.
        proven = [
            (j, rule)
            for j, rule in enumerate(award.rules)
            if isinstance(feed_of(rule), Figures) and (rule.ranked_field is None or rule.ranked_field in plan.field)
        ]
        missing = [(j, feed) for j, rule in proven if (feed := missing_feed(plan, award, rule)) is not None]
        at: Path = ("awards", i)
        if missing and len(missing) == len(proven):
            judged = any(feed_of(rule) is NoFigures.COUNCIL for rule in award.rules)
            possible = judged or any(feed.could for _, feed in missing)
            detail = plan_checks.cannot_be_won(award.tier, possible=possible)
            yield context.problem(at, "cannot_be_won", detail, "warning" if possible else "error")
            continue
        for j, feed in missing:
            name = names.get(feed.criterion, feed.criterion)
            detail = plan_problems.no_feed(name, feed.tier, feed.reason, feed.could)
            yield context.problem((*at, "rules", j), "no_feed", detail, "warning", row=at)


def awards_without_criteria(context: CheckContext) -> Iterator[Problem]:
    """Awards without any criterion, which every unit would win."""
    for i, award in enumerate(context.plan.awards):
        if not award.rules:
            yield context.problem(("awards", i, "rules"), "no_criteria", plan_checks.NO_CRITERIA)


def two_feeds(context: CheckContext) -> Iterator[Problem]:
    """Two obligations to report the same figures about the same units: the later report replaces the earlier one.

    Figures of two periods stand beside each other (0032).
    """
    plan = context.plan
    binding = [
        (i, o) for i, o in enumerate(plan.obligations) if o.kind in FIGURES and not o.optional and not o.under_reporter
    ]
    for (_, first), (i, second) in combinations(binding, 2):
        shared = [tier for tier in second.tiers if tier in first.tiers]
        if first.subject == second.subject and shared and _share_a_period(plan, first, second):
            key = "field" if second.field else "kind"
            detail = plan_checks.two_feeds(first.id, _subject_name(plan, second), shared)
            yield context.problem(("obligations", i, key), "two_feeds", detail, "warning")


def _share_a_period(plan: Plan, first: Obligation, second: Obligation) -> bool:
    if can_decide(plan, first) and can_decide(plan, second):
        return True
    periods = [{due.period for due in due_periods(plan, obligation)} for obligation in (first, second)]
    return bool(periods[0] & periods[1])


def _subject_name(plan: Plan, obligation: Obligation) -> str:
    field = next((field for field in plan.fields if field.id == obligation.field), None)
    return field.name if field else meaning(obligation.subject)


def cut_offs(context: CheckContext) -> Iterator[Problem]:
    """Cut-offs and quotas larger than the number of units ranked together, and awards for which there is no unit."""
    plan, register = context.plan, context.beside.register
    if register is None or plan.movement is None or plan.movement.as_of is None:
        return
    for i, award in enumerate(plan.awards):
        largest, every = _group_sizes(plan, award, register)
        if not every:
            yield context.problem(
                ("awards", i, "tier"), "cannot_be_won", plan_checks.no_units(award.tier, plan.movement.as_of), "warning"
            )
            continue
        for j, rule in enumerate(award.rules):
            if isinstance(rule, RankRule) and rule.at_most > largest:
                detail = plan_checks.cut_off_too_large(rule.at_most, largest)
                yield context.problem(("awards", i, "rules", j, "at_most"), "cut_off_too_large", detail, "warning")
        if award.quota is not None and award.quota > every:
            detail = plan_checks.quota_too_large(award.quota, every)
            yield context.problem(("awards", i, "quota"), "cut_off_too_large", detail, "warning")


def _group_sizes(plan: Plan, award: Award, register: UnitRegister) -> tuple[int, int]:
    """The size of the largest group of units ranked together for an award, and the number of all its units."""
    units = ranked_units(plan, register, award.tier)
    groups = Counter(unit.parent if within_parent(plan, award) else None for unit in units)
    return max(groups.values(), default=0), len(units)
