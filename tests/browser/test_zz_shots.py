from __future__ import annotations
from deploy.stack.embedded import Stack
from playwright.async_api import Browser
from tests.support.browsing import Viewer, served
from tests.support.council_desk import DESK, FIRST, PAGE, SECOND, THIRD, open_desk, summary
from tests.support.movement import register, units
from shared.contracts.model import Tier
from tests.support.page_texts import TextRules
from tests.support.sittings import HEAD, post, put, attend, hands

async def test_shots(servers: Stack, browser: Browser) -> None:
    viewer = Viewer(browser, TextRules.of(register()))
    bad = {}
    async with open_desk(servers) as desk, served(desk.service.api) as address:
        async def look(name, path, **kw):
            f = await viewer.faults(address + PAGE + path, "run-" + name, headers=DESK, **kw)
            if f: bad[name] = f
        await desk.apply(summary(C1=[THIRD], B1=units(Tier.SO)[:5], B3=units(Tier.XA)[:40]))
        head = {**HEAD, "members": [{**m, "office": o, **({"unit": u} if u else {})} for m, (o, u) in zip(HEAD["members"], [("Chủ tịch Ủy ban nhân dân tỉnh", ""), *((f"Thủ trưởng", u) for u in units(Tier.SO)[:8])])]}
        assert (await put(desk, "head", head)).status_code == 200, (await put(desk, "head", head)).text
        await post(desk, "items", {"title": "Kế hoạch kiểm tra", "basis": "Công văn số 1"})
        await post(desk, "freeze")
        items = (await desk.agenda())["items"]
        await look("diem-danh-0", "/diem-danh")
        await look("dieu-hanh-0", "/dieu-hanh")
        await attend(desk, 7)
        await look("diem-danh-1", "/diem-danh")
        await post(desk, "start")
        n = {(i.get("award"), i["kind"]): i["number"] for i in items}
        b1 = n["B1", "candidates"]
        print(n)
        await look("dieu-hanh-list", f"/dieu-hanh?noi-dung={b1}")
        await look("dieu-hanh-long", f"/dieu-hanh?noi-dung={n['B3','candidates']}")
        await look("dieu-hanh-one", f"/dieu-hanh?noi-dung={n['C1','candidates']}")
        await look("dieu-hanh-reported", f"/dieu-hanh?noi-dung={items[-1]['number']}")
        await look("phieu", f"/kiem-phieu?noi-dung={b1}")
        await look("phieu-long", f"/kiem-phieu?noi-dung={n['B3','candidates']}")
        u = units(Tier.SO)[:5]
        iid = next(i["id"] for i in items if i["number"] == b1)
        r = [{"subject": s, "agree": 7 if k else 2, "disagree": 0 if k else 5, "no_opinion": 0} for k, s in enumerate(u)]
        v = {"item": iid, "way": "ballots", "rows": r, "ballots": {"handed_out": 7, "returned": 7, "valid": 7, "invalid": 0}, "counters": ["Giám đốc Sở Nội vụ"]}
        a = await post(desk, "votes", v); assert a.status_code == 200, a.text
        await look("dieu-hanh-counted", f"/dieu-hanh?noi-dung={b1}")
        await look("ket-thuc-open", "/ket-thuc")
        await look("bien-ban", "/bien-ban")
        for i in items:
            if i["number"] == b1:
                body = {"item": iid, "outcome": "proposed", "exceptions": [{"subject": u[0], "outcome": "not_proposed", "reason": "Số phiếu không đạt"}]}
            else:
                body = {"item": i["id"], "outcome": "noted"}
            a = await post(desk, "outcomes", body); assert a.status_code == 200, a.text
        await look("dieu-hanh-decided", f"/dieu-hanh?noi-dung={b1}")
        await look("ket-thuc-ready", "/ket-thuc")
        import httpx
        page = await desk.http.get(PAGE + "/ket-thuc")
        import re
        ver = re.search(r'name="phien-ban" value="(\d+)"', page.text)[1]
        a = await desk.http.post(PAGE + "/ket-thuc", data={"phien-ban": ver}); assert a.status_code == 303, a.text
        await look("quyet-dinh", "/quyet-dinh")
        await look("ket-thuc-done", "/ket-thuc")
        await look("dieu-hanh-done", f"/dieu-hanh?noi-dung={b1}")
        await look("phieu-done", f"/kiem-phieu?noi-dung={b1}")
    for k, f in bad.items():
        print(k, *f, sep="\n   ")
    assert not bad
