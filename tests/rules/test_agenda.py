"""What a session's agenda contains, and how a frozen agenda changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from services.council import judgement_rules, rules
from services.council.desk.frame import FRAME, PACKAGE
from services.council.desk.records import Records
from services.council.desk.session_list import session_list
from services.council.desk.session_page import SessionData, session_view
from services.council.desk.subjects import Subjects
from services.council.sessions import lifecycle
from services.council.state import StoredDecisions, StoredSession, nominations_by_award
from shared.contracts.council import Agenda, AgendaItem, Decision, ItemChange, JudgementGiven
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.nominations import Nomination
from shared.runtime.http.pages.frame import Page
from shared.runtime.http.pages.rendering import render
from shared.wording.unit_names import full_name
from tests.support.agendas import (
    DISTRICT,
    FIRST,
    FOURTH,
    MOVEMENT,
    NOW,
    S3,
    S4,
    SECOND,
    SESSIONS,
    THIRD,
    assembled,
    context_of,
    in_full,
    lists,
    nomination,
    refreshed,
)
from tests.support.movement import register, s0, s1, units


def of_awards(items: list[AgendaItem]) -> list[tuple[str, str | None, tuple[str, ...], tuple[str, ...]]]:
    return [(item.kind, item.award, item.units, item.proposed) for item in items if item.award]


def page(agenda: Agenda, nominations: tuple[Nomination, ...] = (), records: Records | None = None) -> str:
    nominated = {MOVEMENT: nominations_by_award(MOVEMENT, [s0()], {MOVEMENT: nominations})}
    subjects = Subjects("thai-binh", register(), nominated)
    data = SessionData(stored(agenda), subjects, {"S0": s0().source}, records or Records(), CouncilRules(), NOW.date())
    return render(PACKAGE, "session.html", session_view(data), FRAME, Page(agenda.name))


def stored(agenda: Agenda) -> StoredSession:
    return StoredSession("thai-binh/38-kh-hdtdkt-2023/P4", 1, agenda, NOW)


def agenda_of(items: list[AgendaItem], **changes: Any) -> Agenda:
    return Agenda(session="P4", name="Phiên tổng kết", plan=s1().ref, version=1, items=tuple(items), **changes)


def test_the_first_session_was_over_before_the_plan_was_issued() -> None:
    """A24: Quý I ended on 31/3, the plan was issued on 04/4."""
    assert [lifecycle.first_phase(s, s1()) for s in s1().sessions] == ["historical", *["planned"] * 3]


def test_the_window_of_a_session_is_over_on_the_day_after_it() -> None:
    """Not yet on 30/6, but on 01/7; of a session before its plan it goes without saying."""
    last_minute, day_after = datetime(2023, 6, 30, 23, 59, tzinfo=VIETNAM), datetime(2023, 7, 1, tzinfo=VIETNAM)
    session = SESSIONS["P2"]
    assert [lifecycle.is_window_over(session, "drafted", now) for now in (last_minute, day_after)] == [False, True]
    assert not lifecycle.is_window_over(session, "historical", day_after)


def test_each_printed_session_has_its_task_and_the_fourth_has_the_years_awards() -> None:
    """They are tasks 6, 12 and 23, and task 27 for "Phiên tổng kết" (A23)."""
    assert [s.tasks for s in s1().sessions] == [("T06",), ("T12",), ("T23",), ("T27",)]
    assert SESSIONS["P4"].not_in_seed
    assert [entry.id for entry in assembled(context_of("P2"))] == ["task/T12"]


def test_the_agenda_of_a_session_that_ended_before_its_plan_arrived_has_only_the_tasks() -> None:
    """What else was discussed there is unknown."""
    items = rules.assemble_historical(context_of("P4", lists("C1", (FIRST,))))
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


def test_a_frozen_item_stays_and_is_marked_while_the_figures_differ() -> None:
    """A37: the mark disappears when the figures agree again."""
    frozen = assembled(context_of("P4", lists("C1", (FIRST,)), nominations=(nomination(1, "B4", "c"),)))
    later = refreshed(frozen, context_of("P4", lists("C1", (SECOND,))))
    assert [(item.id, item.number, item.title, item.units, item.nominations) for item in later] == [
        (item.id, item.number, item.title, item.units, item.nominations) for item in frozen
    ]
    marks = {item.id.partition("/")[0]: (item.changed, item.units_now) for item in later if item.award}
    assert marks == {"candidates": (True, (SECOND,)), "nominations": (True, ())}
    restored = context_of("P4", lists("C1", (FIRST,)), nominations=(nomination(1, "B4", "c"),))
    assert refreshed(later, restored) == frozen


def test_a_unit_that_left_a_frozen_list_stays_named_when_the_council_then_declines_it() -> None:
    """The figures took it out; what the council decides about it afterwards is no reason to hide that."""
    frozen = assembled(context_of("P4", lists("C1", (FIRST, SECOND))))
    without = context_of("P4", lists("C1", (SECOND,)))
    declined = replace(without, acted_units=frozenset({FIRST}))
    left = refreshed(frozen, without)
    assert refreshed(left, declined) == left
    assert refreshed(frozen, declined) == frozen


def test_open_reports_and_tasks_of_a_frozen_agenda_stay_as_they_are_and_none_is_added() -> None:
    """A report received since stays on the agenda; a report that became due since takes no number."""
    frozen = assembled(context_of("P4", complete=in_full()[:1]))
    assert refreshed(frozen, context_of("P4", complete=in_full())) == frozen
    assert refreshed(frozen, context_of("P4", plans=(S3,))) == frozen


def test_an_award_added_after_the_freeze_is_a_supplement_with_the_next_number() -> None:
    """A supplement is frozen too; a session that has ended takes none."""
    frozen = assembled(context_of("P4", lists("C1", (FIRST,))))
    both_awards = context_of("P4", lists("C1", (FIRST,)), lists("B1", (SECOND,)))
    later = refreshed(frozen, both_awards)
    assert later[:-1] == frozen
    added = later[-1]
    assert (added.kind, added.units, added.supplement, added.changed) == ("candidates", (SECOND,), True, False)
    assert added.number == len(frozen) + 1
    again = refreshed(later, context_of("P4", lists("B1", (THIRD,))), supplement=False)
    assert (again[-1].units, again[-1].units_now, again[-1].supplement) == ((SECOND,), (THIRD,), True)
    assert refreshed(frozen, both_awards, supplement=False) == frozen


def test_the_page_shows_changes_supplements_and_proposed_units_by_name() -> None:
    """It never shows a unit code or a person's name."""
    nominations = (
        nomination(1, "B4", "c1", name="Phòng Tổ chức <b>"),
        nomination(2, "B6", "p2", kind="can_bo"),
        nomination(3, "C1", FIRST),
    )
    frozen = assembled(context_of("P4", lists("C1", (FIRST,)), nominations=nominations))
    current = (
        nomination(1, "B4", "c1", name="Phòng Tổ chức <b>", status="withdrawn"),
        nomination(4, "B4", "c4", name="Phòng Bốn"),
        *nominations[1:],
    )
    context = context_of("P4", lists("C1", (SECOND,)), lists("B2", (DISTRICT, "not-heard-of-yet")), nominations=current)
    items = refreshed(frozen, context)
    html = page(agenda_of(items, status="frozen", phase="frozen", numbered=True, frozen_at=NOW), current)
    name_of = partial(full_name, register())
    assert "<dt>Chốt chương trình</dt><dd>09:00 ngày 20/12/2023</dd>" in html
    assert html.count("</span> Số liệu đã thay đổi; theo số liệu mới nhất: ") == 2
    assert f'{name_of(FIRST)} <span class="mark">đã đề nghị</span>' in html
    assert f"theo số liệu mới nhất: {name_of(SECOND)}." in html
    assert html.count("Bổ sung</span>") == 2
    assert 'Phòng Tổ chức &lt;b&gt; <span class="mark">đã rút đề nghị</span>' in html
    assert "theo số liệu mới nhất: Phòng Bốn." in html
    assert f"cá nhân do {name_of(FIRST)} đề nghị" in html
    assert not [code for code in (FIRST, SECOND, DISTRICT, "not-heard-of-yet", "c1", "p2") if f">{code}" in html]
    of_list = session_list([stored(agenda_of(items, status="frozen", phase="frozen"))], {}, NOW.date())
    assert of_list.years[0].rows[0].note == "4 nội dung có số liệu đã thay đổi"


