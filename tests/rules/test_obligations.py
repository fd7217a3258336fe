"""The due reports shown to an agency: deadline, recipients, rule and missing units."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from services.intake.context import IntakeContext, Ledger
from services.intake.obligations.rules import MAX_UNITS, DueReportView, due_reports, ledger_of
from services.intake.obligations.rules import view as due_report_view
from services.intake.reports import rules
from services.intake.reports.state import AcceptedReport
from shared.contracts.intake import Report
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt
from shared.plans.load import load_plan
from tests.support.movement import register, s0, units, with_role
from tests.support.provinces import THAI_BINH
from tests.support.reports import body, read, report, score

SEPTEMBER = datetime(2023, 9, 15, 9, tzinfo=VIETNAM)
IN_TIME = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
DUE = datetime(2023, 12, 5, tzinfo=VIETNAM)
LATE = datetime(2023, 12, 6, 9, tzinfo=VIETNAM)
DOCUMENTS = {"S0": s0().source}
OFFICES = [unit for tier in (Tier.SO, Tier.HUYEN) for unit in units(tier)]


class Year:
    """Reports in sequence, each decided on the ledger so far, and the due reports after them."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.context = IntakeContext(plan or s0(), register())
        self.ledgers: dict[str, Ledger] = {}
        self.receipts: dict[str, list[Receipt]] = {}

    def take(self, agency: str, sent: Report, now: datetime) -> Year:
        ledger_id = rules.ledger_id("thai-binh", sent, rules.account(sent, agency, self.context))
        ledger = self.ledgers.get(ledger_id, Ledger())
        taken = rules.decide(sent, f"r-{ledger.version}", agency, self.context, ledger, now)
        assert isinstance(taken, AcceptedReport), taken.receipt.problems
        self.ledgers[ledger_id] = taken.ledger
        self.receipts.setdefault(ledger_id, []).append(taken.receipt)
        return self

    def due(self, agency: str, now: datetime = IN_TIME) -> dict[str, DueReportView]:
        views = {}
        for due_report in due_reports(self.context, agency, now):
            ledger = ledger_of(self.context, due_report)
            versions = self.receipts.get(ledger, [])
            view = due_report_view(
                self.context, agency, due_report, self.ledgers.get(ledger, Ledger()), versions, DOCUMENTS, now
            )
            views[f"{due_report.obligation.id}-{due_report.period}"] = view
        return views


def status(year: Year, agency: str, due_report: str, now: datetime = IN_TIME) -> tuple[str, str, int]:
    view = year.due(agency, now)[due_report]
    return view.status, view.status_name, view.missing_count


def test_a_due_report_is_described_in_words_people_read() -> None:
    """Nothing has been sent yet."""
    view = Year().due("so-noi-vu")["OB06-2023"]
    assert view.what.startswith("Tổng hợp, đánh giá kết quả công tác cải cách hành chính năm 2023")
    assert (view.kind, view.field, view.account) == ("score", "cai-cach-hanh-chinh", "noi-vu")
    assert (view.as_of, view.last_day) == (date(2023, 11, 30), date(2023, 12, 4))
    assert view.due_at is not None
    assert view.due_at.isoformat() == "2023-12-05T00:00:00+07:00"
    assert view.by_when == "Thời hạn: trước ngày 05/12/2023 (chậm nhất hết ngày 04/12/2023)"
    assert view.recipients[-1] == "Ban Thi đua - Khen thưởng, Sở Nội vụ"
    assert view.rule == "khoản 4 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh"
    assert (view.status, view.status_name, view.versions, view.optional) == ("not_sent", "chưa gửi", (), False)


def test_the_as_of_day_that_the_source_does_not_state_is_marked_as_inferred() -> None:
    year = Year()
    view = year.due("so-khdt")["OB09-2023"]
    assert (view.as_of, view.as_of_note) == (date(2023, 11, 30), "Ngày chốt suy ra, nguồn không nêu.")
    assert year.due("so-noi-vu")["OB06-2023"].as_of_note is None


