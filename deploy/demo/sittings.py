"""How the demo's council holds its sessions, over the council's API: attendance, votes, outcomes, minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from deploy.demo.client import StackClient
from shared.contracts.council import Agenda, AgendaItem, Decision
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Tier, local
from shared.contracts.units import UnitRegister
from shared.wording.unit_names import full_name

_OFFICES: Final = (
    ("chair", "Chủ tịch Ủy ban nhân dân tỉnh"),
    ("first_deputy_chair", "Phó Chủ tịch Ủy ban nhân dân tỉnh"),
)
_COUNTERS: Final = ("Trưởng ban: Giám đốc Sở Nội vụ", "Ủy viên: Chánh Văn phòng Ủy ban nhân dân tỉnh")
_MEMBERS, _PRESENT = 9, 7
_BY_HAND: Final = (
    "Cho ý kiến dự thảo Hướng dẫn tổng kết công tác thi đua, khen thưởng năm học 2022-2023",
    "Giới thiệu gương điển hình tiên tiến của tỉnh",
    "Kế hoạch kiểm tra công tác thi đua, khen thưởng",
)
_BASIS: Final = "Công văn số 12/BTĐKT-NV (số liệu minh họa)"


class Sitting:
    """One session of the council, as its secretariat runs it. ``path`` is the session's in council's API."""

    def __init__(self, client: StackClient, url: str, path: str, headers: Mapping[str, str]) -> None:
        self._client, self._url, self._headers = client, f"{url}{path}", headers

    async def agenda(self) -> Agenda:
        """The agenda as it stands."""
        return Agenda.model_validate(
            (await self._client.request("GET", f"{self._url}/agenda", headers=self._headers)).json()
        )

    async def _do(self, method: str, path: str, body: Any = None, *, refused: str | None = None) -> None:
        """A step, which is refused as ``changed_meanwhile`` if it is sent again after a crash; ``refused`` is expected.

        Raises ``ValueError`` for any other refusal.
        """
        seen = (await self._client.request("GET", f"{self._url}/agenda", headers=self._headers)).headers["ETag"]
        headers = {**self._headers, "If-Match": seen}
        answer = await self._client.request(
            method, f"{self._url}/{path}", headers=headers, json=body, accept=(409, 422)
        )
        code = None if answer.status_code == 200 else answer.json()["code"]
        if code not in (refused, "changed_meanwhile"):
            raise ValueError(f"{path}: {answer.text}")

    async def prepare(self, at: datetime, register: UnitRegister, *, second: bool) -> None:
        """Bring a session to its beginning. The second session has items by hand, and too few come at first."""
        is_draft = (await self.agenda()).status == "draft"
        if is_draft:
            await self._do("POST", "draft")
        await self._do("PUT", "head", _head(at, register))
        if second:
            for title in _BY_HAND:
                await self._do("POST", "items", {"title": title, "basis": _BASIS})
            await self._do("POST", "moves", {"item": "added/3", "to": 2, "reason": "Chủ tịch Hội đồng yêu cầu"})
        if is_draft:
            await self._do("POST", "freeze")
        if second:
            await self._do("PUT", "attendance", _attendance(5))
            await self._do("POST", "start", refused="no_quorum")
        await self._do("PUT", "attendance", _attendance(_PRESENT))
        await self._do("POST", "start")

    async def run(self, decided: Iterable[Decision], *, second: bool) -> None:
        """Vote on the items, record their outcomes, close the session and have its minutes approved."""
        statuses = {(decision.award, decision.subject): decision.status for decision in decided}
        *items, last = (await self.agenda()).items
        for item in items:
            await self._decide_item(item, statuses, second=second)
        await self._do("POST", "close", refused="items_open")
        await self._decide_item(last, statuses, second=second)
        await self._do("POST", "close")
        if second:
            await self._do("POST", "reopen", {"reason": "Bổ sung ý kiến thảo luận vào biên bản"})
        await self._do("POST", "minutes/draft")
        await self._do("POST", "minutes/approve")
        if second:
            await self._do("POST", "close")

    async def _decide_item(self, item: AgendaItem, statuses: Mapping[tuple[str, str], str], *, second: bool) -> None:
        vote, outcome = _by_hand(item) if item.id.startswith("added/") and second else _outcome(item, statuses)
        if vote is not None:
            await self._do("POST", "votes", {"item": item.id, **vote})
        await self._do("POST", "outcomes", {"item": item.id, **outcome})


def _head(at: datetime, register: UnitRegister) -> JsonObject:
    heads = [unit.code for unit in register.of_tier(Tier.SO, local(at).date())[: _MEMBERS - len(_OFFICES)]]
    members: list[JsonObject] = [
        {"id": f"tv-{n}", "role": role, "office": o} for n, (role, o) in enumerate(_OFFICES, 1)
    ]
    for n, unit in enumerate(heads, len(_OFFICES) + 1):
        office = f"Thủ trưởng {full_name(register, unit)}"
        members.append(
            {"id": f"tv-{n}", "role": "member", "office": office, "unit": unit, "substitute": f"Phó {office}"}
        )
    return {
        "day": local(at).date().isoformat(),
        "at": f"{local(at):%H:%M}",
        "place": "Phòng họp số 1, trụ sở Ủy ban nhân dân tỉnh",
        "chair": "tv-1",
        "secretary": "Thủ trưởng cơ quan Thường trực Hội đồng",
        "members": members,
    }


def _attendance(present: int) -> JsonObject:
    """The first members are present, the next is replaced, the others are excused."""
    states = ["present"] * present + ["replaced"] + ["excused"] * (_MEMBERS - present - 1)
    return {"members": [{"member": f"tv-{n}", "state": state} for n, state in enumerate(states, 1)]}


def _row(agree: int, disagree: int, subject: str | None = None) -> JsonObject:
    return {"subject": subject, "agree": agree, "disagree": disagree, "no_opinion": 0}


def _hands(rows: Sequence[JsonObject]) -> JsonObject:
    return {"way": "hands", "rows": list(rows)}


def _ballots(rows: Sequence[JsonObject], written: int) -> JsonObject:
    ballots = {"handed_out": _PRESENT, "returned": _PRESENT, "valid": _PRESENT, "invalid": 0}
    return {"way": "ballots", "rows": list(rows), "ballots": ballots, "written": written, "counters": list(_COUNTERS)}


def _by_hand(item: AgendaItem) -> tuple[JsonObject | None, JsonObject]:
    """The items of the second session: by show of hands, by ballots, in writing and deferred."""
    if item.id == "added/1":
        return _hands([_row(_PRESENT, 0)]), {"outcome": "proposed"}
    if item.id == "added/2":
        return _ballots([_row(_PRESENT, 1)], 1), {"outcome": "proposed"}
    written: JsonObject = {"way": "written", "rows": [_row(1, 1)], "written": 2}
    return written, {"outcome": "deferred", "reason": "Chờ ý kiến của các thành viên vắng mặt"}


def _outcome(item: AgendaItem, statuses: Mapping[tuple[str, str], str]) -> tuple[JsonObject | None, JsonObject]:
    """The vote on an item and its outcome: as decided about each candidate; what is only reported is noted."""
    if item.kind == "candidates":
        declined = [unit for unit in item.units if statuses.get((item.award or "", unit), "declined") == "declined"]
        rows = [
            _row(0 if unit in declined else _PRESENT, _PRESENT if unit in declined else 0, unit) for unit in item.units
        ]
        exceptions = [{"subject": unit, "outcome": "not_proposed"} for unit in declined]
        return _ballots(rows, 0), {"outcome": "proposed", "exceptions": exceptions}
    if item.kind == "nominations" or item.other_kind == "carried_over":
        carried = not item.units
        row = _row(_PRESENT, 0) if carried else _row(0, _PRESENT)
        return _hands([row]), {"outcome": "proposed" if carried else "not_proposed"}
    return None, {"outcome": "noted"}
