"""What an agency is told it owes: by when, to whom, by whose rule, and what is missing still."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from services.intake.context import IntakeContext, Ledger, Taken
from services.intake.obligations.rules import MAX_UNITS, DueReportView, due_reports, ledger_of, view
from services.intake.reports import rules
from shared.contracts.intake import Report
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt
from shared.plans.load import THAI_BINH, load_plan
from tests.support.movement import register, s0, units, with_role
from tests.support.reports import body, read, report, score

SEPTEMBER = datetime(2023, 9, 15, 9, tzinfo=VIETNAM)
IN_TIME = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
DUE = datetime(2023, 12, 5, tzinfo=VIETNAM)
LATE = datetime(2023, 12, 6, 9, tzinfo=VIETNAM)
DOCUMENTS = {"S0": "Kế hoạch 46/KH-UBND"}
OFFICES = [unit for tier in (Tier.SO, Tier.HUYEN) for unit in units(tier)]


class Year:
    """Reports one after the other, each decided on what came before, and how what is owed stands then."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.context = IntakeContext(plan or s0(), register())
        self.ledgers: dict[str, Ledger] = {}
        self.receipts: dict[str, list[Receipt]] = {}

    def take(self, agency: str, sent: Report, now: datetime) -> Year:
        ledger_id = rules.ledger_id("thai-binh", sent, rules.account(sent, agency, self.context))
        ledger = self.ledgers.get(ledger_id, Ledger())
        taken = rules.decide(sent, f"r-{ledger.version}", agency, self.context, ledger, now)
        assert isinstance(taken, Taken), taken.receipt.problems
        self.ledgers[ledger_id] = taken.ledger
        self.receipts.setdefault(ledger_id, []).append(taken.receipt)
        return self

    def owed(self, agency: str, now: datetime = IN_TIME) -> dict[str, DueReportView]:
        told = {}
        for due_report in due_reports(self.context, agency, now):
            ledger = ledger_of(self.context, due_report)
            versions = self.receipts.get(ledger, [])
            stands = view(
                self.context, agency, due_report, self.ledgers.get(ledger, Ledger()), versions, DOCUMENTS, now
            )
            told[f"{due_report.obligation.id}-{due_report.period}"] = stands
        return told


def status(year: Year, agency: str, due_report: str, now: datetime = IN_TIME) -> tuple[str, str, int]:
    found = year.owed(agency, now)[due_report]
    return found.status, found.status_name, found.missing_count


def test_everything_about_a_debt_is_told_as_people_read_it() -> None:
    """Nothing has been sent yet."""
    told = Year().owed("so-noi-vu")["OB06-2023"]
    assert told.what.startswith("Tổng hợp, đánh giá kết quả công tác cải cách hành chính năm 2023")
    assert (told.kind, told.field, told.account) == ("score", "cai-cach-hanh-chinh", "noi-vu")
    assert (told.as_of, told.last_day) == (date(2023, 11, 30), date(2023, 12, 4))
    assert told.due_at is not None
    assert told.due_at.isoformat() == "2023-12-05T00:00:00+07:00"
    assert told.by_when == "Chậm nhất hết ngày 04/12/2023 (trước 00:00 ngày 05/12/2023)"
    assert told.recipients[-1] == "Ban Thi đua - Khen thưởng, Sở Nội vụ"
    assert told.rule == "Kế hoạch 46/KH-UBND, mục VI.4"
    assert (told.status, told.status_name, told.versions, told.optional) == ("not_sent", "chưa gửi", (), False)


def test_at_most_fifty_missing_units_are_named_and_all_are_counted() -> None:
    told = Year().owed("so-noi-vu")["OB06-2023"]
    everybody = [unit.code for unit in register().units if unit.tier is not Tier.KHAC]
    assert told.missing_count == len(everybody) == 318
    assert [unit.code for unit in told.missing] == everybody[:MAX_UNITS]
    assert told.missing[0].name == "Văn phòng Ủy ban nhân dân tỉnh"


