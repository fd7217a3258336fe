"""What the layout of a page is filled with. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from shared.contracts.people import ROLE_NAMES, Person


class Place(NamedTuple):
    """A link with the words that people click. ``address`` is a path of the same origin or a whole URL."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same on all pages of one service.

    ``system`` is the name of the province's system. ``places`` is the row of links below it. ``search`` is the address
    that *Tìm đơn vị* asks with the parameter ``q``; without it there is no search. ``prefix`` is the path below which a
    proxy serves this service, such as ``/hoi-dong``, or empty. ``leads_to`` are further addresses to which the answer
    to a form may send the browser. ``office`` and ``telephone`` are whom to ask for a right that is missing. With
    ``reasons`` the pages have links to reasons (``/vi-sao/…``), which open over the page.
    """

    system: str = "Thi đua - Khen thưởng"
    places: tuple[Place, ...] = ()
    search: str = "/tim"
    sign_in: str = "/dang-nhap"
    sign_out: str = "/dang-xuat"
    prefix: str = ""
    office: str = "cơ quan thường trực"
    telephone: str = ""
    leads_to: tuple[str, ...] = ()
    reasons: bool = False

    @property
    def home(self) -> Place:
        """Where an error page sends the reader: the first of the places."""
        return self.places[0] if self.places else Place("trang đầu", f"{self.prefix}/")


@dataclass(frozen=True, slots=True)
class Page:
    """What the layout says about one page.

    ``title`` is the page's one heading and what the browser's tab shows. ``person`` is who is signed in, and ``agency``
    the full name of an officer's agency. ``place`` is the address of the place the page belongs to. ``above`` are the
    pages above it, from the top. ``updated_at`` is an aware instant: how fresh the figures are. ``token`` is the CSRF
    token of the form that signs out. ``searched`` stands in the search box. ``stream`` is the address of the event
    stream that says when the page has changed since; without it the page has no script.
    """

    title: str
    person: Person | None = None
    agency: str = ""
    place: str = ""
    above: Sequence[Place] = ()
    updated_at: datetime | None = None
    token: str = ""
    searched: str = ""
    stream: str = ""

    @property
    def role(self) -> str:
        """The role of who is signed in; empty if nobody is."""
        return self.person.role if self.person else ""

    @property
    def reader(self) -> str:
        """Who is signed in and as what: "Nguyễn Thị Hoa, thư ký"; of an officer also the agency."""
        if self.person is None:
            return ""
        role = ROLE_NAMES[self.person.role]
        return f"{self.person.name}, {role} của {self.agency}" if self.agency else f"{self.person.name}, {role}"


RETURN_TO: Final = "ve"
"""The parameter of the sign-in's address that names the path to return to."""

NO_FRAME: Final = Frame(search="")
"""The frame of a service that has no places and no search of its own."""


@lru_cache(maxsize=32)
def security_headers(frame: Frame) -> Mapping[str, str]:
    """The headers of every page: nothing is loaded from elsewhere, nothing inline runs, no other page embeds it.

    Forms may also be sent to the origins that the frame names, because services beside each other on one machine
    differ in their ports.
    """
    addresses = (frame.search, frame.sign_in, frame.sign_out, *frame.leads_to)
    others = sorted({f"{url.scheme}://{url.netloc}" for url in map(urlsplit, addresses) if url.netloc})
    policy = (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        " ".join(("form-action 'self'", *others)),
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return MappingProxyType(
        {
            "Content-Security-Policy": "; ".join(policy),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
    )
