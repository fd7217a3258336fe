"""Nominations over HTTP, on a real database: quotas, the race for the last place, and the privacy of names.

One file, because every test asks the same running service.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.nominations.nominee_ids import nomination_ids
from services.intake.nominations.publisher import nomination_rendering
from services.intake.nominations.rules import NominationRequest, withdraw
from services.intake.nominations.store import NominationIdentity, NominationStore
from services.intake.papers import Paper
from shared.contracts.awards import SubjectKind
from shared.contracts.ids import derived
from shared.contracts.nominations import Nomination, NominationRecorded
from shared.contracts.topics import NOMINATIONS
from shared.plans.load import load_plan
from shared.plans.quotas import NominationContext
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database
from shared.runtime.outbox import Outbox, Outgoing
from tests.support.intake_client import OPERATOR_JSON as OPERATOR
from tests.support.intake_client import Intake, intake_client, key_of
from tests.support.movement import register, s0
from tests.support.nominating import deciding, identity
from tests.support.provinces import THAI_BINH

S0, S4 = "trach-nhiem-ky-cuong-2023", "trach-nhiem-ky-cuong-2023-snnptnt"
NOW = datetime(2023, 12, 6, 2, tzinfo=UTC)
NAME = "Trần Thị Minh Họa"


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack) -> AsyncIterator[Intake]:
    """The intake service in this process, with an empty database of its own and the plans S0, S3 and S4."""
    plans = [load_plan(THAI_BINH / f"{name}.yaml") for name in ("s0-46-kh-ubnd", "s3-52-kh-ubnd", "s4-snnptnt")]
    async with intake_client(servers, documents=[register(), *plans]) as opened:
        yield opened


@pytest.fixture
def intake(opened: Intake) -> httpx.AsyncClient:
    return opened[1]


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


def person(name: str, *, kind: str = "can_bo", award: str = "B6", movement: str = S0, **more: Any) -> dict[str, Any]:
    details = {"name": name, "born": "1980-05-02", "position": "Chuyên viên"}
    return {"movement": movement, "award": award, "kind": kind, "person": details, **more}


async def nominate(intake: httpx.AsyncClient, issued: dict[str, str], key: str, body: dict[str, Any]) -> httpx.Response:
    return await intake.post("/v1/nominations", headers={**issued, "Idempotency-Key": key}, json=body)


async def test_of_fifty_nominations_at_once_for_one_place_one_is_accepted(intake: httpx.AsyncClient) -> None:
    """The other forty-nine are refused with the reason and no places left."""
    issued = await key_of(intake, "so-y-te")
    answers = await asyncio.gather(
        *(nominate(intake, issued, f"r-{n}", person(f"Cán bộ số {n}")) for n in range(50)),
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(problem["code"], problem["places_left"]) for problem in refused} == {("quota_full", 0)}
    assert all("không quá 01" in problem["detail"] for problem in refused)
    (accepted,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert accepted["places_left"] == 0
    kept = (await intake.get("/v1/nominations", headers=issued)).json()
    assert Counter(nomination["status"] for nomination in kept) == {"accepted": 1, "refused": 49}
    places = (await intake.get("/v1/places", headers=issued, params={"movement": S0})).json()
    assert {place["award"]: (place["taken"], place["left"]) for place in places} == {
        "B4": (0, 1),
        "B5": (0, None),
        "B6": (1, 0),
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "can_bo"}, ["họ tên và ngày sinh của cá nhân", "person"]),
        ({"kind": "can_bo", "name": "Trần Thị Minh Họa"}, ["họ tên và ngày sinh của cá nhân", "person"]),
        ({"kind": "can_bo", "person": {"born": "1980-05-02"}}, ["/person/name (Thiếu mục này)"]),
        ({"kind": "tap_the"}, ["mã đơn vị (unit)", "(name)"]),
        ({"kind": "tap_the", "unit": "336", "name": "Tổ 3"}, ["Chỉ ghi một trong các mục"]),
    ],
)
async def test_a_nomination_without_its_nominee_names_what_is_missing(
    intake: httpx.AsyncClient, given: dict[str, Any], words: list[str]
) -> None:
    """It said that values contradict each other, at "/"."""
    body = {"movement": S0, "award": "B6", **given}
    answer = await nominate(intake, await key_of(intake, "so-y-te"), "nobody", body)
    detail = answer.json()["detail"]
    assert (answer.status_code, [word for word in words if word not in detail]) == (422, []), detail
    assert "ở: / " not in detail
    assert "Các giá trị không khớp nhau" not in detail


async def test_of_many_stores_that_share_only_the_database_one_gets_the_last_place(database: Database) -> None:
    """A process's lock only saves retries; the compare-and-set decides."""
    stores = [NominationStore(database, "thai-binh") for _ in range(10)]
    await stores[0].prepare()
    context = NominationContext(s0(), None, register())

    async def ask(n: int) -> Nomination:
        request = NominationRequest(f"n-{n}", S0, "B6", "so-y-te", SubjectKind.CAN_BO, f"p-{n}")
        return await stores[n % 10].add(S0, identity(request), None, deciding(request, context))

    decided = await asyncio.gather(*(ask(n) for n in range(50)))
    assert Counter(nomination.reason for nomination in decided) == {None: 1, "quota_full": 49}
    kept = await stores[0].of_movement(S0)
    assert {nomination.id: nomination for nomination in kept} == {nomination.id: nomination for nomination in decided}


