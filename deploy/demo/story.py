"""What the year came to: one summary for machines, and readable tables in Vietnamese for people."""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.demo.drive import Driver
from deploy.demo.steps import Nominate
from deploy.demo.year import SESSION
from deploy.stack.embedded import Stack
from services.scoring.api import BoardView
from services.scoring.explanation import Explanation
from services.scoring.rules import distance
from shared.contracts.council import Agenda, Decision
from shared.contracts.fast_models import Eligible
from shared.contracts.model import Verdict
from shared.contracts.notify import Notice
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.topics import SERVICES
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Database
from shared.wording.formats import can_cu, gio_ngay, ngay, so
from shared.wording.verdicts import criterion_name, reason

_TIERS = {"so": "cấp sở", "huyen": "cấp huyện", "xa": "cấp xã", "dvsn": "đơn vị sự nghiệp"}
_AT_ONCE = {
    "returned": "trả lại báo cáo",
    "asked": "đề nghị gia hạn",
    "granted": "gia hạn báo cáo",
    "refused": "không gia hạn",
}
_DECIDED = {"granted": "tặng", "declined": "không tặng", "revoked": "thu hồi"}


@dataclass(frozen=True)
class Outcome:
    """Everything the demo tells about, as read from the services' own routes."""

    plan: Plan
    plans: Sequence[Plan]
    register: UnitRegister
    documents: Mapping[str, str]
    seed: int
    boards: Sequence[BoardView]
    lists: Sequence[AwardLists]
    verdicts: Mapping[str, Sequence[Eligible]]
    agendas: Sequence[Agenda]
    nominated: Sequence[tuple[Nominate, str]]
    decisions: Sequence[Decision]
    explained: Explanation
    notices: Sequence[Notice]
    reports: Mapping[str, int]
    reminders: Mapping[str, int]
    dead_letters: int
    verified: str
    mails: Path

    def name(self, unit: str) -> str:
        """A unit's name."""
        return self.register.name_of(unit)

    @property
    def last_agenda(self) -> Agenda:
        """The agenda of the session the year's awards come up on."""
        return next(agenda for agenda in self.agendas if (agenda.plan.id, agenda.session) == SESSION)

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
            "held": {each.award: list(each.held) for each in self.lists if each.held},
            "nominations": {
                "accepted": sum(not refused for _, refused in self.nominated),
                "refused": sum(bool(refused) for _, refused in self.nominated),
            },
            "decisions": Counter(decision.status for decision in self.decisions),
            "changed_since_freeze": sorted(f"{i.kind}/{i.award}" for i in self.last_agenda.items if i.changed),
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
    plan = next(plan for plan in plans if plan.awards)
    lists = await driver.lists()
    dead_letters = 0
    for service in SERVICES:
        database = Database(stack.mongo, f"thidua_{service}")
        dead_letters += await database.documents("dead_letters").count()
        await database.close()
    return Outcome(
        plan=plan,
        plans=plans,
        register=register,
        documents={p.source.key: p.source.name for p in plans},
        seed=seed,
        boards=[BoardView.model_validate(b) for b in await driver.get("scoring", driver.scoring("boards"))],
        lists=lists,
        verdicts={each.award: await driver.verdicts(each.award) for each in lists},
        agendas=[Agenda.model_validate(a) for a in await driver.get("council", "/v1/sessions")],
        nominated=driver.nominated,
        decisions=await driver.decisions(),
        explained=await driver.explain(_told_of(lists)),
        notices=[Notice.model_validate(n) for n in await driver.get("notify", "/v1/notices")],
        reports=await driver.get("intake", "/v1/counts"),
        reminders=await driver.get("notify", "/v1/counts"),
        dead_letters=dead_letters,
        verified=verified,
        mails=stack.mails,
    )


def _told_of(lists: Sequence[AwardLists]) -> str:
    """The unit the story explains in full: one on hold, else the first candidate."""
    named = [unit for each in lists for unit in each.held] + [unit for each in lists for unit in each.candidates]
    return named[0] if named else "336"


def tell(outcome: Outcome, console: Console) -> None:
    """Print the story."""
    assert outcome.plan.movement is not None
    console.print()
    console.rule()
    console.print(f"[bold]Phong trào thi đua “{outcome.plan.movement.name}”[/bold]")
    console.print(f"Số liệu minh họa, sinh từ hạt giống {outcome.seed}.")
    _tell_documents(outcome, console)
    _tell_boards(outcome, console)
    _tell_awards(outcome, console)
    _tell_nominations(outcome, console)
    _tell_agenda(outcome, console)
    _tell_decisions(outcome, console)
    _tell_reminders(outcome, console)
    _tell_explanation(outcome, console)
    reports = outcome.reports
    console.print(
        f"\nBáo cáo: {reports['accepted']} đã nhận, {reports['returned']} không tiếp nhận, "
        f"{reports['taken_back']} rút lại hoặc trả lại, {reports['duplicate']} gửi trùng. "
        f"Tính lại toàn bộ từ sự kiện đầu tiên: {'khớp' if outcome.verified == 'ok' else outcome.verified}."
    )


