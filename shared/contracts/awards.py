"""Awards: the fields units are ranked in, awards decided by rules, and awards given on nomination."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.contracts.model import LEFT_OUT_IF_EMPTY, Basis, Cite, Code, Id, StrictModel, Text, Tier, strict_decimal

Scale = Annotated[Decimal, *strict_decimal(r"^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?$", {})]
"""The largest possible score of a field, with a decimal point."""


class RankedField(StrictModel):
    """A field (lĩnh vực) units are ranked in. Scores lie in 0..scale with at most ``decimals`` decimal places (A48)."""

    id: Code
    name: Text
    scale: Scale
    decimals: Annotated[int, Field(ge=0, le=6)] = 4
    basis: Basis
    cite: Cite


class Criterion(StrictModel):
    """A condition that awards may require."""

    id: Code
    name: Text
    cite: Cite


class AwardForm(StrEnum):
    """The form of an award: a flag, a certificate, or an award of the state.

    ``CO_THI_DUA`` is the province's own flag; the Government's, which the province asks for, is another award.
    """

    CO_THI_DUA = "co_thi_dua"
    CO_THI_DUA_CHINH_PHU = "co_thi_dua_chinh_phu"
    BANG_KHEN = "bang_khen"
    GIAY_KHEN = "giay_khen"
    BANG_KHEN_THU_TUONG = "bang_khen_thu_tuong"
    HUAN_CHUONG_LAO_DONG = "huan_chuong_lao_dong"


class Scope(StrEnum):
    """Which units a unit is ranked among: its tier in the whole province, or its tier under the same parent."""

    TINH = "tinh"
    PARENT = "parent"


class _Rule(StrictModel):
    """What the rules of every kind have in common.

    A kind is also a module in ``shared.plans.criteria`` and one in ``services.scoring.criteria``.
    """

    @property
    def ranked_field(self) -> str | None:
        """The field of the plan whose scores the rule reads; None if it reads no scores."""
        return None


class RankRule(_Rule):
    """Competition rank in a field within a cut-off, ties included (A6)."""

    rule: Literal["rank"]
    criterion: Code
    field: Code
    at_most: Annotated[int, Field(ge=1)]
    cite: Cite

    @property
    def ranked_field(self) -> str:
        """The field units are ranked in."""
        return self.field


class TasksRule(_Rule):
    """Every task that was due by the as-of day and not cancelled was done on time (A17)."""

    rule: Literal["all_tasks_on_time"]
    criterion: Code
    cite: Cite


class DisciplineRule(_Rule):
    """At most ``at_most`` confirmed violations in the period, and no open case with signs of a violation (A18)."""

    rule: Literal["no_violation"]
    criterion: Code
    at_most: Annotated[int, Field(ge=0)] = 0
    cite: Cite


class ListedRule(_Rule):
    """The unit is on the list of outstanding contributors (A40)."""

    rule: Literal["listed"]
    criterion: Code
    cite: Cite


class JudgementRule(_Rule):
    """No figure is reported for this criterion; the council judges it (A41)."""

    rule: Literal["judgement"]
    criterion: Code
    cite: Cite


class ActiveRule(_Rule):
    """The unit still exists when the award is decided (L7)."""

    rule: Literal["active"]
    criterion: Code
    cite: Cite


Rule = Annotated[
    RankRule | TasksRule | DisciplineRule | ListedRule | JudgementRule | ActiveRule, Field(discriminator="rule")
]


class Award(StrictModel):
    """An award for one tier, with every criterion that must hold.

    ``quota`` is the maximum number of these awards, or None if the source gives no number. ``ranks`` says whether
    all rank criteria must hold or any one of them; None leaves the choice to decision A4.
    """

    id: Id
    form: AwardForm
    name: Text
    tier: Tier
    scope: Scope
    quota: Annotated[int, Field(ge=1)] | None
    ranks: Literal["all", "any"] | None = None
    rules: tuple[Rule, ...]
    cite: Cite

    @property
    def rank_rules(self) -> tuple[RankRule, ...]:
        """The rules that ``ranks`` is about."""
        return tuple(rule for rule in self.rules if isinstance(rule, RankRule))


class SubjectKind(StrEnum):
    """The kinds of nominee. The first four are collectives; the others are persons."""

    TAP_THE = "tap_the"
    TAP_THE_NHO = "tap_the_nho"
    HO_GIA_DINH = "ho_gia_dinh"
    DOANH_NGHIEP = "doanh_nghiep"
    DOANH_NHAN = "doanh_nhan"
    CAN_BO = "can_bo"
    NGUOI_DAN = "nguoi_dan"
    CONG_NHAN = "cong_nhan"
    NONG_DAN = "nong_dan"
    TRI_THUC = "tri_thuc"
    KIEU_BAO = "kieu_bao"
    CA_NHAN = "ca_nhan"

    @property
    def is_person(self) -> bool:
        """Whether the nominee is one person, whose name stays in intake's database (L15)."""
        return self not in _COLLECTIVES

    @property
    def is_name_private(self) -> bool:
        """Whether names of this kind stay in intake: persons, and households, which have the name of a person."""
        return self.is_person or self is SubjectKind.HO_GIA_DINH


_COLLECTIVES = frozenset(
    {SubjectKind.TAP_THE, SubjectKind.TAP_THE_NHO, SubjectKind.HO_GIA_DINH, SubjectKind.DOANH_NGHIEP}
)
CITIZENS = frozenset({SubjectKind.NGUOI_DAN, SubjectKind.NONG_DAN, SubjectKind.KIEU_BAO})
"""Persons who work for no agency. Decision A19 says whether they count toward a quota."""


class QuotaRow(StrictModel):
    """How many nominations each nominator of a tier, or one named unit, may make; ``at_most`` None is no limit."""

    tier: Tier | None = None
    unit: Code | None = None
    at_most: Annotated[int, Field(ge=1)] | None
    cite: Cite

    @model_validator(mode="after")
    def _names_a_tier_or_a_unit(self) -> Self:
        if (self.tier is None) == (self.unit is None):
            raise ValueError("places belong to a tier or to one unit")
        return self


class NominatedAward(StrictModel):
    """An award that no figure decides: agencies nominate within the quotas of ``places``.

    A nominator without a row in ``places`` may not nominate. ``standards`` are the source's requirements, word for
    word. ``feeds`` is an award of the enclosing movement (S4 within S0): a nomination for this award also counts as
    a nomination for that one. ``inferred_kinds`` are those of the kinds that the source does not name.
    """

    id: Id
    form: AwardForm
    name: Text
    kinds: Annotated[tuple[SubjectKind, ...], Field(min_length=1)]
    places: tuple[QuotaRow, ...]
    standards: tuple[Text, ...]
    feeds: Id | None = None
    inferred_kinds: Annotated[tuple[SubjectKind, ...], LEFT_OUT_IF_EMPTY] = ()
    basis: Basis = "printed"
    cite: Cite

    @model_validator(mode="after")
    def _infers_its_own_kinds(self) -> Self:
        if unknown := set(self.inferred_kinds) - set(self.kinds):
            raise ValueError(f"{self.id}: inferred kinds that are not among its kinds: {sorted(unknown)}")
        return self
