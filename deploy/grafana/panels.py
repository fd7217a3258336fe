"""The parts of a dashboard: queries, panels, and the JSON that Grafana reads for them.

Colours carry a meaning: green is in order, orange waits, red is a fault, and each service has a colour of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from shared.contracts.json_values import JsonObject

SOURCE: Final[JsonObject] = {"type": "prometheus", "uid": "prometheus"}
"""The data source of deploy/grafana/provisioning/datasources."""

GOOD, WAITS, BAD, PLAIN = "green", "orange", "red", "#5794F2"
SERVICE_COLOURS: Final = {"intake": "#3274D9", "scoring": "#8F3BB8", "council": "#0E9AA7", "notify": "#B8860B"}

NAME: Final = "name"
"""In place of a unit: a stat shows the name of its series, and its value means nothing."""

Kind = Literal["stat", "timeseries", "bargauge", "table"]
Steps = tuple[tuple[float | None, str], ...]
"""From which value on a colour holds; the first step has no value."""

_SIZES: Final[dict[Kind, tuple[int, int]]] = {
    "stat": (4, 4),
    "timeseries": (8, 8),
    "bargauge": (8, 8),
    "table": (8, 8),
}


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL query; ``legend`` names its series, with ``{{label}}`` for a label's value. A ``colour`` is fixed."""

    expr: str
    legend: str = ""
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of a kind. ``see`` is one Vietnamese sentence: what to see or what to do.

    ``unit`` is Grafana's id of a unit, or ``NAME``. ``columns`` are the labels that a table shows, with their headings.
    """

    kind: Kind
    title: str
    see: str
    unit: str
    queries: tuple[Query, ...]
    steps: Steps = ((None, PLAIN),)
    columns: tuple[tuple[str, str], ...] = ()
    link: tuple[str, str] | None = None
    width: int = 0

    def size(self) -> tuple[int, int]:
        """Width and height in Grafana's grid, which is 24 wide."""
        width, height = _SIZES[self.kind]
        return self.width or width, height

    def wide(self, width: int) -> Panel:
        """The same panel in another width."""
        return replace(self, width=width)

    def linked(self, title: str, url: str) -> Panel:
        """The same panel, whose series open another page; ``${__field.labels.x}`` is the value of a label."""
        return replace(self, link=(title, url))

    def json(self, number: int, x: int, y: int) -> JsonObject:
        """What Grafana reads."""
        width, height = self.size()
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.see,
            "gridPos": {"x": x, "y": y, "w": width, "h": height},
            "datasource": SOURCE,
            "fieldConfig": {"defaults": self._defaults(), "overrides": self._overrides()},
            "options": self._options(),
            "targets": [self._target(n, query) for n, query in enumerate(self.queries)],
            **self._transformations(),
        }

    def _target(self, n: int, query: Query) -> JsonObject:
        target: dict[str, str | bool | JsonObject] = {
            "refId": chr(ord("A") + n),
            "datasource": SOURCE,
            "expr": query.expr,
            "legendFormat": query.legend or self.title,
        }
        if self.kind != "timeseries":
            target |= {"instant": True, "range": False}
        if self.kind == "table":
            target |= {"format": "table"}
        return target

    def _defaults(self) -> JsonObject:
        steps: list[JsonObject] = [{"value": value, "color": colour} for value, colour in self.steps]
        defaults: dict[str, str | int | JsonObject | list[JsonObject]] = {
            "unit": "none" if self.unit == NAME else self.unit,
            "thresholds": {"mode": "absolute", "steps": steps},
        }
        if self.kind == "timeseries":
            defaults["min"] = 0
            defaults["color"] = {"mode": "palette-classic"}
            limits = "dashed" if len(self.steps) > 1 else "off"
            defaults["custom"] = {
                "lineWidth": 1,
                "fillOpacity": 8,
                "showPoints": "never",
                "thresholdsStyle": {"mode": limits},
            }
        else:
            defaults["color"] = {"mode": "thresholds"}
        if self.unit == "bool_yes_no":
            words: JsonObject = {"0": {"text": "Không", "index": 0}, "1": {"text": "Có", "index": 1}}
            defaults["mappings"] = [{"type": "value", "options": words}]
        if self.link is not None:
            title, url = self.link
            defaults["links"] = [{"title": title, "url": url}]
        return defaults

    def _overrides(self) -> Sequence[JsonObject]:
        if self.kind != "timeseries":
            return []
        fixed = [("byName", query.legend, query.colour) for query in self.queries if query.colour]
        if any("{{job}}" in query.legend for query in self.queries):
            fixed += [("byRegexp", f"/^{job}\\b/", colour) for job, colour in SERVICE_COLOURS.items()]
        return [
            {
                "matcher": {"id": matcher, "options": names},
                "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
            }
            for matcher, names, colour in fixed
        ]

    def _options(self) -> JsonObject:
        last: JsonObject = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        if self.kind == "stat":
            several = len(self.queries) > 1 or "{{" in self.queries[0].legend
            text = "value_and_name" if several else "value"
            return {
                "colorMode": "background" if len(self.steps) > 1 else "value",
                "graphMode": "none",
                "textMode": "name" if self.unit == NAME else text,
                "reduceOptions": last,
            }
        if self.kind == "bargauge":
            return {"orientation": "horizontal", "displayMode": "basic", "reduceOptions": last}
        if self.kind == "table":
            return {"showHeader": True, "sortBy": [{"displayName": "Giá trị", "desc": True}]}
        return {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }

    def _transformations(self) -> dict[str, Sequence[JsonObject]]:
        """A table shows its columns in their order, then the value, and nothing else."""
        if self.kind != "table":
            return {}
        labels = [name for name, _ in self.columns]
        headings = {**dict(self.columns), "Value": "Giá trị"}
        organize: JsonObject = {
            "includeByName": dict.fromkeys([*labels, "Value"], True),
            "indexByName": {name: n for n, name in enumerate([*labels, "Value"])},
            "renameByName": headings,
        }
        return {"transformations": [{"id": "organize", "options": organize}]}


