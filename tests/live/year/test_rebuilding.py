"""`thidua rebuild` beside running services: it reports and repairs corrupted facts and keeps their own records."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from copy import deepcopy
from itertools import count
from uuid import uuid4
from zlib import compress, decompress

import pytest
import pytest_asyncio

from deploy.demo.drive import Driver
from deploy.demo.run import province, reporters
from deploy.maintenance.rebuild import ComparisonUnstable, FactDifference, NotAllPublished, Rebuildable, rebuild
from deploy.maintenance.verify import verify
from shared.contracts.model import Tier
from shared.runtime.mongo import Database, Document
from tests.support import warm_commands
from tests.support.played_year import END, Played

MOVEMENT = "thai-binh/trach-nhiem-ky-cuong-2023"
PLANS, REGISTER = province()
UNIT = next(unit.code for unit in REGISTER.units if unit.tier is Tier.DVSN)
SESSION = "thai-binh/38-kh-hdtdkt-2023/P4"


async def thidua(played: Played, *args: str) -> tuple[int, list[str]]:
    """Run the command line against the played stack; returns its exit code and the lines it printed."""
    where = ("--kafka", played.stack.kafka, "--mongo", played.stack.mongo)
    ended = await warm_commands.thidua(*args, *where)
    return ended.code, (ended.err + ended.out).splitlines()


@asynccontextmanager
async def driving(played: Played) -> AsyncIterator[Driver]:
    async with Driver(played.stack, PLANS, REGISTER, reporters(PLANS)) as driver:
        driver._keys = played.keys
        yield driver


async def correct(driver: Driver, score: str) -> None:
    """Report the score of a unit that competes for no award."""
    about = {"movement": MOVEMENT.partition("/")[2], "obligation": "OB07", "period": "2023", "kind": "score"}
    await driver.client.request(
        "POST",
        f"{driver._stack.urls['intake']}/v1/reports",
        headers={**await driver.agency_headers("so-tttt"), "Idempotency-Key": f"rebuilding-{uuid4().hex}"},
        json={**about, "as_of": "2023-11-30", "rows": [{"unit": UNIT, "score": score}]},
        accept=(202,),
    )


class Spoilt:
    """Direct access to a service's database."""

    def __init__(self, played: Played, service: Rebuildable) -> None:
        self.played, self.service = played, service
        self.database = Database(played.stack.mongo, f"thidua_{service}")

    async def read(self, collection: str, doc_id: str) -> Document:
        doc = await self.database.documents(collection).get(doc_id)
        assert doc is not None
        return doc

    async def everything(self, collection: str) -> list[Document]:
        return await self.database.documents(collection).find(sort="_id")

    async def write(self, collection: str, doc: Document) -> None:
        """Change a document as a bug would, without publishing anything."""
        await self.database.documents(collection).save({**doc, "unsent": []})

    async def remove(self, collection: str, doc_id: str) -> None:
        await self.database.documents(collection).remove(await self.read(collection, doc_id))

    async def reported_and_repaired(self, *facts: str) -> None:
        """Check that rebuild names every corrupted fact and exits with 1, and that --swap repairs them all."""
        code, lines = await thidua(self.played, "rebuild", self.service)
        assert code == 1, lines
        assert not [fact for fact in facts if not any(fact in line for line in lines)], lines
        code, lines = await thidua(self.played, "rebuild", self.service, "--swap")
        assert code == 0, lines
        assert "đã sửa, nay khớp" in lines[-1]
        await self.at_rest()
        assert await self.differences() == []
        assert f"thidua_{self.service}_rebuilt" not in await self.databases()
        assert (await verify(self.played.stack.kafka, self.played.stack.mongo))[1] == []

    async def differences(self) -> list[FactDifference]:
        return (await rebuild(self.service, self.played.stack.kafka, self.played.stack.mongo)).differences

    async def at_rest(self) -> None:
        async with driving(self.played) as driver:
            await driver.client.wait_at_rest(END)

    async def report(self, score: str) -> None:
        """Report a score of a unit that competes for no award, and wait until the board shows it."""
        async with driving(self.played) as driver:
            await correct(driver, score)
            await driver.client.wait_at_rest(END)
            board = await driver.get("scoring", driver.movement_path("standings/chuyen-doi-so/dvsn"))
        assert {place["unit"]: place["score"] for place in board["places"]}[UNIT] == score

    async def databases(self) -> list[str]:
        return list(await self.database._client.list_database_names())


