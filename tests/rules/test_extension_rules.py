"""Deadline extensions: who may ask, which reports a grant makes timely, and how reminders change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from services.intake.context import GrantedExtension, IntakeContext, Ledger
from services.intake.extensions import rules as extension_rules
from services.intake.obligations import rules as obligation_rules
from services.intake.obligations.rules import DueReport
from services.intake.reports.withdrawal import WithdrawalRequest
from services.notify import messages
from services.notify.mails.writing import wording_of
from services.notify.state import Stand
from shared.contracts.extensions import Extension, ExtensionAnswer, ExtensionRequest
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from shared.contracts.receipts import Problem
from shared.plans.duties import duties
from tests.support.chasing import Chasing, stages
from tests.support.extensions import CONTEXT, NOW, ask, granted, wish
from tests.support.mails import LETTERHEAD, background, mail, text_of
from tests.support.movement import register, s0, units, with_role
from tests.support.provinces import OFFICE
from tests.support.report_history import ReportedLedger

DUE = datetime(2023, 12, 5, tzinfo=VIETNAM)
DOCUMENTS = {"S0": s0().source}
OB06 = next(duty for duty in duties(s0(), register(), NOW.date()) if duty.id == "OB06")


@pytest.mark.parametrize(
    ("wanted", "agency", "code"),
    [
        (wish(obligation="OB07"), "so-noi-vu", "not_responsible"),
        (wish(obligation="OB99"), "so-noi-vu", "not_responsible"),
        (wish(period="2024"), "so-noi-vu", "no_due_day"),
        (wish(obligation="OB10"), "so-noi-vu", "no_due_day"),
        (wish(date(2023, 12, 4)), "so-noi-vu", "until_too_early"),
    ],
)
def test_an_extension_needs_a_report_of_the_agency_and_a_later_day(
    wanted: ExtensionRequest, agency: str, code: str
) -> None:
    """An obligation without a due day cannot be extended."""
    assert ask(wanted, agency=agency) == code


def test_an_extension_has_a_latest_day_even_when_the_office_grants_another_day() -> None:
    """A mistyped year is refused: with the last possible date no reminder could be computed."""
    assert ask(wish(date(2024, 12, 5))) == "until_too_late"
    assert ask(wish(date.max)) == "until_too_late"
    request = ask(wish(date(2024, 12, 4)))
    assert isinstance(request, Extension)
    answer = extension_rules.answer(
        request, ExtensionAnswer(granted=True, until=date.max), "ban-tdkt", [], CONTEXT, NOW
    )
    assert isinstance(answer, Problem)
    assert answer.code == "until_too_late"


def test_a_day_in_the_past_is_no_extension() -> None:
    """The request comes after the requested day."""
    assert ask(wish(), now=datetime(2023, 12, 20, tzinfo=VIETNAM)) == "until_too_early"


def test_an_extension_granted_before_the_due_instant_makes_later_reports_timely() -> None:
    """An extension granted at the due instant does not, though the obligation stays open."""
    in_time, late = granted(now=DUE - timedelta(seconds=1)), granted(now=DUE)
    assert (in_time.in_time, late.in_time) == (True, False)
    day = date(2023, 12, 4)
    assert extension_rules.granted_extension([in_time]).timely_last_day(day) == date(2023, 12, 8)
    assert extension_rules.granted_extension([late]).timely_last_day(day) == day
    assert extension_rules.granted_extension([late]).open_last_day(day) == date(2023, 12, 8)


def test_a_second_grant_is_in_time_because_of_the_first() -> None:
    """The first grant runs until the 8th; the second comes on the 7th."""
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


def test_the_answer_goes_to_the_current_holder_of_the_role() -> None:
    """After a merger the successor must report; the requesting agency still sees the answer."""
    tenures = ({"unit": "so-noi-vu", "last": "2023-12-01"}, {"unit": "so-tai-chinh", "first": "2023-12-02"})
    context, after = IntakeContext(with_role("noi-vu", *tenures), register()), NOW + timedelta(days=1)
    request = ask(wish())
    assert isinstance(request, Extension)
    answer = extension_rules.answer(request, ExtensionAnswer(granted=True), "ban-tdkt", [], context, after)
    assert isinstance(answer, Extension)
    assert (request.agency, answer.agency, answer.account) == ("so-noi-vu", "so-tai-chinh", "noi-vu")
    concerned = [
        agency
        for agency in ("so-noi-vu", "so-tai-chinh", "so-tttt")
        if extension_rules.concerns(request, agency, context, after)
    ]
    assert concerned == ["so-noi-vu", "so-tai-chinh"]


def test_a_grant_is_in_time_by_the_plan_in_force_at_that_instant() -> None:
    """The plan got a later due day meanwhile; the request keeps the day it was made with."""
    document = s0().model_dump(mode="json")
    for row in document["obligations"]:
        row["before"] = "2023-12-08" if row["id"] == "OB06" else row["before"]
    context = IntakeContext(Plan.model_validate(document), register())
    request = ask(wish(date(2023, 12, 12)))
    assert isinstance(request, Extension)
    answer = extension_rules.answer(request, ExtensionAnswer(granted=True), "ban-tdkt", [], context, DUE)
    assert isinstance(answer, Extension)
    assert (answer.last_day, answer.in_time) == (date(2023, 12, 4), True)
    early = extension_rules.answer(
        request, ExtensionAnswer(granted=True, until=date(2023, 12, 7)), "x", [], context, DUE
    )
    assert isinstance(early, Problem)


def test_a_refusal_needs_a_reason() -> None:
    """A refusal grants no time."""
    request = ask(wish())
    assert isinstance(request, Extension)
    answer = extension_rules.answer(request, ExtensionAnswer(granted=False), "ban-tdkt", [], CONTEXT, NOW)
    assert isinstance(answer, Problem)
    assert answer.code == "no_reason"
    refused = extension_rules.answer(
        request, ExtensionAnswer(granted=False, reason="Đã gia hạn"), "ban-tdkt", [], CONTEXT, NOW
    )
    assert isinstance(refused, Extension)
    assert (refused.status, refused.until) == ("refused", None)
    assert extension_rules.granted_extension([refused]) == GrantedExtension()


def test_a_due_report_shows_the_day_of_the_plan_and_the_granted_day() -> None:
    """The report is not overdue while the extension runs."""
    obligation = s0().obligation["OB06"]
    due_report = DueReport(obligation, "2023", date(2023, 12, 4), "noi-vu")
    after = DUE + timedelta(days=1)
    view = obligation_rules.view(
        CONTEXT, "so-noi-vu", due_report, Ledger(), [], DOCUMENTS, after, extension_rules.granted_extension([granted()])
    )
    assert (view.last_day, view.extended_to, view.status) == (date(2023, 12, 4), date(2023, 12, 8), "not_sent")
    assert view.by_when.endswith("; gia hạn từ hết ngày 04/12/2023 đến hết ngày 08/12/2023")
    late = obligation_rules.view(
        CONTEXT,
        "so-noi-vu",
        due_report,
        Ledger(),
        [],
        DOCUMENTS,
        after,
        extension_rules.granted_extension([granted(now=DUE)]),
    )
    assert late.by_when.endswith("báo cáo vẫn tính là gửi chậm")
    assert obligation_rules.view(CONTEXT, "so-noi-vu", due_report, Ledger(), [], DOCUMENTS, after).status == "overdue"


def test_reminders_follow_the_new_day_and_earlier_stages_are_not_sent_late() -> None:
    """With an extension granted on the 1st until the 8th, the next reminder is three working days before the 8th."""
    stand = Stand().with_extension(granted())
    assert stand.extended is not None
    year = Chasing(s0(), only=("OB06",))
    year.stands = {("thai-binh/46-kh-ubnd-2023/noi-vu", "OB06"): stand}
    assert year.remind(NOW) == []
    (notice,) = year.remind(datetime(2023, 12, 5, 8, tzinfo=VIETNAM))
    (line,) = notice.lines
    assert (line.stage, line.last_day, line.extended_from) == ("L-3", date(2023, 12, 8), date(2023, 12, 4))
    text = text_of(mail(notice))
    assert "gia hạn từ hết ngày 04/12/2023 đến hết ngày 08/12/2023; còn 03 ngày làm việc." in text


def test_an_older_event_about_an_extension_changes_nothing() -> None:
    """The request is applied again after the grant."""
    request = ask(wish())
    assert isinstance(request, Extension)
    stand = Stand().with_extension(granted())
    assert stand.with_extension(request) == stand


def test_a_request_and_its_answer_are_notified_at_once() -> None:
    """The office is notified of the request and the agency of the answer, once each and in plain words."""
    request = ask(wish())
    assert isinstance(request, Extension)
    notices = [messages.about_extension(extension, s0(), "so-noi-vu", NOW) for extension in (request, granted())]
    assert messages.about_extension(granted(), s0(), "so-noi-vu", NOW + timedelta(days=1)).id == notices[1].id
    request_mail, answer_mail = map(mail, notices)
    assert request_mail["To"] == "ban-tdkt@thai-binh.example"
    assert request_mail["Subject"].startswith("V/v Sở Nội vụ đề nghị lùi thời hạn của báo cáo")
    assert "Lý do: chờ số liệu." in text_of(request_mail)
    assert answer_mail["To"] == "so-noi-vu@thai-binh.example"
    assert answer_mail["Subject"].startswith("V/v đồng ý lùi thời hạn của báo cáo")


def test_a_request_until_a_day_off_names_the_last_working_day() -> None:
    request = ask(wish(date(2023, 12, 9)))
    assert isinstance(request, Extension)
    text = text_of(mail(messages.about_extension(request, s0(), "so-noi-vu", NOW)))
    assert "hết ngày 09/12/2023, thứ Bảy; ngày làm việc cuối cùng là thứ Sáu, 08/12/2023)." in text


def test_a_returned_report_is_notified_at_once_and_reminded_of_again() -> None:
    """The duty was complete and no longer is."""
    reported = ReportedLedger()
    everybody = [(unit, "80") for tier in s0().obligation["OB06"].expected for unit in units(tier)]
    sent = reported.scores(*everybody)
    complete = Stand().with_receipt(1, sent.complete_at)
    office = reported.withdraw(sent, WithdrawalRequest("standing_office", "ban-tdkt", "Thiếu chữ ký"))
    again = complete.with_receipt(office.version or 0, office.complete_at)
    assert again.complete_at is None
    assert messages.is_return(office)
    returned = mail(messages.about_return(office, s0(), 1, NOW))
    assert returned["To"] == "so-noi-vu@thai-binh.example"
    assert returned["Subject"].startswith("V/v đề nghị bổ sung, hoàn thiện Báo cáo r-1 ")
    assert "1. Thiếu chữ ký." in text_of(returned)
    year = Chasing(s0(), only=("OB06",))
    year.stands = {("thai-binh/46-kh-ubnd-2023/noi-vu", "OB06"): again}
    assert stages(year.remind(datetime(2023, 12, 4, 8, tzinfo=VIETNAM))) == ["L-0"]


def test_the_office_of_the_plan_sends_and_gets_the_notices_or_else_that_of_the_deployment() -> None:
    """A plan published by an earlier release names no office; then the deployment's gets its name from the register."""
    old_plan = s0().model_copy(update={"office": None})
    request = ask(wish())
    assert isinstance(request, Extension)
    for plan, fallback, office, name in (
        (s0(), "so-noi-vu", OFFICE, "Ban Thi đua - Khen thưởng, Sở Nội vụ"),
        (old_plan, "so-noi-vu", "so-noi-vu", "Sở Nội vụ"),
        (old_plan, OFFICE, OFFICE, "Ban Thi đua - Khen thưởng, Sở Nội vụ"),
    ):
        notice = messages.about_extension(request, plan, fallback, NOW)
        wording = wording_of(notice, background(plan), replace(LETTERHEAD, office=fallback))
        assert (notice.recipient, wording.office) == (office, name)
