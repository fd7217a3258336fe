"""What comes up at a session, and what becomes of an agenda once it is fixed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.council import rules
from services.council.desk.pages import agenda_page, sessions_page
from services.council.state import CompleteReport, Numbers, ProvinceFacts, SessionContext, nominations_by_award
from shared.contracts.council import Agenda, AgendaItem, JudgementGiven
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.plans.duties import duties
from shared.plans.load import THAI_BINH, load_plan
from tests.support.movement import register, s0, s1, units

MOVEMENT = "trach-nhiem-ky-cuong-2023"
SESSIONS = {session.id: session for session in s1().sessions}
NOW = datetime(2023, 12, 20, 9, tzinfo=VIETNAM)
FIRST, SECOND, THIRD, FOURTH = units(Tier.SO)[:4]
DISTRICT = units(Tier.HUYEN)[0]
S3 = load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")
S4 = load_plan(THAI_BINH / "s4-snnptnt.yaml")


def lists(award: str, candidates: tuple[str, ...] = (), **others: tuple[str, ...]) -> AwardLists:
    return AwardLists(award=award, candidates=candidates, for_judgement=others.pop("for_judgement", ()), **others)


def nomination(n: int, award: str, subject: str, **how: Any) -> Nomination:
    given = {"kind": "tap_the", "status": "accepted", "nominator": FIRST, "movement": MOVEMENT, **how}
    at = datetime(2023, 11, n, tzinfo=UTC)
    return Nomination.model_validate(
        {"id": f"n{n}", "plan": s0().ref, "award": award, "subject": subject, "at": at, **given}
    )


def before(
    session: str = "P4",
    *found: AwardLists,
    nominations: tuple[Nomination, ...] = (),
    complete: tuple[CompleteReport, ...] = (),
    plans: tuple[Plan, ...] = (),
    on: date = NOW.date(),
) -> SessionContext:
    by_movement: dict[str, list[Nomination]] = {}
    for item in nominations:
        by_movement.setdefault(item.movement, []).append(item)
    known = ProvinceFacts(
        plans=[s0(), *plans],
        complete=frozenset(complete),
        lists={MOVEMENT: found},
        nominations=by_movement,
        register=register(),
    )
    return SessionContext(SESSIONS[session], s1(), known, on)


def assembled(given: SessionContext) -> list[AgendaItem]:
    items, _ = rules.assemble(given, Numbers())
    return items


def of_awards(items: list[AgendaItem]) -> list[tuple[str, str | None, tuple[str, ...], tuple[str, ...]]]:
    return [(item.kind, item.award, item.units, item.proposed) for item in items if item.award]


def in_full() -> tuple[CompleteReport, ...]:
    return tuple((MOVEMENT, duty.id, duty.account) for duty in duties(s0(), register(), NOW.date()))


def page(agenda: Agenda, nominations: tuple[Nomination, ...] = ()) -> str:
    nominated = {MOVEMENT: nominations_by_award(MOVEMENT, [s0()], {MOVEMENT: nominations})}
    return agenda_page(agenda, register(), nominated, {"S0": s0().source.name}, NOW)


def agenda_of(items: list[AgendaItem], **how: Any) -> Agenda:
    return Agenda(session="P4", name="Phiên tổng kết", plan=s1().ref, version=1, items=tuple(items), **how)


def test_the_first_session_was_over_before_the_plan_was_issued() -> None:
    """A24: Quý I ended on 31/3, the plan is of 04/4; freezing changes nothing about that."""
    now = datetime(2023, 4, 5, tzinfo=VIETNAM)
    assert [rules.status(s, s1(), now) for s in s1().sessions] == ["historical", "draft", "draft", "draft"]
    assert rules.status(SESSIONS["P1"], s1(), now, frozen=True) == "historical"


def test_a_session_is_closed_the_day_after_its_window_and_until_then_frozen_if_the_desk_froze_it() -> None:
    """30/6 is still open, 01/7 is not."""
    last, after = datetime(2023, 6, 30, 23, 59, tzinfo=VIETNAM), datetime(2023, 7, 1, tzinfo=VIETNAM)
    session = SESSIONS["P2"]
    assert [rules.status(session, s1(), now) for now in (last, after)] == ["draft", "closed"]
    assert [rules.status(session, s1(), now, frozen=True) for now in (last, after)] == ["frozen", "closed"]


def test_each_printed_session_brings_its_task_and_the_fourth_the_years_awards() -> None:
    """Tasks 6, 12, 23, and 27 on "Phiên tổng kết" (A23)."""
    assert [s.tasks for s in s1().sessions] == [("T06",), ("T12",), ("T23",), ("T27",)]
    assert SESSIONS["P4"].not_in_seed
    assert [item.id for item in assembled(before("P2"))] == ["task/T12"]


def test_of_a_session_that_was_over_when_it_became_known_only_the_tasks_are_on_the_agenda() -> None:
    """What else came up on it nobody knows."""
    items, _ = rules.assemble_historical(before("P4", lists("C1", (FIRST,))), Numbers())
    assert [item.id for item in items] == ["task/T27"]


def test_reports_still_open_come_up_until_they_are_complete() -> None:
    """Those due by the end of the session's window, by duty and who owes it: the role, whoever holds it."""
    done = (("OB01", "van-phong-ubnd"), ("OB02", "van-phong-ubnd"), ("OB05", "cong-an"))
    given = before("P4", complete=tuple((MOVEMENT, *entry) for entry in done))
    open_reports = [item for item in assembled(given) if item.kind == "open_report"]
    assert [item.id.rsplit("/")[-1] for item in open_reports[:7]] == [f"OB0{n}" for n in range(3, 10)]
    assert "(Văn phòng Tỉnh ủy; hạn trước ngày 05/12/2023)" in open_reports[0].title
    assert open_reports[0].units == ("vp-tinh-uy",)
    assert not [item for item in assembled(before("P4", complete=in_full())) if item.kind == "open_report"]


