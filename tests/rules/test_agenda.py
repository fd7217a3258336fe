"""What a session's agenda contains, and how a frozen agenda changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from services.council import judgement_rules, rules
from services.council.desk.pages import agenda_page, sessions_page
from services.council.state import CompleteReport, Numbers, ProvinceFacts, SessionContext, nominations_by_award
from shared.contracts.council import Agenda, AgendaItem, JudgementGiven
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.plans.duties import duties
from shared.plans.load import load_plan
from shared.wording.unit_names import full_name
from tests.support.movement import register, s0, s1, units
from tests.support.provinces import THAI_BINH

MOVEMENT = "trach-nhiem-ky-cuong-2023"
SESSIONS = {session.id: session for session in s1().sessions}
NOW = datetime(2023, 12, 20, 9, tzinfo=VIETNAM)
FIRST, SECOND, THIRD, FOURTH = units(Tier.SO)[:4]
DISTRICT = units(Tier.HUYEN)[0]
S3 = load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")
S4 = load_plan(THAI_BINH / "s4-snnptnt.yaml")


def lists(award: str, candidates: tuple[str, ...] = (), **unit_lists: tuple[str, ...]) -> AwardLists:
    return AwardLists(
        award=award, candidates=candidates, for_judgement=unit_lists.pop("for_judgement", ()), **unit_lists
    )


def nomination(n: int, award: str, subject: str, **changes: Any) -> Nomination:
    fields = {"kind": "tap_the", "status": "accepted", "nominator": FIRST, "movement": MOVEMENT, **changes}
    at = datetime(2023, 11, n, tzinfo=UTC)
    return Nomination.model_validate(
        {"id": f"n{n}", "plan": s0().ref, "award": award, "subject": subject, "at": at, **fields}
    )


def context_of(
    session: str = "P4",
    *award_lists: AwardLists,
    nominations: tuple[Nomination, ...] = (),
    complete: tuple[CompleteReport, ...] = (),
    plans: tuple[Plan, ...] = (),
    on: date = NOW.date(),
) -> SessionContext:
    by_movement: dict[str, list[Nomination]] = {}
    for entry in nominations:
        by_movement.setdefault(entry.movement, []).append(entry)
    facts = ProvinceFacts(
        plans=[s0(), *plans],
        complete=frozenset(complete),
        lists={MOVEMENT: award_lists},
        nominations=by_movement,
        register=register(),
    )
    return SessionContext(SESSIONS[session], s1(), facts, on)


def assembled(context: SessionContext) -> list[AgendaItem]:
    items, _ = rules.assemble(context, Numbers())
    return items


def of_awards(items: list[AgendaItem]) -> list[tuple[str, str | None, tuple[str, ...], tuple[str, ...]]]:
    return [(item.kind, item.award, item.units, item.proposed) for item in items if item.award]


def in_full() -> tuple[CompleteReport, ...]:
    return tuple((MOVEMENT, duty.id, duty.account) for duty in duties(s0(), register(), NOW.date()))


def page(agenda: Agenda, nominations: tuple[Nomination, ...] = ()) -> str:
    nominated = {MOVEMENT: nominations_by_award(MOVEMENT, [s0()], {MOVEMENT: nominations})}
    return agenda_page(agenda, register(), nominated, {"S0": s0().source}, NOW)


def agenda_of(items: list[AgendaItem], **changes: Any) -> Agenda:
    return Agenda(session="P4", name="Phiên tổng kết", plan=s1().ref, version=1, items=tuple(items), **changes)


def test_the_first_session_was_over_before_the_plan_was_issued() -> None:
    """A24: Quý I ended on 31/3, the plan was issued on 04/4; freezing does not change the status."""
    now = datetime(2023, 4, 5, tzinfo=VIETNAM)
    assert [rules.status(s, s1(), now) for s in s1().sessions] == ["historical", "draft", "draft", "draft"]
    assert rules.status(SESSIONS["P1"], s1(), now, frozen=True) == "historical"


def test_a_session_closes_the_day_after_its_window_and_until_then_is_frozen_if_the_desk_froze_it() -> None:
    """It is still open on 30/6, but not on 01/7."""
    last_minute, day_after = datetime(2023, 6, 30, 23, 59, tzinfo=VIETNAM), datetime(2023, 7, 1, tzinfo=VIETNAM)
    session = SESSIONS["P2"]
    assert [rules.status(session, s1(), now) for now in (last_minute, day_after)] == ["draft", "closed"]
    assert [rules.status(session, s1(), now, frozen=True) for now in (last_minute, day_after)] == ["frozen", "closed"]


def test_each_printed_session_has_its_task_and_the_fourth_has_the_years_awards() -> None:
    """They are tasks 6, 12 and 23, and task 27 for "Phiên tổng kết" (A23)."""
    assert [s.tasks for s in s1().sessions] == [("T06",), ("T12",), ("T23",), ("T27",)]
    assert SESSIONS["P4"].not_in_seed
    assert [entry.id for entry in assembled(context_of("P2"))] == ["task/T12"]


def test_the_agenda_of_a_session_that_ended_before_its_plan_arrived_has_only_the_tasks() -> None:
    """What else was discussed there is unknown."""
    items, _ = rules.assemble_historical(context_of("P4", lists("C1", (FIRST,))), Numbers())
    assert [entry.id for entry in items] == ["task/T27"]


def test_open_reports_are_on_the_agenda_until_they_are_complete() -> None:
    """They are due by the end of the session's window and listed by duty and account, the role and not its holder."""
    done = (("OB01", "van-phong-ubnd"), ("OB02", "van-phong-ubnd"), ("OB05", "cong-an"))
    context = context_of("P4", complete=tuple((MOVEMENT, *entry) for entry in done))
    open_reports = [item for item in assembled(context) if item.kind == "open_report"]
    assert [item.id.rsplit("/")[-1] for item in open_reports[:7]] == [f"OB0{n}" for n in range(3, 10)]
    assert "(Văn phòng Tỉnh ủy; hạn trước ngày 05/12/2023)" in open_reports[0].title
    assert open_reports[0].units == ("vp-tinh-uy",)
    assert not [item for item in assembled(context_of("P4", complete=in_full())) if item.kind == "open_report"]


