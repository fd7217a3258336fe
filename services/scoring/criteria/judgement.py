"""Nothing is reported for the criterion; the council judges it (A41)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.scoring.award_figures import AwardFigures
from services.scoring.criteria.kind import finding_of
from shared.contracts.awards import JudgementRule
from shared.contracts.fast_models import Finding
from shared.contracts.model import Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit

FOR_THE_COUNCIL: Final[frozenset[Reason]] = frozenset()


def subjects(rule: JudgementRule) -> tuple[str, ...]:
    """No figures are reported for it."""
    return ()


def evaluator(rule: JudgementRule, figures: AwardFigures) -> Callable[[Unit], Finding]:
    """The criterion is MISSING for every unit until the council judges it."""
    no_feed = finding_of(rule, Verdict.MISSING, "no_feed")
    return lambda unit: no_feed
