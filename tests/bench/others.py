"""Ratios against peers. Each has its own environment in the bench's folder, and the embedded broker if that works."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field

from deploy.kafka.jars import MissingRequirement
from deploy.stack.part import PartDied
from shared.contracts.topics import RESULTS
from tests.bench.load import Load
from tests.bench.paths import path
from tests.bench.ratio import Ratio, Skipped, Took
from tests.bench.stage import SideFailed, Stage

_LONGEST_SECONDS = 600.0
_SHARE = 4


@dataclass
class Peer:
    """Another stream processor: the packages it needs, and the module of ``peers`` that runs its job."""

    package: str
    module: str
    _installed: str | None = None
    _on_real_kafka: set[int] = field(default_factory=set)

    async def base(self, stage: Stage) -> Took:
        """The peer's job over a part of the load, on a real Kafka if the embedded broker refuses the peer.

        Raises ``Skipped`` if the peer cannot be installed or a real Kafka cannot be started.
        """
        python = await self._environment(stage)
        if id(stage) not in self._on_real_kafka:
            try:
                return await self._run(stage, python)
            except (SideFailed, TimeoutError):
                if not stage.embedded:
                    raise
                self._on_real_kafka.add(id(stage))
        try:
            return await self._run(await self._real(stage), python)
        except (SideFailed, TimeoutError) as error:
            raise Skipped(f"neither broker takes {self.package}: {str(error).splitlines()[-1:]}") from error

    async def work(self, stage: Stage) -> Took:
        """The time of scoring over the whole load, on the same kind of broker as the peer."""
        return await path("figures")(await self._real(stage) if id(stage) in self._on_real_kafka else stage)

    async def _real(self, stage: Stage) -> Stage:
        try:
            return await stage.on_real_kafka()
        except (MissingRequirement, PartDied, TimeoutError) as error:
            why = f"the embedded broker refuses {self.package}, and there is no real one: {error}"
            raise Skipped(why) from error

    async def _run(self, stage: Stage, python: str) -> Took:
        load = Load(stage.figures)
        prefix, part = stage.fresh(), stage.figures // _SHARE
        arguments = await stage.kafka(load), await stage.mongo(), prefix + "peer", RESULTS.name, str(part)
        job = stage.child(f"tests.bench.peers.{self.module}", *arguments, python=python)
        result = await asyncio.wait_for(job, _LONGEST_SECONDS)
        await stage.forget(prefix, "peer")
        return Took(result["seconds"], result["events"], result["cpu"], {"real_kafka": float(not stage.embedded)})

    async def _environment(self, stage: Stage) -> str:
        """The Python of its environment, which is created if missing. Raises ``Skipped``."""
        folder = stage.folder / "peers" / self.package.partition("==")[0]
        python, done = folder / "bin" / "python", folder / self.package
        if not done.exists():
            for command in (
                (sys.executable, "-m", "venv", "--clear", str(folder)),
                (str(python), "-m", "pip", "install", "--quiet", self.package, "pymongo", "confluent-kafka"),
            ):
                process = await asyncio.create_subprocess_exec(
                    *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
                )
                out, _ = await process.communicate()
                if process.returncode:
                    last = out.decode(errors="replace").strip().splitlines()[-1:]
                    raise Skipped(f"{self.package} cannot be installed: {' '.join(last)}")
            done.touch()
        return str(python)


def _against(name: str, peer: Peer, target: float) -> Ratio:
    description = f"scoring with everything on, one figure a record / {peer.package}, figures to boards alone"
    return Ratio(f"path-against-{name}", description, peer.work, peer.base, target=target, reps=3, peer=True)


PEERS = {
    "faust": Peer("faust-streaming==0.15.3", "faust_job"),
    "quixstreams": Peer("quixstreams==3.28.1", "quix"),
    "bytewax": Peer("bytewax==0.21.1", "bytewax_job"),
}
RATIOS = tuple(_against(name, peer, 7 if name == "faust" else 4) for name, peer in PEERS.items())
