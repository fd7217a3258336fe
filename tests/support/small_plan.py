"""A small plan that works, with the register and the source text beside it, for tests that damage it."""

from __future__ import annotations

from typing import Final

from shared.contracts.model import Tier
from shared.contracts.units import Unit, UnitRegister
from shared.plans.checking import PlanFinding, check_plan
from shared.plans.checks.context import Awards
from tests.support.plan_texts import HERE

PLAN: Final = """\
id: p
version: 1
province: x
legal_basis: Luật Thi đua, khen thưởng
source: {key: S0, number: 1/KH, issued: 2023-03-28, issuer: Ủy ban, signer: A, title: Kế hoạch}
movement:
  id: phong-trao
  name: Phong trào
  period: {first: 2023-01-01, last: 2023-12-31}
  as_of: 2023-11-30
  decided_by: 2024-01-31
  cite: S0 V
roles:
  - {id: noi-vu, name: Nội vụ, held: [{unit: so-1}], cite: S0 VI}
fields:
  - {id: cchc, name: Cải cách hành chính, scale: 100, decimals: 2, basis: assumed, cite: A14}
criteria:
  - {id: cchc, name: Cải cách hành chính, cite: S0 IV}
  - {id: nhiem-vu, name: Nhiệm vụ, cite: S0 IV}
obligations:
  - id: OB1
    reporter: noi-vu
    what: Kết quả cải cách hành chính
    kind: score
    field: cchc
    tiers: [so]
    as_of: 2023-11-30
    before: 2023-12-05
    cite: S0 VI
  - id: OB2
    reporter: noi-vu
    what: Nhiệm vụ
    kind: tasks
    tiers: [so]
    as_of: 2023-11-30
    before: 2023-12-05
    cite: S0 VI
awards:
  - id: C1
    form: co_thi_dua
    name: Cờ thi đua
    tier: so
    scope: tinh
    quota: 1
    rules:
      - {rule: rank, criterion: cchc, field: cchc, at_most: 3, cite: S0 IV}
      - {rule: all_tasks_on_time, criterion: nhiem-vu, cite: S0 IV}
    cite: S0 IV
reminders: {before: [7], after: null, at: "08:00:00", basis: assumed, reason: Chọn}
"""
"""A plan without any finding."""

SOURCES: Final = {"S0": "IV. Khen thưởng\nV. Thời gian\nVI. Tổ chức thực hiện\n"}

REGISTER: Final = UnitRegister(
    province="x",
    version=1,
    units=tuple(
        Unit(code=f"{tier}-{n}", name=f"{tier} {n}", tier=tier, source="assumed")
        for tier, count in ((Tier.SO, 5), (Tier.XA, 3))
        for n in range(1, count + 1)
    ),
)


def check_small(
    text: str, sources: dict[str, str] | None = SOURCES, siblings: Awards | None = None
) -> list[PlanFinding]:
    """The findings of a plan beside the register and the source text; ``HERE`` is removed from the text first."""
    return check_plan(text.replace(HERE, ""), "p.yaml", REGISTER, sources, siblings or {})


def changed(old: str, new: str, text: str = PLAN) -> str:
    """A text with the first occurrence of ``old`` replaced."""
    assert old in text, old
    return text.replace(old, new, 1)
