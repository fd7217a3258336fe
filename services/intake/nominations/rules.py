"""Who may nominate whom for what, within which places: pure decisions on one nomination and the roll before it.

An award figures decide is proposed for (A42); an award no figure decides is nominated for, within places (S0 IV.4).
Being proposed says nothing about being eligible: that is computed elsewhere and shown apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake.nominations.nominee_ids import folded, is_name_private
from shared.contracts.awards import Award, NominatedAward, QuotaRow, SubjectKind
from shared.contracts.model import Tier, local
from shared.contracts.nominations import Nomination
from shared.contracts.units import UnitRegister
from shared.plans.quotas import NominationContext as NominationContext
from shared.plans.quotas import Quota, fed_by, min_remaining, plans_of, quota_of, taken
from shared.wording.formats import can_cu
from shared.wording.plan_problems import TIERS

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

_COLLECTIVE = (SubjectKind.TAP_THE, SubjectKind.TAP_THE_NHO)


@dataclass(frozen=True, slots=True)
class NominationRequest:
    """What an agency asks for. ``subject`` is a unit's code or an id; ``name`` is given for what goes by its name.

    ``by_code`` says that the subject must be a unit of the register or one of the plan's own. Otherwise a subject
    that happens to be one is judged as one, and any other is taken at its word.
    """

    id: str
    movement: str
    award: str
    nominator: str
    kind: SubjectKind
    subject: str
    name: str | None = None
    by_code: bool = False


@dataclass(frozen=True, slots=True)
class _Refused:
    reason: str
    detail: str
    left: int | None = None


def decide(
    asked: NominationRequest, roll: Sequence[Nomination], context: NominationContext, now: datetime
) -> Nomination:
    """Accept the nomination or refuse it, on the nominations of the top movement so far."""
    plan, today = context.plan, local(now).date()
    nominated, proposed = plan.nominated_award.get(asked.award), plan.award.get(asked.award)
    subject, name = _subject(asked, context)
    # Not validated: what is refused is kept as it was asked, also under codes that cannot be.
    wanted = Nomination.model_construct(
        id=asked.id,
        plan=plan.ref,
        movement=asked.movement,
        award=asked.award,
        into=nominated.feeds if nominated else None,
        nominator=asked.nominator,
        kind=asked.kind,
        subject=subject,
        name=name,
        status="accepted",
        at=now,
    )
    active = [each for each in roll if each.status == "accepted"]
    found: _Refused | int | None
    if proposed is not None:
        found = _proposed(wanted, proposed, active, context, today)
    elif nominated is not None:
        found = _nominated(wanted, nominated, active, context, today, by_code=asked.by_code)
    else:
        found = _Refused("unknown_award", f"{plan.source.name} không có hình thức khen thưởng “{asked.award}”.")
    if isinstance(found, _Refused):
        refusal = {"reason": found.reason, "detail": found.detail, "places_left": found.left}
        return wanted.model_copy(update={"status": "refused", "into": None, **refusal})
    return wanted.model_copy(update={"places_left": found})


def withdraw(nomination: Nomination, now: datetime, places_left: int | None = None) -> Nomination:
    """Withdraw an accepted nomination, which releases its places; any other stays as it is."""
    if nomination.status != "accepted":
        return nomination
    left = nomination.places_left if places_left is None else places_left
    changes = {"status": "withdrawn", "withdrawn_at": now, "places_left": left, "version": nomination.version + 1}
    return nomination.model_copy(update=changes)


def _subject(asked: NominationRequest, context: NominationContext) -> tuple[str, str | None]:
    """The subject's id and the name that may be said: a unit of the plan's own is known by its name too."""
    if is_name_private(asked.kind):
        return asked.subject, None
    for own in context.plan.own_units:
        if own.code == asked.subject or (asked.name and folded(asked.name) == folded(own.name)):
            return own.code, own.name
    unit = context.register.by_code.get(asked.subject)
    return asked.subject, unit.name if unit else asked.name


def _proposed(
    wanted: Nomination, award: Award, active: Sequence[Nomination], context: NominationContext, today: date
) -> _Refused | None:
    """A unit proposed for an award of its tier: the unit itself, or for a commune whom A42 names."""
    if unknown := _unknown_nominator(wanted, context, today):
        return unknown
    unit = context.register.by_code.get(wanted.subject)
    if wanted.kind is not SubjectKind.TAP_THE:
        return _wrong_kind(wanted, award, [SubjectKind.TAP_THE], context)
    if unit is None or unit.tier is not award.tier or not unit.exists_on(today):
        whom = f"{_label(award)} xét cho {_tier(award.tier)} đang hoạt động ({_cited(award.cite, context)})"
        return _Refused("wrong_subject", f"{whom}; {_shown(wanted)} không thuộc đối tượng này.")
    switch = context.plan.choices.commune_proposer if unit.tier is Tier.XA else "itself"
    proposers = [unit.code] if switch != "parent" else []
    proposers += [unit.parent] if switch != "itself" and unit.parent else []
    if wanted.nominator not in proposers:
        who = " hoặc ".join(context.register.name_of(code) for code in proposers) or "cơ quan cấp trên của đơn vị"
        return _Refused("not_its_proposer", f"Việc đề nghị {_label(award)} cho {unit.name} thuộc về {who}.")
    if any(_same(each, wanted) for each in active):
        return _Refused("already_nominated", f"{unit.name} đã được đề nghị {_label(award)}.")
    return None


def _nominated(
    wanted: Nomination,
    award: NominatedAward,
    active: Sequence[Nomination],
    context: NominationContext,
    today: date,
    *,
    by_code: bool,
) -> _Refused | int | None:
    """What is left of the nominator's places after this, or why it cannot be."""
    if unknown := _unknown_nominator(wanted, context, today):
        return unknown
    if wanted.kind not in award.kinds:
        return _wrong_kind(wanted, award, award.kinds, context)
    if quota_of(award, wanted.nominator, active, context) is None:
        return _quota_exhausted(wanted, award, context)
    for fed in fed_by(award, context):
        if fed is None:
            return _Refused("unknown_award", f"Chưa có kế hoạch của phong trào cấp trên nêu {award.feeds} để đề nghị.")
        if quota_of(fed, wanted.nominator, active, context) is None:
            return _quota_exhausted(wanted, fed, context)
    needed = taken(wanted, active, context)
    left = min_remaining(needed)
    if wrong := _wrong_subject(wanted, award, needed, context, today, by_code=by_code):
        return _Refused("wrong_subject", wrong, left)
    if twice := _duplicate_nomination(wanted, active, context):
        return _Refused(*twice, left)
    full = next((each for each in needed if each.left == 0), None)
    if full is not None:
        return _Refused("quota_full", _used_up(full, context), 0)
    return None if left is None else left - 1


