"""Renders notices and messages to members of the council as mails, with the plans and units that the database has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.notify.channels.protocol import RenderedMail
from services.notify.ladder import office_of
from services.notify.mails.letterhead import Background, CitedPlan, Letterhead, plan_key
from services.notify.mails.messages import copy_text, message, sitting_message
from services.notify.mails.templates import Templates
from shared.contracts.invitations import Invitation
from shared.contracts.model import PlanRef
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
        background = await self._background(_plans_of(notice))
        if background is None:
            return None
        sender = self._sender(background, notice.plan)
        mail = message(notice, background, self._letterhead, self._templates, sender=sender, to=to)
        return RenderedMail(notice.id, mail)

    async def render_invitation(self, invitation: Invitation, to: str) -> RenderedMail | None:
        """A message to a member of the council as a mail to a mailbox; None as for ``render``."""
        background = await self._background([invitation.plan])
        if background is None:
            return None
        sender = self._sender(background, invitation.plan)
        mail = sitting_message(invitation, background, self._letterhead, self._templates, sender=sender, to=to)
        return RenderedMail(invitation.id, mail)

    async def text(self, notice: Notice) -> str | None:
        """The notice as text for another channel; None as for ``render``."""
        background = await self._background(_plans_of(notice))
        return copy_text(notice, background, self._letterhead, self._templates) if background else None

    def _sender(self, background: Background, plan: PlanRef) -> str:
        """The mailbox of the plan's standing office."""
        office = office_of(background.plan_of_ref(plan).plan, self._letterhead.office)
        return f"{office}@{self._letterhead.mail_domain}"

    async def _background(self, refs: Sequence[PlanRef]) -> Background | None:
        """What is known about plans of one province; None while one of them or the units are not."""
        if not self._knows(refs):
            await self._references.refresh()
        province = refs[0].province
        register = self._references.newest_register(province)
        if register is None or not self._knows(refs):
            return None
        return Background(
            plans={
                plan_key(ref): CitedPlan(self._references.plan(ref), self._references.cited_documents(ref))
                for ref in refs
            },
            register=register,
            calendar=self._calendar,
            sessions=tuple(
                session
                for plan in self._references.newest_plans()
                if plan.province == province
                for session in plan.sessions
            ),
        )

    def _knows(self, refs: Sequence[PlanRef]) -> bool:
        register = self._references.newest_register(refs[0].province)
        return register is not None and all(map(self._references.knows_plan, refs))


def _plans_of(notice: Notice) -> list[PlanRef]:
    """The plan of a notice, then those of its lines."""
    return [notice.plan, *(line.plan for line in notice.lines if line.plan)]
