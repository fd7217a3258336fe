"""`thidua explain` asks about the movement that the running stack serves, or about the one that is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.demo.run import served
from deploy.stack.embedded import Stack
from deploy.stack.lock import locked
from tests.support.movement import s0

MOVEMENTS = ["hung-yen/y", "thai-binh/trach-nhiem-ky-cuong-2023"]
KEY = ("--key", "desk")
ANSWER = {"heading": "Sở Y tế", "sections": [{"title": "Chuyển đổi số", "lines": ["Chưa có điểm."]}]}


@pytest.fixture
def requested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the command requests, in a folder where no stack is running yet."""
    addresses: list[str] = []

    def get(url: str, headers: dict[str, str], **_: Any) -> httpx.Response:
        assert headers["Authorization"].startswith("Bearer ")
        request = httpx.Request("GET", url)
        if url.endswith("/v1/movements"):
            return httpx.Response(200, json=[{"key": key, "name": key} for key in MOVEMENTS], request=request)
        addresses.append(url)
        return httpx.Response(200, json=ANSWER, request=request)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(httpx, "get", get)
    return addresses


def explain(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["explain", "so-y-te", *args])
    return result.exit_code, result.output


def test_explain_shows_the_movement_that_the_running_stack_serves(tmp_path: Path, requested: list[str]) -> None:
    """The stack's file of addresses names the movement of the plan it was started with."""
    folder = tmp_path / ".thidua" / "up"
    folder.mkdir(parents=True)
    stack = Stack(folder, served([s0()]))
    with locked(folder):
        stack._write_addresses()
        code, out = explain()
        assert (code, "Sở Y tế" in out) == (0, True)
        assert requested == [f"{stack.urls['scoring']}/v1/thai-binh/trach-nhiem-ky-cuong-2023/explain/so-y-te"]
        assert explain("--movement", "hung-yen/another")[0] == 0
    assert requested[1:] == [f"{stack.urls['scoring']}/v1/hung-yen/another/explain/so-y-te"]


def test_explain_of_another_system_needs_the_movement(tmp_path: Path, requested: list[str]) -> None:
    """The movement of the stack that runs here is not the other system's."""
    (tmp_path / ".thidua" / "up").mkdir(parents=True)
    (tmp_path / ".thidua" / "up" / "run.json").write_text(
        json.dumps({"movement": "thai-binh/x", "scoring": "http://x"})
    )
    code, out = explain("--url", "http://elsewhere", *KEY)
    assert (code, requested) == (2, [])
    assert "--movement, một trong: hung-yen/y, thai-binh/trach-nhiem-ky-cuong-2023" in out
    assert explain("--url", "http://elsewhere", *KEY, "--movement", "hung-yen/y")[0] == 0
    assert requested == ["http://elsewhere/v1/hung-yen/y/explain/so-y-te"]


def test_the_key_of_the_running_stack_is_not_sent_to_another_address(requested: list[str]) -> None:
    code, out = explain("--url", "http://elsewhere", "--movement", "hung-yen/y")
    assert (code, requested) == (2, [])
    assert "hãy nêu --key" in out


def test_a_movement_may_be_named_without_its_province(requested: list[str]) -> None:
    """An unknown one is answered with those there are."""
    assert explain("--url", "http://x", *KEY, "--movement", "y")[0] == 0
    assert requested == ["http://x/v1/hung-yen/y/explain/so-y-te"]
    code, out = explain("--url", "http://x", *KEY, "--movement", "z")
    assert (code, "hung-yen/y" in out) == (1, True)


def test_the_only_movement_need_not_be_named(requested: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As after the walkthrough for an agency, whatever the year is."""
    monkeypatch.setitem(globals(), "MOVEMENTS", ["thai-binh/x-2026"])
    assert explain("--url", "http://x", *KEY)[0] == 0
    assert requested == ["http://x/v1/thai-binh/x-2026/explain/so-y-te"]
