"""The province's plans as text with one defect, and the findings of the plan check."""

from __future__ import annotations

from functools import lru_cache

from shared.contracts.units import UnitRegister
from shared.plans.checking import PlanFinding, awards_of, check_plan
from shared.plans.checks.context import Awards
from shared.plans.load import load_register
from shared.plans.sources import source_texts
from tests.support.provinces import THAI_BINH

HERE = "§"
"""Marks the position in a text where a finding is expected."""

MOVEMENT = "trach-nhiem-ky-cuong-2023"


@lru_cache
def text_of(name: str) -> str:
    """The text of one of the province's plans."""
    return next(THAI_BINH.glob(f"{name}-*.yaml")).read_text(encoding="utf-8")


@lru_cache
def register() -> UnitRegister:
    return load_register(THAI_BINH / "units-2023.csv", "thai-binh", 1)


@lru_cache
def s0_awards() -> Awards:
    """The awards of S0, as the check of its sibling plans needs them."""
    awards = awards_of(text_of("s0"))
    assert awards is not None
    return dict([awards])


def check(text: str, siblings: Awards | None = None) -> list[PlanFinding]:
    return check_plan(text, "p.yaml", register(), source_texts(THAI_BINH), siblings or {})


def errors(text: str, siblings: Awards | None = None) -> list[PlanFinding]:
    return [finding for finding in check(text, siblings) if finding.severity == "error"]


def place(marked_text: str) -> tuple[int, int]:
    """The line and column of ``HERE``, from 1."""
    preceding = marked_text[: marked_text.index(HERE)]
    return preceding.count("\n") + 1, len(preceding) - preceding.rfind("\n")


def broken(old: str, new: str, name: str = "s0") -> str:
    """A plan with the first occurrence of ``old`` replaced; ``HERE`` stays in the text."""
    text = text_of(name)
    assert old in text, old
    return text.replace(old, new, 1)
