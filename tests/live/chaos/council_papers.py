"""Checks that each paper has the steps and the scans that the desk gave it, each step in the audit chain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.live.chaos.sittings import SECRETARY, Paper, PaperStep, Sitting
from tests.live.chaos.verdict import Loss

_VERBS: Final = {
    "make": "make a paper",
    "scan": "keep a scan",
    "withdraw": "withdraw a scan",
    "number": "number a paper",
}
"""What the audit chain calls each step."""


async def wrong_papers(council: Any, sittings: Sequence[Sitting]) -> list[tuple[Loss, str]]:
    """What is wrong with the papers in council's records, files and audit chain, or was never done by the desk."""
    done = {f"{sitting.key}/{name}": paper for sitting in sittings for name, paper in sitting.papers.items()}
    records = {doc["_id"]: doc["record"] async for doc in council["papers"].find()}
    entered: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    async for entry in council["audit"].find({"what": "act", "verb": {"$in": list(_VERBS.values())}}):
        entered[entry["actor"], entry["verb"], entry["object"]].append(entry["reason"])
    wrong: list[tuple[Loss, str]] = [("mismatch", f"{key} was never made") for key in records.keys() - done.keys()]
    for key, paper in done.items():
        record = records.get(key, {"steps": [], "versions": []})
        wrong += [*_wrong_steps(key, paper, record), *_wrong_entries(key, paper, entered)]
        for version in record["versions"]:
            kept = version["scans"][-1] if version["scans"] else None
            wrong += await _wrong_scan(council, f"{key}#{version['n']}", paper.scans.get(version["n"]), kept)
    extra = {about for _, _, about in entered} - done.keys()
    return wrong + [("mismatch", f"{about} is in the audit chain and was never made") for about in sorted(extra)]


def _wrong_steps(key: str, paper: Paper, record: dict[str, Any]) -> Iterator[tuple[Loss, str]]:
    steps = [
        PaperStep(step["verb"], step["edition"], step.get("number"), step.get("reason")) for step in record["steps"]
    ]
    if steps != paper.steps:
        yield "twice" if len(steps) > len(paper.steps) else "lost", f"{key}: {steps} are kept, {paper.steps} were done"


def _wrong_entries(
    key: str, paper: Paper, entered: dict[tuple[str, str, str], list[str]]
) -> Iterator[tuple[Loss, str]]:
    """A step is entered before it takes effect, so a crash may leave an entry more, but never one less."""
    for step in paper.steps:
        about = [part for part in (step.number, step.reason) if part]
        reasons = entered.get((SECRETARY, _VERBS[step.verb], key), [])
        times = sum(other.verb == step.verb for other in paper.steps)
        if len(reasons) < times or not any(all(part in reason for part in about) for reason in reasons):
            yield "lost", f"{key}: {step} is not in the audit chain, which has {reasons}"


async def _wrong_scan(
    council: Any, about: str, given: bytes | None, kept: dict[str, Any] | None
) -> list[tuple[Loss, str]]:
    if kept is None or kept["withdrawn"] is not None:
        return [("lost", f"{about}: its scan is not kept")] if given is not None else []
    parts = [chunk["data"] async for chunk in council["scans.chunks"].find({"files_id": kept["id"]}).sort("n")]
    if b"".join(parts) != given or not await council["scans.files"].count_documents({"_id": kept["id"]}):
        return [("lost", f"{about}: its scan is not the file that was uploaded")]
    return []
