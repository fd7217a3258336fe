"""Close a session: what the council proposed is recorded first, whoever asks for it, a page or a program."""

from __future__ import annotations

from collections.abc import Sequence

from services.council.acts import CouncilActs
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from services.council.state import StoredSession
from services.council.work.ending import PARTS, ending_view
from services.council.work.proposals import Proposal, by_movement
from shared.contracts.people import Person
from shared.runtime.http.problems import Refusal


class Closing:
    """Closes sessions (0088, 0095)."""

    def __init__(self, sessions: Sessions, acts: CouncilActs, desk: DeskReader) -> None:
        self._sessions, self._acts, self._desk = sessions, acts, desk

    async def close(self, place: SessionPlace, person: Person, seen: int | None) -> StoredSession:
        """Record the proposals that follow from the outcomes, then close the session.

        A crash in between loses nothing: closing again records the rest. ``seen`` is the version that the caller has
        seen; without one it is the version whose proposals are recorded. Raises ``Refusal``: 404, 409 as for every
        step, 422 naming each proposal that cannot be recorded; then the session stays open.
        """
        _, view = await self._desk.session(place.key, "ending", ending_view, PARTS)
        expected = view.version if seen is None else seen
        if view.version == expected and "close" in view.may and not view.left:
            await self._record(place.province, view.proposals, person.name)
        return await self._sessions.act(
            place,
            lambda session, _, now: actions.close(session, Actor(person.name, person.role, now, replaces=True)),
            expected,
        )

    async def _record(self, province: str, proposals: Sequence[Proposal], by: str) -> None:
        """Record what the council proposed; what is recorded already is left out."""
        for movement, places in by_movement(proposals).items():
            try:
                await self._acts.decide(province, movement, [proposals[n].given for n in places], by)
            except Refusal as refusal:
                raise _naming_places(refusal, proposals, places) from None


def _naming_places(refusal: Refusal, proposals: Sequence[Proposal], places: Sequence[int]) -> Refusal:
    """The refusal with the place of each proposal on the page, its item, award and subject."""
    problems = []
    for problem in refusal.extra.get("problems", ()):
        place = places[int(str(problem["pointer"]).split("/")[1])]
        given = proposals[place].given
        about = {"item": proposals[place].number, "award": given.award, "subject": given.subject}
        problems.append({**problem, "pointer": f"/de-nghi/{place}", **about})
    if not problems:
        return refusal
    detail = f"Chưa kết thúc được: {len(problems)} đề nghị của Hội đồng chưa ghi được, lý do ở từng dòng."
    return Refusal(refusal.status, refusal.code, detail, problems=problems)
