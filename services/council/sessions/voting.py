"""The sums of a vote and whether it carries (DOMAIN 9): pure, in whole numbers.

Ballots: handed out >= returned, valid + invalid = returned; on each row agree + disagree + no opinion + invalid = valid
ballots + written opinions. Show of hands: agree + disagree + no opinion = members present and entitled, with the
written opinions of absent members. Abstaining is a vote without opinion; it is not recusal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from services.council.sessions.attendance import Electorate
from services.council.sessions.problem import SessionProblem
from shared.contracts.council_rules import CouncilRules, Threshold, fraction
from shared.contracts.sessions import SessionForm, VoteGiven, VoteRow


def check_vote(given: VoteGiven, subjects: Iterable[str], form: SessionForm, voters: Electorate) -> None:
    """Raise ``SessionProblem`` (422) for a vote whose way, subjects or sums are not possible."""
    _check_way(given, form)
    of_item, seen = frozenset(subjects), set[str | None]()
    for n, row in enumerate(given.rows):
        if row.subject in seen:
            raise SessionProblem(422, "given_twice", "Một đối tượng được ghi hai dòng.", f"/rows/{n}/subject")
        seen.add(row.subject)
        if row.subject is not None and row.subject not in of_item:
            raise SessionProblem(422, "unknown_subject", "Đối tượng không thuộc nội dung này.", f"/rows/{n}/subject")
    absent = len(voters.members) - len(voters.present)
    if given.written > absent:
        detail = f"Ý kiến bằng văn bản {given.written}, nhiều hơn số thành viên không bỏ phiếu tại phiên ({absent})."
        raise _no_sum(detail, "/written")
    _check_ballots(given, voters)
    for n, row in enumerate(given.rows):
        _check_row(n, row, given, voters)


def _check_way(given: VoteGiven, form: SessionForm) -> None:
    if form == "written" and given.way != "written":
        detail = "Phiên lấy ý kiến bằng văn bản chỉ ghi kết quả của ý kiến bằng văn bản."
        raise SessionProblem(422, "wrong_way", detail, "/way")
    if (given.way == "ballots") != (given.ballots is not None):
        detail = "Số phiếu phát ra, thu về chỉ ghi khi bỏ phiếu, và khi bỏ phiếu thì phải ghi."
        raise SessionProblem(422, "wrong_way", detail, "/ballots")
    if given.way == "ballots" and not given.counters:
        raise SessionProblem(422, "no_counters", "Bỏ phiếu phải có Ban kiểm phiếu.", "/counters")
    if given.way != "ballots" and given.counters:
        raise SessionProblem(422, "wrong_way", "Ban kiểm phiếu chỉ có khi bỏ phiếu.", "/counters")


def _check_ballots(given: VoteGiven, voters: Electorate) -> None:
    if (ballots := given.ballots) is None:
        return
    if ballots.handed_out > len(voters.present):
        detail = (
            f"Phát ra {ballots.handed_out} phiếu, nhiều hơn số thành viên có quyền bỏ phiếu ({len(voters.present)})."
        )
        raise _no_sum(detail, "/ballots/handed_out")
    if ballots.returned > ballots.handed_out:
        detail = f"Thu về {ballots.returned} phiếu, nhiều hơn số phát ra {ballots.handed_out}."
        raise _no_sum(detail, "/ballots/returned")
    if (counted := ballots.valid + ballots.invalid) != ballots.returned:
        detail = (
            f"Phiếu hợp lệ {ballots.valid} + không hợp lệ {ballots.invalid} = {counted}, "
            f"khác số thu về {ballots.returned}."
        )
        raise _no_sum(detail, "/ballots")


def _check_row(n: int, row: VoteRow, given: VoteGiven, voters: Electorate) -> None:
    if strangers := set(row.recused) - voters.members:
        detail = f"Không có thành viên mang mã “{min(strangers)}” trong danh sách."
        raise SessionProblem(422, "unknown_member", detail, f"/rows/{n}/recused")
    if any(times > 1 for times in Counter(row.recused).values()):
        raise SessionProblem(422, "member_twice", "Một thành viên được ghi hai lần.", f"/rows/{n}/recused")
    if given.way == "hands" and row.invalid:
        detail = "Giơ tay biểu quyết không có ý kiến không hợp lệ."
        raise _no_sum(detail, f"/rows/{n}/invalid")
    total, votes = row.agree + row.disagree + row.no_opinion + row.invalid, votes_on(row, given, voters)
    if total != votes:
        detail = (
            f"Đồng ý {row.agree} + không đồng ý {row.disagree} + không có ý kiến {row.no_opinion}"
            + (f" + không hợp lệ {row.invalid}" if row.invalid else "")
            + f" = {total}, khác số ý kiến {votes}{_whose(given)}."
        )
        raise _no_sum(detail, f"/rows/{n}")
    if given.way == "ballots" and row.agree + row.disagree > (entitled := _entitled(row, given, voters)):
        detail = (
            f"Có {row.agree + row.disagree} ý kiến, nhiều hơn số thành viên được bỏ phiếu về đối tượng ({entitled})."
        )
        raise _no_sum(detail, f"/rows/{n}")


def _whose(given: VoteGiven) -> str:
    """Whose votes are counted by show of hands: a form has no field that says it."""
    if given.way != "hands":
        return ""
    return f" của thành viên có mặt{f' và {given.written} văn bản của người vắng' if given.written else ''}"


def votes_on(row: VoteRow, given: VoteGiven, voters: Electorate) -> int:
    """How many votes a row must have.

    A recused member gives none by hand or in writing; on a ballot the member leaves the row empty, which counts as no
    opinion, so that nobody can tell whose ballot it is.
    """
    if given.ballots is not None:
        return given.ballots.valid + given.written
    return _entitled(row, given, voters) if given.way == "hands" else given.written


def check_recusals(given: VoteGiven, rules: CouncilRules, voters: Electorate) -> None:
    """Raise ``SessionProblem`` (422) for a recusal that the plan does not have, or of a member of another unit."""
    for n, row in enumerate(given.rows):
        own = {member for member in row.recused if voters.units.get(member) == row.subject}
        if row.recused and (rules.recusal == "none" or own != set(row.recused)):
            detail = (
                "Quy tắc của Hội đồng không có việc không tham gia bỏ phiếu."
                if rules.recusal == "none"
                else "Chỉ thành viên có đơn vị đang được xét mới không tham gia bỏ phiếu."
            )
            raise SessionProblem(422, "no_recusal", detail, f"/rows/{n}/recused")


def base_of(row: VoteRow, given: VoteGiven, voters: Electorate, threshold: Threshold) -> int:
    """The number that the share is a share of. A recusal changes ``present`` alone, never ``total_members``."""
    if threshold.base == "total_members":
        return len(voters.members)
    if threshold.base == "valid_ballots" and given.ballots is not None:
        return given.ballots.valid + given.written
    return given.written if given.way == "written" else _entitled(row, given, voters)


def _entitled(row: VoteRow, given: VoteGiven, voters: Electorate) -> int:
    return len(voters.present - set(row.recused)) + given.written


def reaches(agree: int, base: int, threshold: Threshold) -> bool:
    """Whether a number of votes is more than the share of the base, or at least that share."""
    numerator, denominator = fraction(threshold.share)
    votes, least = agree * denominator, base * numerator
    return base > 0 and (votes >= least if threshold.at_least else votes > least)


def carries(row: VoteRow, given: VoteGiven, voters: Electorate, threshold: Threshold, rules: CouncilRules) -> bool:
    """Whether a row carries. On equal votes the chair decides, where the plan has it so, with one vote more.

    So equal votes never carry what one more vote would not. Raises ``SessionProblem`` (422) if the chair's side would
    decide and is not recorded.
    """
    base = base_of(row, given, voters, threshold)
    if rules.ties == "fails" or row.agree != row.disagree or not row.agree:
        return reaches(row.agree, base, threshold)
    if not reaches(row.agree + 1, base, threshold):
        return False
    if row.chair is None:
        detail = f"Số ý kiến bằng nhau ({row.agree}); cần ghi ý kiến của người chủ trì."
        raise SessionProblem(422, "chair_needed", detail, f"/rows/{given.rows.index(row)}/chair")
    return row.chair == "agree"


def _no_sum(detail: str, pointer: str) -> SessionProblem:
    return SessionProblem(422, "votes_do_not_add_up", detail, pointer)
