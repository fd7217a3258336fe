"""Verdicts and their evidence in Vietnamese sentences: no codes, dates as 05/12/2023 and 28/3/2023. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from shared.contracts.fast_models import AttendanceRow, Evidence, InspectionRow
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.scoring import Evidence as PublishedEvidence
from shared.wording.citations import Citing
from shared.wording.formats import INFERRED_AS_OF, gio_ngay, ngay, so

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


def source(evidence: Evidence | PublishedEvidence, plan: Plan, name_of: NameOf, citing: Citing) -> str:
    """The source of a piece of evidence: the report with its reporter, version and instant, or a judgement.

    ``citing`` writes the citations of the text that the source is part of.
    """
    if evidence.report is None:
        note = f": {evidence.note}" if evidence.note else ""
        return f"ý kiến thẩm định của {evidence.by}, {gio_ngay(evidence.at)}{note}"
    if evidence.note is not None:
        withdrawal = (
            f"báo cáo số {evidence.report} đã rút hoặc được đề nghị bổ sung, hoàn thiện lúc {gio_ngay(evidence.at)}"
        )
        return f"{withdrawal} theo {name_of(evidence.by)}; lý do: {evidence.note}"
    version = f" (lần {evidence.version})" if evidence.version > 1 else ""
    as_of = f", số liệu tính đến hết ngày {ngay(evidence.as_of)}" if evidence.as_of else ""
    obligation = plan.obligation.get(evidence.obligation or "")
    basis = f" ({citing.text(obligation.cite)})" if obligation else ""
    if obligation and obligation.infers_as_of and evidence.as_of:
        # The citation does not contain the day, so it comes before it.
        received = f"tiếp nhận lúc {gio_ngay(evidence.at)}{basis}{as_of} ({INFERRED_AS_OF})"
    else:
        received = f"tiếp nhận lúc {gio_ngay(evidence.at)}{as_of}{basis}"
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
    parts = [f"được mời {so(row.invited)} cuộc họp", f"dự {so(row.present)} cuộc"]
    counts = ((row.substitute, "cử người dự thay"), (row.excused, "vắng có lý do"), (row.unexcused, "vắng không lý do"))
    parts += [f"{label} {so(count)} cuộc" for count, label in counts if count]
    return ", ".join(parts)


def as_of_text(day: date) -> str:
    """The local day up to which figures are counted, inclusive."""
    return f"Số liệu tính đến hết ngày {ngay(day)}"
