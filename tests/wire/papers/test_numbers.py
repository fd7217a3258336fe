"""Official numbers as agencies write them (NĐ 30/2020/NĐ-CP), at every entrance: HTTP, Excel and Kafka."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.filling import changed, put, put_beside
from tests.support.intake_client import key_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.papers import AGENCY, by_excel, over_http, over_kafka, paper

NUMBERS = ["12/BC-BTĐKT", "5/TTr-SLĐTBXH", "46/2023/QĐ-UBND", "34-CT/TW", "7/BC-LĐTB&XH", "snv-2023_cchc.02:1"]
WRONG = ["12 /BC-SNV", "số 12", "12/BC\u2013SNV", "12/BC-SNV;", "/BC-SNV", "x" * 127, "12/BC-СНВ"]
DAY = "2023-12-01"


async def by_form(intake: httpx.AsyncClient, number: Any) -> httpx.Response:
    """A form of OB06 with this number in its cell."""
    url = "/v1/obligations/OB06/template.xlsx?movement=trach-nhiem-ky-cuong-2023"
    form = (await intake.get(url, headers=await key_of(intake, AGENCY))).content
    cells = (put_beside("Số, ký hiệu báo cáo", number), put(1, "Mã đơn vị", "336"), put(1, "Tên đơn vị", None))
    return await by_excel(intake, changed(form, *cells, put(1, "Điểm", "87,5")))


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_number_is_taken_at_every_entrance(kafka: MemoryKafka, intake: httpx.AsyncClient, number: str) -> None:
    """In the body, in the header as curl sends it, as an event's id, in a cell: the same paper everywhere."""
    in_body = await over_http(intake, paper(number))
    assert (in_body.status_code, in_body.json()["report"]) == (202, number), in_body.text
    in_header = await over_http(intake, paper(), number.encode())
    assert in_header.json() == in_body.json()
    assert (await over_kafka(kafka, number, paper()))["id"] == in_body.json()["id"]
    assert (await over_kafka(kafka, f"event of {number}", paper(number)))["id"] == in_body.json()["id"]
    in_cell = await by_form(intake, number)
    assert in_cell.json() == in_body.json()


@pytest.mark.parametrize("number", WRONG)
async def test_a_number_in_another_form_is_refused_at_every_entrance_with_an_example(
    kafka: MemoryKafka, intake: httpx.AsyncClient, number: str
) -> None:
    """In Vietnamese: field, value, expected form, example. The cell is named as well."""
    answers = [await over_http(intake, paper(number)), await by_form(intake, number)]
    answers += [await over_http(intake, paper(), number.encode())] if len(number) < 127 else []
    assert {answer.status_code for answer in answers} == {422}, [answer.text for answer in answers]
    problems = [answer.json()["receipt"]["problems"][0] for answer in answers if "receipt" in answer.json()]
    problems.append((await over_kafka(kafka, f"wrong {number}"[:126], paper(number)))["problems"][0])
    if len(number) < 127:
        problems.append((await over_kafka(kafka, number, paper()))["problems"][0])
    for problem in problems:
        assert (problem["code"], problem["pointer"]) == ("invalid", "/number")
        assert number[:100] in problem["detail"]
        assert "Số, ký hiệu" in problem["detail"]
        assert "ví dụ 12/BC-BTĐKT" in problem["detail"]
    cells = answers[1].json().get("cells")
    assert cells is None or cells[0]["cell"].startswith("B")


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        ("01/12/2023", "01/12/2023"),
        ("2023-13-01", "2023-13-01"),
        (20231201, "20231201"),
        ("2023-12-01T00:00", "T00:00"),
    ],
)
async def test_a_date_in_another_form_is_refused_with_an_example(
    intake: httpx.AsyncClient, day: Any, shown: str
) -> None:
    """It is a day, written as in every other field."""
    answer = await over_http(intake, {**paper("13/BC-SNV"), "date": day})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    (problem,) = answer.json()["receipt"]["problems"]
    assert problem["pointer"] == "/date"
    assert shown in problem["detail"]
    assert "ví dụ 2023-11-30" in problem["detail"]


async def test_a_paper_is_not_of_a_day_to_come(intake: httpx.AsyncClient) -> None:
    """On 01/12/2023 no paper of 02/12 exists."""
    answer = await over_http(intake, paper("14/BC-SNV", "2023-12-02"))
    assert (answer.status_code, answer.json()["code"]) == (422, "date_in_future")
    assert answer.json()["receipt"]["problems"][0]["pointer"] == "/date"


async def test_a_report_without_any_number_is_refused_with_its_place(intake: httpx.AsyncClient) -> None:
    """Neither in the body nor in the header; nothing is stored."""
    for answer in (
        await over_http(intake, paper()),
        await over_http(intake, paper(), "x" * 127),
        await by_form(intake, None),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "number_missing"), answer.text
        assert "12/BC-BTĐKT" in answer.json()["detail"]
        assert "receipt" not in answer.json()
