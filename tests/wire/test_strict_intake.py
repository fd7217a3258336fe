"""What intake takes over HTTP and from an inbox: key first, then the body, to the letter; refusals in Vietnamese.

One file, because every test asks the same running service.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import date
from itertools import count
from typing import Any

import httpx
import jsonschema_rs
import pytest
import pytest_asyncio
from pydantic import TypeAdapter

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from shared.contracts.intake import Report
from shared.contracts.model import Kind
from shared.contracts.topics import INBOX, OUTBOX
from shared.runtime.app import Service
from shared.runtime.outbox import Outgoing
from shared.tables.workbooks.media_types import XLSX
from tests.support.filling import changed, fill, form, put
from tests.support.intake_client import AS_JSON, OPERATOR, at_rest, intake_client, key_of, submitted
from tests.support.memory_kafka import MemoryKafka
from tests.support.reports import body, reports_of_every_kind, score
from tests.support.spoiling import places, spoilt

OFFICE = {"Authorization": "Bearer desk"}
SCORES = body("OB06", [score("336", "87.5")])
BROKEN = b'{"a": ' + b"[" * 100_000
ENGLISH = re.compile(
    r"\b(should|field|required|error|parsing|input|valid|value|expected|found|allowed|permitted|not)\b", re.I
)
_number = count()


@pytest.fixture(scope="module")
def kafka() -> MemoryKafka:
    """A broker in memory that only this file uses."""
    return MemoryKafka()


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack, kafka: MemoryKafka) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    desk = digest("desk")
    async with intake_client(
        servers, kafka=kafka, rate_per_minute=1e6, rate_burst=1_000_000, desk_key_sha256=desk
    ) as opened:
        yield opened


@pytest.fixture
def intake(opened: tuple[Service, httpx.AsyncClient]) -> httpx.AsyncClient:
    return opened[1]


async def report(intake: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    """Send a report's body under a new number."""
    given = {**await key_of(intake, "so-noi-vu"), **AS_JSON, "Idempotency-Key": f"door-{next(_number)}"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await intake.post("/v1/reports", headers=given, content=content)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", XLSX, "application/jsonx"],
)
async def test_only_json_is_taken_as_json(intake: httpx.AsyncClient, content_type: str) -> None:
    """A body of another type is not a report, whatever it contains; no type is another type."""
    answer = await report(intake, json.dumps(SCORES).encode(), **{"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("Application/JSON;charset=UTF-8", 202),
        ("application/json; charset=utf-16", 415),
    ],
)
async def test_json_is_utf_8(intake: httpx.AsyncClient, content_type: str, status: int) -> None:
    """RFC 8259 8.1."""
    answer = await report(intake, json.dumps(SCORES).encode(), **{"Content-Type": content_type})
    assert answer.status_code == status, answer.text


