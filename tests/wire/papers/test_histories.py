"""Any history of papers with refusals, repeats, other years and several obligations, compared with a small oracle."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.intake.reports.withdrawal import WithdrawalRequest
from shared.contracts.receipts import Receipt
from tests.support.intake_client import Intake
from tests.support.papers import AGENCY, another, paper, wrong

STEPS = 60


@dataclass
class Oracle:
    """What the rule A45 says of each paper that is sent. It knows nothing of ids, ledgers or databases."""

    accepted: dict[Any, str] = field(default_factory=dict)
    withdrawn: set[Any] = field(default_factory=set)
    answers: dict[Any, str] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)

    def expected(self, identity: Any, content: str, *, is_good: bool) -> tuple[str, bool]:
        """The answer to a paper, and whether a receipt of it exists already."""
        answered = self.answers.get((identity, content))
        if answered == "accepted" and identity in self.withdrawn:
            repeated = (identity, content, "again") in self.answers
            self.answers[identity, content, "again"] = "taken_back"
            return "taken_back", repeated
        if answered is not None:
            return answered, True
        answer = "report_id_reused" if identity in self.accepted else "accepted" if is_good else "refused"
        if answer == "accepted":
            self.accepted[identity] = content
            self.versions[identity[-1]] += 1
        self.answers[identity, content] = answer
        return answer, False


def answer_of(receipt: Receipt) -> str:
    """The answer in a receipt, in the oracle's words."""
    codes = {problem.code for problem in receipt.problems} & {"report_id_reused", "taken_back"}
    return next(iter(codes), "refused") if receipt.status == "returned" else "accepted"


@pytest.mark.parametrize("seed", range(8))
async def test_receipts_and_versions_are_as_the_rule_requires(opened: Intake, seed: int) -> None:
    """Each content of an identity has one receipt for ever; one content is accepted; versions have no gap."""
    rng, oracle = random.Random(seed), Oracle()
    intakes = [another(opened) for _ in range(2)]
    base: dict[str, int] = {}
    receipts: dict[Any, str] = {}
    for step in range(STEPS):
        number, day = f"{rng.randrange(3)}-{seed}/BC-LS", rng.choice([None, "2022-11-30", "2023-11-30"])
        obligation, note, is_good = rng.choice(["OB05", "OB06"]), rng.choice("ab"), rng.random() < 0.6
        identity = number, day, obligation
        report = paper(number, day, obligation, note=note)
        body = report if is_good else wrong(report)
        key: str | None = None
        if rng.random() < 0.5:
            key, body = number, {name: value for name, value in body.items() if name != "number"}
        content = f"{note}{is_good}"
        expected, repeated = oracle.expected(identity, content, is_good=is_good)
        receipt = await rng.choice(intakes).submit(AGENCY, key, body, f"step {step}", answer=False)
        at = f"step {step}: {identity} {content}"
        assert answer_of(receipt) == expected, at
        assert (receipt.report, receipt.date and receipt.date.isoformat()) == (number, day), at
        receipt_key = identity, content, expected
        assert (receipt_key in receipts) is repeated, at
        assert receipts.setdefault(receipt_key, receipt.id) == receipt.id, at
        if expected == "accepted" and not repeated:
            assert receipt.version is not None
            base.setdefault(obligation, receipt.version - oracle.versions[obligation])
            assert receipt.version == base[obligation] + oracle.versions[obligation], at
        if expected == "accepted" and rng.random() < 0.1:
            withdrawal = await intakes[0].withdraw(receipt.id, WithdrawalRequest("agency", AGENCY, "nhầm"))
            assert isinstance(withdrawal, Receipt)
            if identity not in oracle.withdrawn:
                oracle.withdrawn.add(identity)
                oracle.versions[obligation] += 1
    assert len(set(receipts.values())) == len(receipts)
