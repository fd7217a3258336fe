"""What is done about a session: each action takes the session as it stands and returns it as it is afterwards. Pure.

Every action raises ``SessionProblem`` where it is not possible, and adds a step that names who did it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.council.sessions import attendance, lifecycle, order, outcomes, voting
from services.council.sessions.attendance import Electorate
from services.council.sessions.lifecycle import Verb
from services.council.sessions.problem import SessionProblem
from services.council.state import StoredSession
from shared.contracts.awards import AwardForm
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import local
from shared.contracts.plan import Plan
from shared.contracts.sessions import (
    AddedItem,
    AttendanceConfirmed,
    AttendanceGiven,
    Confirmation,
    CouncilMeeting,
    ItemAdded,
    ItemMoved,
    ItemOutcome,
    ItemReason,
    Move,
    OutcomeGiven,
    RemovedItem,
    SessionCalled,
    SessionHead,
    SessionRecorded,
    Step,
    Vote,
    VoteGiven,
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the name and the role of the key that was used. ``at`` is UTC.

    ``replaces``: the actor named the version seen, and so may replace what is recorded already.
    """

    by: str
    role: str
    at: datetime
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class AwardLimits:
    """The form and the quota of the award that an item is about."""

    form: AwardForm | None = None
    quota: int | None = None


def call(given: SessionCalled, plan: Plan, session_id: str, actor: Actor) -> StoredSession:
    """A new session that no plan lists (A23); its agenda is a draft."""
    step = Step(verb="call", by=actor.by, role=actor.role, at=actor.at, reason=given.reason)
    meeting = CouncilMeeting(form=given.form, called=given, head=SessionHead(day=given.day), steps=(step,))
    agenda = Agenda(
        session=given.id,
        name=given.name,
        plan=plan.ref,
        status="draft",
        version=1,
        items=(),
        phase="drafted",
        meeting=meeting,
    )
    return StoredSession(session_id, 0, agenda, actor.at)


def draft(session: StoredSession, last_head: SessionHead | None, actor: Actor) -> StoredSession:
    """Work on the agenda begins. The members are those of the last session, until the head names others."""
    if session.meeting.head is not None or last_head is None:
        return _done(session, "draft", actor)
    head = SessionHead(members=last_head.members, chair=last_head.chair, secretary=last_head.secretary)
    return _done(session, "draft", actor, {"head": head})


def set_head(session: StoredSession, head: SessionHead, units: frozenset[str], actor: Actor) -> StoredSession:
    """Day, hour, place, chair, secretary and members."""
    lifecycle.require("head", session.phase)
    attendance.check_head(head, units)
    return _done(session, "head", actor, {"head": head})


def move(session: StoredSession, given: ItemMoved, actor: Actor) -> StoredSession:
    """An item of the draft gets another place. Of several moves of one item the last counts."""
    lifecycle.require("move", session.phase)
    items = session.agenda.items
    outcomes.item_of(items, given.item)
    before = order.anchor(items, given.item, given.to)
    new = Move(item=given.item, before=before, reason=given.reason, by=actor.by, at=actor.at)
    moves = (*(earlier for earlier in session.meeting.moves if earlier.item != given.item), new)
    return _done(session, "move", actor, {"moves": moves}, item=given.item, reason=given.reason)


def add(session: StoredSession, given: ItemAdded, actor: Actor) -> StoredSession:
    """An item is added by hand; after the freeze it is a supplement with the next number."""
    lifecycle.require("add", session.phase)
    added = AddedItem(id=f"added/{len(session.meeting.added) + 1}", title=given.title, basis=given.basis)
    items = session.agenda.items
    if session.phase not in lifecycle.DRAFTS:
        items = tuple(order.with_supplements(items, [item_added(added)]))
    done = _done(session, "add", actor, {"added": (*session.meeting.added, added)}, item=added.id, reason=given.basis)
    return replace(done, agenda=done.agenda.model_copy(update={"items": items}))


def item_added(added: AddedItem) -> AgendaItem:
    """The agenda item of an addition by hand."""
    return AgendaItem(number=1, id=added.id, kind="task", title=added.title, cite=added.basis, other_kind="by_hand")


def remove(session: StoredSession, given: ItemReason, actor: Actor) -> StoredSession:
    """An item is taken off the draft, whatever the figures bring later."""
    lifecycle.require("remove", session.phase)
    item = outcomes.item_of(session.agenda.items, given.item)
    off = RemovedItem(item=item.id, title=item.title, reason=given.reason, by=actor.by, at=actor.at)
    removed = (*session.meeting.removed, off)
    return _done(session, "remove", actor, {"removed": removed}, item=item.id, reason=given.reason)


