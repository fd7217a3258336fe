"""More time: who may ask, what counts when it is granted, and what becomes of the reminders."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from services.intake.context import GrantedExtension, IntakeContext, Ledger
from services.intake.extensions import rules as extension_rules
from services.intake.obligations.rules import DueReport, view
from services.intake.reports.withdrawal import WithdrawalRequest
from services.notify import rules
from services.notify.channels import message
from services.notify.state import Account, Stand
from shared.contracts.extensions import Extension, ExtensionAnswer, ExtensionRequest
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from shared.contracts.receipts import Problem
from shared.plans.duties import duties
from tests.rules.test_taking_back import Story
from tests.support.movement import register, s0, units, with_role

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
DUE = datetime(2023, 12, 5, tzinfo=VIETNAM)
CONTEXT = IntakeContext(s0(), register())
OB06 = next(duty for duty in duties(s0(), register(), NOW.date()) if duty.id == "OB06")
DOCUMENTS = {"S0": "Kế hoạch 46/KH-UBND"}


def wish(until: date = date(2023, 12, 8), obligation: str = "OB06", period: str = "2023") -> ExtensionRequest:
    return ExtensionRequest(
        movement="trach-nhiem-ky-cuong-2023", obligation=obligation, period=period, until=until, reason="chờ số liệu"
    )


def ask(asked: ExtensionRequest, *so_far: Extension, now: datetime = NOW, agency: str = "so-noi-vu") -> Extension | str:
    found = extension_rules.due_obligation(asked, agency, CONTEXT, now)
    if isinstance(found, Problem):
        return found.code
    told = extension_rules.request_extension(asked, agency, found, "ledger", so_far, CONTEXT, now)
    return told.code if isinstance(told, Problem) else told


def granted(until: date | None = None, now: datetime = NOW, *so_far: Extension) -> Extension:
    asked = ask(wish(), now=NOW)
    assert isinstance(asked, Extension)
    told = extension_rules.answer(asked, ExtensionAnswer(granted=True, until=until), "ban-tdkt", so_far, CONTEXT, now)
    assert isinstance(told, Extension)
    return told


@pytest.mark.parametrize(
    ("asked", "agency", "code"),
    [
        (wish(obligation="OB07"), "so-noi-vu", "not_responsible"),
        (wish(obligation="OB99"), "so-noi-vu", "not_responsible"),
        (wish(period="2024"), "so-noi-vu", "no_due_day"),
        (wish(obligation="OB10"), "so-noi-vu", "no_due_day"),
        (wish(date(2023, 12, 4)), "so-noi-vu", "until_too_early"),
    ],
)
def test_more_time_is_for_what_one_owes_and_later_than_there_is(
    asked: ExtensionRequest, agency: str, code: str
) -> None:
    """What has no due day has nothing to extend."""
    assert ask(asked, agency=agency) == code


def test_more_time_has_an_end_also_where_the_office_grants_another_day() -> None:
    """A year typed wrongly: nothing could be reckoned with the last day there is, and nobody would be reminded."""
    assert ask(wish(date(2024, 12, 5))) == "until_too_late"
    assert ask(wish(date.max)) == "until_too_late"
    asked = ask(wish(date(2024, 12, 4)))
    assert isinstance(asked, Extension)
    told = extension_rules.answer(asked, ExtensionAnswer(granted=True, until=date.max), "ban-tdkt", [], CONTEXT, NOW)
    assert isinstance(told, Problem)
    assert told.code == "until_too_late"


def test_a_day_in_the_past_is_no_more_time() -> None:
    """Asked long afterwards."""
    assert ask(wish(), now=datetime(2023, 12, 20, tzinfo=VIETNAM)) == "until_too_early"


def test_granted_before_the_last_day_has_passed_it_makes_later_reports_ones_in_time() -> None:
    """Granted one second later it does not, and the office waits all the same."""
    in_time, late = granted(now=DUE - timedelta(seconds=1)), granted(now=DUE)
    assert (in_time.in_time, late.in_time) == (True, False)
    day = date(2023, 12, 4)
    assert extension_rules.granted_extension([in_time]).counts(day) == date(2023, 12, 8)
    assert extension_rules.granted_extension([late]).counts(day) == day
    assert extension_rules.granted_extension([late]).open_to(day) == date(2023, 12, 8)


def test_a_second_grant_is_in_time_by_the_first() -> None:
    """Given until the 8th, more is granted on the 7th."""
    first = granted()
    again = ask(wish(date(2023, 12, 12)), first)
    assert isinstance(again, Extension)
    second = extension_rules.answer(
        again, ExtensionAnswer(granted=True), "ban-tdkt", [first], CONTEXT, datetime(2023, 12, 7, 9, tzinfo=VIETNAM)
    )
    assert isinstance(second, Extension)
    assert second.in_time
    assert second.last_day == date(2023, 12, 4)
    assert extension_rules.granted_extension([first, second]) == GrantedExtension(
        date(2023, 12, 12), date(2023, 12, 12)
    )


def test_the_answer_goes_to_who_holds_the_role_when_it_is_given() -> None:
    """After a merger the successor owes the report; who asked still sees what became of it."""
    held = ({"unit": "so-noi-vu", "last": "2023-12-01"}, {"unit": "so-tai-chinh", "first": "2023-12-02"})
    context, after = IntakeContext(with_role("noi-vu", *held), register()), NOW + timedelta(days=1)
    asked = ask(wish())
    assert isinstance(asked, Extension)
    told = extension_rules.answer(asked, ExtensionAnswer(granted=True), "ban-tdkt", [], context, after)
    assert isinstance(told, Extension)
    assert (asked.agency, told.agency, told.account) == ("so-noi-vu", "so-tai-chinh", "noi-vu")
    seen = [
        agency
        for agency in ("so-noi-vu", "so-tai-chinh", "so-tttt")
        if extension_rules.concerns(asked, agency, context, after)
    ]
    assert seen == ["so-noi-vu", "so-tai-chinh"]


def test_whether_it_is_granted_in_time_is_judged_by_the_plan_as_it_is_then() -> None:
    """The plan was given a later day meanwhile; what the request was told stays said."""
    written = s0().model_dump(mode="json")
    for row in written["obligations"]:
        row["before"] = "2023-12-08" if row["id"] == "OB06" else row["before"]
    context = IntakeContext(Plan.model_validate(written), register())
    asked = ask(wish(date(2023, 12, 12)))
    assert isinstance(asked, Extension)
    told = extension_rules.answer(asked, ExtensionAnswer(granted=True), "ban-tdkt", [], context, DUE)
    assert isinstance(told, Extension)
    assert (told.last_day, told.in_time) == (date(2023, 12, 4), True)
    early = extension_rules.answer(asked, ExtensionAnswer(granted=True, until=date(2023, 12, 7)), "x", [], context, DUE)
    assert isinstance(early, Problem)


def test_a_refusal_needs_a_reason() -> None:
    """And is told to who asked."""
    asked = ask(wish())
    assert isinstance(asked, Extension)
    told = extension_rules.answer(asked, ExtensionAnswer(granted=False), "ban-tdkt", [], CONTEXT, NOW)
    assert isinstance(told, Problem)
    assert told.code == "no_reason"
    refused = extension_rules.answer(
        asked, ExtensionAnswer(granted=False, reason="Đã gia hạn"), "ban-tdkt", [], CONTEXT, NOW
    )
    assert isinstance(refused, Extension)
    assert (refused.status, refused.until) == ("refused", None)
    assert extension_rules.granted_extension([refused]) == GrantedExtension()


def test_what_is_owed_shows_the_plan_s_day_and_the_one_granted() -> None:
    """Not overdue while the office waits."""
    obligation = s0().obligation["OB06"]
    due_report = DueReport(obligation, "2023", date(2023, 12, 4), "noi-vu")
    after = DUE + timedelta(days=1)
    told = view(
        CONTEXT, "so-noi-vu", due_report, Ledger(), [], DOCUMENTS, after, extension_rules.granted_extension([granted()])
    )
    assert (told.last_day, told.extended_to, told.status) == (date(2023, 12, 4), date(2023, 12, 8), "not_sent")
    assert told.by_when.endswith("; được gia hạn đến hết ngày 08/12/2023")
    late = view(
        CONTEXT,
        "so-noi-vu",
        due_report,
        Ledger(),
        [],
        DOCUMENTS,
        after,
        extension_rules.granted_extension([granted(now=DUE)]),
    )
    assert late.by_when.endswith("báo cáo vẫn tính là quá hạn")
    assert view(CONTEXT, "so-noi-vu", due_report, Ledger(), [], DOCUMENTS, after).status == "overdue"


def test_reminders_go_toward_the_new_day_and_what_was_due_before_the_grant_is_not_caught_up_on() -> None:
    """Granted on the 1st until the 8th: the next reminder is the one three working days before the 8th."""
    stand = Stand().with_extension(granted())
    assert stand.extended is not None
    duty = OB06.extended(*stand.extended)
    account = Account().with_stand(duty.id, stand)
    plan = s0()
    at_grant = rules.remind(account, [duty], plan, "so-noi-vu", NOW)
    assert at_grant == account
    later = rules.remind(account, [duty], plan, "so-noi-vu", datetime(2023, 12, 5, 8, tzinfo=VIETNAM))
    (notice,) = later.notices.values()
    (line,) = notice.lines
    assert (line.stage, line.last_day, line.extended_from) == ("L-3", date(2023, 12, 8), date(2023, 12, 4))
    text = message(notice, register(), DOCUMENTS, "x.example", "ban-tdkt").get_content()
    assert "hạn chót hết ngày 08/12/2023, gia hạn từ ngày 04/12/2023 (còn 3 ngày làm việc)" in text


def test_an_older_word_about_an_extension_changes_nothing() -> None:
    """Granted, then the request is heard again."""
    asked = ask(wish())
    assert isinstance(asked, Extension)
    stand = Stand().with_extension(granted())
    assert stand.with_extension(asked) == stand


def test_who_is_told_at_once_of_what() -> None:
    """The office of a request, the agency of the answer; each once, in words a clerk understands."""
    asked = ask(wish())
    assert isinstance(asked, Extension)
    account = rules.notify_extension(Account(), asked, s0(), "ban-tdkt", NOW)
    account = rules.notify_extension(account, granted(), s0(), "ban-tdkt", NOW)
    again = rules.notify_extension(account, granted(), s0(), "ban-tdkt", NOW)
    assert again == account
    mails = [message(n, register(), DOCUMENTS, "x.example", "ban-tdkt") for n in account.notices.values()]
    assert [(mail["To"], mail["Subject"]) for mail in mails] == [
        ("ban-tdkt@x.example", "Đề nghị gia hạn báo cáo: 1 nội dung"),
        ("so-noi-vu@x.example", "Gia hạn báo cáo: 1 nội dung"),
    ]
    assert "Sở Nội vụ đề nghị đến hết ngày 08/12/2023. chờ số liệu." in mails[0].get_content()


def test_a_returned_report_is_told_at_once_and_reminded_of_again() -> None:
    """The duty was complete and is not any longer."""
    story = Story()
    everybody = [(unit, "80") for tier in s0().obligation["OB06"].expected for unit in units(tier)]
    sent = story.scores(*everybody)
    complete = Account().with_stand("OB06", Stand().with_receipt(1, sent.complete_at))
    office = story.withdraw(sent, WithdrawalRequest("standing_office", "ban-tdkt", "Thiếu chữ ký"))
    account = complete.with_stand("OB06", complete.stand("OB06").with_receipt(office.version or 0, office.complete_at))
    account = rules.notify_return(account, office, s0(), NOW)
    assert account.stand("OB06").complete_at is None
    (notice,) = account.notices.values()
    mail = message(notice, register(), DOCUMENTS, "x.example", "ban-tdkt")
    assert (mail["To"], mail["Subject"]) == ("so-noi-vu@x.example", "Trả lại báo cáo: 1 nội dung")
    assert "Báo cáo r-1: Thiếu chữ ký." in mail.get_content()
    again = rules.remind(account, [OB06], s0(), "so-noi-vu", datetime(2023, 12, 4, 8, tzinfo=VIETNAM))
    assert len(again.notices) == 2
