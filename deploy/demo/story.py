"""The story of the demo's year: tables in Vietnamese for people."""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import groupby

from rich.console import Console
from rich.table import Table

from deploy.demo.outcome import Outcome
from services.council.desk.session_lines import basis_text, status_text
from services.council.sessions.outcomes import OUTCOME_NAMES
from services.scoring.rules import distance
from shared.contracts.fast_models import Eligible
from shared.contracts.model import Verdict, local
from shared.contracts.notify import Notice
from shared.plans.criteria.table import reason_text
from shared.wording.agenda_changes import award_state, change_sentence
from shared.wording.citations import Citing
from shared.wording.formats import cham, diem, gio_ngay, ngay, thoi_han
from shared.wording.plan_names import criterion_name
from shared.wording.reminding import SENDINGS, recipient, stage_in_words

_TIERS = {"so": "cấp sở", "huyen": "cấp huyện", "xa": "cấp xã", "dvsn": "đơn vị sự nghiệp"}
_STAGES = {
    "returned": "đề nghị bổ sung, hoàn thiện báo cáo",
    "asked": "đề nghị gia hạn",
    "granted": "gia hạn báo cáo",
    "refused": "không gia hạn",
}
_DECISIONS = {
    "granted": "thống nhất đề nghị tặng",
    "declined": "không đề nghị tặng",
    "revoked": "đề nghị đã hết hiệu lực",
}


def print_story(outcome: Outcome, console: Console) -> None:
    """Print the story of the year."""
    assert outcome.plan.movement is not None
    console.print()
    console.rule()
    console.print(f"[bold]Phong trào thi đua “{outcome.plan.movement.name}”[/bold]")
    console.print(f"Số liệu minh họa, sinh từ hạt giống {outcome.seed}.")
    _print_documents(outcome, console)
    _print_boards(outcome, console)
    _print_awards(outcome, console)
    _print_nominations(outcome, console)
    _print_sessions(outcome, console)
    _print_agenda(outcome, console)
    _print_decisions(outcome, console)
    _print_awards_given(outcome, console)
    _print_reminders(outcome, console)
    _print_explanation(outcome, console)
    reports = outcome.reports
    console.print(
        f"\nBáo cáo: {reports['accepted']} đã tiếp nhận, {reports['returned']} chưa được tiếp nhận, "
        f"{reports['taken_back']} đã rút hoặc được đề nghị bổ sung, hoàn thiện, {reports['duplicate']} gửi trùng. "
        f"Tính lại toàn bộ từ sự kiện đầu tiên: {'khớp' if outcome.verified == 'ok' else outcome.verified}."
    )


def _print_documents(outcome: Outcome, console: Console) -> None:
    table = Table(title="Năm văn bản đang có hiệu lực", title_justify="left")
    for heading in ("Văn bản", "Ngày", "Nội dung", "Trong hệ thống"):
        table.add_column(heading)
    for plan in sorted(outcome.plans, key=lambda p: p.source.key):
        contents = (
            (len(plan.obligations), "nội dung báo cáo, thực hiện"),
            (len(plan.awards) + len(plan.nominated), "hình thức khen thưởng"),
            (len(plan.tasks), "nhiệm vụ"),
            (len(plan.sessions), "phiên họp"),
            (len(plan.standards), "tiêu chí thi đua"),
            (len(plan.exemplar_steps), "khâu nhân rộng điển hình tiên tiến"),
            (len(plan.own_units), "phòng, đơn vị của sở"),
        )
        number = plan.source.number or "chưa rõ số"
        content = ", ".join(f"{n} {noun}" for n, noun in contents if n)
        table.add_row(number, ngay(plan.source.issued), plan.source.title, content)
        table.add_section()
    console.print(table)


def _print_boards(outcome: Outcome, console: Console) -> None:
    table = Table(title="Xếp hạng toàn tỉnh (ba hạng đầu)", title_justify="left")
    for heading in ("Lĩnh vực", "Cấp", "Hạng", "Đơn vị", "Điểm"):
        table.add_column(heading, justify="right" if heading in ("Hạng", "Điểm") else "left")
    for board in outcome.boards:
        if board.scope != "tinh":
            continue
        for n, place in enumerate(board.places[:3]):
            field, tier = outcome.plan.field[board.field], _TIERS[board.tier.value]
            score = diem(place.score, field.decimals)
            table.add_row("" if n else field.name, "" if n else tier, str(place.rank), place.name, score)
        table.add_section()
    console.print(table)


