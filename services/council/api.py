"""council's HTTP routes: the secretariat's pages and sessions; for what it records see ``act_routes``."""

from __future__ import annotations

from fastapi import APIRouter

from services.council.act_routes import act_routes
from services.council.acts import CouncilActs
from services.council.desk.answering import reader_of
from services.council.desk.criteria_routes import criteria_routes
from services.council.desk.evidence_routes import evidence_routes
from services.council.desk.journal_routes import journal_routes
from services.council.desk.nominating_routes import nominating_routes
from services.council.desk.overview_routes import overview_routes
from services.council.desk.papers_routes import papers_routes
from services.council.desk.ranking_routes import ranking_routes
from services.council.desk.reading import DeskReader
from services.council.desk.room import Room
from services.council.desk.search_routes import search_routes
from services.council.desk.sessions_routes import sessions_routes
from services.council.desk.stream_routes import stream_routes
from services.council.handlers import Council
from services.council.oparl.routes import oparl_routes
from services.council.paper_acts import PaperActs
from services.council.paper_handlers import SessionPapers
from services.council.paper_life_routes import paper_life_routes
from services.council.paper_routes import paper_routes
from services.council.session_routes import session_routes
from services.council.store import CouncilStore
from services.council.work.closing import Closing
from services.council.work.paper_routes import paper_page_routes
from services.council.work.routes import work_routes
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References


def routes(
    council: Council,
    acts: CouncilActs,
    store: CouncilStore,
    references: References,
    access: Access,
    audit: Audit,
    clock: Clock,
    room: Room,
    papers: SessionPapers,
    paper_acts: PaperActs,
    prefix: str = "",
) -> list[APIRouter]:
    """council's routes, each of which asks who calls.

    The pages print the head of ``audit``, and check it; their links begin with ``prefix``.
    """
    reading, desk = reader_of(access, references, prefix), DeskReader(store, references, audit, clock)
    closing = Closing(council.sessions, acts, desk)
    return [
        overview_routes(desk, reading),
        sessions_routes(desk, reading),
        *(
            place(room, reading)
            for place in (criteria_routes, ranking_routes, nominating_routes, evidence_routes, search_routes)
        ),
        papers_routes(desk, papers, reading),
        journal_routes(desk, reading),
        stream_routes(store, room, room.changes, access),
        *work_routes(council.sessions, acts, closing, desk, room, reading),
        paper_page_routes(store, desk, papers, paper_acts, reading),
        session_routes(council.sessions, store, access, closing.close),
        act_routes(acts, store, clock, access),
        paper_routes(papers, access),
        paper_life_routes(paper_acts, access),
        oparl_routes(store, references, access),
    ]
