"""What was typed wrongly, in Vietnamese; the parser's own messages are English."""

from __future__ import annotations

import re
from typing import Any, Final

import typer

UsageError: Final[type[Any]] = typer.BadParameter.__bases__[0]
"""The parser's error for whatever was typed wrongly; typer exports only this kind of it."""

_MESSAGES: Final = (
    (r"Invalid value for '(.*?)': (.*)", "giá trị của {} không dùng được: {}"),
    (r"Missing (?:argument|option|parameter)s? '(.*?)'\..*", "thiếu {}"),
    (r"No such option: (\S+).*", "không có tùy chọn {}"),
    (r"No such command '(.*?)'\..*", "không có lệnh “{}”"),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", "thừa tham số: {}"),
    (r"Option '(.*)' requires an argument\.", "tùy chọn {} cần một giá trị"),
    (r"Option '(.*)' does not take a value\.", "tùy chọn {} không có giá trị"),
)
_VALUES: Final = (
    (r"(?i)(?:file|path|directory) '(.*)' does not exist\.", "không có tệp hoặc thư mục “{}”"),
    (r"(?i)(?:file|path) '(.*)' is a directory\.", "“{}” là thư mục, cần một tệp"),
    (r"(?i)(?:directory|path) '(.*)' is a file\.", "“{}” là tệp, cần một thư mục"),
    (r"'(.*)' does not match the formats? .*", "“{}” không phải ngày dạng năm-tháng-ngày"),
    (r"'(.*)' is not one of (.*)\.", "“{}” không thuộc: {}"),
    (r"Input should be a valid (?:integer|number).*|.* is not a valid (?:int|integer|float).*", "cần một số"),
    (r"Input should be greater than or equal to (\S+)", "cần số từ {} trở lên"),
    (r"Input should be less than or equal to (\S+)", "cần số không quá {}"),
)


def word_in_vietnamese(error: Any) -> None:
    """Let a usage error be printed in Vietnamese; a message that is not listed here stays as it is."""
    message = _worded(str(error.format_message()), _MESSAGES)
    error.format_message = lambda: message


def _worded(message: str, patterns: tuple[tuple[str, str], ...]) -> str:
    for pattern, text in patterns:
        if match := re.fullmatch(pattern, message, re.DOTALL):
            parts = [part for part in match.groups() if part is not None]
            if patterns is _MESSAGES and len(parts) == 2:
                parts[1] = _worded(parts[1].removeprefix("Value error, ").strip(), _VALUES)
            return text.format(*parts)
    return message