def _print_awards(outcome: Outcome, console: Console) -> None:
    table = Table(title="Đơn vị đạt đủ tiêu chuẩn, và lý do chưa đạt", title_justify="left", show_lines=True)
    for heading in ("Hình thức", "Đạt mọi tiêu chuẩn", "Chờ Hội đồng, tạm dừng xét", "Gần nhất mà chưa đạt"):
        table.add_column(heading)
    for lists in outcome.lists:
        rows = {row.unit: row for row in outcome.verdicts[lists.award]}
        award = outcome.plan.award[lists.award]
        nearest = min((row for row in rows.values() if row.verdict is Verdict.FAIL), key=distance, default=None)
        table.add_row(
            award.name,
            _units(lists.candidates, outcome),
            "\n".join(
                f"{outcome.name(unit)}: {_why(rows[unit], outcome)}" for unit in (*lists.for_judgement, *lists.held)
            )
            or "–",
            f"{outcome.name(nearest.unit)}: {_why(nearest, outcome)}" if nearest else "–",
        )
    console.print(table)


def _units(units: Sequence[str], outcome: Outcome) -> str:
    return _listed([outcome.name(unit) for unit in units])


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:6])
    more = len(names) - len(shown)
    return "\n".join(shown + ([f"… và {more} đơn vị nữa"] if more > 0 else [])) or "không có"


def _why(row: Eligible, outcome: Outcome) -> str:
    open_findings = (finding for finding in row.findings if finding.verdict is not Verdict.PASS)
    return "; ".join(f"{criterion_name(outcome.plan, f.criterion)}: {reason_text(f)}" for f in open_findings)


def _print_nominations(outcome: Outcome, console: Console) -> None:
    table = Table(title="Đề nghị khen thưởng và số lượng", title_justify="left")
    for heading in ("Lúc", "Cơ quan đề nghị", "Hình thức", "Kết quả"):
        table.add_column(heading)
    for step, refused in outcome.nominated:
        result = f"không tiếp nhận: {refused}" if refused else "đã tiếp nhận"
        table.add_row(
            gio_ngay(step.at), outcome.full_name(step.agency), outcome.award_name(str(step.body["award"])), result
        )
    console.print(table)


def _print_decisions(outcome: Outcome, console: Console) -> None:
    table = Table(title="Ý kiến của Hội đồng", title_justify="left")
    for heading in ("Hình thức", "Đơn vị", "Kết quả", "Lý do"):
        table.add_column(heading)
    order = [*outcome.plan.award, *outcome.plan.nominated_award]
    decided = sorted(outcome.decisions, key=lambda d: (order.index(d.award), d.status, d.subject))
    for (award, status), group in groupby(decided, key=lambda d: (d.award, d.status)):
        decisions = list(group)
        units = _listed([outcome.full_name(d.subject) for d in decisions])
        reason = next((decision.reason for decision in decisions if decision.reason), None) or ""
        table.add_row(outcome.award_name(award), units, _DECISIONS[status], reason)
        table.add_section()
    console.print(table)


def _print_awards_given(outcome: Outcome, console: Console) -> None:
    table = Table(title="Quyết định khen thưởng", title_justify="left")
    for heading in ("Hình thức", "Đơn vị", "Trạng thái"):
        table.add_column(heading)
    order = [*outcome.plan.award, *outcome.plan.nominated_award]
    state_of = partial(award_state, proposed=False)
    given = sorted(outcome.awards, key=lambda a: (order.index(a.award), state_of(a), a.subject))
    for (award, state), group in groupby(given, key=lambda a: (a.award, state_of(a))):
        units = _listed([outcome.full_name(conferred.subject) for conferred in group])
        table.add_row(outcome.award_name(award), units, state)
        table.add_section()
    console.print(table)


def _print_explanation(outcome: Outcome, console: Console) -> None:
    explanation = outcome.explanation
    console.print(f"\n[bold]Giải trình[/bold] (thidua explain {explanation.unit})")
    console.print(explanation.heading, markup=False, highlight=False)
    for section in explanation.sections:
        console.print(f"{section.title}:", style="italic", markup=False, highlight=False)
        for line in section.lines:
            console.print(f"  – {line}", markup=False, highlight=False)


