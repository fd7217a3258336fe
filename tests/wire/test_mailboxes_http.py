"""The mailbox book over HTTP and with ``thidua mailboxes``, on a real database."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.model import VIETNAM
from shared.tables.workbooks.media_types import XLSX
from tests.support.intake_client import listening
from tests.support.kafka_access import thidua
from tests.support.notify_client import DESK, NotifyClient, notify_client

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
BOOK = "/v1/mailboxes/thai-binh"
FORM = f"{BOOK}/form.xlsx"
SYT = {"unit": "so-y-te", "role": "agency", "address": "vt.syt@tinh.example"}
SNV = {"unit": "so-noi-vu", "role": "Người đứng đầu", "address": "gd.snv@tinh.example", "first": "01/01/2023"}


@pytest_asyncio.fixture
async def notify(servers: Stack, tmp_path: Path) -> AsyncIterator[NotifyClient]:
    async with notify_client(servers, tmp_path / "outbox", NOW) as client:
        yield client


async def put(notify: NotifyClient, *entries: dict[str, str], version: str | None = '"0"', **headers: str) -> Any:
    given = {**DESK, **({"If-Match": version} if version is not None else {}), **headers}
    return await notify.http.put(BOOK, headers=given, json={"mailboxes": entries})


async def put_form(notify: NotifyClient, content: bytes, version: str | None = None) -> Any:
    headers = {**DESK, "Content-Type": XLSX, **({"If-Match": version} if version is not None else {})}
    return await notify.http.put(BOOK, headers=headers, content=content)


def changed(content: bytes, **cells: object) -> bytes:
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    assert workbook.active is not None
    for cell, value in cells.items():
        workbook.active[cell] = value
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


async def test_the_book_is_replaced_as_a_whole_and_read_again(notify: NotifyClient) -> None:
    """The version is the ETag; what is read can be sent back. The audit chain has first who replaces it."""
    empty = await notify.http.get(BOOK, headers=DESK)
    assert (empty.json(), empty.headers["etag"]) == ({"province": "thai-binh", "version": 0, "mailboxes": []}, '"0"')
    answer = await put(notify, SYT, SNV)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    replaced = await put(notify, SNV, version='W/"1"')
    assert [entry["unit"] for entry in replaced.json()["mailboxes"]] == ["so-noi-vu"]
    stored = (await notify.http.get(BOOK, headers=DESK)).json()
    assert stored == replaced.json()
    (entry,) = stored["mailboxes"]
    assert (entry["name"], entry["role"], entry["first"]) == ("Sở Nội vụ", "head", "2023-01-01")
    again = await put(notify, *stored["mailboxes"], version='"2"')
    assert again.json() == {**stored, "version": 3}
    acts = [entry async for entry in notify.service.audit.entries() if entry["what"] == "act"]
    assert [(act["verb"], act["object"]) for act in acts] == [
        ("replace the mailbox book", "mailboxes/thai-binh/1"),
        ("replace the mailbox book", "mailboxes/thai-binh/2"),
        ("replace the mailbox book", "mailboxes/thai-binh/3"),
    ]
    assert all(str(act["actor"]).startswith("ban-tdkt ") for act in acts)
    assert str(acts[1]["reason"]).startswith("0 added, 1 removed, sha256:")


async def test_only_the_standing_office_may_read_or_change_the_book(notify: NotifyClient) -> None:
    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Basic desk"}):
        for answer in (
            await notify.http.get(BOOK, headers=headers),
            await notify.http.get(FORM, headers=headers),
            await notify.http.get(f"{BOOK}/flagged", headers=headers),
            await notify.http.put(BOOK, headers={**headers, "If-Match": '"0"'}, json={"mailboxes": []}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (401, "not_the_desk")
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_change_of_somebody_who_did_not_see_the_last_one_is_refused(notify: NotifyClient) -> None:
    """Otherwise the second of two people would undo what the first has written."""
    assert (await put(notify, SYT)).status_code == 200
    late = await put(notify, SNV)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    unnamed = await put(notify, SNV, version=None)
    assert (unnamed.status_code, unnamed.json()["code"], unnamed.json()["version"]) == (428, "version_needed", 1)
    assert len((await notify.http.get(BOOK, headers=DESK)).json()["mailboxes"]) == 1


async def test_a_book_with_a_wrong_cell_changes_nothing_and_every_cell_is_named(notify: NotifyClient) -> None:
    refused = await put(notify, SYT, {**SNV, "unit": "khong-co", "address": "gd", "first": "31/02/2023"})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "invalid")
    assert [(cell["row"], cell["column"], cell["value"]) for cell in problem["cells"]] == [
        (2, "address", "gd"),
        (2, "first", "31/02/2023"),
        (2, "unit", "khong-co"),
    ]
    assert problem["detail"].startswith("Sổ hộp thư có 3 ô chưa đúng, chưa ghi gì: dòng 2, cột “Địa chỉ”: “gd” không")
    assert (await notify.http.get(BOOK, headers=DESK)).json()["version"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"mailboxes": [{"unit": 1}]}, 422), ({"mailboxes": [{"ho_ten": "A"}]}, 422), ([], 400)],
)
async def test_a_body_of_another_form_is_refused(notify: NotifyClient, body: object, status: int) -> None:
    """A field for a name is one of them."""
    answer = await notify.http.put(BOOK, headers={**DESK, "If-Match": '"0"'}, json=body)
    assert answer.status_code == status, answer.text


async def test_a_province_without_units_has_no_book(notify: NotifyClient) -> None:
    answer = await notify.http.get("/v1/mailboxes/khong-co", headers=DESK)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_units")
    books = (await notify.http.get("/v1/mailboxes", headers=DESK)).json()
    assert books == [{"province": "thai-binh", "version": 0, "entries": 0}]


async def test_the_form_is_filled_in_and_sent_back(notify: NotifyClient) -> None:
    """It names the version it was made from, so a second form of that version is refused."""
    form = await notify.http.get(FORM, headers=DESK)
    assert (form.status_code, form.headers["content-type"]) == (200, XLSX)
    filled = changed(form.content, D5="vt1@tinh.example", E5=datetime(2023, 1, 1))  # noqa: DTZ001 - Excel
    answer = await put_form(notify, filled)
    assert answer.status_code == 200, answer.text
    (entry,) = answer.json()["mailboxes"]
    assert (entry["address"], entry["first"], entry["role"]) == ("vt1@tinh.example", "2023-01-01", "agency")
    assert (await put_form(notify, filled)).json()["code"] == "changed_meanwhile"
    assert (await put_form(notify, filled, '"1"')).status_code == 200


async def test_a_wrong_cell_of_the_form_is_named_as_excel_names_it(notify: NotifyClient) -> None:
    form = (await notify.http.get(FORM, headers=DESK)).content
    problem = (await put_form(notify, changed(form, D5="x", C6="Thủ trưởng", D6="a@x.example"))).json()
    assert [cell["cell"] for cell in problem["cells"]] == ["D5", "C6"]
    assert "ô C6, cột “Vai trò”: “Thủ trưởng” không đọc được, cần một trong: Cơ quan" in problem["detail"]
    for content, code in ((b"x", "not_excel"), (changed(form, E4="Họ tên"), "unknown_column")):
        assert (await put_form(notify, content)).json()["code"] == code


@pytest_asyncio.fixture
async def at(notify: NotifyClient) -> AsyncIterator[tuple[str, ...]]:
    async with listening(notify.service) as url:
        yield ("--url", url, "--key", "desk")


async def test_the_book_is_exported_filled_in_and_imported_with_commands(
    notify: NotifyClient, at: tuple[str, ...], tmp_path: Path
) -> None:
    """As Excel or CSV. A CSV file names no version, so it replaces the book as it is now."""
    table = tmp_path / "hop-thu.csv"
    table.write_text(
        "Mã đơn vị;Vai trò;Địa chỉ;Từ ngày;Địa chỉ người thay;Thay từ ngày\r\n"
        "so-y-te;Cơ quan;vt.syt@tinh.example;;;\r\n"
        "so-noi-vu;head;gd.snv@tinh.example;01/01/2023;pgd.snv@tinh.example;04/12/2023\r\n",
        encoding="utf-8-sig",
    )
    code, out, err = await thidua("mailboxes", "import", str(table), *at)
    assert (code, out) == (0, "Đã ghi sổ hộp thư (lần 1): 2 địa chỉ.\n"), err
    for name in ("so.xlsx", "so.csv"):
        file = tmp_path / name
        code, out, err = await thidua("mailboxes", "export", str(file), *at)
        assert (code, out) == (0, f"Đã ghi {file}: 2 địa chỉ (sổ lần 1).\n"), err
    assert (tmp_path / "so.csv").read_text("utf-8-sig").splitlines()[1:] == [
        "so-y-te,Sở Y tế,Cơ quan,vt.syt@tinh.example,,,,,",
        "so-noi-vu,Sở Nội vụ,Người đứng đầu,gd.snv@tinh.example,01/01/2023,,pgd.snv@tinh.example,04/12/2023,",
    ]
    code, out, err = await thidua("mailboxes", "import", str(tmp_path / "so.csv"), *at)
    assert (code, out) == (0, "Đã ghi sổ hộp thư (lần 2): 2 địa chỉ.\n"), err
    code, out, err = await thidua("mailboxes", "import", str(tmp_path / "so.xlsx"), *at)
    assert (code, out) == (1, "")
    assert "[changed_meanwhile]" in err
    code, out, err = await thidua("mailboxes", "list", "--json", *at)
    assert [entry["address"] for entry in json.loads(out)] == ["vt.syt@tinh.example", "gd.snv@tinh.example"]
    code, out, err = await thidua("mailboxes", "list", *at)
    assert code == 0, err
    assert "pgd.snv@tinh.example từ 04/12/2023" in out
    assert out.endswith("2 địa chỉ (sổ lần 2).\n")
    code, out, err = await thidua("mailboxes", "flagged", *at)
    assert (code, out) == (0, "Địa chỉ nào cũng nhận được thư.\n"), err


async def test_a_table_with_a_wrong_cell_is_refused_with_its_line(
    notify: NotifyClient, at: tuple[str, ...], tmp_path: Path
) -> None:
    table = tmp_path / "hop-thu.csv"
    table.write_text("unit,role,address\nso-y-te,agency,vt@tinh.example\n\nso-xyz,agency,a b\n", encoding="utf-8")
    code, out, err = await thidua("mailboxes", "import", str(table), *at)
    assert (code, out) == (1, "")
    assert f"{table.name}:4: cột address: “a b” không đọc được" in err
    assert f"{table.name}:4: cột unit: “so-xyz” không đọc được" in err
    assert (await notify.http.get(BOOK, headers=DESK)).json()["version"] == 0