def stat(title: str, see: str, unit: str, *queries: Query | str, steps: Steps = ((None, PLAIN),)) -> Panel:
    """The current value of each series, large."""
    return Panel("stat", title, see, unit, _queries(queries), steps)


def lines(title: str, see: str, unit: str, *queries: Query | str, limit: float | None = None) -> Panel:
    """How series change over time; ``limit`` is drawn as a dashed line."""
    steps: Steps = ((None, "transparent"), (limit, BAD)) if limit is not None else ((None, PLAIN),)
    return Panel("timeseries", title, see, unit, _queries(queries), steps)


def bars(title: str, see: str, unit: str, *queries: Query | str, steps: Steps = ((None, PLAIN),)) -> Panel:
    """The current value of each series as a bar."""
    return Panel("bargauge", title, see, unit, _queries(queries), steps)


def table(title: str, see: str, unit: str, query: str, **columns: str) -> Panel:
    """The current series as rows: the label ``columns`` with their headings, then the value."""
    return Panel("table", title, see, unit, (Query(query),), columns=tuple(columns.items()))


def below(bad: float, waits: float | None = None) -> Steps:
    """Red below ``bad``, orange below ``waits``, green from there on."""
    middle = ((bad, WAITS), (waits, GOOD)) if waits is not None else ((bad, GOOD),)
    return ((None, BAD), *middle)


def above(bad: float, waits: float | None = None) -> Steps:
    """Green, orange from ``waits`` on, red from ``bad`` on."""
    middle = ((waits, WAITS),) if waits is not None else ()
    return ((None, GOOD), *middle, (bad, BAD))


def _queries(given: Sequence[Query | str]) -> tuple[Query, ...]:
    return tuple(Query(one) if isinstance(one, str) else one for one in given)
