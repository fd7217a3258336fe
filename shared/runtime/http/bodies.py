"""What routes read from a request: a body of bounded size and of the right type.

Everything here is for routes that have authenticated their caller first: nobody without a key makes a service parse.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from email.message import Message
from typing import TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from shared.contracts.json_values import JsonObject, JsonValue
from shared.runtime.http.problems import Refusal
from shared.runtime.http.strict_json import BODY_LIMIT_BYTES, InvalidBody, body_too_large, parse_json, parse_list

JSON = "application/json"
_STATUS = {"too_large": 413}
_Body = TypeVar("_Body")


async def body_of(request: Request, limit: int, advice: str = "hãy chia thành nhiều báo cáo bổ sung") -> JsonObject:
    """The JSON object in the request's body, its text tidied.

    Reading stops beyond ``limit`` bytes. A body larger than a report is parsed in a thread, because it would hold up
    every other caller. ``advice`` is Vietnamese: what to do about a body that is too large. Raises ``Refusal`` with
    400, 413 or 415.
    """
    return await _parsed(request, limit, advice, parse_json)


async def list_of(request: Request, limit: int, advice: str = "") -> Sequence[JsonValue]:
    """The JSON array in the request's body; otherwise as ``body_of``."""
    return await _parsed(request, limit, advice, parse_list)


async def _parsed(request: Request, limit: int, advice: str, parse: Callable[..., _Body]) -> _Body:
    try:
        raw = await bytes_of(request, limit, (JSON,), lambda: body_too_large(limit, advice))
        if len(raw) > BODY_LIMIT_BYTES:
            return await asyncio.to_thread(parse, raw, limit=limit)
        return parse(raw, limit=limit)
    except InvalidBody as invalid:
        raise Refusal(_STATUS.get(invalid.code, 400), invalid.code, str(invalid)) from None


async def bytes_of(
    request: Request, limit: int, media_types: tuple[str, ...], too_large: Callable[[], Exception]
) -> bytes:
    """The bytes of the body, which must be of one of the media types and not compressed.

    Raises what ``too_large`` returns beyond ``limit`` bytes, and ``Refusal`` with 415, or with 400 if the sender goes
    away in the middle.
    """
    raw = bytearray()
    async for part in parts_of(request, media_types):
        raw += part
        if len(raw) > limit:
            raise too_large()
    return bytes(raw)


async def parts_of(request: Request, media_types: tuple[str, ...]) -> AsyncIterator[bytes]:
    """The body part by part, as it comes. Raises ``Refusal`` with 415, or 400 if the sender goes away in the middle."""
    require_media_type(request.headers.get("content-type", ""), media_types)
    try:
        async for part in request.stream():
            yield part
    except ClientDisconnect:
        raise Refusal(400, "cut_off", "Nội dung gửi lên bị ngắt giữa chừng; hãy gửi lại.") from None


def require_media_type(content_type: str, media_types: tuple[str, ...]) -> None:
    """Refuse any other type of body, and texts in another encoding than UTF-8. Raises ``Refusal`` with 415."""
    if content_type in media_types:
        return
    header = Message()
    header["content-type"] = content_type or "none/none"
    charset = header.get_content_charset("utf-8")
    if header.get_content_type() not in media_types or charset not in ("utf-8", "us-ascii"):
        given = f"“{content_type[:80]}”" if content_type else "không ghi"
        detail = f"Content-Type {given}; nội dung gửi lên phải là {' hoặc '.join(media_types)}, mã hóa UTF-8."
        raise Refusal(415, "unsupported_media_type", detail, expected=list(media_types))
