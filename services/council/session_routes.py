"""council's HTTP routes about sessions: the agendas, and all that the secretariat does about a session."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Header, Response

from services.council.session_handlers import SessionPlace, Sessions, award_limits
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from services.council.state import SessionContext, StoredSession
from services.council.store import CouncilStore
from shared.contracts.council import Agenda
from shared.contracts.people import Person
from shared.contracts.sessions import (
    AttendanceConfirmed,
    AttendanceGiven,
    ItemAdded,
    ItemMoved,
    ItemReason,
    OutcomeGiven,
    Reason,
    SessionCalled,
    SessionHead,
    SessionRecorded,
    VoteGiven,
)
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access

_CALLED = Form[SessionCalled](SessionCalled, "Phiên họp triệu tập thêm")
_HEAD = Form[SessionHead](SessionHead, "Thông tin phiên họp")
_MOVED = Form[ItemMoved](ItemMoved, "Vị trí nội dung")
_ADDED = Form[ItemAdded](ItemAdded, "Nội dung thêm")
_ITEM = Form[ItemReason](ItemReason, "Nội dung và lý do")
_CONFIRMED = Form[AttendanceConfirmed](AttendanceConfirmed, "Trả lời dự họp")
_ATTENDANCE = Form[AttendanceGiven](AttendanceGiven, "Điểm danh")
_RECORDED = Form[SessionRecorded](SessionRecorded, "Phiên đã họp")
_VOTE = Form[VoteGiven](VoteGiven, "Kết quả biểu quyết", limit=MAX_BODY_BYTES)
_OUTCOME = Form[OutcomeGiven](OutcomeGiven, "Kết quả nội dung", limit=MAX_BODY_BYTES)
_REASON = Form[Reason](Reason, "Lý do")

_Given = TypeVar("_Given")

Close = Callable[[SessionPlace, Person, int | None], Awaitable[StoredSession]]
"""Closes a session for a person who has seen a version of it, or none."""

_REFUSALS = problem_answers(400, 401, 403, 404, 409, 413, 415)
_SESSION = "/v1/sessions/{province}/{plan}/{session}"


async def _place(province: str, plan: str, session: str) -> SessionPlace:
    return SessionPlace(province, plan, session)


async def expected_version(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The version of the session that the caller has seen, from its ETag. Raises ``Refusal`` with 400."""
    if if_match is None:
        return None
    if (match := re.fullmatch(r'"(\d{1,9})"', if_match.strip())) is None:
        raise Refusal(400, "bad_version", 'Phiên bản đã xem phải ghi như trong ETag, ví dụ "12".')
    return int(match[1])


