"""What the secretariat records about a session of the council, and how it is published with the agenda.

Names of persons stay in intake (L15): a member is an office ("Giám đốc Sở Nội vụ"), and so is a substitute.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.council_rules import Quorum, Threshold
from shared.contracts.model import LEFT_OUT_IF_EMPTY, Code, Day, Id, LocalTime, StrictModel, Text, TolerantModel

Phase = Literal[
    "planned",
    "drafted",
    "frozen",
    "held",
    "minutes_drafted",
    "approved",
    "closed",
    "cancelled",
    "historical",
]
"""Where a session stands. ``historical``: it was over before its plan was issued; nothing is recorded of it (A24)."""

Outcome = Literal["proposed", "not_proposed", "deferred", "withdrawn", "noted"]
"""Thống nhất đề nghị, không đề nghị, để lại phiên sau, rút khỏi danh sách xét, ghi nhận."""

SessionForm = Literal["meeting", "written"]
"""A sitting, or written opinions collected without one (lấy ý kiến bằng văn bản)."""

MemberRole = Literal[
    "chair", "first_deputy_chair", "standing_deputy_chair", "deputy_chair", "standing_member", "member", "secretary"
]

Count = Annotated[int, Field(ge=0, le=1000)]

ItemId = Annotated[str, Field(min_length=1, max_length=300)]


class Member(StrictModel):
    """A member of the council by office. It belongs to the council from ``first`` to ``last``, both inclusive.

    ``unit`` is the unit that the office heads. ``substitute`` is the office that attends in the member's place.
    """

    id: Code
    role: MemberRole
    office: Text
    unit: Code | None = None
    first: Day | None = None
    last: Day | None = None
    substitute: Text | None = None


class SessionHead(StrictModel):
    """When and where a session is, and who belongs to it. ``at`` is local time; ``chair`` is a member's id.

    ``secretary`` is an office. ``leave`` is the chair's leave for a session without a sitting.
    """

    day: Day | None = None
    at: LocalTime | None = None
    place: Text | None = None
    chair: Code | None = None
    secretary: Text | None = None
    members: Annotated[tuple[Member, ...], Field(max_length=200)] = ()
    leave: Text | None = None


class Attendance(StrictModel):
    """How a member attends. A member who is ``replaced`` names the office of the substitute."""

    member: Code
    state: Literal["present", "excused", "absent", "replaced"]
    substitute: Text | None = None
    reason: Text | None = None


class AttendanceGiven(StrictModel):
    """The attendance of all members; one who is not named is not counted as present."""

    members: Annotated[tuple[Attendance, ...], Field(max_length=200)]


class AttendanceConfirmed(StrictModel):
    """A member's answer to the invitation. Who sends somebody else names the office of the substitute (L15)."""

    state: Literal["present", "excused", "replaced"]
    substitute: Text | None = None
    reason: Text | None = None


class SessionCalled(StrictModel):
    """A session that no plan lists, called for a day (A23). ``reason`` is why, or the paper that calls it."""

    id: Id
    name: Text
    form: SessionForm = "meeting"
    day: Day
    movements: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    tasks: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    reason: Text


class SessionRecorded(StrictModel):
    """A session that was held on paper: its day, and the paper that proves it."""

    day: Day
    reason: Text


class ItemMoved(StrictModel):
    """An item of a draft is moved to a place, counted from 1."""

    item: ItemId
    to: Annotated[int, Field(ge=1)]
    reason: Text | None = None


class ItemAdded(StrictModel):
    """An item that neither the plan nor the figures bring. ``basis`` is the paper or the wish behind it."""

    title: Text
    basis: Text


class ItemReason(StrictModel):
    """An item and why it is taken off the agenda, or put back."""

    item: ItemId
    reason: Text


class Reason(StrictModel):
    """Why something is done that is not the usual course."""

    reason: Text


class Ballots(StrictModel):
    """The ballots of a vote: handed out, returned, valid, invalid."""

    handed_out: Count
    returned: Count
    valid: Count
    invalid: Count


class VoteRow(StrictModel):
    """The votes on one subject of an item, or on the item as a whole if ``subject`` is None.

    ``agree`` to ``invalid`` include written opinions. ``recused`` are members who did not vote on this subject.
    ``chair`` is the chair's side on equal votes.
    """

    subject: Id | None = None
    agree: Count
    disagree: Count
    no_opinion: Count
    invalid: Count = 0
    recused: tuple[Code, ...] = ()
    chair: Literal["agree", "disagree"] | None = None


