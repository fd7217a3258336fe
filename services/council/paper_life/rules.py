"""The steps in the life of a paper: each takes the record as it stands and returns it as it is afterwards. Pure.

Every step raises ``SessionProblem`` where it is not possible, and is noted with who did it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from services.council.paper_life.state import (
    Made,
    Numbered,
    PaperRecord,
    PaperStep,
    PaperVersion,
    Scan,
    Verb,
    Withdrawal,
)
from services.council.sessions.actions import Actor
from services.council.sessions.problem import SessionProblem
from shared.contracts.model import NUMBER_PATTERN, local
from shared.runtime.http.error_wording import NUMBER_FORM
from shared.wording.formats import ngay

_EARLIEST: Final = 2000


def make(record: PaperRecord, made: Made, reason: str, actor: Actor) -> PaperRecord:
    """The paper was made to be signed. A paper in force gets a new edition, which needs a reason.

    Making the same text again changes nothing.
    """
    current = record.current
    if current is not None and current.scan is None and current.numbered is None:
        if current.made is not None and current.made.text == made.text:
            return record
        return _stepped(record, current.model_copy(update={"made": made}), "make", actor)
    if current is None:
        return _stepped(record, PaperVersion(n=1, made=made), "make", actor)
    if record.state != "issued":
        detail = "Đã có bản ký hoặc số văn bản của lần lập này; hãy ghi đủ số, ngày và bản ký trước khi lập lại."
        raise SessionProblem(409, "has_scan", detail)
    if not reason:
        detail = "Văn bản đã ban hành; muốn lập văn bản thay thế cần ghi lý do."
        raise SessionProblem(422, "reason_needed", detail, "/reason")
    return _stepped(record, PaperVersion(n=current.n + 1, made=made), "make", actor, reason=reason)


def require_no_scan(record: PaperRecord) -> None:
    """Raise ``SessionProblem`` (409) where the latest edition has its scan; it is withdrawn before another comes."""
    if record.current is not None and record.current.scan is not None:
        detail = "Văn bản này đã có bản ký; nếu tải nhầm, hãy thu hồi bản đó trước rồi tải bản đúng lên."
        raise SessionProblem(409, "has_scan", detail)


def add_scan(record: PaperRecord, scan: Scan, actor: Actor) -> PaperRecord:
    """The signed paper was uploaded."""
    require_no_scan(record)
    current = record.current or PaperVersion(n=1)
    return _stepped(record, current.model_copy(update={"scans": (*current.scans, scan)}), "scan", actor)


def withdraw_scan(record: PaperRecord, reason: str, actor: Actor) -> PaperRecord:
    """The scan was uploaded by mistake. Its file is kept; the number and the day stay, the paper bears them."""
    current = record.current
    if current is None or (scan := current.scan) is None:
        raise _no_scan()
    withdrawal = Withdrawal(by=actor.by, at=actor.at, reason=reason)
    scans = (*current.scans[:-1], scan.model_copy(update={"withdrawn": withdrawal}))
    return _stepped(record, current.model_copy(update={"scans": scans}), "withdraw", actor, reason=reason)


def give_number(record: PaperRecord, number: str, day: date, symbol: str, actor: Actor) -> PaperRecord:
    """The number and the local day that stand on the signed paper. A bare number is completed with the kind's symbol.

    Without having named the version seen, nobody replaces a number.
    """
    if not record.bears_number:
        detail = f"“{record.name}” không có số và ngày ban hành; chỉ cần bản ký."
        raise SessionProblem(409, "no_number", detail)
    current = record.current
    if current is None or current.scan is None:
        raise _no_scan()
    if current.numbered is not None and not actor.replaces:
        detail = f"Văn bản đã có số {current.numbered.number} ngày {ngay(current.numbered.day)}."
        raise SessionProblem(409, "already_recorded", detail)
    written = f"{number}/{symbol}" if number.isdecimal() else number
    if re.fullmatch(NUMBER_PATTERN, written) is None or "/" not in written:
        raise SessionProblem(422, "invalid", f"Số văn bản “{number[:80]}” không đúng: {NUMBER_FORM}.", "/number")
    today = local(actor.at).date()
    if day > today:
        detail = f"Ngày văn bản {ngay(day)} chưa đến; hôm nay là {ngay(today)}."
        raise SessionProblem(422, "date_in_future", detail, "/day")
    if day.year < _EARLIEST:
        raise SessionProblem(422, "invalid", f"Ngày văn bản {ngay(day)} quá xa; cần ngày trên bản ký.", "/day")
    numbered = Numbered(number=written, day=day, by=actor.by, at=actor.at)
    return _stepped(record, current.model_copy(update={"numbered": numbered}), "number", actor, number=written)


def require_free_number(record: PaperRecord, others: Iterable[PaperRecord]) -> None:
    """Raise ``SessionProblem`` (422) where another paper of the province, or an earlier edition, has the number.

    Numbers begin again each year (NĐ 30/2020).
    """
    own = numbers_of(record)
    latest = own[-1] if own else ""
    twice = latest and latest in own[:-1]
    other = next((other for other in others if other.id != record.id and latest in numbers_of(other)), None)
    if latest and (twice or other is not None):
        whose = f"“{other.name}”" if other is not None else "lần ban hành trước của văn bản này"
        number = latest.rpartition("|")[2]
        raise SessionProblem(422, "number_taken", f"Số {number} trong năm đó đã ghi cho {whose}.", "/number")


def numbers_of(record: PaperRecord) -> list[str]:
    """What no two papers of a province share: its province, year and number, for every edition that has a number."""
    province = record.session.partition("/")[0]
    numbered = (version.numbered for version in record.versions)
    return [f"{province}|{given.day.year}|{given.number}" for given in numbered if given is not None]


def _stepped(
    record: PaperRecord, version: PaperVersion, verb: Verb, actor: Actor, *, reason: str | None = None, number: str = ""
) -> PaperRecord:
    step = PaperStep(
        verb=verb,
        by=actor.by,
        role=actor.role,
        at=actor.at,
        edition=version.n,
        reason=reason,
        number=number or None,
    )
    versions = (*(kept for kept in record.versions if kept.n != version.n), version)
    return record.model_copy(update={"versions": versions, "steps": (*record.steps, step)})


def _no_scan() -> SessionProblem:
    return SessionProblem(409, "no_scan", "Văn bản này chưa có bản ký; hãy tải bản ký lên trước.")
