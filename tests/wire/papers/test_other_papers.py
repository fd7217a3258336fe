"""Nominations and requests for more time are papers too (A45): a number and a date, and a refusal uses nothing up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from shared.contracts.ids import derived
from tests.support.agency_requests import post
from tests.support.intake_client import intake_client, key_of
from tests.support.report_history import NOW

MOVEMENT = "trach-nhiem-ky-cuong-2023"
DAY = "2023-12-01"
OFFICE = {"Authorization": "Bearer desk"}


@pytest_asyncio.fixture(scope="module")
async def intake(servers: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """On the morning of 01/12/2023, with the key of the standing office."""
    async with intake_client(servers, clock="driven", clock_start=NOW, desk_key_sha256=digest("desk")) as (_, http):
        yield http


def nomination(number: str | None, day: str | None = DAY, name: str = "Nguyễn Văn Thử", **more: Any) -> dict[str, Any]:
    person = {"name": name, "born": "1980-05-02"}
    named = {"number": number, "date": day} if number else {}
    return {"movement": MOVEMENT, "award": "B6", "kind": "can_bo", "person": person, **named, **more}


async def test_a_nomination_refused_does_not_use_its_paper_up(intake: httpx.AsyncClient) -> None:
    """Refused for its award or its kind, mended, sent again under the same number; each content has its own answer."""
    issued = await key_of(intake, "341")
    paper = nomination("5/TTr-SLĐTBXH")
    refused = await post(intake, "nominations", issued, {**paper, "kind": "doanh_nhan"})
    assert (refused[0], refused[1]["code"]) == (422, "wrong_kind")
    mended = await post(intake, "nominations", issued, paper)
    assert (mended[0], mended[1]["status"]) == (201, "accepted"), mended
    assert await post(intake, "nominations", issued, paper) == mended
    assert await post(intake, "nominations", issued, {**paper, "kind": "doanh_nhan"}) == refused


async def test_one_paper_nominates_several_and_next_years_paper_is_another(intake: httpx.AsyncClient) -> None:
    """A district has two places: both come with one paper. The same paper about the same person says one thing."""
    issued = await key_of(intake, "342")
    both = [await post(intake, "nominations", issued, nomination("7/TTr-UBND", name=f"Người {n}")) for n in range(2)]
    assert [answer[0] for answer in both] == [201, 201]
    changed = nomination("7/TTr-UBND", name="Người 0", note="khác")
    other = await post(intake, "nominations", issued, changed)
    assert (other[0], other[1]["code"]) == (409, "nomination_id_reused")
    assert "số “7/TTr-UBND” ngày 01/12/2023" in other[1]["detail"]
    later = await post(intake, "nominations", issued, {**changed, "date": "2022-12-01"})
    assert (later[0], later[1]["code"]) == (409, "one_route")


async def test_a_nomination_without_a_date_keeps_the_id_of_0_1_0(intake: httpx.AsyncClient) -> None:
    """By the header alone, as UTF-8, or by the body."""
    headers: Any = {**await key_of(intake, "343"), "Idempotency-Key": "8/TTr-SLĐTBXH".encode()}
    by_header = await intake.post("/v1/nominations", headers=headers, json=nomination(None, name="Người Một"))
    assert by_header.status_code == 201, by_header.text
    assert by_header.json()["id"] == derived("nomination", "343", "8/TTr-SLĐTBXH")
    again = await post(
        intake, "nominations", await key_of(intake, "343"), nomination("8/TTr-SLĐTBXH", None, "Người Một")
    )
    assert again == (201, by_header.json())


def extension(number: str, until: str = "2023-12-08") -> dict[str, Any]:
    header = {"movement": MOVEMENT, "obligation": "OB06", "period": "2023"}
    return {**header, "until": until, "reason": "chờ số liệu", "number": number, "date": DAY}


@pytest.mark.parametrize("path", ["nominations", "extensions"])
async def test_a_number_or_date_in_another_form_is_refused_with_an_example(
    intake: httpx.AsyncClient, path: str
) -> None:
    """In Vietnamese, with the value and an example; a paper of tomorrow does not exist."""
    issued = await key_of(intake, "so-noi-vu")
    paper = nomination("9/TTr") if path == "nominations" else extension("9/TTr")
    status, answer = await post(intake, path, issued, {**paper, "number": "9 /TTr"})
    assert (status, answer["code"]) == (422, "invalid")
    assert "“9 /TTr”" in answer["detail"]
    assert "ví dụ 12/BC-BTĐKT" in answer["detail"]
    status, answer = await post(intake, path, issued, {**paper, "date": "01/12/2023"})
    assert (status, answer["code"]) == (422, "invalid")
    assert "“01/12/2023”" in answer["detail"]
    status, answer = await post(intake, path, issued, {**paper, "date": "2023-12-02"})
    assert (status, answer["code"]) == (422, "date_in_future")


async def test_a_request_for_more_time_is_a_paper_too(intake: httpx.AsyncClient) -> None:
    """Sent again it is the same request; a refusal, by intake or by the office, uses nothing up."""
    issued = await key_of(intake, "so-noi-vu")
    early = await post(intake, "extensions", issued, extension("10/CV-SNV", "2023-12-04"))
    assert (early[0], early[1]["code"]) == (422, "until_too_early")
    requested = await post(intake, "extensions", issued, extension("10/CV-SNV"))
    assert (requested[0], requested[1]["number"], requested[1]["date"]) == (201, "10/CV-SNV", DAY)
    assert await post(intake, "extensions", issued, extension("10/CV-SNV")) == requested
    other = await post(intake, "extensions", issued, extension("10/CV-SNV", "2023-12-09"))
    assert (other[0], other[1]["code"]) == (409, "extension_id_reused")
    pending = await post(intake, "extensions", issued, extension("11/CV-SNV", "2023-12-09"))
    assert (pending[0], pending[1]["code"]) == (409, "already_asked")
    path = f"extensions/{requested[1]['id']}/answer"
    assert (await post(intake, path, OFFICE, {"granted": False, "reason": "chưa rõ lý do"}))[0] == 200
    mended = await post(intake, "extensions", issued, extension("10/CV-SNV", "2023-12-09"))
    assert (mended[0], mended[1]["status"]) == (201, "asked")
    again = await post(intake, "extensions", issued, extension("10/CV-SNV"))
    assert (again[1]["id"], again[1]["status"]) == (requested[1]["id"], "refused")
    assert await post(intake, "extensions", issued, extension("10/CV-SNV", "2023-12-09")) == mended
