"""Names in papers: council asks a real intake over HTTP in the reader's name, and intake notes who read whose."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from pypdf import PdfReader

from deploy.stack.embedded import Stack
from services.council.documents.naming import NOT_FETCHED, NOTICE
from services.council.long_files import store as long_files_store
from services.council.paper_handlers import NOT_GIVEN
from services.intake.access.key_store import digest
from services.intake.nominations.store import READ_NAMES
from shared.contracts.names import NAME_READERS
from shared.contracts.nominations import Nomination, NominationRecorded
from shared.contracts.people import ROLE_NAMES, Role
from shared.runtime.mongo import Database
from tests.support.council_desk import FIRST, MOVEMENT, P4, Desk, event_of, open_desk, summary
from tests.support.guarded_routes import KEYS
from tests.support.intake_client import Intake, intake_client, key_of, listening
from tests.support.paper_texts import squeezed, word_text
from tests.support.signed_in import SIGN_IN, as_browser, cookie_of
from tests.support.sittings import hold, post
from tests.support.waiting import until

NAME, OTHER = "Vũ Thị Minh Nguyệt", "Đặng Quốc Khánh"
ITEM = f"nominations/{MOVEMENT}/B6"
DECISION = "decision-bang_khen"
PAGE = "/van-ban/thai-binh/38-kh-hdtdkt-2023/P4/tep/bundle.zip"
NAMELESS = "cá nhân do Sở Y tế đề nghị"


class Way:
    """The way from council to intake, which may be ``open``, ``closed``, ``silent``, or answer with a ``fault``."""

    state = "open"

    @asynccontextmanager
    async def to(self, url: str) -> AsyncIterator[str]:
        """Yields the address of the way's other end."""
        target = urlsplit(url)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self.state == "silent":
                await asyncio.sleep(5)
            elif self.state == "fault":
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 500 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            elif self.state == "open":
                there, back = await asyncio.open_connection(target.hostname, target.port)
                back.write((await reader.readuntil(b"\r\n\r\n")).replace(b"keep-alive", b"close"))
                writer.write(await there.read())
                back.close()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()


@dataclass
class Opened:
    """Both services, the ids of the two persons, and the way from council to intake."""

    intake: Intake
    desk: Desk
    ids: tuple[str, str]
    way: Way

    @property
    def kept(self) -> Database:
        """Intake's database."""
        return self.intake[0]._database

    async def accesses(self) -> list[dict[str, Any]]:
        """Who read whose names, in order."""
        accesses = await self.kept.documents("accesses").find()
        return sorted(accesses, key=lambda access: access["at"])

    async def acts(self) -> list[dict[str, Any]]:
        """The entries of intake's audit chain about names for papers."""
        return await self.kept.documents("audit").find({"what": "act", "verb": READ_NAMES}, sort="_id")


async def nominated(http: httpx.AsyncClient, agency: str, name: str) -> Nomination:
    details = {"name": name, "born": "1980-05-02", "position": "Bác sĩ"}
    body = {"movement": MOVEMENT, "award": "B6", "kind": "can_bo", "person": details}
    headers = {**await key_of(http, agency), "Idempotency-Key": agency}
    answer = await http.post("/v1/nominations", headers=headers, json=body)
    assert answer.status_code == 201, answer.text
    return Nomination.model_validate(answer.json())


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def opened(servers: Stack) -> AsyncIterator[Opened]:
    """Two persons were nominated at intake; the council has proposed the first."""
    given = {"desk_key_sha256": digest("desk"), "desk_keys": KEYS, **SIGN_IN}
    way = Way()
    async with intake_client(servers, **given) as intake, listening(intake[0]) as url, way.to(url) as other_end:
        first, second = await nominated(intake[1], "so-y-te", NAME), await nominated(intake[1], "so-noi-vu", OTHER)
        async with open_desk(servers, intake_url=other_end, names_seconds=2, desk_keys=KEYS, **SIGN_IN) as desk:
            events = [event_of(NominationRecorded, one) for one in (first, second)]
            await desk.apply(summary(C1=[FIRST]), *events)
            await hold(desk)
            rows = [{"subject": first.id, "agree": 7, "disagree": 0, "no_opinion": 0}]
            rows.append({"subject": second.id, "agree": 2, "disagree": 5, "no_opinion": 0})
            ballots = {"handed_out": 7, "returned": 7, "valid": 7, "invalid": 0}
            vote = {
                "item": ITEM,
                "way": "ballots",
                "rows": rows,
                "ballots": ballots,
                "counters": ["Giám đốc Sở Nội vụ"],
            }
            answer = await post(desk, "votes", vote)
            assert answer.status_code == 200, answer.text
            failed = {"subject": second.id, "outcome": "not_proposed", "reason": "Chưa tiêu biểu"}
            answer = await post(desk, "outcomes", {"item": ITEM, "outcome": "proposed", "exceptions": [failed]})
            assert answer.status_code == 200, answer.text
            yield Opened(intake, desk, (first.subject, second.subject), way)


