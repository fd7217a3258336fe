"""Problems of a plan in Vietnamese, for the people who write plans: sections, values, what was expected. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, get_args

from pydantic_core import ErrorDetails

from shared.contracts.choices import SWITCHES, Parameter, default_of
from shared.contracts.council_rules import SHARE_PATTERN
from shared.contracts.model import CITE_PATTERN, DOCUMENT_KEY_PATTERN, FIRST_YEAR, LAST_YEAR, Code, Id, Tier
from shared.contracts.periods import Period
from shared.contracts.plan import Path, Plan
from shared.wording.plan_codes import switch_values, with_meanings
from shared.wording.plan_names import SECTIONS, TIERS

_MAX_VALUE_LENGTH = 60

_YAML = (
    (r"mapping values are not allowed", "dấu hai chấm ở chỗ không được có; hãy đặt cả giá trị trong dấu nháy"),
    (r"'\\t'", "thụt dòng bằng dấu tab; hãy dùng dấu cách"),
    (r"unexpected end of stream|<stream end>", "thiếu dấu đóng (nháy, ngoặc vuông hoặc ngoặc nhọn)"),
    (r"could not find expected ':'", "thiếu dấu hai chấm sau tên mục"),
    (r"expected <block end>|<block (mapping|sequence) start>", "thụt dòng không thẳng hàng với các mục bên trên"),
    (r"expected ',' or", "thiếu dấu phẩy hoặc dấu đóng ngoặc"),
    (r"an alias", "dùng bí danh (dấu * thay cho phần đã đặt tên bằng dấu &); hãy viết lại đầy đủ phần đó"),
    (r"an explicit tag", "có kiểu ghi bằng dấu ! (như !!int); hãy bỏ, hoặc đặt cả giá trị trong dấu nháy"),
    (r"stacked marks", "có quá nhiều dấu chồng lên một chữ"),
    (r"a number without bounds", "có số quá lớn"),
    (r"a key given twice", "một mục được ghi hai lần"),
    (r"nested too deep", "các mục lồng nhau quá sâu"),
    (r"too large", "lớn hơn 512 KiB, không phải một kế hoạch"),
    (r"not UTF-8", "không ở bảng mã UTF-8"),
    (r"another document", "một tệp chỉ chứa một kế hoạch (không dùng dòng --- lần thứ hai)"),
    (r"may not stand in a text", "có ký tự điều khiển không được phép"),
    (r"cannot start any token", "ký tự này không được đứng đầu giá trị; hãy đặt cả giá trị trong dấu nháy"),
)

_A_PERIOD = "kỳ dạng năm (2023), nửa năm (2023-H1), quý (2023-Q4), tháng (2023-11) hoặc năm học (2022-2023)"

_PATTERNS: Mapping[str, str] = {
    get_args(Code)[1].pattern: "mã chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối",
    get_args(Id)[1].pattern: "mã chỉ gồm chữ không dấu, chữ số và các dấu . _ : -",
    get_args(Period)[1].pattern: _A_PERIOD,
    CITE_PATTERN: "căn cứ dạng “S0 VI.2”, “46/KH-UBND VI.2”, “S0 IV.3.a; A14” hoặc “L5”",
    DOCUMENT_KEY_PATTERN: (
        "khóa văn bản gồm chữ, chữ số và các dấu / & _ -, có chữ số hoặc chữ hoa, như S0, KH46 hoặc 46/KH-UBND; "
        "A, L kèm số là mã quyết định, căn cứ pháp lý"
    ),
    Parameter.model_fields["id"].metadata[0].pattern: "mã quyết định dạng A4",
    SHARE_PATTERN: "phân số của hai số nguyên, ví dụ 2/3 hoặc 70/100",
}

_A_DAY = "phải là một ngày có thật, viết theo thứ tự năm-tháng-ngày, tháng và ngày đủ hai chữ số"
_A_TIME = 'phải là giờ, viết trong dấu nháy ("08:00:00")'
_TEXT = "phải là chữ; nếu là số hoặc ngày, hãy đặt trong dấu nháy"
_WHOLE = "phải là số nguyên"
_ROWS = "phải là danh sách (mỗi dòng một gạch đầu dòng, hoặc đặt trong ngoặc vuông)"
_GROUP = "phải là một nhóm mục (tên: giá trị)"

_EXPECTED: Mapping[str, str] = {
    "string_type": _TEXT,
    "string_too_short": "không được để trống",
    "string_too_long": "dài quá {max_length} ký tự",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": _WHOLE,
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
    "decimal_type": "phải là số",
    "decimal_parsing": "phải là số",
    "date_type": _A_DAY,
    "date_parsing": _A_DAY,
    "date_from_datetime_parsing": _A_DAY,
    "date_from_datetime_inexact": _A_DAY,
    "day_out_of_bounds": f"phải là ngày từ năm {FIRST_YEAR} đến năm {LAST_YEAR}",
    "time_type": _A_TIME,
    "time_parsing": _A_TIME,
    "greater_than_equal": "nhỏ nhất là {ge}",
    "less_than_equal": "lớn nhất là {le}",
    "too_short": "phải có ít nhất {min_length} dòng",
    "tuple_type": _ROWS,
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
    "dict_type": _GROUP,
    "invalid_key": "tên mục phải là chữ",
    "union_tag_not_found": "thiếu mục “rule” nói loại điều kiện",
}

_BROKEN_RULES: tuple[tuple[str, str, str, str], ...] = (
    (r"the window ends \((\S+)\) before it begins \((\S+)\)", "dates_out_of_order", "last", "ngày cuối {} trước {}"),
    (r"the years end \((\d+)\) before they begin \((\d+)\)", "dates_out_of_order", "last", "năm cuối {} trước {}"),
    (
        r"counted to (\S+), which is not before it is due \((\S+)\)",
        "dates_out_of_order",
        "as_of",
        "ngày chốt số liệu {} không trước thời hạn {}",
    ),
    (r"a share of (\S+) is more than all", "invalid", "", "tỷ lệ {} lớn hơn toàn bộ"),
    (r"day is out of range for month", "invalid", "day", "tháng đó không có ngày này"),
    (r"a field is named exactly when", "invalid", "kind", "phải nêu lĩnh vực (field) khi kind là score, và chỉ khi đó"),
    (r"expects tiers that are not its subjects: \[(.+)\]", "invalid", "expected", "cấp {} không có trong mục tiers"),
    (
        r"due before a day, within a window, yearly or periodic",
        "invalid",
        "",
        "chỉ nêu một trong bốn loại thời hạn: before, window, yearly, periodic",
    ),
    (r"'(.+)' is no period", "invalid", "", f"không có kỳ “{{}}”; phải là {_A_PERIOD}"),
    (r"the periods end \((\S+)\) before they begin \((\S+)\)", "dates_out_of_order", "last", "kỳ cuối {} trước {}"),
    (r"(\S+) is no period of every (\w+)", "invalid", "every", "kỳ {} không cùng loại với mục every ({})"),
    (r"has one period, and recurs", "invalid", "period", "chỉ nêu kỳ (period) khi không có yearly hoặc periodic"),
    (r"counted to one day, and due for several", "invalid", "as_of", "nhiều kỳ (periodic) thì không có as_of"),
    (r"a role reports, or each unit of a tier", "invalid", "each", "chỉ nêu reporter hoặc each, không nêu cả hai"),
    (r"places belong to a tier or to one unit", "invalid", "", "phải nêu tier hoặc unit, và chỉ một trong hai"),
)


class PlanError(NamedTuple):
    """One error of a plan: its stable code, the sentence, and the key below the error's place that it concerns."""

    code: str
    detail: str
    below: str = ""


