"""The pages on which a session is prepared: what can be done next, and what their forms show and read."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from services.council.access import may_use
from services.council.desk.needs import session_needs
from services.council.desk.next_steps import last_step, next_address, next_steps
from services.council.desk.papers import papers_address
from services.council.desk.records import Records
from services.council.sessions.order import numbered
from services.council.sessions.step_words import steps_since
from services.council.state import StoredSession
from services.council.work.calling import calling_body, calling_view
from services.council.work.composing import composing_view, place_of
from services.council.work.freezing import freeze_view
from services.council.work.head import head_body, head_view, member_fields
from services.council.work.reasoned import REASONED, reasoned_view
from shared.contracts.council_rules import CouncilRules
from shared.contracts.opinions import AgencyOpinion
from shared.contracts.people import Role
from shared.contracts.sessions import CouncilMeeting, RemovedItem, SessionHead
from shared.runtime.http.pages.submitted import FRESH, Submitted, refused
from shared.runtime.http.problems import Refusal
from shared.wording.typed_dates import day_typed, hour_typed
from tests.support.agendas import FIRST, MOVEMENT, NOW, SECOND, THIRD, lists
from tests.support.desk_data import HEAD, MEMBERS, data_of, items, present, session, step
from tests.support.movement import s0, s1

TODAY = NOW.date()
RULES = CouncilRules()
AWARDS = (lists("C1", (FIRST, SECOND)), lists("B1", (THIRD,), for_judgement=(FIRST,), held=(SECOND,)))


def offered(stored: StoredSession, role: Role = "secretary") -> list[tuple[str, bool]]:
    """The pages that a reader is offered, below the session's own, and whether each is the next."""
    steps = next_steps(stored, TODAY, partial(may_use, role))
    return [(one.address.removeprefix(f"/phien/{stored.id}"), one.main) for one in steps]


def test_the_next_thing_to_do_comes_first_in_each_phase() -> None:
    agenda = items(*AWARDS)
    yesterday, today = (HEAD.model_copy(update={"day": TODAY - timedelta(days=days)}) for days in (1, 0))
    nexts = [
        next_address(stored, TODAY)
        for stored in (
            *(session(agenda, "planned"), session(agenda), session(agenda, head=HEAD)),
            *(session(agenda, "frozen", head=HEAD), session(agenda, "frozen", head=today)),
            session(agenda, "frozen", head=HEAD, **present(6)),
            *(session(agenda, "held"), session((), "held"), session(agenda, "minutes_drafted")),
            *(session(agenda, "approved"), session(agenda, "closed")),
            session(agenda, "closed", steps=(step("approve_minutes"),)),
            *(session(agenda, "cancelled"), session(agenda, "historical")),
            *(session(agenda, "planned", window_over=True), session(agenda, "frozen", head=yesterday)),
            session(agenda, head=HEAD, window_over=True),
        )
    ]
    assert nexts == [
        *("/du-thao", "/thong-tin", "/chot", "/van-ban", "/diem-danh"),
        *("/dieu-hanh", "/dieu-hanh", "/bien-ban", "/bien-ban"),
        *("/ket-thuc", "/bien-ban", "", "", "", "/ghi-nhan", "/ghi-nhan", "/chot"),
    ]


def test_before_its_day_a_fixed_session_leads_to_its_papers_and_afterwards_to_those_that_follow() -> None:
    """The red button was the attendance, two weeks before the session."""
    fixed = session(items(*AWARDS), "frozen", head=HEAD)
    first, *_ = next_steps(fixed, TODAY, partial(may_use, "secretary"))
    assert (first.words, first.address, first.main) == ("Giấy mời, tài liệu họp", papers_address(fixed), True)
    closed = next_steps(session(items(*AWARDS), "closed"), TODAY, partial(may_use, "secretary"))
    assert "Biên bản, tờ trình, dự thảo quyết định" in [one.words for one in closed]


