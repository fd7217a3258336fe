"""What each role may do at notify. A route that the table does not have is refused.

Calendars are not in it: whoever has the secret address of one may read it, without a key.
"""

from __future__ import annotations

from typing import Final

from shared.contracts.people import Role
from shared.runtime.http.sign_in.roles import Roles

_SECRETARY: Final = frozenset[Role]({"secretary"})
_READERS: Final = frozenset[Role]({"secretary", "leader", "operator"})
"""Who reads what was sent to whom: those who chase, and those who keep the mails running."""

_BOOK: Final = "/v1/mailboxes/{province}"

ROLES: Final[Roles] = {
    ("GET", "/v1/notices"): _READERS,
    ("GET", "/v1/counts"): _READERS,
    ("GET", "/v1/reminders"): _READERS,
    ("GET", "/v1/drafts"): _READERS,
    ("GET", "/v1/ledger"): _READERS,
    ("GET", "/v1/invitations"): _READERS,
    ("GET", "/v1/notices/{notice}/text"): _READERS,
    ("POST", "/v1/notices/{notice}/release"): _SECRETARY,
    ("POST", "/v1/notices/{notice}/withhold"): _SECRETARY,
    ("POST", "/v1/contacts"): _SECRETARY,
    ("GET", "/v1/mailboxes"): _SECRETARY,
    ("GET", _BOOK): _SECRETARY,
    ("PUT", _BOOK): _SECRETARY,
    ("GET", f"{_BOOK}/form.xlsx"): _SECRETARY,
    ("GET", f"{_BOOK}/flagged"): _SECRETARY,
    ("GET", "/v1/feeds"): _SECRETARY,
    ("POST", "/v1/feeds"): _SECRETARY,
    ("DELETE", "/v1/feeds/{feed_id}"): _SECRETARY,
}
"""The roles that may use each route, by method and path. docs/operations.md shows the same table."""
