"""Whether a body is a report in form: the report, or every flaw with its place. Pure."""

from __future__ import annotations

import json
from itertools import islice

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from services.intake.papers import number_problem
from shared.contracts.intake import Report, ReportHead
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Kind
from shared.contracts.receipts import Problem
from shared.runtime.http.error_wording import expected, explained
from shared.runtime.http.fast_text_check import is_plain
from shared.runtime.http.strict_input import validate_strictly
from shared.runtime.http.strict_json import character_problems, escaped

_REPORT: TypeAdapter[Report] = TypeAdapter(Report)

RULE = "report.submitted v1"
"""The contract that the form of a report is judged by."""

MAX_PROBLEMS = 50
"""Problems named in one receipt, which must fit into a message; nobody corrects more at a time."""

_HEAD: TypeAdapter[ReportHead] = TypeAdapter(ReportHead)
_TAG_ERRORS = ("union_tag_invalid", "union_tag_not_found")
_OF_KINDS = ("kind", "rows", "document")
_MAX_CHARACTERS = 200


def parse_report(body: JsonObject, text: str | None = None) -> Report | list[Problem]:
    """The report in a body, or the problems with its form: forbidden characters first, then invalid fields.

    ``text`` is the body as JSON, where the caller has it; if it is plain ASCII, as most are, characters are not
    checked one by one.
    """
    text = json.dumps(body, ensure_ascii=False) if text is None else text
    characters = [] if is_plain(text) else list(islice(character_problems(body), MAX_PROBLEMS))
    try:
        report = validate_strictly(_REPORT, text)
    except ValidationError as invalid:
        errors = _errors(invalid, body)
    else:
        if not characters:
            return report
        errors = []
    named = {problem.pointer for problem in characters}
    problems = [problem for error in errors[:MAX_PROBLEMS] if (problem := _problem(error)).pointer not in named]
    return [*characters, *problems][:MAX_PROBLEMS]


def _errors(invalid: ValidationError, body: JsonObject) -> list[ErrorDetails]:
    """Every error. Where the kind of report is not known, the parser looks no further: the fields of all kinds do."""
    # If every row is invalid, the list is also "too short", which is no news to a sender of rows.
    errors = [
        error for error in invalid.errors(include_url=False) if error["type"] != "too_short" or not error["input"]
    ]
    if any(error["type"] in _TAG_ERRORS for error in errors):
        head = {name: value for name, value in body.items() if name not in _OF_KINDS}
        try:
            validate_strictly(_HEAD, json.dumps(head, ensure_ascii=False))
        except ValidationError as also_invalid:
            errors += also_invalid.errors(include_url=False)
    return errors


def _problem(error: ErrorDetails) -> Problem:
    pointer = "/kind" if error["type"] in _TAG_ERRORS else _pointer(error["loc"])
    value = error.get("ctx", {}).get("tag") if error["type"] in _TAG_ERRORS else error["input"]
    if pointer == "/number" and (problem := number_problem(value, RULE)):
        return problem
    return Problem(
        code="invalid",
        pointer=pointer[:_MAX_CHARACTERS],
        value=_shown(error["type"], value),
        expected=expected(error),
        rule=RULE,
        detail=f"{explained(error)}.",
    )


def _shown(error_type: str, value: object) -> str | None:
    """The invalid value if an event may hold it; not the value of an unknown field, which may name a person."""
    if error_type in ("missing", "extra_forbidden", "union_tag_not_found") or isinstance(value, dict | list):
        return None
    return str(value)[:_MAX_CHARACTERS]


def _pointer(loc: tuple[int | str, ...]) -> str:
    """A JSON pointer. Pydantic may put the report's kind first, as the tag of the union; it is not in the body."""
    return "/" + "/".join(escaped(str(part)) for part in (loc[1:] if loc and loc[0] in set(Kind) else loc))
