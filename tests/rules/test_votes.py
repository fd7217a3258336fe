"""The sums of a vote, the bases of its threshold, equal votes, recusal and the quorum (DOMAIN 9)."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.council.sessions.attendance import (
    Electorate,
    check_head,
    checked_attendance,
    electorate,
    needed,
    require_quorum,
)
from services.council.sessions.problem import SessionProblem
from services.council.sessions.voting import base_of, carries, check_recusals, check_vote, reaches
from shared.contracts.council_rules import Base, CouncilRules, Quorum, Threshold
from shared.contracts.sessions import Attendance, Ballots, Member, SessionHead, VoteGiven, VoteRow

BASES: tuple[Base, ...] = ("total_members", "present", "valid_ballots")
SHARES = ("1/2", "2/3", "70/100", "9/10", "1/1")


def people(members: int, present: int, units: dict[str, str] | None = None) -> Electorate:
    ids = [f"m{n}" for n in range(members)]
    return Electorate(frozenset(ids), frozenset(ids[:present]), units or {})


def vote(*rows: VoteRow, way: Literal["hands", "ballots", "written"] = "hands", **more: Any) -> VoteGiven:
    return VoteGiven(item="i", way=way, rows=rows, **more)


def row(agree: int, disagree: int = 0, no_opinion: int = 0, invalid: int = 0, **more: Any) -> VoteRow:
    return VoteRow(agree=agree, disagree=disagree, no_opinion=no_opinion, invalid=invalid, **more)


def refusal(cast: VoteGiven, voters: Electorate, form: Literal["meeting", "written"] = "meeting") -> str | None:
    try:
        check_vote(cast, ["a", "b"], form, voters)
    except SessionProblem as problem:
        return problem.code
    return None


@st.composite
def splits(draw: st.DrawFn, total: int, parts: int) -> list[int]:
    """Whole numbers that add up to a total."""
    cuts = sorted(draw(st.lists(st.integers(0, total), min_size=parts - 1, max_size=parts - 1)))
    return [after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True)]


@st.composite
def ballot_votes(draw: st.DrawFn) -> tuple[VoteGiven, Electorate]:
    """A count of ballots whose sums are right."""
    members = draw(st.integers(1, 12))
    present = draw(st.integers(0, members))
    handed_out = draw(st.integers(0, present))
    returned = draw(st.integers(0, handed_out))
    valid = draw(st.integers(0, returned))
    written = draw(st.integers(0, members - present))
    counts = draw(splits(valid + written, 4))
    ballots = Ballots(handed_out=handed_out, returned=returned, valid=valid, invalid=returned - valid)
    cast = vote(row(*counts), way="ballots", ballots=ballots, written=written, counters=("Trưởng ban",))
    return cast, people(members, present)


@pytest.mark.thorough
@given(ballot_votes(), st.sampled_from(["handed_out", "returned", "valid", "invalid", "agree", "disagree", "written"]))
def test_ballots_that_add_up_are_taken_and_one_more_of_anything_is_not(
    counted: tuple[VoteGiven, Electorate], which: str
) -> None:
    """Handed out >= returned, valid + invalid = returned, each row = valid ballots + written opinions."""
    cast, voters = counted
    assert refusal(cast, voters) is None
    assert cast.ballots is not None
    if which in ("agree", "disagree"):
        changed = cast.model_copy(
            update={"rows": (cast.rows[0].model_copy(update={which: 1 + getattr(cast.rows[0], which)}),)}
        )
    elif which == "written":
        changed = cast.model_copy(update={"written": cast.written + 1})
    else:
        ballots = cast.ballots.model_copy(update={which: 1 + getattr(cast.ballots, which)})
        changed = cast.model_copy(update={"ballots": ballots})
    if which == "handed_out" and cast.ballots.handed_out < len(voters.present):
        assert refusal(changed, voters) is None
    else:
        assert refusal(changed, voters) == "votes_do_not_add_up"


@given(st.integers(1, 12), st.data())
def test_hands_add_up_to_those_present_and_entitled_and_the_written_opinions(members: int, data: st.DataObject) -> None:
    """A vote too many or too few is refused; so are invalid hands."""
    present = data.draw(st.integers(0, members))
    written = data.draw(st.integers(0, members - present))
    agree, disagree, no_opinion = data.draw(splits(present + written, 3))
    voters = people(members, present)
    assert refusal(vote(row(agree, disagree, no_opinion), written=written), voters) is None
    assert refusal(vote(row(agree + 1, disagree, no_opinion), written=written), voters) == "votes_do_not_add_up"
    if no_opinion:
        fewer = vote(row(agree, disagree, no_opinion - 1), written=written)
        assert refusal(fewer, voters) == "votes_do_not_add_up"
        invalid = vote(row(agree, disagree, no_opinion - 1, 1), written=written)
        assert refusal(invalid, voters) == "votes_do_not_add_up"


@settings(max_examples=200)
@given(
    ballot_votes(),
    st.sampled_from(SHARES),
    st.sampled_from(BASES),
    st.booleans(),
    st.sampled_from(["fails", "chair_decides"]),
)
def test_no_row_carries_with_fewer_votes_than_its_share_needs(
    counted: tuple[VoteGiven, Electorate], share: str, base: Base, at_least: bool, ties: Any
) -> None:
    """Compared as whole numbers; equal votes carry only where one more vote would, and the chair agrees."""
    cast, voters = counted
    (only,) = cast.rows
    threshold = Threshold(share=share, base=base, at_least=at_least, cite="A51")
    rules = CouncilRules(ties=ties)
    numerator, _, denominator = share.partition("/")
    expected_base = {
        "total_members": len(voters.members),
        "present": len(voters.present) + cast.written,
        "valid_ballots": cast.ballots.valid + cast.written if cast.ballots else 0,
    }[base]
    assert base_of(only, cast, voters, threshold) == expected_base
    assert only.agree <= expected_base
    equal = only.agree == only.disagree and only.agree > 0 and ties == "chair_decides"
    for side in ("agree", "disagree"):
        decided = cast.model_copy(update={"rows": (only.model_copy(update={"chair": side}),)})
        votes = only.agree + (1 if equal else 0)
        left, right = votes * int(denominator), expected_base * int(numerator)
        reached = expected_base > 0 and (left >= right if at_least else left > right)
        carried = carries(decided.rows[0], decided, voters, threshold, rules)
        assert carried == (reached and (not equal or side == "agree"))


def test_the_three_bases_differ_on_one_count() -> None:
    """7 for, 2 against of 15 members, 10 present: more than half of the ballots and of those present, not of all."""
    voters = people(15, 10)
    ballots = Ballots(handed_out=10, returned=10, valid=9, invalid=1)
    cast = vote(row(7, 2), way="ballots", ballots=ballots, counters=("Trưởng ban",))
    passed = {
        base: carries(cast.rows[0], cast, voters, Threshold(share="1/2", base=base, cite="A51"), CouncilRules())
        for base in BASES
    }
    assert passed == {"total_members": False, "present": True, "valid_ballots": True}


def test_exactly_the_share_is_enough_only_where_the_plan_has_at_least() -> None:
    """Six of twelve are not more than half, and nine of ten are 90 % without any rounding."""
    assert not reaches(6, 12, Threshold(share="1/2", cite="A51"))
    assert reaches(6, 12, Threshold(share="1/2", at_least=True, cite="A51"))
    assert reaches(9, 10, Threshold(share="90/100", at_least=True, cite="A51"))
    assert not reaches(8, 9, Threshold(share="9/10", at_least=True, cite="A51"))
    assert not reaches(0, 0, Threshold(share="1/2", at_least=True, cite="A51"))


def test_on_equal_votes_the_side_of_the_chair_must_be_recorded_if_it_decides() -> None:
    """5 to 5 of 10 is decided by the chair; 4 to 4 of 15 fails whatever the chair thinks."""
    threshold, rules = Threshold(share="1/2", cite="A51"), CouncilRules()
    even = vote(row(5, 5))
    with pytest.raises(SessionProblem) as refused:
        carries(even.rows[0], even, people(10, 10), threshold, rules)
    assert (refused.value.code, refused.value.pointer) == ("chair_needed", "/rows/0/chair")
    assert carries(row(5, 5, chair="agree"), even, people(10, 10), threshold, rules)
    assert not carries(row(5, 5, chair="disagree"), even, people(10, 10), threshold, rules)
    assert not carries(row(5, 5, chair="agree"), even, people(10, 10), threshold, CouncilRules(ties="fails"))
    few = vote(row(4, 4))
    assert not carries(few.rows[0], few, people(15, 8), threshold, rules)


def test_recusal_exists_only_where_the_plan_has_it_and_never_changes_the_total() -> None:
    """The member of the candidate's own unit does not vote on it; to abstain is another thing."""
    voters = people(10, 8, {"m0": "a"})
    cast = vote(row(7, subject="a", recused=("m0",)))
    own_unit = CouncilRules(recusal="own_unit")
    with pytest.raises(SessionProblem, match="không có việc không tham gia bỏ phiếu"):
        check_recusals(cast, CouncilRules(), voters)
    check_recusals(cast, own_unit, voters)
    assert refusal(cast, voters) is None
    assert refusal(vote(row(8, subject="a", recused=("m0",))), voters) == "votes_do_not_add_up"
    with pytest.raises(SessionProblem, match="đơn vị đang được xét"):
        check_recusals(vote(row(7, subject="b", recused=("m0",))), own_unit, voters)
    bases = [base_of(cast.rows[0], cast, voters, Threshold(share="1/2", base=base, cite="A51")) for base in BASES]
    assert bases == [10, 7, 7]
    abstaining = vote(row(7, no_opinion=1, subject="a"))
    assert base_of(abstaining.rows[0], abstaining, voters, Threshold(share="1/2", base="present", cite="A51")) == 8


