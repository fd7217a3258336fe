"""Letters with every part and with as few as possible, with which the templates are tried at the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from services.notify.mails.invitations import SITTING_KINDS, SittingWording
from services.notify.mails.wordings import MAIL_KINDS, Entry, Wording

_BARE: Final = Entry(what="…", named="nội dung “…”", thing="báo cáo", before="…", deadline="…", state="…")
_FULL: Final = Entry(
    what="…",
    named="danh sách …",
    thing="danh sách",
    basis="…",
    agency="…",
    before="…",
    deadline="…",
    moved="…",
    state="…",
    late=True,
    recipients="…",
    history="…",
    waiting=("…", "…"),
    session="…",
    link="https://thidua.example/cong/viec-can-lam/1/2023",
    paper="Báo cáo số 1/BC-VP",
    received="…",
    reasons=("…", "…"),
)
_WORDING: Final = Wording(
    kind="reminder",
    subject="…",
    office="…",
    addressed=("…",),
    agency="…",
    to="…",
    verb="gửi",
    basis=None,
    entries=(_BARE,),
    now="…",
    day="…",
    wanted="…",
    session=None,
    consequences=(),
    contact=None,
    trial=None,
)


def samples() -> Iterator[Wording]:
    """Letters of every kind: with one bare content, with one full content, and with several."""
    for kind in MAIL_KINDS:
        bare = replace(_WORDING, kind=kind)
        full = replace(
            bare,
            addressed=("…", "…"),
            verb="thực hiện",
            basis="…",
            entries=(_FULL,),
            session="…",
            consequences=("…",),
            contact="…",
            trial="…",
        )
        yield from (bare, full, replace(full, entries=(_FULL, _BARE)))


_SITTING: Final = SittingWording(
    kind="invitation",
    subject="…",
    office="…",
    addressed=("…",),
    council="…",
    session="…",
    invited="…",
    when="…",
    place="…",
    when_before=None,
    place_before=None,
    chair=None,
    items=None,
    left=None,
    reason=None,
    page=None,
    invitation=None,
    programme=None,
    contact=None,
    trial=None,
)


def sitting_samples() -> Iterator[SittingWording]:
    """Letters about a sitting of every kind: as bare and as full as they may be."""
    link = "https://thidua.example/phien/1"
    for kind in SITTING_KINDS:
        bare = replace(_SITTING, kind=kind)
        full = replace(
            bare,
            when_before="…",
            place_before="…",
            chair="…",
            items="…",
            left="…",
            reason="…",
            page=link,
            invitation=f"{link}/moi.pdf",
            programme=f"{link}/ct.pdf",
            contact="…",
            trial="…",
        )
        yield from (bare, full)
