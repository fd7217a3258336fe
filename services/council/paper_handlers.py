"""Read what the papers of a session are made of, and make them beside the event loop, each only once at a time."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from services.council.desk_store import Part
from services.council.documents.blocks import Paper
from services.council.documents.bundle import Report, SignedPaper
from services.council.documents.facts import SessionFacts
from services.council.documents.making import (
    NoPaper,
    SeveralPapers,
    Wanted,
    available,
    listing_hash,
    made,
    persons_in,
    takes_long,
    write_made,
)
from services.council.documents.naming import Names
from services.council.documents.province import PaperKind, templates_folder
from services.council.documents.word import UnusableTemplate
from services.council.long_files.state import Work
from services.council.long_files.worker import CannotMake, LongFiles
from services.council.paper_facts import PaperFacts, no_session
from services.council.paper_life.signed import signed_papers
from services.council.paper_life.state import PaperRecord
from services.council.paper_life.store import PaperLifeStore
from services.council.person_names import PersonNames
from services.council.session_handlers import SessionPlace
from services.council.state import StoredSession
from services.council.store import CouncilStore
from shared.caching import Cache
from shared.contracts.names import PersonName, kinds_with_names
from shared.contracts.people import Person, Role
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal
from shared.runtime.metrics import release
from shared.runtime.references import References

Listed = Sequence[tuple[PaperKind, str, Sequence[Paper]]]
"""The kinds of papers that there are for a reader, with their names and papers."""

Headers = Mapping[str, str]
"""The headers of a reader's request, by which intake knows who reads names."""

GivenNames = frozenset[PersonName] | None
"""The names in a file; None: intake did not give them."""

