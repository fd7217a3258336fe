"""How a council meets and votes, as its plan states it; what a silent plan means is assumed (A51)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, StringConstraints

from shared.contracts.awards import AwardForm
from shared.contracts.model import Basis, Cite, StrictModel

SHARE_PATTERN: Final = r"^[1-9][0-9]{0,2}/[1-9][0-9]{0,2}$"


def _at_most_all(share: str) -> str:
    numerator, denominator = fraction(share)
    if numerator > denominator:
        raise ValueError(f"a share of {share} is more than all")
    return share


def fraction(share: str) -> tuple[int, int]:
    """The numerator and the denominator of a share."""
    numerator, _, denominator = share.partition("/")
    return int(numerator), int(denominator)


Share = Annotated[str, StringConstraints(pattern=SHARE_PATTERN), AfterValidator(_at_most_all)]
"""A share as a fraction of whole numbers, so that no rounding decides a vote: "2/3", "70/100"."""

Base = Literal["total_members", "present", "valid_ballots"]
"""What a share is a share of. Written opinions belong to ``present`` and to ``valid_ballots``."""

AgendaGroup = Literal[
    "session_tasks", "carried_over", "open_readings", "all_awards", "by_hand", "held_awards", "open_reports"
]
"""A group of items of an agenda."""

AGENDA_ORDER: Final[tuple[AgendaGroup, ...]] = (
    *("session_tasks", "carried_over", "open_readings", "all_awards", "by_hand"),
    *("held_awards", "open_reports"),
)
"""What the council is asked about, then what is reported to it: open readings before the awards they decide (A4)."""


class Quorum(StrictModel):
    """The share of all members who must be present before a session may begin."""

    share: Share
    basis: Basis = "assumed"
    cite: Cite


class Threshold(StrictModel):
    """The share of votes that carries a proposal: more than ``share`` of the base, or ``at_least`` that share.

    ``forms`` are the forms of award it holds for; empty: for every form without a threshold of its own.
    """

    share: Share
    base: Base = "total_members"
    at_least: bool = False
    forms: tuple[AwardForm, ...] = ()
    basis: Basis = "assumed"
    cite: Cite


_DEFAULT_QUORUM: Final = Quorum(share="2/3", cite="A51")
_DEFAULT_THRESHOLD: Final = Threshold(share="1/2", cite="A51")


class CouncilRules(StrictModel):
    """The rules of a council's sessions. ``basis`` and ``cite`` are those of ``ties`` to ``order``.

    ``ties``: on equal votes the chair's side gets one more vote, or the proposal fails. ``recusal``: whether a member
    whose own unit is the candidate does not vote on it. ``substitutes`` may attend, or vote as well and count toward
    the quorum.
    """

    quorum: Quorum = _DEFAULT_QUORUM
    thresholds: tuple[Threshold, ...] = ()
    ties: Literal["chair_decides", "fails"] = "chair_decides"
    recusal: Literal["none", "own_unit"] = "none"
    substitutes: Literal["attend", "vote"] = "attend"
    order: tuple[AgendaGroup, ...] = AGENDA_ORDER
    basis: Basis = "assumed"
    cite: Cite = "A51"

    def threshold(self, form: AwardForm | None) -> Threshold:
        """The threshold for a form of award, or for an item about no award."""
        own = (threshold for threshold in self.thresholds if form is not None and form in threshold.forms)
        general = (threshold for threshold in self.thresholds if not threshold.forms)
        return next(own, None) or next(general, _DEFAULT_THRESHOLD)


def contradictions(rules: CouncilRules | None) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every contradiction within the rules: its path, a stable code and an English text."""
    if rules is None:
        return
    forms: set[str] = set()
    for i, threshold in enumerate(rules.thresholds):
        own = {form.value for form in threshold.forms} or {""}
        if own & forms:
            yield ("thresholds", i, "forms"), "duplicate_id", "two thresholds for one form of award"
        forms |= own
    if len(set(rules.order)) != len(rules.order):
        yield ("order",), "duplicate_id", "a group of the agenda is named twice"
