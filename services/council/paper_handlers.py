"""Read what the papers of a session are made of, and make them beside the event loop, each only once at a time."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from services.council.arrivals import Arrivals, unpack_arrivals
from services.council.changes import AwardKey, Findings
from services.council.desk_store import Part
from services.council.documents.blocks import Paper
from services.council.documents.bundle import Report, SignedPaper, text_hash
from services.council.documents.facts import SessionFacts
from services.council.documents.making import (
    NoPaper,
    SeveralPapers,
    Wanted,
    available,
    made,
    takes_long,
    write_made,
)
from services.council.documents.province import NoPapers, PaperKind, Papers, load_papers, templates_folder
from services.council.documents.word import UnusableTemplate
from services.council.long_files.state import Work
from services.council.long_files.worker import CannotMake, LongFiles
from services.council.packed_findings import unpack_fixed
from services.council.paper_life.signed import signed_papers
from services.council.paper_life.state import PaperRecord
from services.council.paper_life.store import PaperLifeStore
from services.council.session_handlers import SessionPlace
from services.council.state import StoredSession
from services.council.store import CouncilStore
from shared.caching import Cache
from shared.contracts.council import Judgement
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import AgencyOpinion
from shared.contracts.people import Person, Role
from shared.contracts.plan import Plan
from shared.contracts.scoring import Evidence
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal
from shared.runtime.metrics import release
from shared.runtime.references import References

Listed = Sequence[tuple[PaperKind, str, Sequence[Paper]]]
"""The kinds of papers that there are for a reader, with their names and papers."""

_MOST_LISTED: Final = 16
_MADE_FROM: Final[tuple[Part, ...]] = ("sessions", "heard", "judgements", "decisions", "opinions")
_WHAT_FAILS: Final = (NoPaper, SeveralPapers, UnusableTemplate)


@dataclass(frozen=True, slots=True)
class Listing:
    """The papers that there are for a reader, and the hash of everything that stands in them."""

    papers: Listed
    text: str


class SessionPapers:
    """The papers of the sessions. Files are made in threads; typst lets the event loop run meanwhile.

    What takes long is made outside the request (0082).
    """

    def __init__(
        self,
        store: CouncilStore,
        lives: PaperLifeStore,
        files: LongFiles,
        references: References,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store, self._lives, self._files = store, lives, files
        self._references, self._audit, self._clock = references, audit, clock
        self._listed = Cache[tuple[str, Role], tuple[tuple[object, ...], Listing]](_MOST_LISTED)
        self._running: dict[Hashable, asyncio.Task[bytes]] = {}

    async def listed(self, place: SessionPlace, role: Role) -> Listed:
        """The kinds that a role may read, with their names and papers; no file is made. Raises ``Refusal`` with 404.

        They are put together again only after something that they are made of has changed.
        """
        return (await self.listing(place, role)).papers

    async def listing(self, place: SessionPlace, role: Role) -> Listing:
        """The papers as ``listed`` says, one object until something that they are made of has changed."""
        plans, register = self._plans(place.province), self._references.newest_register(place.province)
        if register is None:
            raise _no_session()
        made_from = (
            await self._store.desk.documents(place.province, list(plans), _MADE_FROM),
            await self._store.findings_revisions(plans.values(), register),
            (register.version, *sorted(plan.key for plan in self._references.newest_plans())),
        )
        if (kept := self._listed.get((place.key, role))) is not None and kept[0] == made_from:
            return kept[1]
        listing = await asyncio.to_thread(_listing, await self.facts(place), role)
        return self._listed.keep((place.key, role), (made_from, listing))[1]

    async def file(self, place: SessionPlace, wanted: Wanted) -> bytes:
        """The file of one paper or of a kind. Raises ``Refusal``: 404 for no session, paper or data, 409 for several or
        a bad template.

        Requests for the same file of the same state of a session share one run, also if some of them go away.
        """
        facts = await self.facts(place)
        key = (place.key, facts.session.revision, wanted)
        templates = templates_folder(place.province)

        def make() -> Awaitable[bytes]:
            return asyncio.to_thread(made, facts, wanted, templates)

        try:
            return await self._once(key, make)
        except _WHAT_FAILS as error:
            code = _code(error)
            raise Refusal(404 if code == "no_paper" else 409, code, str(error)) from None

    async def takes_long(self, place: SessionPlace, wanted: Wanted) -> bool:
        """Whether a file is made outside the request that asks for it. Raises ``Refusal`` with 404."""
        return takes_long(wanted, await self.listed(place, wanted.role))

    async def ask(self, place: SessionPlace, wanted: Wanted, person: Person) -> Work:
        """Have a file made that takes long, unless it is there or being made; returns at once. Raises ``Refusal``."""
        key, signed = await self._key(place, wanted)
        facts, head = await self.facts(place), await self._audit.head()
        templates = templates_folder(place.province)

        async def make(target: BinaryIO, report: Report) -> None:
            with tempfile.TemporaryDirectory(prefix="scans-") as folder:
                fetched = await self._fetched(signed, Path(folder)) if wanted.format == "zip" else []
                scans = fetched or [(paper, None) for paper, _ in signed]
                try:
                    await asyncio.to_thread(
                        write_made, target, facts, wanted, head.hash if head else "", templates, scans, report
                    )
                except _WHAT_FAILS as error:
                    raise CannotMake(_code(error), str(error)) from None

        now = self._clock.now()
        return await self._files.ask(Work(key, place.key, wanted.file, person.name, now, owner="", beat=0), make)

    async def progress(self, place: SessionPlace, wanted: Wanted) -> Work | None:
        """How far a file that takes long is; None if nobody has asked for it as the session stands now."""
        key, _ = await self._key(place, wanted)
        return await self._files.find(key)

    async def shown(self, keys: Iterable[str]) -> Mapping[str, Work]:
        """How far the files with these keys (``key_of``) are that were asked for.

        What another process did in the last second may be missing (0093).
        """
        return await self._files.shown(keys)

    async def long_file(self, place: SessionPlace, wanted: Wanted, person: Person) -> AsyncIterator[bytes]:
        """A file that takes long, part by part, once it is made. Raises ``Refusal`` as ``file``."""
        work = await self.ask(place, wanted, person)
        ended = await self._files.wait(work.key)
        if ended is None or ended.finished != "done":
            code = ended.code if ended else ""
            detail = (ended.problem if ended else "") or "Chưa lập được tệp; hãy gửi lại yêu cầu."
            raise Refusal({"no_paper": 404}.get(code, 409), code or "not_made", detail)
        return await self._files.file(work.key)

    async def _key(self, place: SessionPlace, wanted: Wanted) -> tuple[str, Sequence[tuple[SignedPaper, str]]]:
        """The hash of everything that a file is made from, and the scans that the reader may read."""
        listing = await self.listing(place, wanted.role)
        stored = await self._store.session(place.key)
        if stored is None:
            raise _no_session()
        records = [stored_record.record for stored_record in await self._lives.of_session(place.key)]
        return key_of(wanted, listing, stored, records), signed_papers(records, wanted.role, stored)

    async def _fetched(
        self, signed: Sequence[tuple[SignedPaper, str]], folder: Path
    ) -> list[tuple[SignedPaper, Path | None]]:
        """The scans as files in a folder."""
        fetched: list[tuple[SignedPaper, Path | None]] = []
        for n, (paper, scan) in enumerate(signed):
            path = folder / f"{n}.pdf"
            with path.open("wb") as file:
                async for part in await self._lives.read_scan(scan):
                    file.write(part)
            fetched.append((paper, path))
        return fetched

    async def _once(self, key: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.ensure_future(_run(make))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def facts(self, place: SessionPlace) -> SessionFacts:
        """What the papers of a session are made of. Raises ``Refusal`` with 404."""
        stored = await self._store.session(place.key)
        register = self._references.newest_register(place.province)
        if stored is None or register is None:
            raise _no_session()
        papers = papers_of_province(place.province)
        plans = self._plans(place.province)
        nominations: dict[str, Nomination] = {}
        judgements: dict[str, list[Judgement]] = {}
        opinions: dict[str, list[AgencyOpinion]] = {}
        evidence: dict[str, Evidence] = {}
        current: dict[AwardKey, Findings] = {}
        fixed_at = stored.agenda.frozen_at
        for movement, plan in plans.items():
            nominations |= {n.id: n for n in await self._store.nominations(place.province, movement)}
            given = (await self._store.stored_judgements(place.province, movement)).by_key.values()
            questions = (await self._store.stored_opinions(place.province, movement)).by_key.values()
            judgements[movement] = [j for j in given if fixed_at is None or j.at <= fixed_at]
            opinions[movement] = [o for o in questions if fixed_at is None or o.at <= fixed_at]
            for award, findings in (await self._store.findings(plan, movement, register)).items():
                evidence |= findings.evidence
                current[movement, award] = findings.by_unit
        return SessionFacts(
            session=stored,
            plan=self._references.plan(stored.agenda.plan),
            plans=plans,
            papers=papers,
            register=register,
            nominations=nominations,
            findings=unpack_fixed(stored.fixed_findings) if fixed_at and stored.fixed_findings else current,
            evidence=evidence,
            judgements=judgements,
            opinions=opinions,
            arrivals=await self._arrivals(place.province, stored, list(plans)),
            signing_day=(stored.meeting.head.day if stored.meeting.head else None) or _day(stored),
        )

    async def _arrivals(self, province: str, stored: StoredSession, movements: Sequence[str]) -> Arrivals:
        """When reports came, as it was fixed with the agenda; a session that an earlier release fixed has no copy."""
        if stored.fixed_arrivals:
            return unpack_arrivals(stored.fixed_arrivals)
        fixed_at, arrivals = stored.agenda.frozen_at, await self._store.desk.arrivals(province, movements)
        return {report: came for report, came in arrivals.items() if fixed_at is None or came.at <= fixed_at}

    def _plans(self, province: str) -> dict[str, Plan]:
        """The newest plans of a province's movements."""
        plans = (plan for plan in self._references.newest_plans() if plan.province == province)
        return {plan.movement.id: plan for plan in plans if plan.movement}


