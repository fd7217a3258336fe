"""Prometheus, Alertmanager and node-exporter as processes beside a stack, and what they answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from deploy.stack.part import Part
from deploy.stack.ports import free_ports
from tests.ops.programs import PROMETHEUS, alertmanager_config, find, prometheus_config, shortened
from tests.support.waiting import until

_START_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert in Alertmanager: its name, the service, and whether another one silences it."""

    name: str
    job: str
    suppressed: bool


class Watching:
    """What watches a stack. ``targets`` are the services' addresses by job, ``smtp`` that of the mail catcher."""

    def __init__(self, folder: Path, targets: Mapping[str, str], smtp: str) -> None:
        self._folder, self._targets, self._smtp = folder, dict(targets), smtp
        self._stack = AsyncExitStack()
        self.started = time.time()

    async def __aenter__(self) -> Watching:
        prometheus, alertmanager, exporter = free_ports([None, None, None])
        self._prometheus, self._alertmanager = f"http://127.0.0.1:{prometheus}", f"http://127.0.0.1:{alertmanager}"
        self._http = await self._stack.enter_async_context(httpx.AsyncClient(timeout=30))
        try:
            if program := find("node-exporter"):
                await self._run("node-exporter", [program, f"--web.listen-address=127.0.0.1:{exporter}"])
                self._targets["node-exporter"] = f"127.0.0.1:{exporter}"
            (self._folder / "alertmanager.yml").write_text(alertmanager_config(self._smtp))
            command = [
                find("alertmanager") or "",
                f"--config.file={self._folder / 'alertmanager.yml'}",
                f"--storage.path={self._folder / 'alertmanager'}",
                f"--web.listen-address=127.0.0.1:{alertmanager}",
                "--cluster.listen-address=",
            ]
            await self._run("alertmanager", command)
            rules = [self._folder / name for name in ("recording.yml", "alerts.yml")]
            for rule in rules:
                rule.write_text(shortened((PROMETHEUS / rule.name).read_text()))
            config = prometheus_config(self._targets, f"127.0.0.1:{alertmanager}", rules)
            (self._folder / "prometheus.yml").write_text(config)
            command = [
                find("prometheus") or "",
                f"--config.file={self._folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self._folder / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{prometheus}",
            ]
            await self._run("prometheus", command)
            await until(self._is_up, "Prometheus and Alertmanager are ready", seconds=_START_SECONDS)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _run(self, name: str, command: list[str]) -> None:
        part = Part(name, command, self._folder / f"{name}.log")
        await part.start()
        self._stack.push_async_callback(part.stop)

    async def _is_up(self) -> bool:
        try:
            urls = (f"{self._prometheus}/-/ready", f"{self._alertmanager}/-/ready")
            return all([(await self._http.get(url)).status_code == 200 for url in urls])
        except httpx.TransportError:
            return False

    async def series(self, expr: str) -> int:
        """How many series a query has had since the start. Raises ``ValueError`` with Prometheus' complaint."""
        body = {"query": expr, "start": self.started, "end": time.time(), "step": 5}
        answer = (await self._http.post(f"{self._prometheus}/api/v1/query_range", data=body)).json()
        if answer["status"] != "success":
            raise ValueError(answer["error"])
        series: list[dict[str, Any]] = answer["data"]["result"]
        return sum(any(value not in ("NaN", "+Inf") for _, value in one["values"]) for one in series)

    async def alerts(self) -> list[Fired]:
        """What Alertmanager has now, silenced or not."""
        answer = (await self._http.get(f"{self._alertmanager}/api/v2/alerts")).raise_for_status().json()
        return [
            Fired(one["labels"]["alertname"], one["labels"].get("job", ""), one["status"]["state"] == "suppressed")
            for one in answer
        ]
