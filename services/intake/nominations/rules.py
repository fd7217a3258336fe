"""Decides on nominations: who may nominate whom for which award, within which quotas. Pure.

Figures decide some awards; units are proposed for them (A42). No figure decides the others; agencies nominate for
them within quotas (S0 IV.4). A proposal says nothing about eligibility, which scoring computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake.nominations.nominee_ids import folded
from services.intake.nominations.refusals import (
    KINDS,
    NominationRefusal,
    award_name,
    cited,
    no_quota,
    nominee_name,
    quota_full,
    tier_name,
    unknown_nominator,
    wrong_kind,
)
from shared.contracts.awards import Award, NominatedAward, SubjectKind
from shared.contracts.model import Tier, local
from shared.contracts.nominations import Nomination
from shared.contracts.units import UnitRegister
from shared.plans.quotas import (
    NominationContext,
    Quota,
    fed_awards,
    min_remaining,
    plans_of,
    quota_of,
    quotas_used_by,
)
from shared.wording.unit_names import full_name

_COLLECTIVE = (SubjectKind.TAP_THE, SubjectKind.TAP_THE_NHO)


@dataclass(frozen=True, slots=True)
class NominationRequest:
    """An agency's nomination, not yet decided. ``subject`` is a unit's code or an id.

    ``name`` is the name of a nominee that the agency named. ``by_code`` means that the subject must be a unit of the
    register or of the plan. Without it, a subject that happens to be such a unit is judged as one, and any other
    subject is accepted as the agency describes it.
    """

    id: str
    movement: str
    award: str
    nominator: str
    kind: SubjectKind
    subject: str
    name: str | None = None
    by_code: bool = False


def decide(
    request: NominationRequest, nominations: Sequence[Nomination], context: NominationContext, now: datetime
) -> Nomination:
    """Accept or refuse a nomination, given all earlier nominations of the top movement. ``now`` is aware."""
    plan, today = context.plan, local(now).date()
    nominated, proposed = plan.nominated_award.get(request.award), plan.award.get(request.award)
    subject, name = _subject(request, context)
    # Not validated: a refused nomination is stored as it was requested, even if its codes are invalid.
    nomination = Nomination.model_construct(
        id=request.id,
        plan=plan.ref,
        movement=request.movement,
        award=request.award,
        into=nominated.feeds if nominated else None,
        nominator=request.nominator,
        kind=request.kind,
        subject=subject,
        name=name,
        status="accepted",
        at=now,
    )
    active = [earlier for earlier in nominations if earlier.status == "accepted"]
    result: NominationRefusal | int | None
    if proposed is not None:
        result = _proposed(nomination, proposed, active, context, today)
    elif nominated is not None:
        result = _nominated(nomination, nominated, active, context, today, by_code=request.by_code)
    else:
        detail = f"{plan.source.name} không có hình thức khen thưởng “{request.award}”."
        result = NominationRefusal("unknown_award", detail)
    if isinstance(result, NominationRefusal):
        refusal = {"reason": result.code, "detail": result.detail, "places_left": result.remaining}
        return nomination.model_copy(update={"status": "refused", "into": None, **refusal})
    return nomination.model_copy(update={"places_left": result})


def withdraw(nomination: Nomination, now: datetime, remaining: int | None = None) -> Nomination:
    """Withdraw an accepted nomination, which releases its quotas; any other nomination is unchanged.

    ``remaining`` is what then remains of its quotas; None leaves the stored number.
    """
    if nomination.status != "accepted":
        return nomination
    left = nomination.places_left if remaining is None else remaining
    changes = {"status": "withdrawn", "withdrawn_at": now, "places_left": left, "version": nomination.version + 1}
    return nomination.model_copy(update=changes)


def _subject(request: NominationRequest, context: NominationContext) -> tuple[str, str | None]:
    """The subject's id, and its name unless it is private. A unit of the plan can be given by its name too."""
    if request.kind.is_name_private:
        return request.subject, None
    for own in context.plan.own_units:
        if own.code == request.subject or (request.name and folded(request.name) == folded(own.name)):
            return own.code, own.name
    unit = context.register.by_code.get(request.subject)
    return request.subject, full_name(context.register, unit.code) if unit else request.name


def _proposed(
    nomination: Nomination, award: Award, active: Sequence[Nomination], context: NominationContext, today: date
) -> NominationRefusal | None:
    """Why a unit cannot be proposed for an award of its tier; None if it can. A42 says who proposes a commune."""
    if not _is_active_unit(nomination.nominator, context, today):
        return unknown_nominator(nomination.nominator)
    unit = context.register.by_code.get(nomination.subject)
    if nomination.kind is not SubjectKind.TAP_THE:
        return wrong_kind(nomination.kind, award, [SubjectKind.TAP_THE], context)
    if unit is None or unit.tier is not award.tier or not unit.exists_on(today):
        eligible = f"{award.name} xét cho {tier_name(award.tier)} đang hoạt động ({cited(award.cite, context)})"
        detail = f"{eligible}; {nominee_name(nomination, context)} không thuộc đối tượng này."
        return NominationRefusal("wrong_subject", detail)
    name = full_name(context.register, unit.code)
    switch = context.plan.choices.commune_proposer if unit.tier is Tier.XA else "itself"
    proposers = [unit.code] if switch != "parent" else []
    proposers += [unit.parent] if switch != "itself" and unit.parent else []
    if nomination.nominator not in proposers:
        names = " hoặc ".join(full_name(context.register, code) for code in proposers) or "cơ quan cấp trên của đơn vị"
        return NominationRefusal("not_its_proposer", f"Việc đề nghị {award.name} cho {name} thuộc về {names}.")
    if any(_is_same(earlier, nomination) for earlier in active):
        return NominationRefusal("already_nominated", f"{name} đã được đề nghị {award.name}.")
    return None