def test_each_way_of_voting_has_what_belongs_to_it() -> None:
    """Ballots have a Ban kiểm phiếu and their numbers; a session in writing has written opinions only."""
    voters = people(5, 4)
    ballots = Ballots(handed_out=4, returned=4, valid=4, invalid=0)
    assert refusal(vote(row(4), way="ballots", ballots=ballots), voters) == "no_counters"
    assert refusal(vote(row(4), way="ballots", counters=("x",)), voters) == "wrong_way"
    assert refusal(vote(row(4), counters=("x",)), voters) == "wrong_way"
    assert refusal(vote(row(4), ballots=ballots), voters) == "wrong_way"
    assert refusal(vote(row(4)), voters, "written") == "wrong_way"
    assert refusal(vote(row(4), way="written", written=4), people(5, 0), "written") is None
    assert refusal(vote(row(3), way="written", written=4), people(5, 0), "written") == "votes_do_not_add_up"
    assert refusal(vote(row(4, subject="c")), voters) == "unknown_subject"
    assert refusal(vote(row(4, subject="a"), row(4, subject="a")), voters) == "given_twice"
    assert refusal(vote(row(4, recused=("nobody",))), voters) == "unknown_member"


def test_a_recused_member_cannot_turn_up_among_the_ballots_of_the_row() -> None:
    """Seven of eight may vote on the subject, so eight opinions are one too many."""
    voters = people(10, 8, {"m0": "a"})
    ballots = Ballots(handed_out=8, returned=8, valid=8, invalid=0)
    full: Any = {"way": "ballots", "ballots": ballots, "counters": ("x",)}
    assert refusal(vote(row(8, subject="a", recused=("m0",)), **full), voters) == "votes_do_not_add_up"
    assert refusal(vote(row(7, no_opinion=1, subject="a", recused=("m0",)), **full), voters) is None


