"""API keys over HTTP, for the operator: issue one to an agency, see which it has, withdraw one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Depends
from pydantic import AwareDatetime

from services.intake.access.key_policy import Key, TooManyKeys
from services.intake.access.key_store import ApiKeys
from services.intake.reports.routes import Callers
from shared.contracts.model import StrictModel, local
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.references import References

log = structlog.get_logger(__name__)


class NewKey(StrictModel):
    """An agency's key, shown once. ``expires_at`` is the first instant (UTC) at which it no longer opens the door."""

    agency: str
    key: str
    id: str
    expires_at: AwareDatetime


class KnownKey(StrictModel):
    """A key an agency has, without the key. ``live`` is whether it opens the door now; instants are UTC."""

    id: str
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    live: bool


def key_routes(
    keys: ApiKeys, references: References, callers: Callers, clock: Clock, province: str, audit: Audit
) -> APIRouter:
    """The routes of agencies' keys. Who issues or withdraws one is entered in ``audit``."""
    router = APIRouter(prefix="/v1/agencies/{code}/keys")

    def agency(code: str) -> str:
        """A unit's code. Raises ``Refusal`` with 404 where no unit has it."""
        newest = references.newest_register(province)
        if newest is None or code not in newest.by_code:
            raise Refusal(404, "no_unit", f"Không có đơn vị mang mã “{code}”.")
        return code

    @router.post("", status_code=201, responses=problem_answers(401, 403, 404, 409))
    async def issue_key(who: str = Depends(callers.operator), code: str = Depends(agency)) -> NewKey:
        """A new key for an agency. It is in this answer and nowhere else."""
        now = clock.now()
        try:
            key, kept = await keys.issue(code, who, now)
        except TooManyKeys as two:
            raise _two_keys(code, two) from None
        await audit.append_action(
            who, "issue an API key", f"{code}/{kept.id}", ""
        )  # nobody has the key before the answer
        log.info("an API key was issued", agency=code, key=kept.id, by=who)
        return NewKey(agency=code, key=key, id=kept.id, expires_at=kept.expires_at)

    @router.get("", dependencies=[Depends(callers.operator)], responses=problem_answers(401, 403, 404))
    async def list_keys(code: str = Depends(agency)) -> list[KnownKey]:
        """The keys of an agency, oldest first, expired ones with them; never a key itself."""
        now = clock.now()
        return [KnownKey(**_told(key), live=key.is_live(now)) for key in await keys.of_agency(code)]

    @router.delete("/{key_id}", status_code=204, responses=problem_answers(401, 403, 404))
    async def revoke_key(key_id: str, who: str = Depends(callers.operator), code: str = Depends(agency)) -> None:
        """Withdraw a key of an agency; from the answer on it opens nothing."""
        known = key_id in {key.id for key in await keys.of_agency(code)}
        if known:
            await audit.append_action(who, "withdraw an API key", f"{code}/{key_id}", "")
        if not known or not await keys.revoke(code, key_id):
            raise Refusal(404, "no_key_of_that_id", f"“{code}” không có khóa nào mang mã “{key_id}”.")
        log.info("an API key was withdrawn", agency=code, key=key_id, by=who)

    return router


def _told(key: Key) -> dict[str, Any]:
    return {"id": key.id, "issued_at": key.issued_at, "expires_at": key.expires_at}


def _two_keys(code: str, two: TooManyKeys) -> Refusal:
    def day(instant: datetime) -> str:
        return f"{local(instant):%d/%m/%Y}"

    named = " và ".join(f"{key.id} (cấp {day(key.issued_at)}, hết hạn {day(key.expires_at)})" for key in two.live)
    detail = f"“{code}” đang có hai khóa còn hiệu lực: {named}. Hãy thu hồi một khóa rồi cấp khóa mới."
    told = [
        {"id": key.id, "issued_at": key.issued_at.isoformat(), "expires_at": key.expires_at.isoformat()}
        for key in two.live
    ]
    return Refusal(409, "two_keys", detail, keys=told)
