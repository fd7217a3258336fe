"""Load, decide, save: keep every session's agenda current, and record what is done about a session."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import get_args

from services.council import rules
from services.council.acts import retry_on_conflict
from services.council.arrivals import pack_arrivals
from services.council.comparing import comparison_with, latest_findings
from services.council.packed_findings import pack_fixed
from services.council.sessions import actions, lifecycle, outcomes
from services.council.sessions.actions import Actor, AwardLimits
from services.council.sessions.problem import SessionProblem
from services.council.sessions.step_words import steps_since
from services.council.state import ProvinceFacts, SessionContext, StoredSession
from services.council.store import CouncilStore
from shared.contracts.council import AgendaItem
from shared.contracts.model import VIETNAM, local
from shared.contracts.obligations import Window
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.sessions import Phase, SessionCalled
from shared.runtime.clock import Clock
from shared.runtime.handover import Handover
from shared.runtime.http.problems import Refusal
from shared.runtime.metrics import Metrics
from shared.runtime.references import References
from shared.wording.formats import gio_ngay

Action = Callable[[StoredSession, SessionContext, datetime], StoredSession]
"""What is done about a session at an instant (UTC); it may raise ``SessionProblem``."""

_HELD = frozenset({"held", "minutes_drafted", "approved", "closed"})


@dataclass(frozen=True, slots=True)
class SessionPlace:
    """Which session: of which province, plan and id."""

    province: str
    plan: str
    session: str

    @property
    def key(self) -> str:
        """The id of the stored session."""
        return f"{self.province}/{self.plan}/{self.session}"


class Sessions:
    """Assembles agendas and records the sessions of the councils."""

    def __init__(
        self, store: CouncilStore, references: References, clock: Clock, metrics: Metrics, handover: Handover
    ) -> None:
        self._store, self._references, self._clock = store, references, clock
        self._metrics, self._wake = metrics, handover.wake
        self._assembled_at = time.monotonic()
        metrics.agendas_age.set_function(lambda: time.monotonic() - self._assembled_at)

    async def assemble(self, now: datetime) -> None:
        """Bring the agenda of every session up to date. Repeating it changes nothing."""
        plans = self._references.newest_plans()
        provinces = sorted({plan.province for plan in plans if plan.sessions})
        stored = {session.id: session for session in await self._store.all_sessions()} if provinces else {}
        for province in provinces:
            if (facts := await self._facts(province)) is not None:
                for plan in (p for p in plans if p.province == province):
                    for session in _sessions_of(plan, stored):
                        await self._assemble(session, plan, facts, stored, now)
        self._assembled_at = time.monotonic()
        phases = Counter(session.phase for session in stored.values())
        for phase in get_args(Phase):
            self._metrics.sessions.labels(phase).set(phases[phase])

    async def _assemble(
        self, session: Session, plan: Plan, facts: ProvinceFacts, stored: dict[str, StoredSession], now: datetime
    ) -> None:
        session_id = f"{plan.province}/{plan.id}/{session.id}"
        before = stored.get(session_id)
        context = await self._context(session, plan, facts, stored, now)
        if (revised := _revised(session_id, before, context, now)) is not None:
            await self._store.save_session(revised)
            stored[session_id] = revised
        if (current := revised or before) is not None and session in plan.sessions:
            self._metrics.agenda_items.labels(plan.id, session.id).set(len(current.agenda.items))
            first = session.window.first
            opens = datetime(first.year, first.month, first.day, tzinfo=VIETNAM)
            self._metrics.session_at.labels(plan.id, session.id).set(opens.timestamp())

    async def _facts(self, province: str) -> ProvinceFacts | None:
        """What was consumed about a province's movements; None while its units are unknown."""
        register = self._references.newest_register(province)
        if register is None:
            return None
        plans = [plan for plan in self._references.newest_plans() if plan.province == province and plan.movement]
        movements = [plan.movement.id for plan in plans if plan.movement]
        return await self._store.facts(plans, movements, province, register)

    async def _context(
        self,
        session: Session,
        plan: Plan,
        facts: ProvinceFacts,
        stored: Mapping[str, StoredSession],
        now: datetime,
    ) -> SessionContext:
        before = stored.get(f"{plan.province}/{plan.id}/{session.id}")
        fixed_at = before.agenda.frozen_at if before else None
        acted_units = frozenset[str]()
        if fixed_at is not None:
            acted_units = acted_units.union(
                *[await self._acted_after(plan.province, movement, fixed_at) for movement in session.movements]
            )
        comparison = None
        if before is not None and before.fixed_findings:
            comparison = comparison_with(before, await latest_findings(self._store, session, facts), facts)
        last = _last_held(session, plan, stored)
        deferred: Sequence[AgendaItem] = ()
        if last is not None:
            deferred = outcomes.deferred_items(last.agenda.items, last.agenda.outcomes)
        return SessionContext(
            session=session,
            plan=plan,
            facts=facts,
            today=local(now).date(),
            acted_units=acted_units,
            deferred=deferred,
            last_session=last.agenda.session if last else None,
            last_head=last.meeting.head if last else None,
            comparison=comparison,
            now=now,
        )

    async def _acted_after(self, province: str, movement: str, since: datetime) -> set[str]:
        """The units the council has judged or decided about after an instant."""
        judgements = (await self._store.stored_judgements(province, movement)).by_key.values()
        decisions = (await self._store.stored_decisions(province, movement)).by_key.values()
        acts = [(judgement.unit, judgement.at) for judgement in judgements]
        acts += [(decision.unit, decision.at) for decision in decisions if decision.unit]
        return {unit for unit, at in acts if at > since}

    async def act(self, place: SessionPlace, action: Action, expected: int | None) -> StoredSession:
        """Do something about a session as it stands now, and store it.

        ``expected`` is the version that the caller has seen. Raises ``Refusal``: 404 if there is no such session, 409
        if another step was taken since that version, otherwise as the action refuses.
        """
        result: list[StoredSession] = []

        async def attempt() -> None:
            now = self._clock.now()
            stored = {session.id: session for session in await self._store.all_sessions()}
            plan, session, facts = await self._find(place, stored)
            context = await self._context(session, plan, facts, stored, now)
            before = _revised(place.key, stored.get(place.key), context, now) or stored[place.key]
            if expected is not None and expected != before.meeting.version:
                raise _changed_meanwhile(before, expected)
            acted = _refusing(action, before, context, now)
            if before.agenda.frozen_at is None and acted.agenda.frozen_at is not None:
                findings = await latest_findings(self._store, session, facts)
                acted = replace(
                    acted,
                    fixed_findings=pack_fixed(findings) if findings else "",
                    fixed_arrivals=pack_arrivals(facts.arrivals),
                )
            changed = _revised(place.key, acted, context, now) or acted
            await self._store.save_session(changed)
            result[:] = [changed]

        await retry_on_conflict(attempt, self._wake)
        return result[0]

    async def call(self, province: str, plan_id: str, given: SessionCalled, by: str, role: str) -> StoredSession:
        """Call a session that no plan lists. Raises ``Refusal``: 404, 409 if its id is taken, 422."""
        place = SessionPlace(province, plan_id, given.id)

        async def attempt() -> None:
            plan = self._plan(place)
            tasks = {task.id for task in plan.tasks}
            movements = {
                p.movement.id for p in self._references.newest_plans() if p.province == province and p.movement
            }
            if unknown := [task for task in given.tasks if task not in tasks]:
                raise Refusal(422, "unknown", f"Kế hoạch không có nhiệm vụ mang mã “{unknown[0]}”.")
            if strangers := [movement for movement in given.movements if movement not in movements]:
                detail = f"Không có kế hoạch nào cho phong trào “{strangers[0]}”."
                raise Refusal(422, "unknown_movement", detail)
            taken = any(session.id == given.id for session in plan.sessions)
            if taken or await self._store.session(place.key) is not None:
                raise Refusal(409, "session_exists", f"Đã có phiên họp mang mã “{given.id}”.")
            await self._store.save_session(actions.call(given, plan, place.key, Actor(by, role, self._clock.now())))

        await retry_on_conflict(attempt, self._wake)
        return await self.act(place, lambda session, *_: session, None)

    def _plan(self, place: SessionPlace) -> Plan:
        plans = (p for p in self._references.newest_plans() if (p.province, p.id) == (place.province, place.plan))
        if (plan := next(plans, None)) is None or not plan.sessions:
            raise _no_session()
        return plan

    async def _find(
        self, place: SessionPlace, stored: Mapping[str, StoredSession]
    ) -> tuple[Plan, Session, ProvinceFacts]:
        plan = self._plan(place)
        session = next((session for session in _sessions_of(plan, stored) if session.id == place.session), None)
        facts = await self._facts(place.province)
        if session is None or facts is None:
            raise _no_session()
        return plan, session, facts


