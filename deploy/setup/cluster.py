"""Kafka's topics, its users with SASL/SCRAM, and their rights."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from deploy.kafka.access import AccessAdmin, WrongLogin
from deploy.maintenance.kafka_rights import USERS, principal, rights_of
from shared.runtime.kafka.clients import Admin
from shared.runtime.kafka.login import Login

ADMIN: Final = "admin"
"""The broker's own user, who may do everything; the broker makes it when it formats its storage."""


async def set_up_cluster(bootstrap: str, password: str, passwords: Mapping[str, str]) -> list[str]:
    """Make topics, users and rights as the tables have them, as the admin with ``password``.

    ``passwords`` are those of ``USERS``. A right of one of these users that its table does not have is taken away;
    agencies' users and rights stay as they are. Returns what was changed, in words. Raises ``NotGranted`` or
    ``KafkaError``.
    """
    access = AccessAdmin(bootstrap, "SASL_PLAINTEXT", ADMIN, password)
    await asyncio.to_thread(access.check_connection)
    return [
        *await _topics(bootstrap, Login(ADMIN, password)),
        *await _users(access, bootstrap, passwords),
        *await asyncio.to_thread(_rights, access),
    ]


async def _topics(bootstrap: str, login: Login) -> list[str]:
    admin = Admin(bootstrap, 1, login)
    try:
        before = set(await admin.topics())
        await admin.create_topics()
        return [f"kafka: topic {name} made" for name in sorted({*await admin.topics()} - before)]
    finally:
        await admin.stop()


async def _users(access: AccessAdmin, bootstrap: str, passwords: Mapping[str, str]) -> list[str]:
    changes: list[str] = []
    for user in USERS:
        there = await asyncio.to_thread(access.has_password, user)
        if there and await asyncio.to_thread(_may_log_in, bootstrap, user, passwords[user]):
            continue
        await asyncio.to_thread(access.set_password, user, passwords[user])
        changes.append(f"kafka: {'password of user' if there else 'user'} {user} {'set' if there else 'made'}")
    return changes


def _may_log_in(bootstrap: str, user: str, password: str) -> bool:
    try:
        AccessAdmin(bootstrap, "SASL_PLAINTEXT", user, password).check_connection()
    except WrongLogin:
        return False
    return True


def _rights(access: AccessAdmin) -> list[str]:
    ours = {principal(user) for user in USERS}
    there = {right for right in access.rights() if right.principal in ours}
    wanted = {right for user in USERS for right in rights_of(user)}
    if missing := wanted - there:
        access.add_rights(missing)
    if superfluous := there - wanted:
        access.remove_rights(superfluous)
    return [
        *([f"kafka: {len(missing)} rights granted"] if missing else []),
        *([f"kafka: {len(superfluous)} rights taken away"] if superfluous else []),
    ]
