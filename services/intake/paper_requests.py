"""The number and date of an agency's paper in a request: in the body, or the number in the header Idempotency-Key."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Header
from pydantic import AfterValidator

from services.intake.papers import EXAMPLE, Paper, number_problem, paper_of
from shared.contracts.json_values import JsonObject
from shared.contracts.receipts import Problem
from shared.runtime.http.error_wording import NUMBER_FORM
from shared.runtime.http.problems import Refusal
from shared.runtime.http.strict_json import tidied
from shared.wording.formats import ngay

_KEY = "The number of the paper, in UTF-8, for a body that does not hold it: the same number and content are sent once."


_WRITE_IT = (
    "hãy ghi vào mục “number” (trong mẫu Excel là ô “Số, ký hiệu báo cáo”), "
    f"ví dụ “{EXAMPLE}”, hoặc gửi trong tiêu đề Idempotency-Key, tối đa 126 ký tự."
)


def _read_as_utf8(header: str | None) -> str | None:
    if header is None:
        return None
    try:
        return str(tidied(header.encode("latin-1").decode()))  # the framework takes every header for Latin-1
    except UnicodeError:
        return str(tidied(header))


SenderKey = Annotated[str | None, Header(description=_KEY), AfterValidator(_read_as_utf8)]
"""The header ``Idempotency-Key``: the number of a body that holds none; None without it.

It is no dependency: the framework spends more time on each of those than the header needs. A route gives the default.
"""


def required_paper(agency: str, body: JsonObject, key: str | None, what: str, today: date) -> Paper:
    """The paper that a valid form is; ``what`` it is, in Vietnamese. ``today`` is a local day.

    Raises ``Refusal`` with 422 without a number, for a key that is no number, and for a date that has not come.
    """
    if (paper := paper_of(agency, body, key)) is None:
        raise unnumbered(body, what)
    if (problem := number_problem(paper.number, "")) is not None:
        raise _refusal(problem.code, problem.pointer, problem.detail)
    if paper.date is not None and paper.date > today:
        raise _refusal("date_in_future", "/date", f"Ngày của văn bản {ngay(paper.date)} chưa đến.")
    return paper


def number_missing() -> Problem:
    """The problem of a report without a number, for a sender who is told everything that is wrong."""
    detail = f"Thiếu số, ký hiệu: {_WRITE_IT}"
    return Problem(code="number_missing", pointer="/number", value=None, expected=NUMBER_FORM, rule="", detail=detail)


def unnumbered(body: JsonObject, what: str) -> Refusal:
    """The refusal of a body without a number that could be stored; ``what`` it is, in Vietnamese."""
    written = body.get("number")
    if written is not None and (problem := number_problem(written, "")) is not None:
        return _refusal(problem.code, problem.pointer, problem.detail)
    return _refusal("number_missing", "/number", f"{what} thiếu số, ký hiệu: {_WRITE_IT}")


def _refusal(code: str, pointer: str, detail: str) -> Refusal:
    return Refusal(422, code, detail, errors=[{"pointer": pointer, "message": detail}])
