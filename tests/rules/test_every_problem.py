"""One wrong field of a report does not hide the others; what could not be checked is said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.context import IntakeContext, Ledger
from services.intake.reports import report_reader, rules
from services.intake.reports.parsing import MAX_PROBLEMS, parse_report
from services.intake.reports.readable import readable_part
from services.intake.reports.state import ParsedReport, ReturnedReport
from shared.contracts.model import Tier
from shared.contracts.receipts import Receipt
from shared.contracts.units import UnitRegister
from tests.support.movement import register, s0, units
from tests.support.reports import NOW, body, reports_of_every_kind, score

SO, UNITS = units(Tier.SO), register().units
CONTEXT = IntakeContext(s0(), register())


def returned(sent: Any, agency: str = "so-noi-vu", context: IntakeContext = CONTEXT) -> Receipt:
    """The receipt of a body that intake returns."""
    submission = report_reader.submission(agency, "1/BC", sent, "http", answer=False)
    read = parse_report(sent)
    if not isinstance(read, list):
        parsed = ParsedReport(submission, read, context)
    else:
        obligation = s0().obligation.get(sent.get("obligation"))
        readable = readable_part(sent, read, obligation.kind if obligation else None)
        parsed = ParsedReport(submission, read, context if readable else None, readable=readable)
    decision = rules.decide_parsed(parsed, Ledger(), NOW)
    assert isinstance(decision, ReturnedReport)
    return decision.receipt


def places(receipt: Receipt) -> list[tuple[str, str]]:
    return sorted((problem.pointer, problem.code) for problem in receipt.problems)


def test_a_negative_score_does_not_hide_a_score_above_the_scale_or_an_unknown_unit() -> None:
    """The three are named at once, the unit of the wrong row too."""
    receipt = returned(body("OB06", [score("nowhere", "-1"), score(SO[0], "999"), score("no-unit"), score(SO[1])]))
    assert places(receipt) == [
        ("/rows/0/score", "invalid"),
        ("/rows/0/unit", "unknown_unit"),
        ("/rows/1/score", "score_above_scale"),
        ("/rows/2/unit", "unknown_unit"),
    ]
    (unchecked,) = receipt.warnings
    assert (unchecked.code, unchecked.count) == ("not_checked", 1)
    assert "Số liệu của 1 dòng" in unchecked.detail


def test_words_in_one_row_do_not_hide_a_number_in_another() -> None:
    """ "Chín mươi" hid 250; a unit given twice is seen though one of its rows is wrong."""
    receipt = returned(body("OB06", [score(SO[0], "chín mươi"), score(SO[1], "250"), score(SO[0])]))
    assert places(receipt) == [
        ("/rows/0/score", "invalid"),
        ("/rows/1/score", "score_above_scale"),
        ("/rows/2/unit", "unit_twice"),
    ]


@pytest.mark.parametrize(
    ("changes", "expected", "words"),
    [
        ({"period": "năm 2023"}, ["/period", "/rows/0/unit"], ["khóa sổ"]),
        ({"as_of": "30/11/2023"}, ["/as_of", "/rows/0/unit"], ["ngày chốt số liệu"]),
        ({"surprise": 1}, ["/rows/0/unit", "/surprise"], []),
        ({"number": "12 BC"}, ["/number", "/rows/0/unit"], []),
        ({"note": "a\u202eb", "complete_tiers": ["tinh"]}, ["/complete_tiers/0", "/note", "/rows/0/unit"], []),
        ({"complete_tiers": ["khac"], "note": ""}, ["/complete_tiers/0", "/note", "/rows/0/unit"], []),
        ({"kind": "scores", "period": "x"}, ["/kind", "/period", "/rows/0/unit"], ["Số liệu của 1 dòng"]),
        ({"obligation": "OB05", "kind": "x"}, ["/kind", "/rows/0/unit"], []),
        ({"movement": "Phong trào"}, ["/movement"], ["kế hoạch và danh mục đơn vị"]),
        ({"obligation": "OB07", "note": ""}, ["/note", "/obligation"], ["chưa được kiểm tra"]),
        ({"rows": "x", "as_of": "2023-12-31"}, ["/as_of", "/as_of", "/rows"], []),
    ],
)
def test_a_wrong_field_does_not_hide_a_wrong_row(
    changes: dict[str, Any], expected: list[str], words: list[str]
) -> None:
    """Nor another field; a field that could not be read is not a second problem."""
    receipt = returned(body("OB06", [score("nowhere")]) | changes)
    assert [pointer for pointer, _ in places(receipt)] == expected, receipt.problems
    worded = " ".join(warning.detail for warning in receipt.warnings)
    assert [word for word in words if word not in worded] == []


@pytest.mark.parametrize(
    "document", [{"number": "12/BC-SNV", "issued": "2023-06--Infinity1", "title": "x"}, {}, "x", None]
)
def test_a_document_beside_an_unknown_kind_may_be_anything(document: Any) -> None:
    """The kind decides what is looked at; here that of the obligation."""
    sent = {**body("OB11", []), "kind": "9999-12-31"}
    del sent["rows"]
    receipt = returned({**sent, "document": document}, "van-phong-tinh-uy")
    assert ("/kind", "invalid") in places(receipt)


def test_a_unit_is_not_called_unknown_on_a_day_that_could_not_be_read() -> None:
    """It may have existed on the day the sender meant; one that the register never had is named."""
    merged = [unit.model_copy(update={"valid_to": date(2023, 7, 1)} if unit.code == SO[0] else {}) for unit in UNITS]
    context = IntakeContext(s0(), UnitRegister(province="thai-binh", version=2, units=tuple(merged)))
    rows = [score(SO[0]), score("nowhere")]
    assert ("/rows/0/unit", "unknown_unit") in places(returned(body("OB06", rows), context=context))
    receipt = returned(body("OB06", rows, as_of="x"), context=context)
    assert [place for place in places(receipt) if place[1] == "unknown_unit"] == [("/rows/1/unit", "unknown_unit")]


def test_a_contradiction_in_a_row_does_not_hide_the_unit_of_it() -> None:
    """More tasks done than were due, about a unit that nobody knows, beside a case that is closed before it began."""
    done = {"due": 3, "done_on_time": 4}
    receipt = returned(body("OB02", [{"unit": "nowhere", **done}, {"unit": SO[0], **done}]), "vp-ubnd-tinh")
    assert places(receipt) == [("/rows/0", "invalid"), ("/rows/0/unit", "unknown_unit"), ("/rows/1", "invalid")]
    case = {"case": "1/KT", "signs_of_violation": True, "opened": "2023-05-04"}
    rows = [{"unit": SO[0], **case, "closed": "2023-01-01"}, {"unit": SO[0], **case, "case": "2/KT"}]
    receipt = returned(body("OB05", rows) | {"kind": "inspection"})
    assert places(receipt) == [("/rows/0", "invalid")]


def test_a_document_with_a_wrong_title_is_checked_further() -> None:
    """Its paper's date has not come."""
    (sent,) = [report for _, report in reports_of_every_kind() if "document" in report]
    wrong = sent | {"date": "2024-01-01", "document": sent["document"] | {"title": ""}}
    assert places(returned(wrong)) == [("/date", "date_in_future"), ("/document/title", "invalid")]


