"""What each role may do at the council. A route that the table does not have is refused."""

from __future__ import annotations

from typing import Final

from shared.contracts.people import Role
from shared.runtime.http.sign_in.roles import DESK_READERS, Roles

_SECRETARY: Final = frozenset[Role]({"secretary"})
_CHAIR: Final = frozenset[Role]({"secretary", "leader"})
_MEMBERS: Final = frozenset[Role]({"leader", "member"})
_PAPERS: Final = frozenset[Role]({"secretary", "leader", "member", "viewer"})
_MOVEMENT: Final = "/v1/{province}/{movement}"
_SESSION: Final = "/v1/sessions/{province}/{plan}/{session}"

CONFIRM_ROUTE: Final = ("POST", "/phien/{province}/{plan}/{session}/thanh-vien")
_PAPER: Final = f"{_SESSION}/papers/{{paper}}"

TABLES_ROUTE: Final = ("GET", f"{_SESSION}/tables/{{file}}")

_OPARL: Final = (
    "",
    "/bodies",
    "/bodies/{province}",
    *(f"/bodies/{{province}}/{kind}" for kind in ("organizations", "people", "meetings", "agenda-items", "papers")),
    "/organizations/{province}",
    "/people/{province}/{member}",
    "/memberships/{province}/{member}",
    "/papers/{province}/{reference}/{day}",
    *(f"/{kind}/{{province}}/{{plan}}/{{session}}" for kind in ("meetings", "locations")),
    "/files/{province}/{plan}/{session}/{file}",
    "/agenda-items/{province}/{plan}/{session}/{item}",
)
"""The routes below ``/v1/oparl``, all of which read."""

