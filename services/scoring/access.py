"""What each role may read at scoring. A route that the table does not have is refused."""

from __future__ import annotations

from typing import Final

from shared.runtime.http.sign_in.roles import DESK_READERS, Roles

_MOVEMENT: Final = "/v1/{province}/{movement}"

ROLES: Final[Roles] = {
    ("GET", "/v1/movements"): DESK_READERS,
    ("GET", f"{_MOVEMENT}/boards"): DESK_READERS,
    ("GET", f"{_MOVEMENT}/standings/{{field}}/{{tier}}"): DESK_READERS,
    ("GET", f"{_MOVEMENT}/eligibility/{{award}}"): DESK_READERS,
    ("GET", f"{_MOVEMENT}/summary"): DESK_READERS,
    ("GET", f"{_MOVEMENT}/explain/{{unit}}"): DESK_READERS,
}
"""The roles that may use each route, by method and path. docs/operations.md shows the same table."""
