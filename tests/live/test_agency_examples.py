"""The commands in docs/agencies.md for an operator and an agency work exactly as printed, block by block."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.stack.ports import PORTS
from services.intake.workbooks.layout import AS_OF
from shared.contracts.model import Kind, local
from tests.support.filling import changed, fill, put_beside

ROOT = Path(__file__).parents[2]
AGENCIES = (ROOT / "docs" / "agencies.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "deploy" / "examples"
TODAY = local(datetime.now(UTC)).date()
MOVEMENT = f"trach-nhiem-ky-cuong-{TODAY.year}"
COUNTED_TO = put_beside(AS_OF.heading, min(TODAY, date(TODAY.year, 11, 30)))
"""The change of a form that an agency makes before the plan's day: figures of a day that has not come are refused."""

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def blocks(heading: str) -> list[str]:
    """The text of each block of commands in a section, as printed."""
    section = AGENCIES.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)


START, PUBLISH, KEY, OVER_HTTP, FETCH_FORM, SEND_FORM, OVER_KAFKA = blocks("Step by step")


@dataclass
class Checkout:
    """A folder that looks like this repository to the commands, but does not contain a developer's own stack.

    If the usual ports are taken, the stack uses others, and the printed addresses in a block are replaced by them;
    otherwise blocks run as printed. A variable that a block exports is set in the next blocks, as in one terminal.
    """

    folder: Path
    addresses: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("deploy", "shared"):
            (self.folder / name).symlink_to(ROOT / name)
        (self.folder / ".venv").symlink_to(sys.prefix)
        (self.folder / "exported").touch()

    @asynccontextmanager
    async def staying(self, block: str) -> AsyncIterator[None]:
        """Run a block that starts the stack, and stop it as Ctrl-C does. Yields once the stack's addresses are written.

        Raises ``TimeoutError`` if they are not written within 90 seconds.
        """
        log, running = self.folder / "up.log", self.folder / ".thidua" / "up" / "run.json"
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", block), cwd=self.folder, stdout=out, stderr=out, start_new_session=True
            )
        try:
            async with asyncio.timeout(90):
                while not running.exists() or not running.read_text():
                    assert process.returncode is None, log.read_text()
                    await asyncio.sleep(0.1)
            self.addresses = json.loads(running.read_text())
            yield
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGINT)
            await process.wait()

    async def paste(self, block: str, typed: str = "") -> str:
        """Run a block and return its output. Every command must exit with 0. ``typed`` is the user's input."""
        script = f"set -e\n. ./exported\n{self._as_it_runs_here(block)}\nexport -p > exported\n"
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", script),
            cwd=self.folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(typed.encode()), 90)
        assert process.returncode == 0, (block, out.decode(), err.decode())
        return out.decode()

    def _as_it_runs_here(self, block: str) -> str:
        usual = {
            f"127.0.0.1:{PORTS['intake']}": self.addresses["intake"].removeprefix("http://"),
            f"127.0.0.1:{PORTS['kafka']}": self.addresses["kafka"],
        }
        assert {*re.findall(r"127\.0\.0\.1:\d+", block)} <= usual.keys(), block
        return re.sub(r"127\.0\.0\.1:\d+", lambda match: usual[match[0]], block)


