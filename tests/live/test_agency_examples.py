"""What the README tells an agency to do, done as it stands there against ``thidua up``: its commands, its examples."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.contracts.model import Kind
from tests.live.test_cli import up
from tests.support.filling import changed, fill

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "deploy" / "examples"
MOVEMENT = "trach-nhiem-ky-cuong-2023"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def told(heading: str) -> list[str]:
    """The commands in the first block of a section, comments and continuations taken away."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    block = re.search(r"```sh\n(.*?)```", section, re.S)
    assert block is not None, heading
    lines = block[1].replace("\\\n", " ").splitlines()
    return [line.partition("  # ")[0].strip() for line in lines if line.strip()]


@dataclass(frozen=True)
class Office:
    """An agency's desk: the stack's addresses, its API key, a folder of its own."""

    addresses: dict[str, str]
    key: str
    folder: Path

    async def run(self, *command: str, code: int = 0, **env: str) -> str:
        """A command as it stands in the README or in an example's head, from the project's root; it exits so."""
        given = {"THIDUA": self.addresses["intake"], "KEY": self.key, "PYTHONPATH": str(ROOT), **env}
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**os.environ, **given},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 90)
        assert process.returncode == code, (command, out.decode(), err.decode())
        return out.decode()

    async def owed(self, obligation: str) -> Any:
        async with httpx.AsyncClient() as http:
            headers = {"Authorization": f"Bearer {self.key}"}
            told = await http.get(f"{self.addresses['intake']}/v1/obligations", headers=headers)
        return next(each for each in told.json() if each["obligation"] == obligation)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[None]:
    """``thidua up`` in a folder, stopped in the end."""
    process = await up(folder)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """``thidua up``, and what the operator does once, as the README says it."""
    folder = tmp_path_factory.mktemp("office")
    async with running(folder / "up"):
        addresses = json.loads((folder / "up" / "run.json").read_text())
        desk = Office(addresses, "", folder)
        spoken: list[str] = []
        for command in told("For an agency"):
            name, *words = command.split()
            if name == ".venv/bin/thidua" and words != ["up"]:
                url = ["--url", addresses["intake"], "--key", addresses["operator_key"]]
                spoken.append(await desk.run(sys.executable, "-m", "deploy", *words, *url))
        key = re.search(r"Khóa API +(\S+)", "\n".join(spoken))
        assert key is not None, spoken
        yield Office(addresses, key[1], folder)


async def test_the_curl_example_gives_the_same_receipt_however_often_it_is_run(office: Office) -> None:
    """After a broken line an agency just runs it again."""
    command = ["sh", str(EXAMPLES / "report.sh"), "46/BC-SNV", str(EXAMPLES / "report.json")]
    said = [(await office.run(*command)).strip().splitlines()[-1] for _ in range(2)]
    first, again = (json.loads(line) for line in said)
    assert first == again
    assert (first["status"], first["report"], first["version"]) == ("accepted", "46/BC-SNV", 1)
    assert [version["report"] for version in (await office.owed("OB06"))["versions"]] == ["46/BC-SNV"]


async def test_the_kafka_example_is_answered_on_the_agency_s_own_topic(office: Office) -> None:
    """The script knows nothing of this project."""
    script = EXAMPLES / "report_over_kafka.py"
    assert not re.search(r"^(from|import) (services|shared|deploy)", script.read_text(), re.M)
    command = [sys.executable, str(script), office.addresses["kafka"], "so-noi-vu", "47/BC-SNV"]
    report = office.folder / "47.json"
    report.write_text((EXAMPLES / "report.json").read_text().replace("87.5", "88.5"))
    first, again = [json.loads(await office.run(*command, str(report))) for _ in range(2)]
    assert first == again
    assert (first["status"], first["report"]) == ("accepted", "47/BC-SNV")
    report.write_text(report.read_text().replace("88.5", "89.5"))
    other = json.loads(await office.run(*command, str(report), code=1))
    assert [problem["code"] for problem in other["problems"]] == ["report_id_reused"]


async def test_the_excel_example_fetches_a_form_and_sends_it_filled_in(office: Office) -> None:
    """Filled in by another library than made it."""
    script, form, filled = str(EXAMPLES / "report-excel.sh"), office.folder / "form.xlsx", office.folder / "filled.xlsx"
    await office.run("sh", script, "form", "OB05", MOVEMENT, str(form))
    filled.write_bytes(changed(form.read_bytes(), fill(Kind.DISCIPLINE)))
    first, again = [json.loads(await office.run("sh", script, "send", "48/BC-SNV", str(filled))) for _ in range(2)]
    assert first == again
    assert (first["status"], first["obligation"], bool(first["complete_at"])) == ("accepted", "OB05", True)
