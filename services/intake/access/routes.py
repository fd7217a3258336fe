"""API keys over HTTP. The operator issues, lists and revokes an agency's; the agency gets its next one with its own."""

from __future__ import annotations

from datetime import datetime

import structlog
from fastapi import APIRouter, Depends
from pydantic import AwareDatetime

from services.intake.access.callers import Callers
from services.intake.access.key_policy import Key, TooManyKeys
from services.intake.access.key_store import ApiKeys
from shared.contracts.model import StrictModel, local
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.references import References
from shared.wording.formats import ngay

log = structlog.get_logger(__name__)


_REVOKE = "Hãy thu hồi một khóa rồi cấp khóa mới."
_ASK_OPERATOR = "Hãy đề nghị người vận hành thu hồi khóa không còn dùng, hoặc chờ một khóa hết hạn."


class NewKey(StrictModel):
    """An agency's new key, shown once. ``expires_at`` is the first instant (UTC) at which it is refused."""

    agency: str
    key: str
    id: str
    expires_at: AwareDatetime


class KeyView(StrictModel):
    """An agency's key, without the key itself. ``live``: the key is accepted now. Instants are UTC."""

    id: str
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    live: bool


def key_routes(
    keys: ApiKeys, references: References, callers: Callers, clock: Clock, province: str, audit: Audit
) -> list[APIRouter]:
    """The routes of agencies' keys: the operator's, and an agency's own. Each change is recorded in ``audit``."""
    router = service_router(prefix="/v1/agencies/{code}/keys")

    async def agency(code: str) -> str:
        """The unit code in the path. Raises ``Refusal`` with 404 if no unit has it."""
        newest = references.newest_register(province)
        if newest is None or code not in newest.by_code:
            raise Refusal(404, "no_unit", f"Không có đơn vị mang mã “{code}”.")
        return code

    @router.post("", status_code=201, responses=problem_answers(401, 403, 404, 409))
    async def issue_key(operator: str = Depends(callers.operator), code: str = Depends(agency)) -> NewKey:
        """Issue a new key to an agency. The key is in this response and nowhere else."""
        return await issue(code, operator, _REVOKE)

    async def issue(code: str, by: str, advice: str) -> NewKey:
        """Issue a key; ``advice`` is Vietnamese: what makes room for it. Raises ``Refusal`` with 409 for a third."""
        try:
            secret, key = await keys.issue(code, by, clock.now())
        except TooManyKeys as error:
            raise _two_keys(code, error.live, advice) from None
        # The key is recorded before the response, which is the first to show it.
        await audit.append_action(by, "issue an API key", f"{code}/{key.id}", "")
        log.info("API key issued", agency=code, key=key.id, by=by)
        return NewKey(agency=code, key=secret, id=key.id, expires_at=key.expires_at)

    async def views_of(code: str) -> list[KeyView]:
        now = clock.now()
        return [
            KeyView(id=key.id, issued_at=key.issued_at, expires_at=key.expires_at, live=key.is_live(now))
            for key in await keys.of_agency(code)
        ]

    @router.get("", dependencies=[Depends(callers.operator)], responses=problem_answers(401, 403, 404))
    async def list_keys(code: str = Depends(agency)) -> list[KeyView]:
        """The keys of an agency, oldest first, expired ones included; never a key itself."""
        return await views_of(code)

    @router.delete("/{key_id}", status_code=204, responses=problem_answers(401, 403, 404))
    async def revoke_key(key_id: str, operator: str = Depends(callers.operator), code: str = Depends(agency)) -> None:
        """Revoke a key of an agency; from this response on it is refused."""
        exists = key_id in {key.id for key in await keys.of_agency(code)}
        if exists:
            await audit.append_action(operator, "withdraw an API key", f"{code}/{key_id}", "")
        if not exists or not await keys.revoke(code, key_id):
            raise Refusal(404, "no_key_of_that_id", f"“{code}” không có khóa nào mang mã “{key_id}”.")
        log.info("API key revoked", agency=code, key=key_id, by=operator)

    own = service_router(prefix="/v1/keys")

    @own.post("", status_code=201, responses=problem_answers(401, 403, 409, 429))
    async def renew_key(caller: tuple[str, str] = Depends(callers.agency_by_key)) -> NewKey:
        """The calling agency's next key, beside the one it calls with. It is in this response and nowhere else."""
        code, used = caller
        return await issue(code, f"{code} {used}", _ASK_OPERATOR)

    @own.get("", responses=problem_answers(401, 429))
    async def list_own_keys(code: str = Depends(callers.agency)) -> list[KeyView]:
        """The calling agency's keys, oldest first, expired ones included; never a key itself."""
        return await views_of(code)

    return [router, own]


def _two_keys(code: str, live: tuple[Key, ...], advice: str) -> Refusal:
    def day(instant: datetime) -> str:
        return ngay(local(instant).date())

    named = " và ".join(f"{key.id} (cấp {day(key.issued_at)}, hết hạn {day(key.expires_at)})" for key in live)
    detail = f"“{code}” đang có hai khóa còn hiệu lực: {named}. {advice}"
    keys = [
        {"id": key.id, "issued_at": key.issued_at.isoformat(), "expires_at": key.expires_at.isoformat()} for key in live
    ]
    return Refusal(409, "two_keys", detail, keys=keys)
