"""What the codes of a plan stand for, in Vietnamese, beside each code where a list of them is printed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MEANINGS: Mapping[str, str] = {
    # kinds of report
    "score": "điểm của một lĩnh vực",
    "tasks": "nhiệm vụ được giao",
    "discipline": "kỷ luật, kỷ cương hành chính",
    "attendance": "dự họp",
    "listed": "danh sách có thành tích, kết quả nổi bật",
    "inspection": "vụ việc thanh tra, kiểm tra, khiếu nại, tố cáo",
    "document": "văn bản, không có số liệu",
    # tiers
    "so": "sở, ban, ngành, đoàn thể tỉnh",
    "huyen": "huyện, thành phố",
    "xa": "xã, phường, thị trấn",
    "dvsn": "đơn vị sự nghiệp công lập trực thuộc Ủy ban nhân dân tỉnh",
    "khac": "cơ quan không xếp hạng",
    # kinds of criterion
    "rank": "xếp hạng trong một lĩnh vực",
    "all_tasks_on_time": "hoàn thành 100% nhiệm vụ đúng thời gian",
    "no_violation": "không vi phạm kỷ luật, kỷ cương",
    "judgement": "cơ quan thường trực thẩm định",
    "active": "đơn vị còn hoạt động",
    # forms and scopes of awards
    "co_thi_dua": "Cờ thi đua",
    "co_thi_dua_chinh_phu": "Cờ thi đua của Chính phủ",
    "bang_khen": "Bằng khen",
    "giay_khen": "Giấy khen",
    "bang_khen_thu_tuong": "Bằng khen của Thủ tướng Chính phủ",
    "huan_chuong_lao_dong": "Huân chương Lao động",
    "tinh": "trong toàn tỉnh",
    "parent": "trong cùng một huyện, thành phố",
    "all": "mọi lĩnh vực",
    "any": "một lĩnh vực bất kỳ",
    # kinds of nominee
    "tap_the": "tập thể",
    "tap_the_nho": "tập thể nhỏ",
    "ho_gia_dinh": "hộ gia đình",
    "doanh_nghiep": "doanh nghiệp",
    "doanh_nhan": "doanh nhân",
    "can_bo": "cán bộ, công chức, viên chức",
    "nguoi_dan": "người dân",
    "cong_nhan": "công nhân",
    "nong_dan": "nông dân",
    "tri_thuc": "trí thức",
    "kieu_bao": "kiều bào",
    "ca_nhan": "cá nhân",
    # kinds of unit and group; where a value comes from
    "phong": "phòng",
    "don_vi": "đơn vị trực thuộc",
    "cum": "cụm thi đua",
    "khoi": "khối thi đua",
    "printed": "nguồn ghi",
    "inferred": "suy ra từ nguồn",
    "assumed": "nguồn không nêu, tự chọn",
    # what of an obligation is inferred
    "expected": "đơn vị phải có trong báo cáo",
    "recipients": "nơi nhận",
    # periods of an obligation that recurs
    "half_year": "nửa năm",
    "month": "tháng",
    "school_year": "năm học",
    # cells of the council's task list whose value comes from a merged cell
    "lead": "cơ quan chủ trì",
    "quarter": "quý",
    # how a council meets and votes
    "total_members": "tổng số thành viên Hội đồng",
    "present": "số thành viên có mặt",
    "valid_ballots": "số phiếu hợp lệ",
    "chair_decides": "theo bên có ý kiến của người chủ trì",
    "fails": "không được thông qua",
    "none": "không áp dụng",
    "own_unit": "thành viên không bỏ phiếu về đơn vị của mình",
    "attend": "dự họp, không bỏ phiếu",
    "vote": "dự họp và bỏ phiếu",
    "session_tasks": "nhiệm vụ của phiên họp",
    "carried_over": "nội dung phiên trước để lại",
    "open_readings": "cách hiểu còn để ngỏ",
    "all_awards": "xét khen thưởng",
    "by_hand": "nội dung thêm",
    "held_awards": "trường hợp tạm dừng xét",
    "open_reports": "báo cáo chưa nhận được",
}
"""By code. A code that stands in two lists of a plan means the same in both."""

SWITCH_MEANINGS: Mapping[str, Mapping[str, str]] = {
    "A1": {"exclusive": "không kể ngày ghi trong kế hoạch", "inclusive": "kể cả ngày ghi trong kế hoạch"},
    "A2": {"inclusive": "kể cả ngày chốt", "exclusive": "không kể ngày chốt"},
    "A3": {"inherit": "theo ngày chốt của phong trào", "none": "không có ngày chốt"},
    "A4": {"all": "mọi lĩnh vực", "any": "một lĩnh vực bất kỳ"},
    "A5": {"rank": "hạng tính theo điểm", "declared": "xếp loại do cơ quan báo cáo công bố"},
    "A6": {"competition": "1, 2, 2, 4", "dense": "1, 2, 2, 3"},
    "A8": {"parent": "trong cùng một huyện, thành phố", "tinh": "trong toàn tỉnh"},
    "A9": {"exclude": "chỉ một trong Cờ thi đua và Bằng khen", "both": "được cả hai"},
    "A12": {"missing": "chưa đủ căn cứ", "fail": "không đạt"},
    "A14": {"warn": "nêu chỗ khác nhau", "ignore": "bỏ qua"},
    "A17": {"missing": "chưa đủ căn cứ", "pass": "đạt"},
    "A18": {"hold": "tạm dừng xét", "fail": "không đạt", "ignore": "không xét đến"},
    "A19": {"nominator": "tính vào số lượng của cơ quan đề nghị", "free": "không tính"},
    "A21": {"free": "không tính vào số lượng cá nhân", "counted": "tính vào số lượng cá nhân"},
    "A24": {"historical": "là việc đã qua", "open": "còn phải làm, tính quá hạn"},
    "A37": {"first_complete": "theo lần gửi đủ đầu tiên", "latest": "theo lần gửi cuối cùng"},
    "A39": {"missing": "chưa đủ căn cứ", "counts": "được tính"},
    "A40": {"fail": "không đạt", "missing": "chưa đủ căn cứ"},
    "A41": {"missing_only": "chỉ thay “chưa đủ căn cứ”", "any": "thay cả kết quả theo số liệu"},
    "A42": {"parent": "huyện, thành phố quản lý", "itself": "chính xã, phường, thị trấn", "either": "một trong hai"},
    "A43": {"accept": "nhận", "refuse": "không nhận"},
}
"""By decision and value, for the choices that have a list of values."""

NUMBERS_AND_LISTS: Mapping[str, str] = {"A7": "số nguyên từ 0 đến 20", "A10": "danh sách mã đơn vị"}
"""The values of the other choices."""


def meaning(code: str) -> str:
    """What a code stands for; the code itself if it has no meaning here."""
    return MEANINGS.get(code, code)


def with_meanings(codes: Iterable[str]) -> str:
    """Codes with what they stand for: "score (điểm của một lĩnh vực), tasks (nhiệm vụ được giao)"."""
    return ", ".join(f"{code} ({MEANINGS[code]})" if code in MEANINGS else code for code in codes)


def switch_values(decision: str) -> str:
    """The values a choice may have, with what they stand for."""
    if decision in NUMBERS_AND_LISTS:
        return NUMBERS_AND_LISTS[decision]
    return ", ".join(f"{value} ({text})" for value, text in SWITCH_MEANINGS[decision].items())