def test_an_agency_is_told_of_its_own_debts_only_and_what_is_due_first_comes_first() -> None:
    """What has no date comes last; a district may also report about its communes, and owes nothing there."""
    year = Year()
    assert list(year.owed("so-noi-vu")) == ["OB05-2023", "OB06-2023", "OB11-2023", "OB10-2023", "OB12-2023"]
    district = year.owed("336")
    assert list(district) == ["OB11-2023", "OB10-2023", "OB12-2023", "OB02-H-2023", "OB05-H-2023"]
    assert [name for name, each in district.items() if each.optional] == ["OB02-H-2023", "OB05-H-2023"]
    communes = district["OB02-H-2023"]
    assert communes.missing_count == len(units(Tier.XA, "336"))
    assert (communes.due_at, communes.by_when) == (None, "Kế hoạch không nêu hạn gửi")
    assert communes.rule == "Bổ sung, chưa có trong kế hoạch"
    assert year.owed(units(Tier.XA)[0]) == {}
    assert year.owed("nobody") == {}


def test_what_recurs_is_owed_once_a_period() -> None:
    """S3 VI.7: before 10/12 of each year, 2023 to 2030."""
    told = Year(load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")).owed("so-noi-vu")
    yearly = {name: each.last_day for name, each in told.items() if name.startswith("OB16")}
    assert yearly == {f"OB16-{year}": date(year, 12, 9) for year in range(2023, 2031)}
    assert next(iter(told)) == "OB15-2023"


def test_a_part_is_a_part_and_the_union_of_versions_is_whole() -> None:
    """What is missing shrinks with each version; the day of the last one decides whether it was in time."""
    year = Year().take("so-tttt", report("OB07", [score(unit) for unit in OFFICES[:20]]), IN_TIME)
    assert status(year, "so-tttt", "OB07-2023") == ("partial", "đã gửi một phần", len(OFFICES) - 20)
    assert [unit.code for unit in year.owed("so-tttt")["OB07-2023"].missing] == OFFICES[20:]
    year.take("so-tttt", report("OB07", [score(unit) for unit in OFFICES[20:]]), IN_TIME + timedelta(hours=1))
    assert status(year, "so-tttt", "OB07-2023", LATE) == ("complete_in_time", "đã đủ đúng hạn", 0)
    sent = year.owed("so-tttt", LATE)["OB07-2023"].versions
    assert [(each.version, each.timely, each.final) for each in sent] == [(1, True, True), (2, True, True)]


def test_what_is_not_whole_is_overdue_from_the_first_late_instant_on_and_whole_too_late_after_that() -> None:
    """The instant is exclusive: the last microsecond of 04/12 is not late."""
    year = Year().take("so-tttt", report("OB07", [score(OFFICES[0])]), IN_TIME)
    assert status(year, "so-tttt", "OB07-2023", DUE - timedelta(microseconds=1))[0] == "partial"
    assert status(year, "so-tttt", "OB07-2023", DUE) == ("overdue", "quá hạn", len(OFFICES) - 1)
    assert status(year, "cong-an-tinh", "OB08-2023", DUE)[:2] == ("overdue", "quá hạn")
    year.take("so-tttt", report("OB07", [score(unit) for unit in OFFICES]), LATE)
    assert status(year, "so-tttt", "OB07-2023", LATE) == ("complete_late", "đã đủ quá hạn", 0)
    assert [each.timely for each in year.owed("so-tttt", LATE)["OB07-2023"].versions] == [True, False]


def test_an_interim_report_is_a_part_and_gives_no_unit_its_figure() -> None:
    """A2."""
    interim = report("OB07", [score(unit) for unit in OFFICES], as_of="2023-08-31")
    year = Year().take("so-tttt", interim, SEPTEMBER)
    assert status(year, "so-tttt", "OB07-2023") == ("partial", "đã gửi một phần", len(OFFICES))


def test_a_case_that_is_opened_is_no_part_of_the_figures() -> None:
    """It is listed among what was sent, under the obligation it came under."""
    case = {"unit": "336", "case": "12/QĐ-TTr", "signs_of_violation": True, "opened": "2023-11-01"}
    year = Year().take("so-noi-vu", report("OB05", [case], kind="inspection"), IN_TIME)
    told = year.owed("so-noi-vu")["OB05-2023"]
    assert (told.status, [each.timely for each in told.versions]) == ("not_sent", [None])


def test_a_document_is_whole_when_it_is_in() -> None:
    """Each unit for itself."""
    written = body("OB11", [], document={"number": "12/BC", "issued": "2023-11-20", "title": "Báo cáo tổng kết"})
    del written["rows"]
    year = Year().take("so-noi-vu", read(written), IN_TIME)
    assert status(year, "so-noi-vu", "OB11-2023") == ("complete_in_time", "đã đủ đúng hạn", 0)
    assert status(year, "so-tttt", "OB11-2023") == ("not_sent", "chưa gửi", 0)


def test_what_has_no_date_is_never_overdue() -> None:
    """OB12 has none of its own; OB10 only a beginning."""
    years_later = datetime(2030, 1, 1, tzinfo=VIETNAM)
    told = Year().owed("so-noi-vu", years_later)
    assert [told[name].status for name in ("OB10-2023", "OB12-2023")] == ["not_sent", "not_sent"]


def test_a_window_that_was_over_when_the_plan_was_issued_is_never_overdue() -> None:
    """A24."""
    written = s0().model_dump(mode="json")
    next(o for o in written["obligations"] if o["id"] == "OB11")["window"] = {
        "first": "2023-01-01",
        "last": "2023-03-27",
    }
    assert status(Year(Plan.model_validate(written)), "so-noi-vu", "OB11-2023", LATE)[0] == "not_sent"


def test_after_a_merger_the_successor_is_told_what_its_predecessor_reported_and_what_it_left() -> None:
    """L10: the role owes; the predecessor is told of nothing any more."""
    merged = with_role(
        "thong-tin-truyen-thong",
        {"unit": "so-tttt", "last": "2023-11-30"},
        {"unit": "so-khcn", "first": "2023-12-01"},
    )
    before = datetime(2023, 11, 30, 17, tzinfo=VIETNAM)
    year = Year(merged).take("so-tttt", report("OB07", [score(unit) for unit in OFFICES[:-2]]), before)
    assert "OB07-2023" in year.owed("so-tttt", before)
    assert "OB07-2023" not in year.owed("so-khcn", before)
    assert "OB07-2023" not in year.owed("so-tttt")
    told = year.owed("so-khcn")["OB07-2023"]
    assert (told.status, told.account) == ("partial", "thong-tin-truyen-thong")
    assert [unit.code for unit in told.missing] == OFFICES[-2:]
    (sent,) = told.versions
    assert (sent.reported_by, sent.reported_by_name) == ("so-tttt", "Sở Thông tin và Truyền thông")


def test_every_debts_ledger_is_the_one_its_reports_are_counted_in() -> None:
    """Else a debt would stand as if nothing had come."""
    context = IntakeContext(s0(), register())
    for agency, obligation in (("so-noi-vu", "OB06"), ("336", "OB02-H"), ("vp-tinh-uy", "OB03")):
        (due_report,) = (each for each in due_reports(context, agency, IN_TIME) if each.obligation.id == obligation)
        figures: dict[str, dict[str, Any]] = {
            "OB06": {"score": "1"},
            "OB02-H": {"due": 1, "done_on_time": 1},
            "OB03": {"invited": 1, "present": 1},
        }
        sent = report(obligation, [{"unit": "336", **figures[obligation]}])
        assert ledger_of(context, due_report) == rules.ledger_id(
            "thai-binh", sent, rules.account(sent, agency, context)
        )