async def test_every_nomination_is_published_in_its_current_state_and_again_for_a_new_broker(
    database: Database,
) -> None:
    """A nomination withdrawn before it was published is published once, as withdrawn."""
    store, context = NominationStore(database, "thai-binh"), NominationContext(s0(), None, register())
    for n in range(3):
        request = NominationRequest(f"n-{n}", S0, "B6", "338", SubjectKind.CAN_BO, f"p-{n}")
        await store.add(S0, identity(request), None, deciding(request, context))
    await store.update("n-1", "338", lambda present, _: withdraw(present, NOW))
    published: list[Outgoing] = []

    async def publish(messages: Sequence[Outgoing]) -> None:
        published.extend(messages)

    outbox = Outbox([nomination_rendering(store)], publish, Metrics(), ())
    await outbox.relay()
    assert {(message.topic, message.key) for message in published} == {(NOMINATIONS.name, f"thai-binh/{S0}".encode())}
    events = [NOMINATIONS.parse(message.value) for message in published]
    stands = {e.data.id: (e.data.status, e.data.version) for e in events if isinstance(e, NominationRecorded)}
    assert stands == {"n-0": ("accepted", 1), "n-1": ("withdrawn", 2), "n-2": ("refused", 1)}
    first = [message.value for message in published]
    published.clear()
    await outbox.republish_all()
    await outbox.relay()
    assert sorted(first, key=str) == sorted((message.value for message in published), key=str)


async def test_a_third_individual_is_refused_and_a_withdrawal_frees_a_place(intake: httpx.AsyncClient) -> None:
    """Check vector 7 over HTTP. Only the nominator may withdraw; a second withdrawal changes nothing."""
    issued, other = await key_of(intake, "339"), await key_of(intake, "340")
    first, second, third = [await nominate(intake, issued, f"v-{n}", person(f"Người thứ {n}")) for n in range(3)]
    assert [answer.status_code for answer in (first, second, third)] == [201, 201, 409]
    problem = third.json()
    assert (problem["code"], problem["places_left"], problem["nomination"]["status"]) == ("quota_full", 0, "refused")
    assert third.headers["content-type"] == "application/problem+json"
    path = f"/v1/nominations/{first.json()['id']}/withdraw"
    assert (await intake.post(path, headers=other)).status_code == 404
    once = await intake.post(path, headers=issued)
    assert (once.status_code, once.json()["status"], once.json()["places_left"]) == (200, "withdrawn", 1)
    assert (await intake.post(path, headers=issued)).json() == once.json()
    assert (await nominate(intake, issued, "v-3", person("Người thứ 2"))).json()["places_left"] == 0


