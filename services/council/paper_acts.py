"""Load, decide, save: the steps in the life of a paper. Each is noted in the audit chain before it takes effect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import uuid4

from services.council.acts import retry_on_conflict
from services.council.documents.blocks import Paper
from services.council.documents.bundle import paper_hash, snapshot_hash
from services.council.documents.making import NOT_THERE
from services.council.documents.province import PaperKind
from services.council.paper_facts import papers_of_province
from services.council.paper_handlers import Listed, SessionPapers
from services.council.paper_life import rules
from services.council.paper_life.scan_check import UnusableScan
from services.council.paper_life.scan_reading import ScanTooLarge, received
from services.council.paper_life.signed import final_name
from services.council.paper_life.state import Made, PaperRecord, Scan, StoredRecord, Verb, scans_of
from services.council.paper_life.store import PaperLifeStore
from services.council.paper_life.visibility import may_know_of, may_read_scan
from services.council.session_handlers import SessionPlace
from services.council.sessions.actions import Actor
from services.council.sessions.problem import SessionProblem
from services.council.state import StoredSession
from services.council.store import CouncilStore
from shared.contracts.people import Person, Role
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal
from shared.wording.formats import gio_ngay

_Result = TypeVar("_Result")

ACTIONS: Final[dict[Verb, str]] = {
    "make": "make a paper",
    "scan": "keep a scan",
    "withdraw": "withdraw a scan",
    "number": "number a paper",
}
"""The steps as verbs of the audit chain."""

READ_SCAN: Final = "read a scan"
"""The verb of the audit chain for a scan that somebody took. It may name persons, so reading it is on record (L15)."""


@dataclass(frozen=True, slots=True)
class ScanFile:
    """The scan of an edition: its name as a file, its size in bytes, and its parts."""

    name: str
    size: int
    parts: AsyncIterator[bytes]


class PaperActs:
    """Records what is done about the papers of a session.

    Every method raises ``Refusal``: 404 for no session or paper, 409 if another step was taken since the version that
    the caller has seen (``expected``; None for a caller who has seen none), otherwise as the step refuses.
    """

    def __init__(
        self,
        papers: SessionPapers,
        sessions: CouncilStore,
        store: PaperLifeStore,
        audit: Audit,
        clock: Clock,
        scan_bytes: int,
    ) -> None:
        self._papers, self._sessions, self._store = papers, sessions, store
        self._audit, self._clock, self.scan_bytes = audit, clock, scan_bytes

    async def record(self, place: SessionPlace, paper: str, person: Person) -> PaperRecord:
        """What is recorded about a paper, for somebody who may know of it."""
        session, stored = await self._session(place), await self._store.record(place.key, paper)
        if stored is not None and may_know_of(person.role, stored.record, session):
            return stored.record
        return _empty_record(place.key, await self._paper(place, paper, person))

    async def make(
        self, place: SessionPlace, paper: str, reason: str, person: Person, expected: int | None
    ) -> PaperRecord:
        """The paper is made to be signed, from the session as it stands."""
        _, text = await self._paper(place, paper, person)
        snapshot = snapshot_hash(await self._papers.facts(place))

        def step(record: PaperRecord, actor: Actor) -> PaperRecord:
            made = Made(snapshot=snapshot, text=paper_hash(text), by=actor.by, at=actor.at)
            return rules.make(record, made, reason, actor)

        return await self._step(place, paper, person, expected, step)

    async def upload(
        self, place: SessionPlace, paper: str, parts: AsyncIterator[bytes], person: Person, expected: int | None
    ) -> PaperRecord:
        """Keep a signed paper's scan, a PDF of at most ``scan_bytes`` bytes, which is never held in memory.

        Raises ``Refusal`` with 413 as soon as more has come, with 422 for what is no harmless PDF.
        """
        before = await self._record(place, paper, person)
        _require_version(before.record, expected)
        _refusing(lambda: rules.require_no_scan(before.record))
        try:
            async with received(parts, self.scan_bytes) as upload:
                await self._require_new(place, paper, upload.sha256)
                scan_id = f"{place.key}/{paper}/{uuid4().hex}"
                await self._store.add_scan(scan_id, f"{paper}.pdf", upload.file)
                try:
                    return await self._step(
                        place,
                        paper,
                        person,
                        expected,
                        lambda record, actor: rules.add_scan(
                            record,
                            Scan(
                                id=scan_id,
                                sha256=upload.sha256,
                                size=upload.size,
                                pages=upload.pages,
                                by=actor.by,
                                at=actor.at,
                            ),
                            actor,
                        ),
                    )
                except Refusal:
                    await self._store.remove_scan(scan_id)
                    raise
        except ScanTooLarge as error:
            raise Refusal(413, "too_large", str(error)) from None
        except UnusableScan as error:
            problems = [{"pointer": "/scan", "code": error.code, "detail": error.detail}]
            raise Refusal(422, error.code, error.detail, problems=problems) from None

    async def withdraw(
        self, place: SessionPlace, paper: str, reason: str, person: Person, expected: int | None
    ) -> PaperRecord:
        """A scan that was uploaded by mistake no longer counts; its file is kept."""
        return await self._step(
            place, paper, person, expected, lambda record, actor: rules.withdraw_scan(record, reason, actor)
        )

    async def give_number(
        self, place: SessionPlace, paper: str, number: str, day: date, person: Person, expected: int | None
    ) -> PaperRecord:
        """The number and the day that the signed paper bears."""

        def step(record: PaperRecord, actor: Actor) -> PaperRecord:
            symbol = papers_of_province(place.province).kinds[record.kind].symbol
            return rules.give_number(record, number, day, symbol, actor)

        return await self._step(place, paper, person, expected, step)

    async def scan(self, place: SessionPlace, paper: str, edition: int | None, person: Person) -> ScanFile:
        """The scan of an edition, or of the latest that has one for the reader. That it was taken is on record."""
        session, stored = await self._session(place), await self._store.record(place.key, paper)
        readable = [
            (stored.record, version, scan)
            for version, scan in (scans_of(stored.record) if stored else ())
            if stored and may_read_scan(person.role, stored.record, version, session)
            if edition in (None, version.n)
        ]
        if not readable:
            raise Refusal(404, "no_scan", "Không có bản ký này, hoặc chưa đến lúc có.")
        record, version, scan = readable[-1]
        name = final_name(record.name)
        await self._audit.append_action(person.name, READ_SCAN, f"{record.id}#{version.n}", name)
        ending = f"-lan-{version.n}" if version.n > 1 else ""
        return ScanFile(f"{paper}-ban-ky{ending}.pdf", scan.size, await self._store.read_scan(scan.id))

    async def _step(
        self,
        place: SessionPlace,
        paper: str,
        person: Person,
        expected: int | None,
        step: Callable[[PaperRecord, Actor], PaperRecord],
    ) -> PaperRecord:
        result: list[PaperRecord] = []
        noted: list[PaperRecord] = []

        async def attempt() -> None:
            stored = await self._record(place, paper, person)
            before = stored.record
            _require_version(before, expected)
            actor = Actor(person.name, person.role, self._clock.now(), replaces=expected is not None)
            after = _refusing(lambda: step(before, actor))
            result[:] = [after]
            if after is before:
                return
            others = [other for number in rules.numbers_of(after) for other in await self._store.with_number(number)]
            _refusing(lambda: rules.require_free_number(after, others))
            if not noted:
                last = after.steps[-1]
                about = " ".join(filter(None, (final_name(after.name), last.number, last.reason)))
                await self._audit.append_action(person.name, ACTIONS[last.verb], after.id, about)
                noted.append(after)
            await self._store.save(stored.revision, after)

        await retry_on_conflict(attempt, _nothing)
        return result[0]

    async def _record(self, place: SessionPlace, paper: str, person: Person) -> StoredRecord:
        if (stored := await self._store.record(place.key, paper)) is not None:
            return stored
        return StoredRecord(0, _empty_record(place.key, await self._paper(place, paper, person)))

    async def _session(self, place: SessionPlace) -> StoredSession:
        if (session := await self._sessions.session(place.key)) is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        return session

    async def _paper(self, place: SessionPlace, key: str, person: Person) -> tuple[PaperKind, Paper]:
        """A paper that there is for a reader. Raises ``Refusal``: 404, 409 for a working table, which nobody signs."""
        return _listed_paper(await self._papers.listed(place, person.role), key)

    async def _require_new(self, place: SessionPlace, paper: str, sha256: str) -> None:
        """Raise ``Refusal`` (422) for a file that stands at another paper of the session: it was chosen by mistake."""
        for stored in await self._store.of_session(place.key):
            if stored.record.paper != paper and any(v.scan and v.scan.sha256 == sha256 for v in stored.record.versions):
                detail = f"Tệp này đã được tải lên cho “{final_name(stored.record.name)}”; hãy chọn đúng tệp."
                problems = [{"pointer": "/scan", "code": "scan_elsewhere", "detail": detail}]
                raise Refusal(422, "scan_elsewhere", detail, problems=problems)


def record_shown(
    session: StoredSession, recorded: PaperRecord | None, listed: Listed, paper: str, role: Role
) -> PaperRecord:
    """What is recorded about a paper, or that nothing is, for a role. Raises ``Refusal`` (404, 409) as the acts do."""
    if recorded is not None and may_know_of(role, recorded, session):
        return recorded
    return _empty_record(session.id, _listed_paper(listed, paper))


def text_hash(listed: Listed, paper: str) -> str:
    """The hash of what a paper would say if it were made now; empty if there is no such paper any more."""
    try:
        return paper_hash(_listed_paper(listed, paper)[1])
    except Refusal:
        return ""


def _listed_paper(listed: Listed, key: str) -> tuple[PaperKind, Paper]:
    for kind, _, papers in listed:
        for paper in papers:
            if paper.key == key:
                if paper.working:
                    raise Refusal(409, "not_signed", f"“{paper.name}” là bảng làm việc, không trình ký.")
                return kind, paper
    raise Refusal(404, "no_paper", NOT_THERE)


def _empty_record(session: str, of: tuple[PaperKind, Paper]) -> PaperRecord:
    kind, paper = of
    bears_number = bool(paper.letterhead.number)
    return PaperRecord(session=session, paper=paper.key, kind=kind, name=paper.name, bears_number=bears_number)


def _require_version(record: PaperRecord, expected: int | None) -> None:
    if expected is None or expected == len(record.steps):
        return
    last = record.steps[-1] if record.steps else None
    who = f"{last.by} vừa ghi về văn bản này lúc {gio_ngay(last.at)}" if last else "Văn bản này chưa được ghi lần nào"
    detail = f"{who}. Xem bản mới nhất, rồi ghi lại."
    raise Refusal(409, "changed_meanwhile", detail, version=len(record.steps))


def _refusing(step: Callable[[], _Result]) -> _Result:
    try:
        return step()
    except SessionProblem as problem:
        if problem.pointer is None:
            raise Refusal(problem.status, problem.code, problem.detail) from None
        problems = [{"pointer": problem.pointer, "code": problem.code, "detail": problem.detail}]
        raise Refusal(problem.status, problem.code, problem.detail, problems=problems) from None


def _nothing() -> None:
    """No event follows from a step, so that no relay is woken."""