def test_more_problems_than_a_receipt_names_are_announced() -> None:
    """Fifty are named; a sender should not think that there were fifty."""
    receipt = returned(body("OB06", [score(f"nowhere-{n}") for n in range(60)]))
    assert len(receipt.problems) == 50
    assert "50 chỗ sai đầu tiên" in receipt.warnings[0].detail


FORBIDDEN = {f"x{n}": "\u0007" for n in range(MAX_PROBLEMS)}
"""As many fields with a forbidden character as a receipt names: every problem after them is cut off the list."""


@pytest.mark.parametrize("field", ["kind", "period", "as_of", "complete_tiers", "rows", "document", "enterprises"])
def test_a_wrong_field_that_the_full_list_does_not_name_is_not_trusted(field: str) -> None:
    """The kind "foo" raised ValueError, so that a report over HTTP had an error and one from an inbox no receipt."""
    for agency, sent in reports_of_every_kind():
        for value in ("foo", "", 7, None, ["foo"], [{"unit": "foo"}], {"foo": 1}):
            assert len(returned(sent | {field: value} | FORBIDDEN, agency).problems) == MAX_PROBLEMS
        without = {name: given for name, given in sent.items() if name != field}
        assert len(returned(without | FORBIDDEN, agency).problems) == MAX_PROBLEMS


def test_a_report_that_was_checked_whole_has_no_such_warning() -> None:
    """Two wrong rows, both named."""
    assert returned(body("OB06", [score("nowhere"), score(SO[0], "101")])).warnings == ()
