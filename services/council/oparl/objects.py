"""The objects of OParl 1.1 that council has, as responses. Pure.

``type`` is the address of the object's schema; it is a name, and nothing is fetched from there. ``id`` is the object's
own address at this service. What council does not have is left out. Properties of our own begin with ``thidua:``, as
OParl asks of additions. Names of persons are not here (L15): a ``Person`` is a member of the council by office.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]


class OParlObject(BaseModel):
    """An object: names in camel case; what has no value is left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class System(OParlObject):
    """The entrance: which version this is, and where the bodies are."""

    id: Url
    type: Literal["https://schema.oparl.org/1.1/System"] = "https://schema.oparl.org/1.1/System"
    oparl_version: Literal["https://schema.oparl.org/1.1/"] = "https://schema.oparl.org/1.1/"
    name: str
    body: Url


class Body(OParlObject):
    """A province. Its lists are addresses."""

    id: Url
    type: Literal["https://schema.oparl.org/1.1/Body"] = "https://schema.oparl.org/1.1/Body"
    system: Url
    name: str
    organization: Url
    person: Url
    meeting: Url
    agenda_item: Url
    paper: Url


class Membership(OParlObject):
    """That a member belongs to the council: in which role, from which local day to which (both inclusive)."""

    id: Url
    type: Literal["https://schema.oparl.org/1.1/Membership"] = "https://schema.oparl.org/1.1/Membership"
    person: Url
    organization: Url
    role: str
    voting_right: bool = True
    start_date: date | None = None
    end_date: date | None = None


class Organization(OParlObject):
    """The council of a province. ``membership`` are the addresses of its memberships."""

    id: Url
    type: Literal["https://schema.oparl.org/1.1/Organization"] = "https://schema.oparl.org/1.1/Organization"
    body: Url
    name: str
    organization_type: str
    meeting: Url
    membership: tuple[Url, ...]
    modified: AwareDatetime | None = None


class Person(OParlObject):
    """A member of the council. ``name`` is the office that the member holds; persons are not named."""

    id: Url
    type: Literal["https://schema.oparl.org/1.1/Person"] = "https://schema.oparl.org/1.1/Person"
    body: Url
    name: str
    membership: tuple[Membership, ...]
    modified: AwareDatetime | None = None


class Location(OParlObject):
    """Where a meeting takes place."""

    id: Url
    type: Literal["https://schema.oparl.org/1.1/Location"] = "https://schema.oparl.org/1.1/Location"
    description: str
    meetings: tuple[Url, ...]


class File(OParlObject):
    """A paper of a meeting as a file. ``access_url`` shows it to whoever may read it."""

    id: Url
    type: Literal["https://schema.oparl.org/1.1/File"] = "https://schema.oparl.org/1.1/File"
    name: str
    file_name: str
    mime_type: str = "application/pdf"
    access_url: Url
    meeting: tuple[Url, ...]


class SubjectResult(OParlObject):
    """What the council decided about one unit or nominee of an item."""

    name: str
    result: str | None = None
    reason: str | None = None


class ItemOfAgenda(OParlObject):
    """An item. ``number`` is the one that people quote, from the freeze on; ``order`` is its place, counted from 1.

    ``result`` is the outcome of the whole item; ``thidua:subjects`` has each case with its own.
    """

    model_config = ConfigDict(title="AgendaItem")

    id: Url
    type: Literal["https://schema.oparl.org/1.1/AgendaItem"] = "https://schema.oparl.org/1.1/AgendaItem"
    meeting: Url
    number: str | None = None
    order: int
    name: str
    public: bool = False
    result: str | None = None
    resolution_text: str | None = None
    subjects: tuple[SubjectResult, ...] = Field((), alias="thidua:subjects")
    modified: AwareDatetime


class Meeting(OParlObject):
    """A session of the council. ``participant`` are the members who were present.

    ``start`` is left out while day or hour are open; ``thidua:day`` is the local day.
    """

    id: Url
    type: Literal["https://schema.oparl.org/1.1/Meeting"] = "https://schema.oparl.org/1.1/Meeting"
    name: str
    meeting_state: str
    cancelled: bool
    start: AwareDatetime | None = None
    day: date | None = Field(None, alias="thidua:day")
    location: Location | None = None
    organization: tuple[Url, ...]
    participant: tuple[Url, ...] = ()
    invitation: File | None = None
    results_protocol: File | None = None
    auxiliary_file: tuple[File, ...] = ()
    agenda_item: tuple[ItemOfAgenda, ...]
    modified: AwareDatetime


class AwardInPaper(OParlObject):
    """One award of a decision. ``stands``: it has not been revoked."""

    award: str
    name: str
    stands: bool


class OfficialDecision(OParlObject):
    """A decision of the chairman of the province's committee that gives or revokes awards, by number and local day."""

    model_config = ConfigDict(title="Paper")

    id: Url
    type: Literal["https://schema.oparl.org/1.1/Paper"] = "https://schema.oparl.org/1.1/Paper"
    body: Url
    name: str
    reference: str
    date: date
    paper_type: str
    awards: tuple[AwardInPaper, ...] = Field(alias="thidua:awards")
    modified: AwareDatetime


class Pagination(OParlObject):
    """How many objects there are. Every list is one page."""

    total_elements: int
    elements_per_page: int
    current_page: Literal[1] = 1
    total_pages: Literal[1] = 1


class Links(OParlObject):
    """The addresses of the pages of a list."""

    first: Url
    self: Url
    last: Url


Listed = TypeVar("Listed", bound=OParlObject)


class ObjectList(OParlObject, Generic[Listed]):
    """A list of objects in full."""

    data: tuple[Listed, ...]
    pagination: Pagination
    links: Links
