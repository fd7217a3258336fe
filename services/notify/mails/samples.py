"""Letters with every part and with as few as possible, with which the templates are tried at the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

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
