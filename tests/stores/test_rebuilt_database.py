"""`thidua rebuild` empties only a database that it made itself."""

from __future__ import annotations

from uuid import uuid4

import pytest

from deploy.maintenance.rebuild import NotRebuilt, _empty
from deploy.stack.embedded import Stack
from shared.runtime.mongo import Database

OF_SERVICE = ["boards", "state"]


async def test_a_foreign_database_with_the_name_of_the_fresh_projection_stays(servers: Stack) -> None:
    """One that an earlier rebuild made is emptied, also by a release that did not mark it yet."""
    name = f"test_{uuid4().hex}_rebuilt"
    database = Database(servers.mongo, name)
    try:
        await database.documents("payroll").save({"_id": "a", "unsent": []})
        with pytest.raises(NotRebuilt, match=name):
            await _empty(database, name, OF_SERVICE)
        assert await database.collections() == ["payroll"]
        await database.drop()
        await database.documents("boards").save({"_id": "a", "unsent": []})
        for _ in range(2):
            await _empty(database, name, OF_SERVICE)
            assert await database.documents("boards").get("a") is None
            await database.documents("anything").save({"_id": "a", "unsent": []})
    finally:
        await database.drop()
        await database.close()
