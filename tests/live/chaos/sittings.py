"""What the desk does about sittings: calls and freezes them, moves or cancels them; members answer; papers live.

Every act is repeated until it is answered for good, and noted here as it must stand in the end.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import httpx

from services.intake.sign_in.signing import Signer
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.people import Person
from shared.runtime.http.sign_in.tokens import cookie_name, form_token
from tests.live.chaos.agencies import Agencies, Unanswered
from tests.live.chaos.arena import START, Arena
from tests.support.movement import s1, units
from tests.support.pdfs import signed_scan

_PLAN: Final = f"{s1().province}/{s1().id}"
SECRETARY: Final = "Thư ký Hội đồng"
"""The name of the desk's key, as steps and the audit chain have it."""

PREFIX: Final = "hop-"
"""How the ids of the sittings begin."""

_HOUR: Final = "08:00:00"
_SIGNED: Final = START.date().isoformat()
"""The day on every paper. council's clock may be behind the others', and no paper is dated in the future."""
_NEWEST: Final = 3
"""A sitting is worked on while it is among the last ones called."""


class Place(NamedTuple):
    """When and where a sitting is, as it is kept: the local day, the hour to the second, the place."""

    day: str
    at: str
    place: str

    @property
    def begins(self) -> datetime:
        """The instant at which the sitting begins."""
        return datetime.fromisoformat(f"{self.day}T{self.at}").replace(tzinfo=VIETNAM)


class Answer(NamedTuple):
    """A member's answer to the invitation."""

    state: str
    substitute: str | None
    reason: str | None


class PaperStep(NamedTuple):
    """A step in the life of a paper: what was done to which edition."""

    verb: str
    edition: int
    number: str | None = None
    reason: str | None = None


@dataclass
class Paper:
    """A paper's steps, and the scan that each edition has."""

    steps: list[PaperStep] = field(default_factory=list)
    scans: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Sitting:
    """A sitting as the desk left it. ``mailboxes`` are the units that have each member's mailbox.

    ``places`` are all that were recorded, the valid one last; ``steps`` are verb and person; ``answers`` and
    ``papers`` are by member and by the paper's key.
    """

    session: str
    mailboxes: dict[str, str]
    places: list[Place] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def key(self) -> str:
        """The id of council's document."""
        return f"{_PLAN}/{self.session}"

    @property
    def phase(self) -> str:
        """The phase of a sitting that was frozen, and perhaps cancelled."""
        return "cancelled" if self.cancelled else "frozen"