def restore(session: StoredSession, given: ItemReason, actor: Actor) -> StoredSession:
    """An item that was taken off may come back."""
    lifecycle.require("restore", session.phase)
    left = tuple(entry for entry in session.meeting.removed if entry.item != given.item)
    if left == session.meeting.removed:
        raise SessionProblem(404, "unknown_item", "Nội dung này không nằm trong số đã đưa ra.", "/item")
    return _done(session, "restore", actor, {"removed": left}, item=given.item, reason=given.reason)


def freeze(session: StoredSession, actor: Actor) -> StoredSession:
    """The items get the numbers 1..n, once and for all."""
    return _with_numbers(_done(session, "freeze", actor), actor)


def record(session: StoredSession, given: SessionRecorded, actor: Actor) -> StoredSession:
    """A session that was held on paper is entered afterwards; what was decided there follows item by item."""
    head = (session.meeting.head or SessionHead()).model_copy(update={"day": given.day})
    done = _done(session, "record", actor, {"head": head, "recorded": given.reason}, reason=given.reason)
    return done if session.agenda.numbered else _with_numbers(done, actor)


def _with_numbers(session: StoredSession, actor: Actor) -> StoredSession:
    items = tuple(order.numbered(session.agenda.items))
    changes = {"items": items, "numbered": True, "frozen_at": actor.at}
    return replace(session, agenda=session.agenda.model_copy(update=changes))


def confirm(session: StoredSession, given: AttendanceConfirmed, member: str, actor: Actor) -> StoredSession:
    """A member answers the invitation. Of several answers the last counts; the same one again is no step."""
    lifecycle.require("confirm", session.phase)
    checked = attendance.check_confirmation(given, member, session.meeting.head)
    earlier = session.meeting.confirmations
    if any((entry.member, entry.given) == (member, checked) for entry in earlier):
        return session
    new = Confirmation(member=member, given=checked, by=actor.by, at=actor.at)
    kept = (entry for entry in earlier if entry.member != member)
    return _done(session, "confirm", actor, {"confirmations": (*kept, new)}, reason=checked.reason)


def attend(session: StoredSession, given: AttendanceGiven, rules: CouncilRules, actor: Actor) -> StoredSession:
    """Who is present, excused, absent or replaced; also when somebody comes later or leaves."""
    lifecycle.require("attendance", session.phase)
    checked = attendance.checked_attendance(given.members, session.meeting.head)
    return _counted(_done(session, "attendance", actor, {"attendance": checked}), rules, actor)


def _counted(session: StoredSession, rules: CouncilRules, actor: Actor) -> StoredSession:
    """The session with the numbers of members and of those present with a vote."""
    who = voters(session, rules, actor.at)
    meeting = session.meeting.model_copy(update={"members": len(who.members), "present": len(who.present)})
    return replace(session, agenda=session.agenda.model_copy(update={"meeting": meeting}))


def voters(session: StoredSession, rules: CouncilRules, now: datetime) -> Electorate:
    """Who may vote in the session, on its day or, if that is not set, on the local day of ``now``."""
    meeting = session.meeting
    day = (meeting.head.day if meeting.head else None) or local(now).date()
    return attendance.electorate(meeting.head, meeting.attendance, rules, day)


def start(session: StoredSession, rules: CouncilRules, actor: Actor) -> StoredSession:
    """The session begins: with a quorum, or in writing with the chair's leave."""
    lifecycle.require("start", session.phase)
    who = voters(session, rules, actor.at)
    head = session.meeting.head
    if session.meeting.form == "written":
        if head is None or head.leave is None:
            detail = "Lấy ý kiến bằng văn bản cần có ý kiến cho phép của Chủ tịch Hội đồng."
            raise SessionProblem(409, "no_leave", detail)
    else:
        attendance.require_quorum(who, rules.quorum)
    return _counted(_done(session, "start", actor, {"quorum": rules.quorum}), rules, actor)