def location(path: Path, data: Any) -> str:
    """The row and key that a path names: "Nghĩa vụ OB05, mục “yearly.day”"."""
    if len(path) > 1 and isinstance(path[1], int):
        row = data[path[0]][path[1]]
        ids = [row.get(key) for key in ("id", "code", "unit")] if isinstance(row, dict) else []
        row_id = next((str(value) for value in ids if value), f"thứ {path[1] + 1}")
        label, rest = f"{SECTIONS.get(str(path[0]), path[0])} {row_id}", path[2:]
    elif path and path[0] in SECTIONS and isinstance(data[path[0]], dict):
        label, rest = SECTIONS[str(path[0])], path[1:]
    else:
        label, rest = "Kế hoạch", path
    keys = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in rest).removeprefix(".")
    return f"{label}, mục “{keys}”" if keys else label


def part(path: Path, data: Any) -> str:
    """The name of a row or section: "Nghĩa vụ OB05", "Văn bản"; of any other key: "mục “version”"."""
    if len(path) > 1:
        return location(path, data)
    return SECTIONS.get(str(path[0]), f"mục “{path[0]}”")


def quoted(value: Any) -> str:
    """A value in quotation marks, truncated if it is long."""
    text = "" if value is None else str(value)
    return f"“{text[:_MAX_VALUE_LENGTH]}…”" if len(text) > _MAX_VALUE_LENGTH else f"“{text}”"


