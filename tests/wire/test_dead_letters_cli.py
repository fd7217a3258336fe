"""`thidua dlq` and `thidua audit` as processes, against a running service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.scoring.app import build
from services.scoring.settings import ScoringSettings
from shared.contracts.topics import RESULTS
from shared.runtime.app import Service
from shared.runtime.kafka.clients import Producer
from shared.runtime.outbox import Outgoing
from tests.support.one_service import KEY, running, settings, wait_for_document
from tests.support.waiting import until
from tests.support.warm_commands import Ended, thidua

pytestmark = pytest.mark.timeout(240)


class Terminal:
    """Runs commands against the test's own broker and database."""

    def __init__(self, servers: Stack, prefix: str) -> None:
        self._kafka, self._where = servers.kafka, ("--mongo", servers.mongo, "--prefix", prefix)

    async def __call__(self, *words: str, kafka: bool = False) -> Ended:
        return await thidua(*words, *self._where, *(("--kafka", self._kafka) if kafka else ()))


async def test_an_operator_lists_shows_replays_and_discards(servers: Stack) -> None:
    """Each takes the id that `list` shows. A wrong id or a forbidden action exits with 1 and prints the reason."""
    given = settings(servers)
    service = build(ScoringSettings.model_validate(given))
    typed = Terminal(servers, str(given["database_prefix"]))
    async with running(service):
        producer = Producer(servers.kafka, idempotent=False)
        await producer([Outgoing(RESULTS.name, KEY.encode(), b"\xff\xfe none", (("trace", b"\x80"), ("by", b"x")))])
        await producer.stop()
        place = await unreadable_of(service)

        listed = await typed("dlq", "list", "scoring", "--topic", RESULTS.name, "--json")
        (dead_letter,) = [row for row in listed.json if row["place"] == place]
        assert (dead_letter["state"], dead_letter["tries"], listed.code) == ("kept", 0, 0)
        plain = await typed("dlq", "list")
        assert dead_letter["id"] in plain.out
        assert "đang giữ (0 lần phát lại)" in plain.out
        assert "0 bản ghi." in (await typed("dlq", "list", "notify")).out

        shown = (await typed("dlq", "show", dead_letter["id"], "--json")).json
        assert (shown["key"], shown["value"]) == (KEY, "hex:fffe206e6f6e65")
        assert shown["headers"] == [["trace", "hex:80"], ["by", "x"]]

        replayed = await typed("dlq", "replay", dead_letter["id"], "--reason", "thử lại", "--actor", "an")
        assert (replayed.code, "lần phát lại thứ 1" in replayed.out) == (0, True), replayed
        await wait_for_document(service, "dead_letters", place, pending=False)

        async def failed_again() -> bool:
            kept = await service.dead_letters.documents.get(place)
            assert kept is not None
            return bool(kept["tries"][0]["failed"])

        await until(failed_again)
        assert "vẫn lỗi" in (await typed("dlq", "show", dead_letter["id"])).out
        assert (await typed("dlq", "discard", dead_letter["id"], "--reason", "hỏng")).code == 0
        hidden = await typed("dlq", "list", "scoring")
        assert dead_letter["id"] not in hidden.out
        assert "bản ghi đã loại bỏ, xem bằng --all" in hidden.out
        assert dead_letter["id"] in (await typed("dlq", "list", "scoring", "--all")).out
        again = await typed("dlq", "replay", dead_letter["id"], "--reason", "nữa")
        assert (again.code, "đã bị loại bỏ" in again.err) == (1, True)
        unknown = await typed("dlq", "replay", "scoring:0123456789", dead_letter["id"], "--reason", "x")
        assert (unknown.code, "không có bản ghi" in unknown.err) == (1, True)
        assert (await typed("dlq", "discard", dead_letter["id"], "--reason", " ")).code == 1

        allowed = await typed("dlq", "allow", "scoring", RESULTS.name, "--reason", "đã xem", kafka=True)
        assert allowed.code == 0, allowed.err
        acts = await service._database.documents("audit").find({"what": "act"}, sort="_id")
        assert [(act["verb"], act["object"], act["reason"]) for act in acts] == [
            ("replay a dead letter", place, "thử lại"),
            ("discard a dead letter", place, "hỏng"),
            ("let dead letters through", RESULTS.name, "đã xem"),
        ]
        assert acts[0]["actor"] == "an"
        await service._database.drop()


async def unreadable_of(service: Service) -> str:
    """The place of this test's dead letter, among those of other tests on the same topic."""

    async def stored_place() -> str:
        for doc in await service.dead_letters.documents.find({"pending": False}):
            if bytes(doc["value"] or b"") == b"\xff\xfe none":
                return str(doc["_id"])
        return ""

    return await until(stored_place, "the dead letter being published")


@pytest_asyncio.fixture
async def own_servers(tmp_path: Path) -> AsyncIterator[Stack]:
    """A broker on which no other test's scoring has published the head of another chain."""
    stack = Stack(tmp_path / "stack")
    try:
        await stack.start_servers()
        yield stack
    finally:
        await stack.stop()


async def test_audit_verify_prints_ok_or_names_the_first_bad_entry_and_exits_with_1(own_servers: Stack) -> None:
    """It compares with the head on the topic and with one read from a printed page."""
    servers, given = own_servers, settings(own_servers)
    service = build(ScoringSettings.model_validate(given))
    typed = Terminal(servers, str(given["database_prefix"]))
    await service.audit.prepare()
    for n in range(4):
        await service.audit.append_action("an", "thử", str(n), "")
    async with running(service):
        await service._tick()
        await wait_for_document(service, "audit_heads", "scoring", pending=False)
        head = await service.audit.head()
        assert head is not None
        fine = await typed("audit", "verify", kafka=True)
        assert fine.code == 0, fine
        assert [line.split()[0] for line in fine.out.splitlines()] == ["intake", "scoring", "council", "notify"]
        assert fine.out.count(" OK") == 4
        assert "dấu công bố mới nhất: số" in fine.out
        on_paper = f"{head.n}:{head.hash[:16]}"
        assert (await typed("audit", "verify", "scoring", "--head", on_paper)).code == 0
        other = await typed("audit", "verify", "scoring", "--head", f"{head.n}:{'0' * 16}")
        assert (other.code, f"LỖI ở mục {head.n}" in other.out, "not what the head says" in other.out) == (
            1,
            True,
            True,
        )
        for wrong in (("scoring", "--head", "x"), ("notify", "scoring", "--head", on_paper), ("nobody",)):
            refused = await typed("audit", "verify", *wrong)
            assert (refused.code, refused.err.startswith("thidua: ")) == (1, True)

        entries = service._database._db["audit"]
        await entries.delete_many({"_id": {"$gte": 4}})
        assert (await typed("audit", "verify", "scoring")).code == 0  # a cut at the end is invisible without a head
        cut = await typed("audit", "verify", "scoring", "--json", kafka=True)
        assert (cut.code, cut.json[0]["bad"]) == (1, {"n": 4, "why": "shorter than the head"})
        await entries.update_one({"_id": 2}, {"$set": {"actor": "bình"}})
        altered = await typed("audit", "verify", "scoring", kafka=True)
        assert (altered.code, "LỖI ở mục 2: đã bị sửa (altered)" in altered.out) == (1, True)
        await service._database.drop()
