"""notify's route about sittings of the council: whom it invited, and what became of each message."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from services.notify.inviting import Inviting, SessionLedger
from shared.runtime.http.problems import problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access


def invitation_routes(inviting: Inviting, access: Access) -> APIRouter:
    """The route. ``access`` decides who may use it."""
    router = service_router(prefix="/v1", dependencies=[Depends(access.caller)], responses=problem_answers(401, 403))

    @router.get("/invitations")
    async def invitations() -> list[SessionLedger]:
        """Each session's members with the messages to them, and who has no mailbox or could not be reached."""
        return await inviting.ledger()

    return router
