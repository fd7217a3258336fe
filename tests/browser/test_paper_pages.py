"""The pages about papers as readers open them: a paper with two editions, one that waits, a file that is made."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from playwright.async_api import Browser

from deploy.stack.embedded import Stack
from services.council.long_files.store import WorkStore
from tests.support import pdfs
from tests.support.browsing import Viewer, served
from tests.support.council_desk import DESK, FIRST, P4, nomination, open_desk, summary
from tests.support.sittings import hold
from tests.support.waiting import until

SESSION = "/van-ban/thai-binh/38-kh-hdtdkt-2023/P4"


@pytest.mark.apart
async def test_the_pages_about_papers_read_well_in_both_sizes_and_on_paper(servers: Stack, browser: Browser) -> None:
    """The screenshots are in ``.test-pictures``."""
    async with open_desk(servers) as desk:
        await desk.apply(summary(C1=[FIRST]))
        await hold(desk)
        pdf = {**DESK, "Content-Type": "application/pdf"}
        for number, reason in (("31", None), ("35", "Sửa tổng số tiền thưởng ở phần III")):
            paper = f"{P4}/papers/submission"
            given = {"reason": reason} if reason else {}
            for answer in (
                await desk.http.post(f"{paper}/make", headers=DESK, json=given),
                await desk.http.put(f"{paper}/scan", headers=pdf, content=pdfs.signed_scan(title=number)),
                await desk.http.put(f"{paper}/number", headers=DESK, json={"number": number, "day": "2023-12-19"}),
            ):
                assert answer.status_code == 200, answer.text
        assert (await desk.http.post(f"{P4}/papers/minutes/make", headers=DESK, json={})).status_code == 200
        assert (await desk.http.get(f"{P4}/papers/bundle.pdf", headers=DESK)).status_code == 200
        viewer = Viewer(browser)
        async with served(desk.service.api) as council:
            faults = {
                name: await viewer.faults(council + path, f"papers-{name}", headers=DESK)
                for name, path in (
                    ("list", "/van-ban?phien=thai-binh/38-kh-hdtdkt-2023/P4"),
                    ("replaced", f"{SESSION}/submission"),
                    ("waiting", f"{SESSION}/minutes"),
                    ("made", f"{SESSION}/tep/bundle.pdf"),
                    ("not-made", f"{SESSION}/tep/bundle.zip"),
                )
            }
    assert {name: of_page for name, of_page in faults.items() if of_page} == {}


@pytest.mark.apart
async def test_the_page_of_a_bundle_with_names_reads_well_wherever_its_making_stands(
    servers: Stack, browser: Browser
) -> None:
    """Not made because intake gave no names; being made; kept for an hour; gone after it."""
    async with open_desk(servers) as desk:
        person = {"kind": "can_bo", "name": None, "award": "B6", "subject": "0" * 32}
        await desk.apply(summary(C1=[FIRST]), nomination("Một cá nhân", 1, **person))
        await hold(desk)
        assert (await desk.http.get(f"{P4}/papers/ballot.pdf", headers=DESK)).status_code == 200
        assert (await desk.http.post(f"{P4}/papers/bundle.pdf/making", headers=DESK)).status_code == 202
        store, viewer = WorkStore(desk.service._database), Viewer(browser)

        async def failed() -> bool:
            works = await desk.service._database.documents("makings").find({"finished": "failed"})
            return len(works) == 1

        await until(failed, "the making having failed")
        (doc,) = await desk.service._database.documents("makings").find()
        work, now = await store.find(doc["_id"]), time.time()
        assert work is not None
        doing = "dàn trang và đánh số trang"
        states = {
            "no-names": work,
            "running": replace(work, finished="", doing=doing, whole=1, begun=now - 75, beat=now + 3600),
            "kept": replace(work, finished="done", size=700_000, beat=now),
            "gone": replace(work, finished="expired"),
        }
        faults = {}
        async with served(desk.service.api) as council:
            for name, state in states.items():
                work = await store.save(replace(state, revision=work.revision))
                page = f"{council}{SESSION}/tep/bundle.pdf"
                faults[name] = await viewer.faults(page, f"papers-names-{name}", headers=DESK)
    assert {name: of_page for name, of_page in faults.items() if of_page} == {}