def _tell_documents(outcome: Outcome, console: Console) -> None:
    table = Table(title="Năm văn bản đang có hiệu lực", title_justify="left")
    for heading in ("Văn bản", "Ngày", "Nội dung", "Trong hệ thống"):
        table.add_column(heading)
    for plan in sorted(outcome.plans, key=lambda p: p.source.key):
        held = (
            (len(plan.obligations), "nội dung báo cáo, thực hiện"),
            (len(plan.awards) + len(plan.nominated), "hình thức khen thưởng"),
            (len(plan.tasks), "nhiệm vụ"),
            (len(plan.sessions), "phiên họp"),
            (len(plan.standards), "tiêu chí thi đua"),
            (len(plan.exemplar_steps), "khâu xây dựng điển hình"),
            (len(plan.own_units), "phòng, đơn vị của sở"),
        )
        named = plan.source.number or "chưa rõ số"
        carried = ", ".join(f"{n} {what}" for n, what in held if n)
        table.add_row(named, ngay(plan.source.issued), plan.source.title, carried)
        table.add_section()
    console.print(table)


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
    for heading in ("Hình thức", "Đạt mọi tiêu chuẩn", "Chờ Hội đồng, tạm dừng xét", "Gần nhất mà chưa đạt"):
        table.add_column(heading)
    for lists in outcome.lists:
        rows = {row.unit: row for row in outcome.verdicts[lists.award]}
        award = outcome.plan.award[lists.award]
        missing = min((row for row in rows.values() if row.verdict is Verdict.FAIL), key=distance, default=None)
        table.add_row(
            f"{award.id} {award.name}",
            _units(lists.candidates, outcome),
            "\n".join(
                f"{outcome.name(unit)}: {_why(rows[unit], outcome)}" for unit in (*lists.for_judgement, *lists.held)
            )
            or "–",
            f"{outcome.name(missing.unit)}: {_why(missing, outcome)}" if missing else "–",
        )
    console.print(table)


def _units(units: Sequence[str], outcome: Outcome) -> str:
    shown = [outcome.name(unit) for unit in units[:6]]
    more = len(units) - len(shown)
    return "\n".join(shown + ([f"… và {more} đơn vị nữa"] if more > 0 else [])) or "không có"


def _why(row: Eligible, outcome: Outcome) -> str:
    told = (f for f in row.findings if f.verdict is not Verdict.PASS)
    return "; ".join(f"{criterion_name(outcome.plan, f.criterion)}: {reason(f)}" for f in told)


def _tell_nominations(outcome: Outcome, console: Console) -> None:
    table = Table(title="Đề nghị khen thưởng và chỉ tiêu", title_justify="left")
    for heading in ("Lúc", "Cơ quan đề nghị", "Hình thức", "Kết quả"):
        table.add_column(heading)
    for step, refused in outcome.nominated:
        told = f"trả lại: {refused}" if refused else "đã nhận"
        table.add_row(gio_ngay(step.at), outcome.name(step.agency), step.body["award"], told)
    console.print(table)


def _tell_decisions(outcome: Outcome, console: Console) -> None:
    table = Table(title="Quyết định", title_justify="left")
    for heading in ("Hình thức", "Đơn vị", "Quyết định", "Lý do"):
        table.add_column(heading)
    order = [*outcome.plan.award, *outcome.plan.nominated_award]
    decided = sorted(outcome.decisions, key=lambda d: (order.index(d.award), d.status, d.subject))
    for (award, status), together in groupby(decided, key=lambda d: (d.award, d.status)):
        decisions = list(together)
        units = _units([d.subject for d in decisions], outcome)
        table.add_row(award, units, _DECIDED[status], next((d.reason for d in decisions if d.reason), "") or "")
        table.add_section()
    console.print(table)


def _tell_explanation(outcome: Outcome, console: Console) -> None:
    told = outcome.explained
    console.print(f"\n[bold]Giải trình[/bold] (thidua explain {told.unit})")
    console.print(told.heading, markup=False, highlight=False)
    for section in told.sections:
        console.print(f"{section.title}:", style="italic", markup=False, highlight=False)
        for line in section.lines:
            console.print(f"  – {line}", markup=False, highlight=False)


def _tell_agenda(outcome: Outcome, console: Console) -> None:
    agenda = outcome.last_agenda
    frozen = f"chốt lúc {gio_ngay(agenda.frozen_at)}" if agenda.frozen_at else "dự thảo"
    table = Table(title=f"Chương trình {agenda.name} ({frozen}, bản số {agenda.version})", title_justify="left")
    table.add_column("Số", justify="right")
    for heading in ("Nội dung", "Đơn vị", "Căn cứ"):
        table.add_column(heading)
    for item in agenda.items:
        cite = can_cu(item.cite, outcome.documents)
        units = _units(item.units, outcome) if item.units else ""
        units = units or (f"{len(item.nominations)} đề nghị" if item.nominations else "")
        changed = "\nSỐ LIỆU ĐÃ THAY ĐỔI" if item.changed else ""
        table.add_row(str(item.number), item.title + changed, units, cite)
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
    if told := _AT_ONCE.get(stage):
        return told
    days = int(stage[2:])
    if stage.startswith("L+"):
        return f"quá hạn {days} ngày làm việc"
    return f"còn {days} ngày làm việc" if days else "ngày cuối cùng"
