"""Writes the letter of a notice: its kind, its lines in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final

from services.notify.ladder import office_of
from services.notify.mails.consequences import consequence, waiting_criteria, waiting_session
from services.notify.mails.letterhead import Background, Letterhead
from services.notify.mails.subjects import state, subject
from services.notify.mails.wordings import Entry, MailKind, Wording
from shared.contracts.model import VIETNAM, Kind, local
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.wording.citations import Citing, citations, document_with_subject
from shared.wording.formats import (
    INFERRED_AS_OF,
    cac_ngay,
    gia_han,
    gio_phut,
    ngay,
    thoi_han_theo_thu,
    truoc_ngay,
)
from shared.wording.unit_names import addressed_to, addressee, copied_to, full_name, head_title, office_name

_AT_ONCE: Final[dict[str, MailKind]] = {
    "returned": "returned",
    "asked": "asked",
    "granted": "granted",
    "refused": "refused",
    "weekly": "weekly",
}
_WANTED_AFTER: Final = 2
_END_OF_WORK: Final = time(17)
"""What is late is asked for by 17:00 on the second working day (docs/decisions/0041)."""

TRIAL: Final = "Thư thử nghiệm của hệ thống, không phải thực hiện."
_OFFICIAL_NUMBER: Final = re.compile(r"[0-9].*/.+")


def kind_of(notice: Notice, office: str) -> MailKind:
    """The kind of a notice's letter; ``office`` is the code of the standing office that sends it."""
    if notice.role in ("leader", "chair"):
        return "leader" if notice.role == "leader" else "chair"
    line = notice.lines[0]
    if notice.role == "head":
        return "leader" if line.agency not in (None, notice.recipient) else "head"
    if (at_once := _AT_ONCE.get(line.stage)) is not None:
        return at_once
    if notice.recipient == office:
        return "internal"
    return "overdue" if line.stage.startswith("L+") else "reminder"


def wording_of(notice: Notice, background: Background, letterhead: Letterhead) -> Wording:
    """The letter of a notice. Raises ``KeyError`` if ``background`` lacks the plan of a line."""
    register, now = background.register, local(notice.sent_at)
    plan, documents = background.plan_of(notice)
    office = office_of(plan, letterhead.office)
    name = in_one_line(office_name(register, office, plan.office.name if plan.office else full_name(register, office)))
    kind = kind_of(notice, office)
    citing = Citing(documents, document_with_subject)
    basis, is_shared = _common_basis(notice, background, citing)
    entries = tuple(
        _entry(notice, line, background, letterhead, None if is_shared else citing) for line in notice.lines
    )
    title = _title(notice, kind, name, background)
    agency = full_name(register, notice.recipient)
    addressed = [addressee(register, notice.recipient)]
    if kind == "chair":
        addressed = [addressed_to(f"Đồng chí {title} Thi đua - Khen thưởng tỉnh")]
    elif notice.recipient == office:
        addressed = [addressed_to(name)]
    if title and kind != "chair":
        addressed.append(copied_to(title))
    wanted = datetime.combine(background.calendar.shift(now.date(), _WANTED_AFTER), _END_OF_WORK, VIETNAM)
    contact = letterhead.contact
    return Wording(
        kind=kind,
        subject=in_one_line(subject(notice, kind, title or "", entries[0].thing, entries[0].paper, background)),
        office=name,
        addressed=tuple(addressed),
        agency=name if notice.recipient == office else agency,
        to=f"đồng chí {title}" if title else agency,
        verb="thực hiện" if any(entry.thing == "nhiệm vụ" for entry in entries) else "gửi",
        basis=basis,
        entries=entries,
        now=gio_phut(notice.sent_at),
        day=ngay(now.date()),
        wanted=f"trước {gio_phut(wanted)}",
        session=entries[0].session,
        consequences=_consequences(entries),
        contact=contact_line(contact.name, contact.title, contact.phone) if contact else None,
        trial=None if letterhead.environment == "production" else TRIAL,
    )


def obligation_of(line: NoticeLine, plan: Plan) -> Obligation | None:
    """The obligation a line is about; None for a task. A line of the last release names only its duty."""
    named = line.obligation or line.duty
    return plan.obligation.get(named) or plan.obligation.get(named.rpartition("-")[0])


def in_one_line(text: str) -> str:
    """A text of a plan, which may have line breaks, as a header or a content can hold it."""
    return " ".join(text.split())


def contact_line(name: str, title: str | None, phone: str | None) -> str:
    """Whom to call, in one line."""
    return ", ".join(filter(None, (name, title, f"điện thoại {phone}" if phone else None)))


def _title(notice: Notice, kind: MailKind, office_name: str, background: Background) -> str | None:
    """The title of the person a letter goes to beside the unit; None if it goes to the unit alone."""
    if kind == "chair":
        return "Chủ tịch Hội đồng"
    if notice.role == "leader":
        return "Trưởng ban" if office_name.startswith("Ban ") else "Thủ trưởng cơ quan"
    return head_title(background.register, notice.recipient) if notice.role == "head" else None


