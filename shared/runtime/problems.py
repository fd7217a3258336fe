"""Refusals over HTTP as RFC 9457 problem details: a stable code for machines, Vietnamese for people."""

from __future__ import annotations

from typing import Any

import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Stale

log = structlog.get_logger(__name__)


class Refusal(Exception):
    """A request that is refused. ``extra`` members go into the problem document."""

    def __init__(self, status: int, code: str, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.extra = status, code, detail, extra

    def response(self) -> JSONResponse:
        """The problem document."""
        return JSONResponse(
            {
                "type": f"urn:thidua:problem:{self.code}",
                "title": self.code,
                "status": self.status,
                "code": self.code,
                "detail": self.detail,
                **self.extra,
            },
            status_code=self.status,
            media_type="application/problem+json",
        )


def explain_refusals(api: FastAPI) -> None:
    """Have an app answer refusals and malformed requests as problem documents."""

    @api.exception_handler(Refusal)
    async def refused(_: Request, error: Refusal) -> JSONResponse:
        return error.response()

    async def unavailable(_: Request, error: Exception) -> JSONResponse:
        log.warning("a request met a fault outside", error=repr(error))
        detail = "Hệ thống tạm thời chưa ghi nhận được; hãy gửi lại sau ít phút với cùng mã báo cáo."
        return Refusal(503, "unavailable", detail).response()

    @api.exception_handler(HTTPException)
    async def unknown(_: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "not_found", 405: "method_not_allowed"}
        return Refusal(error.status_code, codes.get(error.status_code, "refused"), str(error.detail)).response()

    for fault in (*TRANSIENT_DATABASE_ERRORS, Stale, KafkaError):
        api.add_exception_handler(fault, unavailable)

    @api.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"pointer": "/" + "/".join(str(part) for part in each["loc"]), "message": each["msg"]}
            for each in error.errors()
        ]
        return Refusal(422, "malformed", "Yêu cầu không đúng mẫu.", errors=errors).response()
