"""The ways a notice leaves: a file in the outbox folder, and the log."""

from __future__ import annotations

import asyncio
import os
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import structlog

from shared.contracts.model import local
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.units import UnitRegister
from shared.plans.deadlines import working_days_between
from shared.wording.formats import can_cu, ngay

log = structlog.get_logger(__name__)


_AT_ONCE = {
    "returned": "Trả lại báo cáo",
    "asked": "Đề nghị gia hạn báo cáo",
    "granted": "Gia hạn báo cáo",
    "refused": "Không gia hạn báo cáo",
}
"""What is told at once, and how the mail is headed; a reminder's heading depends on its stage."""


def message(
    notice: Notice, register: UnitRegister, documents: dict[str, str], mail_domain: str, office: str
) -> EmailMessage:
    """A notice as a mail in Vietnamese, from the standing office to the recipient's functional mailbox."""
    mail = EmailMessage(policy=SMTP)
    name = register.name_of(notice.recipient)
    at_once = _AT_ONCE.get(notice.lines[0].stage)
    late = any(line.stage.startswith("L+") for line in notice.lines)
    what = at_once or ("Đôn đốc báo cáo quá hạn" if late else "Nhắc việc sắp đến hạn")
    mail["Subject"] = f"{what}: {len(notice.lines)} nội dung"
    mail["From"] = f"{office}@{mail_domain}"
    mail["To"] = f"{notice.recipient}@{mail_domain}"
    mail["Date"] = format_datetime(local(notice.sent_at))
    mail["Message-ID"] = f"<{notice.id}@{mail_domain}>"
    told = "thông báo" if at_once else "nhắc"
    body = [f"Kính gửi: {name}", "", f"Ban Thi đua - Khen thưởng trân trọng {told} các nội dung sau:", ""]
    sent_on = local(notice.sent_at).date()
    body += [f"{n}. {_line(line, sent_on, documents, register)}" for n, line in enumerate(notice.lines, start=1)]
    body += ["", "Trân trọng." if at_once else "Nếu đã gửi báo cáo, đề nghị kiểm tra giấy tiếp nhận. Trân trọng."]
    mail.set_content("\n".join(body), cte="base64")
    return mail


def _line(line: NoticeLine, sent_on: date, documents: dict[str, str], register: UnitRegister) -> str:
    basis = f"Căn cứ: {can_cu(line.cite, documents)}."
    note = f" {line.note.rstrip('.')}." if line.note else ""
    if line.last_day is None:
        return f"{line.what}.{note} {basis}"
    left = working_days_between(sent_on, line.last_day)
    ahead = f"còn {left} ngày làm việc" if left else "hôm nay là ngày cuối"
    when = "đã quá hạn" if sent_on > line.last_day else ahead
    if line.stage in ("asked", "refused"):
        wanted = f"{register.name_of(line.agency)} đề nghị đến" if line.agency else "giữ hạn"
        return f"{line.what} – {wanted} hết ngày {ngay(line.last_day)}.{note} {basis}"
    moved = f", gia hạn từ ngày {ngay(line.extended_from)}" if line.extended_from else ""
    return f"{line.what} – hạn chót hết ngày {ngay(line.last_day)}{moved} ({when}).{note} {basis}"


class OutboxFolder:
    """Writes each notice as ``<id>.eml``; writing it again replaces the same file, so nothing goes out twice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, notice: Notice, mail: EmailMessage) -> None:
        """Write the mail durably. Raises ``OSError`` where the folder cannot be written."""
        await asyncio.to_thread(self._write, notice.id, mail.as_bytes())
        log.info("notice sent", notice=notice.id, recipient=notice.recipient, lines=len(notice.lines))

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{name}.draft"
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / f"{name}.eml")