_MISREAD: Mapping[str, str] = {
    "bool": "YAML đọc là đúng/sai (true/false); nếu là chữ, hãy đặt trong dấu nháy, nếu không hãy viết true hoặc false",
    "int": "YAML đọc là một số khác; hãy viết số bằng chữ số thường, không có số 0 đứng đầu, hoặc đặt trong dấu nháy",
    "float": "YAML đọc là một số khác; hãy viết dạng 87.5, không có số 0 thừa, hoặc đặt trong dấu nháy",
    "thousands": "có thể là hàng nghìn hoặc phần thập phân; hãy viết 1000 cho một nghìn, hoặc đặt trong dấu nháy",
}


def misread_value(problem: str) -> str:
    """Why a value means another than is written; ``problem`` is what ``positioned_yaml.Misread`` has."""
    _, kind, written = problem.split(" ", 2)
    return f"giá trị {written}: {_MISREAD[kind]}"


def invalid_yaml(problem: str) -> str:
    """Why a text is not valid YAML; ``problem`` is the parser's message."""
    if problem.startswith("misread "):
        return f"{misread_value(problem)}."
    for pattern, text in _YAML:
        if re.search(pattern, problem):
            return f"Không đọc được tệp: {text}."
    return f"Không đọc được tệp ({problem})."


