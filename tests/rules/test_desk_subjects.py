"""The names of nominees on the desk's pages."""

from __future__ import annotations

from services.council.desk.subjects import Subjects, numbered
from shared.contracts.awards import SubjectKind
from tests.support.agendas import MOVEMENT, nomination
from tests.support.movement import register

DISTRICT = "338"


def test_persons_that_one_agency_nominates_for_one_award_are_numbered() -> None:
    """Their own names stay in intake (L15), and two lines that read alike would be confused."""
    kind = SubjectKind.CA_NHAN
    made = [nomination(n, "D1", f"person-{n}", nominator=DISTRICT, kind=kind, name=None) for n in (1, 2)]
    other = nomination(3, "D2", "person-3", nominator=DISTRICT, kind=kind, name=None)
    subjects = Subjects("thai-binh", register(), {MOVEMENT: {"D1": made, "D2": [other]}})
    first, second, alone = (subjects.name(n.id) for n in (*made, other))
    assert first.startswith("cá nhân thứ nhất do Ủy ban nhân dân ")
    assert second == first.replace("thứ nhất", "thứ hai")
    assert alone == first.replace(" thứ nhất", "")
    assert numbered("cá nhân do Sở Y tế đề nghị", 12) == "cá nhân thứ 12 do Sở Y tế đề nghị"
