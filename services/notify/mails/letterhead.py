"""What stands on every mail, and what the words of a notice are made from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from shared.contracts.model import PlanRef
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.units import UnitRegister
from shared.plans.working_days import WorkingDays
from shared.wording.citations import Documents


@dataclass(frozen=True, slots=True)
class Contact:
    """The person of the standing office whom an agency may call, as the settings name them."""

    name: str
    title: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every mail of a deployment has in common.

    ``office`` is the code of the standing office for plans that name none. ``public_url`` is where agencies open the
    portal, ``council_url`` where members open the council's pages; without one a mail has no link there. A mail of
    another ``environment`` than ``production`` says so.
    """

    mail_domain: str
    office: str
    environment: str
    public_url: str | None = None
    contact: Contact | None = None
    council_url: str | None = None

    def link(self, line: NoticeLine) -> str | None:
        """The page of what a line reminds of; None for a task, and without a public address."""
        if self.public_url is None or line.obligation is None or line.period is None:
            return None
        return f"{self.public_url.rstrip('/')}/cong/viec-can-lam/{line.obligation}/{line.period}"


class CitedPlan(NamedTuple):
    """A plan, and the documents by their keys as its citations mean them."""

    plan: Plan
    documents: Documents


@dataclass(frozen=True, slots=True)
class Background:
    """Everything that the words of a notice are made from beside the notice.

    ``plans`` are by province, id and version: the notice's and those of its lines. ``sessions`` are the sessions of the
    province's council.
    """

    plans: Mapping[tuple[str, str, int], CitedPlan]
    register: UnitRegister
    calendar: WorkingDays
    sessions: tuple[Session, ...] = ()

    def plan_of(self, notice: Notice, line: NoticeLine | None = None) -> CitedPlan:
        """The plan of a line; without one, the notice's. Raises ``KeyError``."""
        return self.plan_of_ref((line.plan if line else None) or notice.plan)

    def plan_of_ref(self, ref: PlanRef) -> CitedPlan:
        """A plan by its reference. Raises ``KeyError``."""
        return self.plans[plan_key(ref)]


def plan_key(ref: PlanRef) -> tuple[str, str, int]:
    """The key of a plan in ``Background.plans``."""
    return ref.province, ref.id, ref.version