def test_at_most_fifty_missing_units_are_named_and_all_are_counted() -> None:
    view = Year().due("so-noi-vu")["OB06-2023"]
    everybody = [unit.code for unit in register().units if unit.tier is not Tier.KHAC]
    assert view.missing_count == len(everybody) == 318
    assert [unit.code for unit in view.missing] == everybody[:MAX_UNITS]
    assert view.missing[0].name == "Văn phòng Ủy ban nhân dân tỉnh"


def test_an_agency_sees_only_its_own_due_reports_in_order_of_their_due_days() -> None:
    """Reports without a due day come last; the reports of a district about its communes are optional."""
    year = Year()
    assert list(year.due("so-noi-vu")) == ["OB05-2023", "OB06-2023", "OB11-2023", "OB10-2023", "OB12-2023"]
    district = year.due("336")
    assert list(district) == ["OB11-2023", "OB10-2023", "OB12-2023", "OB02-H-2023", "OB05-H-2023"]
    assert [name for name, view in district.items() if view.optional] == ["OB02-H-2023", "OB05-H-2023"]
    communes = district["OB02-H-2023"]
    assert communes.missing_count == len(units(Tier.XA, "336"))
    assert (communes.due_at, communes.by_when) == (None, "Kế hoạch không nêu thời hạn")
    assert communes.rule == "Bổ sung, chưa có trong kế hoạch"
    assert year.due(units(Tier.XA)[0]) == {}
    assert year.due("nobody") == {}


