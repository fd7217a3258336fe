"""Bodies other than reports, read as strictly as reports: their text is published as well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from shared.contracts.json_values import JsonValue
from shared.runtime.http.bodies import body_of, list_of
from shared.runtime.http.error_wording import explained
from shared.runtime.http.openapi import json_body
from shared.runtime.http.problems import Refusal
from shared.runtime.http.strict_input import validate_strictly
from shared.runtime.http.strict_json import BODY_LIMIT_BYTES, character_problems, escaped

_Form = TypeVar("_Form")

_MAX_NAMED = 50
"""Invalid fields named in one answer; nobody corrects more at a time."""


class Form(Generic[_Form]):
    """A form that routes read from the body: a model, or a list of models. ``title`` is its name in Vietnamese.

    ``limit`` is the number of bytes it may have. ``explain`` says in Vietnamese what is wrong with a field.
    """

    def __init__(
        self,
        model: Any,
        title: str,
        *,
        limit: int = BODY_LIMIT_BYTES,
        is_list: bool = False,
        explain: Callable[[ErrorDetails], str] = explained,
    ) -> None:
        self._adapter: TypeAdapter[_Form] = TypeAdapter(model)
        self._title, self._limit, self._is_list, self._explain = title, limit, is_list, explain
        self.openapi = json_body(model)
        """The ``openapi_extra`` of a route that reads this form."""

    @property
    def body(self) -> Callable[[Request], Awaitable[_Form]]:
        """A FastAPI dependency that reads the form; it raises ``Refusal`` with 400, 413, 415 or 422.

        Declare it after the dependency that authenticates the caller, so that the body of an unknown caller is not
        read. A form larger than a report is validated in a thread, because it would hold up every other caller.
        """

        async def read(request: Request) -> _Form:
            body = await (list_of if self._is_list else body_of)(request, self._limit, "")
            if self._limit > BODY_LIMIT_BYTES:
                return await asyncio.to_thread(self.parse, body)
            return self.parse(body)

        return read

    def parse(self, body: JsonValue) -> _Form:
        """The form in a body.

        Raises ``Refusal`` with 422, which names the first forbidden character or every invalid field.
        """
        if problem := next(character_problems(body), None):
            errors = [{"pointer": problem.pointer, "message": problem.detail}]
            raise Refusal(422, problem.code, problem.detail, errors=errors)
        try:
            return validate_strictly(self._adapter, json.dumps(body, ensure_ascii=False))
        except ValidationError as invalid:
            errors = [
                {"pointer": _pointer(error["loc"]), "message": f"{self._explain(error)}."}
                for error in invalid.errors(include_url=False)[:_MAX_NAMED]
            ]
            detail = f"{self._title} không đúng mẫu{_where(errors)}."
            raise Refusal(422, "invalid", detail, errors=errors) from None


def _where(errors: Sequence[Mapping[str, str]]) -> str:
    """Where, and what is wrong there. A fault of the form as a whole has no place to name."""
    sentences = [(error["pointer"], error["message"].removesuffix(".")) for error in errors]
    whole = [message for pointer, message in sentences if pointer == "/"]
    fields = [f"{pointer} ({message})" for pointer, message in sentences if pointer != "/"]
    parts = [*([" ở: " + ", ".join(dict.fromkeys(fields))] if fields else []), *(f": {message}" for message in whole)]
    return ";".join(parts)


def _pointer(loc: tuple[int | str, ...]) -> str:
    return "/" + "/".join(escaped(str(part)) for part in loc)