@pytest_asyncio.fixture
async def service(played: Played, request: pytest.FixtureRequest) -> AsyncIterator[Spoilt]:
    """Access to the database of one of the services."""
    spoilt = Spoilt(played, request.param)
    yield spoilt
    await spoilt.database.close()


@pytest.mark.parametrize(
    "service",
    ["council", *(pytest.param(name, marks=pytest.mark.apart) for name in ("scoring", "notify"))],
    indirect=True,
)
async def test_a_rebuilt_year_equals_the_original(service: Spoilt) -> None:
    """Without corruption, a service's state equals the replay of its topics from their start."""
    code, lines = await thidua(service.played, "rebuild", service.service)
    assert (code, lines[-1]) == (0, f"rebuild {service.service}: khớp, không có gì phải sửa"), lines
    assert " 0 không đọc được, 0 chưa áp dụng được;" in lines[-2]


@pytest.mark.apart
@pytest.mark.parametrize("service", ["scoring"], indirect=True)
async def test_scoring_pages_and_verdicts_are_repaired_and_a_running_process_reloads_them(
    service: Spoilt,
) -> None:
    """The corruption: a changed score, a missing page, an unreported page, a wrong list. The year then continues."""
    page = await service.read("boards", f"{MOVEMENT}/de-an-06/xa/0")
    spoilt = deepcopy(page)
    rows = json.loads(decompress(page["rows"]))
    rows["12433"]["value"]["score"] = "99.99"
    spoilt["rows"] = compress(json.dumps(rows).encode())
    summary = await service.read("eligibility", f"{MOVEMENT}/summary")
    lists = deepcopy(summary)
    lists["awards"][0]["candidates"] = ["336"]
    gone = await service.read("boards", f"{MOVEMENT}/chuyen-doi-so/so/0")
    await service.write("boards", spoilt)
    await service.write("eligibility", lists)
    await service.remove("boards", gone["_id"])
    invented = {**gone, "_id": f"{MOVEMENT}/bia-dat/so/0", "subject": "bia-dat", "rev": 0}
    await service.write("boards", invented)
    stack = service.played.stack
    await stack.kill("scoring")
    await stack.restart("scoring")
    await stack.wait_ready("scoring")
    await service.report("55.05")  # now the process has the movement in memory

    await service.reported_and_repaired(
        f"bảng số liệu {page['_id']}, đơn vị 12433: đang giữ",
        f"bảng số liệu {gone['_id']}, ",
        f"bảng số liệu {invented['_id']}, ",
        f"kết quả xét tiêu chuẩn {summary['_id']}, danh sách ",
    )
    mended = await service.read("boards", page["_id"])
    assert mended["rows"] == page["rows"]
    assert mended["version"] > page["version"]
    assert mended["changed_at"] >= page["changed_at"]

    # The running process had the corrupted documents in memory, with their earlier revisions.
    await service.report("55.06")
    assert await service.differences() == []


