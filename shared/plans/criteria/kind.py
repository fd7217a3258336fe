"""What a kind of criterion provides: what proves it, its requirement in words, and its reasons in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import NamedTuple, Protocol, TypeVar

from shared.contracts.fast_models import Finding
from shared.contracts.scoring import Reason

R = TypeVar("R", contravariant=True)

ReasonText = Callable[[Finding], str]
"""The Vietnamese clause for a finding's reason."""


class Figures(NamedTuple):
    """Reported figures prove the criterion. ``subject`` is what they are filed under; see ``filed_under``."""

    subject: str


class NoFigures(Enum):
    """What decides a criterion about which nothing is reported: the council's judgement, or the register of units."""

    COUNCIL = auto()
    REGISTER = auto()


class CriterionKind(Protocol[R]):
    """A kind of criterion, for rules of type ``R``. Each module of this package except this one and the table is one.

    A kind is also a model in ``shared.contracts.awards`` and a module in ``services.scoring.criteria``.
    """

    @property
    def REASONS(self) -> Mapping[Reason, ReasonText]:  # noqa: N802 - a constant of the module
        """The words of the reasons that only this kind of criterion gives."""

    def feed(self, rule: R) -> Figures | NoFigures:
        """What proves a rule."""

    def requirement(self, rule: R, fields: Mapping[str, str]) -> str:
        """What a rule requires, in Vietnamese; ``fields`` are the names of the ranked fields by their ids."""
