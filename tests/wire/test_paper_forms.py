"""The page of a paper and the page of a file that takes long, used as a browser uses them."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
import pytest_asyncio
from pypdf import PdfReader

from deploy.stack.embedded import Stack
from services.council import paper_handlers
from services.council.documents.making import write_made
from shared.contracts.people import Role
from shared.runtime.http.sign_in.tokens import form_token
from tests.support import pdfs
from tests.support.council_desk import FIRST, Desk, open_desk, summary
from tests.support.signed_in import ORIGIN, SIGN_IN, as_browser, cookie_of
from tests.support.sittings import hold

SESSION = "/van-ban/thai-binh/38-kh-hdtdkt-2023/P4"
PAPERS = "/van-ban?phien=thai-binh%2F38-kh-hdtdkt-2023%2FP4"
COOKIES: dict[Role, str] = {role: cookie_of(role) for role in ("secretary", "member")}
COOKIE = COOKIES["secretary"]


def browser(role: Role = "secretary") -> dict[str, str]:
    return as_browser(COOKIES[role], form=False) | {"Origin": ORIGIN, "Accept": "text/html"}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council whose session was fixed and held, and whose people sign in."""
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST]))
        await hold(opened)
        yield opened


def text(answer: httpx.Response) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text)))


async def get(desk: Desk, address: str, role: Role = "secretary") -> httpx.Response:
    return await desk.http.get(address, headers=browser(role))


async def send(desk: Desk, page: str, form: str, fields: dict[str, str], scan: bytes | None = None) -> httpx.Response:
    """Send a form of a paper's page as it was opened at this moment, unless the fields name another version."""
    shown = await get(desk, page)
    version = re.search(r'name="phien-ban" value="(\d+)"', shown.text)
    filled = {"csrf": form_token(COOKIE), "mau": form, "phien-ban": version[1] if version else "", **fields}
    files = {"scan": ("ban ky.pdf", scan, "application/pdf")} if scan is not None else None
    return await desk.http.post(f"{page}/{form}", headers=browser(), data=filled, files=files)


async def test_the_clerk_makes_uploads_and_numbers_a_paper_on_its_page(desk: Desk) -> None:
    page = f"{SESSION}/conclusions"
    assert f'href="{page}"' in (await get(desk, PAPERS)).text
    opened = text(await get(desk, page))
    assert "Dự thảo. Tải bản Word về sửa, trình ký, rồi tải bản ký đã quét lên đây." in opened
    made = await send(desk, page, "lap", {})
    assert (made.status_code, made.headers["location"]) == (303, page)
    assert "Người có vai secretary lập để trình ký lúc" in text(await get(desk, page))

    spoiled = await send(desk, page, "ban-ky", {}, pdfs.with_script())
    assert spoiled.status_code == 422
    assert "Tệp PDF chứa mã chạy" in text(spoiled)
    assert "Đã lập để trình ký." in text(spoiled)
    nothing = await send(desk, page, "ban-ky", {}, b"")
    assert (nothing.status_code, "Tệp không phải là PDF" in text(nothing)) == (422, True)
    assert (await send(desk, page, "ban-ky", {}, pdfs.signed_scan())).status_code == 303

    wrong = await send(desk, page, "so", {"number": "số mười hai", "day": "2023-12-19"})
    assert wrong.status_code == 422
    assert 'value="số mười hai"' in wrong.text
    stale = await send(desk, page, "so", {"number": "12", "day": "2023-12-19", "phien-ban": "0"})
    assert (stale.status_code, "vừa ghi về văn bản này lúc" in text(stale)) == (409, True)
    assert (await send(desk, page, "so", {"number": "12", "day": "2023-12-19"})).status_code == 303
    issued = "Đã ban hành: số 12/TB-HĐTĐKT ngày 19/12/2023"
    assert issued in text(await get(desk, page))
    assert issued in text(await get(desk, PAPERS))

    journal = await get(desk, "/nhat-ky?loai=van-ban")
    for words in ("lập để trình ký", "tải lên bản ký", "ghi số và ngày của “Thông báo kết luận”, số 12/TB-HĐTĐKT"):
        assert words in text(journal).replace("Lập", "lập").replace("Tải", "tải").replace("Ghi", "ghi")
    assert "chưa vào chuỗi nhật ký" not in text(journal)
    assert "Chuỗi nhật ký nguyên vẹn" in text(journal)


async def test_a_withdrawal_needs_a_reason_and_names_who_did_it(desk: Desk) -> None:
    page = f"{SESSION}/minutes"
    assert (await send(desk, page, "ban-ky", {}, pdfs.signed_scan(title="nhầm"))).status_code == 303
    silent = await send(desk, page, "thu-hoi", {"reason": " "})
    assert (silent.status_code, "Cần ghi lý do thu hồi" in text(silent)) == (422, True)
    assert (await send(desk, page, "thu-hoi", {"reason": "Chọn nhầm tệp"})).status_code == 303
    shown = text(await get(desk, page))
    assert "thu hồi bản ký đó lúc" in shown
    assert "lý do: Chọn nhầm tệp" in shown


async def test_a_reader_who_may_not_act_sees_no_form_and_no_draft_of_others(desk: Desk) -> None:
    assert '<form class="act"' not in (await get(desk, f"{SESSION}/programme", "member")).text
    assert (await get(desk, f"{SESSION}/submission", "member")).status_code == 404
    form = {"csrf": form_token(COOKIES["member"]), "phien-ban": "0"}
    refused = await desk.http.post(f"{SESSION}/programme/lap", headers=browser("member"), data=form)
    assert refused.status_code == 403


async def test_an_upload_without_the_token_of_the_page_is_refused(desk: Desk) -> None:
    files = {"scan": ("a.pdf", pdfs.signed_scan(), "application/pdf")}
    refused = await desk.http.post(
        f"{SESSION}/programme/ban-ky", headers=browser(), data={"phien-ban": "0"}, files=files
    )
    assert refused.status_code == 403
    assert await desk.service._database.documents("papers").get("thai-binh/38-kh-hdtdkt-2023/P4/programme") is None


async def test_a_bundle_is_made_once_outside_the_request_and_found_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, times, loop = asyncio.Event(), [], asyncio.get_running_loop()

    def slowly(*args: object) -> None:
        times.append(args)
        args[-1](3, 8, "lập bản Word")  # type: ignore[operator]
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result(60)
        write_made(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(paper_handlers, "write_made", slowly)
    page, form = f"{SESSION}/tep/bundle.pdf", {"csrf": form_token(COOKIE)}
    assert "Tệp này chưa được lập" in text(await get(desk, page))
    for _ in range(2):
        answer = await desk.http.post(page, headers=browser(), data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, page)
    running = await get(desk, page)
    while "3/8" not in running.text:
        await asyncio.sleep(0.05)
        running = await get(desk, page)
    assert running.headers["refresh"] == "2"
    assert "Đang lập: lập bản Word 3/8; đã " in text(running)
    assert "đang lập" in text(await get(desk, PAPERS))
    assert "Tệp này chưa được lập" in text(await get(desk, page, "member")), "a member's bundle has other papers"
    go.set()
    done = await get(desk, page)
    while "Đã lập lúc" not in text(done):
        await asyncio.sleep(0.05)
        done = await get(desk, page)
    assert "refresh" not in done.headers
    (address,) = re.findall(r'href="([^"]+bundle.pdf)">Tải tệp về', done.text)
    assert f'href="{address}"' in (await get(desk, PAPERS)).text
    content = (await get(desk, address)).content
    assert len(PdfReader(io.BytesIO(content)).outline) > 5
    assert len(times) == 1