def test_a_recurring_report_is_due_once_per_period() -> None:
    """S3 VI.7 requires it before 10/12 of each year from 2023 to 2030."""
    views = Year(load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")).due("so-noi-vu")
    yearly = {name: view.last_day for name, view in views.items() if name.startswith("OB16")}
    assert yearly == {f"OB16-{year}": date(year, 12, 9) for year in range(2023, 2031)}
    assert next(iter(views)) == "OB15-2023"


def test_a_part_leaves_the_report_partial_and_the_union_of_versions_completes_it() -> None:
    """Every version reduces the missing units; the completing version decides the timeliness."""
    year = Year().take("so-tttt", report("OB07", [score(unit) for unit in OFFICES[:20]]), IN_TIME)
    assert status(year, "so-tttt", "OB07-2023") == ("partial", "đã gửi một phần", len(OFFICES) - 20)
    assert [unit.code for unit in year.due("so-tttt")["OB07-2023"].missing] == OFFICES[20:]
    year.take("so-tttt", report("OB07", [score(unit) for unit in OFFICES[20:]]), IN_TIME + timedelta(hours=1))
    assert status(year, "so-tttt", "OB07-2023", LATE) == ("complete_in_time", "đã đủ đúng hạn", 0)
    sent = year.due("so-tttt", LATE)["OB07-2023"].versions
    assert [(version.version, version.timely, version.final) for version in sent] == [(1, True, True), (2, True, True)]


def test_an_incomplete_report_is_overdue_from_the_due_instant_and_completed_late_after_it() -> None:
    """The due instant is exclusive: the last microsecond of 04/12 is not late."""
    year = Year().take("so-tttt", report("OB07", [score(OFFICES[0])]), IN_TIME)
    assert status(year, "so-tttt", "OB07-2023", DUE - timedelta(microseconds=1))[0] == "partial"
    assert status(year, "so-tttt", "OB07-2023", DUE) == ("overdue", "quá hạn", len(OFFICES) - 1)
    assert status(year, "cong-an-tinh", "OB08-2023", DUE)[:2] == ("overdue", "quá hạn")
    year.take("so-tttt", report("OB07", [score(unit) for unit in OFFICES]), LATE)
    assert status(year, "so-tttt", "OB07-2023", LATE) == ("complete_late", "đã đủ quá hạn", 0)
    assert [version.timely for version in year.due("so-tttt", LATE)["OB07-2023"].versions] == [True, False]


def test_an_interim_report_is_partial_and_covers_no_unit() -> None:
    """A2 settles this."""
    interim = report("OB07", [score(unit) for unit in OFFICES], as_of="2023-08-31")
    year = Year().take("so-tttt", interim, SEPTEMBER)
    assert status(year, "so-tttt", "OB07-2023") == ("partial", "đã gửi một phần", len(OFFICES))


def test_an_opened_case_is_not_part_of_the_figures() -> None:
    """It is listed among the versions of its obligation."""
    case = {"unit": "336", "case": "12/QĐ-TTr", "signs_of_violation": True, "opened": "2023-11-01"}
    year = Year().take("so-noi-vu", report("OB05", [case], kind="inspection"), IN_TIME)
    view = year.due("so-noi-vu")["OB05-2023"]
    assert (view.status, [version.timely for version in view.versions]) == ("not_sent", [None])


def test_a_document_is_complete_when_it_arrives() -> None:
    """Every unit sends its own document."""
    fields = body("OB11", [], document={"number": "12/BC", "issued": "2023-11-20", "title": "Báo cáo tổng kết"})
    del fields["rows"]
    year = Year().take("so-noi-vu", read(fields), IN_TIME)
    assert status(year, "so-noi-vu", "OB11-2023") == ("complete_in_time", "đã đủ đúng hạn", 0)
    assert status(year, "so-tttt", "OB11-2023") == ("not_sent", "chưa gửi", 0)


def test_a_report_without_a_due_day_is_never_overdue() -> None:
    """OB12 has no date and OB10 only a first day."""
    years_later = datetime(2030, 1, 1, tzinfo=VIETNAM)
    views = Year().due("so-noi-vu", years_later)
    assert [views[name].status for name in ("OB10-2023", "OB12-2023")] == ["not_sent", "not_sent"]


def test_a_window_that_ended_before_the_plan_was_issued_is_never_overdue() -> None:
    """A24 settles this."""
    document = s0().model_dump(mode="json")
    next(obligation for obligation in document["obligations"] if obligation["id"] == "OB11")["window"] = {
        "first": "2023-01-01",
        "last": "2023-03-27",
    }
    assert status(Year(Plan.model_validate(document)), "so-noi-vu", "OB11-2023", LATE)[0] == "not_sent"


def test_after_a_merger_the_successor_sees_what_its_predecessor_reported_and_left_open() -> None:
    """The duty belongs to the role (L10), so the predecessor no longer sees it."""
    merged = with_role(
        "thong-tin-truyen-thong",
        {"unit": "so-tttt", "last": "2023-11-30"},
        {"unit": "so-khcn", "first": "2023-12-01"},
    )
    before = datetime(2023, 11, 30, 17, tzinfo=VIETNAM)
    year = Year(merged).take("so-tttt", report("OB07", [score(unit) for unit in OFFICES[:-2]]), before)
    assert "OB07-2023" in year.due("so-tttt", before)
    assert "OB07-2023" not in year.due("so-khcn", before)
    assert "OB07-2023" not in year.due("so-tttt")
    view = year.due("so-khcn")["OB07-2023"]
    assert (view.status, view.account) == ("partial", "thong-tin-truyen-thong")
    assert [unit.code for unit in view.missing] == OFFICES[-2:]
    (sent,) = view.versions
    assert (sent.reported_by, sent.reported_by_name) == ("so-tttt", "Sở Thông tin và Truyền thông")


def test_the_ledger_of_a_due_report_is_the_one_its_reports_are_recorded_in() -> None:
    """Otherwise a due report would look as if nothing had been sent."""
    context = IntakeContext(s0(), register())
    for agency, obligation in (("so-noi-vu", "OB06"), ("336", "OB02-H"), ("vp-tinh-uy", "OB03")):
        (due_report,) = (due for due in due_reports(context, agency, IN_TIME) if due.obligation.id == obligation)
        figures: dict[str, dict[str, Any]] = {
            "OB06": {"score": "1"},
            "OB02-H": {"due": 1, "done_on_time": 1},
            "OB03": {"invited": 1, "present": 1},
        }
        sent = report(obligation, [{"unit": "336", **figures[obligation]}])
        assert ledger_of(context, due_report) == rules.ledger_id(
            "thai-binh", sent, rules.account(sent, agency, context)
        )
