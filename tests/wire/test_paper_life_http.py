"""The life of a paper over HTTP: made, signed and scanned, numbered, visible, replaced; and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio
from pypdf import PdfReader

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from tests.support import pdfs
from tests.support.council_desk import DESK, FIRST, P4, Desk, open_desk, summary
from tests.support.sittings import KEYS, hold, note_the_rest, post

MEMBER, VIEWER = ({"Authorization": f"Bearer {name}"} for name in ("member", "viewer"))
PDF = {"Content-Type": "application/pdf"}
MINUTES = f"{P4}/papers/minutes"
NUMBER = {"number": "12", "day": "2023-12-19"}


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council whose session was fixed and held."""
    keys = [*KEYS, {"name": "Ủy viên", "role": "member", "sha256": digest("member")}]
    async with open_desk(servers, desk_keys=keys, scan_bytes=1024 * 1024) as opened:
        await opened.apply(summary(C1=[FIRST]))
        await hold(opened)
        yield opened


async def upload(desk: Desk, paper: str, content: bytes, **headers: str) -> httpx.Response:
    return await desk.http.put(f"{P4}/papers/{paper}/scan", headers={**DESK, **PDF, **headers}, content=content)


async def life(desk: Desk, paper: str = "minutes") -> dict[str, Any]:
    recorded: dict[str, Any] = (await desk.http.get(f"{P4}/papers/{paper}/life", headers=DESK)).json()
    return recorded


async def audited(desk: Desk) -> list[tuple[str, str, str]]:
    """Verb, object and actor of what people did, as the audit chain has it."""
    entries = [entry async for entry in desk.service.audit.entries()]
    return [(e["verb"], e["object"], e["actor"]) for e in entries if e["what"] == "act"]


async def test_a_paper_is_made_signed_numbered_and_then_visible_to_members(desk: Desk) -> None:
    made = await desk.http.post(f"{MINUTES}/make", headers=DESK, json={})
    assert (made.status_code, made.json()["state"], made.headers["etag"]) == (200, "made", '"1"')
    (edition,) = made.json()["editions"]
    assert (edition["made_by"], len(edition["snapshot"])) == ("Thư ký Hội đồng", 64)
    again = await desk.http.post(f"{MINUTES}/make", headers=DESK, json={})
    assert again.headers["etag"] == '"1"'

    early = await desk.http.put(f"{MINUTES}/number", headers=DESK, json=NUMBER)
    assert (early.status_code, early.json()["code"]) == (409, "no_scan")
    scanned = await upload(desk, "minutes", pdfs.signed_scan(3))
    assert (scanned.json()["state"], scanned.json()["editions"][0]["pages"]) == ("scanned", 3)
    for late, code in (
        ({"number": "12", "day": "2024-01-01"}, "date_in_future"),
        ({"number": "không số", "day": "2023-12-19"}, "invalid"),
    ):
        refused = await desk.http.put(f"{MINUTES}/number", headers=DESK, json=late)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    numbered = await desk.http.put(f"{MINUTES}/number", headers=DESK, json=NUMBER)
    assert (numbered.json()["state"], numbered.json()["editions"][0]["number"]) == ("issued", "12/BB-HĐTĐKT")

    assert (await desk.http.get(f"{MINUTES}/scan", headers=MEMBER)).status_code == 404
    await note_the_rest(desk)
    for step in ("minutes/draft", "minutes/approve"):
        assert (await post(desk, step)).status_code == 200
    taken = await desk.http.get(f"{MINUTES}/scan", headers=MEMBER)
    assert taken.content == pdfs.signed_scan(3)
    assert taken.headers["content-disposition"] == 'attachment; filename="minutes-ban-ky.pdf"'
    assert (await desk.http.get(f"{MINUTES}/scan", headers=VIEWER)).status_code == 404
    paper = "thai-binh/38-kh-hdtdkt-2023/P4/minutes"
    desk_name = "Thư ký Hội đồng"
    assert await audited(desk) == [
        ("make a paper", paper, desk_name),
        ("keep a scan", paper, desk_name),
        ("number a paper", paper, desk_name),
        ("read a scan", f"{paper}#1", "Ủy viên"),
    ]


async def test_a_mistaken_upload_is_withdrawn_and_stays_on_record(desk: Desk) -> None:
    assert (await upload(desk, "minutes", pdfs.signed_scan(title="nhầm"))).status_code == 200
    second = await upload(desk, "minutes", pdfs.signed_scan())
    assert (second.status_code, second.json()["code"]) == (409, "has_scan")
    elsewhere = await upload(desk, "conclusions", pdfs.signed_scan(title="nhầm"))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "scan_elsewhere")
    assert "Biên bản họp" in elsewhere.json()["detail"]
    withdrawn = await desk.http.post(f"{MINUTES}/scan/withdraw", headers=DESK, json={"reason": "Chọn nhầm tệp"})
    assert withdrawn.json()["state"] == "draft"
    assert (await desk.http.get(f"{MINUTES}/scan", headers=DESK)).status_code == 404
    assert (await upload(desk, "minutes", pdfs.signed_scan())).json()["state"] == "scanned"
    stored = await desk.service._database.documents("papers").get("thai-binh/38-kh-hdtdkt-2023/P4/minutes")
    assert stored is not None
    assert [scan["withdrawn"] and scan["withdrawn"]["reason"] for scan in stored["record"]["versions"][0]["scans"]] == [
        "Chọn nhầm tệp",
        None,
    ]


