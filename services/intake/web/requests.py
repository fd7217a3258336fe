"""What routes read from a request: a JSON body of bounded size."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from services.intake.web.strict_json import InvalidBody, body_too_large, parse_json
from shared.runtime.http.problems import Refusal

_STATUS = {"too_large": 413}


async def body_of(request: Request, limit: int, advice: str = "hãy chia thành nhiều báo cáo bổ sung") -> dict[str, Any]:
    """The JSON object in the request's body, its text tidied; reading stops beyond ``limit`` bytes.

    ``advice`` is Vietnamese: what to do about a body that is too large. Raises ``Refusal`` with 413 or 400.
    """
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > limit:
                raise body_too_large(limit, advice)
        return parse_json(raw, limit=limit)
    except InvalidBody as invalid:
        raise Refusal(_STATUS.get(invalid.code, 400), invalid.code, str(invalid)) from None
