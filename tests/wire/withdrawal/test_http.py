"""Receipts, withdrawals of reports and extensions over HTTP, on a real database."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.intake import ResultsReported
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.receipts import ReportAnswered
from shared.contracts.topics import EXTENSIONS, OUTBOX, RESULTS
from tests.support.agency_requests import post, published, send
from tests.support.intake_client import AS_JSON, Intake, key_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.movement import units
from tests.support.reports import body, score

OFFICE = {"Authorization": "Bearer desk"}
SO = units(Tier.SO)
WHY = {"reason": "Gửi nhầm bản chưa duyệt"}


async def duty_of(intake: httpx.AsyncClient, agency: str, obligation: str) -> Any:
    answer = await intake.get("/v1/obligations", headers=await key_of(intake, agency))
    return next(duty for duty in answer.json() if duty["obligation"] == obligation)


async def receipts(intake: httpx.AsyncClient, headers: dict[str, str], **query: str) -> Any:
    answer = await intake.get("/v1/receipts", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_agency_withdraws_its_report_once_and_it_is_due_again(
    kafka: MemoryKafka, opened: Intake, intake: httpx.AsyncClient
) -> None:
    """Five concurrent requests make one withdrawal, one receipt and one set of events."""
    headers = await key_of(intake, "so-tttt")
    first = await send(intake, "so-tttt", "OB07", "71/BC", *(score(unit) for unit in SO))
    second = await send(intake, "so-tttt", "OB07", "72/BC", score(SO[0], "12.5"))
    answers = await asyncio.gather(*(post(intake, f"receipts/{second['id']}/withdraw", headers, WHY) for _ in range(5)))
    assert {status for status, _ in answers} == {200}
    (taken,) = {receipt["id"]: receipt for _, receipt in answers}.values()
    assert (taken["version"], taken["takes_back"]["receipt"], taken["takes_back"]["by"]) == (3, second["id"], "agency")
    assert taken["status"] == "withdrawal", "it said that something was accepted"
    assert (await intake.get(f"/v1/receipts/{taken['id']}", headers=headers)).json()["status"] == "withdrawal"
    listed = {
        status: [r["id"] for r in (await receipts(intake, headers, status=status))["receipts"]]
        for status in ("accepted", "returned", "withdrawal")
    }
    assert listed == {"accepted": [second["id"], first["id"]], "returned": [], "withdrawal": [taken["id"]]}
    now = (await intake.get(f"/v1/receipts/{second['id']}", headers=headers)).json()
    assert now["taken_back"]["reason"] == WHY["reason"]
    stands = await duty_of(intake, "so-tttt", "OB07")
    assert [(v["receipt"], bool(v["taken_back"])) for v in stands["versions"]] == [
        (first["id"], False),
        (second["id"], True),
    ]
    events = [ResultsReported.model_validate_json(value) for value in await published(kafka, opened[0], RESULTS.name)]
    replacements = [event.data for event in events if event.data.instead and event.data.instead.receipt == taken["id"]]
    assert len(replacements) == 1
    assert [(data.receipt, str(data.rows[0].unit)) for data in replacements] == [(first["id"], SO[0])]


async def test_a_withdrawn_report_sent_again_under_the_same_key_is_refused(
    intake: httpx.AsyncClient,
) -> None:
    """It needs a new number; it is neither counted nor silently treated as sent."""
    sent = await send(intake, "cong-an-tinh", "OB08", "5/BC", score(SO[0]))
    headers = await key_of(intake, "cong-an-tinh")
    assert (await post(intake, f"receipts/{sent['id']}/withdraw", headers, WHY))[0] == 200
    answer = await intake.post(
        "/v1/reports", headers={**headers, "Idempotency-Key": "5/BC"}, json=body("OB08", [score(SO[0])])
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "taken_back")
    assert (await send(intake, "cong-an-tinh", "OB08", "6/BC", score(SO[0])))["version"] == 3


async def test_the_standing_office_returns_a_report_and_the_agency_is_notified(
    kafka: MemoryKafka, opened: Intake, intake: httpx.AsyncClient
) -> None:
    """The return appears on its answer topic, among the receipts and in its obligations."""
    sent = await send(intake, "vp-tinh-uy", "OB03", "88/BC", {"unit": SO[0], "invited": 3, "present": 3})
    assert (await post(intake, f"receipts/{sent['id']}/return", await key_of(intake, "vp-tinh-uy"), WHY))[0] == 403
    status, taken = await post(intake, f"receipts/{sent['id']}/return", OFFICE, {"reason": "Chưa có chữ ký"})
    assert (status, taken["takes_back"]["by"], taken["reported_by"]) == (200, "standing_office", "vp-tinh-uy")
    assert (await duty_of(intake, "vp-tinh-uy", "OB03"))["status_name"] == "được đề nghị bổ sung, hoàn thiện"
    everybody = (await intake.get("/v1/receipts", headers=OFFICE, params={"obligation": "OB03"})).json()["receipts"]
    assert [receipt["id"] for receipt in everybody] == [taken["id"], sent["id"]]
    assert everybody[1]["taken_back"]["reason"] == "Chưa có chữ ký"
    own = await post(intake, f"receipts/{sent['id']}/withdraw", await key_of(intake, "vp-tinh-uy"), WHY)
    assert (own[0], own[1]["code"]) == (409, "taken_back")
    messages = await published(kafka, opened[0], OUTBOX.of("vp-tinh-uy"))
    answers = [ReportAnswered.model_validate_json(value).data for value in messages]
    assert [answer.takes_back.reason for answer in answers if answer.takes_back] == ["Chưa có chữ ký"]


async def test_only_an_accepted_report_of_ones_own_can_be_withdrawn(intake: httpx.AsyncClient) -> None:
    """Another agency's receipt is a 404; a refused report and a withdrawal cannot be withdrawn."""
    sent = await send(intake, "so-khdt", "OB09", "150/BC", {"unit": SO[0]})
    stranger = await key_of(intake, "so-noi-vu")
    assert (await intake.get(f"/v1/receipts/{sent['id']}", headers=stranger)).status_code == 404
    assert (await post(intake, f"receipts/{sent['id']}/withdraw", stranger, WHY))[0] == 404
    own = await key_of(intake, "so-khdt")
    refused = await send(intake, "so-khdt", "OB09", "151/BC", {"unit": "nowhere"})
    status, problem = await post(intake, f"receipts/{refused['receipt']['id']}/withdraw", own, WHY)
    assert (status, problem["code"]) == (409, "not_a_report")
    unread = await send(intake, "so-khdt", "OB09", "152/BC", {"unit": SO[0]}, movement="nowhere")
    status, problem = await post(intake, f"receipts/{unread['receipt']['id']}/withdraw", own, WHY)
    assert (status, problem["code"]) == (409, "not_a_report")
    _, taken = await post(intake, f"receipts/{sent['id']}/withdraw", own, WHY)
    assert (await post(intake, f"receipts/{taken['id']}/withdraw", own, WHY))[0] == 409
    assert (await post(intake, f"receipts/{taken['id']}/withdraw", own, {"reason": ""}))[0] == 422


