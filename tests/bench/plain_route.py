"""A minimal route that stores its request: FastAPI parses the JSON object, and one document is inserted.

``python -m tests.bench.plain_route`` serves it as services are served, with the same database and write concern.
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
