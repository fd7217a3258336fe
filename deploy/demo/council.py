"""What the demo's council and chairman decide, pure: from the lists of the awards, then from what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Decision
from shared.contracts.fast_models import Eligible
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Verdict
from shared.contracts.scoring import AwardLists


def judgements(lists: Iterable[AwardLists], verdicts: Mapping[str, Sequence[Eligible]]) -> list[JsonObject]:
    """Judgements on all units before the council but the last of each award; the second unit of an award fails.

    ``verdicts`` has every award's verdicts, by award.
    """
    judged: dict[tuple[str, str], JsonObject] = {}
    for award in lists:
        rows = {row.unit: row for row in verdicts[award.award]}
        units = award.for_judgement if len(award.for_judgement) == 1 else award.for_judgement[:-1]
        for position, unit in enumerate(units):
            for finding in rows[unit].findings:
                if finding.verdict is Verdict.MISSING:
                    fails = position == 1 and finding.criterion == "hoan-thanh-xuat-sac"
                    verdict = Verdict.FAIL if fails else Verdict.PASS
                    judged.setdefault(
                        (unit, finding.criterion),
                        {
                            "unit": unit,
                            "criterion": finding.criterion,
                            "verdict": verdict.value,
                            "reason": "Kết quả thẩm định trước phiên họp (số liệu minh họa)",
                        },
                    )
    return list(judged.values())


def decisions(lists: Iterable[AwardLists], session: str) -> list[JsonObject]:
    """Decisions that grant every award to its candidates, except one candidate who is declined with a reason."""
    decided: list[JsonObject] = []
    for award in lists:
        for n, unit in enumerate(award.candidates):
            declined = award.award == "B3" and n == 0 and len(award.candidates) > 1
            why = {"reason": "Đơn vị xin rút để tập trung khắc phục tồn tại (số liệu minh họa)"} if declined else {}
            status = "declined" if declined else "granted"
            decided.append({"award": award.award, "subject": unit, "status": status, **why, "session": session})
    return decided


def awarding_decision(proposed: Iterable[Decision], number: str, day: date) -> JsonObject:
    """The decision that gives every proposed award."""
    return _paper((d for d in proposed if d.status == "granted"), number, day)


def revoking_decision(given: Sequence[ConferredAward], number: str, day: date) -> JsonObject:
    """The decision that revokes the last certificate of a commune."""
    reason = "Phát hiện kê khai không đúng thành tích (số liệu minh họa)"
    return {**_paper([award for award in given if award.award == "B3"][-1:], number, day), "reason": reason}


def _paper(awards: Iterable[Decision | ConferredAward], number: str, day: date) -> JsonObject:
    return {
        "number": number,
        "date": day.isoformat(),
        "signer": "Chủ tịch Ủy ban nhân dân tỉnh",
        "awards": [{"award": award.award, "subject": award.subject} for award in awards],
    }
