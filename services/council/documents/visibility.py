"""Who may read which paper of a session, and when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.council.documents.province import PaperKind
from services.council.state import StoredSession
from shared.contracts.people import Role

STAFF: Final = frozenset[Role]({"secretary", "leader"})
_COUNCIL: Final = STAFF | frozenset[Role]({"member"})
EVERYONE: Final = _COUNCIL | frozenset[Role]({"viewer"})

READERS: Final[Mapping[PaperKind, frozenset[Role]]] = {
    "invitation": _COUNCIL,
    "programme": EVERYONE,
    "run_sheet": STAFF,
    "appraisal": _COUNCIL,
    "results": _COUNCIL,
    "watch_list": _COUNCIL,
    "reporting": _COUNCIL,
    "urging": STAFF,
    "attendance": STAFF,
    "ballot": _COUNCIL,
    "opinion_form": _COUNCIL,
    "counting_minutes": _COUNCIL,
    "minutes": _COUNCIL,
    "conclusions": EVERYONE,
    "submission": STAFF,
    "decision": STAFF,
    "explanation": _COUNCIL,
    "consultation": STAFF,
    "exemplars": STAFF,
    "monitoring": STAFF,
}
"""The roles that may read each kind. Fewer see persons' names in it: ``shared.contracts.names`` (L15)."""

AFTER_APPROVAL: Final = frozenset[PaperKind]({"minutes", "counting_minutes", "conclusions"})
_DRAFTS: Final = ("planned", "drafted")


def may_read(role: Role, kind: PaperKind, session: StoredSession) -> bool:
    """Whether a role may read a kind of paper of a session as it stands.

    Outside the standing office nobody reads a draft, or what tells the result before the chair approved the minutes.
    """
    if role not in READERS[kind]:
        return False
    if role in STAFF:
        return True
    return minutes_approved(session) if kind in AFTER_APPROVAL else session.phase not in _DRAFTS


def minutes_approved(session: StoredSession) -> bool:
    """Whether the chair has approved the minutes as they are: nobody drafted them again or reopened the session."""
    for step in reversed(session.meeting.steps):
        if step.verb in ("approve_minutes", "draft_minutes", "reopen"):
            return step.verb == "approve_minutes"
    return False
