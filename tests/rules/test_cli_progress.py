"""What a command shows while it works: a changing line on a terminal, plain lines elsewhere, nothing in its output."""

from __future__ import annotations

import os
import pty
import re
import time
from contextlib import suppress

import pytest
from rich.console import Console

from deploy.cli import progress as module
from deploy.cli.progress import progress


def test_elsewhere_than_on_a_terminal_there_is_a_plain_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first after two seconds by default; here at once."""
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.01)
    shown = ""
    with progress("Sao lưu", first=0.01) as work:
        work.update(3, total=12, text="Sao lưu intake")
        deadline = time.monotonic() + 10
        while shown.count("Sao lưu intake: 3/12 … 0 giây\n") < 2 and time.monotonic() < deadline:
            out, err = capsys.readouterr()
            assert out == ""
            shown += err
    assert shown.count("Sao lưu intake: 3/12 … 0 giây\n") >= 2
    assert "\x1b" not in shown


def test_what_ends_soon_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Công bố"):
        pass
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_a_line_changes_and_disappears(monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, which is the terminal here; nothing on standard output."""
    master, slave = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(slave, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        assert Console(stderr=True).is_terminal
        with progress("Đọc lại") as work:
            work.update(7)
    shown = _read_to_the_end(master)
    assert "Đọc lại: 7" in shown
    assert re.search(r"\x1b\[2K\s*$|\x1b\[2K[^\w]*$", shown), "the line is erased at the end"


def _read_to_the_end(master: int) -> str:
    """Everything written to a terminal nobody writes to any more; one read may hold a part of it."""
    shown = b""
    with os.fdopen(master, "rb", buffering=0) as reader, suppress(OSError):  # Linux ends a closed terminal with EIO
        while part := reader.read(65536):
            shown += part
    return shown.decode()
