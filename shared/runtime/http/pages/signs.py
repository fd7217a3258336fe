"""The four states as a sign and words, so that nobody needs to tell colours apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from shared.contracts.model import Verdict

_STATE: Final = Markup('<span class="state {kind}"><span class="{css}" aria-hidden="true">{sign}</span> {words}</span>')
_END: Final = Markup("</span>")


def _state(kind: str, sign: str, words: str, css: str = "sign") -> Markup:
    return _STATE.format(kind=kind, css=css, sign=sign, words=words)


STATES: Final[Mapping[Verdict, Markup]] = {
    Verdict.PASS: _state("pass", "✓", "Đạt"),
    Verdict.FAIL: _state("fail", "✕", "Không đạt"),
    Verdict.HOLD: _state("hold", "⏸", "Tạm dừng xét", "sign pause"),
    Verdict.MISSING: _state("missing", "?", "Chưa đủ căn cứ"),
}
TO_JUDGE: Final = _state("missing", "?", "Chờ thẩm định")
"""Of a criterion that no agency is asked to report."""


def state(verdict: Verdict, reason: str = "", *, to_judge: bool = False) -> Markup:
    """A verdict's sign and words, with the reason after it: "? Chưa đủ căn cứ: chưa nhận báo cáo".

    ``to_judge``: the criterion is missing because the standing office has not judged it yet.
    """
    sign = TO_JUDGE if to_judge and verdict is Verdict.MISSING else STATES[verdict]
    return Markup("{}: {}{}").format(sign.removesuffix(_END), reason, _END) if reason else sign