@pytest.mark.apart
@pytest.mark.parametrize("service", ["council"], indirect=True)
async def test_council_facts_are_repaired_and_its_own_records_and_frozen_agendas_stay_unchanged(
    service: Spoilt,
) -> None:
    """The corruption: a list without a unit, missing receipts, an unmarked change in a frozen agenda."""
    own = {name: await service.everything(name) for name in ("judgements", "decisions")}
    sessions = {doc["_id"]: doc for doc in await service.everything("sessions")}
    summary = await service.read("heard", f"{MOVEMENT}/summary")
    lists = deepcopy(summary)
    award = next(entry for entry in lists["awards"] if entry["candidates"])
    award["candidates"] = award["candidates"][1:]
    await service.write("heard", lists)
    await service.remove("heard", f"{MOVEMENT}/receipts")
    frozen = deepcopy(sessions[SESSION])
    changed_item = next(item for item in frozen["items"] if item["changed"])
    changed_item["changed"], changed_item["units_now"] = False, []
    await service.write("sessions", frozen)

    await service.reported_and_repaired(
        f"dữ liệu Hội đồng đã nhận {summary['_id']}, danh sách khen thưởng: đang giữ",
        f"dữ liệu Hội đồng đã nhận {MOVEMENT}/receipts, dòng ",
        f"phiên họp {SESSION}, nội dung {changed_item['id']}: đang giữ",
    )
    assert {name: await service.everything(name) for name in own} == own
    for doc in await service.everything("sessions"):
        before = sessions[doc["_id"]]
        for name in ("items", "phase", "numbered", "frozen_at", "status", "name", "plan", "meeting", "outcomes"):
            assert doc.get(name) == before.get(name), (doc["_id"], name)
    assert (await service.read("sessions", SESSION))["version"] > sessions[SESSION]["version"]


@pytest.mark.apart
@pytest.mark.parametrize("service", ["notify"], indirect=True)
async def test_notify_duty_states_are_repaired_and_its_ledger_of_sent_mail_stays_unchanged(
    service: Spoilt,
) -> None:
    """The corruption: a complete report missing, an incomplete one marked complete. No mail is sent or lost."""
    before = {doc["_id"]: doc for doc in await service.everything("accounts")}
    mails = {path.name: path.stat().st_mtime_ns for path in service.played.stack.mails.iterdir()}
    complete = next(
        (doc, duty)
        for doc in before.values()
        for duty, stand in doc["account"]["duties"].items()
        if stand["complete_at"] and stand["outcomes"]
    )
    never = next(
        (doc, duty)
        for doc in before.values()
        for duty, stand in doc["account"]["duties"].items()
        if not stand["version"] and stand["outcomes"] and doc["_id"] != complete[0]["_id"]
    )
    for (doc, duty), stand in ((complete, (0, None)), (never, (7, "2023-12-01T00:00:00Z"))):
        spoilt = deepcopy(doc)
        spoilt["account"]["duties"][duty] |= dict(zip(("version", "complete_at"), stand, strict=True))
        await service.write("accounts", spoilt)

    await service.reported_and_repaired(
        *(f"nghĩa vụ báo cáo của đơn vị {doc['_id']}, nghĩa vụ {duty}: đang giữ" for doc, duty in (complete, never))
    )
    after = {doc["_id"]: doc for doc in await service.everything("accounts")}
    assert {key: doc["account"] for key, doc in after.items()} == {key: doc["account"] for key, doc in before.items()}
    assert not any(doc["pending"] for doc in after.values())
    assert {path.name: path.stat().st_mtime_ns for path in service.played.stack.mails.iterdir()} == mails


@pytest.mark.apart
async def test_no_difference_is_reported_while_reports_keep_arriving(played: Played) -> None:
    """Neither rebuild nor verify reports events that arrive between their two looks."""
    where = (played.stack.kafka, played.stack.mongo)
    async with driving(played) as driver:

        async def pour() -> None:
            for n in count():
                await correct(driver, f"{n % 90}.25")
                await asyncio.sleep(0.15)  # the pace of the reports; rebuild must find moments in between

        pouring = asyncio.create_task(pour())
        with suppress(ComparisonUnstable):
            assert (await rebuild("scoring", *where)).differences == []
        assert (await verify(*where))[1] == []
        pouring.cancel()
        await asyncio.wait([pouring])
        assert pouring.cancelled()
        await driver.client.wait_at_rest(END)
    assert (await rebuild("scoring", *where)).differences == []


async def test_nothing_is_compared_with_incomplete_topics(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a broker that has just started empty, every stored fact would seem wrong."""
    monkeypatch.setattr("deploy.maintenance.rebuild._PUBLISH_SECONDS", 0.1)
    with pytest.raises(NotAllPublished, match="council, intake chưa công bố hết"):
        await rebuild("scoring", played.stack.kafka, played.stack.mongo, prefix="nobody_")
