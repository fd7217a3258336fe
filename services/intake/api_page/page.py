"""Renders intake's OpenAPI document as one page of HTML that loads nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.intake.api_page.operation_texts import OPERATIONS, OperationText
from shared.runtime.http.error_wording import expected
from shared.runtime.http.problems import OpenApiObject
from shared.wording.problem_titles import TITLES

_TYPES = {"string": "chữ", "integer": "số nguyên", "number": "số", "boolean": "true hoặc false", "null": "null"}
_PLACES = {"path": "trong địa chỉ", "query": "tham số", "header": "tiêu đề"}
_STATUSES: Mapping[int, str] = {
    200: "xong",
    201: "đã ghi nhận",
    202: "đã tiếp nhận, đã lưu",
    204: "xong, không có nội dung",
    400: "không đọc được nội dung gửi lên",
    401: "thiếu khóa hoặc khóa không đúng",
    403: "cơ quan này không được làm việc này",
    404: "không có",
    409: "trái với điều đã ghi nhận trước đó",
    413: "nội dung quá lớn",
    415: "loại nội dung không được nhận",
    422: "nội dung sai",
    429: "gửi quá nhanh hoặc hệ thống đang bận: đợi Retry-After giây rồi gửi lại",
    503: "tạm thời chưa ghi nhận được: đợi rồi gửi lại",
}
_MAX_DEPTH = 4
_LARGE = ("PUT /v1/plans", "PUT /v1/units")
"""Routes whose bodies programs write; ``thidua plan schema`` describes them."""


class Field(NamedTuple):
    """A field of a body: its path, its type, whether it must be there, what is expected of it."""

    name: str
    type: str
    required: bool
    note: str


def render(document: OpenApiObject) -> str:
    """The page of an OpenAPI document."""
    environment = Environment(
        loader=PackageLoader("services.intake.api_page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sections = {
        title: [_operation(name, text, document) for name, text in operations.items()]
        for title, operations in OPERATIONS.items()
    }
    return environment.get_template("page.html").render(
        title=document["info"]["title"], sections=sections, problems=sorted(TITLES.items())
    )


def _operation(name: str, text: OperationText, document: OpenApiObject) -> OpenApiObject:
    method, path = name.split(" ")
    operation = document["paths"][path][method.lower()]
    contents = operation.get("requestBody", {}).get("content", {})
    schema = contents.get("application/json", {}).get("schema")
    return {
        "anchor": f"{method.lower()}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        "method": method,
        "path": path,
        "text": text,
        "parameters": [
            Field(p["name"], _PLACES[p["in"]], p.get("required", False), _note(p["schema"], document))
            for p in operation.get("parameters", ())
        ],
        "media_type": next(iter(contents), None),
        "bodies": [] if schema is None or name in _LARGE else list(_bodies(schema, document)),
        "example": json.dumps(text.example, ensure_ascii=False, indent=2) if text.example is not None else None,
        "answers": [
            (status, _STATUSES.get(int(status), HTTPStatus(int(status)).phrase))
            for status in sorted(operation["responses"])
        ],
    }


def _bodies(schema: OpenApiObject, document: OpenApiObject) -> Iterator[tuple[str, list[Field]]]:
    """The fields of a body; of a body of several kinds, each kind with its value of ``kind``."""
    kinds = schema.get("discriminator", {}).get("mapping")
    if not kinds:
        yield "", list(_fields(schema, document))
        return
    for kind, reference in kinds.items():
        yield f"kind = {kind}", list(_fields({"$ref": reference}, document))


def _fields(schema: OpenApiObject, document: OpenApiObject, prefix: str = "", depth: int = 0) -> Iterator[Field]:
    schema = _resolved(schema, document)
    required = set(schema.get("required", ()))
    for name, given in schema.get("properties", {}).items():
        inner = _not_null(_resolved(given, document), document)
        yield Field(f"{prefix}{name}", _type(inner, document), name in required, _note(inner, document))
        item = _resolved(inner.get("items", {}), document)
        if depth < _MAX_DEPTH:
            yield from _fields(inner, document, f"{prefix}{name}.", depth + 1)
            yield from _fields(item, document, f"{prefix}{name}[].", depth + 1)


def _resolved(schema: OpenApiObject, document: OpenApiObject) -> OpenApiObject:
    if "$ref" not in schema:
        return schema
    return {**document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]}


def _not_null(schema: OpenApiObject, document: OpenApiObject) -> OpenApiObject:
    """The schema of a value where it may also be null."""
    choices = [_resolved(choice, document) for choice in schema.get("anyOf", ())]
    values = [choice for choice in choices if choice.get("type") != "null"]
    return values[0] if len(values) == 1 else schema


def _type(schema: OpenApiObject, document: OpenApiObject) -> str:
    if "anyOf" in schema:
        return " hoặc ".join(dict.fromkeys(_type(_resolved(choice, document), document) for choice in schema["anyOf"]))
    if schema.get("format") == "date":
        return "ngày"
    if schema.get("type") == "array":
        return "danh sách"
    return "đối tượng" if "properties" in schema else _TYPES.get(str(schema.get("type")), "")


def _note(schema: OpenApiObject, document: OpenApiObject) -> str:
    """What is expected of a value, in the words in which a wrong one is refused."""
    schema = _not_null(_resolved(schema, document), document)
    notes: list[str] = []
    if schema.get("type") == "array":
        schema = _resolved(schema.get("items", {}), document)
    if choices := schema.get("enum"):
        notes.append(f"một trong: {', '.join(map(str, choices))}")
    if "const" in schema:
        notes.append(f"luôn là {schema['const']}")
    if schema.get("format") == "date":
        notes.append("năm-tháng-ngày, ví dụ 2023-11-30")
    elif (pattern := schema.get("pattern")) and pattern != r"\S":
        error: Any = {"type": "string_pattern_mismatch", "ctx": {"pattern": pattern}}
        notes.append(expected(error).removeprefix("cần "))
    for name, words in (("minimum", "từ {}"), ("maximum", "đến {}"), ("maxLength", "nhiều nhất {} ký tự")):
        if name in schema:
            notes.append(words.format(schema[name]))
    if schema.get("default") is not None:
        notes.append(f"mặc định {json.dumps(schema['default'], ensure_ascii=False)}")
    return "; ".join(notes)
