"""MongoDB's users: each service has its own database, and what watches reads no data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from shared.contracts.topics import SERVICES

_AUTHENTICATION_FAILED: Final = 18
_SECONDS: Final = 20


class UsersNotMade(RuntimeError):
    """The database did not answer or refused; the message says why."""


class Role(NamedTuple):
    """A role of MongoDB in a database."""

    role: str
    db: str


ADMIN: Final = "admin"
"""The user that makes the others; the database makes it at its first start (docker-compose.yml)."""

ROLES: Final[Mapping[str, frozenset[Role]]] = {
    **{
        str(name): frozenset({Role("readWrite", f"thidua_{name}"), Role("dbAdmin", f"thidua_{name}")})
        for name in SERVICES
    },
    # `thidua rebuild` fills a database of its own, and a backup reads every database.
    "ops": frozenset({Role("readWriteAnyDatabase", "admin"), Role("dbAdminAnyDatabase", "admin")}),
    "mongodb-exporter": frozenset({Role("clusterMonitor", "admin"), Role("read", "local")}),
}
"""The users and what each may do."""


async def set_up_database(url: str, password: str, passwords: Mapping[str, str]) -> list[str]:
    """Make the users of ``ROLES`` as they must be, as the admin with ``password``. Returns what was changed, in words.

    ``passwords`` are the users'. Raises ``UsersNotMade`` where the database does not answer or refuses.
    """
    try:
        return await _changes(url, password, passwords)
    except PyMongoError as error:
        raise UsersNotMade(f"database: {error}") from None


async def _changes(url: str, password: str, passwords: Mapping[str, str]) -> list[str]:
    changes: list[str] = []
    async with _client(url, ADMIN, password) as admin:
        for user, roles in ROLES.items():
            wanted = [role._asdict() for role in sorted(roles)]
            users = (await admin.admin.command("usersInfo", user))["users"]
            if not users:
                await admin.admin.command("createUser", user, pwd=passwords[user], roles=wanted)
                changes.append(f"database: user {user} made")
                continue
            if {Role(role["role"], role["db"]) for role in users[0]["roles"]} != roles:
                await admin.admin.command("updateUser", user, roles=wanted)
                changes.append(f"database: roles of {user} set")
            if not await _may_log_in(url, user, passwords[user]):
                await admin.admin.command("updateUser", user, pwd=passwords[user])
                changes.append(f"database: password of {user} set")
    return changes


def _client(url: str, user: str, password: str) -> AsyncMongoClient[dict[str, object]]:
    return AsyncMongoClient(
        url, username=user, password=password, authSource="admin", serverSelectionTimeoutMS=_SECONDS * 1000
    )


async def _may_log_in(url: str, user: str, password: str) -> bool:
    async with _client(url, user, password) as client:
        try:
            await client.admin.command("ping")
        except OperationFailure as error:
            if error.code == _AUTHENTICATION_FAILED:
                return False
            raise
    return True
