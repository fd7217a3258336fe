"""Every code that a service answers with has a title of its own in Vietnamese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shared.runtime.http import error_wording
from shared.runtime.http.problems import Refusal
from shared.wording.problem_titles import TITLES, title_of
from tests.support.sources import nodes_of

ROOT = Path(__file__).parents[2]
CALLS = {
    *("Refusal", "Problem", "CellProblem", "InvalidWorkbook", "UnreadableCell", "InvalidBody", "NominationRefusal"),
    *("_problem", "_refusal", "address_problem", "not_excel", "InvalidDecision", "DecisionProblem", "SessionProblem"),
}
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def codes() -> Iterator[tuple[str, str]]:
    """Each constant code in the code of the services, with its file."""
    rooms = (ROOT / "services", ROOT / "shared" / "runtime", ROOT / "shared" / "tables")
    for path in (path for room in rooms for path in room.rglob("*.py")):
        for node in nodes_of(path):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in CALLS:
                continue
            named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            for value in (named or node.args)[:2]:
                is_code = isinstance(value, ast.Constant) and isinstance(value.value, str)
                if is_code and _CODE.fullmatch(str(value.value)):  # type: ignore[attr-defined]
                    yield str(value.value), str(path.relative_to(ROOT))  # type: ignore[attr-defined]
                    break


def test_every_code_has_a_title() -> None:
    """The title repeated the code."""
    by_code = dict(codes())
    assert len(by_code) > 90
    assert {code: at for code, at in by_code.items() if code not in TITLES} == {}


def test_a_title_is_short_and_no_code() -> None:
    """People read it above the sentence that says what is wrong."""
    assert [title for title in TITLES.values() if len(title) > 60 or "_" in title or title.endswith(".")] == []


def test_a_problem_document_has_the_title_of_its_code() -> None:
    """A code nobody has named yet is a refusal."""
    assert b'"title":"\xc4\x90\xc3\xa3 kh\xc3\xb3a s\xe1\xbb\x95"' in bytes(Refusal(409, "locked", "x").response().body)
    assert title_of("never_seen") == TITLES["refused"]


def test_what_contradicts_itself_in_a_body_is_worded_in_vietnamese() -> None:
    """Every error that a model of a body raises has its sentence; plans and registers have theirs elsewhere."""
    raised = {
        node.exc.args[0].value
        for name in ("rows", "nominations", "extensions", "receipts", "intake")
        for node in ast.walk(ast.parse((ROOT / "shared" / "contracts" / f"{name}.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.args[0], ast.Constant)
    }
    assert len(raised) >= 7
    assert raised == set(error_wording._CONTRADICTIONS)


def test_what_is_expected_is_worded_in_vietnamese() -> None:
    """Clerks read it: every text of that name begins as a Vietnamese one does."""
    english: list[str] = []
    for path in (*(ROOT / "services").rglob("*.py"), *(ROOT / "shared" / "runtime").rglob("*.py")):
        for node in nodes_of(path):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Problem":
                continue
            text = next(ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg == "expected")
            english += [text] if re.match(r"f?['\"](?!cần )", text) else []
    assert english == []