def test_a_report_that_many_owe_is_one_item_with_those_who_still_owe_it() -> None:
    """Every sở and district reports on the year of S3 for itself (OB16), the first of them has."""
    assert S3.movement is not None
    movement = S3.movement.id
    given = before("P4", plans=(S3,), complete=((movement, "OB16-2023", FIRST),))
    items = assembled(given)
    (item,) = [entry for entry in items if entry.id == f"report/{movement}/OB16-2023"]
    reporting_units = [u.code for tier in (Tier.SO, Tier.HUYEN) for u in register().of_tier(tier, given.today)]
    assert item.units == tuple(unit for unit in reporting_units if unit != FIRST)
    assert f"({len(item.units)} đơn vị; hạn trước ngày 10/12/2023)" in item.title
    assert not [entry for entry in items if "OB16-2024" in entry.id]


def test_candidates_and_those_for_judgement_come_up_only_on_the_movements_session() -> None:
    """Session 1's flags name no movement: S0's are never attached to it (DOMAIN.md 1.4)."""
    found = (lists("C1", (FIRST,)), lists("B1", for_judgement=(FIRST,), held=(SECOND,)))
    assert of_awards(assembled(before("P4", *found))) == [
        ("candidates", "C1", (FIRST,), ()),
        ("for_judgement", "B1", (FIRST,), ()),
        ("held", "B1", (SECOND,), ()),
    ]
    assert not of_awards(assembled(before("P1", *found)))


def test_of_several_candidates_for_a_single_flag_the_council_chooses_one() -> None:
    """A6: shown together, never awarded by themselves. Of nobody there is no item (A7)."""
    titles = {
        len(entry): [item.title for item in assembled(before("P4", lists("C1", entry))) if item.award]
        for entry in ((), (FIRST,), (FIRST, SECOND))
    }
    assert titles[0] == []
    assert "nhiều đơn vị cùng đủ điều kiện, Hội đồng chọn 01" in titles[2][0]
    assert "Hội đồng chọn" not in titles[1][0]
    many = [item.title for item in assembled(before("P4", lists("B1", (FIRST, SECOND)))) if item.award]
    assert "Hội đồng chọn" not in many[0]