def _print_sessions(outcome: Outcome, console: Console) -> None:
    table = Table(title="Các phiên họp của Hội đồng", title_justify="left")
    for heading in ("Phiên họp", "Trạng thái", "Có mặt", "Kết quả các nội dung"):
        table.add_column(heading)
    for agenda in outcome.agendas:
        counts = Counter(recorded.given.outcome for recorded in agenda.outcomes)
        results = ", ".join(f"{n} {OUTCOME_NAMES[result]}" for result, n in counts.items())
        present = f"{agenda.meeting.present}/{agenda.meeting.members}" if agenda.meeting else ""
        table.add_row(agenda.name, status_text(agenda), present, results)
    console.print(table)


def _print_agenda(outcome: Outcome, console: Console) -> None:
    agenda = outcome.last_agenda
    frozen = f"chốt lúc {gio_ngay(agenda.frozen_at)}" if agenda.frozen_at else "dự thảo"
    table = Table(title=f"Chương trình {agenda.name} ({frozen}, lần {agenda.version})", title_justify="left")
    table.add_column("Số", justify="right")
    for heading in ("Nội dung", "Đơn vị", "Căn cứ"):
        table.add_column(heading)
    citing = Citing(outcome.documents)
    for item in agenda.items:
        cite = basis_text(item, citing)
        units = _units(item.units, outcome) if item.units else ""
        units = units or (f"{len(item.nominations)} đề nghị" if item.nominations else "")
        changed = "\nSỐ LIỆU ĐÃ THAY ĐỔI" if item.changed else ""
        if item.change is not None:
            sentence = change_sentence(
                item.change,
                outcome.full_name,
                outcome.full_name,
                lambda criterion: criterion_name(outcome.plan, criterion),
            )
            changed += f"\n{sentence}."
        table.add_row(str(item.number), item.title + changed, units, cite)
        table.add_section()
    console.print(table)


def _print_reminders(outcome: Outcome, console: Console) -> None:
    table = Table(title="Nhắc việc của phong trào", title_justify="left", show_lines=True)
    for heading in ("Lúc", "Mốc", "Gửi"):
        table.add_column(heading)
    of_movement = [notice for notice in outcome.notices if notice.plan.id == outcome.plan.id]
    for sent_at, group in groupby(of_movement, key=lambda notice: notice.sent_at):
        notices = list(group)
        recipients = [f"{outcome.full_name(notice.recipient)} ({len(notice.lines)} nội dung)" for notice in notices]
        table.add_row(gio_ngay(sent_at), _stage(notices[0]), "; ".join(recipients))
    console.print(table)
    counts = outcome.reminders
    console.print(
        f"Cả năm: {counts['sent']} lượt nhắc trong {len(outcome.notices)} thư, "
        f"{counts['suppressed']} lượt không cần nữa (báo cáo đã đến)."
    )
    _print_ladder(outcome, console)
    if mail := next(iter(sorted(outcome.mails.glob("*.eml"))), None):
        message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
        console.print(f"Thư mẫu ({mail.name}): {message['subject']} → {message['to']}")


def _print_ladder(outcome: Outcome, console: Console) -> None:
    """The reminders of the duty that went furthest: to the agency, then to those above it."""
    late = max(outcome.ledger, key=lambda duty: sum(row.outcome == "sent" for row in duty.rows), default=None)
    if late is None:
        return
    agency = outcome.full_name(late.owner)
    title = f"Đôn đốc {agency}: {late.what}, {thoi_han(late.last_day)}"
    table = Table(title=title, title_justify="left")
    for heading in ("Ngày", "Mốc", "Gửi", "Kết quả"):
        table.add_column(heading)
    for row in late.rows:
        if row.outcome == "sent":
            mark = cham((row.day - late.last_day).days) if row.day > late.last_day else stage_in_words(row.stage)
            to = recipient(outcome.register, row.unit, row.role)
            sent = "; ".join(f"{SENDINGS[s.state]} {s.mailbox}" for s in row.sendings) or "chờ duyệt"
            table.add_row(ngay(row.day), mark, to, sent)
    console.print(table)


def _stage(notice: Notice) -> str:
    """Why a notice was sent: what is left counts working days, a delay calendar days."""
    line = notice.lines[0]
    if name := _STAGES.get(line.stage):
        return name
    if line.stage.startswith("L+") and line.last_day is not None:
        return cham((local(notice.sent_at).date() - line.last_day).days)
    return stage_in_words(line.stage)
