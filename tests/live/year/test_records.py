"""Invalid records among valid ones."""

from __future__ import annotations

import re

import httpx

from deploy.demo.drive import Driver
from deploy.demo.run import province, reporters
from shared.contracts.intake import ReportSubmitted
from shared.contracts.receipts import ReportAnswered
from shared.contracts.topics import DLQ, INBOX, OUTBOX
from shared.runtime.kafka.replay import read_all
from tests.support.played_year import END, Played

AGENCY = "so-tttt"
POISON = '{"đây không phải": JSON'.encode()


def report(report_id: str, unit: str, score: str) -> bytes:
    """A correction of the score of a public service unit, which competes for no award."""
    event = ReportSubmitted.model_validate(
        {
            "id": report_id,
            "source": "test",
            "time": END,
            "subject": report_id,
            "data": {
                "movement": "trach-nhiem-ky-cuong-2023",
                "obligation": "OB07",
                "period": "2023",
                "kind": "score",
                "as_of": "2023-11-30",
                "rows": [{"unit": unit, "score": score}],
            },
        }
    )
    return event.encode()


async def test_poison_and_tombstone_become_dead_letters_and_their_neighbours_are_applied(played: Played) -> None:
    """Bytes and keys are unchanged; a good record under a null or a non-UTF-8 header is applied and counted."""
    stack, inbox = played.stack, INBOX.of(AGENCY)
    plans, register = province()
    units = [unit.code for unit in register.units if unit.tier.value == "dvsn"][:4]
    async with Driver(stack, plans, register, reporters(plans)) as driver:
        await driver.produce(inbox, "before", report("before", units[0], "61.01"))
        await driver.produce(inbox, "poison", POISON)
        await driver.produce(inbox, "null-header", report("null-header", units[1], "62.02"), (("trace", None),))
        await driver.produce(inbox, "tombstone", None)
        await driver.produce(inbox, "odd-header", report("odd-header", units[2], "63.03"), (("trace", b"\xff\xfe"),))
        await driver.produce(inbox, "after", report("after", units[3], "64.04"))
        await driver.client.wait_at_rest(END)
        board = await driver.get("scoring", driver.movement_path("standings/chuyen-doi-so/dvsn"))
    scores = {place["unit"]: place["score"] for place in board["places"]}
    assert [scores[unit] for unit in units] == ["61.01", "62.02", "63.03", "64.04"]

    dead_letters = {record.key: record async for record in read_all(stack.kafka, [inbox + DLQ])}
    assert {key: record.value for key, record in dead_letters.items()} == {b"poison": POISON, b"tombstone": None}
    origin = dict(dead_letters[b"poison"].headers)["thidua-origin"] or b""
    assert re.fullmatch(rf"{re.escape(inbox)}/0/\d+", origin.decode())

    answers = [
        ReportAnswered.model_validate_json(record.value)
        async for record in read_all(stack.kafka, [OUTBOX.of(AGENCY)])
        if record.value
    ]
    answered = {answer.data.report: answer.data.status for answer in answers}
    assert answered.items() >= dict.fromkeys(["before", "null-header", "odd-header", "after"], "accepted").items()

    async with httpx.AsyncClient() as http:
        metrics = (await http.get(f"{stack.urls['intake']}/metrics")).text
    assert re.search(rf'^thidua_bad_headers_total{{topic="{re.escape(INBOX.name)}"}} 2\.0$', metrics, re.M)
    assert re.search(rf'^thidua_dead_letters_total{{topic="{re.escape(INBOX.name)}"}} 2\.0$', metrics, re.M)


async def test_a_wrong_report_is_answered_and_kept(played: Played) -> None:
    """It is a readable event but not a valid report, so it is returned with every problem and is no dead letter."""
    wrong = b'{"specversion":"1.0","id":"wrong-1","type":"report.submitted","source":"t","time":"2023-12-20T00:00:00Z",'
    wrong += b'"subject":"wrong-1","data":{"movement":"x","kind":"score","rows":[{"unit":"336","score":"abc"}]}}'
    plans, register = province()
    async with Driver(played.stack, plans, register, reporters(plans)) as driver:
        returned = (await driver.get("intake", "/v1/counts"))["returned"]
        await driver.produce(INBOX.of(AGENCY), "wrong-1", wrong)
        await driver.client.wait_at_rest(END)
        assert (await driver.get("intake", "/v1/counts"))["returned"] == returned + 1
    answers = [
        ReportAnswered.model_validate_json(record.value)
        async for record in read_all(played.stack.kafka, [OUTBOX.of(AGENCY)])
        if record.key == b"wrong-1" and record.value
    ]
    (answer,) = answers
    assert {p.pointer for p in answer.data.problems} >= {"/rows/0/score", "/obligation", "/period"}