def session_routes(sessions: Sessions, store: CouncilStore, access: Access, close: Close) -> APIRouter:
    """The routes about sessions. ``close`` closes one.

    Each answer has the session's version as its ETag. With ``If-Match`` an action is refused (409) if another step was
    taken since; without it an action is refused where it would replace what is recorded.
    """
    router = service_router(dependencies=[Depends(access.caller)])

    async def act(
        place: SessionPlace,
        caller: Person,
        expected: int | None,
        response: Response,
        action: Callable[[StoredSession, SessionContext, Actor], StoredSession],
    ) -> Agenda:
        def act_now(session: StoredSession, context: SessionContext, now: datetime) -> StoredSession:
            return action(session, context, Actor(caller.name, caller.role, now, replaces=expected is not None))

        return _answer(await sessions.act(place, act_now, expected), response)

    @router.get("/v1/sessions")
    async def all_sessions() -> list[Agenda]:
        return [stored.agenda for stored in await store.all_sessions()]

    @router.get(f"{_SESSION}/agenda", responses=problem_answers(404))
    async def agenda(response: Response, place: SessionPlace = Depends(_place)) -> Agenda:
        return _answer(await find_session(store, place), response)

    @router.post("/v1/sessions/{province}/{plan}", status_code=201, openapi_extra=_CALLED.openapi, responses=_REFUSALS)
    async def call(
        province: str,
        plan: str,
        response: Response,
        caller: Person = Depends(access.caller),
        given: SessionCalled = Depends(_CALLED.body),
    ) -> Agenda:
        return _answer(await sessions.call(province, plan, given, caller.name, caller.role), response)

    @router.put(f"{_SESSION}/confirmation", openapi_extra=_CONFIRMED.openapi, responses=_REFUSALS)
    async def confirm(
        response: Response,
        place: SessionPlace = Depends(_place),
        caller: Person = Depends(access.caller),
        given: AttendanceConfirmed = Depends(_CONFIRMED.body),
    ) -> Agenda:
        """The caller's own answer to the invitation, as the member whose id the account has (0090)."""
        return await act(
            place, caller, None, response, lambda session, _, actor: actions.confirm(session, given, caller.id, actor)
        )

    def simple(path: str, action: Callable[[StoredSession, SessionContext, Actor], StoredSession]) -> None:
        """A route without a body."""

        async def route(
            response: Response,
            place: SessionPlace = Depends(_place),
            caller: Person = Depends(access.caller),
            expected: int | None = Depends(expected_version),
        ) -> Agenda:
            return await act(place, caller, expected, response, action)

        router.add_api_route(
            f"{_SESSION}/{path}", route, methods=["POST"], name=path, responses=_REFUSALS, response_model=Agenda
        )

    simple("draft", lambda session, context, actor: actions.draft(session, context.last_head, actor))
    simple("freeze", lambda session, context, actor: actions.freeze(session, actor))
    simple("start", lambda session, context, actor: actions.start(session, context.rules, actor))
    simple("minutes/draft", lambda session, context, actor: actions.draft_minutes(session, actor))
    simple("minutes/approve", lambda session, context, actor: actions.approve_minutes(session, actor))

    @router.post(f"{_SESSION}/close", responses=_REFUSALS)
    async def close_session(
        response: Response,
        place: SessionPlace = Depends(_place),
        caller: Person = Depends(access.caller),
        expected: int | None = Depends(expected_version),
    ) -> Agenda:
        """What the council proposed is recorded first (0095)."""
        return _answer(await close(place, caller, expected), response)

    def with_body(
        method: str,
        path: str,
        form: Form[_Given],
        action: Callable[[StoredSession, SessionContext, Actor, _Given], StoredSession],
    ) -> None:
        """A route with a body."""

        async def route(
            response: Response,
            place: SessionPlace = Depends(_place),
            caller: Person = Depends(access.caller),
            expected: int | None = Depends(expected_version),
            given: _Given = Depends(form.body),
        ) -> Agenda:
            return await act(
                place,
                caller,
                expected,
                response,
                lambda session, context, actor: action(session, context, actor, given),
            )

        router.add_api_route(
            f"{_SESSION}/{path}",
            route,
            methods=[method],
            name=path,
            openapi_extra=form.openapi,
            responses=_REFUSALS,
            response_model=Agenda,
        )

    with_body(
        "PUT",
        "head",
        _HEAD,
        lambda session, context, actor, given: actions.set_head(
            session, given, frozenset(context.facts.register.by_code), actor
        ),
    )
    with_body("POST", "moves", _MOVED, lambda session, context, actor, given: actions.move(session, given, actor))
    with_body("POST", "items", _ADDED, lambda session, context, actor, given: actions.add(session, given, actor))
    with_body("POST", "items/remove", _ITEM, lambda session, _, actor, given: actions.remove(session, given, actor))
    with_body("POST", "items/restore", _ITEM, lambda session, _, actor, given: actions.restore(session, given, actor))
    with_body(
        "PUT",
        "attendance",
        _ATTENDANCE,
        lambda session, context, actor, given: actions.attend(session, given, context.rules, actor),
    )
    with_body("POST", "record", _RECORDED, lambda session, _, actor, given: actions.record(session, given, actor))
    with_body(
        "POST",
        "votes",
        _VOTE,
        lambda session, context, actor, given: actions.vote(
            session, given, context.rules, award_limits(given.item, session, context), actor
        ),
    )
    with_body(
        "POST",
        "outcomes",
        _OUTCOME,
        lambda session, context, actor, given: actions.decide(
            session, given, award_limits(given.item, session, context), actor
        ),
    )
    with_body("POST", "reopen", _REASON, lambda session, _, actor, given: actions.reopen(session, given.reason, actor))
    with_body("POST", "cancel", _REASON, lambda session, _, actor, given: actions.cancel(session, given.reason, actor))
    return router


async def find_session(store: CouncilStore, place: SessionPlace) -> StoredSession:
    """The session at a place. Raises ``Refusal`` with 404."""
    if (stored := await store.session(place.key)) is None:
        raise Refusal(404, "no_session", "Không có phiên họp này.")
    return stored


def _answer(stored: StoredSession, response: Response) -> Agenda:
    response.headers["ETag"] = f'"{stored.meeting.version}"'
    return stored.agenda
