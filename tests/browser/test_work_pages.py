"""The forms of the desk in a browser: both sizes, paper, keyboard and axe, also where a form was refused."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import Browser

from deploy.stack.embedded import Stack
from services.intake.sign_in.signing import Signer
from shared.contracts.model import Tier
from shared.contracts.people import Person
from shared.runtime.http.sign_in.tokens import cookie_name
from tests.support.browsing import Viewer, served
from tests.support.council_desk import DESK, FIRST, KEY, MOVEMENT, PAGE, START, open_desk, summary
from tests.support.desk_results import unjudged
from tests.support.movement import register, units
from tests.support.page_texts import TextRules
from tests.support.signed_in import SECRET, SIGN_IN
from tests.support.sittings import HEAD, put

CRITERION = "hoan-thanh-xuat-sac"
COMMUNES = [unit.code for unit in register().units if unit.tier is Tier.XA][:44]
REQUEST = {
    "number": "25/BTĐKT-NV",
    "date": "2023-12-11",
    "answer_by": "2023-12-18",
    "award": "C3",
    "about": "Việc chấp hành nghĩa vụ thuế.",
    "agencies": ["cuc-thue", "cong-an-tinh"],
}


@pytest.mark.apart
async def test_every_form_reads_well_in_both_sizes_and_on_paper(servers: Stack, browser: Browser) -> None:
    """The screenshots are in ``.test-pictures``."""
    viewer = Viewer(browser, TextRules.of(register()))
    member = Signer(SECRET, "test").sign_in(Person("tv-2", "Trần Văn Bình", "member"), int(time.time())).value
    async with open_desk(servers, **SIGN_IN) as desk:
        await desk.apply(unjudged("C3", CRITERION, COMMUNES), unjudged("C1", CRITERION, units(Tier.SO)))
        await desk.apply(summary(C1=[FIRST], C3=COMMUNES[:3]))
        await desk.tick(START)
        given = [
            {"unit": unit, "criterion": CRITERION, "verdict": "PASS", "reason": "Đã rà soát."} for unit in COMMUNES[:9]
        ]
        assert (await desk.http.post(f"/v1/{KEY}/judgements", json=given)).status_code == 202
        assert (await desk.http.post(f"/v1/{KEY}/opinions", json=REQUEST)).status_code == 202
        (opinion, _) = (await desk.http.get(f"/v1/{KEY}/opinions")).json()
        answered = f"/v1/{KEY}/opinions/{opinion['opinion']['id']}/answer"
        assert (await desk.http.post(answered, json={"date": "2023-12-19", "answer": "Không nợ thuế."})).is_success
        assert (await put(desk, "head", HEAD)).status_code == 200
        async with served(desk.service.api) as url:
            pages = {
                "judging": "/tieu-chuan/tham-dinh?hinh-thuc=C3",
                "asking": f"/y-kien/hoi?phien={PAGE.removeprefix('/phien/')}&noi-dung=candidates/{MOVEMENT}/C3",
                "answering": f"/y-kien/{KEY}/{opinion['opinion']['id']}",
                "chair-acts": f"{PAGE}/chu-tri",
            }
            faults = {
                name: await viewer.faults(url + path, f"work-{name}", headers={**DESK}) for name, path in pages.items()
            }
            cookies = {cookie_name("test", secure=False): member}
            faults["confirming"] = await viewer.faults(f"{url}{PAGE}/thanh-vien", "work-confirming", cookies=cookies)
    assert {name: of_page for name, of_page in faults.items() if of_page} == {}
