"""Excel files over HTTP, on a real database: an agency downloads a form, fills it in and sends it as a report."""

from __future__ import annotations

import io
import random
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from openpyxl.worksheet.worksheet import Worksheet

from deploy.stack.embedded import Stack
from services.intake.workbooks.routes import BODY_LIMIT
from shared.contracts.model import Kind
from shared.tables.workbooks.media_types import XLSX
from tests.support.filling import changed, fill, put, put_beside, repacked, reporter
from tests.support.intake_client import OPERATOR, intake_client, key_of
from tests.support.movement import s0

MOVEMENT = "trach-nhiem-ky-cuong-2023"
PROBLEM = "application/problem+json"
SENT = Path(__file__).parents[1] / "rules" / "data"


@pytest_asyncio.fixture(scope="module")
async def intake(servers: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The intake service in this process, with an empty database and a rate limit high enough for the fuzz test."""
    async with intake_client(servers, rate_per_minute=1_000_000, rate_burst=100_000) as (_, http):
        yield http


async def form(intake: httpx.AsyncClient, agency: str, obligation: str, **query: str) -> httpx.Response:
    """Download an agency's form."""
    path = f"/v1/obligations/{obligation}/template.xlsx"
    return await intake.get(path, params={"movement": MOVEMENT, **query}, headers=await key_of(intake, agency))


async def send(intake: httpx.AsyncClient, agency: str, key: str, content: bytes) -> httpx.Response:
    """Send a workbook as a report."""
    headers = {**await key_of(intake, agency), "Idempotency-Key": key, "Content-Type": XLSX}
    return await intake.post("/v1/reports/excel", headers=headers, content=content)


async def test_a_filled_in_form_is_accepted_and_sending_it_again_gives_the_same_receipt(
    intake: httpx.AsyncClient,
) -> None:
    """Excel and JSON with the same content are one report; other content under the same key is a conflict."""
    given = await form(intake, "so-noi-vu", "OB06")
    assert (given.status_code, given.headers["content-type"]) == (200, XLSX)
    assert 'filename="OB06-2023.xlsx"' in given.headers["content-disposition"]
    filled = changed(given.content, put(1, "Mã đơn vị", "336"), put(1, "Tên đơn vị", None), put(1, "Điểm", "87,5"))
    first = await send(intake, "so-noi-vu", "excel-1", filled)
    assert (first.status_code, first.json()["status"]) == (202, "accepted"), first.text
    again = await send(intake, "so-noi-vu", "excel-1", filled)
    assert again.json() == first.json()
    body = {
        "movement": MOVEMENT,
        "obligation": "OB06",
        "period": "2023",
        "kind": "score",
        "as_of": "2023-11-30",
        "rows": [{"unit": "336", "score": "87.5"}],
    }
    headers = {**await key_of(intake, "so-noi-vu"), "Idempotency-Key": "excel-1"}
    assert (await intake.post("/v1/reports", headers=headers, json=body)).json() == first.json()
    other = await send(intake, "so-noi-vu", "excel-1", changed(filled, put(1, "Điểm", 90)))
    assert (other.status_code, other.json()["code"]) == (409, "report_id_reused")


@pytest.mark.parametrize("obligation", [obligation.id for obligation in s0().obligations if obligation.kind])
async def test_the_filled_in_form_of_every_obligation_is_accepted(intake: httpx.AsyncClient, obligation: str) -> None:
    """This holds for every obligation of S0 that agencies report to intake."""
    required = s0().obligation[obligation]
    assert required.kind is not None
    agency = reporter(s0(), required)
    given = await form(intake, agency, obligation)
    assert given.status_code == 200, given.text
    taken = await send(intake, agency, f"form-{obligation}", changed(given.content, fill(required.kind)))
    assert (taken.status_code, taken.json().get("obligation")) == (202, obligation), taken.text


async def test_problems_found_by_intake_name_their_cells(intake: httpx.AsyncClient) -> None:
    """For a score above the scale, the receipt has the rule and ``cells`` the place."""
    given = (await form(intake, "so-noi-vu", "OB06")).content
    answer = await send(intake, "so-noi-vu", "excel-2", changed(given, put(2, "Điểm", 101), put(3, "Điểm", 50)))
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["receipt"]["problems"][0]["pointer"] == "/rows/0/score"
    cells = [(cell["code"], cell["cell"], cell["column"]) for cell in answer.json()["cells"]]
    assert cells == [("score_above_scale", "C17", "Điểm")]


async def test_an_unreadable_file_may_be_corrected_under_the_same_key(intake: httpx.AsyncClient) -> None:
    """Nothing of the file was stored; the answer names each cell and suggests values."""
    given = (await form(intake, "cong-an-tinh", "OB08")).content
    unreadable = put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", "thanh pho thai binh"), put(1, "Điểm", "1.234")
    answer = await send(intake, "cong-an-tinh", "excel-3", changed(given, *unreadable))
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert [cell["code"] for cell in answer.json()["cells"]] == ["unit_not_found", "number_two_ways"]
    assert answer.json()["cells"][0]["suggestions"][0] == {"code": "336", "name": "thành phố Thái Bình"}
    mended = await send(intake, "cong-an-tinh", "excel-3", changed(given, fill(Kind.SCORE)))
    assert mended.status_code == 202, mended.text


async def test_an_agency_gets_only_the_forms_of_its_own_obligations(intake: httpx.AsyncClient) -> None:
    """A form of another agency is refused too, and the refusal cites the rule."""
    refused = await form(intake, "so-tttt", "OB06")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_responsible")
    assert "khoản 4 Mục VI Kế hoạch số 46/KH-UBND" in refused.json()["rule"]
    given = (await form(intake, "so-noi-vu", "OB06")).content
    sent = await send(intake, "so-tttt", "excel-4", changed(given, fill(Kind.SCORE)))
    assert (sent.status_code, sent.json()["code"]) == (403, "not_responsible")
    assert (await form(intake, "so-noi-vu", "OB06", movement="khac")).status_code == 404
    assert (await form(intake, "so-noi-vu", "OB06", period="2024")).json()["code"] == "wrong_period"
    assert (await form(intake, "so-noi-vu", "OB06", kind="inspection")).json()["code"] == "wrong_kind"
    assert (await form(intake, "so-noi-vu", "OB05", kind="inspection")).status_code == 200


async def test_a_file_over_the_limit_is_refused(intake: httpx.AsyncClient) -> None:
    """The limit is 5 MiB; the rest is not read."""
    answer = await send(intake, "so-noi-vu", "excel-5", b"PK" + b"0" * BODY_LIMIT)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_the_receipt_counts_hidden_rows_for_good(intake: httpx.AsyncClient) -> None:
    """They are read like any other row; the same report sent as JSON later gets the same receipt."""

    def hidden(sheet: Worksheet) -> None:
        sheet.row_dimensions[17].hidden = True

    given = (await form(intake, "so-noi-vu", "OB06")).content
    filled = changed(given, put(1, "Điểm", 90), put(2, "Điểm", 91), hidden)
    taken = await send(intake, "so-noi-vu", "excel-hidden", filled)
    assert taken.status_code == 202, taken.text
    assert [(warning["code"], warning["count"]) for warning in taken.json()["warnings"]] == [("hidden_rows", 1)]
    stored = await intake.get(f"/v1/receipts/{taken.json()['id']}", headers=await key_of(intake, "so-noi-vu"))
    assert stored.json()["warnings"] == taken.json()["warnings"]


async def test_a_percentage_is_refused_over_http_and_nothing_is_stored(intake: httpx.AsyncClient) -> None:
    """The problem names the cell and what it shows."""
    answer = await send(intake, "so-noi-vu", "excel-percent", SENT.joinpath("percent-score.xlsx").read_bytes())
    assert answer.status_code == 422
    (cell,) = answer.json()["cells"]
    assert (cell["code"], cell["value"]) == ("shown_otherwise", "85%")


def mutated(good: bytes, times: int) -> Iterator[bytes]:
    """Broken files: bytes changed, cut or inserted, parts changed or missing, cells of a wrong type; deterministic.

    The form has a future day and would be refused unbroken too, so no mutation is accepted by chance.
    """
    dice = random.Random(2023)
    with zipfile.ZipFile(io.BytesIO(good)) as packed:
        parts = packed.namelist()

    def spoilt(raw: bytes) -> bytes:
        at = dice.randrange(len(raw) + 1)
        return dice.choice(
            (
                raw[:at],
                raw[at:],
                raw[:at] + dice.randbytes(8) + raw[at + 8 :],
                raw[:at] + raw[at // 2 : at] + raw[at:],
                raw[:at] + b"<c><f>1</f></c>" + raw[at:],
                raw.replace(b"<row ", b"<row x", dice.randrange(1, 9)),
                raw.replace(b' t="s"', dice.choice((b"", b' t="b"', b' t="d"', b' t="e"', b' t="str"'))),
                raw.replace(b"<v>", b"<v>-9"),
                raw.replace(b"UTF-8", b"UTF-16").replace(b"utf-8", b"utf-16"),
            )
        )

    values = (
        "=1+1",
        "-5",
        "1e308",
        "9" * 400,
        "\u202eabc",
        "x" * 30_000,
        True,
        -1,
        1e308,
        "NaN",
        "336",
        "a\u0301" * 50,
    )
    headings = ("Mã đơn vị", "Tên đơn vị", "Điểm", "Xếp hạng đã công bố")
    for turn in range(times):
        if turn % 4 == 0:
            yield spoilt(good)
        elif turn % 4 == 3:
            yield changed(good, put(dice.randrange(1, 400), dice.choice(headings), dice.choice(values)))
        else:
            yield repacked(good, dice.choice(parts), spoilt)


@pytest.mark.parametrize("files", [110, pytest.param(220, marks=pytest.mark.apart)])
async def test_broken_files_get_documented_refusals_and_none_is_accepted(intake: httpx.AsyncClient, files: int) -> None:
    """None of them gets a 5xx or an accepted receipt."""
    given = (await form(intake, "so-noi-vu", "OB06")).content
    good = changed(given, fill(Kind.SCORE), put_beside("Số liệu tính đến ngày", "01/12/2023"))
    before = (await intake.get("/v1/counts", headers=OPERATOR)).json()["accepted"]
    documented = (await intake.get("/openapi.json")).json()["paths"]["/v1/reports/excel"]["post"]["responses"]
    seen: Counter[tuple[int, str]] = Counter()
    for turn, content in enumerate(mutated(good, files)):
        answer = await send(intake, "so-noi-vu", f"fuzz-{turn}", content)
        assert answer.headers["content-type"] == PROBLEM, answer.text
        assert str(answer.status_code) in documented
        seen[answer.status_code, answer.json()["code"]] += 1
    assert {status for status, _ in seen} <= {400, 413, 422}
    assert len(seen) >= 8, seen
    assert (await intake.get("/v1/counts", headers=OPERATOR)).json()["accepted"] == before
