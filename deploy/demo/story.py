"""What the year came to: one summary for machines, and readable tables in Vietnamese for people."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.demo.drive import Driver
from deploy.local import Stack
from services.scoring.api import BoardView
from services.scoring.rules import distance
from shared.contracts.council import Agenda
from shared.contracts.model import Verdict
from shared.contracts.notify import Notice
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists, Eligible, Finding
from shared.contracts.topics import SERVICES
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Database
from shared.runtime.vietnamese import can_cu, gio_ngay, so

_TIERS = {"so": "cấp sở", "huyen": "cấp huyện", "xa": "cấp xã", "dvsn": "đơn vị sự nghiệp"}
_VERDICTS = {Verdict.PASS: "đạt", Verdict.FAIL: "không đạt", Verdict.MISSING: "chưa đủ căn cứ"}


@dataclass(frozen=True)
class Outcome:
    """Everything the demo tells about, as read from the services' own routes."""

    plan: Plan
    register: UnitRegister
    documents: Mapping[str, str]
    seed: int
    boards: Sequence[BoardView]
    lists: Sequence[AwardLists]
    verdicts: Mapping[str, Sequence[Eligible]]
    agendas: Sequence[Agenda]
    notices: Sequence[Notice]
    reports: Mapping[str, int]
    reminders: Mapping[str, int]
    dead_letters: int
    verified: str
    mails: Path

    def name(self, unit: str) -> str:
        """A unit's name."""
        return self.register.name_of(unit)

    def summary(self) -> dict[str, Any]:
        """The figures, the same in every run with the same seed."""
        tiers = ("so", "dvsn", "huyen", "xa", "khac")
        tops = [board for board in self.boards if board.scope == "tinh"]
        return {
            "seed": self.seed,
            "units": {tier: sum(unit.tier.value == tier for unit in self.register.units) for tier in tiers},
            "reports": dict(self.reports),
            "boards": {
                "count": len(self.boards),
                "top": {
                    f"{board.field}/{board.tier.value}": [
                        {"rank": p.rank, "unit": p.unit, "score": str(p.score)} for p in board.places[:3]
                    ]
                    for board in tops
                },
            },
            "candidates": {each.award: list(each.candidates) for each in self.lists},
            "for_judgement": {each.award: list(each.for_judgement) for each in self.lists},
            "sessions": {a.session: {"name": a.name, "status": a.status, "items": len(a.items)} for a in self.agendas},
            "reminders": dict(self.reminders),
            "notices": len(self.notices),
            "dead_letters": self.dead_letters,
            "verify": self.verified,
        }


async def gather(
    driver: Driver, stack: Stack, plans: Sequence[Plan], register: UnitRegister, seed: int, verified: str
) -> Outcome:
    """Read what the services now say."""
    plan = next(plan for plan in plans if plan.movement)
    lists = await driver.lists()
    letters = 0
    for service in SERVICES:
        database = Database(stack.mongo, f"thidua_{service}")
        letters += await database.documents("dead_letters").count()
        await database.close()
    return Outcome(
        plan=plan,
        register=register,
        documents={p.source.key: p.source.name for p in plans},
        seed=seed,
        boards=[BoardView.model_validate(b) for b in await driver.get("scoring", driver.scoring("boards"))],
        lists=lists,
        verdicts={each.award: await driver.verdicts(each.award) for each in lists},
        agendas=[Agenda.model_validate(a) for a in await driver.get("council", "/v1/sessions")],
        notices=[Notice.model_validate(n) for n in await driver.get("notify", "/v1/notices")],
        reports=await driver.get("intake", "/v1/counts"),
        reminders=await driver.get("notify", "/v1/counts"),
        dead_letters=letters,
        verified=verified,
        mails=stack.mails,
    )


def tell(outcome: Outcome, console: Console) -> None:
    """Print the story."""
    assert outcome.plan.movement is not None
    console.print()
    console.rule()
    console.print(f"[bold]Phong trào thi đua “{outcome.plan.movement.name}”[/bold]")
    console.print(f"Số liệu minh họa, sinh từ hạt giống {outcome.seed}.")
    _tell_boards(outcome, console)
    _tell_awards(outcome, console)
    _tell_agenda(outcome, console)
    _tell_reminders(outcome, console)
    reports = outcome.reports
    console.print(
        f"\nBáo cáo: {reports['accepted']} đã nhận, {reports['returned']} trả lại, {reports['duplicate']} gửi trùng. "
        f"Tính lại toàn bộ từ sự kiện đầu tiên: {'khớp' if outcome.verified == 'ok' else outcome.verified}."
    )


def _tell_boards(outcome: Outcome, console: Console) -> None:
    table = Table(title="Xếp hạng toàn tỉnh (ba hạng đầu)", title_justify="left")
    for heading in ("Lĩnh vực", "Cấp", "Hạng", "Đơn vị", "Điểm"):
        table.add_column(heading, justify="right" if heading in ("Hạng", "Điểm") else "left")
    for board in outcome.boards:
        if board.scope != "tinh":
            continue
        for n, place in enumerate(board.places[:3]):
            field, tier = outcome.plan.field[board.field].name, _TIERS[board.tier.value]
            table.add_row("" if n else field, "" if n else tier, str(place.rank), place.name, so(place.score))
        table.add_section()
    console.print(table)