def test_proposed_and_eligible_are_shown_apart() -> None:
    """A42: who is proposed among those on a list is marked; who is on none comes up in an item of its own."""
    found = lists("B1", (FIRST, SECOND), for_judgement=(THIRD,))
    asked = (
        nomination(3, "B1", SECOND),
        nomination(4, "B1", THIRD),
        nomination(5, "B1", FOURTH),
        nomination(6, "B1", FOURTH),
        nomination(7, "B1", FIRST, status="withdrawn"),
        nomination(8, "B1", FIRST, status="refused"),
        nomination(9, "C1", FIRST),
    )
    assert of_awards(assembled(before("P4", found, nominations=asked))) == [
        ("nominations", "C1", (FIRST,), (FIRST,)),
        ("candidates", "B1", (FIRST, SECOND), (SECOND,)),
        ("for_judgement", "B1", (THIRD,), (THIRD,)),
        ("nominations", "B1", (FOURTH,), (FOURTH,)),
    ]


def test_a_nominated_award_is_one_item_with_its_active_nominations_in_the_order_they_came() -> None:
    """Also those of a movement within this one that are for its award as well (S4 within S0)."""
    assert S4.movement is not None
    assert S4.movement.within == MOVEMENT
    inner = S4.movement.id
    asked = (
        nomination(5, "B4", "c5", name="Phòng Năm"),
        nomination(3, "B4", "c3", name="Phòng Ba", status="withdrawn"),
        nomination(4, "G1", "c4", name="Phòng Bốn", movement=inner, into="B4"),
        nomination(2, "G1", "c2", name="Phòng Hai", movement=inner),
        nomination(6, "B6", "p6", kind="can_bo"),
    )
    items = assembled(before("P4", nominations=asked, plans=(S4,)))
    assert [(item.kind, item.award, item.nominations) for item in items if item.award] == [
        ("nominations", "B4", ("n4", "n5")),
        ("nominations", "B6", ("n6",)),
    ]


def test_a_number_once_given_is_never_given_to_another_item() -> None:
    """Printed numbers are quoted in the room."""
    first, numbers = rules.assemble(before("P4", lists("B1", for_judgement=(FIRST,))), Numbers())
    gone = next(item for item in first if item.kind == "for_judgement")
    second, numbers = rules.assemble(before("P4", lists("C1", (FIRST,))), numbers)
    kept = {item.id: item.number for item in first}
    again = {item.id: item.number for item in second if item.id in kept}
    assert again
    assert again == {entry: kept[entry] for entry in again}
    new = next(item for item in second if item.kind == "candidates")
    assert new.number == max(kept.values()) + 1
    assert gone.number not in {item.number for item in second}


def test_a_frozen_item_stays_and_is_marked_while_the_figures_are_others() -> None:
    """A37; and the mark goes when they are the same again."""
    fixed, numbers = rules.assemble(
        before("P4", lists("C1", (FIRST,)), nominations=(nomination(1, "B4", "c"),)), Numbers()
    )
    later, numbers = rules.refresh_frozen(fixed, before("P4", lists("C1", (SECOND,))), numbers, supplement=True)
    assert [(item.id, item.number, item.title, item.units, item.nominations) for item in later] == [
        (item.id, item.number, item.title, item.units, item.nominations) for item in fixed
    ]
    marks = {item.id.partition("/")[0]: (item.changed, item.units_now) for item in later if item.award}
    assert marks == {"candidates": (True, (SECOND,)), "nominations": (True, ())}
    again = before("P4", lists("C1", (FIRST,)), nominations=(nomination(1, "B4", "c"),))
    assert rules.refresh_frozen(later, again, numbers, supplement=True) == (fixed, numbers)


