"""Read the findings that a fixed agenda is compared with."""

from __future__ import annotations

from services.council.changes import AwardFindings, AwardKey, award_histories
from services.council.packed_findings import unpack_fixed
from services.council.state import Comparison, ProvinceFacts, StoredSession
from services.council.store import CouncilStore
from shared.contracts.programme import Session


async def latest_findings(store: CouncilStore, session: Session, facts: ProvinceFacts) -> dict[AwardKey, AwardFindings]:
    """The latest findings of the session's movements, by movement and award. Read them only for a fixed agenda."""
    findings: dict[AwardKey, AwardFindings] = {}
    for plan in facts.plans:
        if plan.movement is not None and plan.movement.id in session.movements:
            of_movement = await store.findings(plan, plan.movement.id, facts.register)
            findings |= {(plan.movement.id, award): of_award for award, of_award in of_movement.items()}
    return findings


def comparison_with(
    stored: StoredSession | None, findings: dict[AwardKey, AwardFindings], facts: ProvinceFacts
) -> Comparison | None:
    """What a session's agenda is compared with; None unless its findings were kept when it was fixed."""
    if stored is None or not stored.fixed_findings:
        return None
    fixed = unpack_fixed(stored.fixed_findings)
    return Comparison(award_histories(fixed, findings, facts.plans, facts.register))
