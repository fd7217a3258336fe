"""Extension requests and their answers. Pure."""

from __future__ import annotations

from datetime import date, datetime

from services.intake.context import IntakeContext
from services.intake.extensions import rules as extension_rules
from shared.contracts.extensions import Extension, ExtensionAnswer, ExtensionRequest
from shared.contracts.model import VIETNAM
from shared.contracts.receipts import Problem
from tests.support.movement import register, s0

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
CONTEXT = IntakeContext(s0(), register())


def wish(until: date = date(2023, 12, 8), obligation: str = "OB06", period: str = "2023") -> ExtensionRequest:
    return ExtensionRequest(
        movement="trach-nhiem-ky-cuong-2023", obligation=obligation, period=period, until=until, reason="chờ số liệu"
    )


def ask(
    request: ExtensionRequest, *so_far: Extension, now: datetime = NOW, agency: str = "so-noi-vu"
) -> Extension | str:
    obligation = extension_rules.due_obligation(request, agency, CONTEXT, now)
    if isinstance(obligation, Problem):
        return obligation.code
    outcome = extension_rules.request_extension(request, agency, obligation, "ledger", so_far, CONTEXT, now)
    return outcome.code if isinstance(outcome, Problem) else outcome


def granted(until: date | None = None, now: datetime = NOW, *so_far: Extension) -> Extension:
    requested = ask(wish(), now=NOW)
    assert isinstance(requested, Extension)
    answered = extension_rules.answer(
        requested, ExtensionAnswer(granted=True, until=until), "ban-tdkt", so_far, CONTEXT, now
    )
    assert isinstance(answered, Extension)
    return answered