def test_open_reports_and_tasks_of_a_frozen_agenda_stay_as_they_are_and_none_is_added() -> None:
    """The report that has come in since is on it still; what is due since takes no number."""
    fixed, numbers = rules.assemble(before("P4", complete=in_full()[:1]), Numbers())
    assert rules.refresh_frozen(fixed, before("P4", complete=in_full()), numbers, supplement=True) == (fixed, numbers)
    assert rules.refresh_frozen(fixed, before("P4", plans=(S3,)), numbers, supplement=True) == (fixed, numbers)


def test_an_award_that_comes_up_after_the_freeze_is_a_supplement_with_the_next_number() -> None:
    """It is fixed then as well; a session that has ended takes none."""
    fixed, numbers = rules.assemble(before("P4", lists("C1", (FIRST,))), Numbers())
    both = before("P4", lists("C1", (FIRST,)), lists("B1", (SECOND,)))
    later, numbers = rules.refresh_frozen(fixed, both, numbers, supplement=True)
    assert later[:-1] == fixed
    late = later[-1]
    assert (late.kind, late.units, late.supplement, late.changed) == ("candidates", (SECOND,), True, False)
    assert late.number == fixed[-1].number + 1
    again, _ = rules.refresh_frozen(later, before("P4", lists("B1", (THIRD,))), numbers, supplement=False)
    assert (again[-1].units, again[-1].units_now, again[-1].supplement) == ((SECOND,), (THIRD,), True)
    assert rules.refresh_frozen(fixed, both, numbers, supplement=False)[0] == fixed


def test_the_page_shows_what_has_changed_what_came_late_and_who_was_proposed_by_name() -> None:
    """Never a code, never a person's name."""
    asked = (
        nomination(1, "B4", "c1", name="Phòng Tổ chức <b>"),
        nomination(2, "B6", "p2", kind="can_bo"),
        nomination(3, "C1", FIRST),
    )
    fixed, numbers = rules.assemble(before("P4", lists("C1", (FIRST,)), nominations=asked), Numbers())
    now = (
        nomination(1, "B4", "c1", name="Phòng Tổ chức <b>", status="withdrawn"),
        nomination(4, "B4", "c4", name="Phòng Bốn"),
        *asked[1:],
    )
    given = before("P4", lists("C1", (SECOND,)), lists("B2", (DISTRICT, "not-heard-of-yet")), nominations=now)
    items, _ = rules.refresh_frozen(fixed, given, numbers, supplement=True)
    html = page(agenda_of(items, status="frozen", frozen_at=NOW), now)
    name_of = register().name_of
    assert "đã chốt · chốt lúc 09:00 ngày 20/12/2023" in html
    assert html.count("SỐ LIỆU ĐÃ THAY ĐỔI") == 2
    assert f'{name_of(FIRST)} <span class="mark">đã đề nghị</span>' in html
    assert f"<li>{name_of(SECOND)}</li>" in html
    assert html.count("Bổ sung</span>") == 2
    assert 'Phòng Tổ chức &lt;b&gt; <span class="mark">đã rút đề nghị</span>' in html
    assert "<li>Phòng Bốn</li>" in html
    assert f"cá nhân do {name_of(FIRST)} đề nghị" in html
    assert not [code for code in (FIRST, SECOND, DISTRICT, "not-heard-of-yet", "c1", "p2") if f">{code}" in html]
    assert "2 nội dung có số liệu đã thay đổi" in sessions_page([("/x", agenda_of(items, status="frozen"))])


def test_only_units_and_criteria_of_the_plan_can_be_judged() -> None:
    """The refusal is in Vietnamese."""

    def given(unit: str, criterion: str) -> JudgementGiven:
        return JudgementGiven(unit=unit, criterion=criterion, verdict=Verdict.PASS, reason="họp", by="Chủ tịch")

    assert rules.judgement_problem(given(FIRST, "hoan-thanh-xuat-sac"), s0(), register()) is None
    assert "mã" in (rules.judgement_problem(given("nowhere", "hoan-thanh-xuat-sac"), s0(), register()) or "")
    commune = units(Tier.XA)[0]
    assert rules.judgement_problem(given(commune, "tham-muu-hieu-qua"), s0(), register()) is not None