async def test_receipts_are_listed_page_by_page(intake: httpx.AsyncClient) -> None:
    """``next`` leads through every receipt once, oldest or newest first."""
    headers = await key_of(intake, "vp-ubnd-tinh")
    numbers = [f"{n}/BC" for n in range(7)]
    for number in numbers:
        await send(intake, "vp-ubnd-tinh", "OB02", number, {"unit": SO[0], "due": 3, "done_on_time": 3})
    for order, expected in (("oldest", numbers), ("newest", numbers[::-1])):
        seen: list[str] = []
        after: dict[str, str] = {}
        while True:
            query: dict[str, Any] = {"limit": 3, "obligation": "OB02", "order": order, **after}
            page = (await intake.get("/v1/receipts", headers=headers, params=query)).json()
            assert len(page["receipts"]) <= 3
            seen += [receipt["report"] for receipt in page["receipts"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert seen == expected
    none = await intake.get("/v1/receipts", headers=headers, params={"obligation": "OB01"})
    assert none.json() == {"receipts": [], "next": None}
    assert (await intake.get("/v1/receipts", headers=headers, params={"after": "nobody"})).status_code == 404


def extension_body(until: date, obligation: str = "OB04") -> dict[str, str]:
    about = {"movement": "trach-nhiem-ky-cuong-2023", "obligation": obligation, "period": "2023"}
    return {**about, "until": until.isoformat(), "reason": "Kỳ họp kết thúc ngày 05/12"}


async def test_an_extension_is_requested_granted_and_kept_beside_the_plans_own_day(
    kafka: MemoryKafka, opened: Intake, intake: httpx.AsyncClient
) -> None:
    """Granted before the plan's day has passed, it makes reports up to the new day timely."""
    service, _ = opened
    agency = "vp-doan-dbqh-hdnd"
    headers = await key_of(intake, agency)
    assert (await post(intake, "extensions", headers, extension_body(date(2023, 12, 4))))[1][
        "code"
    ] == "until_too_early"
    assert (await post(intake, "extensions", headers, extension_body(date(2023, 12, 8), "OB06")))[1][
        "code"
    ] == "not_responsible"
    status, extension = await post(intake, "extensions", headers, extension_body(date(2023, 12, 8)))
    assert (status, extension["status"], extension["last_day"]) == (201, "asked", "2023-12-04")
    assert (await post(intake, "extensions", headers, extension_body(date(2023, 12, 9))))[1]["code"] == "already_asked"
    assert (await post(intake, f"extensions/{extension['id']}/answer", headers, {"granted": True}))[0] == 403
    waiting = (await intake.get("/v1/extensions", headers=OFFICE, params={"status": "asked"})).json()
    assert [row["id"] for row in waiting] == [extension["id"]]
    answered = [await post(intake, f"extensions/{extension['id']}/answer", OFFICE, {"granted": True}) for _ in range(2)]
    assert [status for status, _ in answered] == [200, 200]
    assert answered[0] == answered[1]
    refused = await post(intake, f"extensions/{extension['id']}/answer", OFFICE, {"granted": False, "reason": "không"})
    assert refused[1]["code"] == "already_answered"
    stands = await duty_of(intake, agency, "OB04")
    assert (stands["last_day"], stands["extended_to"], stands["due_at"]) == (
        "2023-12-04",
        "2023-12-08",
        "2023-12-09T00:00:00+07:00",
    )
    assert "gia hạn từ hết ngày 04/12/2023 đến hết ngày 08/12/2023" in stands["by_when"]
    await service.drive(datetime(2023, 12, 8, 23, 59, 59, tzinfo=VIETNAM))
    rows = [{"unit": unit, "invited": 3, "present": 3} for unit in SO]
    in_time = await send(intake, agency, "OB04", "64/BC", *rows)
    assert (in_time["timely"], in_time["last_day"]) == (True, "2023-12-08")
    await service.drive(service.clock.now() + timedelta(seconds=1))
    assert (await send(intake, agency, "OB04", "65/BC", *rows))["timely"] is False
    # Granted unasked and after the day: a report is still late, but is expected until the new day.
    status, granted = await post(intake, f"agencies/{agency}/extensions", OFFICE, extension_body(date(2023, 12, 20)))
    assert (status, granted["status"], granted["unasked"], granted["in_time"]) == (201, "granted", True, False)
    assert (await send(intake, agency, "OB04", "66/BC", *rows))["timely"] is False
    assert len(await published(kafka, opened[0], EXTENSIONS.name)) >= 2


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        (b'{"reason": "\\u202eson gnort"}', 422, "bidi_character"),
        (b'{"reason": "a\\u0000b"}', 422, "control_character"),
        (b'{"reason": "a\\u200bb"}', 422, "invisible_character"),
        (b'{"reason": "' + b"a" * 2001 + b'"}', 422, "invalid"),
        (b'{"reason": " "}', 422, "invalid"),
        (b'{"reason": "x", "reasom": "y"}', 422, "invalid"),
        (b'{"reason": "x", "reason": "y"}', 400, "name_twice"),
        (b'{"reason": "\\ud800"}', 400, "not_json"),
        (b"[" * 100_000, 400, "too_deep"),
        (b"", 400, "not_json"),
        (b'{"reason": "' + b"a" * 300_000 + b'"}', 413, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_reason_is_read_as_strictly_as_a_report(
    intake: httpx.AsyncClient, reason: bytes, status: int, code: str
) -> None:
    """A reason appears in mails, events and pages. A bad one is refused in Vietnamese and changes nothing."""
    headers = await key_of(intake, "so-noi-vu")
    sent = await send(intake, "so-noi-vu", "OB06", "46/BC", score(SO[0]))
    about = {name: value for name, value in extension_body(date(2024, 1, 8), "OB06").items() if name != "reason"}
    request = reason.replace(b"{", json.dumps(about).encode()[:-1] + b", ", 1)
    for path, caller, content in (
        (f"receipts/{sent['id']}/withdraw", headers, reason),
        (f"receipts/{sent['id']}/return", OFFICE, reason),
        ("extensions", headers, request),
        ("agencies/so-noi-vu/extensions", OFFICE, request),
    ):
        answer = await intake.post(f"/v1/{path}", headers=caller | AS_JSON, content=content)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code), (path, problem)
        assert answer.headers["content-type"] == "application/problem+json"
        assert any(character in problem["detail"] for character in "ộôóđớề")
    assert (await intake.get(f"/v1/receipts/{sent['id']}", headers=headers)).json()["taken_back"] is None
    extensions = (await intake.get("/v1/extensions", headers=OFFICE)).json()
    assert not [extension for extension in extensions if extension["obligation"] == "OB06"]


async def test_a_reason_is_stored_in_one_normal_form(intake: httpx.AsyncClient) -> None:
    """NFC without surrounding white space, like every text of a report."""
    sent = await send(intake, "so-noi-vu", "OB06", "47/BC", score(SO[0]))
    headers = await key_of(intake, "so-noi-vu")
    _, taken = await post(
        intake, f"receipts/{sent['id']}/withdraw", headers, {"reason": "\u00a0Ho\u00e0 gu\u031b\u0309i "}
    )
    assert taken["takes_back"]["reason"] == "Hoà gửi"
