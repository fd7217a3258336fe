"""The letter that a notice is: its kind, whom it addresses, and each content in words. The templates say the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

MailKind = Literal[
    "reminder",
    "overdue",
    "head",
    "leader",
    "chair",
    "weekly",
    "internal",
    "returned",
    "asked",
    "granted",
    "refused",
]
"""The kind of a letter, which is also the name of its template.

``overdue`` goes to the agency, ``head`` to its head too, ``leader`` to a leader about several agencies, ``internal`` to
the standing office about its own tasks; the rest as a notice's roles and stages.
"""

MAIL_KINDS: tuple[MailKind, ...] = get_args(MailKind)


@dataclass(frozen=True, slots=True)
class Entry:
    """One content of a letter, in words. What does not apply is None.

    ``what`` is the content with its as-of day, ``named`` the content within a sentence, ``thing`` "báo cáo" or "danh
    sách". ``before`` is the deadline in short, ``deadline`` in full, ``moved`` an extension, ``state`` what is left or
    the delay. ``basis`` is the citation, if the letter's first sentence has not said it. ``history`` are the earlier
    reminders, ``waiting`` the criteria that cannot be judged meanwhile, in ``session``. ``paper`` and ``received`` are
    the returned report, ``reasons`` why it was returned, or what was said about an extension.
    """

    what: str
    named: str
    thing: str
    basis: str | None = None
    agency: str | None = None
    before: str | None = None
    deadline: str | None = None
    moved: str | None = None
    state: str | None = None
    late: bool = False
    recipients: str | None = None
    history: str | None = None
    waiting: tuple[str, ...] = ()
    session: str | None = None
    link: str | None = None
    paper: str | None = None
    received: str | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """A content that agencies have not sent: as it is worded for the first of them, and their names."""

    entry: Entry
    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A letter, in words. What does not apply is None.

    ``addressed`` are the lines that address it, ``to`` whom its sentences ask: the agency, or "đồng chí Giám đốc Sở".
    ``verb`` is "gửi", or "thực hiện" where tasks are among the contents. ``basis`` is the citation of all its
    contents, ``now`` the hour and day it is sent, ``wanted`` by when something late is asked for, ``session`` the
    council's session it is for. ``contact`` is whom to call, ``trial`` what a mail outside production says.
    """

    kind: MailKind
    subject: str
    office: str
    addressed: tuple[str, ...]
    agency: str
    to: str
    verb: str
    basis: str | None
    entries: tuple[Entry, ...]
    now: str
    day: str
    wanted: str
    session: str | None
    consequences: tuple[str, ...]
    contact: str | None
    trial: str | None

    @property
    def own(self) -> tuple[Entry, ...]:
        """The contents of the recipient itself."""
        return tuple(entry for entry in self.entries if entry.agency is None)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The contents that other agencies have not sent; those of several agencies with one deadline are one."""
        agencies: dict[Entry, list[Entry]] = {}
        for entry in self.entries:
            if entry.agency is not None:
                agencies.setdefault(replace(entry, agency=None, history=None, link=None, basis=None), []).append(entry)
        return tuple(Missing(of[0], tuple(entry.agency or "" for entry in of)) for of in agencies.values())

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses that can be followed."""
        return tuple(dict.fromkeys(entry.link for entry in self.entries if entry.link))

    @property
    def link(self) -> str | None:
        """The page of the letter's only content."""
        return self.entries[0].link if len(self.entries) == 1 else None
