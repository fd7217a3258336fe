"""A notice as a mail in Vietnamese."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notify.channels.protocol import RenderedMail
from services.notify.ladder import office_of
from shared.contracts.model import local
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.working_days import WorkingDays
from shared.runtime.references import References
from shared.wording.citations import Citing, Documents
from shared.wording.formats import cham, con_lai, ngay, ngay_lam_viec_cuoi, thu
from shared.wording.unit_names import addressee, full_name

_AT_ONCE = {
    "returned": "Đề nghị bổ sung, hoàn thiện báo cáo",
    "asked": "Đề nghị gia hạn báo cáo",
    "granted": "Gia hạn báo cáo",
    "refused": "Không gia hạn báo cáo",
}
"""The heading of each notice that is sent at once. The heading of a reminder depends on its stage."""


def address(recipient: str, mail_domain: str) -> str:
    """The functional mailbox of an agency."""
    return f"{recipient}@{mail_domain}"


def message(
    notice: Notice,
    plan: Plan,
    register: UnitRegister,
    documents: Documents,
    calendar: WorkingDays,
    mail_domain: str,
    fallback: str,
) -> EmailMessage:
    """A notice as a mail in Vietnamese, from the plan's standing office to the recipient's functional mailbox.

    ``documents`` are the source documents by their keys. ``fallback`` is the office's code for a
    plan that names none.
    """
    office = office_of(plan, fallback)
    office_name = plan.office.name if plan.office else full_name(register, office)
    mail = EmailMessage(policy=SMTP)
    at_once = _AT_ONCE.get(notice.lines[0].stage)
    late = any(line.stage.startswith("L+") for line in notice.lines)
    what = at_once or ("Đôn đốc báo cáo quá hạn" if late else "Nhắc việc sắp đến hạn")
    mail["Subject"] = f"{what}: {len(notice.lines)} nội dung"
    mail["From"] = f"{office}@{mail_domain}"
    mail["To"] = address(notice.recipient, mail_domain)
    mail["Date"] = format_datetime(local(notice.sent_at))
    mail["Message-ID"] = f"<{notice.id}@{mail_domain}>"
    request = "thông báo các nội dung sau" if at_once else "đề nghị Quý cơ quan quan tâm thực hiện các nội dung sau"
    body = [addressee(register, notice.recipient), "", f"{office_name} trân trọng {request}:", ""]
    sent_on = local(notice.sent_at).date()
    citing = Citing(documents)
    body += [f"{n}. {_line(line, sent_on, citing, register, calendar)}" for n, line in enumerate(notice.lines, start=1)]
    body += ["", "Trân trọng." if at_once else "Nếu đã gửi báo cáo, đề nghị kiểm tra giấy tiếp nhận. Trân trọng."]
    mail.set_content("\n".join(body), cte="base64")
    return mail


def _line(line: NoticeLine, sent_on: date, citing: Citing, register: UnitRegister, calendar: WorkingDays) -> str:
    basis = f"Căn cứ: {citing.text(line.cite)}."
    note = f" {line.note.rstrip('.')}." if line.note else ""
    if line.last_day is None:
        return f"{line.what}.{note} {basis}"
    day, last_working_day = ngay(line.last_day), calendar.on_or_before(line.last_day)
    working = None
    if last_working_day != line.last_day:
        day, working = f"{day}, {thu(line.last_day)}", ngay_lam_viec_cuoi(last_working_day)
    if line.stage in ("asked", "refused"):
        wanted = f"{full_name(register, line.agency)} đề nghị đến" if line.agency else "giữ thời hạn"
        return f"{line.what} – {wanted} hết ngày {'; '.join(filter(None, (day, working)))}.{note} {basis}"
    moved = f", gia hạn từ hết ngày {ngay(line.extended_from)}" if line.extended_from else ""
    when = "; ".join(filter(None, (_when(sent_on, line.last_day, calendar), working)))
    return f"{line.what} – thời hạn đến hết ngày {day}{moved} ({when}).{note} {basis}"


def _when(sent_on: date, last_day: date, calendar: WorkingDays) -> str | None:
    """What is left, or the delay; None if only days off are left, where the last working day says it all."""
    if sent_on > last_day:
        return cham((sent_on - last_day).days)
    if sent_on == last_day:
        return "hôm nay là ngày cuối"
    left = calendar.between(sent_on, last_day)
    return con_lai(left) if left else None


class MailRenderer:
    """Renders notices as mails. A plan that this process has not loaded yet is read from the database.

    ``office`` is the code of the office for plans that name none. A mail of another environment than ``production``
    says so in a header.
    """

    def __init__(
        self, references: References, calendar: WorkingDays, mail_domain: str, office: str, environment: str
    ) -> None:
        self._references, self._calendar, self._environment = references, calendar, environment
        self._mail_domain, self._office = mail_domain, office

    def address(self, notice: Notice) -> str:
        """The mailbox of a notice's recipient."""
        return address(notice.recipient, self._mail_domain)

    async def render(self, notice: Notice) -> RenderedMail | None:
        """The notice as a mail; None while the database does not have its plan or its province's units."""
        if not self._knows(notice):
            await self._references.refresh()
        register = self._references.newest_register(notice.plan.province)
        if register is None or not self._references.knows_plan(notice.plan):
            return None
        plan, documents = self._references.plan(notice.plan), self._references.cited_documents(notice.plan)
        mail = message(notice, plan, register, documents, self._calendar, self._mail_domain, self._office)
        if self._environment != "production":
            mail["X-Thidua-Environment"] = self._environment
        return RenderedMail(notice.id, mail)

    def _knows(self, notice: Notice) -> bool:
        register = self._references.newest_register(notice.plan.province)
        return register is not None and self._references.knows_plan(notice.plan)
