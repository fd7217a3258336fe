"""`thidua agency` as an operator runs it, against intake behind a real port: keys are issued, listed and withdrawn."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from tests.support.intake_client import OPERATOR, intake_client, listening
from tests.support.kafka_access import thidua
from tests.support.reports import body, score

START = datetime(2023, 12, 1, 2, tzinfo=UTC)
PREFIX = f"test_{uuid4().hex}_"


@pytest_asyncio.fixture(scope="module")
async def url(servers: Stack) -> AsyncIterator[str]:
    async with (
        intake_client(
            servers,
            clock="driven",
            clock_start=START,
            database_prefix=PREFIX,
            sign_in_links=True,
            sign_in_url="http://127.0.0.1:8101/dang-nhap",
        ) as (service, _),
        listening(service) as address,
    ):
        yield address


async def status_with_key(url: str, key: str) -> int:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{url}/v1/receipts", headers={"Authorization": f"Bearer {key}"})).status_code


async def test_an_operator_rotates_an_agencys_key_with_three_commands(url: str, servers: Stack) -> None:
    """`add` prints when a key expires. A third `add` fails with the reason and the commands that would make room."""
    at = ("--url", url)
    keys: dict[str, str] = {}
    for _ in range(2):
        code, out, err = await thidua("agency", "add", "so-noi-vu", *at)
        assert code == 0, err
        (key,) = re.findall(r"^Khóa API +(\S+)   \(chỉ hiện một lần\)$", out, re.M)
        (key_id,) = re.findall(r"^Mã khóa +([0-9a-f]{12})   \(hiệu lực đến 09:00 ngày 30/11/2024\)$", out, re.M)
        keys[key_id] = key
    old, new = keys
    code, out, err = await thidua("agency", "add", "so-noi-vu", *at)
    assert (code, out) == (1, "")
    assert "[two_keys]" in err
    assert "tối đa hai khóa còn hiệu lực" in err
    assert re.findall(r"thidua agency revoke so-noi-vu (\S+)   \(hết hạn 09:00 ngày 30/11/2024\)", err) == [old, new]

    code, out, err = await thidua("agency", "keys", "so-noi-vu", *at)
    assert code == 0, err
    line = "   cấp 09:00 ngày 01/12/2023   hết hạn 09:00 ngày 30/11/2024   còn hiệu lực"
    assert out.splitlines() == [old + line, new + line]
    assert not any(key in out for key in keys.values())

    code, out, err = await thidua("agency", "list", "--mongo", servers.mongo, "--prefix", PREFIX)
    assert code == 0, err
    assert re.fullmatch(r"so-noi-vu +0 khóa còn hiệu lực   đã hết hạn từ 09:00 ngày 30/11/2024\n1 cơ quan .*\n", out), (
        out
    )

    code, out, err = await thidua("agency", "revoke", "so-noi-vu", old, *at)
    assert (code, out) == (0, f"Đã thu hồi khóa {old} của so-noi-vu.\n"), err
    assert [await status_with_key(url, keys[key_id]) for key_id in (old, new)] == [401, 200]
    code, out, err = await thidua("agency", "keys", "so-noi-vu", "--json", *at)
    assert (code, [load["id"] for load in json.loads(out)]) == (0, [new]), err
    code, out, err = await thidua("agency", "add", "so-noi-vu", "--json", *at)
    assert (code, json.loads(out).keys()) == (0, {"agency", "api_key", "api_key_id", "api_key_expires_at"}), err


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("keys", "nobody"), "no_unit"),
        (("keys", "../agencies"), "not_found"),
        (("revoke", "so-y-te", "0" * 12), "no_key_of_that_id"),
        (("revoke", "so-y-te", ""), "HTTP 307"),
        (("revoke", "so-y-te", "a/b"), "not_found"),
    ],
    ids=str,
)
async def test_a_command_for_something_missing_names_it_and_fails(url: str, args: tuple[str, ...], why: str) -> None:
    """An operator must not believe that a key was withdrawn when it was not."""
    code, out, err = await thidua("agency", *args, "--url", url)
    assert (code, out) == (1, "")
    assert why in err


async def test_the_listing_of_an_agency_without_keys_states_that_it_has_none(url: str) -> None:
    code, out, err = await thidua("agency", "keys", "so-y-te", "--url", url)
    assert (code, out) == (0, "so-y-te chưa có khóa API nào.\n"), err


async def test_an_agency_checks_a_report_before_it_sends_it(url: str, tmp_path: Path) -> None:
    """The exit code says whether it would be accepted; every problem is a line."""
    async with httpx.AsyncClient() as http:
        issued = (await http.post(f"{url}/v1/agencies/so-y-te/keys", headers=OPERATOR)).json()["key"]
        reporting = (await http.post(f"{url}/v1/agencies/cong-an-tinh/keys", headers=OPERATOR)).json()["key"]
    report = tmp_path / "report.json"
    report.write_text(json.dumps(body("OB08", [score("336")])), encoding="utf-8")
    command = ("report", "check", str(report), "--number", "12/BC-CAT", "--url", url, "--key")
    code, out, err = await thidua(*command, reporting)
    assert (code, out.startswith("Kiểm tra, chưa gửi. Nếu gửi lúc này, báo cáo được tiếp nhận: ")) == (0, True), err
    code, out, err = await thidua(*command, issued)
    assert (code, out.startswith("/obligation: ")) == (1, True)
    assert "[not_responsible]" in err
    report.write_text(json.dumps(body("OB08", [score("nowhere"), score("336", "-1")])), encoding="utf-8")
    code, out, err = await thidua(*command, reporting, "--json")
    assert (code, [problem["pointer"] for problem in json.loads(out)["checked"]["problems"]]) == (
        1,
        ["/rows/1/score", "/rows/0/unit"],
    ), err


async def test_an_operator_keeps_people_and_gives_one_a_link(url: str) -> None:
    """An officer needs an agency; who is removed is gone."""
    at = ("--url", url)
    officer = ("people", "add", "binh", "--name", "Trần Văn Bình", "--role", "officer")
    code, _, err = await thidua(*officer, *at)
    assert (code, "[invalid]" in err) == (1, True)
    assert (await thidua(*officer, "--agency", "so-noi-vu", *at))[0] == 0
    code, out, _ = await thidua("people", "list", *at)
    assert (code, out.split()) == (0, ["binh", *["Trần", "Văn", "Bình,", "chuyên", "viên", "của", "so-noi-vu"]])
    code, out, _ = await thidua("people", "link", "binh", *at)
    assert (code, "http://127.0.0.1:8101/dang-nhap/lien-ket/" in out, "dùng một lần" in out) == (0, True, True)
    assert (await thidua("people", "remove", "binh", *at))[0] == 0
    code, _, err = await thidua("people", "remove", "binh", *at)
    assert (code, "[no_person]" in err) == (1, True)