@pytest_asyncio.fixture(loop_scope="session")
async def unread(opened: Opened) -> Opened:
    """As ``opened``, with no access on record yet."""
    for doc in await opened.kept.documents("accesses").find():
        await opened.kept.documents("accesses").remove(doc)
    return opened


def key(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {role}"}


def pdf_text(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages))


async def test_the_secretary_gets_the_decision_with_the_name_and_intake_notes_it(unread: Opened) -> None:
    """In Word and PDF. Only the person who stands in the paper is asked for, not the other nominee."""
    before = len(await unread.acts())
    word = await unread.desk.http.get(f"{P4}/papers/{DECISION}.docx", headers=key("secretary"))
    assert squeezed(f"{NAME}, Bác sĩ (do Sở Y tế đề nghị)") in squeezed(word_text(word.content))
    pdf = await unread.desk.http.get(f"{P4}/papers/{DECISION}.pdf", headers=key("secretary"))
    assert squeezed(NAME) in pdf_text(pdf)
    for access, ending in zip(await unread.accesses(), ("docx", "pdf"), strict=True):
        paper = f"thai-binh/38-kh-hdtdkt-2023/P4/{DECISION}.{ending}"
        assert (access["who"], access["role"], access["purpose"]) == ("Khóa secretary", "secretary", paper)
        assert access["person"] == [unread.ids[0]]
        assert access["account"].startswith("khoa-")
    entries = (await unread.acts())[before:]
    assert [(a["actor"], a["object"], a["reason"]) for a in entries] == [
        (access["who"], access["purpose"], f"secretary: {unread.ids[0]}") for access in await unread.accesses()
    ]
    by_person = await unread.kept.documents("accesses").find({"person": unread.ids[0]})
    assert len(by_person) == 2, "whoever asks who read a person's name finds it by the person"


async def test_who_is_signed_in_is_who_intake_notes(unread: Opened) -> None:
    headers = as_browser(cookie_of("leader"), form=False)
    text = pdf_text(await unread.desk.http.get(f"{P4}/papers/minutes.pdf", headers=headers))
    assert squeezed(OTHER) in text
    assert squeezed(NAME) in text
    (access,) = await unread.accesses()
    assert (access["who"], access["role"], access["account"]) == ("Người có vai leader", "leader", "leader-1")
    assert set(access["person"]) == set(unread.ids)


@pytest.mark.parametrize("role", ROLE_NAMES)
async def test_each_role_gets_names_in_the_papers_of_its_cells_and_nowhere_else(unread: Opened, role: Role) -> None:
    """Whoever sees none in a paper gets it as ever, and intake is not even asked."""
    listed = await unread.desk.http.get(f"{P4}/papers", headers=key(role))
    if role in ("officer", "operator"):
        assert listed.status_code == 403
        assert (await unread.desk.http.get(f"{P4}/papers/ballot.pdf", headers=key(role))).status_code == 403
    for kind in listed.json() if listed.status_code == 200 else ():
        already = len(await unread.accesses())
        text = pdf_text(await unread.desk.http.get(f"{P4}/papers/{kind['file']}.pdf", headers=key(role)))
        sees = role in NAME_READERS.get(kind["file"], ())
        assert (squeezed(NAME) in text or squeezed(OTHER) in text) == sees, kind["file"]
        assert len(await unread.accesses()) == already + sees
        assert squeezed(NOT_FETCHED) not in text


