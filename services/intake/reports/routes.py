"""The door over HTTP. Errors are RFC 9457 problem details with a stable code and Vietnamese text."""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.intake.access.key_store import ApiKeys, digest
from services.intake.access.tokens import Tokens
from services.intake.plans import rules as plan_rules
from services.intake.reports.handlers import ReportIntake
from services.intake.reports.store import Reports
from services.intake.settings import IntakeSettings
from services.intake.web.strict_json import InvalidBody, Rate, parsed, too_large
from shared.contracts.intake import Report
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt
from shared.contracts.units import UnitRegister
from shared.runtime.clock import Clock
from shared.runtime.http.openapi import json_body
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS
from shared.runtime.readiness import with_timeout
from shared.runtime.references import References

IdempotencyKey = Annotated[str, Header(pattern=r"^[\x21-\x7e]([\x20-\x7e]{0,124}[\x21-\x7e])?$")]
"""What an agency calls what it sends; the same key again is the same thing."""

_FORBIDDEN = {"not_responsible", "tier_not_reported"}
_CONFLICT = {"report_id_reused", "taken_back", "locked"}
_UNREAD = {"too_large": 413}
_LOOK_SECONDS = 1.0
_BUSY_SECONDS = 5
_PATIENCE_SECONDS = 1.0