def award_limits(item_id: str, session: StoredSession, context: SessionContext) -> AwardLimits:
    """The form and the quota of the award that an item is about."""
    item = next((item for item in session.agenda.items if item.id == item_id), None)
    for plan in context.facts.plans:
        if item is None or item.award is None or plan.movement is None:
            continue
        if f"/{plan.movement.id}/" in item.id:
            if ranked := plan.award.get(item.award):
                return AwardLimits(ranked.form, ranked.quota)
            if nominated := plan.nominated_award.get(item.award):
                return AwardLimits(nominated.form)
    return AwardLimits()


def _refusing(action: Action, session: StoredSession, context: SessionContext, now: datetime) -> StoredSession:
    try:
        return action(session, context, now)
    except SessionProblem as problem:
        if problem.pointer is None:
            raise Refusal(problem.status, problem.code, problem.detail) from None
        problems = [{"pointer": problem.pointer, "code": problem.code, "detail": problem.detail}]
        raise Refusal(problem.status, problem.code, problem.detail, problems=problems) from None


def _no_session() -> Refusal:
    return Refusal(404, "no_session", "Không có phiên họp này.")


def _changed_meanwhile(session: StoredSession, seen: int) -> Refusal:
    step = session.meeting.steps[-1] if session.meeting.steps else None
    who = f"{step.by} vừa sửa phiên họp này lúc {gio_ngay(step.at)}" if step else "Phiên họp này chưa được sửa lần nào"
    detail = f"{who}. Xem bản mới nhất, rồi ghi lại."
    since = steps_since(session.agenda, seen)
    return Refusal(409, "changed_meanwhile", detail, version=session.meeting.version, since=since)


