"""Who may read the signed scan of a paper, and when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.council.documents.province import PaperKind
from services.council.documents.visibility import AFTER_APPROVAL, EVERYONE, READERS, STAFF, minutes_approved
from services.council.paper_life.state import PaperRecord, PaperVersion
from services.council.state import StoredSession
from shared.contracts.people import Role

SCAN_READERS: Final[Mapping[PaperKind, frozenset[Role]]] = {**READERS, "decision": EVERYONE}
"""The roles that may read the scan of each kind once it is issued. A decision is public then, its draft was not."""


def may_read_scan(role: Role, record: PaperRecord, version: PaperVersion, session: StoredSession) -> bool:
    """Whether a role may read the scan of an edition that has one.

    Outside the standing office nobody reads it before it bears its number, or one that tells the result before the
    chair approved the minutes. A replaced edition stays readable for those who could read it.
    """
    if version.scan is None or role not in SCAN_READERS[record.kind]:
        return False
    if role in STAFF:
        return True
    approved = record.kind not in AFTER_APPROVAL or minutes_approved(session)
    return approved and record.was_issued(version)


def may_know_of(role: Role, record: PaperRecord, session: StoredSession) -> bool:
    """Whether a role may see where a paper stands: the standing office, and whoever may read a scan of it."""
    return role in STAFF or any(may_read_scan(role, record, version, session) for version in record.versions)