def test_a_deferred_item_shows_its_nominees_and_their_awards_and_no_old_change() -> None:
    """It is carried over to the next session, where it has no outcome yet."""
    nominations = (nomination(1, "B4", "c1", name="Phòng Tổ chức"),)
    (deferred,) = (entry for entry in assembled(context_of("P4", nominations=nominations)) if entry.award)
    differed = deferred.model_copy(update={"change": ItemChange(entered=("c1",), since=NOW)})
    context = replace(context_of("P3"), deferred=(differed,), last_session="P2")
    (carried,) = (entry for entry in assembled(context) if entry.award)
    assert (carried.other_kind, carried.change) == ("carried_over", None)
    granted = Decision.model_validate(
        {
            **{"movement": MOVEMENT, "plan": s0().ref, "register_version": 1, "award": "B4", "subject": "n1"},
            **{"status": "granted", "computed": None, "departs": False, "by": "Thư ký", "at": NOW, "version": 1},
        }
    )
    records = Records(decisions={MOVEMENT: StoredDecisions("", 1, {("B4", "n1"): granted})})
    html = page(agenda_of([carried], status="draft"), nominations, records)
    assert '<li>Phòng Tổ chức <span class="award">Chờ quyết định</span></li>' in html


def test_only_units_and_criteria_of_the_plan_can_be_judged() -> None:
    """The refusal is in Vietnamese."""

    def judgement(unit: str, criterion: str) -> JudgementGiven:
        return JudgementGiven(unit=unit, criterion=criterion, verdict=Verdict.PASS, reason="họp", by="Chủ tịch")

    assert judgement_rules.judgement_problem(judgement(FIRST, "hoan-thanh-xuat-sac"), s0(), register()) is None
    unknown = judgement_rules.judgement_problem(judgement("nowhere", "hoan-thanh-xuat-sac"), s0(), register())
    assert "mã" in (unknown or "")
    commune = units(Tier.XA)[0]
    assert judgement_rules.judgement_problem(judgement(commune, "tham-muu-hieu-qua"), s0(), register()) is not None


def test_two_communes_of_one_name_differ_on_the_page() -> None:
    """Đông Hưng and Tiền Hải both have a xã Đông Hoàng; nowhere is one printed without its district."""
    agenda = agenda_of(assembled(context_of("P4", lists("C3", ("12808", "13000")))), status="draft", phase="drafted")
    html = page(agenda)
    for district in ("huyện Đông Hưng", "huyện Tiền Hải"):
        assert f"<li>Ủy ban nhân dân xã Đông Hoàng, {district} <a" in html
    assert html.count("xã Đông Hoàng, ") == html.count("xã Đông Hoàng") == 4
    assert tuple(code for code in (">12808", ">13000") if code not in html) == (">12808", ">13000")
