"""The desk's pages about sessions: what is missing, what changed, what the chair and the members must weigh."""

from __future__ import annotations

from datetime import timedelta

from services.council.desk.needs import next_session, session_needs
from services.council.desk.session_list import session_list
from services.council.desk.session_page import session_view
from services.council.desk.sitting_pages import chair_view, member_view
from shared.contracts.council import ChangeCause, ItemChange
from shared.contracts.council_rules import CouncilRules
from shared.contracts.sessions import AttendanceConfirmed, Confirmation, ItemOutcome, OutcomeGiven, SessionHead
from shared.wording.unit_names import full_name
from tests.support.agendas import FIRST, NOW, SECOND, SESSIONS, THIRD, lists
from tests.support.desk_data import HEAD, data_of, items, present, session, step
from tests.support.movement import register

RULES = CouncilRules()
TODAY = NOW.date()
WINDOWS = {f"thai-binh/38-kh-hdtdkt-2023/{key}": entry.window for key, entry in SESSIONS.items()}
AWARDS = (lists("C1", (FIRST, SECOND)), lists("B1", (THIRD,), for_judgement=(FIRST,), held=(SECOND,)))


def words(*needs: object) -> list[str]:
    return [getattr(need, "words", "") for need in needs]


def test_a_draft_lacks_its_head_and_what_the_figures_leave_open() -> None:
    """In the order in which a secretary works."""
    assert words(*session_needs(session(items(*AWARDS)), RULES, TODAY)) == [
        "Chưa ghi ngày họp, giờ họp, nơi họp, người chủ trì, danh sách thành viên.",
        "Còn 1 danh sách chờ thẩm định.",
        "Còn 1 danh sách có trường hợp tạm dừng xét.",
        "Chưa chốt chương trình: 5 nội dung chưa được đánh số.",
    ]
    assert words(*session_needs(session(head=HEAD), RULES, TODAY)) == ["Chương trình chưa có nội dung."]
    *_, waiting, _, _ = session_needs(session(items(*AWARDS)), RULES, TODAY)
    assert waiting.address.startswith("/tieu-chuan?phong-trao=thai-binh%2F")
    assert waiting.address.endswith("&ket-qua=cho-tham-dinh"), "units are judged there, not on the agenda"
    planned = session_needs(session(items(*AWARDS), "planned"), RULES, TODAY)
    assert planned[0].words.startswith("Chưa lập dự thảo chương trình;"), "or nine members are typed in vain"
    partly = SessionHead(day=TODAY, chair="tv-1", members=HEAD.members)
    assert words(*session_needs(session(items(), head=partly), RULES, TODAY))[0] == "Chưa ghi giờ họp, nơi họp."


def test_a_fixed_session_lacks_attendance_and_then_a_quorum() -> None:
    """Two thirds of nine members are six. Until its day the invitations are lacking, then the answers to them."""
    today = HEAD.model_copy(update={"day": TODAY})
    needs = [
        words(*session_needs(session(items(*AWARDS), "frozen", head=today, **attendance), RULES, TODAY))
        for attendance in ({}, present(5), present(6))
    ]
    assert needs == [["Chưa ghi điểm danh."], ["Có mặt 5/9 thành viên; cần ít nhất 6."], []]
    before = session(items(*AWARDS), "frozen", head=HEAD)
    (papers,) = session_needs(before, RULES, TODAY)
    assert papers.words == "Lập, gửi giấy mời và tài liệu họp trước ngày họp."
    assert (papers.leads_on, papers.address.startswith("/van-ban?")) == (True, True)
    answer = Confirmation(member="tv-2", given=AttendanceConfirmed(state="present"), by="Ủy viên", at=NOW)
    answered = session(items(*AWARDS), "frozen", head=HEAD, confirmations=(answer,))
    (unanswered,) = session_needs(answered, RULES, TODAY)
    assert unanswered.words == "Còn 8/9 thành viên chưa trả lời dự họp.", "one answer says nothing of the others"
    assert unanswered.address.endswith("/P4#thanh-vien")
    answers = [answer.model_copy(update={"member": member.id}) for member in HEAD.members]
    everybody = session(items(*AWARDS), "frozen", head=HEAD, confirmations=tuple(answers))
    assert session_needs(everybody, RULES, TODAY) == []
    yesterday = HEAD.model_copy(update={"day": TODAY - timedelta(days=1)})
    missed = session(items(*AWARDS), "frozen", head=yesterday, **present(6))
    assert words(*session_needs(missed, RULES, TODAY)) == ["Ngày họp đã qua, chưa ghi nhận đã họp."]