def vote(
    session: StoredSession, given: VoteGiven, rules: CouncilRules, limits: AwardLimits, actor: Actor
) -> StoredSession:
    """The votes on an item are recorded. To vote again removes the item's outcome."""
    lifecycle.require("vote", session.phase)
    item = outcomes.item_of(session.agenda.items, given.item)
    meeting = session.meeting
    _require_new(any(earlier.given.item == item.id for earlier in meeting.votes), actor)
    who, threshold = voters(session, rules, actor.at), rules.threshold(limits.form)
    voting.check_vote(given, outcomes.subjects_of(item), meeting.form, who)
    voting.check_recusals(given, rules, who)
    counted = Vote(
        given=given,
        members=len(who.members),
        present=len(who.present),
        threshold=threshold,
        passed=tuple(row.subject for row in given.rows if voting.carries(row, given, who, threshold, rules)),
        by=actor.by,
        at=actor.at,
    )
    votes = (*(earlier for earlier in meeting.votes if earlier.given.item != item.id), counted)
    done = _done(session, "vote", actor, {"votes": votes}, item=item.id)
    return _with_outcomes(done, [o for o in session.agenda.outcomes if o.given.item != item.id])


def decide(session: StoredSession, given: OutcomeGiven, limits: AwardLimits, actor: Actor) -> StoredSession:
    """The outcome of an item is recorded. Of a session recorded afterwards the votes may be unknown."""
    lifecycle.require("outcome", session.phase)
    item = outcomes.item_of(session.agenda.items, given.item)
    earlier = session.agenda.outcomes
    _require_new(any(outcome.given.item == item.id for outcome in earlier), actor)
    cast = next((cast for cast in session.meeting.votes if cast.given.item == item.id), None)
    needs_vote = session.meeting.recorded is None or cast is not None
    outcomes.check_outcome(given, item, cast, limits.quota, needs_vote=needs_vote)
    new = ItemOutcome(number=item.number, given=given, by=actor.by, at=actor.at)
    done = _done(session, "outcome", actor, item=item.id, reason=given.reason)
    return _with_outcomes(done, [*(o for o in earlier if o.given.item != item.id), new])


def draft_minutes(session: StoredSession, actor: Actor) -> StoredSession:
    """The minutes are written: every item has an outcome."""
    lifecycle.require("draft_minutes", session.phase)
    outcomes.require_outcomes(session.agenda.items, session.agenda.outcomes, "lập được biên bản")
    return _done(session, "draft_minutes", actor)


def approve_minutes(session: StoredSession, actor: Actor) -> StoredSession:
    """The chair has approved the minutes."""
    lifecycle.require("approve_minutes", session.phase)
    if not any(step.verb == "draft_minutes" for step in session.meeting.steps):
        raise SessionProblem(409, "no_minutes", "Chưa có biên bản dự thảo để thông qua.")
    return _done(session, "approve_minutes", actor)


def close(session: StoredSession, actor: Actor) -> StoredSession:
    """The session is closed: every item has an outcome."""
    lifecycle.require("close", session.phase)
    outcomes.require_outcomes(session.agenda.items, session.agenda.outcomes, "kết thúc được phiên họp")
    return _done(session, "close", actor)


def reopen(session: StoredSession, reason: str, actor: Actor) -> StoredSession:
    """A session that has ended goes on; what is recorded stays."""
    return _done(session, "reopen", actor, reason=reason)


def cancel(session: StoredSession, reason: str, actor: Actor) -> StoredSession:
    """A session will not be held."""
    return _done(session, "cancel", actor, reason=reason)


def _require_new(is_recorded: bool, actor: Actor) -> None:
    if is_recorded and not actor.replaces:
        detail = "Kết quả này đã được ghi. Xem bản mới nhất, rồi sửa kèm phiên bản đã xem (If-Match)."
        raise SessionProblem(409, "already_recorded", detail)


def _with_outcomes(session: StoredSession, of_items: list[ItemOutcome]) -> StoredSession:
    ordered = tuple(sorted(of_items, key=lambda outcome: outcome.number))
    return replace(session, agenda=session.agenda.model_copy(update={"outcomes": ordered}))


def _done(
    session: StoredSession,
    verb: Verb,
    actor: Actor,
    recorded: dict[str, object] | None = None,
    *,
    item: str | None = None,
    reason: str | None = None,
) -> StoredSession:
    """The session after an action: what was recorded, a step more, and the phase that follows."""
    lifecycle.require(verb, session.phase)
    step = Step(verb=verb, by=actor.by, role=actor.role, at=actor.at, item=item, reason=reason)
    meeting = session.meeting.model_copy(update={**(recorded or {}), "steps": (*session.meeting.steps, step)})
    phase = lifecycle.phase_after(verb, session.phase)
    changes = {
        "meeting": meeting,
        "phase": phase,
        "status": lifecycle.status_of(phase),
        "version": session.agenda.version + 1,
    }
    return replace(session, agenda=session.agenda.model_copy(update=changes), changed_at=actor.at)
