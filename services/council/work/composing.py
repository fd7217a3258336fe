"""The page on which an agenda is put together: its order, what is added to it and what is taken off. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk.needs import page_of
from services.council.desk.session_lines import item_notes
from services.council.desk.session_page import SessionData
from services.council.sessions.lifecycle import ALLOWED, PHASE_NAMES
from services.council.sessions.outcomes import subjects_of
from services.council.state import StoredSession
from shared.contracts.council import AgendaItem
from shared.contracts.sessions import RemovedItem
from shared.wording.formats import gio_ngay

RESTORED: Final = "đưa trở lại"
"""The reason with which an item comes back by one click."""


@dataclass(frozen=True, slots=True)
class ComposedItem:
    """An item of the agenda. ``notes`` say why it stands where it stands, and how many it is about."""

    number: int
    id: str
    title: str
    supplement: bool
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class TakenOff:
    """An item that was taken off, and what is said of it."""

    id: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class ComposingView:
    """The page. ``movable``: the order may still change; ``open``: items may still be added."""

    address: str
    version: int
    movable: bool
    open: bool
    first: str
    items: Sequence[ComposedItem]
    removed: Sequence[TakenOff]
    restored: str = RESTORED


def composing_view(data: SessionData) -> ComposingView:
    """The page of one session as it stands."""
    stored = data.stored
    movable, is_open = stored.phase in ALLOWED["move"], stored.phase in ALLOWED["add"]
    return ComposingView(
        address=page_of(stored),
        version=stored.meeting.version,
        movable=movable,
        open=is_open,
        first=_first(stored, movable=movable, is_open=is_open),
        items=[_item(item, data) for item in stored.agenda.items],
        removed=[_taken_off(entry) for entry in stored.meeting.removed],
    )


def place_of(session: StoredSession, item: str) -> str:
    """Where an item is found on the page: its place; that of what was taken off if it does not stand there."""
    number = next((entry.number for entry in session.agenda.items if entry.id == item), None)
    return f"#noi-dung-{number}" if number is not None else "#da-dua-ra"


def _first(session: StoredSession, *, movable: bool, is_open: bool) -> str:
    count = len(session.agenda.items)
    if movable:
        return f"{count} nội dung; thứ tự và nội dung sửa được đến khi chốt."
    if is_open:
        return f"Chương trình đã chốt; nội dung thêm được đánh số {count + 1} trở đi và ghi là bổ sung."
    return f"Không sửa được nữa: phiên họp đang ở trạng thái “{PHASE_NAMES[session.phase]}”."


def _item(item: AgendaItem, data: SessionData) -> ComposedItem:
    subjects = subjects_of(item)
    about = data.subjects.name(subjects[0]) if len(subjects) == 1 else f"{len(subjects)} trường hợp"
    notes = [*([about] if subjects else []), *item_notes(item, data.session_names)]
    return ComposedItem(item.number, item.id, item.title, item.supplement, notes)


def _taken_off(entry: RemovedItem) -> TakenOff:
    return TakenOff(entry.item, entry.title, f"{entry.by} đưa ra lúc {gio_ngay(entry.at)}; lý do: {entry.reason}")
