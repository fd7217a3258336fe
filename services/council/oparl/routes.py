"""council's HTTP routes in OParl's shapes. Whoever may read the desk may read them; nothing is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from services.council.documents.province import FILE, templates_folder
from services.council.oparl import mapping
from services.council.oparl.addresses import ROOT, Addresses, segment
from services.council.oparl.mapping import Province
from services.council.oparl.objects import (
    Body,
    File,
    ItemOfAgenda,
    Links,
    Listed,
    Location,
    Meeting,
    Membership,
    ObjectList,
    OfficialDecision,
    OParlObject,
    Organization,
    Pagination,
    Person,
    System,
)
from services.council.state import StoredSession
from services.council.store import CouncilStore
from shared.contracts.people import Person as Caller
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References

_SESSION: Final = "{province}/{plan}/{session}"
_Object = TypeVar("_Object")


@dataclass(frozen=True, slots=True)
class Changed:
    """The filter that every list of OParl has, by the instants at which objects were last changed."""

    since: datetime | None
    until: datetime | None

    def has(self, modified: datetime | None) -> bool:
        """Whether an object that changed then belongs to the list; one that never changed always does."""
        if modified is None:
            return True
        return (self.since is None or self.since <= modified) and (self.until is None or modified <= self.until)


async def _changed(
    modified_since: Annotated[AwareDatetime | None, Query(description="Changed at this instant or later.")] = None,
    modified_until: Annotated[AwareDatetime | None, Query(description="Changed at this instant or earlier.")] = None,
) -> Changed:
    return Changed(modified_since, modified_until)


class _Provinces:
    """Reads a province as it stands."""

    def __init__(self, store: CouncilStore, references: References) -> None:
        self._store, self._references = store, references

    def codes(self) -> Sequence[str]:
        """The provinces that have a council and units, sorted."""
        provinces = sorted({plan.province for plan in self._references.newest_plans() if plan.sessions})
        return [code for code in provinces if self._references.newest_register(code) is not None]

    def body(self, code: str, at: Addresses) -> Body:
        """A province, named after its committee, which issues the plans of its movements."""
        plans = [plan for plan in self._references.newest_plans() if plan.province == code]
        outer = [plan for plan in plans if plan.movement and not plan.movement.within]
        issuers = [plan.source.issuer for plan in outer or plans]
        return mapping.body(code, issuers[0], at)

    async def read(self, code: str, caller: Caller) -> Province:
        """A province. Raises ``Refusal`` with 404."""
        register = self._references.newest_register(code)
        if code not in self.codes() or register is None:
            raise _nothing()
        plans = [plan for plan in self._references.newest_plans() if plan.province == code and plan.movement]
        movements = [plan.movement.id for plan in plans if plan.movement]
        nominations = [n for movement in movements for n in await self._store.nominations(code, movement)]
        stored = [await self._store.stored_decisions(code, movement) for movement in movements]
        councils = [plan for plan in self._references.newest_plans() if plan.province == code and plan.sessions]
        return Province(
            code=code,
            council=councils[0].source.issuer,
            sessions=[one for one in await self._store.all_sessions() if one.id.startswith(f"{code}/")],
            register=register,
            plans=plans,
            nominations={nomination.id: nomination for nomination in nominations},
            awards=[award for of_movement in stored for award in of_movement.awards.values()],
            has_papers=(templates_folder(code) / FILE).is_file(),
            role=caller.role,
        )


def oparl_routes(store: CouncilStore, references: References, access: Access) -> APIRouter:
    """The routes below ``/v1/oparl``. Ids are addresses at the host that the caller asked."""
    router = service_router(
        prefix=ROOT, dependencies=[Depends(access.caller)], tags=["OParl 1.1"], responses=problem_answers(401, 403, 404)
    )
    provinces = _Provinces(store, references)

    async def here(request: Request) -> Addresses:
        return Addresses(str(request.base_url).rstrip("/"))

    async def province_of(province: str, caller: Caller = Depends(access.caller)) -> Province:
        return await provinces.read(province, caller)

    async def session_of(plan: str, session: str, of: Province = Depends(province_of)) -> StoredSession:
        return _found(stored for stored in of.sessions if stored.id == f"{of.code}/{plan}/{session}")

    def get(path: str, answer: Callable[..., Awaitable[OParlObject]]) -> None:
        router.add_api_route(path, answer, methods=["GET"], response_model_exclude_none=True)

    async def system(at: Addresses = Depends(here)) -> System:
        """The entrance: where the bodies are."""
        return mapping.system(at)

    async def bodies(request: Request, at: Addresses = Depends(here)) -> ObjectList[Body]:
        """The provinces."""
        return _listed(request, [provinces.body(code, at) for code in provinces.codes()])

    async def body(of: Province = Depends(province_of), at: Addresses = Depends(here)) -> Body:
        """A province and the addresses of its lists."""
        return provinces.body(of.code, at)

    async def organizations(
        request: Request,
        changed: Changed = Depends(_changed),
        of: Province = Depends(province_of),
        at: Addresses = Depends(here),
    ) -> ObjectList[Organization]:
        """The councils of a province: one."""
        council = mapping.organization(of, at)
        return _listed(request, [council] if changed.has(council.modified) else [])

    async def people(
        request: Request,
        changed: Changed = Depends(_changed),
        of: Province = Depends(province_of),
        at: Addresses = Depends(here),
    ) -> ObjectList[Person]:
        """The members of the council, by office."""
        members = [mapping.person(of, member, at) for member, (_, at_) in of.members.items() if changed.has(at_)]
        return _listed(request, members)

    async def meetings(
        request: Request,
        changed: Changed = Depends(_changed),
        of: Province = Depends(province_of),
        at: Addresses = Depends(here),
    ) -> ObjectList[Meeting]:
        """The sessions with their agendas."""
        return _listed(request, [mapping.meeting(of, one, at) for one in of.sessions if changed.has(one.changed_at)])

    async def agenda_items(
        request: Request,
        changed: Changed = Depends(_changed),
        of: Province = Depends(province_of),
        at: Addresses = Depends(here),
    ) -> ObjectList[ItemOfAgenda]:
        """The items of all agendas, with what was decided."""
        sessions = [one for one in of.sessions if changed.has(one.changed_at)]
        return _listed(request, [item for one in sessions for item in mapping.items(of, one, at)])

    async def papers(
        request: Request,
        changed: Changed = Depends(_changed),
        of: Province = Depends(province_of),
        at: Addresses = Depends(here),
    ) -> ObjectList[OfficialDecision]:
        """The decisions that gave or revoked awards."""
        return _listed(request, [paper for paper in mapping.decisions(of, at) if changed.has(paper.modified)])

    async def organization(of: Province = Depends(province_of), at: Addresses = Depends(here)) -> Organization:
        """The council of a province."""
        return mapping.organization(of, at)

    async def person(member: str, of: Province = Depends(province_of), at: Addresses = Depends(here)) -> Person:
        """A member of the council."""
        return mapping.person(of, _known(member, of), at)

    async def membership(member: str, of: Province = Depends(province_of), at: Addresses = Depends(here)) -> Membership:
        """The membership of a member."""
        return mapping.membership(of, _known(member, of), at)

    async def paper(
        reference: str, day: str, of: Province = Depends(province_of), at: Addresses = Depends(here)
    ) -> OfficialDecision:
        """A decision by its number, in which "~" stands for "/", and its local day."""
        all_papers = mapping.decisions(of, at)
        return _found(p for p in all_papers if (segment(p.reference), p.date.isoformat()) == (reference, day))

    async def meeting(
        of: Province = Depends(province_of),
        stored: StoredSession = Depends(session_of),
        at: Addresses = Depends(here),
    ) -> Meeting:
        """A session with its agenda."""
        return mapping.meeting(of, stored, at)

    async def location(stored: StoredSession = Depends(session_of), at: Addresses = Depends(here)) -> Location:
        """The place of a session."""
        return _found(place for place in (mapping.location(stored, at),) if place is not None)

    async def file(
        file: str,
        of: Province = Depends(province_of),
        stored: StoredSession = Depends(session_of),
        at: Addresses = Depends(here),
    ) -> File:
        """A paper of a session that the caller may read."""
        return _found(one for one in mapping.files_of(of, stored, at) if one.file_name == file)

    async def agenda_item(
        item: str,
        of: Province = Depends(province_of),
        stored: StoredSession = Depends(session_of),
        at: Addresses = Depends(here),
    ) -> ItemOfAgenda:
        """An item by its id, in which "~" stands for "/"."""
        ids = [one.id for one in stored.agenda.items]
        return _found(one for id_, one in zip(ids, mapping.items(of, stored, at), strict=True) if segment(id_) == item)

    get("", system)
    get("/bodies", bodies)
    get("/bodies/{province}", body)
    get("/bodies/{province}/organizations", organizations)
    get("/bodies/{province}/people", people)
    get("/bodies/{province}/meetings", meetings)
    get("/bodies/{province}/agenda-items", agenda_items)
    get("/bodies/{province}/papers", papers)
    get("/organizations/{province}", organization)
    get("/people/{province}/{member}", person)
    get("/memberships/{province}/{member}", membership)
    get("/papers/{province}/{reference}/{day}", paper)
    get(f"/meetings/{_SESSION}", meeting)
    get(f"/locations/{_SESSION}", location)
    get(f"/files/{_SESSION}/{{file}}", file)
    get(f"/agenda-items/{_SESSION}/{{item}}", agenda_item)
    return router


def _listed(request: Request, objects: Sequence[Listed]) -> ObjectList[Listed]:
    here = str(request.url)
    pagination = Pagination(total_elements=len(objects), elements_per_page=len(objects))
    return ObjectList(data=tuple(objects), pagination=pagination, links=Links(first=here, self=here, last=here))


def _known(member: str, of: Province) -> str:
    """A member's id. Raises ``Refusal`` with 404."""
    return _found(one for one in of.members if one == member)


def _found(objects: Iterable[_Object]) -> _Object:
    """The first one. Raises ``Refusal`` with 404."""
    for first in objects:
        return first
    raise _nothing()


def _nothing() -> Refusal:
    return Refusal(404, "not_found", "Không có đối tượng này.")