class Sittings:
    """Works on sittings. ``all`` are those that were called; only one act is done at a time."""

    def __init__(self, arena: Arena, agencies: Agencies, seed: int) -> None:
        self._arena, self._agencies = arena, agencies
        self._rng = random.Random(f"sittings {seed}")
        self.all: list[Sitting] = []
        self._numbers, self._working = 0, asyncio.Lock()
        self._cookies: dict[str, str] = {}

    async def work(self) -> None:
        """Call a sitting or change one, which members are told of; two members answer, and a paper gets an edition."""
        async with self._working:
            open_ones = [one for one in self.all[-_NEWEST:] if not one.cancelled]
            if not open_ones or self._rng.random() < 0.4:
                sitting = await self.convene()
            else:
                sitting = self._rng.choice(open_ones)
                await (self._cancel if self._rng.random() < 0.3 else self._move)(sitting)
            await self.notify_members()
            if not sitting.cancelled:
                for member in ("tv-2", "tv-3"):
                    await self.answer(sitting, member)
                await self.make_edition(sitting)

    async def convene(self) -> Sitting:
        """Call a session, record its members, day and place, and freeze its agenda."""
        so = self._rng.sample(units(Tier.SO), 2)
        assert self._arena.province is not None
        mailboxes = {"tv-1": self._arena.province.office, "tv-2": so[0], "tv-3": so[1]}
        sitting = Sitting(f"{PREFIX}{len(self.all) + 1}", mailboxes)
        day = self._today() + timedelta(days=self._rng.randrange(4, 40))
        body = {"id": sitting.session, "name": "Phiên bất thường", "day": day.isoformat(), "reason": "Công văn"}
        url = f"{self._council}/v1/sessions/{_PLAN}"
        await self._expect("POST", url, self._desk, body, 201, "session_exists")
        self.all.append(sitting)
        sitting.steps.append(("call", SECRETARY))
        await self._set_head(sitting, Place(day.isoformat(), _HOUR, "Phòng họp số 1"))
        await self._step(sitting, "POST", "freeze", "freeze")
        return sitting

    async def answer(self, sitting: Sitting, member: str) -> None:
        """A member answers the invitation, differently than before."""
        number = sum(verb == "confirm" for verb, _ in sitting.steps)
        kinds = [
            Answer("present", None, None),
            Answer("excused", None, f"Đi công tác ({number})"),
            Answer("replaced", f"Phó Giám đốc ({number})", None),
        ]
        given = self._rng.choice([kind for kind in kinds if kind != sitting.answers.get(member)])
        body = {name: value for name, value in given._asdict().items() if value is not None}
        url = f"{self._session(sitting)}/confirmation"
        await self._expect("PUT", url, self.as_member(member), body, 200)
        sitting.answers[member] = given
        sitting.steps.append(("confirm", account_of(member)))

    async def make_edition(self, sitting: Sitting) -> None:
        """The invitation gets an edition that replaces the one before: made, scanned, numbered, readable for members.

        Sometimes a wrong scan comes first and is withdrawn.
        """
        paper = sitting.papers.setdefault("invitation", Paper())
        edition = len(paper.scans) + 1
        url, reason = f"{self._session(sitting)}/papers/invitation", "Sửa giờ họp" if edition > 1 else None
        await self._paper_step(paper, PaperStep("make", edition, None, reason), "POST", f"{url}/make", _given(reason))
        if self._rng.random() < 0.3:
            await self._scan(paper, edition, url, f"nhầm {sitting.session} {edition}")
            withdrawn = PaperStep("withdraw", edition, None, "Chọn nhầm tệp")
            await self._paper_step(paper, withdrawn, "POST", f"{url}/scan/withdraw", _given(withdrawn.reason))
        await self._scan(paper, edition, url, f"{sitting.session} {edition}")
        self._numbers += 1
        number = f"{self._numbers}/GM-HĐTĐKT"
        body = {"number": number, "day": _SIGNED}
        await self._paper_step(paper, PaperStep("number", edition, number), "PUT", f"{url}/number", body)

    async def notify_members(self) -> None:
        """Let notify look at the sittings that it knows: a driven clock makes it look only when it is set."""
        await self._arena.clock_to(self._arena.now, ["notify"])

    async def scan_of(self, sitting: Sitting, member: str) -> bytes:
        """The signed invitation as a member gets it; what the answer says if there is none."""
        url = f"{self._session(sitting)}/papers/invitation/scan"
        answer = await self._agencies.insist("GET", url, headers=self.as_member(member))
        return answer.content

    def as_member(self, member: str) -> dict[str, str]:
        """The headers of a member who is signed in and sends a form of ours."""
        if member not in self._cookies:
            person = Person(member, account_of(member), "member")
            self._cookies[member] = (
                Signer(self._arena.sign_in_secret, self._arena.stack_id).sign_in(person, int(time.time())).value
            )
        cookie = self._cookies[member]
        name = cookie_name(self._arena.stack_id, secure=False)
        return {"Cookie": f"{name}={cookie}", "Origin": self._council, "X-CSRF-Token": form_token(cookie)}

    async def _set_head(self, sitting: Sitting, place: Place) -> None:
        members: list[dict[str, str]] = [
            {"id": "tv-1", "role": "chair", "office": "Chủ tịch Hội đồng"},
            *(
                {"id": m, "role": "member", "office": f"Giám đốc {m}", "unit": sitting.mailboxes[m]}
                for m in ("tv-2", "tv-3")
            ),
            {"id": "tv-4", "role": "member", "office": "Ủy viên không có hộp thư"},
        ]
        await self._step(
            sitting, "PUT", "head", "head", {**place._asdict(), "at": place.at[:5], "chair": "tv-1", "members": members}
        )
        sitting.places.append(place)

    async def _move(self, sitting: Sitting) -> None:
        room = f"Phòng họp số {len(sitting.places) + 1}"
        await self._set_head(sitting, sitting.places[-1]._replace(place=room))

    async def _cancel(self, sitting: Sitting) -> None:
        await self._step(sitting, "POST", "cancel", "cancel", {"reason": "Hoãn họp"})
        sitting.cancelled = True

    async def _step(self, sitting: Sitting, method: str, path: str, verb: str, body: Any = None) -> None:
        """A step of the secretary on the version seen last. Sent again, it is refused: nobody else takes steps."""
        seen = await self._agencies.insist("GET", f"{self._session(sitting)}/agenda", headers=self._desk)
        headers = self._desk | {"If-Match": seen.headers["ETag"]}
        await self._expect(method, f"{self._session(sitting)}/{path}", headers, body, 200, "changed_meanwhile")
        sitting.steps.append((verb, SECRETARY))

    async def _scan(self, paper: Paper, edition: int, url: str, title: str) -> None:
        scan = signed_scan(1, title)
        step = PaperStep("scan", edition)
        await self._paper_step(paper, step, "PUT", f"{url}/scan", scan)
        paper.scans[edition] = scan

    async def _paper_step(self, paper: Paper, step: PaperStep, method: str, url: str, body: Any) -> None:
        """A step in the life of a paper on the version seen last. Sent again, it is refused as a session's step is."""
        content_type = "application/pdf" if isinstance(body, bytes) else "application/json"
        headers = self._desk | {"If-Match": f'"{len(paper.steps)}"', "Content-Type": content_type}
        await self._expect(method, url, headers, body, 200, "changed_meanwhile")
        paper.steps.append(step)

    async def _expect(
        self, method: str, url: str, headers: Mapping[str, str], body: Any, status: int, repeated: str = ""
    ) -> httpx.Response:
        """Repeat a request until it is done. ``repeated`` is the code of its refusal once it was done unanswered."""
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        given = {"Content-Type": "application/json", **headers} if content is not None else headers
        answer = await self._agencies.insist(method, url, headers=given, content=content)
        if answer.status_code != status and not (repeated and answer.json().get("code") == repeated):
            raise Unanswered(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
        return answer

    def _session(self, sitting: Sitting) -> str:
        return f"{self._council}/v1/sessions/{sitting.key}"

    @property
    def _council(self) -> str:
        return self._arena.addresses["council"]

    @property
    def _desk(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._arena.desk_key}"}

    def _today(self) -> date:
        return self._arena.now.astimezone(VIETNAM).date()


def account_of(member: str) -> str:
    """The name of a member's account."""
    return f"Tài khoản {member}"


def _given(reason: str | None) -> dict[str, str]:
    return {"reason": reason} if reason else {}
