"""The server process of a service."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from services.intake.settings import IntakeSettings
from services.notify.settings import NotifySettings
from shared.runtime.app import Service
from shared.runtime.http.pages.changes import PageChanges, Watcher
from shared.runtime.mongo import Database
from shared.runtime.serving import _Server, read_settings
from shared.runtime.settings import ServiceSettings
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("kind", "missing"),
    [(IntakeSettings, ["THIDUA_PROVINCE", "THIDUA_OFFICE"]), (NotifySettings, ["THIDUA_MAIL_DOMAIN", "THIDUA_OFFICE"])],
)
def test_a_service_without_a_setting_it_needs_does_not_start_and_names_it(
    kind: type[ServiceSettings], missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output has one sentence for each missing setting, with the variable's name and its meaning."""
    for name in missing:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as ended:
        read_settings("door", kind)
    sentences = str(ended.value).splitlines()
    assert [sentence.partition(", ")[0] for sentence in sentences] == [f"door cannot start: set {m}" for m in missing]
    assert "the code of the council's standing office in the register of units." in str(ended.value)


def test_a_wrong_setting_is_named_and_its_value_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value may be a password."""
    for name, value in {"PROVINCE": "hung-yen", "OFFICE": "Not A Code", "OPERATOR_KEY_SHA256": "secret"}.items():
        monkeypatch.setenv(f"THIDUA_{name}", value)
    with pytest.raises(SystemExit) as ended:
        read_settings("door", IntakeSettings)
    named = {line.partition(": ")[2].partition(":")[0] for line in str(ended.value).splitlines()}
    assert named == {"THIDUA_OFFICE", "THIDUA_OPERATOR_KEY_SHA256"}
    assert "secret" not in str(ended.value)
    assert "Not A Code" not in str(ended.value)


async def test_a_server_stops_when_its_service_has_failed() -> None:
    """Otherwise the process would stay alive without consuming, and nothing would restart it."""
    service: Any = SimpleNamespace(failed=False, page_changes=SimpleNamespace(stop=lambda: None))
    config = uvicorn.Config(FastAPI(), host="127.0.0.1", port=0, log_config=None, access_log=False)
    server = _Server(config, cast(Service, service))
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    assert not running.done()
    service.failed = True
    await until(running.done)


async def test_a_page_that_is_open_does_not_hold_up_the_end() -> None:
    """Its event stream would otherwise last until the server gives up waiting."""
    changes = PageChanges(cast(Database, None))
    api = FastAPI()
    api.add_api_route(
        "/thay-doi", lambda: changes.stream(Watcher("hoa", "", 0), {}, "0"), response_class=StreamingResponse
    )
    service: Any = SimpleNamespace(failed=False, page_changes=changes)
    config = uvicorn.Config(
        api, host="127.0.0.1", port=0, log_config=None, access_log=False, timeout_graceful_shutdown=60
    )
    server = _Server(config, cast(Service, service))
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient() as http, http.stream("GET", f"http://127.0.0.1:{port}/thay-doi") as answer:
        assert await anext(answer.aiter_bytes()) == b"retry: 5000\n\n"
        server.should_exit = True
        await until(running.done)
