"""A session is run in a browser from its attendance to the decision on its awards, with scripts and without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser

from deploy.stack.embedded import Stack
from shared.wording.unit_names import full_name
from tests.support import sitting_journey as journey
from tests.support.browsing import OFFICE, PHONE, Viewer, served
from tests.support.council_desk import DESK, FIRST, PAGE, SECOND, START, THIRD, open_desk, summary
from tests.support.movement import register
from tests.support.page_texts import TextRules
from tests.support.sittings import HEAD, post, put


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.apart)])
async def test_a_session_is_run_from_its_attendance_to_its_decision(
    servers: Stack, browser: Browser, scripts: bool
) -> None:
    names = [full_name(register(), unit) for unit in (FIRST, SECOND, THIRD)]
    async with open_desk(servers) as desk, served(desk.service.api) as address:
        await desk.apply(summary(C1=[THIRD], B1=[FIRST, SECOND]))
        assert (await put(desk, "head", HEAD)).status_code == 200
        assert (await post(desk, "items", {"title": "Kế hoạch kiểm tra", "basis": "Công văn số 1"})).is_success
        assert (await post(desk, "freeze")).status_code == 200
        items = (await desk.agenda())["items"]
        session = address + PAGE
        size = OFFICE if scripts else PHONE
        context = await browser.new_context(
            viewport={"width": size.width, "height": size.height},
            extra_http_headers=DESK,
            java_script_enabled=scripts,
            locale="vi-VN",
        )
        context.set_default_timeout(10_000)
        page = await context.new_page()

        viewer = Viewer(browser, TextRules.of(register()))
        faults: dict[str, list[str]] = {}

        async def look(name: str) -> None:
            """Look at the page that is open, once in both sizes and on paper."""
            if scripts:
                faults[name] = await viewer.faults(page.url, f"sitting-{name}", headers=DESK)

        await journey.start_too_early_then_with_a_quorum(page, session, 5, 7)
        flag, list_ = (title_of(items, award) for award in ("C1", "B1"))
        await journey.open_item(page, list_)
        await look("list")
        await journey.adopt_the_list_with_two_exceptions(page, list_, 7, names[0], names[1])
        await journey.open_grid(page, flag)
        await look("ballots")
        await journey.count_ballots(page, 7, scripts=scripts)
        await journey.defer(page, "Kế hoạch kiểm tra", "Chờ ý kiến Thanh tra tỉnh")
        rest = [item for item in items if item["title"] not in (flag, list_, "Kế hoạch kiểm tra")]
        for item in rest[:-2]:
            assert (await post(desk, "outcomes", {"item": item["id"], "outcome": "noted"})).is_success
        await journey.open_item(page, rest[-2]["title"])
        await journey.note_and_go_on_by_keys(page, rest[-2]["number"])
        await journey.close_too_early(page, session, rest[-1]["number"])
        await look("closing")
        await page.get_by_role("link", name=f"Số {rest[-1]['number']}.").click()
        await journey.note(page)
        await journey.close(page, session)
        await desk.tick(START + timedelta(days=1))
        await page.goto(f"{session}/quyet-dinh")
        await look("awards")
        await journey.enter_decision(page, session, "Cờ thi đua", "57/QĐ-UBND", "21/12/2023")
        await context.close()
        awards = (await desk.http.get("/v1/thai-binh/trach-nhiem-ky-cuong-2023/awards")).json()
        assert [(row["subject"], row["decision"]["number"]) for row in awards] == [(THIRD, "57/QĐ-UBND")]
        assert {name: of_page for name, of_page in faults.items() if of_page} == {}


def title_of(items: list[dict[str, object]], award: str) -> str:
    return str(next(item["title"] for item in items if item.get("award") == award and item["kind"] == "candidates"))