async def test_a_compressed_body_is_refused(intake: httpx.AsyncClient) -> None:
    """Nothing is unpacked."""
    answer = await report(intake, b"x", **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_encoding")
    assert (await report(intake, json.dumps(SCORES).encode(), **{"Content-Encoding": "identity"})).status_code == 202


async def test_an_excel_file_has_its_own_types(intake: httpx.AsyncClient) -> None:
    """JSON is no Excel file."""
    headers = {**await key_of(intake, "so-noi-vu"), "Idempotency-Key": "door-excel"}
    content = changed(form("OB06"), fill(Kind.SCORE))
    for content_type, status in (("application/json", 415), ("text/csv", 415), (XLSX, 202)):
        sent = {**headers, "Content-Type": content_type}
        answer = await intake.post("/v1/reports/excel", headers=sent, content=content)
        assert answer.status_code == status, (content_type, answer.text)


WRITES = [
    ("PUT", "/v1/plans"),
    ("PUT", "/v1/units"),
    ("POST", "/v1/reports"),
    ("POST", "/v1/reports/excel"),
    ("POST", "/v1/nominations"),
    ("POST", "/v1/extensions"),
    ("POST", "/v1/agencies/so-noi-vu/extensions"),
    ("POST", "/v1/extensions/x/answer"),
    ("POST", "/v1/receipts/x/withdraw"),
    ("POST", "/v1/receipts/x/return"),
    ("POST", "/v1/agencies/so-noi-vu/keys"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_nothing_is_read_before_the_caller_is_known(intake: httpx.AsyncClient, method: str, path: str) -> None:
    """Without a key, or with one that nobody issued, even a broken body is answered with 401."""
    for key in ({}, {"Authorization": "Bearer nobody"}):
        headers = {**key, **AS_JSON, "Idempotency-Key": "x"}
        answer = await intake.request(method, path, headers=headers, content=BROKEN)
        assert answer.status_code == 401, (key, answer.text)


async def test_a_body_without_a_key_is_not_even_received(intake: httpx.AsyncClient) -> None:
    """The answer comes before the body is complete."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536
            await asyncio.sleep(0)

    async with asyncio.timeout(10):
        answer = await intake.put("/v1/plans", headers=AS_JSON, content=endless())
    assert answer.status_code in (401, 413)


@pytest.mark.parametrize("path", ["/v1/agencies/so-noi-vu/keys", "/v1/persons/x"])
async def test_an_unknown_key_is_401_and_a_key_without_the_right_403(intake: httpx.AsyncClient, path: str) -> None:
    """A caller whose key expired learns that, and not that it lacks a right."""
    for headers, status in (
        ({"Authorization": "Bearer nobody"}, 401),
        (await key_of(intake, "so-noi-vu"), 403),
        (OFFICE, 403),
    ):
        answer = await intake.get(path, headers={**headers, "Purpose": "kiểm tra".encode().hex()})
        assert answer.status_code == status, answer.text


async def test_an_unknown_key_is_401_for_the_office_too(intake: httpx.AsyncClient) -> None:
    """An agency and the operator may not return a report."""
    for headers, status in (
        ({"Authorization": "Bearer nobody"}, 401),
        (await key_of(intake, "so-noi-vu"), 403),
        (OPERATOR, 403),
        (OFFICE, 404),
    ):
        answer = await intake.post("/v1/receipts/x/return", headers=headers, json={"reason": "x"})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("query", ["agency=zzz", "movement=zzz", "obligation=zzz"])
async def test_receipts_of_a_name_that_nobody_knows_are_404(intake: httpx.AsyncClient, query: str) -> None:
    """An empty list would mean that nothing has been reported yet."""
    assert (await intake.get(f"/v1/receipts?{query}", headers=OFFICE)).status_code == 404
    reported = await intake.get("/v1/receipts?agency=so-y-te&obligation=OB07", headers=OFFICE)
    assert (reported.status_code, reported.json()["receipts"]) == (200, [])


async def test_a_score_with_a_comma_is_explained_in_vietnamese(intake: httpx.AsyncClient) -> None:
    """Clerks write a comma; JSON takes a point."""
    answer = await report(intake, json.dumps(body("OB06", [score("336", "91,25")])).encode())
    (problem,) = answer.json()["receipt"]["problems"]
    assert answer.status_code == 422
    assert problem["value"] == "91,25"
    assert "91.25" in problem["detail"]
    assert "dấu chấm" in problem["detail"]


@pytest.mark.parametrize(("as_of", "status"), [("0001-01-01", 422), ("2022-12-31", 422), ("2023-01-01", 202)])
async def test_figures_from_before_the_movement_are_refused(intake: httpx.AsyncClient, as_of: str, status: int) -> None:
    """An interim figure of the year 1 replaced a final one on the board."""
    answer = await report(intake, json.dumps({**SCORES, "as_of": as_of}).encode())
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["code"] == "as_of_before_period"


def problems_of(answer: httpx.Response) -> list[str]:
    """Every sentence of a refusal that a person reads."""
    problem = answer.json()
    texts = [problem["detail"], *(error["message"] for error in problem.get("errors", ()))]
    receipt = problem.get("receipt", {"problems": []})
    return texts + [text for returned in receipt["problems"] for text in (returned["detail"], returned["expected"])]


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("PUT", "/v1/units", b'{"province": "x", "version": "one", "units": [{}]}'),
        ("PUT", "/v1/plans", b'{"id": 5}'),
        ("PUT", "/v1/plans", b"{"),
        ("PUT", "/v1/plans", b"[]"),
        ("GET", "/v1/nowhere", b""),
        ("PATCH", "/v1/plans", b""),
    ],
)
async def test_no_refusal_is_in_english(intake: httpx.AsyncClient, method: str, path: str, content: bytes) -> None:
    """Neither the parser's words nor the framework's."""
    answer = await intake.request(method, path, headers=OPERATOR | AS_JSON, content=content)
    assert 400 <= answer.status_code < 500
    assert not [text for text in problems_of(answer) if ENGLISH.search(re.sub("“[^”]*”", "", text))]


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("rows", 0, "score"), "8_5", ["8_5", "dấu chấm thập phân", "91.25"]),
        (("rows", 0, "declared_rank"), True, ["true", "số nguyên", "12"]),
        (("rows", 0, "unit"), "Sở Nội vụ", ["Sở Nội vụ", "chữ thường không dấu", "so-noi-vu"]),
        (("as_of",), "30/11/2023", ["30/11/2023", "năm-tháng-ngày", "2023-11-30"]),
        (("period",), "năm 2023", ["năm 2023", "2023-Q4"]),
        (("complete_tiers",), ["tinh"], ["tinh", "so, huyen"]),
        (("kind",), "scores", ["scores", "score"]),
        (("rows",), "x", ["x", "danh sách"]),
        (("rows", 0, "score"), -1, ["-1", "từ 0 trở lên"]),
        (("rows", 0, "score"), 0.1234567, ["0.1234567", "6 chữ số thập phân"]),
    ],
)
async def test_a_refusal_names_the_value_the_form_and_an_example(
    intake: httpx.AsyncClient, place: tuple[Any, ...], value: Any, words: list[str]
) -> None:
    """ "Giá trị không hợp lệ." alone helps nobody."""
    answer = await report(intake, json.dumps(spoilt(SCORES, place, value)).encode())
    details = " ".join(problem["detail"] for problem in answer.json()["receipt"]["problems"])
    assert answer.status_code == 422
    assert [word for word in words if word not in details] == []


FEW: tuple[Any, ...] = (True, 1.0, "8_5", "2023-11-30T00:00:00")


async def test_http_and_inbox_refuse_in_form_exactly_what_the_schema_refuses(
    opened: tuple[Service, httpx.AsyncClient], kafka: MemoryKafka
) -> None:
    """Every field of every kind of report at both entrances. The plan may still refuse what is right in form."""
    service, http = opened
    schema = jsonschema_rs.validator_for(TypeAdapter(Report).json_schema(), validate_formats=True)
    expected: dict[str, bool] = {}
    agencies: dict[str, str] = {}
    messages: list[Outgoing] = []
    for agency, base in reports_of_every_kind():
        for place in places(base):
            for value in FEW if place else ():
                number, broken = f"same-{len(expected)}", spoilt(base, place, value)
                expected[number], agencies[number] = schema.is_valid(broken), agency
                event = submitted(number, json.dumps(broken))
                messages.append(Outgoing(INBOX.of(agency), number.encode(), event))
                headers = {**await key_of(http, agency), "Idempotency-Key": f"http-{number}"}
                answer = await http.post("/v1/reports", headers=headers, json=broken)
                problems = answer.json().get("receipt", {}).get("problems", [])
                refused = [problem["detail"] for problem in problems if problem["code"] == "invalid"]
                contradictory = all("phải" in detail or "Chỉ ghi" in detail for detail in refused)
                assert bool(refused) != expected[number] or contradictory, (place, value, answer.text)
    kafka.publish(messages)
    await at_rest(service)
    answers: dict[str, Any] = {}
    for agency in set(agencies.values()):
        for record in kafka.records(OUTBOX.of(agency)):
            receipt = json.loads(record.value or b"")["data"]
            answers[receipt["report"]] = receipt
    assert expected.keys() <= answers.keys()
    for number, is_valid in expected.items():
        refused = [problem["detail"] for problem in answers[number]["problems"] if problem["code"] == "invalid"]
        contradictory = all("phải" in detail or "Chỉ ghi" in detail for detail in refused)
        assert bool(refused) != is_valid or contradictory, answers[number]


@pytest.mark.parametrize(
    ("heading", "typed"),
    [("Điểm", "8_5"), ("Điểm", "８８"), ("Điểm", "1E+2"), ("Điểm", True), ("Điểm", date(2023, 1, 1))],
)
async def test_excel_refuses_the_same_values(intake: httpx.AsyncClient, heading: str, typed: Any) -> None:
    """A cell is no looser than a field of JSON."""
    headers = {**await key_of(intake, "so-noi-vu"), "Idempotency-Key": f"door-{next(_number)}", "Content-Type": XLSX}
    content = changed(form("OB06"), put(1, heading, typed))
    answer = await intake.post("/v1/reports/excel", headers=headers, content=content)
    assert answer.status_code == 422, answer.text


async def test_a_long_register_of_the_operator_does_not_hold_up_others(intake: httpx.AsyncClient) -> None:
    """It is validated in a thread; a probe is answered meanwhile."""
    units = [{"code": f"x-{n}", "name": "Đơn vị", "tier": "xa", "source": "gso"} for n in range(30_000)]
    sent = asyncio.create_task(
        intake.put("/v1/units", headers=OPERATOR, json={"province": "thai-binh", "version": 9, "units": units})
    )
    probes = 0
    while not sent.done():
        assert (await intake.get("/livez")).status_code == 200
        probes += 1
        await asyncio.sleep(0)
    assert (await sent).json()["code"] == "units_moved"
    assert probes > 3
