"""Reports withdrawn by several processes at once, next to corrections and repeated reads of the inbox."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx

from services.intake.extensions.store import Extensions
from services.intake.reports.handlers import ReportIntake
from services.intake.reports.store import ReportStore
from services.intake.reports.withdrawal import WithdrawalRequest
from services.scoring.figures import PageKey
from shared.contracts.intake import ResultsReported
from shared.contracts.model import Tier
from shared.contracts.receipts import Receipt
from shared.contracts.topics import RESULTS
from shared.runtime.handover import Handover
from shared.runtime.metrics import Metrics
from shared.runtime.references import References
from tests.support.agency_requests import post, published, send
from tests.support.intake_client import Intake, key_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.movement import units
from tests.support.report_history import figures_after
from tests.support.reports import body, score

SO = units(Tier.SO)
WHY = {"reason": "Gửi nhầm bản chưa duyệt"}


def another(opened: Intake) -> ReportIntake:
    """The intake of another process on the same database, which has loaded no plan yet."""
    database, clock = opened[0]._database, opened[0].clock
    references, handover = References(database), Handover()
    reports, extensions = ReportStore(database, references, "thai-binh", handover), Extensions(database, "thai-binh")
    return ReportIntake(reports, extensions, references, clock, Metrics(), "thai-binh", handover)


async def test_another_process_withdraws_a_report_that_this_one_accepted(
    opened: Intake, intake: httpx.AsyncClient
) -> None:
    """It works without a loaded plan, and four at once make one withdrawal."""
    sent = await send(intake, "so-noi-vu", "OB06", "48/BC", score(SO[0]))
    request = WithdrawalRequest("agency", "so-noi-vu", "nhầm")
    done = await asyncio.gather(*(another(opened).withdraw(sent["id"], request) for _ in range(4)))
    assert [isinstance(receipt, Receipt) for receipt in done] == [True] * 4
    assert len({receipt.id for receipt in done if isinstance(receipt, Receipt)}) == 1


async def test_reading_the_inbox_again_does_not_return_a_withdrawn_report(opened: Intake) -> None:
    """It is read again after a crash before the commit, or if the group is lost. A new report needs a new number."""
    inbox = another(opened)
    report = body("OB06", [score(SO[1])])
    first = await inbox.submit("so-noi-vu", "49/BC", report, "log/inbox/0/7", answer=True)
    await inbox.withdraw(first.id, WithdrawalRequest("agency", "so-noi-vu", "nhầm"))
    assert await inbox.submit("so-noi-vu", "49/BC", report, "log/inbox/0/7", answer=True) == first
    again = await inbox.submit("so-noi-vu", "49/BC", report, "log/inbox/0/8", answer=True)
    assert [problem.code for problem in again.problems] == ["taken_back"]


async def test_processes_that_take_turns_continue_each_others_versions(opened: Intake) -> None:
    """Each process's cached ledger is stale by then; a refusal does not rely on the cache either."""
    intakes, report = [another(opened) for _ in range(3)], body("OB08", [score(SO[1])])
    versions = []
    for n in range(7):
        sent = await intakes[n % 3].submit("cong-an-tinh", f"turn-{n}", report, "x", answer=False)
        versions.append(sent.version)
    assert versions == list(range(versions[0] or 0, (versions[0] or 0) + 7))
    wrong = body("OB08", [score(SO[1], "101")])
    at_once = await asyncio.gather(
        *(
            intakes[n % 3].submit("cong-an-tinh", f"r-{n}", wrong if n % 4 == 1 else report, "x", answer=False)
            for n in range(24)
        )
    )
    counted = [receipt.version for receipt in at_once if receipt.version is not None]
    assert sorted(counted) == list(range(versions[0] + 7, versions[0] + 7 + 18)) if versions[0] else False
    assert [receipt.status for receipt in at_once].count("returned") == 6


async def test_concurrent_corrections_and_withdrawals_get_one_order(
    kafka: MemoryKafka, opened: Intake, intake: httpx.AsyncClient
) -> None:
    """Every version is given once, and the events in any order give the figures of the remaining reports."""
    agency, obligation = "so-tttt", "OB07"
    headers = await key_of(intake, agency)
    sent = [
        await send(intake, agency, obligation, f"s{n}", score(SO[n % 3], str(n)), score(SO[5], str(n)))
        for n in range(6)
    ]

    async def correct(n: int) -> Any:
        return await send(intake, agency, obligation, f"c{n}", score(SO[n % 3], str(50 + n)), score(SO[5], str(50 + n)))

    async def withdraw(n: int) -> Any:
        return (await post(intake, f"receipts/{sent[n]['id']}/withdraw", headers, WHY))[1]

    done = await asyncio.gather(*(act(n) for n in range(6) for act in (correct, withdraw)))
    taken = sorted(receipt["version"] for receipt in done)
    assert taken == list(range(taken[0], taken[0] + 12))
    events = [ResultsReported.model_validate_json(value) for value in await published(kafka, opened[0], RESULTS.name)]
    gone = {receipt["takes_back"]["receipt"] for receipt in done if receipt["takes_back"]}
    own = [event for event in events if event.data.obligation == obligation]
    everything = figures_after(own)
    for unit in (*SO[:3], SO[5]):
        figure = everything.figure(own[0].data.subject, Tier.SO, 0, unit)
        assert figure is not None
        source = everything.evidence(figure.event)
        assert source is not None
        assert source.receipt not in gone
    order = random.Random(46)
    for _ in range(20):
        order.shuffle(own)
        assert figures_after(own).pages[PageKey(own[0].data.subject, Tier.SO, 0)].rows == (
            everything.pages[PageKey(own[0].data.subject, Tier.SO, 0)].rows
        )
