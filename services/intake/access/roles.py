"""Who reads what belongs to no agency at intake. A route that the table does not have is refused."""

from __future__ import annotations

from typing import Final

from shared.contracts.names import ANY_NAME_READER
from shared.runtime.http.sign_in.roles import DESK_READERS, Roles

ROLES: Final[Roles] = {("GET", "/v1/counts"): DESK_READERS, ("GET", "/v1/persons"): ANY_NAME_READER}
"""The roles that may use each route, by method and path. docs/operations.md shows the same table."""