ROLES: Final[Roles] = {
    **{("GET", f"/v1/oparl{path}"): DESK_READERS for path in _OPARL},
    ("GET", "/"): DESK_READERS,
    ("POST", "/da-xem"): DESK_READERS,
    ("GET", "/phien"): DESK_READERS,
    ("GET", "/phien/{province}/{plan}/{session}"): DESK_READERS,
    ("GET", "/de-nghi"): DESK_READERS,
    ("GET", "/de-nghi.{ending}"): DESK_READERS,
    ("GET", "/tieu-chuan"): DESK_READERS,
    ("GET", "/tieu-chuan.{ending}"): DESK_READERS,
    ("GET", "/phien/{province}/{plan}/{session}/thay-doi"): DESK_READERS,
    ("GET", "/tieu-chuan/thay-doi"): DESK_READERS,
    ("GET", "/tieu-chuan/tham-dinh"): _SECRETARY,
    ("POST", "/tieu-chuan/tham-dinh"): _SECRETARY,
    ("GET", "/tim"): DESK_READERS,
    ("GET", "/vi-sao/{province}/{movement}/{unit}"): DESK_READERS,
    ("GET", "/xep-hang"): DESK_READERS,
    ("GET", "/xep-hang.{ending}"): DESK_READERS,
    ("GET", "/phien/{province}/{plan}/{session}/chu-tri"): DESK_READERS,
    ("GET", "/phien/{province}/{plan}/{session}/thanh-vien"): DESK_READERS,
    CONFIRM_ROUTE: _MEMBERS,
    ("GET", "/phien/{province}/{plan}/{session}/chot"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/chot"): _SECRETARY,
    ("GET", "/y-kien"): DESK_READERS,
    ("GET", "/y-kien/thay-doi"): DESK_READERS,
    ("GET", "/y-kien/hoi"): _SECRETARY,
    ("POST", "/y-kien/hoi"): _SECRETARY,
    ("GET", "/y-kien/{province}/{movement}/{opinion}"): _SECRETARY,
    ("POST", "/y-kien/{province}/{movement}/{opinion}"): _SECRETARY,
    ("GET", "/phien/trieu-tap"): _SECRETARY,
    ("POST", "/phien/trieu-tap"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/du-thao"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/soan"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/soan"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/thong-tin"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/thong-tin"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/ghi-nhan"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/ghi-nhan"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/huy"): _CHAIR,
    ("POST", "/phien/{province}/{plan}/{session}/huy"): _CHAIR,
    ("GET", "/phien/{province}/{plan}/{session}/mo-lai"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/mo-lai"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/diem-danh"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/diem-danh"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/bat-dau"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/dieu-hanh"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/dieu-hanh"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/kiem-phieu"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/kiem-phieu"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/bien-ban"): _CHAIR,
    ("POST", "/phien/{province}/{plan}/{session}/bien-ban"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/bien-ban/thong-qua"): _CHAIR,
    ("GET", "/phien/{province}/{plan}/{session}/ket-thuc"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/ket-thuc"): _SECRETARY,
    ("GET", "/phien/{province}/{plan}/{session}/quyet-dinh"): _SECRETARY,
    ("POST", "/phien/{province}/{plan}/{session}/quyet-dinh"): _SECRETARY,
    ("GET", "/van-ban"): DESK_READERS,
    ("GET", "/van-ban/{province}/{plan}/{session}/{paper}"): _PAPERS,
    ("POST", "/van-ban/{province}/{plan}/{session}/{paper}/lap"): _SECRETARY,
    ("POST", "/van-ban/{province}/{plan}/{session}/{paper}/ban-ky"): _SECRETARY,
    ("POST", "/van-ban/{province}/{plan}/{session}/{paper}/so"): _SECRETARY,
    ("POST", "/van-ban/{province}/{plan}/{session}/{paper}/thu-hoi"): _SECRETARY,
    ("GET", "/van-ban/{province}/{plan}/{session}/tep/{file}"): _PAPERS,
    ("POST", "/van-ban/{province}/{plan}/{session}/tep/{file}"): _PAPERS,
    ("GET", "/nhat-ky"): DESK_READERS,
    ("GET", "/v1/sessions"): DESK_READERS,
    ("GET", f"{_SESSION}/agenda"): DESK_READERS,
    ("GET", f"{_MOVEMENT}/decisions"): DESK_READERS,
    ("GET", f"{_MOVEMENT}/awards"): DESK_READERS,
    ("GET", f"{_MOVEMENT}/opinions"): DESK_READERS,
    ("GET", f"{_SESSION}/papers"): _PAPERS,
    ("GET", f"{_SESSION}/papers/{{file}}"): _PAPERS,
    ("POST", f"{_SESSION}/papers/{{file}}/making"): _PAPERS,
    ("GET", f"{_SESSION}/papers/{{file}}/making"): _PAPERS,
    ("GET", f"{_PAPER}/life"): _PAPERS,
    ("GET", f"{_PAPER}/scan"): _PAPERS,
    ("POST", f"{_PAPER}/make"): _SECRETARY,
    ("PUT", f"{_PAPER}/scan"): _SECRETARY,
    ("POST", f"{_PAPER}/scan/withdraw"): _SECRETARY,
    ("PUT", f"{_PAPER}/number"): _SECRETARY,
    TABLES_ROUTE: _CHAIR,
    ("POST", f"{_MOVEMENT}/judgements"): _SECRETARY,
    ("POST", f"{_MOVEMENT}/judgements/batch"): _SECRETARY,
    ("POST", f"{_MOVEMENT}/opinions"): _SECRETARY,
    ("POST", f"{_MOVEMENT}/opinions/{{opinion}}/answer"): _SECRETARY,
    ("POST", f"{_MOVEMENT}/decisions"): _SECRETARY,
    ("POST", f"{_MOVEMENT}/awards"): _SECRETARY,
    ("POST", f"{_MOVEMENT}/awards/revocations"): _SECRETARY,
    ("POST", "/v1/sessions/{province}/{plan}"): _SECRETARY,
    ("POST", f"{_SESSION}/draft"): _SECRETARY,
    ("PUT", f"{_SESSION}/head"): _SECRETARY,
    ("POST", f"{_SESSION}/moves"): _SECRETARY,
    ("POST", f"{_SESSION}/items"): _SECRETARY,
    ("POST", f"{_SESSION}/items/remove"): _SECRETARY,
    ("POST", f"{_SESSION}/items/restore"): _SECRETARY,
    ("POST", f"{_SESSION}/freeze"): _SECRETARY,
    ("PUT", f"{_SESSION}/confirmation"): _MEMBERS,
    ("PUT", f"{_SESSION}/attendance"): _SECRETARY,
    ("POST", f"{_SESSION}/start"): _SECRETARY,
    ("POST", f"{_SESSION}/record"): _SECRETARY,
    ("POST", f"{_SESSION}/votes"): _SECRETARY,
    ("POST", f"{_SESSION}/outcomes"): _SECRETARY,
    ("POST", f"{_SESSION}/minutes/draft"): _SECRETARY,
    ("POST", f"{_SESSION}/minutes/approve"): _CHAIR,
    ("POST", f"{_SESSION}/close"): _SECRETARY,
    ("POST", f"{_SESSION}/reopen"): _SECRETARY,
    ("POST", f"{_SESSION}/cancel"): _CHAIR,
}
"""The roles that may use each route, by method and path. docs/council.md shows the same table."""


def may_use(role: Role, method: str, path: str) -> bool:
    """Whether a role may use a route; nobody may use one that the table does not have."""
    return role in ROLES.get((method, path), frozenset())
