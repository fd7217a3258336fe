"""People, their roles and their one-time links over HTTP, for the operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel

from services.intake.access.callers import Callers
from services.intake.settings import IntakeSettings
from services.intake.sign_in.store import Account, People
from shared.contracts.model import Code
from shared.runtime.audit.trail import Audit
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import service_router
from shared.runtime.mongo import VersionConflict

_ACCOUNT = Form[Account](Account, "Thông tin người dùng")


class Link(BaseModel):
    """A one-time link, shown once, and when it expires by the machine's clock."""

    url: str
    expires_at: AwareDatetime


def people_routes(
    people: People, callers: Callers, settings: IntakeSettings, audit: Audit, wake: Callable[[], None]
) -> APIRouter:
    """The operator's routes of people. Each change is recorded in ``audit`` before it takes effect.

    ``wake`` has the sign-ins that a change ended published at once.
    """
    router = service_router(prefix="/v1/people", include_in_schema=False, dependencies=[Depends(callers.operator)])

    @router.get("")
    async def everybody() -> dict[str, Account]:
        return await people.all()

    @router.put("/{person}", status_code=204)
    async def keep(
        person: Code, operator: str = Depends(callers.operator), account: Account = Depends(_ACCOUNT.body)
    ) -> None:
        about = f"{person}: {account.role} {account.agency or ''}".strip()
        await audit.append_action(operator, "keep a person's role", about, "")
        try:
            await people.keep(person, account)
        except VersionConflict:
            detail = "Tài khoản ở nơi đăng nhập đã gắn với người khác, hoặc vừa có người sửa; hãy xem lại rồi gửi."
            raise Refusal(409, "changed_meanwhile", detail) from None
        wake()

    @router.delete("/{person}", status_code=204)
    async def remove(person: Code, operator: str = Depends(callers.operator)) -> None:
        await audit.append_action(operator, "remove a person", person, "")
        if not await people.remove(person):
            raise _unknown(person)
        wake()

    @router.post("/{person}/links", status_code=201)
    async def new_link(person: Code, operator: str = Depends(callers.operator)) -> Link:
        if not settings.sign_in_links:
            detail = "Hệ thống này không dùng liên kết đăng nhập; hãy đăng nhập qua tài khoản."
            raise Refusal(403, "not_allowed", detail)
        if await people.person(person) is None:
            raise _unknown(person)
        await audit.append_action(operator, "issue a sign-in link", person, "")
        secret, expires_at = await people.new_link(person, timedelta(minutes=settings.link_minutes))
        return Link(url=f"{settings.sign_in_url}/lien-ket/{secret}", expires_at=expires_at)

    return router


def _unknown(person: str) -> Refusal:
    return Refusal(404, "no_person", f"Không có người mang mã “{person}”.")
