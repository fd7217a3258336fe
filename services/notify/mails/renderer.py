"""Renders notices as mails, with the plans and units that the database has."""

from __future__ import annotations

from pathlib import Path

from services.notify.channels.protocol import RenderedMail
from services.notify.ladder import office_of
from services.notify.mails.letterhead import Background, CitedPlan, Letterhead, plan_key
from services.notify.mails.messages import copy_text, message
from services.notify.mails.templates import Templates
from shared.contracts.notify import Notice
from shared.plans.working_days import WorkingDays
from shared.runtime.references import References


class MailRenderer:
    """Renders notices as mails. A plan that this process has not loaded yet is read from the database.

    ``folder`` holds a province's own templates. Raises ``BrokenTemplate`` if a letter cannot be written with them.
    """

    def __init__(
        self, references: References, calendar: WorkingDays, letterhead: Letterhead, folder: Path | None = None
    ) -> None:
        self._references, self._calendar, self._letterhead = references, calendar, letterhead
        self._templates = Templates(folder)

    async def render(self, notice: Notice, to: str) -> RenderedMail | None:
        """The notice as a mail to a mailbox; None while the database lacks its plans or its province's units."""
        background = await self._background(notice)
        if background is None:
            return None
        office = office_of(background.plan_of(notice).plan, self._letterhead.office)
        mail = message(
            notice,
            background,
            self._letterhead,
            self._templates,
            sender=f"{office}@{self._letterhead.mail_domain}",
            to=to,
        )
        return RenderedMail(notice.id, mail)

    async def text(self, notice: Notice) -> str | None:
        """The notice as text for another channel; None as for ``render``."""
        background = await self._background(notice)
        return copy_text(notice, background, self._letterhead, self._templates) if background else None

    async def _background(self, notice: Notice) -> Background | None:
        if not self._knows(notice):
            await self._references.refresh()
        register = self._references.newest_register(notice.plan.province)
        if register is None or not self._knows(notice):
            return None
        refs = {plan_key(ref): ref for ref in (notice.plan, *(line.plan for line in notice.lines if line.plan))}
        return Background(
            plans={
                key: CitedPlan(self._references.plan(ref), self._references.cited_documents(ref))
                for key, ref in refs.items()
            },
            register=register,
            calendar=self._calendar,
            sessions=tuple(
                session
                for plan in self._references.newest_plans()
                if plan.province == notice.plan.province
                for session in plan.sessions
            ),
        )

    def _knows(self, notice: Notice) -> bool:
        refs = (notice.plan, *(line.plan for line in notice.lines if line.plan))
        register = self._references.newest_register(notice.plan.province)
        return register is not None and all(map(self._references.knows_plan, refs))
