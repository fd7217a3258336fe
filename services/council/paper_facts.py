"""Read what the papers of a session are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.council.arrivals import Arrivals, unpack_arrivals
from services.council.changes import AwardKey, Findings
from services.council.documents.facts import SessionFacts
from services.council.documents.province import NoPapers, Papers, load_papers
from services.council.packed_findings import unpack_fixed
from services.council.session_handlers import SessionPlace
from services.council.state import StoredSession
from services.council.store import CouncilStore
from shared.contracts.council import Judgement
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import AgencyOpinion
from shared.contracts.plan import Plan
from shared.contracts.scoring import Evidence
from shared.runtime.http.problems import Refusal
from shared.runtime.references import References


class PaperFacts:
    """Reads the stored session, and what is looked up beside it. Persons' names are no part of it."""

    def __init__(self, store: CouncilStore, references: References) -> None:
        self._store, self._references = store, references

    async def facts(self, place: SessionPlace) -> SessionFacts:
        """What the papers of a session are made of. Raises ``Refusal`` with 404."""
        stored = await self._store.session(place.key)
        register = self._references.newest_register(place.province)
        if stored is None or register is None:
            raise no_session()
        papers = papers_of_province(place.province)
        plans = self.plans(place.province)
        nominations: dict[str, Nomination] = {}
        judgements: dict[str, list[Judgement]] = {}
        opinions: dict[str, list[AgencyOpinion]] = {}
        evidence: dict[str, Evidence] = {}
        current: dict[AwardKey, Findings] = {}
        fixed_at = stored.agenda.frozen_at
        for movement, plan in plans.items():
            nominations |= {n.id: n for n in await self._store.nominations(place.province, movement)}
            given = (await self._store.stored_judgements(place.province, movement)).by_key.values()
            questions = (await self._store.stored_opinions(place.province, movement)).by_key.values()
            judgements[movement] = [j for j in given if fixed_at is None or j.at <= fixed_at]
            opinions[movement] = [o for o in questions if fixed_at is None or o.at <= fixed_at]
            for award, findings in (await self._store.findings(plan, movement, register)).items():
                evidence |= findings.evidence
                current[movement, award] = findings.by_unit
        return SessionFacts(
            session=stored,
            plan=self._references.plan(stored.agenda.plan),
            plans=plans,
            papers=papers,
            register=register,
            nominations=nominations,
            findings=unpack_fixed(stored.fixed_findings) if fixed_at and stored.fixed_findings else current,
            evidence=evidence,
            judgements=judgements,
            opinions=opinions,
            arrivals=await self._arrivals(place.province, stored, list(plans)),
            signing_day=(stored.meeting.head.day if stored.meeting.head else None) or _day(stored),
        )

    async def _arrivals(self, province: str, stored: StoredSession, movements: Sequence[str]) -> Arrivals:
        """When reports came, as it was fixed with the agenda; a session that an earlier release fixed has no copy."""
        if stored.fixed_arrivals:
            return unpack_arrivals(stored.fixed_arrivals)
        fixed_at, arrivals = stored.agenda.frozen_at, await self._store.desk.arrivals(province, movements)
        return {report: came for report, came in arrivals.items() if fixed_at is None or came.at <= fixed_at}

    def plans(self, province: str) -> dict[str, Plan]:
        """The newest plans of a province's movements."""
        plans = (plan for plan in self._references.newest_plans() if plan.province == province)
        return {plan.movement.id: plan for plan in plans if plan.movement}


def papers_of_province(province: str) -> Papers:
    """What a province's papers state. Raises ``Refusal`` with 404 where its data are missing or wrong."""
    try:
        return load_papers(province)
    except NoPapers as error:
        raise Refusal(404, "no_papers", str(error)) from None


def no_session() -> Refusal:
    """There is no such session."""
    return Refusal(404, "no_session", "Không có phiên họp này.")


def _day(stored: StoredSession) -> date:
    return local(stored.agenda.frozen_at or stored.changed_at).date()
