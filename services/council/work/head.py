"""The form about when and where a session is and who belongs to it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk.needs import page_of
from services.council.desk.session_lines import ROLES
from services.council.desk.session_page import SessionData
from services.council.sessions.lifecycle import ALLOWED, PHASE_NAMES
from services.council.state import StoredSession
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Tier
from shared.contracts.sessions import Member, SessionHead
from shared.contracts.units import UnitRegister
from shared.runtime.http.pages.submitted import Body, Submitted
from shared.wording.unit_names import full_name
from shared.wording.unmarked import without_marks

_BLANK: Final = 3
_AT_LEAST: Final = 9
_HEADED: Final = (Tier.SO, Tier.HUYEN, Tier.KHAC)
"""The tiers whose heads are members of a council."""
_NEW: Final = "dong-"
"""How the form names a member as the chair who has no id yet, by the number of the row."""
_NOTHING: Final = SessionHead()


@dataclass(frozen=True, slots=True)
class MemberFields:
    """The fields of one member: the number in their names, the member's id, and what is recorded of it.

    ``is_newer``: somebody else added the member after the form was opened.
    """

    n: int
    id: str
    recorded: Member | None = None
    is_newer: bool = False

    @property
    def chair_value(self) -> str:
        """What the form says when this member chairs."""
        return self.id or f"{_NEW}{self.n}"


@dataclass(frozen=True, slots=True)
class HeadView:
    """The page. ``units`` are the choices of the unit that a member's office heads; none where that does not matter."""

    address: str
    version: int
    possible: bool
    first: str
    head: SessionHead
    at: str
    written: bool
    roles: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]
    rows: Sequence[MemberFields] = ()


def head_view(data: SessionData) -> HeadView:
    """The page of one session as it stands, without the rows of its members."""
    stored = data.stored
    head, possible = stored.meeting.head or _NOTHING, stored.phase in ALLOWED["head"]
    of_units = data.rules.recusal == "own_unit" or any(member.unit for member in head.members)
    return HeadView(
        address=page_of(stored),
        version=stored.meeting.version,
        possible=possible,
        first=_first(stored, possible=possible),
        head=head,
        at=f"{head.at:%H:%M}" if head.at else "",
        written=stored.meeting.form == "written" or head.leave is not None,
        roles=[*ROLES.items()],
        units=_units(data.subjects.register) if of_units else (),
    )


def _first(session: StoredSession, *, possible: bool) -> str:
    if not possible:
        return f"Không sửa được nữa: phiên họp đang ở trạng thái “{PHASE_NAMES[session.phase]}”."
    count = len(session.meeting.head.members if session.meeting.head else ())
    members = f"{count} thành viên" if count else "Chưa có thành viên"
    if not count and session.phase == "planned":
        members += "; lập dự thảo chương trình trước thì danh sách thành viên được lấy theo phiên trước"
    return f"{members}. Xóa chức danh để bỏ một thành viên; dòng trống không được ghi."


def _units(register: UnitRegister) -> list[tuple[str, str]]:
    headed = [unit.code for tier in _HEADED for unit in register.units if unit.tier is tier]
    return [("", "không"), *((code, full_name(register, code)) for code in headed)]


def member_fields(head: SessionHead, submitted: Submitted | None) -> list[MemberFields]:
    """The rows of a form about members: those recorded and blank ones, or those sent and those added meanwhile."""
    if submitted is None:
        count = len(head.members)
        blank = max(_BLANK, _AT_LEAST - count)
        recorded = [MemberFields(n, member.id, member) for n, member in enumerate(head.members)]
        return [*recorded, *(MemberFields(n, "") for n in range(count, count + blank))]
    numbers = sorted({int(name.split("/")[1]) for name in submitted.values if re.match(r"members/\d{1,4}/", name)})
    by_id = {member.id: member for member in head.members}
    by_office = {member.office: member for member in head.members}
    rows: list[MemberFields] = []
    for n in numbers:
        key = submitted.text(f"members/{n}/id")
        member = by_id.get(key) if key else by_office.get(submitted.text(f"members/{n}/office"))
        rows.append(MemberFields(n, member.id if member else key, member))
    shown = {row.id for row in rows}
    newer = [member for member in head.members if member.id not in shown]
    first = max(numbers, default=-1) + 1
    return [*rows, *(MemberFields(n, member.id, member, is_newer=True) for n, member in enumerate(newer, first))]


def head_body(submitted: Submitted) -> Body:
    """The head that a program would send: members without an office are left out, new ones get an id."""
    body = submitted.body(needed={"members": "office"}, days=("day", "first", "last"), hours=("at",))
    members = body.value.get("members")
    if not isinstance(members, Sequence):
        return body
    rows = [member for member in members if isinstance(member, dict)]
    taken = {str(member["id"]) for member in rows if "id" in member}
    chair = body.value.get("chair")
    named: list[JsonObject] = []
    for place, member in enumerate(rows):
        key = member.get("id") or _free_id(str(member["office"]), taken)
        taken.add(str(key))
        number = body.fields[f"/members/{place}/office"].split("/")[1]
        chair = key if chair == f"{_NEW}{number}" else chair
        named.append({**member, "id": key})
    value = {**body.value, "members": named}
    return Body(value if chair is None else {**value, "chair": chair}, body.fields)


def _free_id(office: str, taken: set[str]) -> str:
    """An id made of an office's words that nobody else has."""
    words = re.sub(r"[^a-z0-9]+", "-", without_marks(office)).strip("-")[:50].strip("-") or "thanh-vien"
    numbered = (f"{words}-{n}" for n in range(2, 1000))
    return next(key for key in (words, *numbered) if key not in taken)
