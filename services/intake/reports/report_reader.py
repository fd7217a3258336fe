"""Reads what was sent: its paper and identity, the report or what can be read of it, the plan it is judged by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from services.intake.context import IntakeContext
from services.intake.papers import content_of, identity_of, paper_of
from services.intake.plans.contexts import context_of
from services.intake.reports import rules
from services.intake.reports.parsing import parse_report
from services.intake.reports.readable import readable_part
from services.intake.reports.state import ParsedReport, Submission
from shared.contracts.json_values import JsonObject
from shared.contracts.receipts import Problem, ReceiptWarning
from shared.runtime.references import References
from shared.runtime.tracing import current_trace


class NumberMissing(Exception):
    """A report has no number that can be stored, neither in its body nor beside it."""


def submission(
    agency: str,
    key: str | None,
    body: JsonObject,
    delivery: str,
    *,
    answer: bool,
    flaws: Sequence[Problem] = (),
    warnings: Sequence[ReceiptWarning] = (),
) -> Submission:
    """A report as it was sent, its text tidied; for the parameters see ``ReportIntake.submit``.

    Raises ``NumberMissing``.
    """
    paper, subject = paper_of(agency, body, key), rules.subject_of(body)
    if paper is None:
        raise NumberMissing
    content, text = content_of(body, paper), _json(body)
    content_text = text if content is body else _json(content)
    digest = hashlib.sha256((content_text + "".join(flaw.code for flaw in flaws)).encode()).hexdigest()
    return Submission(
        paper,
        rules.receipt_ids(paper, subject, digest),
        identity_of("report", paper, subject),
        body,
        text,
        digest,
        delivery,
        answer=key if answer else None,
        flaws=tuple(flaws),
        warnings=tuple(warnings),
        trace=current_trace(),
    )


class ReportReader:
    """Parses submissions under the newest plan and register of the province."""

    def __init__(self, references: References, province: str) -> None:
        self._references = references
        self._province = province
        self._contexts: dict[str, IntakeContext] = {}

    async def parse(self, sent: Submission) -> ParsedReport:
        """A submission parsed, with its context and ledger if it is a report of a movement that has a plan."""
        report = sent.flaws or parse_report(sent.body, sent.text)
        if isinstance(report, Sequence):
            return await self._parse_what_is_readable(sent, report)
        context = await self.context(report.movement)
        account = rules.account(report, sent.paper.agency, context)
        return ParsedReport(
            sent, report, context, rules.ledger_id(self._province, report, account) if context else None
        )

    async def _parse_what_is_readable(self, sent: Submission, problems: Sequence[Problem]) -> ParsedReport:
        """A body that is no report in form: its problems, and what can be read of it and judged all the same."""
        movement = sent.body.get("movement")
        is_readable = not sent.flaws and all(problem.pointer != "/movement" for problem in problems)
        if not is_readable or not isinstance(movement, str):
            return ParsedReport(sent, problems)
        context = await self.context(movement)
        obligation = context.plan.obligation.get(rules.subject_of(sent.body)[0]) if context else None
        readable = readable_part(sent.body, problems, obligation.kind if obligation else None)
        if readable is None:
            return ParsedReport(sent, problems)
        account = rules.account(readable.report, sent.paper.agency, context)
        ledger_id = rules.ledger_id(self._province, readable.report, account) if context else None
        return ParsedReport(sent, problems, context, ledger_id, readable=readable)

    async def context(self, movement: str) -> IntakeContext | None:
        """The context of a movement, or None: the same object, with its cache, until plan or register change."""
        context = await context_of(self._references, self._province, movement)
        if context is None:
            return None
        recent = self._contexts.get(movement)
        if recent is None or recent.plan is not context.plan or recent.register is not context.register:
            recent = self._contexts[movement] = context
        return recent


def _json(body: JsonObject) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False)
