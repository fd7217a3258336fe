"""Steps of a session in words: who did what to which item, when and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.council.sessions.lifecycle import VERB_NAMES, Verb
from shared.contracts.council import Agenda
from shared.contracts.sessions import Step
from shared.wording.formats import gio_ngay

_VERBS: Final[Mapping[str, Verb]] = {verb: verb for verb in VERB_NAMES}
_ON_PAPER: Final = ("add", "record")
"""What has a paper behind it rather than a reason."""


def titles_of(agenda: Agenda) -> dict[str, str]:
    """The titles of the items that stand on an agenda or were taken off, by id."""
    meeting = agenda.meeting
    titles = {item.id: item.title for item in agenda.items}
    titles |= {entry.item: entry.title for entry in (meeting.removed if meeting else ())}
    return titles | {entry.id: entry.title for entry in (meeting.added if meeting else ())}


def done_words(step: Step, titles: Mapping[str, str]) -> str:
    """What a step did: "đổi thứ tự nội dung “…”; lý do: …"."""
    words = VERB_NAMES[_VERBS[step.verb]] if step.verb in _VERBS else "triệu tập phiên họp"
    if step.item is not None and step.item in titles:
        words += f" “{titles[step.item]}”"
    if step.reason:
        words += f"; {'căn cứ' if step.verb in _ON_PAPER else 'lý do'}: {step.reason}"
    return words


def step_words(step: Step, agenda: Agenda) -> str:
    """A step with who took it and when: "Nguyễn Thị Hòa chốt chương trình lúc 09:00 ngày 20/12/2023"."""
    titles = titles_of(agenda)
    done, parted, reason = done_words(step, titles).partition("; ")
    return f"{step.by} {done} lúc {gio_ngay(step.at)}{parted}{reason}"


def steps_since(agenda: Agenda, version: int) -> list[str]:
    """The steps that were taken after a version, in their order."""
    steps = agenda.meeting.steps if agenda.meeting else ()
    return [step_words(step, agenda) for step in steps[version:]]
