"""Which documents a page of the desk is made from, and the address of the stream that says when they change. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from services.council.desk.addresses import CRITERIA, with_query
from services.council.desk.choosing import movement_key_of
from services.council.standings import MovementResults
from services.council.state import StoredSession
from services.council.stored_documents import eligibility_page_id
from shared.contracts.awards import Award
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.http.pages.changes import Watched, mark_of

CHANGES: Final = "thay-doi"
"""The last part of a stream's address."""


def session_stream(stored: StoredSession) -> str:
    """The address of the stream of a session's pages."""
    return _session_stream(stored.id, stored.revision)


@lru_cache(maxsize=64)
def _session_stream(session_id: str, revision: int) -> str:
    mark = mark_of(frozenset({("sessions", session_id, revision)}), session_watched(session_id))
    return with_query(f"/phien/{session_id}/{CHANGES}", tu=mark)


def session_watched(session_id: str) -> Watched:
    """What the pages of a session are made from."""
    return {"sessions": [session_id]}


def results_watched(plan: Plan, register: UnitRegister, award: Award, *, judgements: bool) -> Watched:
    """What the pages about the units of an award are made from: their verdicts and, for some pages, judgements."""
    key = movement_key_of(plan)
    pages = [eligibility_page_id(key, award.id, page) for page in range(register.pages(award.tier))]
    return {"heard": pages, "judgements": [key]} if judgements else {"heard": pages}


def results_stream(results: MovementResults, award: Award, judged: int | None = None) -> str:
    """The address of the stream of such a page.

    ``judged`` is the revision of the judgements that the page shows, 0 before the first; None if it shows none.
    """
    plan, shows = results.plan, judged is not None
    judgements = frozenset({("judgements", movement_key_of(plan), judged)} if judged else ())
    mark = mark_of(results.revisions | judgements, results_watched(plan, results.register, award, judgements=shows))
    return with_query(
        f"{CRITERIA}/{CHANGES}",
        phong_trao=movement_key_of(plan),
        hinh_thuc=award.id,
        tham_dinh="co" if shows else "",
        tu=mark,
    )
