"""A province's functional mailboxes, and which address a mail of a day goes to. Pure.

The book holds no names of persons: only units, roles, addresses and days. Days are local and inclusive at both ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, Literal

from shared.contracts.model import Code, TolerantModel
from shared.contracts.units import UnitRegister

MailboxRole = Literal["agency", "head", "leader", "chair", "member"]
"""Whose mailbox it is: the roles of a notice, and a member of the council, whose unit is the one that sent it.

The leader's and the chair's entries name the standing office as their unit, as their notices do.
"""

ADDRESS: Final = re.compile(
    r"(?!.{255})[A-Za-z0-9_][A-Za-z0-9_+-]*(\.[A-Za-z0-9_+-]+){0,9}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,9}[A-Za-z]{2,63}"
)
"""A functional address: letters, digits and ``. _ + -`` before the @, a domain with a dot after it.

It begins with no sign, because a spreadsheet takes a cell of a CSV file that does for a formula.
"""

_BEFORE_THE_CODE: Final[Mapping[MailboxRole, str]] = {
    "agency": "",
    "head": "thu-truong.",
    "leader": "lanh-dao.",
    "chair": "chu-tich.",
    "member": "uy-vien.",
}
"""How the address of a role begins that has no entry; the unit's code follows."""


class Mailbox(TolerantModel):
    """The address of a role of a unit, from ``first`` to ``last``; None is open.

    From ``deputy_first`` to ``deputy_last`` (None: until further notice) the mail goes to ``deputy`` instead.
    """

    unit: Code
    role: MailboxRole
    address: str
    first: date | None = None
    last: date | None = None
    deputy: str | None = None
    deputy_first: date | None = None
    deputy_last: date | None = None

    def is_valid_on(self, day: date) -> bool:
        """Whether the entry holds on a local day."""
        return _within(day, self.first, self.last)

    def address_on(self, day: date) -> str:
        """The deputy's address while the holder is away, otherwise the holder's."""
        is_away = self.deputy is not None and _within(day, self.deputy_first, self.deputy_last)
        return self.deputy if is_away and self.deputy is not None else self.address

    def overlaps(self, other: Mailbox) -> bool:
        """Whether both entries are of one role of one unit and hold on the same day."""
        if (self.unit, self.role) != (other.unit, other.role):
            return False
        return (self.first or date.min) <= (other.last or date.max) and (other.first or date.min) <= (
            self.last or date.max
        )


class MailboxBook(TolerantModel):
    """All entries of a province. ``version`` counts how often the book was replaced; 0 is the empty book before."""

    province: Code
    version: int = 0
    mailboxes: tuple[Mailbox, ...] = ()


def address_on(book: MailboxBook, unit: str, role: MailboxRole, day: date) -> str | None:
    """The address for a role of a unit on a local day; None if the book has no entry for that day."""
    entries = (entry for entry in book.mailboxes if (entry.unit, entry.role) == (unit, role))
    return next((entry.address_on(day) for entry in entries if entry.is_valid_on(day)), None)


def assumed_address(unit: str, role: MailboxRole, mail_domain: str) -> str:
    """The address for a role without an entry: ``so-y-te@…``, ``thu-truong.so-y-te@…``."""
    return f"{_BEFORE_THE_CODE[role]}{unit}@{mail_domain}"


def holders(
    address: str, book: MailboxBook, register: UnitRegister, mail_domain: str, day: date
) -> Iterator[tuple[str, MailboxRole]]:
    """The units and roles whose mail of a local day goes to an address, assumed addresses included."""
    for entry in book.mailboxes:
        if entry.is_valid_on(day) and entry.address_on(day) == address:
            yield entry.unit, entry.role
    for role in _BEFORE_THE_CODE:
        code = address.removesuffix(f"@{mail_domain}").removeprefix(_BEFORE_THE_CODE[role])
        is_assumed = code in register.by_code and assumed_address(code, role, mail_domain) == address
        if is_assumed and address_on(book, code, role, day) is None:
            yield code, role


def difference(old: Sequence[Mailbox], new: Sequence[Mailbox]) -> str:
    """What a replacement changes, in numbers, for the audit chain: ``2 added, 1 removed``."""
    before, after = set(old), set(new)
    return f"{len(after - before)} added, {len(before - after)} removed"


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first or date.min) <= day <= (last or date.max)