def plan_error(error: ErrorDetails) -> PlanError:
    """One of pydantic's errors in Vietnamese; an unknown error keeps pydantic's message in parentheses."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return PlanError("invalid", f"thiếu mục “{error['loc'][-1]}”")
    if kind == "extra_forbidden":
        return PlanError("invalid", _unknown_key(str(error["loc"][-1]), value))
    if kind == "value_error":
        return _broken_rule(str(context.get("error", error["msg"])))
    if kind in ("enum", "literal_error"):
        allowed = with_meanings(re.findall(r"'([^']*)'", str(context["expected"])))
        return PlanError("invalid", f"giá trị {quoted(value)} không hợp lệ, phải là một trong: {allowed}")
    if kind == "union_tag_invalid":
        allowed = with_meanings(re.findall(r"'([^']*)'", str(context["expected_tags"])))
        return PlanError(
            "invalid", f"giá trị {quoted(context['tag'])} không hợp lệ, phải là một trong: {allowed}", "rule"
        )
    if kind == "string_pattern_mismatch":
        expected = _PATTERNS.get(context["pattern"], f"dạng {context['pattern']}")
        return PlanError("invalid", f"giá trị {quoted(value)} không đúng dạng: {expected}")
    if kind in _EXPECTED:
        expected = _EXPECTED[kind].format(**context)
        scalar = not isinstance(value, dict | list | tuple)
        return PlanError("invalid", f"giá trị {quoted(value)}: {expected}" if scalar else expected)
    return PlanError("invalid", f"giá trị không hợp lệ ({error['msg']})")


def _unknown_key(key: str, value: Any) -> str:
    text = f"không có mục {quoted(key)} ở đây"
    if similar := [match for match in get_close_matches(key, _keys(), 1, 0.7) if match != key]:
        return f"{text}; có phải là “{similar[0]}”?"
    if value is None:
        return f"{text}; nếu đó là phần sau dấu phẩy của một giá trị, hãy đặt cả giá trị trong dấu nháy"
    return text


@cache
def _keys() -> list[str]:
    """Every key of any part of a plan."""
    schema = Plan.model_json_schema()
    return sorted({key for part in (schema, *schema["$defs"].values()) for key in part.get("properties", ())})


def _broken_rule(message: str) -> PlanError:
    for pattern, code, below, text in _BROKEN_RULES:
        if match := re.search(pattern, message):
            codes = [re.findall(r"<[\w.]+: '(\w+)'>", group) for group in match.groups()]
            values = [with_meanings(c) if c else group for c, group in zip(codes, match.groups(), strict=True)]
            return PlanError(code, text.format(*values), below)
    return PlanError("invalid", f"các mục không khớp nhau ({message})")


_TARGETS: Mapping[str, str] = {
    "field": "lĩnh vực nào mang mã này trong mục fields",
    "reporter": "vai trò nào mang mã này trong mục roles",
    "criterion": "tiêu chuẩn nào mang mã này trong mục criteria",
    "tasks": "nhiệm vụ nào mang mã này trong mục tasks",
}

_CONTRADICTIONS: Mapping[tuple[str, str], str] = {
    ("roles", "dates_out_of_order"): "ngày cuối {value} trước ngày đầu",
    ("tasks", "dates_out_of_order"): "ngày {value} nằm ngoài thời gian thực hiện (window)",
    ("roles", "overlapping"): "trùng thời gian với một đơn vị khác giữ cùng vai trò",
    ("sessions", "overlapping"): "thời gian trùng với một phiên họp khác",
    ("groups", "not_a_member"): "đơn vị trưởng hoặc phó không có trong danh sách thành viên",
    ("id", "no_movement"): "nghĩa vụ và khen thưởng phải thuộc một phong trào (thiếu mục movement)",
    ("awards", "no_movement"): "khen thưởng xét theo số liệu cần ngày chốt số liệu (movement.as_of)",
    ("nominated", "no_movement"): "mục feeds cần phong trào cấp trên (movement.within)",
}


def contradiction(code: str, path: Path, value: Any, text: str, line_of: Callable[[str], int]) -> str:
    """An inconsistency of a plan in Vietnamese; ``line_of`` gives the line on which an id was first used."""
    if code == "duplicate_id" and path[0] == "council":
        return "một hình thức khen thưởng hoặc một nhóm nội dung được nêu hai lần"
    if code == "duplicate_id":
        return f"mã {quoted(value)} đã dùng ở dòng {line_of(str(value))}"
    if code == "unknown_reference":
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        return f"không có {_TARGETS.get(key, 'mục nào mang mã này')}: {quoted(value)}"
    template = _CONTRADICTIONS.get((str(path[0]), code))
    return template.format(value=value) if template else f"các mục không khớp nhau ({text})"


def invalid_parameter(row: Mapping[str, object]) -> str:
    """Why a parameter's row is invalid."""
    decision, value = str(row.get("id")), row.get("value")
    if decision not in SWITCHES:
        return f"{decision} không phải công tắc, nên phải nêu các dòng thực hiện nó (at)"
    default = default_of(decision)
    if row.get("default") != default and not (default == () and row.get("default") == []):
        return f"mặc định (default) của {decision} là {quoted(default)}, không phải {quoted(row.get('default'))}"
    return f"{decision} không thể là {quoted(value)}; có thể là: {switch_values(decision)}"


def no_feed(criterion: str, tier: Tier, reason: str, could: str | None) -> str:
    """Why a criterion cannot be judged for a tier, from the fields of ``shared.plans.feeds.MissingFeed``."""
    text = f"tiêu chuẩn “{criterion}” chưa có nguồn số liệu về {TIERS[tier]}"
    if reason == "judgement":
        return f"{text}: không cơ quan nào báo cáo, do cơ quan thường trực thẩm định"
    if reason == "not_stated":
        return f"{text}: {could} không nêu rõ có gồm cấp này hay không"
    return f"{text}: không cơ quan nào phải báo cáo" + (f" (có thể dùng {could}, không bắt buộc)" if could else "")
