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
from shared.runtime.vietnamese import can_cu, ngay

log = structlog.get_logger(__name__)


def message(notice: Notice, register: UnitRegister, documents: dict[str, str], mail_domain: str) -> EmailMessage:
    """A notice as a mail in Vietnamese, from the standing office to the recipient's functional mailbox."""
    mail = EmailMessage(policy=SMTP)
    name = register.name_of(notice.recipient)
    late = any(line.stage.startswith("L+") for line in notice.lines)
    what = "Đôn đốc báo cáo quá hạn" if late else "Nhắc việc sắp đến hạn"
    mail["Subject"] = f"{what}: {len(notice.lines)} nội dung"
    mail["From"] = f"ban-tdkt@{mail_domain}"
    mail["To"] = f"{notice.recipient}@{mail_domain}"
    mail["Date"] = format_datetime(local(notice.sent_at))
    mail["Message-ID"] = f"<{notice.id}@{mail_domain}>"
    body = [f"Kính gửi: {name}", "", "Ban Thi đua - Khen thưởng trân trọng nhắc các nội dung sau:", ""]
    sent_on = local(notice.sent_at).date()
    body += [f"{n}. {_line(line, sent_on, documents)}" for n, line in enumerate(notice.lines, start=1)]
    body += ["", "Nếu đã gửi báo cáo, đề nghị kiểm tra giấy tiếp nhận. Trân trọng."]
    mail.set_content("\n".join(body), cte="base64")
    return mail


def _line(line: NoticeLine, sent_on: date, documents: dict[str, str]) -> str:
    left = working_days_between(sent_on, line.last_day)
    ahead = f"còn {left} ngày làm việc" if left else "hôm nay là ngày cuối"
    when = "đã quá hạn" if sent_on > line.last_day else ahead
    return f"{line.what} – hạn chót hết ngày {ngay(line.last_day)} ({when}). Căn cứ: {can_cu(line.cite, documents)}."


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
