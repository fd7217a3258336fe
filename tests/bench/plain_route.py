"""The minimal route that stores its request: FastAPI reads the JSON object, one document is inserted.

Served as the services are, on the same database with the same write concern: ``python -m tests.bench.plain_route``.
"""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI

from shared.runtime.mongo import Database

PORT = "BENCH_PORT"
MONGO = "BENCH_MONGO"
DATABASE = "BENCH_DATABASE"


def plain_route(database: Database) -> FastAPI:
    """The app of this one route."""
    kept, api = database.documents("reports"), FastAPI()

    @api.post("/v1/reports", status_code=202)
    async def insert(body: dict[str, Any]) -> dict[str, str]:
        doc = {**body, "_id": uuid4().hex}
        await kept.append(doc)
        return {"id": doc["_id"]}

    return api


if __name__ == "__main__":
    api = plain_route(Database(os.environ[MONGO], os.environ[DATABASE]))
    uvicorn.run(api, host="127.0.0.1", port=int(os.environ[PORT]), log_config=None, access_log=False)