async def test_the_same_key_again_is_the_same_nomination(intake: httpx.AsyncClient) -> None:
    """This holds concurrently, later and after a refusal. Other content about the same nominee is a conflict."""
    issued = await key_of(intake, "so-nnptnt")
    body = {"movement": S4, "award": "S4-TT", "kind": "tap_the", "unit": "nnptnt-thuy-loi"}
    answers = await asyncio.gather(*(nominate(intake, issued, "k-1", body) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["into"] == "B4"
    direct = {"movement": S0, "award": "B4", "kind": "tap_the", "name": "Thanh tra Sở"}
    refused = [(await nominate(intake, issued, "k-2", direct)).json() for _ in range(2)]
    assert refused[0] == refused[1]
    assert refused[0]["code"] == "quota_full"
    answer = await nominate(intake, issued, "k-1", {**body, "note": "khác"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nomination_id_reused")
    answer = await nominate(intake, issued, "k-1", {**body, "unit": "nnptnt-thuy-san"})
    assert (answer.status_code, answer.json()["code"]) == (409, "quota_full")
    withdrawn = (await intake.post(f"/v1/nominations/{answers[0].json()['id']}/withdraw", headers=issued)).json()
    assert (await nominate(intake, issued, "k-1", body)).json() == withdrawn


async def test_a_paper_that_nominates_in_two_movements_makes_nominations_with_ids_of_their_own(
    database: Database,
) -> None:
    """The nominations of two top-level movements are stored in two documents; an id is looked up in both."""
    store, context = NominationStore(database, "thai-binh"), NominationContext(s0(), None, register())
    paper, other = Paper("338", "5/TTr"), "ha-tang-dong-bo-tiet-kiem-2023-2030"
    made = []
    for movement in (S0, other):
        request = NominationRequest("", movement, "B6", "338", SubjectKind.CAN_BO, "p")
        ids = nomination_ids(paper, movement, "B6", "p", movement)
        named = NominationIdentity(paper, movement, "B6", "p", movement, ids)
        made.append(await store.add(movement, named, None, deciding(request, context)))
    assert made[0].id == derived("nomination", "338", "5/TTr")
    assert made[1].id != made[0].id


async def test_a_person_nominated_by_two_agencies_is_recognised_and_named_only_to_the_operator(
    servers: Stack, opened: Intake, intake: httpx.AsyncClient
) -> None:
    """Events, answers and refusals carry an id. Each lookup of the name is recorded before it is answered."""
    one, other = await key_of(intake, "341"), await key_of(intake, "so-tnmt")
    accepted = await nominate(intake, one, "p-1", person(NAME, note="Hồ sơ số 12"))
    refused = await nominate(intake, other, "p-1", person(f"  {NAME.upper()} ", award="B5", kind="doanh_nhan"))
    assert (accepted.status_code, refused.status_code, refused.json()["code"]) == (201, 409, "one_route")
    assert refused.json()["nomination"]["subject"] == accepted.json()["subject"]
    kept = [(await intake.get("/v1/nominations", headers=issued)).text for issued in (one, other)]
    for text in (accepted.text, refused.text, *kept):
        assert NAME.casefold() not in json.dumps(json.loads(text), ensure_ascii=False).casefold()
    path = f"/v1/persons/{accepted.json()['subject']}"
    assert (await intake.get(path, headers={**one, "Purpose": "xem"})).status_code == 403
    assert (await intake.get(path, headers=OPERATOR)).status_code == 422
    database = Database(servers.mongo, opened[0]._database._db.name)
    assert await database.documents("accesses").count() == 0
    answer = await intake.get(path, headers={**OPERATOR, "Purpose": quote("lập tờ trình khen thưởng")})
    assert (answer.status_code, answer.json()["name"], answer.json()["born"]) == (200, NAME, "1980-05-02")
    (access,) = await database.documents("accesses").find()
    assert access["person"] == accepted.json()["subject"]
    assert access["purpose"] == "lập tờ trình khen thưởng"
    assert access["who"].startswith("operator ")
    acts = await database.documents("audit").find({"what": "act", "object": access["person"]})
    assert [(a["actor"], a["verb"], a["reason"]) for a in acts] == [
        (access["who"], "read the name of a person", access["purpose"])
    ]
    assert NAME.casefold() not in str(await database.documents("audit").find()).casefold()
    (document,) = [doc for doc in await database.documents("nominations").find() if accepted.json()["id"] in doc["ids"]]
    assert NAME.casefold() not in str(document).casefold()
    await database.close()
    unknown = await intake.get("/v1/persons/nobody", headers={**OPERATOR, "Purpose": "xem"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_person")


async def test_the_name_of_a_household_is_private_too(intake: httpx.AsyncClient) -> None:
    """A household has a person's name, so only the operator can look it up."""
    household = {
        "movement": "ha-tang-dong-bo-tiet-kiem-2023-2030",
        "award": "S3-DX",
        "kind": "ho_gia_dinh",
        "name": "Hộ bà Minh Họa",
    }
    accepted = await nominate(intake, await key_of(intake, "344"), "h-1", household)
    assert (accepted.status_code, accepted.json()["name"]) == (201, None)
    path = f"/v1/persons/{accepted.json()['subject']}"
    named = (await intake.get(path, headers={**OPERATOR, "Purpose": "xem"})).json()
    assert (named["name"], named["born"], named["position"]) == ("Hộ bà Minh Họa", None, None)


@pytest.mark.parametrize(
    ("agency", "changes", "status", "code"),
    [
        ("341", {"award": "B9"}, 422, "unknown_award"),
        ("341", {"movement": "khong-co"}, 422, "unknown_movement"),
        ("341", {"award": "B4"}, 422, "wrong_kind"),
        ("12433", {}, 403, "no_places"),
        ("342", {"award": "C1", "kind": "tap_the", "unit": "so-y-te", "person": None}, 403, "not_its_proposer"),
        ("342", {"award": "B4", "kind": "tap_the", "unit": "khong-co", "person": None}, 422, "wrong_subject"),
        ("342", {"kind": "tap_the"}, 422, "invalid"),
        ("342", {"unit": "so-y-te"}, 422, "invalid"),
        ("342", {"persons": []}, 422, "invalid"),
        ("342", {"person": {"name": NAME, "born": "hôm qua"}}, 422, "invalid"),
        ("342", {"note": "x" * 300_000}, 413, "too_large"),
    ],
)
async def test_an_impossible_nomination_gets_a_problem_document(
    intake: httpx.AsyncClient, agency: str, changes: dict[str, Any], status: int, code: str
) -> None:
    """It has the code and no name."""
    answer = await nominate(intake, await key_of(intake, agency), uuid4().hex, {**person("Nguyễn Văn Thử"), **changes})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert NAME not in str(answer.json())
    assert "Nguyễn Văn Thử" not in str(answer.json())


async def test_nominations_need_a_key_and_a_number(intake: httpx.AsyncClient) -> None:
    """The API key names the agency; without a number, here or in the header, a retry would nominate twice."""
    body = person("Nguyễn Văn Thử")
    assert (await nominate(intake, {}, "a", body)).json()["code"] == "no_key"
    assert (await nominate(intake, {"Authorization": "Bearer x"}, "a", body)).json()["code"] == "unknown_key"
    missing = await intake.post("/v1/nominations", headers=await key_of(intake, "343"), json=body)
    assert (missing.status_code, missing.json()["code"]) == (422, "number_missing")


async def test_the_places_of_an_unknown_movement_are_a_404(intake: httpx.AsyncClient) -> None:
    """An agency without places has an empty list."""
    issued = await key_of(intake, "12433")
    assert (await intake.get("/v1/places", headers=issued, params={"movement": "khong-co"})).status_code == 404
    assert (await intake.get("/v1/places", headers=issued, params={"movement": S0})).json() == []
    assert (await intake.get("/v1/places", headers=issued)).status_code == 422