def _duplicate_nomination(
    wanted: Nomination, active: Iterable[Nomination], context: NominationContext
) -> tuple[str, str] | None:
    for each in active:
        if wanted.kind.is_person and each.subject == wanted.subject:
            who = context.register.name_of(each.nominator)
            return "one_route", (
                f"Cá nhân này đã được {who} đề nghị {_named(each.award, context)}; "
                "mỗi cá nhân chỉ được đề nghị một lần, theo một đường, trong một phong trào."
            )
        if not wanted.kind.is_person and each.nominator == wanted.nominator and _same(each, wanted):
            return "already_nominated", f"Đối tượng này đã được đề nghị {_named(each.award, context)}."
    return None


def _same(one: Nomination, other: Nomination) -> bool:
    return (one.movement, one.award, one.subject) == (other.movement, other.award, other.subject)


def _wrong_subject(
    wanted: Nomination,
    award: NominatedAward,
    needed: Sequence[Quota],
    context: NominationContext,
    today: date,
    *,
    by_code: bool,
) -> str | None:
    """Why a unit cannot be nominated; None where it can, and for what is no unit.

    A unit that has an award of its own tier is not nominated beside it ("trừ Ủy ban nhân dân xã, phường, thị trấn");
    a limited place is for who belongs to the nominator; of a plan's own units, its rooms are not "đơn vị trực thuộc".
    """
    own = next((each for each in context.plan.own_units if each.code == wanted.subject), None)
    unit = context.register.by_code.get(wanted.subject)
    if own is None and unit is None:
        return f"Không có đơn vị mang mã “{wanted.subject}”." if by_code else None
    if wanted.kind not in _COLLECTIVE:
        return f"{_shown(wanted)} là tập thể, không đề nghị là {KINDS[wanted.kind]}."
    if own is not None:
        narrow = f"{own.name} là phòng của cơ quan; {_label(award)} chỉ dành cho đơn vị trực thuộc."
        return f"{narrow} Căn cứ: {_cited(award.cite, context)}." if own.kind == "phong" else None
    assert unit is not None
    if not unit.exists_on(today):
        return f"{unit.name} không còn hoặc chưa hoạt động."
    ranked = [each.id for plan in plans_of(context) for each in plan.awards if each.tier is unit.tier]
    if ranked:
        return f"{unit.name} được xét theo kết quả của cấp mình ({', '.join(ranked)}), không thuộc đối tượng đề cử."
    limited = any(share.places.at_most is not None for share in needed)
    if limited and wanted.nominator not in _above(context.register, unit.code):
        who = context.register.name_of(wanted.nominator)
        return f"{unit.name} không thuộc, trực thuộc {who}. Căn cứ: {_cited(award.cite, context)}."
    return None


