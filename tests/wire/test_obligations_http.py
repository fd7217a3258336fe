"""An agency's obligations over HTTP, on a real database, and the 403 for reports outside its authority."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.model import VIETNAM, Tier
from shared.plans.load import load_plan
from tests.support.intake_client import OPERATOR, intake_client, key_of
from tests.support.mergers import NEW, OLD, merged
from tests.support.movement import units
from tests.support.provinces import THAI_BINH
from tests.support.reports import body, score

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
MOVEMENT = "trach-nhiem-ky-cuong-2023"
S3 = "ha-tang-dong-bo-tiet-kiem-2023-2030"


@pytest_asyncio.fixture(scope="module")
async def intake(servers: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The intake service on the morning of 01/12/2023, with S0 and S3 in force."""
    s3 = load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")
    async with intake_client(servers, clock="driven", clock_start=NOW) as (_, http):
        headers = {**OPERATOR, "Content-Type": "application/json"}
        assert (await http.put("/v1/plans", headers=headers, content=s3.model_dump_json())).status_code == 204
        yield http


async def obligations_of(intake: httpx.AsyncClient, headers: dict[str, str], **query: str) -> Any:
    answer = await intake.get("/v1/obligations", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_status_of_an_obligation_changes_with_the_reports_sent(intake: httpx.AsyncClient) -> None:
    """Answers have codes for machines, Vietnamese for people, and instants with the province's offset."""
    headers = await key_of(intake, "so-tttt")
    before = next(
        duty for duty in await obligations_of(intake, headers, movement=MOVEMENT) if duty["obligation"] == "OB07"
    )
    assert (before["status"], before["missing_count"], before["versions"]) == ("not_sent", 52, [])
    assert before["due_at"] == "2023-12-05T00:00:00+07:00"
    assert before["rule"] == "khoản 5 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh"
    report = body("OB07", [score(unit) for unit in units(Tier.SO)])
    sent = await intake.post("/v1/reports", headers={**headers, "Idempotency-Key": "1/BC"}, json=report)
    assert sent.status_code == 202
    after = next(
        duty for duty in await obligations_of(intake, headers, movement=MOVEMENT) if duty["obligation"] == "OB07"
    )
    assert (after["status"], after["status_name"]) == ("partial", "đã gửi một phần")
    assert [unit["code"] for unit in after["missing"]] == units(Tier.HUYEN)
    (version,) = after["versions"]
    assert (version["receipt"], version["report"], version["version"]) == (sent.json()["id"], "1/BC", 1)
    rest = body("OB07", [score(unit) for unit in units(Tier.HUYEN)])
    await intake.post("/v1/reports", headers={**headers, "Idempotency-Key": "2/BC"}, json=rest)
    whole = next(
        duty for duty in await obligations_of(intake, headers, movement=MOVEMENT) if duty["obligation"] == "OB07"
    )
    assert (whole["status"], whole["missing_count"], len(whole["versions"])) == ("complete_in_time", 0, 2)


async def test_without_a_movement_the_obligations_of_every_movement_are_listed(intake: httpx.AsyncClient) -> None:
    """OB15 was due before 30/6 and no report came."""
    everything = await obligations_of(intake, await key_of(intake, "so-noi-vu"))
    assert {duty["movement"] for duty in everything} == {MOVEMENT, S3}
    (overdue,) = (duty for duty in everything if duty["status"] == "overdue")
    assert (overdue["obligation"], overdue["last_day"]) == ("OB15", "2023-06-29")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("movement=nothing", 404, "unknown_movement"), ("movement=KH%2046", 422, "malformed")],
)
async def test_an_unknown_movement_is_a_problem_document(
    intake: httpx.AsyncClient, query: str, status: int, code: str
) -> None:
    """A name that no movement can have is one too."""
    answer = await intake.get(f"/v1/obligations?{query}", headers=await key_of(intake, "so-noi-vu"))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_obligations_need_a_key(intake: httpx.AsyncClient) -> None:
    """The answer is 401, and it is documented like the other statuses."""
    answer = await intake.get("/v1/obligations")
    assert (answer.status_code, answer.json()["code"]) == (401, "no_key")
    documented = (await intake.get("/openapi.json")).json()["paths"]["/v1/obligations"]["get"]["responses"]
    assert documented.keys() == {"200", "401", "404", "422", "429", "503"}


@pytest.mark.parametrize(
    ("agency", "obligation", "unit", "code"),
    [
        ("cong-an-tinh", "OB06", "336", "not_responsible"),
        ("so-tttt", "OB07", "vp-tinh-uy", "tier_not_reported"),
    ],
)
async def test_a_report_outside_the_agencys_authority_is_403_with_the_rule_cited(
    intake: httpx.AsyncClient, agency: str, obligation: str, unit: str, code: str
) -> None:
    """It applies to the wrong agency and to the wrong tier; nothing is accepted."""
    headers = {**await key_of(intake, agency), "Idempotency-Key": f"{agency}-{obligation}"}
    answer = await intake.post("/v1/reports", headers=headers, json=body(obligation, [score(unit)]))
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    rule = answer.json()["receipt"]["problems"][0]["rule"]
    assert rule.endswith("Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh")
    assert answer.json()["receipt"]["reported_by"] == agency


async def test_a_successor_is_not_asked_for_what_its_predecessors_had_reported(intake: httpx.AsyncClient) -> None:
    """Both departments report for 2023 on the day before they are merged; the new one is asked from 2024 on."""
    s3 = load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")
    sent = {name: value for name, value in body("OB16", [], plan=s3).items() if name != "rows"}
    sent["document"] = {"number": "12/BC", "issued": "2023-12-01", "title": "Báo cáo tình hình thực hiện"}
    for agency in OLD:
        headers = {**await key_of(intake, agency), "Idempotency-Key": f"{agency}-ob16"}
        answer = await intake.post("/v1/reports", headers=headers, json=sent)
        assert answer.status_code == 202, answer.text
    headers = {**OPERATOR, "Content-Type": "application/json"}
    merger = await intake.put("/v1/units", headers=headers, content=merged().model_dump_json())
    assert merger.status_code == 204, merger.text
    years_by_agency = {
        agency: [
            duty["period"]
            for duty in await obligations_of(intake, await key_of(intake, agency), movement=S3)
            if duty["obligation"] == "OB16"
        ]
        for agency in (NEW, "so-noi-vu")
    }
    years = [str(year) for year in range(2023, 2031)]
    assert years_by_agency == {NEW: years[1:], "so-noi-vu": years}