_BEARER = HTTPBearer(auto_error=False, description="The key of an agency or of the operator, or a token of the issuer.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def _key(given: HTTPAuthorizationCredentials | None) -> str:
    if given is None or not given.credentials:
        raise Refusal(401, "no_key", "Thiếu khóa truy cập (Authorization: Bearer …).")
    return given.credentials


class Callers:
    """Who calls, by the key that comes along, and whether they may now."""

    def __init__(self, keys: ApiKeys, settings: IntakeSettings, clock: Clock) -> None:
        self._keys, self._clock = keys, clock
        self._tokens = Tokens(settings)
        self._operator, self._desk = settings.operator_key_sha256, settings.desk_key_sha256
        self._rate = Rate(settings.rate_per_minute, settings.rate_burst)

    async def agency(self, given: Bearer) -> str:
        """The agency whose key it is. Raises ``Refusal``, with 429 where it asks too often."""
        key = _key(given)
        is_token, now = self._tokens.is_one(key), self._clock.now()
        code = await (self._tokens.agency(key) if is_token else self._keys.agency(key, now))
        if wait := self._rate.take(code, time.monotonic()):
            detail = f"Cơ quan gửi quá nhiều yêu cầu; hãy gửi lại sau {wait} giây."
            raise Refusal(429, "too_many_requests", detail, retry_after=wait)
        return code

    async def operator(self, given: Bearer) -> str:
        """The operator, as accesses are noted. Raises ``Refusal`` for anybody else."""
        if self._tokens.is_one(bearer := _key(given)):
            return await self._tokens.operator(bearer)
        key = digest(bearer)
        if not hmac.compare_digest(key, self._operator):
            raise Refusal(403, "not_operator", "Chỉ người vận hành được thực hiện việc này.")
        return f"operator {key[:12]}"

    async def office(self, given: Bearer) -> str:
        """The standing office of the council, as it is noted. Raises ``Refusal`` for anybody else."""
        if self._tokens.is_one(bearer := _key(given)):
            return await self._tokens.office(bearer)
        key = digest(bearer)
        if not hmac.compare_digest(key, self._desk):
            raise Refusal(403, "not_the_office", "Chỉ cơ quan Thường trực Hội đồng được thực hiện việc này.")
        return f"ban-tdkt {key[:12]}"

    async def agency_or_office(self, given: Bearer) -> str | None:
        """The agency whose key it is, or None for the standing office. Raises ``Refusal`` for anybody else."""
        try:
            await self.office(given)
        except Refusal as refusal:
            if refusal.status != 403:
                raise
            return await self.agency(given)
        return None


class Backlog:
    """Whether so much is waiting that nothing more is taken; each count is looked at once a second at most.

    ``unsent`` counts the documents that have something to say still: everybody waits for those. ``waiting`` counts the
    records in an agency's own inbox: who has filled it waits until it is read, and nobody else does.
    """

    def __init__(
        self,
        unsent: Callable[[], Awaitable[int]],
        waiting: Callable[[str], Awaitable[int | None]],
        callers: Callers,
        settings: IntakeSettings,
    ) -> None:
        self._unsent, self._waiting, self._settings = unsent, waiting, settings
        self._seen: dict[str, tuple[int, float]] = {}

        async def bearable(agency: str = Depends(callers.agency)) -> None:
            await self._look(agency)

        self.bearable = bearable
        """The dependency of a route that takes something; raises ``Refusal`` with 429 where nothing new is taken."""

    async def _look(self, agency: str) -> None:
        unsent = await self._count("", self._unsent)
        waiting = await self._count(agency, lambda: self._waiting(agency))
        if unsent >= self._settings.most_unsent or waiting >= self._settings.most_waiting:
            detail = "Hệ thống đang xử lý các báo cáo đã nhận; hãy gửi lại sau ít giây với cùng mã báo cáo."
            raise Refusal(429, "busy", detail, retry_after=_BUSY_SECONDS)

    async def _count(self, what: str, counted: Callable[[], Awaitable[int | None]]) -> int:
        known, until = self._seen.get(what, (0, 0.0))
        if (now := time.monotonic()) < until:
            return known
        self._seen[what] = known, now + _LOOK_SECONDS  # who asks meanwhile does not look as well
        with suppress(*TRANSIENT_BROKER_ERRORS):  # a broker that is away keeps nobody from reporting
            found: int | None = await with_timeout(counted(), _PATIENCE_SECONDS)
            known = found or 0
        self._seen[what] = known, now + _LOOK_SECONDS
        return known


def routes(
    intake: ReportIntake,
    reports: Reports,
    references: References,
    callers: Callers,
    backlog: Backlog,
    clock: Clock,
    settings: IntakeSettings,
    wake: Callable[[], None],
    create_topics: Callable[[], Awaitable[None]],
) -> APIRouter:
    """The intake API's routes. ``wake`` wakes the outbox relay; ``create_topics`` creates the missing topics."""
    router = APIRouter(prefix="/v1")
    agency, operator = callers.agency, callers.operator

    @router.post(
        "/reports",
        status_code=202,
        response_model=Receipt,
        responses=problem_answers(400, 401, 403, 409, 413, 422, 429),
        openapi_extra=json_body(Report),
        dependencies=[Depends(backlog.bearable)],
    )
    async def submit(
        request: Request,
        idempotency_key: IdempotencyKey,
        sender: str = Depends(agency),
    ) -> Response:
        body = await body_of(request, settings.body_limit_bytes)
        receipt = await intake.submit(sender, idempotency_key, body, f"http/{idempotency_key}", answer=False)
        return _answer(receipt)

    @router.get("/counts")
    async def counts() -> dict[str, int]:
        return await reports.counts()

    @router.put(
        "/plans",
        status_code=204,
        dependencies=[Depends(operator)],
        responses=problem_answers(400, 401, 403, 409, 413, 422),
    )
    async def publish_plan(plan: Plan) -> None:
        register = references.newest_register(plan.province)
        if register is None:
            raise Refusal(409, "no_units", "Hãy công bố danh mục đơn vị của tỉnh trước khi công bố kế hoạch.")
        if unknown := plan_rules.plan_units(plan, register):
            raise Refusal(422, "unknown_unit", f"Kế hoạch nêu đơn vị chưa có trong danh mục: {', '.join(unknown)}.")
        if references.knows_plan(plan.ref) and references.plan(plan.ref) != plan:
            raise Refusal(
                409,
                "version_taken",
                f"Bản số {plan.version} của kế hoạch đã công bố với nội dung khác; hãy tăng số bản.",
            )
        # Said again it is taken, whatever has come into force after it.
        is_new = plan.movement is not None and not references.knows_plan(plan.ref)
        before = references.plan_of_movement(plan.province, plan.movement.id) if is_new and plan.movement else None
        if before is not None and (broken := plan_rules.plan_breaks(before, plan)):
            raise Refusal(409, "plan_breaks", " ".join(broken), problems=broken)
        await references.learn_plan(plan, clock.now(), publish=True)
        await create_topics()
        wake()

    @router.put(
        "/units",
        status_code=204,
        dependencies=[Depends(operator)],
        responses=problem_answers(400, 401, 403, 409, 413, 422),
    )
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
        await references.learn_register(register, clock.now(), publish=True)
        wake()

    return router


async def body_of(request: Request, limit: int, advice: str = "hãy chia thành nhiều báo cáo bổ sung") -> dict[str, Any]:
    """The JSON object sent, its text tidied. Raises ``Refusal`` with 413 or 400."""
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > limit:
                raise too_large(limit, advice)
        return parsed(raw, limit=limit)
    except InvalidBody as invalid:
        raise Refusal(_UNREAD.get(invalid.code, 400), invalid.code, str(invalid)) from None


def _answer(receipt: Receipt) -> Response:
    if receipt.status == "accepted":
        return Response(receipt.model_dump_json(), status_code=202, media_type="application/json")
    codes = {problem.code for problem in receipt.problems}
    status = 403 if codes & _FORBIDDEN else 409 if codes & _CONFLICT else 422
    return Refusal(
        status,
        receipt.problems[0].code,
        "Báo cáo được trả lại: " + " ".join(problem.detail for problem in receipt.problems[:3]),
        receipt=receipt.model_dump(mode="json"),
    ).response()
