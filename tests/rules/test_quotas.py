"""How many subjects an agency may nominate, and which nominations use a place, under the plans S0 and S4."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.nominations.rules import NominationRequest, decide
from shared.contracts.awards import SubjectKind
from shared.plans.quotas import NominationContext
from tests.support.movement import register, s0, with_choices
from tests.support.nominating import COMMUNE, DISTRICT, INSTITUTE, NOW, S4, SO, Desk, Kind, changed, outcome, s4


def test_a_third_individual_of_a_district_is_refused_and_a_withdrawal_frees_a_place() -> None:
    """This is check vector 7."""
    desk = Desk()
    first, second = (desk.ask(DISTRICT, "B6", Kind.CAN_BO, person) for person in ("p1", "p2"))
    assert [outcome(first), outcome(second)] == [(None, 1), (None, 0)]
    third = desk.ask(DISTRICT, "B6", Kind.CAN_BO, "p3")
    assert outcome(third) == ("quota_full", 0)
    assert "không quá 02" in (third.detail or "")
    assert "khoản 4 Mục IV Kế hoạch số 46/KH-UBND" in (third.detail or "")
    assert desk.withdraw(first).places_left == 1
    assert outcome(desk.ask(DISTRICT, "B6", Kind.CAN_BO, "p3")) == (None, 0)


def test_a_department_has_one_person_and_one_collective() -> None:
    """Every award and every agency has its own places."""
    desk = Desk()
    assert outcome(desk.ask("so-y-te", "B6", Kind.CAN_BO, "p1")) == (None, 0)
    assert outcome(desk.ask("so-y-te", "B6", Kind.CAN_BO, "p2")) == ("quota_full", 0)
    assert outcome(desk.ask("so-y-te", "B4", Kind.TAP_THE, "t1", name="Phòng Nghiệp vụ Y")) == (None, 0)
    assert outcome(desk.ask("so-y-te", "B4", Kind.TAP_THE, "t2", name="Thanh tra Sở")) == ("quota_full", 0)
    assert outcome(desk.ask("so-tai-chinh", "B4", Kind.TAP_THE, "t3", name="Thanh tra Sở")) == (None, 0)


@pytest.mark.parametrize("nominator", [COMMUNE, INSTITUTE, "vp-tinh-uy"])
@pytest.mark.parametrize(("award", "kind"), [("B4", Kind.TAP_THE), ("B5", Kind.DOANH_NGHIEP), ("B6", Kind.CAN_BO)])
def test_a_nominator_without_places_is_refused_with_those_that_have_them(
    nominator: str, award: str, kind: SubjectKind
) -> None:
    """Communes, public service units and Party offices have none in S0 IV.4."""
    refused = Desk().ask(nominator, award, kind, "x")
    assert outcome(refused) == ("no_places", None)
    assert "không được phân bổ số lượng" in (refused.detail or "")
    assert "mỗi sở, ban, ngành, đoàn thể tỉnh" in (refused.detail or "")
    assert "mỗi Ủy ban nhân dân huyện, thành phố" in (refused.detail or "")


def test_enterprises_are_nominated_without_limit() -> None:
    """S0 IV.4 gives no number."""
    desk = Desk()
    assert {outcome(desk.ask(DISTRICT, "B5", Kind.DOANH_NGHIEP, f"dn{n}")) for n in range(30)} == {(None, None)}


def test_a_citizen_uses_an_individual_place_of_the_nominator() -> None:
    """This is the default of A19."""
    desk = Desk()
    desk.ask(DISTRICT, "B6", Kind.NGUOI_DAN, "p1")
    desk.ask(DISTRICT, "B6", Kind.NONG_DAN, "p2")
    assert outcome(desk.ask(DISTRICT, "B6", Kind.CAN_BO, "p3")) == ("quota_full", 0)


def test_where_citizens_are_free_they_use_no_place_and_need_none() -> None:
    """This is the other value of A19; a worker of an agency does not count as a citizen."""
    desk = Desk(with_choices(A19="free"))
    assert outcome(desk.ask(DISTRICT, "B6", Kind.NGUOI_DAN, "p1")) == (None, None)
    assert [outcome(desk.ask(DISTRICT, "B6", Kind.CONG_NHAN, f"q{n}"))[0] for n in range(3)] == [
        None,
        None,
        "quota_full",
    ]
    assert outcome(desk.ask(DISTRICT, "B6", Kind.NONG_DAN, "p2")) == (None, None)
    assert outcome(desk.ask(COMMUNE, "B6", Kind.NONG_DAN, "p3"))[0] == "no_places"


def test_a_business_person_has_a_separate_route() -> None:
    """By the default of A21, B5 uses no place of B6."""
    desk = Desk()
    assert outcome(desk.ask("so-y-te", "B5", Kind.DOANH_NHAN, "p1")) == (None, None)
    assert outcome(desk.ask("so-y-te", "B6", Kind.CAN_BO, "p2")) == (None, 0)


def test_where_business_people_are_counted_they_use_an_individual_place() -> None:
    """This is the other value of A21; enterprises stay without limit."""
    desk = Desk(with_choices(A21="counted"))
    assert outcome(desk.ask("so-y-te", "B5", Kind.DOANH_NHAN, "p1")) == (None, 0)
    assert outcome(desk.ask("so-y-te", "B6", Kind.CAN_BO, "p2")) == ("quota_full", 0)
    assert outcome(desk.ask("so-y-te", "B5", Kind.DOANH_NGHIEP, "dn")) == (None, None)
    refused = desk.ask("so-y-te", "B5", Kind.DOANH_NHAN, "p3")
    assert outcome(refused) == ("quota_full", 0)
    assert "trong đó có đề nghị Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh cho doanh nghiệp, doanh nhân" in (
        refused.detail or ""
    )


@pytest.mark.parametrize(
    ("first", "second"), [("S4-TT", "B4"), ("B4", "S4-TT"), ("S4-CN", "B6"), ("B6", "S4-CN")], ids=lambda award: award
)
def test_a_department_and_its_own_plan_share_one_place(first: str, second: str) -> None:
    """A nomination under S4 also counts under S0; a withdrawal frees the place in both."""
    desk = Desk()
    kind = Kind.CAN_BO if first in ("S4-CN", "B6") else Kind.TAP_THE
    made = desk.ask(SO, first, kind, "x")
    assert outcome(made) == (None, 0)
    assert made.into == {"S4-TT": "B4", "S4-CN": "B6"}.get(first)
    refused = desk.ask(SO, second, kind, "y")
    assert outcome(refused) == ("quota_full", 0)
    assert refused.into is None
    if first.startswith("S4"):
        assert "trong đó có đề nghị hình thức khen thưởng của kế hoạch khác" in (refused.detail or "")
    desk.withdraw(made)
    assert outcome(desk.ask(SO, second, kind, "y")) == (None, 0)


def test_the_plan_of_a_department_is_for_that_department() -> None:
    """The places of the plan name it."""
    refused = Desk().ask("so-y-te", "S4-TT", Kind.TAP_THE, "x")
    assert refused.reason == "no_places"
    assert "Sở Nông nghiệp và Phát triển nông thôn" in (refused.detail or "")


def test_a_nomination_that_feeds_another_award_needs_the_plan_of_that_award() -> None:
    """Before S0 is published, no nomination can feed its awards."""
    request = NominationRequest("n", S4, "S4-TT", SO, Kind.TAP_THE, "x")
    refused = decide(request, [], NominationContext(s4(), None, register()), NOW)
    assert (refused.reason, refused.into) == ("unknown_award", None)


def test_a_nomination_that_feeds_another_award_needs_a_place_of_that_award() -> None:
    """A department without places in S0 has none in S4."""
    outer_plan = changed(s0(), "B4", places=[{"tier": "huyen", "at_most": 1, "cite": "S0 IV.4"}])
    assert Desk(outer_plan).ask(SO, "S4-TT", Kind.TAP_THE, "x").reason == "no_places"


def test_places_of_a_named_unit_replace_those_of_its_tier() -> None:
    """The row for the unit counts, not the row for its tier."""
    rows = [{"tier": "so", "at_most": 1, "cite": "S0 IV.4"}, {"unit": SO, "at_most": 3, "cite": "S0 IV.4"}]
    desk = Desk(changed(s0(), "B6", places=rows))
    assert (desk.left(SO)["B6"], desk.left("so-y-te")["B6"]) == (3, 1)


def test_the_places_of_an_agency_consider_the_award_they_feed() -> None:
    """After a nomination under S0 no place is left under S4; communes have no places."""
    desk = Desk()
    assert desk.left(SO) == {"B4": 1, "B5": None, "B6": 1}
    assert desk.left(SO, s4()) == {"S4-TT": 1, "S4-CN": 1}
    desk.ask(SO, "B4", Kind.TAP_THE, "x")
    assert desk.left(SO, s4()) == {"S4-TT": 0, "S4-CN": 1}
    assert desk.left(COMMUNE) == {}


_STEPS = st.lists(
    st.tuples(
        st.sampled_from([SO, DISTRICT, "so-y-te"]),
        st.sampled_from(
            [
                ("B4", Kind.TAP_THE),
                ("B6", Kind.CAN_BO),
                ("B6", Kind.NGUOI_DAN),
                ("S4-TT", Kind.TAP_THE),
                ("S4-CN", Kind.CAN_BO),
            ]
        ),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=25,
)


@given(_STEPS)
def test_no_sequence_of_nominations_exceeds_a_limit(
    steps: Sequence[tuple[str, tuple[str, SubjectKind], int, bool]],
) -> None:
    """No free place is refused: the places left are always the limit less the places used."""
    desk = Desk()
    limits = {(SO, "B4"): 1, (SO, "B6"): 1, (DISTRICT, "B4"): 1, (DISTRICT, "B6"): 2}
    limits |= {("so-y-te", "B4"): 1, ("so-y-te", "B6"): 1}
    for nominator, (award, kind), subject, withdraw in steps:
        requested = desk.ask(nominator, award, kind, f"{kind}-{subject}")
        if withdraw and requested.status == "accepted":
            desk.withdraw(requested)
        active = [nomination for nomination in desk.nominations if nomination.status == "accepted"]
        for (agency, limited), limit in limits.items():
            used = [entry for entry in active if entry.nominator == agency and limited in (entry.award, entry.into)]
            assert len(used) <= limit
            assert desk.left(agency)[limited] == limit - len(used)
        persons = [entry.subject for entry in active if entry.kind.is_person]
        assert len(persons) == len(set(persons))
        if requested.reason == "quota_full":
            assert requested.places_left == 0