def test_after_the_sitting_outcomes_minutes_and_decisions_are_missed_in_turn() -> None:
    """A session that is closed still waits for its minutes and for the decisions about its proposals."""
    agenda = items(*AWARDS)
    given = OutcomeGiven(item=agenda[0].id, outcome="noted")
    outcome = ItemOutcome(number=1, given=given, by="Thư ký Hội đồng", at=NOW)
    begun = session(agenda, "held", head=HEAD, outcomes=(outcome,))
    assert words(*session_needs(begun, RULES, TODAY)) == ["Còn 4 nội dung chưa có kết quả: số 2, 3, 4, 5."]
    drafted = step("draft_minutes")
    assert words(*session_needs(session(agenda, "minutes_drafted", steps=(drafted,)), RULES, TODAY, 2)) == [
        "Biên bản chờ ký.",
        "2 đề nghị của Hội đồng chưa ghi nhận quyết định khen thưởng.",
    ]
    closed = session(agenda, "closed", steps=(drafted,))
    assert words(*session_needs(closed, RULES, TODAY)) == ["Biên bản dự thảo lúc 09:00 ngày 20/12/2023, chờ ký."]
    approved = session(agenda, "closed", steps=(drafted, step("approve_minutes")))
    assert words(*session_needs(approved, RULES, TODAY)) == []
    assert words(*session_needs(session(agenda, "cancelled"), RULES, TODAY)) == []


def test_the_next_session_is_the_one_that_has_begun_then_the_earliest_to_come() -> None:
    """One whose time passed unrecorded comes last, but is not forgotten."""
    coming = session(session="P4", name="Phiên tổng kết")
    missed = session(session="P3", name="Phiên thứ Ba", window_over=True)
    running = session(session="P2", name="Phiên thứ Hai", phase="held")
    closed = session(session="P1", name="Phiên thứ Nhất", phase="closed")
    assert next_session([closed, missed, coming, running], TODAY) is running
    assert next_session([closed, missed, coming], TODAY) is coming
    assert next_session([closed, missed], TODAY) is missed
    assert next_session([closed], TODAY) is None


def test_the_list_names_which_session_is_next_and_calls_nothing_closed_that_nobody_closed() -> None:
    """The years come latest first, the sessions of one in their order."""
    stored = [
        session(session="P3", name="Phiên thứ Ba", phase="planned", window_over=True),
        session(session="P4", phase="frozen", head=HEAD, of=items(*AWARDS)),
    ]
    view = session_list(stored, WINDOWS, TODAY)
    assert view.sentence == "Phiên họp tiếp theo: Phiên tổng kết, 08:00 ngày 21/12/2023; đã chốt."
    (year,) = view.years
    assert (year.year, [(row.name, row.when, row.status, row.is_next) for row in year.rows]) == (
        2023,
        [
            (
                "Phiên thứ Ba",
                "Dự kiến từ 01/7/2023 đến 30/9/2023",
                "Dự kiến, quá thời gian dự kiến, chưa ghi nhận đã họp",
                False,
            ),
            ("Phiên tổng kết", "08:00 ngày 21/12/2023", "Đã chốt", True),
        ],
    )
    assert session_list([], {}, TODAY).years == []


def test_the_first_sentence_of_a_session_names_what_is_left_before_and_what_changed_after_the_freeze() -> None:
    """A supplement is a change as well."""
    agenda = items(*AWARDS)
    draft = session_view(data_of(session(agenda)))
    assert draft.first == "Chưa chốt. Còn 1 đơn vị chờ thẩm định, 1 trường hợp tạm dừng xét."
    assert session_view(data_of(session())).first == "Chưa chốt. Không còn việc chờ số liệu."
    assert session_view(data_of(session(agenda, "frozen"))).first == "Số liệu không thay đổi từ khi chốt."
    supplement = agenda[0].model_copy(update={"supplement": True, "number": 6})
    changed = session_view(data_of(session([*agenda, supplement], "frozen")))
    assert changed.first == "Số liệu của 1 nội dung đã thay đổi từ khi chốt."
    assert [(c.number, c.words) for c in changed.changes] == [(6, "Nội dung bổ sung sau khi chốt.")]


def test_a_change_is_shown_with_its_item_and_its_report() -> None:
    """Who came, who went, since when, because of which report of whom."""
    agenda = items(*AWARDS)
    cause = ChangeCause(event="e", report="2/BC-CAT", by="cong-an-tinh", at=NOW, version=2)
    change = ItemChange(entered=(THIRD,), left=(FIRST,), since=NOW, because=(cause,))
    agenda[1] = agenda[1].model_copy(update={"change": change, "changed": True})
    view = session_view(data_of(session(agenda, "frozen")))
    entered, left = (full_name(register(), unit) for unit in (THIRD, FIRST))
    assert [(c.number, c.words) for c in view.changes] == [
        (
            2,
            f"Số liệu đã thay đổi từ ngày 20/12/2023: vào: {entered}; ra: {left}; "
            "vì báo cáo số 2/BC-CAT (lần 2) của Công an tỉnh, tiếp nhận lúc 09:00 ngày 20/12/2023.",
        )
    ]


