"""Who may read persons' names in which paper of the council, and the answer of intake that has them (L15).

Intake keeps the names and decides by this table. The council asks only where the table allows it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal

from shared.contracts.model import TolerantModel
from shared.contracts.people import Role

NamingPaper = Literal[
    "results",
    "ballot",
    "opinion_form",
    "counting_minutes",
    "minutes",
    "consultation",
    "decision",
    "exemplars",
]
"""The kinds of paper that name nominees."""

_OFFICE: Final = frozenset[Role]({"secretary", "leader"})
_JUDGES: Final = _OFFICE | frozenset[Role]({"member"})

NAME_READERS: Final[Mapping[NamingPaper, frozenset[Role]]] = {
    "results": _JUDGES,
    "ballot": _JUDGES,
    "opinion_form": _JUDGES,
    "counting_minutes": _OFFICE,
    "minutes": _OFFICE,
    "consultation": _OFFICE,
    "decision": _OFFICE,
    "exemplars": _OFFICE,
}
"""The roles that see names in each kind. A member sees whom the council judges, while it judges: on the lists and on
the ballot. What is kept afterwards names persons to the standing office and the chair alone. A kind or role that the
table does not have sees none."""

ANY_NAME_READER: Final = frozenset[Role](role for roles in NAME_READERS.values() for role in roles)

MOST_NAMES: Final = 200
"""How many persons one request may ask for: their ids stand in the address."""


def kinds_with_names(role: Role) -> frozenset[NamingPaper]:
    """The kinds of paper in which a role sees names."""
    return frozenset(kind for kind, roles in NAME_READERS.items() if role in roles)


def may_read_names(role: Role, kinds: Collection[str]) -> bool:
    """Whether a role sees names in every one of some kinds; in none of none."""
    return bool(kinds) and kinds_with_names(role).issuperset(kinds)


class PersonName(TolerantModel):
    """The person or household behind an id of events. ``position`` is as the first nomination gave it."""

    id: str
    name: str
    position: str | None = None