async def test_no_name_stays_in_councils_database_events_or_log(
    unread: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    assert squeezed(NAME) in pdf_text(await unread.desk.http.get(f"{P4}/papers/ballot.pdf", headers=key("secretary")))
    answer = await unread.desk.http.post(f"{P4}/papers/{DECISION}/make", headers=key("secretary"), json={})
    assert answer.status_code in (200, 422), answer.text
    database = unread.desk.service._database
    kept = [str(await database.documents(name).find()) for name in await database.collections() if "." not in name]
    kept += [str(message.value) for message in await unread.desk.published()]
    kept += [str(await unread.kept.documents("audit").find())]
    written = capsys.readouterr()
    for text in (*kept, written.out, written.err):
        assert NAME not in text
        assert "Minh Nguyệt" not in text


@pytest.mark.parametrize("state", ["closed", "silent", "fault"])
async def test_a_paper_warns_that_names_are_missing_when_intake_gives_none(
    unread: Opened, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """A bundle is not made at all. Once intake answers again, both have the names."""
    http, secretary = unread.desk.http, key("secretary")
    monkeypatch.setattr(unread.way, "state", state)
    text = pdf_text(await http.get(f"{P4}/papers/ballot.pdf", headers=secretary))
    assert squeezed(NOTICE) in text
    assert squeezed(f"{NAMELESS}, {NOT_FETCHED}") in text
    assert squeezed(NAME) not in text
    bundle = await http.get(f"{P4}/papers/bundle.zip", headers=secretary)
    assert (bundle.status_code, bundle.json()["code"], bundle.json()["detail"]) == (503, "names_unavailable", NOT_GIVEN)
    assert (await http.post(f"{P4}/papers/bundle.zip/making", headers=secretary)).status_code == 202

    async def ended() -> bool:
        return bool((await http.get(f"{P4}/papers/bundle.zip/making", headers=secretary)).json()["state"] == "failed")

    await until(ended, "the failure being known")
    page = await http.get(PAGE, headers={**secretary, "Accept": "text/html"})
    assert NOT_GIVEN in page.text
    assert "Lập lại" in page.text
    assert await unread.accesses() == []
    monkeypatch.setattr(unread.way, "state", "open")
    assert squeezed(NAME) in pdf_text(await http.get(f"{P4}/papers/ballot.pdf", headers=secretary))
    assert (await http.get(f"{P4}/papers/bundle.zip", headers=secretary)).content.startswith(b"PK")
    await long_files_store.WorkStore(unread.desk.service._database).remove_names(time.time() + 7200)


async def test_whoever_takes_a_bundle_that_is_there_is_noted_too_and_it_is_kept_for_an_hour(unread: Opened) -> None:
    """Secretary and leader share one file. A member's has the names on lists and ballots only."""
    desk = unread.desk
    for role in ("secretary", "leader"):
        zipped = zipfile.ZipFile(
            io.BytesIO((await desk.http.get(f"{P4}/papers/bundle.zip", headers=key(role))).content)
        )
        named = [file for file in zipped.namelist() if squeezed(NAME) in squeezed(word_text(zipped.read(file)))]
        assert any(DECISION in file for file in named)
        assert any("ballot" in file for file in named)
    assert [access["who"] for access in await unread.accesses()] == ["Khóa secretary", "Khóa leader"]
    assert (await desk.http.post(f"{P4}/papers/bundle.zip/making", headers=key("leader"))).status_code == 202
    assert len(await unread.accesses()) == 2, "who asks for what is there, and does not take it, reads no name"
    content = (await desk.http.get(f"{P4}/papers/bundle.zip", headers=key("member"))).content
    zipped = zipfile.ZipFile(io.BytesIO(content))
    named = [file for file in zipped.namelist() if squeezed(NAME) in squeezed(word_text(zipped.read(file)))]
    assert sorted(file[3:].split("-")[0].split(".")[0] for file in named) == ["ballot", "opinion_form", "results"]
    database = desk.service._database
    works = await database.documents("makings").find({"finished": "done"})
    assert {doc["named"] for doc in works} == {True}
    assert await database.files("made").ids() >= {doc["_id"] for doc in works}
    store = long_files_store.WorkStore(database)
    await store.remove_names(max(doc["beat"] for doc in works) + 3599)
    assert await database.files("made").ids() != set()
    await store.remove_names(max(doc["beat"] for doc in works) + 3601)
    assert await database.files("made").ids() == set()
    state = await desk.http.get(f"{P4}/papers/bundle.zip/making", headers=key("secretary"))
    assert state.json()["state"] == "expired"
    page = await desk.http.get(PAGE, headers={**key("secretary"), "Accept": "text/html"})
    assert "chỉ được giữ một giờ và đã được xóa" in page.text
    again = await desk.http.get(f"{P4}/papers/bundle.zip", headers=key("secretary"))
    assert again.content.startswith(b"PK")


@pytest.mark.parametrize("role", ROLE_NAMES)
async def test_intake_gives_names_by_role_and_kind_of_paper_to_every_caller(unread: Opened, role: Role) -> None:
    """Also to somebody who asks it past the council. What is refused is not on record as read."""
    http = unread.intake[1]
    for kind in NAME_READERS:
        query = {"person": ",".join(unread.ids), "kind": kind}
        answer = await http.get("/v1/persons", params=query, headers={**key(role), "Purpose": "thu"})
        allowed = role in NAME_READERS[kind]
        assert answer.status_code == (200 if allowed else 403), (kind, answer.text)
        if allowed:
            assert [(p["name"], p["position"]) for p in answer.json()] == [(NAME, "Bác sĩ"), (OTHER, "Bác sĩ")]
            assert all("born" not in person for person in answer.json())
    assert len(await unread.accesses()) == sum(role in roles for roles in NAME_READERS.values())


async def test_intake_needs_a_purpose_and_kinds_of_the_table_and_leaves_out_unknown_ids(unread: Opened) -> None:
    http, headers = unread.intake[1], {**key("secretary"), "Purpose": "thu"}
    person = unread.ids[0]
    query = {"person": person, "kind": "ballot"}
    wrong: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        (query, key("secretary")),
        ({"person": person}, headers),
        ({"kind": "ballot"}, headers),
        ({"person": ",".join([person] * 201), "kind": "ballot"}, headers),
    )
    for params, given in wrong:
        assert (await http.get("/v1/persons", params=params, headers=given)).status_code == 422, params
    other = await http.get("/v1/persons", params={**query, "kind": "ballot,programme"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (403, "not_allowed")
    unknown = await http.get("/v1/persons", params={**query, "person": "0" * 32}, headers=headers)
    assert (unknown.status_code, unknown.json()) == (200, [])
    both = await http.get("/v1/persons", params={**query, "person": f"{'0' * 32},{person},{person}"}, headers=headers)
    assert [one["id"] for one in both.json()] == [person]
    (access,) = await unread.accesses()
    assert access["person"] == [person]
