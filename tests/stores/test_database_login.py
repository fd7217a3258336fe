"""A database that asks for a password: a service logs in with the URL that docker-compose.yml gives it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, Literal

import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient

from deploy.stack.part import Part
from deploy.stack.ports import free_ports
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database
from tests.support.waiting import until

PASSWORD: Final = "0123456789abcdef"


def database(folder: Path, port: int, *options: str) -> Part:
    """An embedded database on the loopback."""
    binary = Path(sys.executable).parent / "secantusd-py"
    command = [str(binary), "--host", "127.0.0.1", "--port", str(port), "--storage-path", str(folder / "db"), *options]
    return Part("mongo", command, folder / "logs" / "mongo.log")


async def answers(url: str) -> bool:
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, serverSelectionTimeoutMS=200)
    try:
        return bool(await client.admin.command("ping"))
    except TRANSIENT_DATABASE_ERRORS:
        return False
    finally:
        await client.close()


@pytest_asyncio.fixture(scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A database with the user ``thidua``, started a second time so that it asks for passwords."""
    folder = tmp_path_factory.mktemp("database")
    (folder / "logs").mkdir()
    (port,) = free_ports([None])
    address = f"127.0.0.1:{port}"
    part = database(folder, port)
    try:
        await part.start()
        await until(lambda: answers(f"mongodb://{address}"), "the database")
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(f"mongodb://{address}")
        roles = ["readWriteAnyDatabase", "dbAdminAnyDatabase"]
        await client.admin.command("createUser", "thidua", pwd=PASSWORD, roles=roles)
        await client.close()
        await part.stop()
        part = database(folder, port, "--auth")
        await part.start()
        await until(lambda: _listens(port), "the database with passwords")
        yield address
    finally:
        await part.stop()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def compose_url(address: str, password: str) -> str:
    """A service's URL of the database as ``deploy/secrets.sh`` writes it, for a server that is no replica set."""
    return f"mongodb://thidua:{password}@{address}/?directConnection=true&authSource=admin"


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_a_service_writes_with_the_password_and_not_without(
    address: str, driver: Literal["motor", "pymongo"]
) -> None:
    """Neither a wrong password nor none is enough."""
    wrong = {"wrong": compose_url(address, "wrong"), "none": f"mongodb://{address}/?directConnection=true"}
    right = Database(compose_url(address, PASSWORD), "thidua_login", driver)
    await right.probe("login")
    assert await right.collections() == []
    await right.drop()
    await right.close()
    for url in wrong.values():
        refused = Database(url, "thidua_login", driver)
        with pytest.raises(TRANSIENT_DATABASE_ERRORS, match=r"(?i)auth"):
            await refused.probe("login")
        await refused.close()
