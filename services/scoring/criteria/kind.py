"""What a kind of criterion provides, and the findings that several kinds make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from services.scoring.award_figures import AwardFigures
from services.scoring.figures import Withdrawn
from shared.contracts.awards import Rule
from shared.contracts.fast_models import Finding
from shared.contracts.model import Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit

R = TypeVar("R", contravariant=True)


class CriterionKind(Protocol[R]):
    """A kind of criterion, for rules of type ``R``. Each module of this package except this one and the table is one.

    A kind is also a model in ``shared.contracts.awards`` and a module in ``shared.plans.criteria``.
    """

    @property
    def FOR_THE_COUNCIL(self) -> frozenset[Reason]:  # noqa: N802 - a constant of the module
        """The kind's own reasons for MISSING that no further report will change; the council may judge it (A41)."""

    def subjects(self, rule: R) -> tuple[str, ...]:
        """The subjects of the figures a rule reads, the one a feed must report first; none if nothing is reported."""

    def evaluator(self, rule: R, figures: AwardFigures) -> Callable[[Unit], Finding]:
        """A function that evaluates the rule for one unit, from the figures alone: judgements are applied later.

        It is made once for all units of the tier, so look up here what does not depend on the unit.
        """


def finding_of(rule: Rule, verdict: Verdict, reason: Reason, **details: Any) -> Finding:
    """A finding on a rule's criterion, with the rule's citation."""
    return Finding(rule.criterion, verdict, reason, cite=rule.cite, **details)


def having_read(finding: Finding, *events: str) -> Finding:
    """A finding that names what was read for it besides the events that its reason rests on."""
    beside = [event for event in dict.fromkeys((*finding.also_read, *events)) if event not in finding.events]
    return replace(finding, also_read=tuple(beside)) if beside else finding


def without_figure(rule: Rule, subject: str, unit: Unit, figures: AwardFigures, declared: str | None = None) -> Finding:
    """The finding for a unit without a figure. ``declared`` is the event that declared the tier complete without it."""
    withdrawn, last = figures.rows[subject].get(unit.code), figures.last_declared.get(subject)
    assert withdrawn is None or isinstance(withdrawn.value, Withdrawn), f"{withdrawn.value} is filed under {subject}"
    read = [event for event in (withdrawn and withdrawn.event, last) if event]
    if subject in figures.due or unit.parent in figures.begun[subject]:
        if withdrawn:
            return finding_of(rule, Verdict.MISSING, "withdrawn", events=(withdrawn.event,))
        finding = finding_of(rule, Verdict.MISSING, "not_reported", events=(declared,) if declared else ())
    else:
        verdict = Verdict.FAIL if figures.choices.no_feed == "fail" else Verdict.MISSING
        finding = finding_of(rule, verdict, "no_feed")
    return having_read(finding, *read)
