"""Refusals over HTTP as RFC 9457 problem details: a stable code for machines, Vietnamese for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from shared.runtime.http.error_wording import explained
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, VersionConflict
from shared.wording.problem_titles import title_of

log = structlog.get_logger(__name__)


OpenApiObject = dict[str, Any]
"""A part of an OpenAPI document, in the type that FastAPI asks for."""

PROBLEM_MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = 5
_MAX_NAMED = 5
_BY_STATUS = {
    400: ("bad_request", "Không đọc được nội dung gửi lên."),
    404: ("not_found", "Không có địa chỉ này."),
    405: ("method_not_allowed", "Địa chỉ này không nhận phương thức đã dùng."),
    413: ("too_large", "Nội dung gửi lên quá lớn."),
    415: ("unsupported_media_type", "Nội dung gửi lên phải là application/json."),
}
"""The framework's own refusals: their codes and their texts in Vietnamese."""


class ProblemDocument(BaseModel):
    """Why a request was refused (RFC 9457). ``code`` is stable, for machines; the rest is Vietnamese, for people.

    ``title`` is the same for every refusal with a code; ``detail`` is about this one.

    Further members depend on the code: ``receipt`` names each problem of a returned report, ``errors`` each malformed
    part of a request.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str


class Refusal(Exception):
    """A request is refused. ``extra`` members go into the problem document.

    ``retry_after`` is the number of seconds after which the same request may be accepted.
    """

    def __init__(self, status: int, code: str, detail: str, *, retry_after: int | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.extra, self.retry_after = status, code, detail, extra, retry_after

    def response(self) -> JSONResponse:
        """The problem document; a 401 also names the authentication scheme (RFC 9110 11.6.1, RFC 6750 3)."""
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return JSONResponse(
            {
                "type": f"urn:thidua:problem:{self.code}",
                "title": title_of(self.code),
                "status": self.status,
                "code": self.code,
                "detail": self.detail,
                **self.extra,
            },
            status_code=self.status,
            media_type=PROBLEM_MEDIA_TYPE,
            headers=headers,
        )


def problem_answers(*statuses: int) -> dict[int | str, OpenApiObject]:
    """The ``responses`` of a route: a problem document for each of these statuses."""
    return {status: problem_answer(status) for status in statuses}


def problem_answer(status: int) -> OpenApiObject:
    """A problem document as an OpenAPI response."""
    answer: OpenApiObject = {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}},
    }
    if status == 401:
        scheme = {"description": "How to authenticate: with a key or a token", "schema": {"type": "string"}}
        answer["headers"] = {"WWW-Authenticate": scheme}
    if status in (429, 503):
        seconds = {"description": "Seconds until the same request may be accepted", "schema": {"type": "integer"}}
        answer["headers"] = {"Retry-After": seconds}
    return answer


def _writable(part: int | str) -> str:
    """A part of a pointer into the request; half a surrogate pair in a name is escaped, or it could not be encoded."""
    return str(part).encode(errors="backslashreplace").decode()


def add_problem_handlers(api: FastAPI) -> None:
    """Make an app answer refusals, malformed requests and external faults with problem documents."""

    @api.exception_handler(Refusal)
    async def refused(_: Request, error: Refusal) -> JSONResponse:
        return error.response()

    async def unavailable(_: Request, error: Exception) -> JSONResponse:
        log.warning("a request failed because of an external fault", error=repr(error))
        detail = "Hệ thống tạm thời chưa ghi nhận được; hãy gửi lại sau ít phút với cùng mã báo cáo."
        return Refusal(503, "unavailable", detail, retry_after=_RETRY_SECONDS).response()

    @api.exception_handler(HTTPException)
    async def unknown(_: Request, error: HTTPException) -> JSONResponse:
        code, detail = _BY_STATUS.get(error.status_code, ("refused", "Yêu cầu không thực hiện được."))
        return Refusal(error.status_code, code, str(error.detail) if error.status_code == 413 else detail).response()

    for fault in (*TRANSIENT_DATABASE_ERRORS, VersionConflict, KafkaError):
        api.add_exception_handler(fault, unavailable)

    @api.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"pointer": "/" + "/".join(_writable(part) for part in flaw["loc"]), "message": _writable(explained(flaw))}
            for flaw in error.errors()
        ]
        fields = ", ".join(f"{flaw['pointer']} ({flaw['message']})" for flaw in errors[:_MAX_NAMED])
        return Refusal(422, "malformed", f"Yêu cầu không đúng mẫu ở: {fields}.", errors=errors).response()