def _nominated(
    nomination: Nomination,
    award: NominatedAward,
    active: Sequence[Nomination],
    context: NominationContext,
    today: date,
    *,
    by_code: bool,
) -> NominationRefusal | int | None:
    """What remains of the nominator's quotas after this nomination (None: no limit), or why it is refused."""
    if not _is_active_unit(nomination.nominator, context, today):
        return unknown_nominator(nomination.nominator)
    if nomination.kind not in award.kinds:
        return wrong_kind(nomination.kind, award, award.kinds, context)
    if quota_of(award, nomination.nominator, active, context) is None:
        return no_quota(nomination.nominator, award, context)
    for fed in fed_awards(award, context):
        if fed is None:
            detail = (
                f"Chưa có kế hoạch của phong trào cấp trên nêu hình thức khen thưởng mà {award.name} được đề nghị lên."
            )
            return NominationRefusal("unknown_award", detail)
        if quota_of(fed, nomination.nominator, active, context) is None:
            return no_quota(nomination.nominator, fed, context)
    quotas = quotas_used_by(nomination, active, context)
    remaining = min_remaining(quotas)
    if wrong_subject := _wrong_subject(nomination, award, quotas, context, today, by_code=by_code):
        return NominationRefusal("wrong_subject", wrong_subject, remaining)
    if duplicate := _duplicate_nomination(nomination, active, context):
        return NominationRefusal(*duplicate, remaining)
    full = next((quota for quota in quotas if quota.remaining == 0), None)
    if full is not None:
        return quota_full(full, context)
    return None if remaining is None else remaining - 1


def _duplicate_nomination(
    nomination: Nomination, active: Iterable[Nomination], context: NominationContext
) -> tuple[str, str] | None:
    """The code and text of the refusal if the nominee is already nominated."""
    for earlier in active:
        if nomination.kind.is_person and earlier.subject == nomination.subject:
            nominator = full_name(context.register, earlier.nominator)
            return "one_route", (
                f"Cá nhân này đã được {nominator} đề nghị {award_name(earlier.award, context)}; "
                "mỗi cá nhân chỉ được đề nghị một lần, theo một đường, trong một phong trào."
            )
        same_nominator = not nomination.kind.is_person and earlier.nominator == nomination.nominator
        if same_nominator and _is_same(earlier, nomination):
            return "already_nominated", f"Đối tượng này đã được đề nghị {award_name(earlier.award, context)}."
    return None


def _is_same(one: Nomination, other: Nomination) -> bool:
    return (one.movement, one.award, one.subject) == (other.movement, other.award, other.subject)


def _wrong_subject(
    nomination: Nomination,
    award: NominatedAward,
    quotas: Sequence[Quota],
    context: NominationContext,
    today: date,
    *,
    by_code: bool,
) -> str | None:
    """Why a unit cannot be nominated; None if it can, or if the subject is not a unit.

    A unit whose tier has an award of its own is not nominated for another ("trừ Ủy ban nhân dân xã, phường, thị
    trấn"). A limited quota is for units that belong to the nominator. A room among a plan's own units is not a
    "đơn vị trực thuộc".
    """
    own = next((unit for unit in context.plan.own_units if unit.code == nomination.subject), None)
    unit = context.register.by_code.get(nomination.subject)
    if own is None and unit is None:
        return f"Không có đơn vị mang mã “{nomination.subject}”." if by_code else None
    if nomination.kind not in _COLLECTIVE:
        return f"{nominee_name(nomination, context)} là tập thể, không đề nghị là {KINDS[nomination.kind]}."
    if own is not None:
        room = f"{own.name} là phòng của cơ quan; {award.name} chỉ dành cho đơn vị trực thuộc."
        return f"{room} Căn cứ: {cited(award.cite, context)}." if own.kind == "phong" else None
    assert unit is not None
    name = full_name(context.register, unit.code)
    if not unit.exists_on(today):
        return f"{name} không còn hoặc chưa hoạt động."
    ranked = [other.name for plan in plans_of(context) for other in plan.awards if other.tier is unit.tier]
    if ranked:
        return f"{name} được xét theo kết quả của cấp mình ({'; '.join(ranked)}), không thuộc đối tượng đề cử."
    is_limited = any(quota.row.at_most is not None for quota in quotas)
    if is_limited and nomination.nominator not in _ancestors(context.register, unit.code):
        nominator = full_name(context.register, nomination.nominator)
        return f"{name} không thuộc, trực thuộc {nominator}. Căn cứ: {cited(award.cite, context)}."
    return None


def _ancestors(register: UnitRegister, code: str) -> Iterator[str]:
    """The codes of the units above a unit, nearest first."""
    seen = {code}
    parent = register.by_code[code].parent
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = register.by_code[parent].parent


def _is_active_unit(code: str, context: NominationContext, today: date) -> bool:
    unit = context.register.by_code.get(code)
    return unit is not None and unit.exists_on(today)
