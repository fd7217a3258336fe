"""Intake over HTTP, on a real database: the answers that the operator and an agency get when something is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.units import UnitRegister
from tests.support.intake_client import AS_JSON, intake_client, key_of
from tests.support.intake_client import OPERATOR_JSON as OPERATOR
from tests.support.movement import AS_OF, register, s0

REPORT = {
    "movement": "trach-nhiem-ky-cuong-2023",
    "obligation": "OB06",
    "period": "2023",
    "kind": "score",
    "as_of": AS_OF.isoformat(),
    "rows": [{"unit": "336", "score": "87.5"}],
}


@pytest_asyncio.fixture(scope="module")
async def intake(servers: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The intake service in this process, with an empty database of its own."""
    async with intake_client(servers, documents=()) as (_, http):
        yield http


async def put(intake: httpx.AsyncClient, path: str, body: str) -> tuple[int, str | None]:
    answer = await intake.put(path, headers=OPERATOR, content=body)
    return answer.status_code, answer.json()["code"] if answer.content else None


async def test_a_plan_needs_units_first_and_a_version_is_published_once(intake: httpx.AsyncClient) -> None:
    """The refusal states what to do, and nothing is replaced silently."""
    assert await put(intake, "/v1/plans", s0().model_dump_json()) == (409, "no_units")
    assert await put(intake, "/v1/units", register().model_dump_json()) == (204, None)
    assert await put(intake, "/v1/units", register().model_dump_json()) == (204, None)
    fewer = UnitRegister(province="thai-binh", version=1, units=register().units[:-1])
    assert await put(intake, "/v1/units", fewer.model_dump_json()) == (409, "version_taken")
    moved = UnitRegister(province="thai-binh", version=2, units=register().units[::-1])
    assert await put(intake, "/v1/units", moved.model_dump_json()) == (409, "units_moved")
    assert await put(intake, "/v1/plans", s0().model_dump_json()) == (204, None)
    changed = s0().model_copy(update={"legal_basis": "khác"})
    assert await put(intake, "/v1/plans", changed.model_dump_json()) == (409, "version_taken")


async def test_plans_and_units_of_another_province_are_refused(intake: httpx.AsyncClient) -> None:
    """They would be published and never used: intake accepts the reports of its own province only."""
    units = register().model_copy(update={"province": "moi"})
    plan = s0().model_copy(update={"province": "moi"})
    for path, body, what in (("units", units, "Danh mục đơn vị"), ("plans", plan, "Kế hoạch")):
        answer = await intake.put(f"/v1/{path}", headers=OPERATOR, content=body.model_dump_json())
        assert (answer.status_code, answer.json()["code"]) == (422, "other_province")
        assert answer.json()["detail"] == f"{what} ghi tỉnh “moi”; cổng tiếp nhận này của “thai-binh”."


async def test_the_same_report_sent_many_times_at_once_is_one_receipt(intake: httpx.AsyncClient) -> None:
    """The same id with another body is a conflict, which is stored and answered."""
    issued = await key_of(intake, "so-noi-vu")
    headers = {**issued, "Idempotency-Key": "r-1"}
    answers = await asyncio.gather(*(intake.post("/v1/reports", headers=headers, json=REPORT) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await intake.post("/v1/reports", headers=headers, json={**REPORT, "note": "khác"})
    assert (other.status_code, other.json()["code"]) == (409, "report_id_reused")
    receipts = (await intake.get("/v1/receipts", headers=headers)).json()["receipts"]
    assert [receipt["status"] for receipt in receipts] == ["returned", "accepted"]


async def test_concurrent_reports_get_consecutive_versions(intake: httpx.AsyncClient) -> None:
    """No version is given twice and none is skipped."""
    issued = await key_of(intake, "cong-an-tinh")
    body = {**REPORT, "obligation": "OB08"}
    answers = await asyncio.gather(
        *(intake.post("/v1/reports", headers={**issued, "Idempotency-Key": f"r-{n}"}, json=body) for n in range(8))
    )
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"not json", 400, "not_json"),
        (b"[1, 2]", 400, "not_json"),
        (b"[" * 100_000, 400, "too_deep"),
        (b'{"a": "' + b"x" * 300_000 + b'"}', 413, "too_large"),
        (b"{}", 422, "invalid"),
        (b'{"a": "\\ud800"}', 400, "not_json"),
        (b'{"kind": "score", "rows": [{"unit": "336", "score": NaN}]}', 400, "number_not_finite"),
        (b'{"kind": "score", "kind": "tasks"}', 400, "name_twice"),
        (b'{"note": "\\u202e"}', 422, "bidi_character"),
    ],
)
async def test_a_body_that_is_no_report_gets_a_problem_document(
    intake: httpx.AsyncClient, content: bytes, status: int, code: str
) -> None:
    """The answer is never a 500."""
    issued = await key_of(intake, "so-tttt")
    headers = {**issued, **AS_JSON, "Idempotency-Key": f"bad-{hash(content)}"}
    answer = await intake.post("/v1/reports", headers=headers, content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_agency_sees_its_own_receipts_only(intake: httpx.AsyncClient) -> None:
    """Another agency's receipt is a 404."""
    keys = {agency: await key_of(intake, agency) for agency in ("so-noi-vu", "vp-tinh-uy")}
    sent = await intake.post("/v1/reports", headers={**keys["so-noi-vu"], "Idempotency-Key": "mine"}, json=REPORT)
    path = f"/v1/receipts/{sent.json()['id']}"
    assert (await intake.get(path, headers=keys["so-noi-vu"])).status_code == 200
    assert (await intake.get(path, headers=keys["vp-tinh-uy"])).status_code == 404


async def test_a_key_is_issued_only_for_a_unit_that_exists(intake: httpx.AsyncClient) -> None:
    """An unknown unit is a 404."""
    assert (await intake.post("/v1/agencies/nobody/keys", headers=OPERATOR)).status_code == 404


async def test_an_unknown_path_is_answered_with_a_problem_document_too(intake: httpx.AsyncClient) -> None:
    """Every refusal has the same form."""
    answer = await intake.get("/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_plan_that_would_lose_what_was_reported_is_refused(intake: httpx.AsyncClient) -> None:
    """The new version has a smaller scale; the refusal names the smallest scale allowed."""
    written = s0().model_dump(mode="json") | {"version": 2}
    written["fields"][0] |= {"scale": "10"}
    answer = await intake.put("/v1/plans", headers=OPERATOR, json=written)
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_breaks")
    assert "thang điểm không được nhỏ hơn 100" in answer.json()["detail"]


async def test_a_plan_in_force_may_be_published_again_even_after_a_newer_version_grew_its_scale(
    intake: httpx.AsyncClient,
) -> None:
    """An operator may publish the whole folder again: nothing is lost and nothing is refused."""
    written = s0().model_dump(mode="json")
    grown = written | {"version": 2, "fields": [f | {"scale": "1000"} for f in written["fields"]]}
    for body in (grown, written, grown):
        assert (await intake.put("/v1/plans", headers=OPERATOR, json=body)).status_code == 204
