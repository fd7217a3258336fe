"""A whole dashboard: rows of panels in Grafana's grid, links to the others, and marks for dates and alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deploy.grafana.panels import SOURCE, Panel
from shared.contracts.json_values import JsonObject

_WIDTH: Final = 24
_TAG: Final = "thidua"
_SCHEMA_VERSION: Final = 41


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading, from left to right."""

    heading: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. ``uid`` is in its address and never changes; ``hours`` is the span that it opens with."""

    uid: str
    title: str
    about: str
    rows: tuple[Row, ...]
    hours: int = 6

    def json(self) -> JsonObject:
        """What Grafana reads."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.about,
            "tags": [_TAG],
            "schemaVersion": _SCHEMA_VERSION,
            "editable": False,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": f"now-{self.hours}h", "to": "now"},
            "timezone": "Asia/Ho_Chi_Minh",
            "weekStart": "monday",
            "links": [_link()],
            "annotations": {"list": _marks()},
            "panels": self._panels(),
        }

    def _panels(self) -> list[JsonObject]:
        """Each row begins on a line of its own, and a panel that no longer fits begins the next line."""
        made: list[JsonObject] = []
        y = 0
        for row in self.rows:
            place = {"x": 0, "y": y, "w": _WIDTH, "h": 1}
            made.append(
                {
                    "id": len(made) + 1,
                    "type": "row",
                    "title": row.heading,
                    "collapsed": False,
                    "gridPos": place,
                    "panels": [],
                }
            )
            x, y, height = 0, y + 1, 0
            for panel in row.panels:
                width, tall = panel.size()
                if x + width > _WIDTH:
                    x, y, height = 0, y + height, 0
                made.append(panel.json(len(made) + 1, x, y))
                x, height = x + width, max(height, tall)
            y += height
        return made


def _link() -> JsonObject:
    """The other dashboards, over each of them, for the same span of time."""
    return {
        "type": "dashboards",
        "title": "Các bảng khác",
        "tooltip": "Mở bảng khác với cùng khoảng thời gian",
        "tags": [_TAG],
        "icon": "external link",
        "asDropdown": False,
        "includeVars": False,
        "keepTime": True,
        "targetBlank": False,
    }


def _marks() -> list[JsonObject]:
    """Vertical lines in all graphs. The first two are at the instant that their metric holds, in milliseconds."""
    return [
        _mark(
            "Hạn nộp báo cáo",
            "orange",
            "max by (plan, obligation) (thidua_deadline_timestamp_seconds) * 1000",
            "{{plan}} {{obligation}}",
            at_value=True,
        ),
        _mark(
            "Phiên họp",
            "purple",
            "max by (plan, session) (thidua_session_timestamp_seconds) * 1000",
            "{{plan}} {{session}}",
            at_value=True,
        ),
        _mark("Cảnh báo", "red", 'max by (alertname, job) (ALERTS{alertstate="firing"})', "{{alertname}} {{job}}"),
    ]


def _mark(name: str, colour: str, expr: str, text: str, *, at_value: bool = False) -> JsonObject:
    return {
        "name": name,
        "enable": True,
        "iconColor": colour,
        "datasource": SOURCE,
        "expr": expr,
        "step": "60s",
        "titleFormat": name,
        "textFormat": text,
        "useValueForTime": at_value,
    }
