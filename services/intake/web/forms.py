"""What is written in a body that is no report: read as strictly as one, for its text is told to others as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.intake.reports.parsing import wording
from services.intake.reports.routes import body_of
from services.intake.web.strict_json import BODY_LIMIT_BYTES, characters
from shared.runtime.http.problems import Refusal

_Form = TypeVar("_Form", bound=BaseModel)


def written(form: type[_Form], called: str) -> Callable[[Request], Awaitable[_Form]]:
    """A dependency that reads a body of a form; ``called`` is what the form is called in Vietnamese.

    Ask for it after who calls, so that a stranger's body is not read. Raises ``Refusal`` with 400, 413 or 422.
    """

    async def read(request: Request) -> _Form:
        return read_as(form, await body_of(request, BODY_LIMIT_BYTES, ""), called)

    return read


def read_as(form: type[_Form], body: dict[str, Any], called: str) -> _Form:
    """What a body says. Raises ``Refusal`` with 422: text that cannot be read, or each place that is wrong."""
    if unseen := next(characters(body), None):
        wrong = [{"pointer": unseen.pointer, "message": unseen.expected}]
        raise Refusal(422, unseen.code, unseen.detail, errors=wrong)
    try:
        return form.model_validate(body)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False, include_context=False)
        wrong = [{"pointer": "/" + "/".join(map(str, each["loc"])), "message": each["msg"]} for each in errors]
        where = dict.fromkeys(f"/{'/'.join(map(str, each['loc']))} ({wording(each['type'])})" for each in errors)
        raise Refusal(422, "invalid", f"{called} không đúng mẫu ở: {', '.join(where)}.", errors=wrong) from None
