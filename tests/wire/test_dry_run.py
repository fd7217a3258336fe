"""A report checked over HTTP and not sent: the same checks and refusals, and nothing is stored or used up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.model import VIETNAM, Kind, Tier
from shared.runtime.app import Service
from shared.tables.workbooks.media_types import XLSX
from tests.support.filling import Change, changed, fill, form, heading_row, put, put_beside
from tests.support.intake_client import Intake, intake_client, key_of
from tests.support.movement import units
from tests.support.reports import body, score

START = datetime(2023, 12, 4, 9, tzinfo=VIETNAM)
AGENCY = "so-noi-vu"
SO = units(Tier.SO)


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack) -> AsyncIterator[Intake]:
    async with intake_client(servers, clock="driven", clock_start=START) as opened:
        yield opened


@pytest.fixture
def intake(opened: Intake) -> httpx.AsyncClient:
    return opened[1]


async def post(intake: httpx.AsyncClient, path: str, content: Any, number: str | None = None) -> httpx.Response:
    """Send a body or a file under a number."""
    headers = {**await key_of(intake, AGENCY), **({"Idempotency-Key": number} if number else {})}
    if isinstance(content, bytes):
        return await intake.post(path, headers={**headers, "Content-Type": XLSX}, content=content)
    return await intake.post(path, headers=headers, json=content)


async def stored(service: Service) -> list[Any]:
    """The reports that are stored, with their deliveries."""
    return [(doc["_id"], doc["deliveries"]) for doc in await service._database.documents("reports").find(sort="_id")]


def hide(line: int) -> Change:
    """A change that hides a line of the table."""

    def hidden(sheet: Any) -> None:
        sheet.row_dimensions[heading_row(sheet) + line].hidden = True

    return hidden


def named(refused: httpx.Response) -> str:
    """What a refusal says is wrong."""
    return str(refused.json()["detail"].partition("tiếp nhận: ")[2])


async def test_a_checked_report_is_not_stored_and_learns_what_would_happen(opened: Intake) -> None:
    """Its version is not taken: the report that is sent afterwards under the same number has it."""
    service, intake = opened
    report = body("OB06", [score(SO[0])])
    before = await stored(service)
    first, again = [await post(intake, "/v1/reports/check", report, "1/BC") for _ in range(2)]
    assert (first.status_code, first.json()) == (200, again.json())
    preview = first.json()
    assert (preview["outcome"], preview["version"], preview["timely"], preview["final"]) == ("accepted", 1, True, True)
    assert preview["missing"] > 0
    assert preview["detail"].startswith(
        "Kiểm tra, chưa gửi. Nếu gửi lúc này, báo cáo được tiếp nhận: là lần 1 của nội dung “"
    )
    assert "OB06" not in preview["detail"]
    assert f"còn thiếu số liệu của {preview['missing']} đơn vị" in preview["detail"]
    assert await stored(service) == before
    sent = await post(intake, "/v1/reports", report, "1/BC")
    assert (sent.status_code, sent.json()["version"]) == (202, 1)
    repeated = (await post(intake, "/v1/reports/check", report, "1/BC")).json()
    assert (repeated["outcome"], repeated["receipt"]) == ("repeated", sent.json()["id"])
    other = await post(intake, "/v1/reports/check", report | {"note": "khác"}, "1/BC")
    assert (other.status_code, other.json()["code"]) == (409, "report_id_reused")
    documents = await service._database.documents("reports").find()
    assert [doc["deliveries"] for doc in documents] == [["http/1/BC"]], "a check is no delivery"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"rows": [score("nowhere"), score(SO[0], "-1"), score(SO[1], "250")]}, "2/BC"),
        ({"obligation": "OB07"}, "3/BC"),
        ({"as_of": "2023-12-31"}, "4/BC"),
        ({"movement": "khac"}, "5/BC"),
        ({"number": "2 BC"}, "6/BC"),
        ({}, None),
    ],
)
async def test_a_checked_report_is_refused_as_the_report_would_be(
    opened: Intake, changes: dict[str, Any], number: str | None
) -> None:
    """Status, code and every problem are the same; only what was sent is stored."""
    service, intake = opened
    report, before = body("OB06", [score(SO[0])]) | changes, await stored(service)
    checked = await post(intake, "/v1/reports/check", report, number)
    assert await stored(service) == before
    sent = await post(intake, "/v1/reports", report, number)
    assert (checked.status_code, checked.json()["code"]) == (sent.status_code, sent.json()["code"])
    if number is not None:
        preview, receipt = checked.json()["checked"], sent.json()["receipt"]
        assert (preview["problems"], preview["warnings"]) == (receipt["problems"], receipt["warnings"])
        assert preview["outcome"] == "returned"
        assert checked.json()["detail"].startswith(
            "Kiểm tra, chưa gửi. Nếu gửi lúc này, báo cáo sẽ không được tiếp nhận: "
        )
        assert named(checked) == named(sent)


async def test_a_late_or_interim_report_is_announced_as_such(opened: Intake) -> None:
    """The agency learns it before it sends."""
    service, intake = opened
    interim = (await post(intake, "/v1/reports/check", body("OB05", [{"unit": SO[0], "violations": 0}]), "7/BC")).json()
    assert "là số liệu tạm" not in interim["detail"]
    await service.drive(datetime(2023, 12, 9, tzinfo=VIETNAM))
    late = await post(intake, "/v1/reports/check", body("OB06", [score(SO[0])], as_of="2023-06-30"), "8/BC")
    assert (late.json()["timely"], late.json()["final"]) == (False, False)
    assert "quá hạn (hạn cuối 04/12/2023)" in late.json()["detail"]
    assert "là số liệu tạm" in late.json()["detail"]


async def test_a_check_of_cases_counts_no_units(intake: httpx.AsyncClient) -> None:
    """It said that 58 units lack a figure, and of a document that no unit is missing: neither is about units."""
    cases = body("OB05", [{"unit": SO[0], "case": "1/KT", "signs_of_violation": True, "opened": "2023-05-04"}])
    document = body("OB11", []) | {"document": {"number": "12/BC", "issued": "2023-06-01", "title": "Báo cáo sơ kết"}}
    del document["rows"]
    for sent, missing in ((cases | {"kind": "inspection"}, None), (document, 0)):
        answer = await post(intake, "/v1/reports/check", sent, "14/BC")
        assert (answer.status_code, answer.json()["missing"]) == (200, missing), answer.text
        assert "đơn vị" not in answer.json()["detail"].partition("kỳ")[2]


async def test_a_checked_form_is_not_stored_either(opened: Intake) -> None:
    """Hidden rows are counted, as the receipt would."""
    service, intake = opened
    filled, before = changed(form("OB06"), fill(Kind.SCORE)), await stored(service)
    checked = await post(intake, "/v1/reports/excel/check", filled, "10/BC")
    assert (checked.status_code, checked.json()["outcome"]) == (200, "accepted"), checked.text
    wrong = changed(form("OB06"), put(1, "Điểm", 250))
    refused = await post(intake, "/v1/reports/excel/check", wrong, "11/BC")
    assert (refused.status_code, refused.json()["code"]) == (422, "score_above_scale")
    assert [cell["cell"] for cell in refused.json()["cells"]] == [f"C{refused.json()['cells'][0]['row']}"]
    assert await stored(service) == before
    hidden = changed(form("OB06"), put(1, "Điểm", 250), put(2, "Điểm", 90), hide(2))
    refusals = [await post(intake, path, hidden, "13/BC") for path in ("/v1/reports/excel/check", "/v1/reports/excel")]
    assert named(refusals[0]) == named(refusals[1]) != ""


@pytest.mark.parametrize("path", ["/v1/reports/excel", "/v1/reports/excel/check"])
async def test_a_cell_that_cannot_be_read_does_not_hide_what_is_wrong_in_another(opened: Intake, path: str) -> None:
    """ "Chín mươi" hid the 250 of another cell; nothing is stored, and a cell has one problem."""
    service, intake = opened
    before = await stored(service)
    sheet = changed(
        form("OB06"),
        *(put(1, "Điểm", "chín mươi"), put(2, "Điểm", 250), put(3, "Điểm", -1), put(4, "Điểm", 90)),
        put(4, "Mã đơn vị", "khong-co"),
        put_beside("Số liệu tính đến ngày", "hôm qua"),
    )
    answer = (await post(intake, path, sheet)).json()
    assert [cell["code"] for cell in answer["cells"]] == [
        "number_missing",
        *("not_a_day", "not_a_number", "score_above_scale", "invalid", "unit_not_found"),
    ]
    assert answer["code"] == "not_a_day"
    assert len({cell["cell"] for cell in answer["cells"]}) == 6
    assert "Còn 3 ô sai khác." in answer["detail"]
    (unchecked,) = answer["warnings"]
    assert (unchecked["code"], unchecked["detail"] in answer["detail"]) == ("not_checked", True)
    assert await stored(service) == before


async def test_a_form_without_a_column_is_refused_for_that_alone(intake: httpx.AsyncClient) -> None:
    """That every row lacks its score is no news."""
    sheet = changed(form("OB06"), fill(Kind.SCORE), put(0, "Điểm", "Số điểm"))
    cells = (await post(intake, "/v1/reports/excel", sheet, "12/BC")).json()["cells"]
    assert {cell["code"] for cell in cells} <= {"unknown_column", "column_missing", "misplaced"}
