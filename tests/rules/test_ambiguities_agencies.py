"""Who reports, nominates, proposes and is informed, where the sources leave it open: the default and the switch."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from services.council.sessions import lifecycle
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.plans.duties import duties
from tests.support.ambiguities import COMMUNE, DISTRICT, ELSEWHERE, SO, STAR, duty, plans, switched
from tests.support.movement import Given, register, s0, s1, units
from tests.support.nominating import Desk, Kind
from tests.support.reports import codes, score, send


@pytest.mark.parametrize(("values", "third"), [({}, "quota_full"), ({"A19": "free"}, None)])
def test_a19_a_citizen_uses_the_nominators_quota_or_if_switched_does_not(
    values: dict[str, str], third: str | None
) -> None:
    desk = Desk(switched(**values))
    citizen, official = desk.ask(DISTRICT, "B6", Kind.NGUOI_DAN, "p-1"), desk.ask(DISTRICT, "B6", Kind.CAN_BO, "p-2")
    assert (citizen.status, official.status) == ("accepted", "accepted")
    assert desk.ask(DISTRICT, "B6", Kind.CAN_BO, "p-3").reason == third


def test_a20_divisions_and_units_may_be_nominated_and_under_the_departments_own_plan_only_its_units() -> None:
    """S0 has "thuộc, trực thuộc" and S4 has "đơn vị trực thuộc"."""
    own = {own_unit.kind: own_unit for own_unit in plans()["S4"].own_units}
    for own_unit in (own["phong"], own["don_vi"]):
        assert Desk().ask("so-nnptnt", "B4", Kind.TAP_THE, own_unit.name).status == "accepted"
    assert Desk().ask("so-nnptnt", "S4-TT", Kind.TAP_THE, own["don_vi"].code).status == "accepted"
    assert Desk().ask("so-nnptnt", "S4-TT", Kind.TAP_THE, own["phong"].code).reason == "wrong_subject"


@pytest.mark.parametrize(("values", "second"), [({}, None), ({"A21": "counted"}, "quota_full")])
def test_a21_a_business_person_uses_no_individual_quota_or_if_switched_uses_one(
    values: dict[str, str], second: str | None
) -> None:
    """A business person can be nominated by one route only."""
    desk = Desk(switched(**values))
    assert desk.ask("so-cong-thuong", "B5", Kind.DOANH_NHAN, "p-1").status == "accepted"
    assert desk.ask("so-cong-thuong", "B6", Kind.CAN_BO, "p-2").reason == second
    assert desk.ask(DISTRICT, "B6", Kind.CA_NHAN, "p-1").reason == "one_route"


def test_a23_sessions_are_data_three_printed_and_a_fourth_for_the_years_candidates() -> None:
    """No printed session's window reaches the day when the results are due."""
    sessions = {session.id: session for session in s1().sessions}
    results_in = duty(s0(), "OB06").last_day
    assert [s.id for s in sessions.values() if not s.not_in_seed and s.window.last >= results_in] == []
    fourth = sessions["P4"]
    assert fourth.not_in_seed
    assert fourth.window.first <= results_in <= fourth.window.last
    movement = s0().movement
    assert movement is not None
    assert [s.id for s in sessions.values() if movement.id in s.movements] == ["P4"]
    assert fourth.tasks == ("T27",)
    assert not lifecycle.is_window_over(fourth, "planned", datetime(2024, 1, 31, 12, tzinfo=VIETNAM))


def test_a32_capital_has_two_fields_and_every_department_reports_its_criteria() -> None:
    """16 have a named field; OB15 binds each sở, ban, ngành, đoàn thể."""
    s3 = plans()["S3"]
    fields = {owner.unit: owner.field for owner in s3.owners}
    assert len(fields) == 16
    assert fields["so-khdt"] != fields["so-tai-chinh"]
    reporting_units = {
        due_report.owner for due_report in duties(s3, register(), date(2023, 4, 5)) if due_report.id == "OB15"
    }
    assert reporting_units == set(SO)
    assert set(fields) <= reporting_units