@dataclass(frozen=True)
class Office:
    """An agency's API key and its own folder, beside the checkout that the operator uses."""

    checkout: Checkout
    key: str
    folder: Path

    @property
    def addresses(self) -> dict[str, str]:
        return self.checkout.addresses

    async def run(self, *command: str, code: int = 0) -> str:
        """Run a command as the head of an example shows it; it must exit with ``code``.

        Returns its output, or what it wrote to standard error if it is to fail.
        """
        given = {"THIDUA": self.addresses["intake"], "KEY": self.key}
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env={**os.environ, **given},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 90)
        assert process.returncode == code, (command, out.decode(), err.decode())
        return (err if code else out).decode()

    def example(self, name: str) -> Path:
        """An example body with days of this year, as the script beside it copies it."""
        copied = self.folder / "vi-du"
        if not copied.exists():
            subprocess.run(["sh", str(EXAMPLES / "this-year.sh"), str(copied)], check=True)
        return copied / name

    def paper(self, number: str) -> Path:
        """The example's report as another paper, in a file."""
        file = self.folder / f"{number.partition('/')[0]}.json"
        file.write_text(self.example("report.json").read_text().replace("46/BC-SNV", number))
        return file

    async def due(self, obligation: str) -> Any:
        """What the agency is told about an obligation."""
        async with httpx.AsyncClient() as http:
            headers = {"Authorization": f"Bearer {self.key}"}
            answer = await http.get(f"{self.addresses['intake']}/v1/obligations", headers=headers)
        return next(row for row in answer.json() if row["obligation"] == obligation)

    async def reported(self, obligation: str) -> list[str]:
        """The agency's numbers of the reports accepted under an obligation, in order."""
        return [version["report"] for version in (await self.due(obligation))["versions"]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """A running stack after the document's first two blocks, which the operator runs once."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    async with checkout.staying(START):
        printed = await checkout.paste(PUBLISH)
        key = re.search(r"^Khóa API +(\S+)", printed, re.M)
        assert key is not None, printed
        yield Office(checkout, key[1], tmp_path_factory.mktemp("office"))


async def test_the_documents_blocks_run_as_they_are_printed_one_after_the_other(office: Office) -> None:
    """The agency runs its blocks in one terminal with the printed interpreters; the test fills in the form.

    The example lives in this year, so nothing is overdue before the plan's day has come.
    """
    due = await office.due("OB06")
    assert (due["movement"], due["period"]) == (MOVEMENT, str(TODAY.year))
    assert (due["status"] == "overdue") is (date(TODAY.year, 12, 4) < TODAY)
    checkout, form = office.checkout, office.checkout.folder / "ob06.xlsx"
    assert await checkout.paste(KEY, typed=f"{office.key}\n") == "Khóa API: "
    over_http = json.loads((await checkout.paste(OVER_HTTP)).strip().splitlines()[-1])
    await checkout.paste(FETCH_FORM)
    form.write_bytes(changed(form.read_bytes(), fill(Kind.SCORE), COUNTED_TO))
    by_excel = json.loads(await checkout.paste(SEND_FORM))
    over_kafka = json.loads(await checkout.paste(OVER_KAFKA))
    receipts = [(receipt["status"], receipt["report"]) for receipt in (over_http, by_excel)]
    assert receipts == [("accepted", number) for number in ("46/BC-SNV", "47/BC-SNV")]
    assert over_kafka == over_http
    assert await office.reported("OB06") == ["46/BC-SNV", "47/BC-SNV"]


async def test_the_curl_example_gives_the_same_receipt_however_often_it_is_run(office: Office) -> None:
    """After a broken connection an agency only runs it again."""
    command = ["sh", str(EXAMPLES / "report.sh"), str(office.paper("50/BC-SNV"))]
    printed = [(await office.run(*command)).strip().splitlines()[-1] for _ in range(2)]
    first, again = (json.loads(line) for line in printed)
    assert first == again
    assert (first["status"], first["report"]) == ("accepted", "50/BC-SNV")
    assert (await office.reported("OB06")).count("50/BC-SNV") == 1


async def test_the_kafka_example_is_answered_on_the_agency_s_own_topic(office: Office) -> None:
    """The script imports nothing of this project."""
    script = EXAMPLES / "report_over_kafka.py"
    assert not re.search(r"^(from|import) (services|shared|deploy)", script.read_text(), re.M)
    command = [sys.executable, str(script), office.addresses["kafka"], "so-noi-vu"]
    report = office.paper("51/BC-SNV")
    report.write_text(report.read_text().replace("87.5", "88.5"))
    first, again = [json.loads(await office.run(*command, str(report))) for _ in range(2)]
    assert first == again
    assert (first["status"], first["report"]) == ("accepted", "51/BC-SNV")
    report.write_text(report.read_text().replace("88.5", "89.5"))
    refused, sentence = (await office.run(*command, str(report), code=1)).splitlines()
    assert refused == "Báo cáo chưa được tiếp nhận:"
    assert sentence.startswith("- Báo cáo số “51/BC-SNV”")


async def test_the_excel_example_fetches_a_form_and_sends_it_filled_in(office: Office) -> None:
    """The form is filled in by another library than the one that wrote it."""
    script, form, filled = str(EXAMPLES / "report-excel.sh"), office.folder / "form.xlsx", office.folder / "filled.xlsx"
    await office.run("sh", script, "form", "OB05", MOVEMENT, str(form))
    filled.write_bytes(changed(form.read_bytes(), fill(Kind.DISCIPLINE), COUNTED_TO))
    first, again = [json.loads(await office.run("sh", script, "send", "52/BC-SNV", str(filled))) for _ in range(2)]
    assert first == again
    is_final = date(TODAY.year, 11, 30) <= TODAY
    assert (first["status"], first["obligation"], bool(first["complete_at"])) == ("accepted", "OB05", is_final)


async def test_the_bodies_of_the_other_requests_are_ones_that_intake_reads(office: Office) -> None:
    """A correction, its withdrawal, a nomination; more time, until the day that the example asks for has passed."""
    requests = str(EXAMPLES / "requests.sh")
    report = ("sh", str(EXAMPLES / "report.sh"), str(office.example("correction.json")))
    receipt = json.loads(await office.run(*report))
    assert (receipt["status"], receipt["report"]) == ("accepted", "54/BC-SNV")
    withdrawal = ("sh", requests, "withdraw", receipt["id"], str(office.example("withdrawal.json")))
    assert json.loads(await office.run(*withdrawal))["takes_back"]["report"] == "54/BC-SNV"
    nomination = ("sh", requests, "nominate", "7/TTr-SNV", str(office.example("nomination.json")))
    assert json.loads(await office.run(*nomination))["status"] == "accepted"
    extension, in_time = str(office.example("extension.json")), date(TODAY.year, 12, 11) >= TODAY
    answer = await office.run("sh", requests, "extend", extension, code=0 if in_time else 1)
    assert answer.startswith("{") is in_time
    due = (await office.run("sh", str(EXAMPLES / "due.sh"))).splitlines()
    assert any('"obligation":"OB06"' in line for line in due)
