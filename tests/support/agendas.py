"""What a session's agenda is assembled from, and the agenda that follows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.council import rules
from services.council.arrivals import CompleteReport
from services.council.state import ProvinceFacts, SessionContext
from shared.contracts.council import AgendaItem
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.sessions import CouncilMeeting
from shared.plans.duties import duties
from shared.plans.load import load_plan
from tests.support.movement import register, s0, s1, units
from tests.support.provinces import THAI_BINH

MOVEMENT = "trach-nhiem-ky-cuong-2023"
SESSIONS = {session.id: session for session in s1().sessions}
NOW = datetime(2023, 12, 20, 9, tzinfo=VIETNAM)
FIRST, SECOND, THIRD, FOURTH = units(Tier.SO)[:4]
DISTRICT = units(Tier.HUYEN)[0]
S3 = load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")
S4 = load_plan(THAI_BINH / "s4-snnptnt.yaml")


def lists(award: str, candidates: tuple[str, ...] = (), **unit_lists: tuple[str, ...]) -> AwardLists:
    return AwardLists(
        award=award, candidates=candidates, for_judgement=unit_lists.pop("for_judgement", ()), **unit_lists
    )


def nomination(n: int, award: str, subject: str, **changes: Any) -> Nomination:
    fields = {"kind": "tap_the", "status": "accepted", "nominator": FIRST, "movement": MOVEMENT, **changes}
    at = datetime(2023, 11, n, tzinfo=UTC)
    return Nomination.model_validate(
        {"id": f"n{n}", "plan": s0().ref, "award": award, "subject": subject, "at": at, **fields}
    )


def context_of(
    session: str = "P4",
    *award_lists: AwardLists,
    nominations: tuple[Nomination, ...] = (),
    complete: tuple[CompleteReport, ...] = (),
    plans: tuple[Plan, ...] = (),
    on: date = NOW.date(),
) -> SessionContext:
    by_movement: dict[str, list[Nomination]] = {}
    for entry in nominations:
        by_movement.setdefault(entry.movement, []).append(entry)
    facts = ProvinceFacts(
        plans=[s0(), *plans],
        complete=frozenset(complete),
        lists={MOVEMENT: award_lists},
        nominations=by_movement,
        register=register(),
    )
    return SessionContext(SESSIONS[session], s1(), facts, on)


def assembled(context: SessionContext) -> list[AgendaItem]:
    return rules.assemble(context, CouncilMeeting())


def refreshed(fixed: list[AgendaItem], context: SessionContext, *, supplement: bool = True) -> list[AgendaItem]:
    return rules.refresh_frozen(fixed, context, CouncilMeeting(), supplement=supplement)


def in_full() -> tuple[CompleteReport, ...]:
    return tuple((MOVEMENT, duty.id, duty.account) for duty in duties(s0(), register(), NOW.date()))
