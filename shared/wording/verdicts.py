"""Verdicts and their evidence in Vietnamese sentences: no codes, dates as 05/12/2023. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from shared.contracts.fast_models import AttendanceRow, Evidence, Finding, InspectionRow
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.wording.formats import can_cu, gio_ngay, ngay, so

NameOf = Callable[[str], str]
"""A unit's name by its code."""

VERDICTS: Mapping[Verdict, str] = {
    Verdict.PASS: "đạt",
    Verdict.FAIL: "không đạt",
    Verdict.HOLD: "tạm dừng xét",
    Verdict.MISSING: "chưa đủ căn cứ",
}

TIERS: Mapping[Tier, str] = {
    Tier.SO: "sở, ban, ngành, đoàn thể tỉnh",
    Tier.HUYEN: "huyện, thành phố",
    Tier.XA: "xã, phường, thị trấn toàn tỉnh",
    Tier.DVSN: "đơn vị sự nghiệp công lập trực thuộc tỉnh",
    Tier.KHAC: "cơ quan không xếp hạng",
}


def criterion_name(plan: Plan, criterion: str) -> str:
    """A criterion's name; its id if the plan does not have it."""
    return next((c.name for c in plan.criteria if c.id == criterion), criterion)


def reason(finding: Finding) -> str:
    """The reason for a criterion's verdict, as a clause."""
    text = _reason(finding)
    if finding.declared is not None:
        text += f" (cơ quan báo cáo công bố hạng {finding.declared}, khác hạng tính theo điểm)"
    return text


def _reason(finding: Finding) -> str:
    match finding.reason:
        case "no_feed":
            return "không có cơ quan nào được giao báo cáo, chờ Hội đồng cho ý kiến"
        case "not_reported":
            return "chưa nhận được số liệu"
        case "withdrawn":
            return "số liệu đã bị rút lại hoặc trả lại, chưa có số liệu thay thế"
        case "interim":
            provisional = f", tạm xếp hạng {finding.rank}" if finding.rank else ""
            return f"mới có số liệu tạm tính{provisional}"
        case "board_incomplete":
            return f"bảng xếp hạng chưa đủ đơn vị, tạm xếp hạng {finding.rank}"
        case "rank_within":
            return f"xếp hạng {finding.rank}, {_required_rank(finding)}"
        case "any_rank_within":
            own = f"xếp hạng {finding.rank}; " if finding.rank else ""
            return f"{own}đã có lĩnh vực khác trong mức yêu cầu"
        case "any_rank_open":
            return f"xếp hạng {finding.rank}, {_required_rank(finding)}; còn chờ lĩnh vực khác"
        case "rank_outside":
            return f"xếp hạng {finding.rank}, {_required_rank(finding)}"
        case "tasks_on_time":
            return f"cả {finding.count} nhiệm vụ đến hạn đều đúng thời gian"
        case "tasks_late":
            return f"{finding.count} nhiệm vụ không đúng thời gian"
        case "nothing_due":
            return "không có nhiệm vụ nào đến hạn trong kỳ"
        case "no_violation":
            return "không có vi phạm" if not finding.count else f"{finding.count} vi phạm, trong mức cho phép"
        case "violation":
            return f"có {finding.count} vi phạm đã kết luận{_still_open(finding)}"
        case "inspection_open":
            return f"đang có {finding.count} vụ việc có dấu hiệu vi phạm chưa kết luận ({', '.join(finding.cases)})"
        case "inspection_found":
            return f"{finding.count} vụ việc đã kết luận có vi phạm ({', '.join(finding.found)}){_still_open(finding)}"
        case "listed":
            return "có trong danh sách"
        case "not_listed":
            return "không có trong danh sách"
        case "active":
            return "đơn vị đang hoạt động"
        case "dissolved":
            return "đơn vị đã giải thể, sáp nhập trước khi quyết định khen thưởng"
        case "judged":
            return f"Hội đồng đánh giá {VERDICTS[finding.verdict]}"


def _still_open(finding: Finding) -> str:
    return f"; còn vụ việc chưa kết luận ({', '.join(finding.cases)})" if finding.cases else ""


def _required_rank(finding: Finding) -> str:
    return "yêu cầu dẫn đầu" if finding.limit == 1 else f"yêu cầu hạng 1 đến {finding.limit}"


def source(evidence: Evidence, plan: Plan, name_of: NameOf, documents: Mapping[str, str]) -> str:
    """The source of a piece of evidence: the report with its reporter, version and instant, or a judgement.

    ``documents`` maps the keys of the source documents to their numbers.
    """
    if evidence.report is None:
        note = f": {evidence.note}" if evidence.note else ""
        return f"ý kiến của {evidence.by}, {gio_ngay(evidence.at)}{note}"
    if evidence.note is not None:
        withdrawal = f"báo cáo số {evidence.report} bị rút lại hoặc trả lại lúc {gio_ngay(evidence.at)}"
        return f"{withdrawal} bởi {name_of(evidence.by)}: {evidence.note}"
    version = f" (bản {evidence.version})" if evidence.version > 1 else ""
    as_of = f", số liệu tính đến ngày {ngay(evidence.as_of)}" if evidence.as_of else ""
    obligation = plan.obligation.get(evidence.obligation or "")
    basis = f" ({can_cu(obligation.cite, documents)})" if obligation else ""
    received = f"nhận lúc {gio_ngay(evidence.at)}{as_of}{basis}"
    return f"báo cáo số {evidence.report}{version} của {name_of(evidence.by)}, {received}"


def case_text(row: InspectionRow) -> str:
    """The current state of an inspection or complaint."""
    signs = "có dấu hiệu vi phạm" if row.signs_of_violation else "không có dấu hiệu vi phạm"
    if row.closed is None:
        end = "chưa kết luận"
    else:
        conclusion = "có vi phạm" if row.violation_found else "không có vi phạm"
        end = f"kết luận ngày {ngay(row.closed)}: {conclusion}"
    about = f" ({row.about})" if row.about else ""
    return f"vụ việc {row.case}{about}, mở ngày {ngay(row.opened)}, {signs}, {end}"


def attendance_text(row: AttendanceRow) -> str:
    """How often a unit's leaders attended meetings (A16)."""
    parts = [f"được mời {so(row.invited)} cuộc họp", f"dự {so(row.present)}"]
    counts = ((row.substitute, "cử người đi thay"), (row.excused, "vắng có lý do"), (row.unexcused, "vắng không lý do"))
    parts += [f"{label} {so(count)}" for count, label in counts if count]
    return ", ".join(parts)


def as_of_text(day: date) -> str:
    """The local day up to which figures are counted, inclusive."""
    return f"Số liệu tính đến hết ngày {ngay(day)}"
