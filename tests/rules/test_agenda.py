"""What comes up at a session."""

from __future__ import annotations

from datetime import datetime

from services.council import rules
from services.council.state import Before, Numbers
from shared.contracts.council import JudgementGiven
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.plan import Session
from shared.contracts.scoring import AwardLists
from tests.support.movement import register, s0, s1, units

MOVEMENT = "trach-nhiem-ky-cuong-2023"
SESSIONS = {session.id: session for session in s1().sessions}
STAR = units(Tier.SO)[0]


def before(session: Session, *, complete: tuple[str, ...] = (), lists: tuple[AwardLists, ...] = ()) -> Before:
    return Before(
        session, s1(), [s0()], frozenset((MOVEMENT, each) for each in complete), {MOVEMENT: lists}, register()
    )


def lists(award: str, candidates: tuple[str, ...] = (), for_judgement: tuple[str, ...] = ()) -> AwardLists:
    return AwardLists(award=award, candidates=candidates, for_judgement=for_judgement, nearest=())


def test_the_first_session_was_over_before_the_plan_was_issued() -> None:
    """A24: Quý I ended on 31/3, the plan is of 04/4."""
    now = datetime(2023, 4, 5, tzinfo=VIETNAM)
    assert [rules.status(s, s1(), now) for s in s1().sessions] == ["historical", "draft", "draft", "draft"]


def test_a_session_is_closed_the_day_after_its_window() -> None:
    """30/6 is still open, 01/7 is not."""
    assert rules.status(SESSIONS["P2"], s1(), datetime(2023, 6, 30, 23, 59, tzinfo=VIETNAM)) == "draft"
    assert rules.status(SESSIONS["P2"], s1(), datetime(2023, 7, 1, tzinfo=VIETNAM)) == "closed"


def test_each_printed_session_brings_its_task_and_the_fourth_the_years_awards() -> None:
    """Tasks 6, 12, 23, and 27 on "Phiên tổng kết" (A23)."""
    assert [s.tasks for s in s1().sessions] == [("T06",), ("T12",), ("T23",), ("T27",)]
    assert SESSIONS["P4"].not_in_seed
    items, _ = rules.assemble(before(SESSIONS["P2"]), Numbers())
    assert [item.id for item in items] == ["task/T12"]


def test_reports_still_open_come_up_until_they_are_complete() -> None:
    """Those due by the end of the session's window."""
    items, _ = rules.assemble(before(SESSIONS["P4"], complete=("OB01", "OB02")), Numbers())
    open_reports = [item for item in items if item.kind == "open_report"]
    assert [item.id.rsplit("/")[-1] for item in open_reports] == [f"OB0{n}" for n in range(3, 10)]
    assert "Văn phòng Tỉnh ủy; hạn trước ngày 05/12/2023" in open_reports[0].title


def test_candidates_and_those_for_judgement_come_up_only_on_the_movements_session() -> None:
    """Session 1's flags name no movement: S0's are never attached to it (DOMAIN.md 1.4)."""
    found = (lists("C1", candidates=(STAR,)), lists("B1", for_judgement=(STAR,)))
    items, _ = rules.assemble(before(SESSIONS["P4"], lists=found), Numbers())
    assert [(i.kind, i.award, i.units) for i in items if i.award] == [
        ("candidates", "C1", (STAR,)),
        ("for_judgement", "B1", (STAR,)),
    ]
    elsewhere, _ = rules.assemble(before(SESSIONS["P1"], lists=found), Numbers())
    assert not [item for item in elsewhere if item.award]


def test_a_number_once_given_is_never_given_to_another_item() -> None:
    """Printed numbers are quoted in the room."""
    first, numbers = rules.assemble(before(SESSIONS["P4"], lists=(lists("B1", for_judgement=(STAR,)),)), Numbers())
    gone = next(item for item in first if item.kind == "for_judgement")
    second, numbers = rules.assemble(before(SESSIONS["P4"], lists=(lists("C1", candidates=(STAR,)),)), numbers)
    kept = {item.id: item.number for item in first}
    assert all(kept[item.id] == item.number for item in second if item.id in kept)
    new = next(item for item in second if item.kind == "candidates")
    assert new.number == max(kept.values()) + 1
    assert gone.number not in {item.number for item in second}


def test_only_units_and_criteria_of_the_plan_can_be_judged() -> None:
    """The refusal is in Vietnamese."""

    def given(unit: str, criterion: str) -> JudgementGiven:
        return JudgementGiven(unit=unit, criterion=criterion, verdict=Verdict.PASS, reason="họp", by="Chủ tịch")

    assert rules.unjudgeable(given(STAR, "hoan-thanh-xuat-sac"), s0(), register()) is None
    assert "mã" in (rules.unjudgeable(given("nowhere", "hoan-thanh-xuat-sac"), s0(), register()) or "")
    commune = units(Tier.XA)[0]
    assert rules.unjudgeable(given(commune, "tham-muu-hieu-qua"), s0(), register()) is not None