def key_of(wanted: Wanted, listing: Listing, session: StoredSession, records: Sequence[PaperRecord]) -> str:
    """The hash of everything that a file is made from: the papers of a session, and what is recorded about them."""
    signed = signed_papers(records, wanted.role, session)
    about = [f"{paper.paper} {paper.about} {paper.sha256}" for paper, _ in signed]
    text = "\n".join((release(), session.id, wanted.file, listing.text, *about))
    return sha256(text.encode()).hexdigest()


def papers_of_province(province: str) -> Papers:
    """What a province's papers state. Raises ``Refusal`` with 404 where its data are missing or wrong."""
    try:
        return load_papers(province)
    except NoPapers as error:
        raise Refusal(404, "no_papers", str(error)) from None


def _listing(facts: SessionFacts, role: Role) -> Listing:
    papers = available(facts, role)
    return Listing(papers, text_hash([paper for _, _, of_kind in papers for paper in of_kind], facts))


def _code(error: Exception) -> str:
    if isinstance(error, NoPaper):
        return "no_paper"
    return "several_papers" if isinstance(error, SeveralPapers) else "unusable_template"


def _no_session() -> Refusal:
    return Refusal(404, "no_session", "Không có phiên họp này.")


async def _run(make: Callable[[], Awaitable[bytes]]) -> bytes:
    return await make()


def _day(stored: StoredSession) -> date:
    return local(stored.agenda.frozen_at or stored.changed_at).date()