def test_a_report_due_from_many_units_is_one_item_that_lists_the_units_still_due() -> None:
    """OB16: every sở and district reports its own year under S3; the first unit already has."""
    assert S3.movement is not None
    movement = S3.movement.id
    context = context_of("P4", plans=(S3,), complete=((movement, "OB16-2023", FIRST),))
    items = assembled(context)
    (item,) = [entry for entry in items if entry.id == f"report/{movement}/OB16-2023"]
    reporting_units = [unit.code for tier in (Tier.SO, Tier.HUYEN) for unit in register().of_tier(tier, context.today)]
    assert item.units == tuple(unit for unit in reporting_units if unit != FIRST)
    assert f"({len(item.units)} đơn vị; hạn trước ngày 10/12/2023)" in item.title
    assert not [entry for entry in items if "OB16-2024" in entry.id]


def test_candidates_and_units_for_judgement_are_only_on_the_movements_own_session() -> None:
    """Session 1's flags name no movement, so S0's awards are never attached to it (DOMAIN.md 1.4)."""
    award_lists = (lists("C1", (FIRST,)), lists("B1", for_judgement=(FIRST,), held=(SECOND,)))
    assert of_awards(assembled(context_of("P4", *award_lists))) == [
        ("candidates", "C1", (FIRST,), ()),
        ("for_judgement", "B1", (FIRST,), ()),
        ("held", "B1", (SECOND,), ()),
    ]
    assert not of_awards(assembled(context_of("P1", *award_lists)))


def test_of_several_candidates_for_a_single_flag_the_council_chooses_one() -> None:
    """A6: tied candidates are shown together, never awarded automatically; without one there is no item (A7)."""
    titles = {
        len(candidates): [item.title for item in assembled(context_of("P4", lists("C1", candidates))) if item.award]
        for candidates in ((), (FIRST,), (FIRST, SECOND))
    }
    assert titles[0] == []
    assert "nhiều đơn vị cùng đủ điều kiện, Hội đồng chọn 01" in titles[2][0]
    assert "Hội đồng chọn" not in titles[1][0]
    many = [item.title for item in assembled(context_of("P4", lists("B1", (FIRST, SECOND)))) if item.award]
    assert "Hội đồng chọn" not in many[0]


def test_proposed_and_eligible_units_are_shown_apart() -> None:
    """A42: a proposed unit on a list is marked there; one on no list appears in an item of its own."""
    award_lists = lists("B1", (FIRST, SECOND), for_judgement=(THIRD,))
    nominations = (
        nomination(3, "B1", SECOND),
        nomination(4, "B1", THIRD),
        nomination(5, "B1", FOURTH),
        nomination(6, "B1", FOURTH),
        nomination(7, "B1", FIRST, status="withdrawn"),
        nomination(8, "B1", FIRST, status="refused"),
        nomination(9, "C1", FIRST),
    )
    assert of_awards(assembled(context_of("P4", award_lists, nominations=nominations))) == [
        ("nominations", "C1", (FIRST,), (FIRST,)),
        ("candidates", "B1", (FIRST, SECOND), (SECOND,)),
        ("for_judgement", "B1", (THIRD,), (THIRD,)),
        ("nominations", "B1", (FOURTH,), (FOURTH,)),
    ]


def test_a_nominated_award_is_one_item_with_its_active_nominations_in_order_of_arrival() -> None:
    """Nominations of an inner movement that feed its award are included (S4 within S0)."""
    assert S4.movement is not None
    assert S4.movement.within == MOVEMENT
    inner_movement = S4.movement.id
    nominations = (
        nomination(5, "B4", "c5", name="Phòng Năm"),
        nomination(3, "B4", "c3", name="Phòng Ba", status="withdrawn"),
        nomination(4, "G1", "c4", name="Phòng Bốn", movement=inner_movement, into="B4"),
        nomination(2, "G1", "c2", name="Phòng Hai", movement=inner_movement),
        nomination(6, "B6", "p6", kind="can_bo"),
    )
    items = assembled(context_of("P4", nominations=nominations, plans=(S4,)))
    assert [(item.kind, item.award, item.nominations) for item in items if item.award] == [
        ("nominations", "B4", ("n4", "n5")),
        ("nominations", "B6", ("n6",)),
    ]


