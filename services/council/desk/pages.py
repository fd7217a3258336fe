"""Render the desk's pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.council.state import is_active, nominee
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.units import UnitRegister
from shared.runtime.audit.hash_chain import SHORT_HASH_DIGITS, Head
from shared.wording.formats import can_cu, gio_ngay, ngay

_STATUS = {
    "draft": "dự thảo",
    "frozen": "đã chốt",
    "closed": "đã kết thúc",
    "historical": "đã qua trước khi ban hành kế hoạch",
}


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("services.council.desk", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def agenda_page(
    agenda: Agenda,
    register: UnitRegister,
    nominated: Mapping[str, Mapping[str, Sequence[Nomination]]],
    documents: Mapping[str, str],
    changed_at: datetime,
    head: Head | None = None,
) -> str:
    """A session's agenda as HTML, with the council's audit chain as it stands at its foot.

    ``nominated`` are the province's nominations by movement and award, ``documents`` the numbers of the source
    documents by their keys.
    """
    rows = [
        {
            "number": item.number,
            "title": item.title,
            "supplement": item.supplement,
            "who": _who(item, register, nominated),
            "changed": item.changed,
            "now": _now(item, register, nominated) if item.changed else [],
            "cite": can_cu(item.cite, documents),
        }
        for item in agenda.items
    ]
    return (
        _environment()
        .get_template("agenda.html")
        .render(
            agenda=agenda,
            rows=rows,
            status=_STATUS[agenda.status],
            frozen_at=gio_ngay(agenda.frozen_at) if agenda.frozen_at else None,
            changed_at=gio_ngay(changed_at),
            mark=_audit_stamp(head) if head else None,
        )
    )


def _audit_stamp(head: Head) -> str:
    """What of the audit chain is put on paper, to be checked by `thidua audit verify council --head`."""
    return f"số {head.n} · {head.hash[:SHORT_HASH_DIGITS]} · {ngay(local(datetime.fromisoformat(head.at)).date())}"


def _who(
    item: AgendaItem, register: UnitRegister, nominated: Mapping[str, Mapping[str, Sequence[Nomination]]]
) -> list[dict[str, Any]]:
    """Whom an item is about, and which of them were proposed; a nomination is one, and may be withdrawn since."""
    units = [
        {"name": name, "proposed": unit in item.proposed, "withdrawn": False}
        for unit, name in zip(item.units, _names(item.units, register), strict=True)
    ]
    known = {each.id: each for each in _of(item, nominated)}
    there = [known[each] for each in item.nominations if each in known]
    return units + [
        {"name": nominee(each, register), "proposed": False, "withdrawn": not is_active(each)} for each in there
    ]


def _now(
    item: AgendaItem, register: UnitRegister, nominated: Mapping[str, Mapping[str, Sequence[Nomination]]]
) -> list[str]:
    """Whom a fixed item would be about now."""
    if not item.nominations:
        return _names(item.units_now, register)
    return [nominee(each, register) for each in _of(item, nominated) if is_active(each)]


def _of(item: AgendaItem, nominated: Mapping[str, Mapping[str, Sequence[Nomination]]]) -> Sequence[Nomination]:
    """The nominations for an item's award: its id is ``<kind>/<movement>/<award>``."""
    if item.award is None:
        return ()
    return nominated.get(item.id.split("/")[1], {}).get(item.award, ())


def _names(units: Iterable[str], register: UnitRegister) -> list[str]:
    """Names of units; never codes, which mean nothing to who reads."""
    known = (register.by_code.get(unit) for unit in units)
    return [unit.name if unit else "đơn vị chưa có trong danh sách đơn vị" for unit in known]


def sessions_page(agendas: Sequence[tuple[str, Agenda]]) -> str:
    """The list of sessions as HTML; each with the path of its agenda."""
    rows: list[dict[str, Any]] = [
        {
            "path": path,
            "name": each.name,
            "status": _STATUS[each.status],
            "count": len(each.items),
            "changed": sum(item.changed for item in each.items),
        }
        for path, each in agendas
    ]
    return _environment().get_template("sessions.html").render(agendas=rows)
