"""What cannot be judged while a report is missing: which criteria of a plan, of which units, in which session. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from shared.contracts.model import Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.plans.authority import feeds
from shared.plans.criteria.kind import Figures
from shared.plans.criteria.table import feed_of
from shared.wording.plan_names import TIERS, criterion_name


def waiting_session(plan: Plan, sessions: Sequence[Session], on: date) -> str | None:
    """The next session, by its last local day, that considers the plan's movement; None if no plan names one."""
    movement = plan.movement.id if plan.movement else None
    coming = [s for s in sessions if movement in s.movements and s.window.last >= on]
    session = min(coming, key=lambda s: s.window.last, default=None)
    return f"{session.name} của Hội đồng Thi đua - Khen thưởng tỉnh" if session else None


def waiting_criteria(plan: Plan, obligation: Obligation) -> tuple[str, ...]:
    """The criteria that wait for an obligation, each with its units; none for attendance, for example (S0 VI.2).

    "tiêu chuẩn về … của các sở, ban, ngành, đoàn thể tỉnh và Ủy ban nhân dân huyện, thành phố".
    """
    waiting: dict[str, dict[Tier, None]] = {}
    for award in plan.awards:
        for rule in award.rules:
            feed = feed_of(rule)
            if isinstance(feed, Figures) and obligation in feeds(plan, feed.subject, award.tier):
                waiting.setdefault(rule.criterion, {})[award.tier] = None
    return tuple(f"tiêu chuẩn {_about(plan, criterion)} của {_units(tiers)}" for criterion, tiers in waiting.items())


def consequence(things: Sequence[str], criteria: Sequence[str], session: str | None) -> str:
    """What waits, as a sentence: "Khi chưa có danh sách, tiêu chuẩn … chưa đủ căn cứ để xem xét tại …"."""
    kinds = list(dict.fromkeys(things))
    missing = kinds[0] if len(things) == 1 else f"các {kinds[0]} trên" if len(kinds) == 1 else "các nội dung trên"
    place = f" tại {session}" if session else ""
    return f"Khi chưa có {missing}, {'; '.join(criteria)} chưa đủ căn cứ để xem xét{place}."


def _about(plan: Plan, criterion: str) -> str:
    name = criterion_name(plan, criterion)
    return f"về {name[0].lower()}{name[1:]}"


def _units(tiers: dict[Tier, None]) -> str:
    names = [f"các {TIERS[tier][0].lower()}{TIERS[tier][1:]}" if tier is Tier.SO else TIERS[tier] for tier in tiers]
    return " và ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