def test_a_draft_may_be_ordered_frozen_recorded_or_cancelled() -> None:
    """One without items cannot be frozen; what is done at once is a button, not a link."""
    planned = session(items(*AWARDS), "planned")
    assert [one.at_once for one in next_steps(planned, TODAY, partial(may_use, "secretary"))][:2] == [True, False]
    assert offered(planned)[0] == ("/du-thao", True)
    rest = [("/soan", False), ("/chot", False), ("/ghi-nhan", False), ("/huy", False)]
    assert offered(session(items(*AWARDS))) == [("/thong-tin", True), *rest]
    assert ("/chot", False) not in offered(session())


def test_readers_without_the_right_are_offered_nothing() -> None:
    """The leader may cancel; what a session lacks leads only those to a form who may use it."""
    draft = session(items(*AWARDS))
    assert offered(draft, "leader") == [("/huy", False)]
    assert [offered(draft, role) for role in ("member", "viewer", "operator")] == [[], [], []]
    head, *_, freeze = session_needs(draft, RULES, TODAY)
    by_role = {
        role: [
            (n.for_reader(partial(may_use, role)).address, n.for_reader(partial(may_use, role)).action)
            for n in (head, freeze)
        ]
        for role in ("secretary", "viewer")
    }
    page = f"/phien/{draft.id}"
    assert by_role == {
        "secretary": [(f"{page}/thong-tin", "Ghi thông tin"), (f"{page}/chot", "Xem trước khi chốt")],
        "viewer": [(page, "Xem"), (page, "Xem")],
    }


def test_a_step_is_described_with_its_person_item_and_reason() -> None:
    agenda = items(*AWARDS)
    steps = (step("draft"), step("remove", item=agenda[0].id, reason="Trùng", by="Trần Thị B"), step("add", item="x"))
    stored = session(agenda, steps=steps)
    described = (
        f"Trần Thị B đưa nội dung ra khỏi chương trình “{agenda[0].title}” lúc 09:00 ngày 20/12/2023; lý do: Trùng"
    )
    assert steps_since(stored.agenda, 1) == [described, "Thư ký Hội đồng thêm nội dung lúc 09:00 ngày 20/12/2023"]
    assert last_step(stored) == "Thư ký Hội đồng thêm nội dung lúc 09:00 ngày 20/12/2023"
    assert last_step(session(agenda)) == ""
    refusal = Refusal(409, "changed_meanwhile", "Trần Thị B vừa sửa.", since=[described])
    assert refused(Submitted.of([]), refusal).since == [described]


def test_an_agenda_is_ordered_until_it_is_frozen_and_takes_supplements_until_the_minutes() -> None:
    agenda = items(*AWARDS)
    off = RemovedItem(item="gone", title="Việc cũ", reason="Đã xong", by="Trần Thị B", at=NOW)
    stored = session(agenda)
    meeting = CouncilMeeting(removed=(off,))
    stored = StoredSession(stored.id, 1, stored.agenda.model_copy(update={"meeting": meeting}), NOW)
    draft = composing_view(data_of(stored))
    assert (draft.movable, draft.open, draft.first) == (
        *(True, True),
        f"{len(agenda)} nội dung; thứ tự và nội dung sửa được đến khi chốt.",
    )
    assert [entry.words for entry in draft.removed] == ["Trần Thị B đưa ra lúc 09:00 ngày 20/12/2023; lý do: Đã xong"]
    assert next(item.notes[0] for item in draft.items if item.notes) == "2 trường hợp"
    states = [
        (view.movable, view.open, view.first)
        for view in (composing_view(data_of(session(agenda, phase))) for phase in ("frozen", "closed"))
    ]
    after = len(agenda) + 1
    assert states == [
        (False, True, f"Chương trình đã chốt; nội dung thêm được đánh số {after} trở đi và ghi là bổ sung."),
        (False, False, "Không sửa được nữa: phiên họp đang ở trạng thái “đã kết thúc”."),
    ]
    assert (place_of(stored, agenda[1].id), place_of(stored, "gone")) == ("#noi-dung-2", "#da-dua-ra")