def _tell_awards(outcome: Outcome, console: Console) -> None:
    table = Table(title="Ai đủ điều kiện, và vì sao chưa", title_justify="left", show_lines=True)
    for heading in ("Hình thức", "Đạt mọi tiêu chuẩn", "Chờ Hội đồng cho ý kiến", "Gần nhất mà chưa đạt"):
        table.add_column(heading)
    for lists in outcome.lists:
        rows = {row.unit: row for row in outcome.verdicts[lists.award]}
        award = outcome.plan.award[lists.award]
        missing = min((row for row in rows.values() if row.verdict is Verdict.FAIL), key=distance, default=None)
        table.add_row(
            f"{award.id} {award.name}",
            _units(lists.candidates, outcome),
            "\n".join(f"{outcome.name(unit)}: {_why(rows[unit], outcome)}" for unit in lists.for_judgement) or "–",
            f"{outcome.name(missing.unit)}: {_why(missing, outcome)}" if missing else "–",
        )
    console.print(table)


def _units(units: Sequence[str], outcome: Outcome) -> str:
    shown = [outcome.name(unit) for unit in units[:6]]
    more = len(units) - len(shown)
    return "\n".join(shown + ([f"… và {more} đơn vị nữa"] if more > 0 else [])) or "không có"


def _why(row: Eligible, outcome: Outcome) -> str:
    return "; ".join(reason(f, outcome.plan) for f in row.findings if f.verdict is not Verdict.PASS)


def reason(finding: Finding, plan: Plan) -> str:
    """Why a criterion came to its verdict, as a Vietnamese clause."""
    criterion = next(c.name for c in plan.criteria if c.id == finding.criterion)
    match finding.reason:
        case "no_feed":
            text = "không có cơ quan nào báo cáo"
        case "not_reported":
            text = "chưa nhận được báo cáo"
        case "interim":
            text = "mới có số liệu tạm tính"
        case "board_incomplete":
            text = f"chưa đủ bảng, tạm xếp hạng {finding.rank}"
        case "rank_within" | "any_rank_within":
            text = f"xếp hạng {finding.rank}"
        case "rank_outside":
            wanted = "dẫn đầu" if finding.limit == 1 else f"từ 1 đến {finding.limit}"
            text = f"xếp hạng {finding.rank}, yêu cầu {wanted}"
        case "tasks_on_time":
            text = f"{finding.count} nhiệm vụ đều đúng hạn"
        case "tasks_late":
            text = f"{finding.count} nhiệm vụ không đúng hạn"
        case "nothing_due":
            text = "không có nhiệm vụ đến hạn"
        case "no_violation":
            text = "không có vi phạm"
        case "violation":
            text = f"{finding.count} vi phạm"
        case "listed":
            text = "có trong danh sách"
        case "not_listed":
            text = "không có trong danh sách"
        case "judged":
            text = f"Hội đồng đánh giá {_VERDICTS[finding.verdict]}"
    return f"{criterion}: {text}"


def _tell_agenda(outcome: Outcome, console: Console) -> None:
    agenda = max(outcome.agendas, key=lambda each: len(each.items))
    table = Table(title=f"Chương trình {agenda.name} (dự thảo, bản số {agenda.version})", title_justify="left")
    table.add_column("Số", justify="right")
    for heading in ("Nội dung", "Đơn vị", "Căn cứ"):
        table.add_column(heading)
    for item in agenda.items:
        cite = can_cu(item.cite, outcome.documents)
        table.add_row(str(item.number), item.title, _units(item.units, outcome) if item.units else "", cite)
        table.add_section()
    console.print(table)


def _tell_reminders(outcome: Outcome, console: Console) -> None:
    table = Table(title="Nhắc việc của phong trào", title_justify="left", show_lines=True)
    for heading in ("Lúc", "Mốc", "Gửi"):
        table.add_column(heading)
    of_movement = [notice for notice in outcome.notices if notice.plan.id == outcome.plan.id]
    for sent_at, together in groupby(of_movement, key=lambda notice: notice.sent_at):
        notices = list(together)
        to = [f"{outcome.name(n.recipient)} ({', '.join(line.duty for line in n.lines)})" for n in notices]
        table.add_row(gio_ngay(sent_at), _stage(notices[0].lines[0].stage), "; ".join(to))
    console.print(table)
    counts = outcome.reminders
    console.print(
        f"Cả năm: {counts['sent']} lượt nhắc trong {len(outcome.notices)} thư, "
        f"{counts['suppressed']} lượt không cần nữa (báo cáo đã đến)."
    )
    if mail := next(iter(sorted(outcome.mails.glob("*.eml"))), None):
        read = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
        console.print(f"Thư mẫu ({mail.name}): {read['subject']} → {read['to']}")


def _stage(stage: str) -> str:
    days = int(stage[2:])
    if stage.startswith("L+"):
        return f"quá hạn {days} ngày làm việc"
    return f"còn {days} ngày làm việc" if days else "ngày cuối cùng"