def test_a35_each_report_goes_to_the_recipients_its_own_line_names() -> None:
    """OB06 ranks communes but is not sent to them; OB09 goes to the standing office alone."""
    office = "Ban Thi đua - Khen thưởng, Sở Nội vụ"
    so, huyen, dvsn = (
        "Các sở, ban, ngành, đoàn thể tỉnh",
        "Ủy ban nhân dân huyện, thành phố",
        "Đơn vị sự nghiệp công lập trực thuộc Ủy ban nhân dân tỉnh",
    )
    expected = {
        **dict.fromkeys(("OB01", "OB02"), ("Các cơ quan, đơn vị, địa phương", office)),
        **dict.fromkeys(("OB03", "OB04", "OB05", "OB06"), (so, huyen, dvsn, office)),
        **dict.fromkeys(("OB07", "OB08"), (so, huyen, office)),
        "OB09": (office,),
        **dict.fromkeys(("OB10", "OB11", "OB12", "OB13"), ()),
    }
    assert {key: s0().obligation[key].recipients for key in expected} == expected
    for obligation in ("OB15", "OB16"):
        (recipient,) = plans()["S3"].obligation[obligation].recipients
        assert "Ủy ban nhân dân tỉnh" in recipient
        assert "qua Ban TĐKT, Sở Nội vụ" in recipient


@pytest.mark.parametrize(
    ("values", "proposers"),
    [({}, {DISTRICT}), ({"A42": "itself"}, {COMMUNE}), ({"A42": "either"}, {DISTRICT, COMMUNE})],
)
def test_a42_a_commune_is_proposed_by_its_district_or_if_switched_by_itself(
    values: dict[str, str], proposers: set[str]
) -> None:
    """A proposal does not make a unit eligible."""
    plan = switched(**values)
    nominations = {
        nominator: Desk(plan).ask(nominator, "B3", Kind.TAP_THE, COMMUNE)
        for nominator in (DISTRICT, COMMUNE, ELSEWHERE)
    }
    assert {nominator for nominator, nomination in nominations.items() if nomination.status == "accepted"} == proposers
    assert Given(plan).verdict("B3", COMMUNE).verdict is Verdict.MISSING


@pytest.mark.parametrize(("values", "expected"), [({}, []), ({"A43": "refuse"}, ["tier_not_reported"])])
@pytest.mark.parametrize(
    ("agency", "obligation", "unit"),
    [
        ("so-tttt", "OB07", COMMUNE),
        ("so-tttt", "OB07", units(Tier.DVSN)[0]),
    ],
)
def test_a43_where_the_list_of_subjects_is_open_other_tiers_are_accepted_or_if_switched_refused(
    values: dict[str, str], expected: list[str], agency: str, obligation: str, unit: str
) -> None:
    """OB06 closes its list, so nothing changes there."""
    assert codes(send(switched(**values), agency, obligation, [score(unit)])) == expected
    assert codes(send(switched(**values), "cong-an-tinh", "OB08", [score(unit)])) == []
    assert codes(send(switched(**values), "so-noi-vu", "OB05", [{"unit": COMMUNE, "violations": 0}])) == [
        "tier_not_reported"
    ]


def test_a44_two_offices_named_in_one_sentence_give_two_reports() -> None:
    """Each office may send only its own report, and both reports are kept."""
    offices = {"OB03": "vp-tinh-uy", "OB04": "vp-doan-dbqh-hdnd"}
    row = {"unit": STAR, "invited": 1, "present": 1}
    for obligation, office in offices.items():
        assert duty(s0(), obligation).owner == office
        for agency in offices.values():
            expected = [] if agency == office else ["not_responsible"]
            assert codes(send(s0(), agency, obligation, [row])) == expected
    given = Given()
    for obligation in offices:
        given.apply(given.results(obligation, Tier.SO, [row]))
    assert {key.subject for key in given.movement_figures.pages} == set(offices)
