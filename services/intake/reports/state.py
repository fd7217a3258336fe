"""A report on its way through intake: as it was sent, as it was parsed, what was decided, what was stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.context import IntakeContext, Ledger
from services.intake.papers import Paper
from services.intake.reports.readable import ReadableReport
from shared.contracts.intake import Report
from shared.contracts.json_values import JsonObject
from shared.contracts.receipts import Problem, Receipt, ReceiptWarning


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """A report as it was sent, its text tidied; ``text`` is the body as JSON with sorted names.

    ``receipt_ids`` are the ids its receipt may have (``papers.ids_of``); ``identity`` is the key under which only one
    content is accepted. ``digest`` covers the content, which is the body without number and date, and ``flaws``, which
    are what keeps the body from being parsed. ``delivery`` identifies this delivery, so that one read twice is not
    counted as a second. ``answer`` is the key under which the agency's answer topic gets the receipt; None over HTTP.
    ``warnings`` go into the receipt; the same report may be sent again in a way that has none. ``trace`` is that of the
    request or record that brought it; empty without one.
    """

    paper: Paper
    receipt_ids: tuple[str, ...]
    identity: str
    body: JsonObject
    text: str
    digest: str
    delivery: str
    answer: str | None
    flaws: tuple[Problem, ...] = ()
    warnings: tuple[ReceiptWarning, ...] = ()
    trace: str = ""


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A submission parsed without regard to earlier reports: ``report`` is the report or the problems with its form.

    ``context`` and ``ledger_id`` are None if there is no plan of its movement. ``receipt_id`` is the id for its receipt
    once it is known which are taken. ``conflict``: what was accepted of the same paper excludes it. ``readable`` is
    what can be read of a body that is no report in form; context and ledger are then of that.
    """

    submission: Submission
    report: Report | Sequence[Problem]
    context: IntakeContext | None = None
    ledger_id: str | None = None
    receipt_id: str = ""
    conflict: Problem | None = None
    readable: ReadableReport | None = None


@dataclass(frozen=True, slots=True)
class AcceptedReport:
    """An accepted report, its receipt and the ledger that includes it."""

    receipt: Receipt
    report: Report
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class ReturnedReport:
    """The receipt of a report that was returned, with every problem of it."""

    receipt: Receipt

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems that the receipt names."""
        return self.receipt.problems


ReportDecision = AcceptedReport | ReturnedReport
"""What intake decides on a report."""


@dataclass(frozen=True, slots=True)
class IntakeOutcome:
    """A parsed report and the decision on it."""

    parsed: ParsedReport
    decision: ReportDecision


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report or withdrawal as it is stored. ``body`` is its JSON, not parsed yet; empty for a withdrawal.

    ``ledger`` and ``version`` are None if the report was returned, ``register_version`` if its movement was unknown.
    """

    receipt: Receipt
    body: str
    ledger: str | None
    version: int | None
    register_version: int | None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A stored entry of a ledger: a report with what it was judged by, or a withdrawal, whose ``report`` is None."""

    receipt: Receipt
    report: Report | None
    context: IntakeContext