def test_a_form_of_members_has_a_row_for_each_and_three_blank_ones() -> None:
    """A council without members yet gets nine."""
    rows = member_fields(HEAD, None)
    assert [row.id for row in rows] == [*(member.id for member in MEMBERS), "", "", ""]
    assert len(member_fields(SessionHead(), None)) == 9
    view = head_view(data_of(session(items(), head=HEAD)))
    assert (view.at, view.units, view.written) == ("08:00", (), False)
    with_unit = HEAD.model_copy(update={"members": (MEMBERS[0].model_copy(update={"unit": FIRST}),)})
    assert FIRST in dict(head_view(data_of(session(items(), head=with_unit))).units)
    assert not head_view(data_of(session(items(), "closed"))).possible


def test_a_refused_form_of_members_keeps_its_rows_and_gains_those_added_meanwhile() -> None:
    """A row typed again is the member of the same office, if somebody has added it too."""
    head = SessionHead(members=MEMBERS[:3])
    typed = [("members/0/id", "tv-1"), ("members/0/office", "Chức danh mới"), ("members/7/office", "Chức danh thứ 2")]
    rows = member_fields(head, Submitted.of(typed))
    assert [(row.n, row.id, row.is_newer) for row in rows] == [
        (0, "tv-1", False),
        (7, "tv-2", False),
        (8, "tv-3", True),
    ]
    assert [row.recorded for row in rows] == [*MEMBERS[:3]]


