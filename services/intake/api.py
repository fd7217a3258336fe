"""The door over HTTP. Errors are RFC 9457 problem details with a stable code and Vietnamese text."""

from __future__ import annotations

import hmac
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

from services.intake import checks
from services.intake.handlers import Door
from services.intake.keys import ApiKeys, digest
from services.intake.settings import IntakeSettings
from services.intake.store import Reports
from shared.contracts.intake import Receipt, Report
from shared.contracts.model import Written
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.app import Service
from shared.runtime.clock import Clock
from shared.runtime.problems import Refusal
from shared.runtime.references import References

IdempotencyKey = Annotated[str, Header(pattern=r"^[\x21-\x7e]([\x20-\x7e]{0,124}[\x21-\x7e])?$")]
"""What an agency calls what it sends; the same key again is the same thing."""

_FORBIDDEN = {"not_responsible"}
_CONFLICT = {"report_id_reused"}


class NewKey(Written):
    """An agency's key, shown once."""

    agency: str
    key: str


def _bearer(authorization: str | None) -> str:
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Refusal(401, "no_key", "Thiếu khóa truy cập (Authorization: Bearer …).")
    return key


class Callers:
    """Who calls, by the key that comes along."""

    def __init__(self, keys: ApiKeys, settings: IntakeSettings) -> None:
        self._keys = keys
        self._operator = settings.operator_key_sha256

    async def agency(self, authorization: Annotated[str | None, Header()] = None) -> str:
        """The agency whose key it is. Raises ``Refusal``."""
        code = await self._keys.agency_of(_bearer(authorization))
        if code is None:
            raise Refusal(401, "unknown_key", "Khóa truy cập không đúng.")
        return code

    async def operator(self, authorization: Annotated[str | None, Header()] = None) -> str:
        """The operator, as accesses are noted. Raises ``Refusal`` for anybody else."""
        given = digest(_bearer(authorization))
        if not hmac.compare_digest(given, self._operator):
            raise Refusal(403, "not_operator", "Chỉ người vận hành được thực hiện việc này.")
        return f"operator {given[:12]}"


def routes(
    door: Door,
    reports: Reports,
    references: References,
    keys: ApiKeys,
    clock: Clock,
    settings: IntakeSettings,
    service: list[Service],
) -> APIRouter:
    """The door's routes. ``service`` is filled in once the service stands, for making new agencies' topics."""
    router = APIRouter(prefix="/v1")
    callers = Callers(keys, settings)
    agency, operator = callers.agency, callers.operator

    @router.post("/reports", status_code=202, openapi_extra=_report_body())
    async def submit(
        request: Request,
        idempotency_key: IdempotencyKey,
        sender: str = Depends(agency),
    ) -> JSONResponse:
        body = await body_of(request, settings.body_limit_bytes)
        receipt = await door.submit(sender, idempotency_key, body, f"http/{idempotency_key}", answer=False)
        return _answer(receipt)

    @router.get("/receipts")
    async def receipts(sender: str = Depends(agency)) -> list[Receipt]:
        return await reports.of_agency(sender)

    @router.get("/receipts/{receipt_id}")
    async def receipt(receipt_id: str, sender: str = Depends(agency)) -> Receipt:
        found = await reports.find(receipt_id)
        if found is None or found[0].reported_by != sender:
            raise Refusal(404, "no_receipt", "Không có giấy tiếp nhận mang mã này.")
        return found[0]

    @router.get("/counts")
    async def counts() -> dict[str, int]:
        return await reports.counts()

    @router.put("/plans", status_code=204, dependencies=[Depends(operator)])
    async def publish_plan(plan: Plan) -> None:
        register = references.newest_register(plan.province)
        if register is None:
            raise Refusal(409, "no_units", "Hãy công bố danh mục đơn vị của tỉnh trước khi công bố kế hoạch.")
        if unknown := checks.plan_units(plan, register):
            raise Refusal(422, "unknown_unit", f"Kế hoạch nêu đơn vị chưa có trong danh mục: {', '.join(unknown)}.")
        if references.knows_plan(plan.ref) and references.plan(plan.ref) != plan:
            raise Refusal(
                409,
                "version_taken",
                f"Bản số {plan.version} của kế hoạch đã công bố với nội dung khác; hãy tăng số bản.",
            )
        before = references.plan_of_movement(plan.province, plan.movement.id) if plan.movement else None
        if before is not None and (broken := checks.plan_breaks(before, plan)):
            raise Refusal(409, "plan_breaks", " ".join(broken), problems=broken)
        await references.learn_plan(plan, clock.now(), say=True)
        await service[0].make_topics()
        door.nudge()

    @router.put("/units", status_code=204, dependencies=[Depends(operator)])
    async def publish_units(register: UnitRegister) -> None:
        newest = references.newest_register(register.province)
        if newest is not None and register.version <= newest.version and register != newest:
            raise Refusal(
                409, "version_taken", f"Danh mục đơn vị đã ở bản số {newest.version}; hãy dùng số bản lớn hơn."
            )
        if newest is not None and not register.only_appends_to(newest):
            raise Refusal(
                409, "units_moved", "Danh mục đơn vị mới phải giữ nguyên thứ tự các đơn vị đã có và chỉ thêm ở cuối."
            )
        await references.learn_register(register, clock.now(), say=True)
        door.nudge()

    @router.post("/agencies/{code}/keys", status_code=201, dependencies=[Depends(operator)])
    async def issue_key(code: str) -> NewKey:
        newest = references.newest_register(settings.province)
        if newest is None or code not in newest.by_code:
            raise Refusal(404, "no_unit", f"Không có đơn vị mang mã “{code}”.")
        return NewKey(agency=code, key=await keys.issue(code, clock.now()))

    return router


async def body_of(request: Request, limit: int, advice: str = "hãy chia thành nhiều báo cáo bổ sung") -> dict[str, Any]:
    """The JSON object sent. Raises ``Refusal`` with 413 or 400."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise Refusal(413, "too_large", f"Nội dung gửi lên lớn hơn {limit // 1024} KiB; {advice}.")
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is JSON but no text
    except (ValueError, RecursionError):
        raise Refusal(400, "not_json", "Nội dung gửi lên không phải JSON hợp lệ.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "not_json", "Nội dung gửi lên phải là một đối tượng JSON.")
    return body


def _answer(receipt: Receipt) -> JSONResponse:
    if receipt.status == "accepted":
        return JSONResponse(receipt.model_dump(mode="json"), status_code=202)
    codes = {problem.code for problem in receipt.problems}
    status = 403 if codes & _FORBIDDEN else 409 if codes & _CONFLICT else 422
    return Refusal(
        status,
        receipt.problems[0].code,
        "Báo cáo được trả lại: " + " ".join(problem.detail for problem in receipt.problems[:3]),
        receipt=receipt.model_dump(mode="json"),
    ).response()


def _report_body() -> dict[str, Any]:
    schema: Any = TypeAdapter(Report).json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
