"""Calendar feeds over HTTP: subscribed to by a secret address; made, listed and withdrawn by the standing office."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Header, Response

from services.notify.feeds.handlers import FeedCalendars
from services.notify.feeds.store import Feed, Feeds
from shared.contracts.model import Code, StrictModel
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References
from shared.wording.unit_names import full_name

log = structlog.get_logger(__name__)

_SECRET_BYTES: Final = 32
_CALENDAR: Final = "text/calendar; charset=utf-8"
_CACHED: Final = "private, no-cache"
"""A copy may be kept, and is asked about with its ETag: a withdrawn calendar is not shown any longer."""


class FeedWanted(StrictModel):
    """Whose calendar is wanted: an agency's by its code, or the standing office's without one."""

    province: Code
    agency: Code | None = None


class FeedShown(Feed):
    """A feed with the name of its agency; None is the standing office."""

    name: str | None = None


class NewFeed(FeedShown):
    """A feed that was just made. ``path`` holds the secret, which is in this answer and nowhere else.

    ``url`` is its whole address; None if the settings do not say where people open the system.
    """

    path: str
    url: str | None


_WANTED = Form[FeedWanted](FeedWanted, "Đề nghị lập lịch")


def feed_routes(
    feeds: Feeds,
    calendars: FeedCalendars,
    references: References,
    access: Access,
    audit: Audit,
    clock: Clock,
    public_url: str | None,
) -> APIRouter:
    """The routes of calendar feeds. ``public_url`` is where people open the system, if that is known."""
    router = service_router()

    def name_of(feed: Feed) -> str | None:
        register = references.newest_register(feed.province)
        return full_name(register, feed.agency) if register and feed.agency else None

    @router.get("/lich/{secret}.ics", response_class=Response, responses=problem_answers(404))
    async def subscribe(secret: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """The calendar that a secret opens. It needs no key: whoever has the address may read it."""
        feed = await feeds.of_secret(secret)
        if feed is None:
            detail = "Không có lịch này, hoặc địa chỉ đã được thu hồi; hãy xin địa chỉ mới ở cơ quan Thường trực."
            raise Refusal(404, "no_feed", detail)
        content = await calendars.file(feed)
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": _CACHED, "Referrer-Policy": "no-referrer"}
        if tag in [given.strip().removeprefix("W/") for given in (if_none_match or "").split(",")]:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=_CALENDAR, headers=headers)

    @router.get("/v1/feeds", dependencies=[Depends(access.caller)], responses=problem_answers(401, 403))
    async def list_feeds() -> list[FeedShown]:
        """Every feed, oldest first, withdrawn ones included; never a secret."""
        return [FeedShown(**feed.model_dump(), name=name_of(feed)) for feed in await feeds.all()]

    @router.post(
        "/v1/feeds",
        status_code=201,
        responses=problem_answers(400, 401, 403, 404, 413, 415),
        openapi_extra=_WANTED.openapi,
    )
    async def create(by: str = Depends(access.by), wanted: FeedWanted = Depends(_WANTED.body)) -> NewFeed:
        """Make a feed. Its address is in this answer and nowhere else."""
        register = references.newest_register(wanted.province)
        if register is None:
            raise Refusal(404, "no_units", f"Chưa có danh mục đơn vị của tỉnh “{wanted.province}”.")
        if wanted.agency is not None and wanted.agency not in register.by_code:
            raise Refusal(422, "unknown_unit", f"Không có đơn vị nào mang mã “{wanted.agency}” trong danh mục đơn vị.")
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        feed = await feeds.add(secret, wanted.province, wanted.agency, by, clock.now())
        # The feed is recorded before the answer, which is the first to show its address.
        await audit.append_action(by, "make a calendar feed", _about(feed), "")
        log.info("calendar feed made", feed=feed.id, agency=feed.agency, by=by)
        path = f"/lich/{secret}.ics"
        url = f"{public_url.rstrip('/')}{path}" if public_url else None
        return NewFeed(**feed.model_dump(), name=name_of(feed), path=path, url=url)

    @router.delete("/v1/feeds/{feed_id}", status_code=204, responses=problem_answers(401, 403, 404))
    async def withdraw(feed_id: str, by: str = Depends(access.by)) -> None:
        """Withdraw a feed; from this answer on its address answers 404."""
        feed = await feeds.live(feed_id)
        if feed is None:
            raise Refusal(404, "no_feed", f"Không có lịch nào đang dùng mang mã “{feed_id[:80]}”.")
        await audit.append_action(by, "withdraw a calendar feed", _about(feed), "")
        await feeds.withdraw(feed_id, clock.now())
        log.info("calendar feed withdrawn", feed=feed.id, by=by)

    return router


def _about(feed: Feed) -> str:
    return f"feeds/{feed.province}/{feed.agency or 'office'}/{feed.id}"
