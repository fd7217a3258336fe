"""The scripts that agencies copy: what they send again, what they never send again, and what they say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shared.contracts.model import local

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
REPORT = str(EXAMPLES / "report.json")
NO_ANSWER: tuple[int, dict[str, str], bytes] = (0, {}, b"")

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class RecordingIntake:
    """An intake that gives its answers in turn, and notes the requests."""

    port: int
    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)

    def run(self, *command: str, path: Path | None = None) -> tuple[int, bytes, str]:
        """Run a script as its head has it, with the programs in ``path`` first; its exit code, output and errors."""
        given = {"THIDUA": f"http://127.0.0.1:{self.port}", "KEY": "k"}
        if path:
            given["PATH"] = f"{path}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", str(EXAMPLES / command[0]), *command[1:]],
            env={**os.environ, **given},
            capture_output=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr.decode()


@pytest.fixture
def intake() -> Iterator[RecordingIntake]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            opened.requests.append((self.command, self.path, self.rfile.read(length)))
            status, headers, body = opened.answers.pop(0)
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - the names the base class calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    opened = RecordingIntake(server.server_address[1])
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield opened
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_not_sent_again(intake: RecordingIntake, status: int) -> None:
    """It was, six times in 32 seconds."""
    intake.answers = [(status, {}, b'{"detail": "Sai."}')]
    code, out, err = intake.run("report.sh", REPORT)
    assert (code, out, len(intake.requests)) == (1, b"", 1)
    assert err == f"Cổng tiếp nhận không nhận (mã {status}):\nSai.\n"


def _problem(detail: str, *details: str) -> bytes:
    """A refusal as intake writes it: a problem document, with a receipt that has further problems."""
    receipt = {"receipt": {"problems": [{"code": "c", "pointer": "/rows/0", "detail": d} for d in details]}}
    return json.dumps({"code": "c", "detail": detail, **receipt}, ensure_ascii=False, separators=(",", ":")).encode()


def test_a_refusal_is_printed_as_the_sentences_for_people(intake: RecordingIntake) -> None:
    """Each sentence once, its quotation marks as they are, and of very many the first forty."""
    intake.answers = [(422, {}, _problem('Ô "A\\1" sai.', 'Ô "A\\1" sai.', "Thiếu đơn vị."))]
    assert intake.run("report.sh", REPORT)[2].splitlines()[1:] == ['Ô "A\\1" sai.', "Thiếu đơn vị."]
    intake.answers = [(422, {}, _problem("Sai.", *(f"Dòng {n} sai." for n in range(99))))]
    lines = intake.run("report.sh", REPORT)[2].splitlines()
    assert lines[1:3] + lines[40:] == ["Sai.", "Dòng 0 sai.", "Dòng 38 sai.", "… và 60 chỗ khác."]


def test_an_answer_that_is_no_problem_document_is_printed_as_it_is(intake: RecordingIntake) -> None:
    """A proxy in between has words of its own."""
    intake.answers = [(403, {}, b"<h1>Forbidden</h1>")]
    assert intake.run("report.sh", REPORT)[2].splitlines()[1:] == ["<h1>Forbidden</h1>"]


def test_what_may_pass_by_itself_is_sent_again_with_the_same_number(intake: RecordingIntake, tmp_path: Path) -> None:
    """Too fast, a fault of intake, no answer at all. It waits as long as intake says, otherwise 1, 2, 4 … seconds."""
    (tmp_path / "sleep").write_text('#!/bin/sh\necho "$1" >>"$(dirname "$0")/slept"\n')
    (tmp_path / "sleep").chmod(0o755)
    intake.answers = [
        (429, {"Retry-After": "7"}, b""),
        (503, {"retry-after": "0"}, b""),
        NO_ANSWER,
        (202, {}, b'{"a": 1}'),
    ]
    code, out, err = intake.run("report.sh", REPORT, path=tmp_path)
    assert (code, json.loads(out)) == (0, {"a": 1}), err
    assert intake.requests == [("POST", "/v1/reports", Path(REPORT).read_bytes())] * 4
    assert (tmp_path / "slept").read_text().split() == ["7", "0", "4"]


@pytest.mark.parametrize(
    "command",
    [
        ("report.sh",),
        ("report.sh", "a.json", "b.json"),
        ("report-excel.sh", "from", "OB06", "phong-trao", "a.xlsx"),
        ("report-excel.sh", "form", "OB06"),
        ("report-excel.sh",),
        ("requests.sh", "withdrew", "1", "a.json"),
        ("requests.sh",),
        ("due.sh", "a", "b"),
        ("check.sh",),
        ("check.sh", "report.csv"),
        ("renew-key.sh", "so-noi-vu"),
    ],
    ids=" ".join,
)
def test_a_mistyped_command_prints_how_it_is_used(intake: RecordingIntake, command: tuple[str, ...]) -> None:
    """A typo in the first word ended with 0, in silence."""
    code, out, err = intake.run(*command)
    assert (code, out, intake.requests) == (2, b"", [])
    assert err.startswith("Cách dùng: ")


def test_a_refused_form_does_not_overwrite_a_file(intake: RecordingIntake, tmp_path: Path) -> None:
    """The refusal was written into the ``.xlsx``."""
    form = tmp_path / "form.xlsx"
    form.write_bytes(b"filled in")
    intake.answers = [(403, {}, b'{"code": "not_yours"}')]
    code, out, err = intake.run("report-excel.sh", "form", "OB06", "phong-trao", str(form))
    assert (code, out, form.read_bytes()) == (1, b"", b"filled in")
    assert "not_yours" in err
    intake.answers = [(200, {}, b"PK\x03\x04\x00\n\xff")]
    code, _, err = intake.run("report-excel.sh", "form", "OB06", "phong-trao", str(form))
    assert (code, form.read_bytes()) == (0, b"PK\x03\x04\x00\n\xff"), err


def test_what_is_due_is_one_obligation_a_line_and_no_line_is_long(intake: RecordingIntake) -> None:
    """It was 80 KB on one line."""
    due_reports = [{"movement": "m", "obligation": f"OB{n:02}", "missing": ["x" * 50] * 100} for n in range(5)]
    intake.answers = [(200, {}, json.dumps(due_reports, separators=(",", ":")).encode())]
    code, out, err = intake.run("due.sh", "m")
    lines = out.decode().splitlines()
    assert (code, len(lines)) == (0, 5), err
    assert max(map(len, lines)) <= 400
    assert intake.requests[0][1] == "/v1/obligations?movement=m"
    intake.answers = [(401, {}, b"{}")]
    assert intake.run("due.sh")[0] == 1


def test_a_report_is_checked_where_nothing_is_stored(intake: RecordingIntake, tmp_path: Path) -> None:
    """A typo in the address would send it."""
    form = tmp_path / "ob06.xlsx"
    form.write_bytes(b"PK\x03\x04")
    intake.answers = [(200, {}, b"{}"), (422, {}, b'{"detail": "Sai."}')]
    assert intake.run("check.sh", REPORT)[:2] == (0, b"{}\n")
    code, out, err = intake.run("check.sh", str(form), "12/BC")
    assert (code, out, "Sai." in err) == (1, b"", True)
    assert intake.requests == [
        ("POST", "/v1/reports/check", Path(REPORT).read_bytes()),
        ("POST", "/v1/reports/excel/check", b"PK\x03\x04"),
    ]


def test_a_key_is_asked_for_once(intake: RecordingIntake) -> None:
    """Without an answer it may have been issued; a second request would issue another."""
    intake.answers = [(201, {}, b'{"key": "x"}'), (409, {}, _problem("Đã có hai khóa.")), NO_ANSWER]
    assert intake.run("renew-key.sh")[:2] == (0, b'{"key": "x"}\n')
    code, out, err = intake.run("renew-key.sh")
    assert (code, out, err) == (1, b"", "Chưa có khóa mới (mã 409):\nĐã có hai khóa.\n")
    assert intake.run("renew-key.sh")[:2] == (1, b"")
    assert [request[:2] for request in intake.requests] == [("POST", "/v1/keys")] * 3


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (("withdraw", "abc", str(EXAMPLES / "withdrawal.json")), "/v1/receipts/abc/withdraw"),
        (("extend", str(EXAMPLES / "extension.json")), "/v1/extensions"),
        (("nominate", "1/TTr", str(EXAMPLES / "nomination.json")), "/v1/nominations"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_other_requests_go_where_they_belong(intake: RecordingIntake, command: tuple[str, ...], path: str) -> None:
    intake.answers = [(200, {}, b"{}")]
    assert intake.run("requests.sh", *command)[:2] == (0, b"{}\n")
    assert intake.requests == [("POST", path, Path(command[-1]).read_bytes())]


def test_the_bodies_are_copied_with_days_of_this_year_into_a_new_folder_only(tmp_path: Path) -> None:
    """No paper and no figure is of a day to come, and nothing of the year 2023 is left."""
    script, copied = ["sh", str(EXAMPLES / "this-year.sh")], tmp_path / "vi-du"
    before = local(datetime.now(UTC)).date()
    assert subprocess.run([*script, copied], check=False).returncode == 0
    report = json.loads((copied / "report.json").read_text())
    today = date.fromisoformat(report["date"])
    assert before <= today <= local(datetime.now(UTC)).date()
    assert report["as_of"] == str(min(today, date(today.year, 11, 30)))
    assert (report["movement"], report["period"]) == (f"trach-nhiem-ky-cuong-{today.year}", str(today.year))
    bodies = {path.name: path.read_text() for path in copied.iterdir()}
    assert bodies.keys() == {path.name for path in EXAMPLES.glob("*.json")}
    assert not any("2023" in body for body in bodies.values())
    again = subprocess.run([*script, copied], capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (1, f"Đã có {copied}; hãy nêu thư mục mới.\n")
    assert subprocess.run(script, capture_output=True, check=False).returncode == 2