def _common_basis(notice: Notice, background: Background, citing: Citing) -> tuple[str | None, bool]:
    """What the letter's first sentence cites, and whether that is the citation of every line.

    It is the section that all lines share, or else their plan; None if they are of several plans.
    """
    first = background.plan_of(notice, notice.lines[0])
    if any(background.plan_of(notice, line).plan.key != first.plan.key for line in notice.lines):
        return None, False
    cite, *others = {line.cite for line in notice.lines}
    if not others and any(document in first.documents for document, _ in citations(cite)):
        return citing.among(first.documents).text(cite), True
    return citing.document(first.plan.source), False


def _entry(
    notice: Notice, line: NoticeLine, background: Background, letterhead: Letterhead, citing: Citing | None
) -> Entry:
    """A line in words. ``citing`` is None if the letter has cited it already."""
    cited, sent_on = background.plan_of(notice, line), local(notice.sent_at).date()
    obligation = obligation_of(line, cited.plan)
    thing = _thing(obligation)
    last_day = line.last_day
    late = last_day is not None and sent_on > last_day
    return Entry(
        what=f"{in_one_line(line.what).rstrip('.')}{_as_of(obligation, cited.plan, line)}",
        named=_named(line, thing),
        thing=thing,
        basis=citing.among(cited.documents).text(line.cite) if citing else None,
        agency=full_name(background.register, line.agency) if line.agency else None,
        before=truoc_ngay(last_day) if last_day else None,
        deadline=thoi_han_theo_thu(last_day, background.calendar.on_or_before(last_day)) if last_day else None,
        moved=gia_han(line.extended_from, last_day) if line.extended_from and last_day else None,
        state=state(line, sent_on, background.calendar),
        late=late,
        recipients=_recipients(obligation),
        history=_history(line),
        waiting=waiting_criteria(cited.plan, obligation) if obligation and late else (),
        session=waiting_session(cited.plan, background.sessions, sent_on),
        link=letterhead.link(line),
        paper=_paper(line),
        received=gio_phut(line.received_at) if line.received_at else None,
        reasons=tuple(text for part in (line.note or "").splitlines() if (text := in_one_line(part).rstrip("."))),
    )


def _thing(obligation: Obligation | None) -> str:
    if obligation is None:
        return "nhiệm vụ"
    return "danh sách" if obligation.kind is Kind.LISTED else "báo cáo"


def _consequences(entries: Sequence[Entry]) -> tuple[str, ...]:
    """What waits for the contents, one sentence a session."""
    waiting = [entry for entry in entries if entry.waiting]
    sessions = dict.fromkeys(entry.session for entry in waiting)
    return tuple(
        consequence([entry.thing for entry in of], [criterion for entry in of for criterion in entry.waiting], session)
        for session in sessions
        for of in ([entry for entry in waiting if entry.session == session],)
    )


def _named(line: NoticeLine, thing: str) -> str:
    """The content within a sentence: "danh sách cơ quan, đơn vị …", or in quotation marks."""
    what = in_one_line(line.what).rstrip(".")
    handed_in = what.removeprefix("Cung cấp ")
    handed_in = f"{handed_in[0].lower()}{handed_in[1:]}"
    return handed_in if handed_in.startswith(thing) else f"nội dung “{what}”"


def _as_of(obligation: Obligation | None, plan: Plan, line: NoticeLine) -> str:
    """Up to when figures are counted, and for a yearly report the year."""
    if obligation is None:
        return ""
    if obligation.yearly and line.period:
        return f", kỳ báo cáo năm {line.period}"
    as_of = obligation.as_of or (plan.movement.as_of if obligation.infers_as_of and plan.movement else None)
    if as_of is None:
        return ""
    return f", số liệu tính đến hết ngày {ngay(as_of)}" + (f" ({INFERRED_AS_OF})" if obligation.infers_as_of else "")


def _recipients(obligation: Obligation | None) -> str | None:
    if obligation is None or not obligation.recipients:
        return None
    names = [
        f"{name[0].lower()}{name[1:]}" if name.startswith(("Các ", "Đơn vị ")) else name
        for name in obligation.recipients
    ]
    inferred = " (suy ra, nguồn không nêu)" if "recipients" in obligation.inferred else ""
    return f"{'; '.join(names)}{inferred}"


def _history(line: NoticeLine) -> str | None:
    """The earlier reminders: "đã nhắc ngày 14/11, 23/11/2023, đôn đốc lần 1 ngày 05/12/2023"."""
    last_day = line.last_day or date.max
    before = [day for day in line.reminded_on if day <= last_day]
    after = [day for day in line.reminded_on if day > last_day]
    parts = [f"nhắc ngày {cac_ngay(before)}"] if before else []
    parts += [f"đôn đốc lần {nth} ngày {ngay(day)}" for nth, day in enumerate(after, start=1)]
    return f"đã {', '.join(_shortened(parts, bool(before)))}" if parts else None


def _shortened(parts: Sequence[str], has_before: bool) -> list[str]:
    """The parts without those in the middle if there are many, so that a long delay stays readable."""
    kept = 1 if has_before else 0
    return [*parts] if len(parts) <= kept + 3 else [*parts[:kept], *parts[kept : kept + 1], "…", *parts[-2:]]


def _paper(line: NoticeLine) -> str | None:
    if line.paper is None:
        return None
    number = f"Báo cáo số {line.paper}" if _OFFICIAL_NUMBER.fullmatch(line.paper) else f"Báo cáo {line.paper}"
    return f"{number} ngày {ngay(line.paper_date)}" if line.paper_date else number
