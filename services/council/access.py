"""Who calls: a named key with a role, and what each role may do. A route that the table does not have is refused."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.council.settings import CouncilSettings
from shared.contracts.people import Role
from shared.runtime.http.problems import Refusal

_BEARER = HTTPBearer(auto_error=False, description="A key of the council's standing office.")

SECRETARY_NAME: Final = "Thư ký Hội đồng"
"""The name of the key whose digest is the setting ``THIDUA_DESK_KEY_SHA256``."""

ANYONE: Final = frozenset[Role]()
"""The roles of a route that needs no key."""

_SECRETARY: Final = frozenset[Role]({"secretary"})
_CHAIR: Final = frozenset[Role]({"secretary", "leader"})
_PAPERS: Final = frozenset[Role]({"secretary", "leader", "member", "viewer"})
_MOVEMENT: Final = "/v1/{province}/{movement}"
_SESSION: Final = "/v1/sessions/{province}/{plan}/{session}"

ROLES: Final[Mapping[tuple[str, str], frozenset[Role]]] = {
    ("GET", "/"): ANYONE,
    ("GET", "/phien/{province}/{plan}/{session}"): ANYONE,
    ("GET", "/v1/sessions"): ANYONE,
    ("GET", f"{_SESSION}/agenda"): ANYONE,
    ("GET", f"{_SESSION}/papers"): _PAPERS,
    ("GET", f"{_SESSION}/papers/{{file}}"): _PAPERS,
    ("GET", f"{_SESSION}/tables/{{file}}"): _CHAIR,
    ("GET", f"{_MOVEMENT}/decisions"): ANYONE,
    ("GET", f"{_MOVEMENT}/awards"): ANYONE,
    ("GET", f"{_MOVEMENT}/opinions"): ANYONE,
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


@dataclass(frozen=True, slots=True)
class Caller:
    """The name and the role of the key that was used."""

    name: str
    role: Role


class Access:
    """The keys of the deployment, as a dependency of every route."""

    def __init__(self, settings: CouncilSettings) -> None:
        self._keys = [(key.sha256, Caller(key.name, key.role)) for key in settings.desk_keys]
        self._keys.append((settings.desk_key_sha256, Caller(SECRETARY_NAME, "secretary")))

    async def caller(
        self, request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Caller:
        """Who calls. Raises ``Refusal``: 401 for an unknown key, 403 for a role or a route that is not in the table.

        Where no key is needed the caller is a viewer without a name.
        """
        allowed = ROLES.get((request.method, request.scope["route"].path))
        if allowed == ANYONE:
            return Caller("", "viewer")
        key = hashlib.sha256((bearer.credentials if bearer else "").encode()).hexdigest()
        callers = [caller for digest, caller in self._keys if hmac.compare_digest(key, digest)]
        if not callers:
            raise Refusal(401, "not_the_desk", "Chỉ thư ký Hội đồng được thực hiện việc này.")
        if allowed is None or callers[0].role not in allowed:
            raise Refusal(403, "not_allowed", f"Khóa “{callers[0].name}” không có quyền thực hiện việc này.")
        return callers[0]
