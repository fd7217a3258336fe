"""Who calls: a named key with a role, and what each role may do. A route that the table does not have is refused."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.council.settings import CouncilSettings
from shared.contracts.people import Person, Role
from shared.runtime.http.problems import Refusal
from shared.runtime.http.sign_in.reader import SignIns

_BEARER = HTTPBearer(auto_error=False, description="A key of the council's standing office.")
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]

SECRETARY_NAME: Final = "Thư ký Hội đồng"
"""The name of the key whose digest is the setting ``THIDUA_DESK_KEY_SHA256``."""

_READERS: Final = frozenset[Role]({"secretary", "leader", "member", "viewer", "operator"})
"""Who reads the desk. Officers of the agencies do not: their own results are shown at intake."""

_SECRETARY: Final = frozenset[Role]({"secretary"})
_CHAIR: Final = frozenset[Role]({"secretary", "leader"})
_PAPERS: Final = frozenset[Role]({"secretary", "leader", "member", "viewer"})
_MOVEMENT: Final = "/v1/{province}/{movement}"
_SESSION: Final = "/v1/sessions/{province}/{plan}/{session}"

TABLES_ROUTE: Final = ("GET", f"{_SESSION}/tables/{{file}}")

ROLES: Final[Mapping[tuple[str, str], frozenset[Role]]] = {
    ("GET", "/"): _READERS,
    ("POST", "/da-xem"): _READERS,
    ("GET", "/phien"): _READERS,
    ("GET", "/phien/{province}/{plan}/{session}"): _READERS,
    ("GET", "/de-nghi"): _READERS,
    ("GET", "/tieu-chuan"): _READERS,
    ("GET", "/tim"): _READERS,
    ("GET", "/vi-sao/{province}/{movement}/{unit}"): _READERS,
    ("GET", "/xep-hang"): _READERS,
    ("GET", "/phien/{province}/{plan}/{session}/chu-tri"): _READERS,
    ("GET", "/phien/{province}/{plan}/{session}/thanh-vien"): _READERS,
    ("GET", "/van-ban"): _READERS,
    ("GET", "/nhat-ky"): _READERS,
    ("GET", "/v1/sessions"): _READERS,
    ("GET", f"{_SESSION}/agenda"): _READERS,
    ("GET", f"{_MOVEMENT}/decisions"): _READERS,
    ("GET", f"{_MOVEMENT}/awards"): _READERS,
    ("GET", f"{_MOVEMENT}/opinions"): _READERS,
    ("GET", f"{_SESSION}/papers"): _PAPERS,
    ("GET", f"{_SESSION}/papers/{{file}}"): _PAPERS,
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


class Access:
    """The people who are signed in and the keys of the deployment, as a dependency of every route."""

    def __init__(self, settings: CouncilSettings, sign_ins: SignIns) -> None:
        self._sign_ins = sign_ins
        self._keys = [(key.sha256, Person(_id(key.sha256), key.name, key.role)) for key in settings.desk_keys]
        secretary = Person(_id(settings.desk_key_sha256), SECRETARY_NAME, "secretary")
        self._keys.append((settings.desk_key_sha256, secretary))

    async def caller(self, request: Request, bearer: _Bearer) -> Person:
        """Who calls: the holder of the key or, without a key, who is signed in.

        Raises ``Refusal``: 401 for an unknown key and for nobody, 403 for a role or a route that is not in the table
        and for a form that is not ours.
        """
        person = await self._signed_in(request) if bearer is None else self._holder(bearer.credentials)
        if person is None:
            detail = "Hãy đăng nhập, hoặc dùng khóa của cơ quan Thường trực Hội đồng."
            raise Refusal(401, "not_the_desk", detail)
        if not may_use(person.role, request.method, request.scope["route"].path):
            raise Refusal(403, "not_allowed", f"“{person.name}” không có quyền thực hiện việc này.")
        return person

    async def _signed_in(self, request: Request) -> Person | None:
        sign_in = await self._sign_ins.find(request)
        return sign_in.person if sign_in else None

    def _holder(self, key: str) -> Person | None:
        given = hashlib.sha256(key.encode()).hexdigest()
        return next((person for digest, person in self._keys if hmac.compare_digest(given, digest)), None)


def _id(sha256: str) -> str:
    """The id of a key's holder: the beginning of the digest, from which no key can be guessed."""
    return f"khoa-{sha256[:12]}"