def _sessions_of(plan: Plan, stored: Mapping[str, StoredSession]) -> list[Session]:
    """The sessions that a plan lists, and those that were called beside them."""
    listed = {session.id for session in plan.sessions}
    prefix = f"{plan.province}/{plan.id}/"
    beside = [session.meeting.called for session in stored.values() if session.id.startswith(prefix)]
    return [*plan.sessions, *(_row(extra) for extra in beside if extra is not None and extra.id not in listed)]


def _row(extra: SessionCalled) -> Session:
    """A called session as a row of a plan: its window is its day."""
    window = Window(first=extra.day, last=extra.day)
    return Session(
        id=extra.id,
        name=extra.name,
        window=window,
        tasks=extra.tasks,
        movements=extra.movements,
        not_in_seed=True,
        cite="A23",
    )


def _last_held(session: Session, plan: Plan, stored: Mapping[str, StoredSession]) -> StoredSession | None:
    """The latest session of the plan before this one that was held."""
    earlier = [
        (row.window.first, row.id)
        for row in _sessions_of(plan, stored)
        if (row.window.first, row.id) < (session.window.first, session.id)
        and (before := stored.get(f"{plan.province}/{plan.id}/{row.id}")) is not None
        and before.phase in _HELD
    ]
    return stored[f"{plan.province}/{plan.id}/{max(earlier)[1]}"] if earlier else None


def _revised(
    session_id: str, stored: StoredSession | None, context: SessionContext, now: datetime
) -> StoredSession | None:
    """The session with its agenda brought up to date, or None when nothing changes."""
    phase = stored.phase if stored else "planned"
    if phase in ("planned", "historical"):
        phase = lifecycle.first_phase(context.session, context.plan)
    if phase in lifecycle.DRAFTS:
        items = rules.assemble(context, (stored.meeting if stored else None) or rules.NOTHING_RECORDED)
    elif stored is None:
        items = rules.assemble_historical(context)
    elif phase in ("historical", "cancelled"):
        items = list(stored.agenda.items)
    else:
        fixed, supplement = stored.agenda.items, phase == "frozen"
        items = rules.refresh_frozen(fixed, context, stored.meeting, supplement=supplement)
    revised = rules.revise(session_id, stored, context, phase, items, now)
    return replace(revised, revision=stored.revision) if revised and stored else revised