class VoteGiven(StrictModel):
    """A vote on an item. ``written`` is how many absent members sent a written opinion.

    ``counters`` is the Ban kiểm phiếu, by office; it belongs to ballots only.
    """

    item: ItemId
    way: Literal["hands", "ballots", "written"]
    rows: Annotated[tuple[VoteRow, ...], Field(min_length=1, max_length=4000)]
    ballots: Ballots | None = None
    written: Count = 0
    counters: Annotated[tuple[Text, ...], Field(max_length=20)] = ()


class SubjectOutcome(StrictModel):
    """The outcome for one subject that differs from the item's."""

    subject: Id
    outcome: Outcome
    reason: Text | None = None


class OutcomeGiven(StrictModel):
    """The outcome of an item for all its subjects, and the exceptions. A deferral and a withdrawal have a reason."""

    item: ItemId
    outcome: Outcome
    reason: Text | None = None
    exceptions: Annotated[tuple[SubjectOutcome, ...], Field(max_length=4000)] = ()


class Move(TolerantModel):
    """An item of a draft was put before another one, or at the end if ``before`` is None. ``at`` is UTC."""

    item: str
    before: str | None
    reason: str | None = None
    by: str
    at: AwareDatetime


class AddedItem(TolerantModel):
    """An item that was added by hand."""

    id: str
    title: str
    basis: str


class RemovedItem(TolerantModel):
    """An item that was taken off the draft."""

    item: str
    title: str
    reason: str
    by: str
    at: AwareDatetime


class Vote(TolerantModel):
    """A vote as it was counted: with the number of members, of those present with a vote, and the threshold then.

    ``passed`` are the subjects that reached the threshold; None stands for the item as a whole.
    """

    given: VoteGiven
    members: int
    present: int
    threshold: Threshold
    passed: tuple[str | None, ...]
    by: str
    at: AwareDatetime


class ItemOutcome(TolerantModel):
    """The outcome of an item, by whom and when (UTC) it was recorded."""

    number: int
    given: OutcomeGiven
    by: str
    at: AwareDatetime


class Step(TolerantModel):
    """Something that was done about a session: what, by whom in which role, and when (UTC)."""

    verb: str
    by: str
    role: str
    at: AwareDatetime
    item: str | None = None
    reason: str | None = None


class Confirmation(TolerantModel):
    """What a member has answered to the invitation. ``by`` is the name of the account, ``at`` is UTC."""

    member: str
    given: AttendanceConfirmed
    by: str
    at: AwareDatetime


CONFIRM: Final = "confirm"
"""The verb of the step in which a member answers the invitation."""


class CouncilMeeting(TolerantModel):
    """All that the secretariat has recorded about a session; ``version`` counts its steps.

    ``recorded`` is the paper behind a session that was recorded afterwards. ``quorum`` is the rule by which a sitting
    was begun, ``present`` how many members with a vote were there and ``members`` how many there are.
    ``confirmations`` are the members' own answers to the invitation; only ``attendance`` counts.
    """

    form: SessionForm = "meeting"
    called: Annotated[SessionCalled | None, LEFT_OUT_IF_EMPTY] = None
    recorded: Annotated[str | None, LEFT_OUT_IF_EMPTY] = None
    head: Annotated[SessionHead | None, LEFT_OUT_IF_EMPTY] = None
    attendance: Annotated[tuple[Attendance, ...], LEFT_OUT_IF_EMPTY] = ()
    members: Annotated[int, LEFT_OUT_IF_EMPTY] = 0
    present: Annotated[int, LEFT_OUT_IF_EMPTY] = 0
    quorum: Annotated[Quorum | None, LEFT_OUT_IF_EMPTY] = None
    confirmations: Annotated[tuple[Confirmation, ...], LEFT_OUT_IF_EMPTY] = ()
    moves: Annotated[tuple[Move, ...], LEFT_OUT_IF_EMPTY] = ()
    added: Annotated[tuple[AddedItem, ...], LEFT_OUT_IF_EMPTY] = ()
    removed: Annotated[tuple[RemovedItem, ...], LEFT_OUT_IF_EMPTY] = ()
    votes: Annotated[tuple[Vote, ...], LEFT_OUT_IF_EMPTY] = ()
    steps: tuple[Step, ...] = ()

    @property
    def version(self) -> int:
        """How many steps were taken; a writer names the version that it has seen.

        A member's answer is not counted: it replaces nothing that the secretary writes, and must not stop it.
        """
        return sum(step.verb != CONFIRM for step in self.steps)
