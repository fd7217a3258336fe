"""Every query of every panel and rule, run against what the demo has exported."""

from __future__ import annotations

import json
from typing import Final

import yaml

from deploy.grafana.__main__ import FOLDER
from tests.ops.empty_series import reason_for
from tests.ops.outcome import Outcome
from tests.ops.programs import PROMETHEUS
from tests.ops.watching import Watching
from tests.support.promql import selectors_of

_INTERVALS: Final = {"$__rate_interval": "1m", "$__interval": "15s"}


def filled_in(expr: str) -> str:
    """A panel's query with what Grafana would put in for its variables."""
    for name, value in _INTERVALS.items():
        expr = expr.replace(name, value)
    return expr


def panel_queries() -> list[tuple[str, str]]:
    """The title and the query of every target of every panel, and of every mark in the graphs."""
    queries: list[tuple[str, str]] = []
    for file in sorted(FOLDER.glob("*.json")):
        dashboard = json.loads(file.read_text())
        for panel in dashboard["panels"]:
            targets = panel.get("targets", ())
            queries += [
                (f"{dashboard['title']} / {panel['title']} {target['refId']}", target["expr"]) for target in targets
            ]
        marks = dashboard["annotations"]["list"]
        queries += [(f"{dashboard['title']} / {mark['name']}", mark["expr"]) for mark in marks]
    return queries


def rules() -> list[tuple[str, str]]:
    """The name and the expression of every rule."""
    files = (yaml.safe_load((PROMETHEUS / name).read_text()) for name in ("recording.yml", "alerts.yml"))
    every = [rule for file in files for group in file["groups"] for rule in group["rules"]]
    return [(rule.get("alert") or rule["record"], rule["expr"]) for rule in every]


async def run_queries(watching: Watching, outcome: Outcome) -> None:
    """A panel's query must have data. A rule must be taken, and each series that it reads must have data."""
    for name, expr in panel_queries():
        await _query(watching, outcome, "panel", name, filled_in(expr), selectors_of(expr))
    for name, expr in rules():
        try:
            await watching.series(expr)
        except ValueError as refused:
            outcome.add("rule", name, "WRONG", str(refused))
            continue
        for selector in selectors_of(expr):
            await _query(watching, outcome, "rule", f"{name}: {selector}", selector, [selector])


async def _query(watching: Watching, outcome: Outcome, what: str, name: str, expr: str, selectors: list[str]) -> None:
    try:
        series = await watching.series(expr)
    except ValueError as refused:
        outcome.add(what, name, "WRONG", str(refused))
        return
    if series:
        outcome.add(what, name, "ok")
    elif reason := reason_for(selectors):
        outcome.add(what, name, "empty", reason)
    else:
        outcome.add(what, name, "WRONG", f"no data: {expr}")