async def test_a_replaced_paper_stays_with_its_mark_and_no_number_is_given_twice(desk: Desk) -> None:
    await upload(desk, "submission", pdfs.signed_scan(title="một"))
    submission = f"{P4}/papers/submission"
    assert (await desk.http.put(f"{submission}/number", headers=DESK, json=NUMBER)).status_code == 200
    silent = await desk.http.post(f"{submission}/make", headers=DESK, json={})
    assert (silent.status_code, silent.json()["code"]) == (422, "reason_needed")
    again = await desk.http.post(f"{submission}/make", headers=DESK, json={"reason": "Sửa tổng số tiền thưởng"})
    assert [edition["state"] for edition in again.json()["editions"]] == ["issued", "made"]
    await upload(desk, "submission", pdfs.signed_scan(title="hai"))
    twice = await desk.http.put(f"{submission}/number", headers=DESK, json=NUMBER)
    assert (twice.status_code, twice.json()["code"]) == (422, "number_taken")
    issued = await desk.http.put(f"{submission}/number", headers=DESK, json=NUMBER | {"number": "15"})
    assert [edition["state"] for edition in issued.json()["editions"]] == ["replaced", "issued"]
    first = await desk.http.get(f"{submission}/scan", params={"edition": 1}, headers=DESK)
    assert first.content == pdfs.signed_scan(title="một")
    await upload(desk, "decision-co_thi_dua", pdfs.signed_scan(title="ba"))
    await upload(desk, "minutes", pdfs.signed_scan(title="bốn"))
    taken = await desk.http.put(f"{MINUTES}/number", headers=DESK, json=NUMBER | {"number": "15/TTr-BTĐKT"})
    assert (taken.status_code, taken.json()["code"]) == (422, "number_taken")


async def test_two_people_at_one_paper_the_second_sees_who_was_first(desk: Desk) -> None:
    assert (await upload(desk, "minutes", pdfs.signed_scan())).headers["etag"] == '"1"'
    seen = {**DESK, "If-Match": '"1"'}
    assert (await desk.http.put(f"{MINUTES}/number", headers=seen, json=NUMBER)).status_code == 200
    late = await desk.http.put(f"{MINUTES}/number", headers=seen, json=NUMBER | {"number": "13"})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    blind = await desk.http.put(f"{MINUTES}/number", headers=DESK, json=NUMBER | {"number": "13"})
    assert (blind.status_code, blind.json()["code"]) == (409, "already_recorded")
    seen = {**DESK, "If-Match": '"2"'}
    corrected = await desk.http.put(f"{MINUTES}/number", headers=seen, json=NUMBER | {"number": "13"})
    assert corrected.json()["editions"][0]["number"] == "13/BB-HĐTĐKT"


async def test_what_is_no_harmless_pdf_is_refused_and_nothing_is_lost(desk: Desk) -> None:
    """Another process reads the file, also one that never ends. All kinds are in ``tests/rules/test_scan_check.py``."""
    for content, code in (
        (pdfs.NO_PDF, "not_pdf"),
        (pdfs.with_script(), "pdf_program"),
        (pdfs.endless(), "pdf_damaged"),
    ):
        refused = await upload(desk, "conclusions", content)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        assert refused.json()["problems"][0]["pointer"] == "/scan"
    assert (await life(desk, "conclusions"))["state"] == "draft"
    assert await desk.service._database.documents("scans.files").count() == 0
    assert await audited(desk) == []


async def test_a_file_of_another_type_or_beyond_the_limit_is_refused(desk: Desk) -> None:
    word = await upload(desk, "minutes", b"PK", **{"Content-Type": "application/msword"})
    assert (word.status_code, word.json()["code"]) == (415, "unsupported_media_type")
    large = await upload(desk, "minutes", pdfs.signed_scan() + b"\0" * 1024 * 1024)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert "lớn hơn 1 MB" in large.json()["detail"]
    assert (await upload(desk, "results", pdfs.signed_scan())).json()["code"] == "not_signed"
    assert (await upload(desk, "khong-co", pdfs.signed_scan())).json()["code"] == "no_paper"


async def test_the_bundle_lists_the_scans_and_the_zip_holds_them(desk: Desk) -> None:
    before = (await desk.http.get(f"{P4}/papers/bundle.pdf", headers=DESK)).content
    await upload(desk, "invitation", pdfs.signed_scan(title="mời"))
    await desk.http.put(f"{P4}/papers/invitation/number", headers=DESK, json=NUMBER)
    await upload(desk, "submission", pdfs.signed_scan(title="trình"))
    after = (await desk.http.get(f"{P4}/papers/bundle.pdf", headers=DESK)).content
    cover = PdfReader(io.BytesIO(after)).pages[0].extract_text().replace("\n", " ")
    assert "Giấy mời: số 12/GM-HĐTĐKT ngày 19/12/2023, 2 trang" in cover
    assert "Tờ trình: 2 trang, chưa ghi số và ngày" in cover
    assert "Bản ký kèm theo" not in PdfReader(io.BytesIO(before)).pages[0].extract_text()
    names: dict[str, list[str]] = {}
    for who, headers in (("desk", DESK), ("member", MEMBER), ("viewer", VIEWER)):
        packed = (await desk.http.get(f"{P4}/papers/bundle.zip", headers=headers)).content
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            assert archive.testzip() is None
            names[who] = [name.rpartition("-")[0] for name in archive.namelist() if name.startswith("ban-ky/")]
    assert names == {"desk": ["ban-ky/invitation", "ban-ky/submission"], "member": ["ban-ky/invitation"], "viewer": []}
