"""Render the desk's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.contracts.council import Agenda
from shared.contracts.units import UnitRegister
from shared.runtime.vietnamese import can_cu, gio_ngay

_STATUS = {"draft": "dự thảo", "closed": "đã kết thúc", "historical": "đã qua trước khi ban hành kế hoạch"}


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("services.council.desk", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def agenda_page(agenda: Agenda, register: UnitRegister, documents: Mapping[str, str], changed_at: datetime) -> str:
    """A session's agenda as HTML; ``documents`` are the numbers of the source documents by their keys."""
    return (
        _environment()
        .get_template("agenda.html")
        .render(
            agenda=agenda,
            name_of=register.name_of,
            status=_STATUS[agenda.status],
            changed_at=gio_ngay(changed_at),
            cite=lambda row: can_cu(row, documents),
        )
    )


def sessions_page(agendas: Sequence[tuple[str, Agenda]]) -> str:
    """The list of sessions as HTML; each with the path of its agenda."""
    rows: list[dict[str, Any]] = [
        {"path": path, "name": each.name, "status": _STATUS[each.status], "count": len(each.items)}
        for path, each in agendas
    ]
    return _environment().get_template("sessions.html").render(agendas=rows)