def test_an_item_number_is_never_reused_for_another_item() -> None:
    """People quote the printed numbers in the meeting."""
    first, numbers = rules.assemble(context_of("P4", lists("B1", for_judgement=(FIRST,))), Numbers())
    removed = next(item for item in first if item.kind == "for_judgement")
    second, numbers = rules.assemble(context_of("P4", lists("C1", (FIRST,))), numbers)
    kept = {item.id: item.number for item in first}
    unchanged = {item.id: item.number for item in second if item.id in kept}
    assert unchanged
    assert unchanged == {item_id: kept[item_id] for item_id in unchanged}
    added = next(item for item in second if item.kind == "candidates")
    assert added.number == max(kept.values()) + 1
    assert removed.number not in {item.number for item in second}


def test_a_frozen_item_stays_and_is_marked_while_the_figures_differ() -> None:
    """A37: the mark disappears when the figures agree again."""
    frozen, numbers = rules.assemble(
        context_of("P4", lists("C1", (FIRST,)), nominations=(nomination(1, "B4", "c"),)), Numbers()
    )
    later, numbers = rules.refresh_frozen(frozen, context_of("P4", lists("C1", (SECOND,))), numbers, supplement=True)
    assert [(item.id, item.number, item.title, item.units, item.nominations) for item in later] == [
        (item.id, item.number, item.title, item.units, item.nominations) for item in frozen
    ]
    marks = {item.id.partition("/")[0]: (item.changed, item.units_now) for item in later if item.award}
    assert marks == {"candidates": (True, (SECOND,)), "nominations": (True, ())}
    restored = context_of("P4", lists("C1", (FIRST,)), nominations=(nomination(1, "B4", "c"),))
    assert rules.refresh_frozen(later, restored, numbers, supplement=True) == (frozen, numbers)


def test_open_reports_and_tasks_of_a_frozen_agenda_stay_as_they_are_and_none_is_added() -> None:
    """A report received since stays on the agenda; a report that became due since takes no number."""
    frozen, numbers = rules.assemble(context_of("P4", complete=in_full()[:1]), Numbers())
    assert rules.refresh_frozen(frozen, context_of("P4", complete=in_full()), numbers, supplement=True) == (
        frozen,
        numbers,
    )
    assert rules.refresh_frozen(frozen, context_of("P4", plans=(S3,)), numbers, supplement=True) == (
        frozen,
        numbers,
    )


def test_an_award_added_after_the_freeze_is_a_supplement_with_the_next_number() -> None:
    """A supplement is frozen too; a session that has ended takes none."""
    frozen, numbers = rules.assemble(context_of("P4", lists("C1", (FIRST,))), Numbers())
    both_awards = context_of("P4", lists("C1", (FIRST,)), lists("B1", (SECOND,)))
    later, numbers = rules.refresh_frozen(frozen, both_awards, numbers, supplement=True)
    assert later[:-1] == frozen
    added = later[-1]
    assert (added.kind, added.units, added.supplement, added.changed) == ("candidates", (SECOND,), True, False)
    assert added.number == frozen[-1].number + 1
    refreshed, _ = rules.refresh_frozen(later, context_of("P4", lists("B1", (THIRD,))), numbers, supplement=False)
    assert (refreshed[-1].units, refreshed[-1].units_now, refreshed[-1].supplement) == ((SECOND,), (THIRD,), True)
    assert rules.refresh_frozen(frozen, both_awards, numbers, supplement=False)[0] == frozen


def test_the_page_shows_changes_supplements_and_proposed_units_by_name() -> None:
    """It never shows a unit code or a person's name."""
    nominations = (
        nomination(1, "B4", "c1", name="Phòng Tổ chức <b>"),
        nomination(2, "B6", "p2", kind="can_bo"),
        nomination(3, "C1", FIRST),
    )
    frozen, numbers = rules.assemble(context_of("P4", lists("C1", (FIRST,)), nominations=nominations), Numbers())
    current = (
        nomination(1, "B4", "c1", name="Phòng Tổ chức <b>", status="withdrawn"),
        nomination(4, "B4", "c4", name="Phòng Bốn"),
        *nominations[1:],
    )
    context = context_of("P4", lists("C1", (SECOND,)), lists("B2", (DISTRICT, "not-heard-of-yet")), nominations=current)
    items, _ = rules.refresh_frozen(frozen, context, numbers, supplement=True)
    html = page(agenda_of(items, status="frozen", frozen_at=NOW), current)
    name_of = partial(full_name, register())
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

    assert judgement_rules.judgement_problem(given(FIRST, "hoan-thanh-xuat-sac"), s0(), register()) is None
    assert "mã" in (judgement_rules.judgement_problem(given("nowhere", "hoan-thanh-xuat-sac"), s0(), register()) or "")
    commune = units(Tier.XA)[0]
    assert judgement_rules.judgement_problem(given(commune, "tham-muu-hieu-qua"), s0(), register()) is not None
