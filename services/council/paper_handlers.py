"""Read what the papers of a session are made of, and make them beside the event loop, each only once at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import date
from typing import Final

from services.council.changes import AwardKey, Findings
from services.council.documents.blocks import Paper
from services.council.documents.facts import SessionFacts
from services.council.documents.making import NoPaper, SeveralPapers, Wanted, available, made
from services.council.documents.province import NoPapers, PaperKind, load_papers, templates_folder
from services.council.documents.word import UnusableTemplate
from services.council.packed_findings import unpack_fixed
from services.council.session_handlers import SessionPlace
from services.council.state import StoredSession
from services.council.store import CouncilStore
from shared.caching import Cache
from shared.contracts.council import Judgement
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import AgencyOpinion
from shared.contracts.people import Role
from shared.contracts.plan import Plan
from shared.contracts.scoring import Evidence
from shared.runtime.audit.trail import Audit
from shared.runtime.http.problems import Refusal
from shared.runtime.references import References

Listed = Sequence[tuple[PaperKind, str, Sequence[Paper]]]
"""The kinds of papers that there are for a reader, with their names and papers."""

_MOST_LISTED: Final = 16


class SessionPapers:
    """The papers of the sessions. Files are made in threads; typst lets the event loop run meanwhile."""

    def __init__(self, store: CouncilStore, references: References, audit: Audit) -> None:
        self._store, self._references, self._audit = store, references, audit
        self._listed = Cache[tuple[str, Role], tuple[tuple[object, ...], Listed]](_MOST_LISTED)
        self._running: dict[Hashable, asyncio.Task[bytes]] = {}

    async def listed(self, place: SessionPlace, role: Role) -> Listed:
        """The kinds that a role may read, with their names and papers; no file is made. Raises ``Refusal`` with 404.

        They are put together again only after something that they are made of has changed.
        """
        plans, register = self._plans(place.province), self._references.newest_register(place.province)
        if register is None:
            raise _no_session()
        made_from = (
            await self._store.desk.documents(place.province, list(plans)),
            await self._store.findings_revisions(plans.values(), register),
            (register.version, *sorted(plan.key for plan in self._references.newest_plans())),
        )
        if (kept := self._listed.get((place.key, role))) is not None and kept[0] == made_from:
            return kept[1]
        listed = await asyncio.to_thread(available, await self.facts(place), role)
        return self._listed.keep((place.key, role), (made_from, listed))[1]

    async def file(self, place: SessionPlace, wanted: Wanted) -> bytes:
        """A file of papers. Raises ``Refusal``: 404 for no session, paper or data, 409 for several or a bad template.

        Requests for the same file of the same state of a session share one run, also if some of them go away.
        """
        facts = await self.facts(place)
        head = await self._audit.head()
        key = (place.key, facts.session.revision, wanted)
        templates = templates_folder(place.province)

        def make() -> Awaitable[bytes]:
            return asyncio.to_thread(made, facts, wanted, head.hash if head else "", templates)

        try:
            return await self._once(key, make)
        except NoPaper as error:
            raise Refusal(404, "no_paper", str(error)) from None
        except SeveralPapers as error:
            raise Refusal(409, "several_papers", str(error)) from None
        except UnusableTemplate as error:
            raise Refusal(409, "unusable_template", str(error)) from None

    async def _once(self, key: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.ensure_future(_run(make))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def facts(self, place: SessionPlace) -> SessionFacts:
        """What the papers of a session are made of. Raises ``Refusal`` with 404."""
        stored = await self._store.session(place.key)
        register = self._references.newest_register(place.province)
        if stored is None or register is None:
            raise _no_session()
        try:
            papers = load_papers(place.province)
        except NoPapers as error:
            raise Refusal(404, "no_papers", str(error)) from None
        plans = self._plans(place.province)
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
            signing_day=(stored.meeting.head.day if stored.meeting.head else None) or _day(stored),
        )

    def _plans(self, province: str) -> dict[str, Plan]:
        """The newest plans of a province's movements."""
        plans = (plan for plan in self._references.newest_plans() if plan.province == province)
        return {plan.movement.id: plan for plan in plans if plan.movement}


def _no_session() -> Refusal:
    return Refusal(404, "no_session", "Không có phiên họp này.")


async def _run(make: Callable[[], Awaitable[bytes]]) -> bytes:
    return await make()


def _day(stored: StoredSession) -> date:
    return local(stored.agenda.frozen_at or stored.changed_at).date()
