"""`thidua explain`: whose movement it asks about, and where."""

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
from tests.support.movement import s0

ANSWER = {"heading": "Sở Y tế", "sections": [{"title": "Chuyển đổi số", "lines": ["Chưa có điểm."]}]}


@pytest.fixture
def requested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the command asks, in a folder where no stack runs yet."""
    addresses: list[str] = []

    def get(url: str, **_: Any) -> httpx.Response:
        addresses.append(url)
        return httpx.Response(200, json=ANSWER)

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
    code, out = explain("--url", "http://elsewhere")
    assert (code, requested) == (2, [])
    assert "--movement" in out
    assert explain("--url", "http://elsewhere", "--movement", "hung-yen/y")[0] == 0
    assert requested == ["http://elsewhere/v1/hung-yen/y/explain/so-y-te"]