def test_the_agenda_stands_in_two_groups_and_each_unit_leads_to_its_evidence() -> None:
    """What the council is asked about, then what is reported to it."""
    view = session_view(data_of(session(items(*AWARDS), "frozen")))
    assert [(group.name, len(group.rows)) for group in view.groups] == [
        ("I. Nội dung xin ý kiến Hội đồng", 4),
        ("II. Nội dung báo cáo Hội đồng", 1),
    ]
    subject = view.groups[0].rows[1].subjects[0]
    assert subject.name == full_name(register(), FIRST)
    assert subject.why == f"/vi-sao/thai-binh/trach-nhiem-ky-cuong-2023/{FIRST}?hinh-thuc=C1"


def test_items_that_were_moved_across_the_groups_keep_their_numbers() -> None:
    """The first group is then named again."""
    agenda = items(*AWARDS)
    moved = [agenda[4], *agenda[:4]]
    view = session_view(data_of(session([i.model_copy(update={"number": n}) for n, i in enumerate(moved, 1)])))
    assert [group.name[:3] for group in view.groups] == ["II.", "I. "]
    parted = [agenda[0], agenda[4], *agenda[1:4]]
    view = session_view(data_of(session([i.model_copy(update={"number": n}) for n, i in enumerate(parted, 1)])))
    assert view.groups[-1].name == "I. Nội dung xin ý kiến Hội đồng (tiếp)"
    assert [row.number for group in view.groups for row in group.rows] == [1, 2, 3, 4, 5]


def test_the_chair_reads_readings_ties_holds_and_changes_on_one_page() -> None:
    """Two candidates for one flag are a tie that the council decides."""
    otherwise = lists("C2", (), otherwise=("huyen-vu-thu",))
    view = chair_view(data_of(session(items(*AWARDS, otherwise), "frozen", head=HEAD)))
    assert view.first == (
        "Cần quyết định trước: 1 cách hiểu; đồng hạng: 1 danh sách; chờ thẩm định: 1 đơn vị; tạm dừng xét: 1 đơn vị."
    )
    assert [(section.name, len(section.rows)) for section in view.sections] == [
        ("Cách hiểu cần quyết định trước", 1),
        ("Đồng hạng, nhiều hơn số lượng được tặng", 1),
        ("Chờ thẩm định", 1),
        ("Tạm dừng xét", 1),
    ]
    assert (view.when, view.place) == ("08:00 ngày 21/12/2023", "Phòng họp số 1")
    assert view.attendance == "Chưa điểm danh; cần ít nhất 6/9 thành viên"
    assert view.changes_empty == "Số liệu không thay đổi từ khi chốt."
    quiet = chair_view(data_of(session()))
    assert quiet.first == "Không có điểm nào cần quyết định trước."
    assert [section.empty for section in quiet.sections] == [
        "Không có tiêu chuẩn nào còn hai cách hiểu.",
        "Không có trường hợp đồng hạng phải chọn.",
        "Không có đơn vị chờ thẩm định.",
        "Không có trường hợp tạm dừng xét.",
    ]


def test_a_member_reads_day_hour_and_place_and_five_lines() -> None:
    """On a telephone, five minutes before the session."""
    view = member_view(data_of(session(items(*AWARDS), "frozen", head=HEAD)))
    assert view.facts == [
        ("Thời gian", "08:00 ngày 21/12/2023"),
        ("Địa điểm", "Phòng họp số 1"),
        ("Trạng thái", "Đã chốt"),
    ]
    assert view.first == "4 nội dung xin ý kiến, 2 điểm cần cân nhắc."
    tie = items(*AWARDS)[1].title
    assert view.lines == [
        "Xin ý kiến: 4 nội dung; báo cáo Hội đồng: 1 nội dung.",
        "Xét đề nghị tặng: 3 trường hợp trong 2 danh sách.",
        f"Cần cân nhắc: {tie}.",
        f"Tạm dừng xét: {full_name(register(), SECOND)}.",
        "Số liệu không thay đổi từ khi chốt.",
    ]


def test_an_item_by_hand_keeps_its_basis_in_the_session_that_takes_it_over() -> None:
    """Once, and again where that session deferred it, too."""
    by_hand = items(*AWARDS)[0].model_copy(update={"id": "added/1", "other_kind": "by_hand", "cite": "Công văn số 12"})
    for other in ({}, {"id": "carried/P2/added/1", "other_kind": "carried_over"}):
        (group,) = session_view(data_of(session([by_hand.model_copy(update=other)]))).groups
        assert [row.cite for row in group.rows] == ["Công văn số 12"]
