"""*Ý kiến cơ quan khác*: what was asked of which agency, what is missing, and the forms for it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.council.desk.acts_done import award_name
from services.council.desk.addresses import ASK, OPINIONS, with_query
from services.council.desk.answers import award_in_short
from services.council.desk.choosing import movement_key_of
from services.council.desk.records import Records, movement_of
from services.council.desk.session_page import SessionData
from services.council.desk.subjects import Subjects
from services.council.sessions.outcomes import subjects_of
from shared.contracts.model import Tier
from shared.contracts.opinions import AgencyOpinion, OpinionState
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.wording.formats import ngay
from shared.wording.unit_names import at_the_beginning, full_name

_GROUPS: Final[Sequence[tuple[OpinionState, str]]] = (
    ("overdue", "Quá thời hạn, chưa trả lời"),
    ("waiting", "Chưa trả lời"),
    ("answered", "Đã trả lời"),
)


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """What one agency was asked, and its answer or until when it is awaited. ``address`` is where it is recorded."""

    agency: str
    request: str
    about: str
    answer: str
    address: str
    answered: bool


@dataclass(frozen=True, slots=True)
class OpinionsView:
    """The list: a sentence, and the groups that have rows, what is late first.

    ``query`` ends the addresses of its forms, so that they lead back to the session from which the reader came.
    """

    first: str
    groups: Sequence[tuple[str, Sequence[OpinionRow]]]
    query: str = ""


def opinions_view(records: Records, subjects: Subjects) -> OpinionsView:
    """All opinions asked in a province's movements."""
    rows = [
        (state, _row(opinion, plan, subjects))
        for movement, plan in records.plans.items()
        for opinion, state in records.opinions.get(movement, ())
    ]
    by_state = {state: [row for of, row in rows if of == state] for state, _ in _GROUPS}
    return OpinionsView(
        first=_first(len(by_state["overdue"]), len(by_state["waiting"]), len(by_state["answered"])),
        groups=[(f"{name}: {len(by_state[state])}", by_state[state]) for state, name in _GROUPS if by_state[state]],
    )


def _first(overdue: int, waiting: int, answered: int) -> str:
    if not overdue + waiting + answered:
        return "Chưa ghi công văn xin ý kiến nào."
    if not overdue + waiting:
        return f"Các cơ quan đã trả lời đủ {answered} ý kiến."
    late = f", trong đó {overdue} quá thời hạn" if overdue else ""
    return f"Còn {overdue + waiting} ý kiến chưa trả lời{late}; đã trả lời {answered}."


def _row(opinion: AgencyOpinion, plan: Plan, subjects: Subjects) -> OpinionRow:
    due = f"; trả lời chậm nhất hết ngày {ngay(opinion.answer_by)}" if opinion.answer_by else ""
    answer_text = ""
    if (answer := opinion.answer) is not None:
        number = f"Văn bản số {answer.number} " if answer.number else ""
        answer_text = at_the_beginning(f"{number}ngày {ngay(answer.date)}: {answer.answer}")
    return OpinionRow(
        agency=at_the_beginning(subjects.unit(opinion.agency)),
        request=f"Công văn số {opinion.number} ngày {ngay(opinion.date)}{due}",
        about=f"{opinion.about} {_concerned(opinion, plan, subjects)}",
        answer=answer_text,
        address=opinion_address(plan, opinion),
        answered=opinion.answer is not None,
    )


def _concerned(opinion: AgencyOpinion, plan: Plan, subjects: Subjects) -> str:
    who = subjects.listed(opinion.subjects) if opinion.subjects else "cả danh sách"
    return f"({award_name(plan, opinion.award)}: {who})"


def opinion_address(plan: Plan, opinion: AgencyOpinion) -> str:
    """The page on which an answer is recorded."""
    return f"{OPINIONS}/{movement_key_of(plan)}/{opinion.id}"


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The form for one agency's answer. ``version`` is that of the opinion, ``back`` the address of the list."""

    address: str
    back: str
    row: OpinionRow
    version: int
    number: str
    date: date | None
    answer: str


def opinions_address(session: str) -> str:
    """The list, for who comes from a session (its id); empty: from elsewhere."""
    return with_query(OPINIONS, phien=session)


def answer_view(opinion: AgencyOpinion, plan: Plan, subjects: Subjects, session: str) -> AnswerView:
    """The form with what is recorded already, for who comes from a session (its id, or empty)."""
    given = opinion.answer
    return AnswerView(
        address=with_query(opinion_address(plan, opinion), phien=session),
        back=opinions_address(session),
        row=_row(opinion, plan, subjects),
        version=opinion.version,
        number=(given.number if given else "") or "",
        date=given.date if given else None,
        answer=given.answer if given else "",
    )


@dataclass(frozen=True, slots=True)
class AskView:
    """The form for a letter. ``version`` is that of the movement's opinions, ``item`` the title of the agenda's item.

    ``back`` is the address of the list. ``subjects`` may be ticked to ask about some units or nominees only;
    ``agencies`` and ``awards`` are pairs of a value and a name; ``movements`` are the names and addresses of the other
    movements.
    """

    address: str
    back: str
    version: int
    item: str
    movement: str
    movements: Sequence[tuple[str, str]]
    awards: Sequence[tuple[str, str]]
    award: str
    subjects: Sequence[tuple[str, str]]
    agencies: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ItemAsked:
    """The agenda's item that a letter is about: its movement, award, title, and its subjects with their names."""

    movement: str
    award: str
    title: str
    subjects: Sequence[tuple[str, str]]


def item_asked(data: SessionData, item_id: str) -> ItemAsked | None:
    """An item about an award; None for any other."""
    item = next((item for item in data.stored.agenda.items if item.id == item_id), None)
    if item is None or item.award is None:
        return None
    named = [(subject, data.subjects.name(subject)) for subject in subjects_of(item)]
    return ItemAsked(movement_of(item), item.award, item.title, named)


def ask_view(
    plan: Plan,
    plans: Sequence[Plan],
    register: UnitRegister,
    version: int,
    item: ItemAsked | None,
    query: str,
    back: str,
    own: Collection[str],
) -> AskView:
    """The form for a movement. ``query`` is the address's own, to which the form is sent.

    Every agency may be asked but those in ``own``, which ask, and the communes, which are too many to choose from.
    """
    named = [(award.id, award_in_short(award)) for award in plan.awards]
    named += [(award.id, award.name) for award in plan.nominated]
    return AskView(
        address=f"{ASK}?{query}" if query else ASK,
        back=back,
        version=version,
        item=item.title if item else "",
        movement=plan.movement.name if plan.movement else "",
        movements=[
            (other.movement.name, with_query(ASK, phong_trao=movement_key_of(other)))
            for other in plans
            if other.movement and other is not plan and item is None
        ],
        awards=[award for award in named if item is None or award[0] == item.award],
        award=item.award if item else "",
        subjects=item.subjects if item else (),
        agencies=[
            (unit.code, at_the_beginning(full_name(register, unit.code)))
            for unit in register.units
            if unit.tier is not Tier.XA and unit.code not in own
        ],
    )