def _above(register: UnitRegister, code: str) -> Iterator[str]:
    """The units a unit lies under, nearest first."""
    seen = {code}
    parent = register.by_code[code].parent
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = register.by_code[parent].parent


def _unknown_nominator(wanted: Nomination, context: NominationContext, today: date) -> _Refused | None:
    unit = context.register.by_code.get(wanted.nominator)
    if unit is not None and unit.exists_on(today):
        return None
    return _Refused("unknown_nominator", f"Không có đơn vị nào đang hoạt động mang mã “{wanted.nominator}” để đề nghị.")


def _wrong_kind(
    wanted: Nomination, award: Award | NominatedAward, kinds: Iterable[SubjectKind], context: NominationContext
) -> _Refused:
    whom = ", ".join(KINDS[kind] for kind in kinds)
    said = f"{_label(award)} dành cho {whom}, không dành cho {KINDS[wanted.kind]} ({_cited(award.cite, context)})."
    return _Refused("wrong_kind", said)


def _quota_exhausted(wanted: Nomination, award: NominatedAward, context: NominationContext) -> _Refused:
    who = context.register.name_of(wanted.nominator)
    having = "; ".join(f"{_owner(places, context)} ({_number(places)})" for places in award.places)
    return _Refused(
        "no_places",
        f"{who} không có chỉ tiêu đề nghị {_label(award)}. "
        f"Có chỉ tiêu: {having or 'không đơn vị nào'}. Căn cứ: {_cited(award.cite, context)}.",
    )


def _used_up(share: Quota, context: NominationContext) -> str:
    through = sorted({each.award for each in share.taken_by if each.award != share.award.id})
    shared = f" (trong đó có đề nghị theo {', '.join(through)})" if through else ""
    return (
        f"Hết chỉ tiêu {_label(share.award)}: {_owner(share.places, context)} được đề nghị {_number(share.places)}, "
        f"đã đề nghị {len(share.taken_by):02d}{shared}, còn 0. Căn cứ: {_cited(share.places.cite, context)}."
    )


def _number(places: QuotaRow) -> str:
    return "không giới hạn số lượng" if places.at_most is None else f"không quá {places.at_most:02d}"


def _owner(places: QuotaRow, context: NominationContext) -> str:
    if places.unit is not None:
        return context.register.name_of(places.unit)
    assert places.tier is not None
    return f"mỗi {_tier(places.tier)}"


def _tier(tier: Tier) -> str:
    """A tier inside a sentence; "Ủy ban nhân dân" keeps its capital."""
    name = TIERS[tier]
    return name if name.startswith("Ủy ban") else name[0].lower() + name[1:]


def _label(award: Award | NominatedAward) -> str:
    return f"{award.name} ({award.id})"


def _named(award: str, context: NominationContext) -> str:
    for plan in plans_of(context):
        if found := plan.nominated_award.get(award) or plan.award.get(award):
            return _label(found)
    return award


def _shown(wanted: Nomination) -> str:
    return wanted.name or "đối tượng này"


def _cited(cite: str, context: NominationContext) -> str:
    return can_cu(cite, {plan.source.key: plan.source.name for plan in plans_of(context)})
