"""Why a nomination is refused: a stable code with its Vietnamese text, which cites the rule. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.contracts.awards import Award, NominatedAward, QuotaRow, SubjectKind
from shared.contracts.model import Tier
from shared.contracts.nominations import Nomination
from shared.plans.quotas import NominationContext, Quota, plans_of
from shared.wording.citations import can_cu
from shared.wording.plan_names import TIERS
from shared.wording.unit_names import full_name

KINDS: dict[SubjectKind, str] = {
    SubjectKind.TAP_THE: "tập thể",
    SubjectKind.TAP_THE_NHO: "tập thể nhỏ",
    SubjectKind.HO_GIA_DINH: "hộ gia đình",
    SubjectKind.DOANH_NGHIEP: "doanh nghiệp",
    SubjectKind.DOANH_NHAN: "doanh nhân",
    SubjectKind.CAN_BO: "cán bộ, công chức, viên chức",
    SubjectKind.NGUOI_DAN: "người dân",
    SubjectKind.CONG_NHAN: "công nhân",
    SubjectKind.NONG_DAN: "nông dân",
    SubjectKind.TRI_THUC: "trí thức",
    SubjectKind.KIEU_BAO: "kiều bào",
    SubjectKind.CA_NHAN: "cá nhân",
}
"""The Vietnamese names of the kinds of nominee."""


@dataclass(frozen=True, slots=True)
class NominationRefusal:
    """Why a nomination is refused. ``remaining`` is what remains of the nominator's quota; None if not limited."""

    code: str
    detail: str
    remaining: int | None = None


def unknown_nominator(nominator: str) -> NominationRefusal:
    """The nominator is not an active unit of the register."""
    detail = f"Không có đơn vị nào đang hoạt động mang mã “{nominator}” để đề nghị."
    return NominationRefusal("unknown_nominator", detail)


def wrong_kind(
    kind: SubjectKind, award: Award | NominatedAward, kinds: Iterable[SubjectKind], context: NominationContext
) -> NominationRefusal:
    """The award is for other kinds of nominee."""
    allowed = ", ".join(KINDS[other] for other in kinds)
    detail = f"{award.name} dành cho {allowed}, không dành cho {KINDS[kind]} ({cited(award.cite, context)})."
    return NominationRefusal("wrong_kind", detail)


def no_quota(nominator: str, award: NominatedAward, context: NominationContext) -> NominationRefusal:
    """The nominator has no quota for the award."""
    name = full_name(context.register, nominator)
    owners = "; ".join(f"{_owner(row, context)} ({_size(row)})" for row in award.places)
    return NominationRefusal(
        "no_places",
        f"{name} không được phân bổ số lượng đề nghị {award.name}. "
        f"Được đề nghị: {owners or 'không đơn vị nào'}. Căn cứ: {cited(award.cite, context)}.",
    )


def quota_full(quota: Quota, context: NominationContext) -> NominationRefusal:
    """The nominator's quota is used up."""
    feeders = sorted({nomination.award for nomination in quota.used_by if nomination.award != quota.award.id})
    names = "; ".join(award_name(feeder, context) for feeder in feeders)
    shared = f" (trong đó có đề nghị {names})" if feeders else ""
    detail = (
        f"Đã đề nghị đủ số lượng {quota.award.name}: {_owner(quota.row, context)} được đề nghị {_size(quota.row)}, "
        f"đã đề nghị {len(quota.used_by):02d}{shared}. Căn cứ: {cited(quota.row.cite, context)}."
    )
    return NominationRefusal("quota_full", detail, 0)


def award_name(award_id: str, context: NominationContext) -> str:
    """The name of an award of either plan, or words for one of a plan within them, which is not at hand."""
    for plan in plans_of(context):
        if award := plan.nominated_award.get(award_id) or plan.award.get(award_id):
            return award.name
    return "hình thức khen thưởng của kế hoạch khác"


def tier_name(tier: Tier) -> str:
    """A tier's name within a sentence; "Ủy ban nhân dân" keeps its capital."""
    name = TIERS[tier]
    return name if name.startswith("Ủy ban") else name[0].lower() + name[1:]


def nominee_name(nomination: Nomination, context: NominationContext) -> str:
    """The nominee's name; "đối tượng này" if it is not stored with the nomination."""
    if nomination.subject in context.register.by_code and not nomination.kind.is_name_private:
        return full_name(context.register, nomination.subject)
    return nomination.name or "đối tượng này"


def cited(cite: str, context: NominationContext) -> str:
    """A citation in words, with the documents of both plans."""
    return can_cu(cite, {plan.source.key: plan.source for plan in plans_of(context)})


def _size(row: QuotaRow) -> str:
    return "không giới hạn số lượng" if row.at_most is None else f"không quá {row.at_most:02d}"


def _owner(row: QuotaRow, context: NominationContext) -> str:
    if row.unit is not None:
        return full_name(context.register, row.unit)
    assert row.tier is not None
    return f"mỗi {tier_name(row.tier)}"