def test_new_members_get_an_id_of_their_office_which_nobody_else_has() -> None:
    typed = Submitted.of(
        [
            *(("day", "05/01/2024"), ("at", "8 giờ 30"), ("chair", "dong-6")),
            *(("members/2/id", "pho-chu-tich"), ("members/2/office", "Phó Chủ tịch"), ("members/2/role", "member")),
            *(("members/5/office", " "), ("members/5/role", "member")),
            *(("members/6/office", "Phó Chủ tịch"), ("members/6/role", "deputy_chair")),
            *(("members/9/office", "…"), ("members/9/role", "member"), ("members/9/last", "31/02/2024")),
        ]
    )
    body = head_body(typed)
    assert body.value == {
        **{"day": "2024-01-05", "at": "08:30", "chair": "pho-chu-tich-2"},
        "members": [
            {"id": "pho-chu-tich", "office": "Phó Chủ tịch", "role": "member"},
            {"id": "pho-chu-tich-2", "office": "Phó Chủ tịch", "role": "deputy_chair"},
            {"id": "thanh-vien", "office": "…", "role": "member", "last": "31/02/2024"},
        ],
    }
    assert body.field_of("/members/1/office") == "members/6/office"
    assert head_body(Submitted.of([("place", "A")])).value == {"place": "A"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [("5/1/2024", "2024-01-05"), ("05.01.2024", "2024-01-05"), ("5 - 1 - 2024", "2024-01-05"), ("5/1/24", "5/1/24"),
     ("29/02/2023", "29/02/2023"), ("2024-01-05", "2024-01-05"), ("mai", "mai")],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(typed: str, read: str) -> None:
    assert day_typed(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [("8:00", "08:00"), ("8h", "08:00"), ("14 giờ 30", "14:30"), ("8H05", "08:05"), ("24:00", "24:00"), ("8", "8")],
)
def test_an_hour_is_read_as_people_write_it(typed: str, read: str) -> None:
    assert hour_typed(typed) == read


def test_what_a_step_does_for_good_is_read_before_it_is_taken() -> None:
    agenda = items(*AWARDS)
    record = reasoned_view("record", data_of(session(agenda, head=HEAD)))
    assert (record.with_day, record.day, record.here) == (True, HEAD.day, f"{record.address}/ghi-nhan")
    assert f"{len(agenda)} nội dung được đánh số 1 đến {len(agenda)}, không thay đổi nữa." in record.consequences
    numbered = reasoned_view("record", data_of(session(agenda, "frozen")))
    assert not any("đánh số" in line for line in numbered.consequences)
    assert "không hoàn tác được" in " ".join(reasoned_view("cancel", data_of(session(agenda))).consequences)
    late = reasoned_view("cancel", data_of(session(agenda, "held")))
    assert (late.possible, late.consequences) == (
        False,
        ["Không hủy phiên họp được: phiên họp đang ở trạng thái “đang họp”."],
    )
    assert {form.address for form in REASONED.values()} == {"/ghi-nhan", "/huy", "/mo-lai"}


def test_the_freeze_announces_the_mails_it_sends_and_what_waits_then() -> None:
    """notify invites the members at the freeze (0084); nothing on the page said so."""
    open_opinion = opinion_on("B1")
    records = Records(opinions={MOVEMENT: [(open_opinion, "overdue")]})
    waiting = freeze_view(data_of(session(items(lists("B1", for_judgement=(FIRST,)))), records=records))
    assert any("gửi thư mời họp" in line for line in waiting.consequences)
    assert any("còn chờ thẩm định" in line for line in waiting.consequences)
    (unanswered,) = (need for need in waiting.open if need.words == "Còn 1 ý kiến cơ quan khác chưa trả lời.")
    assert unanswered.address.startswith("/y-kien?phien=")
    nothing = freeze_view(data_of(session(items(lists("B1", (FIRST,))))))
    assert not any("chờ thẩm định" in line for line in nothing.consequences)


def opinion_on(award: str) -> AgencyOpinion:
    return AgencyOpinion.model_validate(
        {
            **{"id": "o1", "movement": MOVEMENT, "plan": s0().ref, "agency": "so-y-te", "number": "45/BTĐKT-NV"},
            **{"date": TODAY, "award": award, "about": "Việc chấp hành pháp luật", "by": "x", "at": NOW, "version": 1},
        }
    )


def test_a_called_session_gets_an_id_of_its_day_that_is_free() -> None:
    """Its form names the plan, which a program names in the address."""
    sent = Submitted.of(
        [("ke-hoach", "thai-binh/38"), ("name", "Phiên bất thường"), ("day", "28/12/2023"), ("tasks/*", "T27")]
    )
    province, plan, body = calling_body(sent, ["thai-binh/38/trieu-tap-2023-12-28", "thai-binh/39/trieu-tap"])
    assert (province, plan) == ("thai-binh", "38")
    assert body.value == {
        **{"name": "Phiên bất thường", "day": "2023-12-28", "tasks": ["T27"], "id": "trieu-tap-2023-12-28-2"}
    }
    assert calling_body(Submitted.of([("day", "mai")]), [])[2].value["id"] == "trieu-tap"
    view = calling_view([s0(), s1()])
    assert view.plans == [("thai-binh/38-kh-hdtdkt-2023", "Kế hoạch số 38/KH-HĐTĐKT")]
    assert [key for key, _ in view.movements] == ["trach-nhiem-ky-cuong-2023"]
    assert len(view.tasks) == 1


def test_of_several_forms_of_one_name_the_one_about_an_item_is_shown_again() -> None:
    form = refused(Submitted.of([("mau", "dua-ra"), ("item", "a/b")]), Refusal(422, "x", "y"))
    assert form.of("dua-ra", "item", "a/b") is form
    assert form.of("dua-ra", "item", "c") is FRESH
    assert form.of("chuyen", "item", "a/b") is FRESH


def test_after_the_freeze_its_page_names_what_is_different_now() -> None:
    agenda = items(*AWARDS)
    changed = agenda[1].model_copy(update={"changed": True, "units_now": (THIRD,)})
    frozen = session([agenda[0], changed], "frozen", frozen_at=NOW)
    assert [change.number for change in freeze_view(data_of(frozen)).changes] == [2]
    assert freeze_view(data_of(session([agenda[0], changed]))).changes == ()


def test_the_page_before_the_freeze_shows_every_number_that_will_be_given_in_its_group() -> None:
    """Items of both groups that were moved among each other begin a group again, as on the session's page."""
    first_item, *_ = agenda = items(*AWARDS)
    on_hold = next(item for item in agenda if item.kind == "held")
    last = first_item.model_copy(update={"id": "task/x", "title": "Nội dung cuối"})
    named = numbered([first_item, on_hold, last])
    first, second, again = freeze_view(data_of(session(named))).groups
    assert [(name, [number for number, _ in rows]) for name, rows in (first, second, again)] == [
        ("I. Nội dung xin ý kiến Hội đồng", [1]),
        ("II. Nội dung báo cáo Hội đồng", [2]),
        ("I. Nội dung xin ý kiến Hội đồng (tiếp)", [3]),
    ]
    assert again[1] == [(3, "Nội dung cuối")]