@given(st.integers(0, 60), st.sampled_from(["1/2", "2/3", "3/4"]))
def test_a_quorum_is_the_smallest_number_that_is_not_below_the_share(members: int, share: str) -> None:
    """Two thirds of 9 are 6, of 10 are 7."""
    least = needed(Quorum(share=share, cite="A51"), members)
    numerator, _, denominator = share.partition("/")
    assert least * int(denominator) >= members * int(numerator)
    assert least == 0 or (least - 1) * int(denominator) < members * int(numerator)


def member(name: str, **more: Any) -> Member:
    return Member(id=name, role="member", office=f"Chức danh {name}", **more)


def test_only_members_of_that_day_count_and_a_substitute_only_where_the_plan_lets_one_vote() -> None:
    """A member whose time is over is neither counted nor present."""
    head = SessionHead(members=(member("a"), member("b"), member("old", last=date(2023, 6, 30))))
    there = [
        Attendance(member="a", state="present"),
        Attendance(member="b", state="replaced", substitute="Phó"),
        Attendance(member="old", state="present"),
    ]
    attending = electorate(head, there, CouncilRules(), date(2023, 12, 1))
    assert (sorted(attending.members), sorted(attending.present)) == (["a", "b"], ["a"])
    voting = electorate(head, there, CouncilRules(substitutes="vote"), date(2023, 12, 1))
    assert voting.present == {"a", "b"}
    assert electorate(head, there, CouncilRules(), date(2023, 6, 30)).members == {"a", "b", "old"}
    with pytest.raises(SessionProblem, match="Chưa bắt đầu được phiên họp: có mặt 1/2 thành viên, cần ít nhất 2"):
        require_quorum(attending, Quorum(share="2/3", cite="A51"))
    require_quorum(voting, Quorum(share="2/3", cite="A51"))
    with pytest.raises(SessionProblem, match="Chưa có danh sách thành viên"):
        require_quorum(people(0, 0), Quorum(share="2/3", cite="A51"))


def test_a_head_and_an_attendance_name_each_member_once_and_nobody_else() -> None:
    """A substitute is the member's own unless another one is named."""
    head = SessionHead(members=(member("a", substitute="Phó a"), member("b")), chair="a")
    (checked,) = checked_attendance([Attendance(member="a", state="replaced")], head)
    assert checked.substitute == "Phó a"
    wrong = [
        ([Attendance(member="b", state="replaced")], "no_substitute"),
        ([Attendance(member="c", state="present")], "unknown_member"),
        ([Attendance(member="a", state="present")] * 2, "member_twice"),
    ]
    for entries, code in wrong:
        with pytest.raises(SessionProblem) as refused:
            checked_attendance(entries, head)
        assert refused.value.code == code
    for bad, code in (
        (head.model_copy(update={"chair": "c"}), "unknown_member"),
        (SessionHead(members=(member("a"), member("a"))), "member_twice"),
        (SessionHead(members=(member("a", unit="nowhere"),)), "unknown_unit"),
    ):
        with pytest.raises(SessionProblem) as refused:
            check_head(bad, ["so-a"])
        assert refused.value.code == code
