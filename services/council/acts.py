"""Load, decide, save: what the secretariat records. Each act is checked against the latest state and written once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from services.council import award_rules, decision_rules, judgement_rules, opinion_rules
from services.council.decision_rules import DecisionProblem
from services.council.state import DecisionContext, EntryKey, StoredDecisions, nominations_by_award
from services.council.store import CouncilStore
from shared.contracts.conferral import AwardingDecision, RevokingDecision
from shared.contracts.council import DecisionGiven, JudgementGiven, JudgementOfMany
from shared.contracts.json_values import JsonObject
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import OpinionAnswered, OpinionAsked
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.clock import Clock
from shared.runtime.handover import Handover
from shared.runtime.http.pages.submitted import CONFLICT
from shared.runtime.http.problems import Refusal
from shared.runtime.mongo import VersionConflict
from shared.runtime.references import References
from shared.wording.formats import gio_ngay


class CouncilActs:
    """Records judgements, opinions, decisions and awards of a movement; ``by`` is who records them.

    Every method raises ``Refusal``: 404 for an unknown movement, 422 naming each row that cannot be recorded. Then
    nothing is recorded.
    """

    def __init__(self, store: CouncilStore, references: References, clock: Clock, handover: Handover) -> None:
        self._store, self._references, self._clock = store, references, clock
        self._wake = handover.wake

    async def judge(self, province: str, movement: str, given: Sequence[JudgementGiven], by: str) -> None:
        """Record judgements of the standing office, all or none."""
        plan, register = self.plan_and_units(province, movement)
        _refuse("unjudgeable", judgement_rules.problems_of(given, plan, register))
        await self._save_judgements([new.model_copy(update={"by": by}) for new in given], plan, register, movement)

    async def judge_seen(
        self,
        province: str,
        movement: str,
        given: Sequence[JudgementGiven],
        seen: Mapping[EntryKey, int],
        by: str,
        pointer: str,
    ) -> None:
        """Record judgements over those that the caller has seen, all or none.

        ``seen`` has the version of each standing judgement, 0 for none; ``pointer`` is where the judgement with a
        number stands in the form. Raises ``Refusal`` with 409 too, where another was given since.
        """
        plan, register = self.plan_and_units(province, movement)
        _refuse("unjudgeable", judgement_rules.problems_of(given, plan, register, pointer))
        named = [new.model_copy(update={"by": by}) for new in given]
        await self._save_judgements(named, plan, register, movement, (seen, pointer))

    async def judge_many(self, province: str, movement: str, batch: JudgementOfMany, by: str) -> None:
        """Record one judgement of many units, all or none."""
        plan, register = self.plan_and_units(province, movement)
        _refuse("given_twice", judgement_rules.repeated_units(batch))
        given = judgement_rules.expand(batch, by)
        _refuse("unjudgeable", judgement_rules.problems_of(given, plan, register, "/units/{}"))
        await self._save_judgements(given, plan, register, movement)

    async def _save_judgements(
        self,
        given: Sequence[JudgementGiven],
        plan: Plan,
        register: UnitRegister,
        movement: str,
        expected: tuple[Mapping[EntryKey, int], str] | None = None,
    ) -> None:
        """``expected`` is what the caller has seen, and where each judgement stands in the form."""

        async def judge_and_save() -> None:
            stored = await self._store.stored_judgements(plan.province, movement)
            if expected is not None and (
                newer := judgement_rules.changed_meanwhile(given, expected[0], stored.by_key, expected[1])
            ):
                detail = f"{len(newer)} đơn vị vừa có người khác ghi ý kiến thẩm định; chưa ghi gì. Xem từng đơn vị."
                raise Refusal(409, CONFLICT, detail, problems=newer)
            judgements = judgement_rules.judge(given, stored.by_key, plan, register, movement, self._clock.now())
            await self._store.save_judgements(stored, judgements)

        await retry_on_conflict(judge_and_save, self._wake)

    async def decide(self, province: str, movement: str, given: Sequence[DecisionGiven], by: str) -> None:
        """Record the council's decisions about a movement's awards, all or none."""
        by_key = [new.model_copy(update={"by": by}) for new in given]

        async def decide_and_save() -> None:
            stored, context = await self._decision_context(province, movement)
            decisions, wrong = decision_rules.decide(by_key, context, self._clock.now())
            _refuse_wrong(wrong)
            await self._store.save_decisions(stored, decisions)

        await retry_on_conflict(decide_and_save, self._wake)

    async def give_awards(self, province: str, movement: str, paper: AwardingDecision, by: str) -> None:
        """Record the decision that gives awards which the council proposed, all or none."""

        async def give_and_save() -> None:
            stored, context = await self._decision_context(province, movement)
            awards, wrong = award_rules.give(paper, by, context, self._clock.now())
            _refuse_wrong(wrong)
            await self._store.save_decisions(stored, [], awards)

        await retry_on_conflict(give_and_save, self._wake)

    async def revoke_awards(self, province: str, movement: str, paper: RevokingDecision, by: str) -> None:
        """Record the decision that revokes awards, all or none. The proposals end in the same write."""

        async def revoke_and_save() -> None:
            stored, context = await self._decision_context(province, movement)
            awards, decisions, wrong = award_rules.revoke(paper, by, context, self._clock.now())
            _refuse_wrong(wrong)
            await self._store.save_decisions(stored, decisions, awards)

        await retry_on_conflict(revoke_and_save, self._wake)

    async def ask_opinions(
        self, province: str, movement: str, question: OpinionAsked, by: str, seen: int | None = None
    ) -> None:
        """Record a letter that asks agencies for their opinion, for all of them or none.

        ``seen`` is the revision of the movement's opinions that the caller has seen: a letter that somebody recorded
        since is not replaced (409).
        """
        plan, register = self.plan_and_units(province, movement)

        async def ask_and_save() -> None:
            stored = await self._store.stored_opinions(province, movement)
            opinions, wrong = opinion_rules.ask(
                question, by, stored.by_key, plan, register, movement, self._clock.now()
            )
            _refuse_wrong(wrong)
            newer = [stored.by_key[(new.id,)] for new in opinions if (new.id,) in stored.by_key]
            if newer and seen is not None and seen != stored.revision:
                raise _recorded_meanwhile(f"Công văn số {newer[0].number}", newer[0].by, newer[0].at)
            await self._store.save_opinions(stored, opinions)

        await retry_on_conflict(ask_and_save, self._wake)

    async def answer_opinion(
        self,
        province: str,
        movement: str,
        opinion_id: str,
        given: OpinionAnswered,
        by: str,
        seen: int | None = None,
    ) -> None:
        """Record an agency's answer. Raises ``Refusal`` with 404 if it was not asked.

        ``seen`` is the version of the opinion that the caller has seen: one that was recorded since is not replaced
        (409).
        """
        _, register = self.plan_and_units(province, movement)

        async def answer_and_save() -> None:
            stored = await self._store.stored_opinions(province, movement)
            if (opinion := stored.by_key.get((opinion_id,))) is None:
                raise Refusal(404, "no_opinion", "Không có công văn xin ý kiến này.")
            answered, wrong = opinion_rules.answer(given, by, opinion, register, self._clock.now())
            _refuse_wrong(wrong)
            if answered and seen is not None and seen != opinion.version:
                raise _recorded_meanwhile("Ý kiến của cơ quan này", opinion.by, opinion.at)
            await self._store.save_opinions(stored, answered)

        await retry_on_conflict(answer_and_save, self._wake)

    async def _decision_context(self, province: str, movement: str) -> tuple[StoredDecisions, DecisionContext]:
        """What decisions and awards are checked against, and the document they will be written over."""
        plan, register = self.plan_and_units(province, movement)
        plans = [p for p in self._references.newest_plans() if p.province == province]
        nominations = (await self.nominations(province))[movement]
        stored = await self._store.stored_decisions(province, movement)
        sessions = (session for session in await self._store.all_sessions() if session.id.startswith(f"{province}/"))
        beside = {extra.id for session in sessions if (extra := session.meeting.called) is not None}
        context = DecisionContext(
            plan=plan,
            register=register,
            computed=await self._store.computed(plan, movement, register),
            nominations={award: {n.id: n for n in of_award} for award, of_award in nominations.items()},
            sessions=frozenset(session.id for p in plans for session in p.sessions) | beside,
            standing=stored.by_key,
            awards=stored.awards,
        )
        return stored, context

    async def nominations(self, province: str) -> dict[str, dict[str, list[Nomination]]]:
        """The nominations of a province by movement and award, including withdrawn ones."""
        plans = [plan for plan in self._references.newest_plans() if plan.province == province]
        movements = [plan.movement.id for plan in plans if plan.movement]
        by_movement = {movement: await self._store.nominations(province, movement) for movement in movements}
        return {movement: nominations_by_award(movement, plans, by_movement) for movement in movements}

    def plan_and_units(self, province: str, movement: str) -> tuple[Plan, UnitRegister]:
        """The newest plan of a movement and the newest register. Raises ``Refusal`` with 404 if there is none."""
        plan = self._references.plan_of_movement(province, movement)
        register = self._references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return plan, register


def _recorded_meanwhile(what: str, by: str, at: datetime) -> Refusal:
    detail = f"{what} vừa được ghi khác lúc {gio_ngay(at)} ({by}). Xem bản mới nhất, rồi ghi lại."
    return Refusal(409, CONFLICT, detail)


def _refuse_wrong(wrong: Sequence[DecisionProblem]) -> None:
    if wrong:
        problems = [{"pointer": w.pointer, "code": w.code, "detail": w.detail} for w in wrong]
        raise Refusal(422, wrong[0].code, wrong[0].detail, problems=problems)


def _refuse(code: str, problems: Sequence[JsonObject]) -> None:
    if problems:
        raise Refusal(422, code, str(problems[0]["detail"]), problems=problems)


async def retry_on_conflict(attempt: Callable[[], Awaitable[None]], wake: Callable[[], None]) -> None:
    """Decide and write, repeated while another writer comes first; then wake the outbox."""
    while True:
        try:
            await attempt()
            break
        except VersionConflict:
            continue
    wake()