NOT_GIVEN: Final = (
    "Chưa lấy được họ tên cá nhân từ cổng tiếp nhận nên chưa lập được tệp này. Sau ít phút, lập lại; nếu vẫn không "
    "được, báo người vận hành."
)
_NO_NAMES: Final = "names_unavailable"
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
        names: PersonNames,
        references: References,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store, self._lives, self._files, self._names = store, lives, files, names
        self._references, self._audit, self._clock = references, audit, clock
        self._reading = PaperFacts(store, references)
        self._listed = Cache[tuple[str, Role], tuple[tuple[object, ...], Listing]](_MOST_LISTED)
        self._running: dict[Hashable, asyncio.Task[bytes]] = {}

    async def facts(self, place: SessionPlace) -> SessionFacts:
        """What the papers of a session are made of, without names. Raises ``Refusal`` with 404."""
        return await self._reading.facts(place)

    async def listed(self, place: SessionPlace, role: Role) -> Listed:
        """The kinds that a role may read, with their names and papers; no file is made. Raises ``Refusal`` with 404.

        They are put together again only after something that they are made of has changed.
        """
        return (await self.listing(place, role)).papers

    async def listing(self, place: SessionPlace, role: Role) -> Listing:
        """The papers as ``listed`` says, one object until something that they are made of has changed."""
        plans, register = self._reading.plans(place.province), self._references.newest_register(place.province)
        if register is None:
            raise no_session()
        made_from = (
            await self._store.desk.documents(place.province, list(plans), _MADE_FROM),
            await self._store.findings_revisions(plans.values(), register),
            (register.version, *sorted(plan.key for plan in self._references.newest_plans())),
        )
        if (kept := self._listed.get((place.key, role))) is not None and kept[0] == made_from:
            return kept[1]
        listing = await asyncio.to_thread(_listing, await self._reading.facts(place), role)
        return self._listed.keep((place.key, role), (made_from, listing))[1]

    async def file(self, place: SessionPlace, wanted: Wanted, headers: Headers) -> bytes:
        """The file of one paper or of a kind. Raises ``Refusal``: 404 for no session, paper or data, 409 for several or
        a bad template.

        Requests for the same file of the same state of a session share one run, also if some of them go away. Each has
        asked intake for the names by itself; a file without them says so.
        """
        facts, names = await self._with_names(place, wanted, headers)
        key = (place.key, facts.session.revision, wanted, names)
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

    async def ask(self, place: SessionPlace, wanted: Wanted, person: Person, headers: Headers) -> Work:
        """Have a file made that takes long, unless it is there or being made; returns at once. Raises ``Refusal``."""
        key, signed = await self._key(place, wanted)
        work = await self._files.find(key)
        if work is not None and work.state(time.time()) in ("running", "done"):
            return work
        return await self._begin(place, wanted, person, key, signed, await self._with_names(place, wanted, headers))

    async def _begin(
        self,
        place: SessionPlace,
        wanted: Wanted,
        person: Person,
        key: str,
        signed: Sequence[tuple[SignedPaper, str]],
        with_names: tuple[SessionFacts, GivenNames],
    ) -> Work:
        (facts, names), head = with_names, await self._audit.head()
        templates = templates_folder(place.province)

        async def make(target: BinaryIO, report: Report) -> None:
            if names is None:
                raise CannotMake(_NO_NAMES, NOT_GIVEN)
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
        named = facts.names is not None
        work = Work(key, place.key, wanted.file, person.name, now, owner="", beat=0, named=named)
        return await self._files.ask(work, make)

    async def progress(self, place: SessionPlace, wanted: Wanted) -> Work | None:
        """How far a file that takes long is; None if nobody has asked for it as the session stands now."""
        key, _ = await self._key(place, wanted)
        return await self._files.find(key)

    async def usual_seconds(self, wanted: Wanted) -> float | None:
        """How long the making of such a file took lately; None if none was measured."""
        return await self._files.usual_seconds(wanted.file)

    async def shown(self, keys: Iterable[str]) -> Mapping[str, Work]:
        """How far the files with these keys (``key_of``) are that were asked for.

        What another process did in the last second may be missing (0093).
        """
        return await self._files.shown(keys)

    async def long_file(
        self, place: SessionPlace, wanted: Wanted, person: Person, headers: Headers
    ) -> AsyncIterator[bytes]:
        """A file that takes long, part by part, once it is made. Raises ``Refusal`` as ``file``.

        Whoever takes a file with names has intake note it, also where it is there already; 503 if intake does not.
        """
        with_names = await self._with_names(place, wanted, headers)
        if with_names[1] is None:
            raise Refusal(503, _NO_NAMES, NOT_GIVEN)
        key, signed = await self._key(place, wanted)
        work = await self._begin(place, wanted, person, key, signed, with_names)
        ended = await self._files.wait(work.key)
        if ended is None or ended.finished != "done":
            code = ended.code if ended else ""
            detail = (ended.problem if ended else "") or "Chưa lập được tệp; hãy gửi lại yêu cầu."
            raise Refusal({"no_paper": 404, _NO_NAMES: 503}.get(code, 409), code or "not_made", detail)
        return await self._files.file(work.key)

    async def _with_names(
        self, place: SessionPlace, wanted: Wanted, headers: Headers
    ) -> tuple[SessionFacts, GivenNames]:
        """What a file is made of, with the names that its reader sees in it, and these names; None: they are missing.

        Intake is asked only for names that stand in the file, and notes who asked.
        """
        facts = await self._reading.facts(place)
        persons = await asyncio.to_thread(persons_in, facts, wanted)
        if not persons.ids:
            return facts, frozenset()
        names = await self._names.of(persons, f"{place.key}/{wanted.file}", headers)
        facts = replace(facts, names=Names(kinds_with_names(wanted.role), names or {}))
        return facts, None if names is None else frozenset(names.values())

    async def _key(self, place: SessionPlace, wanted: Wanted) -> tuple[str, Sequence[tuple[SignedPaper, str]]]:
        """The hash of everything that a file is made from, and the scans that the reader may read."""
        listing = await self.listing(place, wanted.role)
        stored = await self._store.session(place.key)
        if stored is None:
            raise no_session()
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


def key_of(wanted: Wanted, listing: Listing, session: StoredSession, records: Sequence[PaperRecord]) -> str:
    """The hash of everything that a file is made from: the papers of a session, and what is recorded about them."""
    signed = signed_papers(records, wanted.role, session)
    about = [f"{paper.paper} {paper.about} {paper.sha256}" for paper, _ in signed]
    text = "\n".join((release(), session.id, wanted.file, listing.text, *about))
    return sha256(text.encode()).hexdigest()


def _listing(facts: SessionFacts, role: Role) -> Listing:
    papers = available(facts, role)
    return Listing(papers, listing_hash(facts, role, papers))


def _code(error: Exception) -> str:
    if isinstance(error, NoPaper):
        return "no_paper"
    return "several_papers" if isinstance(error, SeveralPapers) else "unusable_template"


async def _run(make: Callable[[], Awaitable[bytes]]) -> bytes:
    return await make()
