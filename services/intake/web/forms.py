"""Bodies other than reports, read as strictly as reports: their text is published as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.intake.context import BODY_LIMIT_BYTES
from services.intake.papers import date_problem, number_problem
from services.intake.web.error_wording import wording
from services.intake.web.requests import body_of
from services.intake.web.strict_json import character_problems
from shared.runtime.http.problems import Refusal

_Form = TypeVar("_Form", bound=BaseModel)


def form_body(form: type[_Form], title: str) -> Callable[[Request], Awaitable[_Form]]:
    """A FastAPI dependency that reads the body as a form; ``title`` is the form's name in Vietnamese.

    Declare it after the dependency that authenticates the caller, so that the body of an unknown caller is not read.
    Raises ``Refusal`` with 400, 413 or 422.
    """

    async def read(request: Request) -> _Form:
        return parse_form(form, await body_of(request, BODY_LIMIT_BYTES, ""), title)

    return read


def parse_form(form: type[_Form], body: dict[str, Any], title: str) -> _Form:
    """The form in a body; ``title`` is its name in Vietnamese.

    Raises ``Refusal`` with 422, which names the first forbidden character or every invalid field.
    """
    if problem := next(character_problems(body), None):
        errors = [{"pointer": problem.pointer, "message": problem.expected}]
        raise Refusal(422, problem.code, problem.detail, errors=errors)
    try:
        return form.model_validate(body)
    except ValidationError as invalid:
        details = invalid.errors(include_url=False, include_input=False, include_context=False)
        pointers = ["/" + "/".join(map(str, detail["loc"])) for detail in details]
        errors = [
            {"pointer": pointer, "message": detail["msg"]} for pointer, detail in zip(pointers, details, strict=True)
        ]
        fields = dict.fromkeys(
            f"{pointer} ({wording(detail['type'])})" for pointer, detail in zip(pointers, details, strict=True)
        )
        explained = [f"{title} không đúng mẫu ở: {', '.join(fields)}."]
        if "/number" in pointers and (problem := number_problem(body["number"], "")):
            explained.append(problem.detail)
        if "/date" in pointers:
            explained.append(date_problem(body["date"], "").detail)
        raise Refusal(422, "invalid", " ".join(explained), errors=errors) from None
