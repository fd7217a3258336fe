"""Who may nominate whom for which award, under the real plans S0, S3 and S4, without I/O."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest

from services.intake.nominations.nominee_ids import named_id, person_id
from services.intake.nominations.refusals import KINDS
from services.intake.nominations.rules import withdraw
from shared.contracts.awards import SubjectKind
from shared.contracts.model import Tier
from shared.contracts.units import UnitRegister
from shared.wording.unit_names import full_name
from tests.support.movement import register, s0, units, with_choices
from tests.support.nominating import COMMUNE, DISTRICT, INSTITUTE, NOW, SO, Desk, Kind, outcome, s3, s4


@pytest.mark.parametrize(("award", "kind"), [("B6", Kind.CAN_BO), ("B5", Kind.DOANH_NHAN), ("S4-CN", Kind.CAN_BO)])
def test_a_person_is_nominated_by_one_route_whoever_nominates(award: str, kind: SubjectKind) -> None:
    """This includes the plan of a department; a withdrawal frees the route."""
    desk = Desk()
    first = desk.ask(DISTRICT, "B6", Kind.CAN_BO, "p1")
    refused = desk.ask(SO, award, kind, "p1")
    assert refused.reason == "one_route"
    assert "Ủy ban nhân dân huyện Quỳnh Phụ" in (refused.detail or "")
    desk.withdraw(first)
    assert desk.ask(SO, award, kind, "p1").status == "accepted"


def test_an_enterprise_may_be_nominated_by_two_agencies_but_not_twice_by_one() -> None:
    """The one-route rule is for persons only."""
    desk = Desk()
    assert desk.ask(SO, "B5", Kind.DOANH_NGHIEP, "dn").status == "accepted"
    assert desk.ask(DISTRICT, "B5", Kind.DOANH_NGHIEP, "dn").status == "accepted"
    assert desk.ask(SO, "B5", Kind.DOANH_NGHIEP, "dn").reason == "already_nominated"


def test_under_a_departments_plan_its_units_may_be_nominated_but_not_its_divisions() -> None:
    """A20: S4 names only đơn vị trực thuộc, S0 thuộc hoặc trực thuộc; a name works like a code."""
    desk = Desk()
    divisions = [own for own in s4().own_units if own.kind == "phong"]
    for subject_fields in (
        {"subject": divisions[0].code, "by_code": True},
        {"subject": "id", "name": divisions[0].name.upper()},
    ):
        assert desk.ask(SO, "S4-TT", Kind.TAP_THE, **subject_fields).reason == "wrong_subject"
    unit = next(own for own in s4().own_units if own.kind == "don_vi")
    accepted = desk.ask(SO, "S4-TT", Kind.TAP_THE, unit.code, by_code=True)
    assert (accepted.status, accepted.name) == ("accepted", unit.name)
    desk.withdraw(accepted)
    assert desk.ask(SO, "B4", Kind.TAP_THE, "id", name=divisions[0].name).status == "accepted"


@pytest.mark.parametrize("subject", [COMMUNE, DISTRICT, "so-y-te"])
def test_a_unit_ranked_for_an_award_is_not_nominated_for_a_certificate(subject: str) -> None:
    """ "Trừ Ủy ban nhân dân xã, phường, thị trấn" (S0 IV.3.b): they have C3 and B3."""
    refused = Desk().ask(DISTRICT, "B4", Kind.TAP_THE, subject, by_code=True)
    assert outcome(refused) == ("wrong_subject", 1)


def test_a_limited_place_is_for_subjects_that_belong_to_the_nominator() -> None:
    """Ban TĐKT belongs to Sở Nội vụ only; an unknown code belongs to nobody."""
    desk = Desk()
    assert desk.ask("so-y-te", "B4", Kind.TAP_THE, "ban-tdkt", by_code=True).reason == "wrong_subject"
    assert desk.ask("so-y-te", "B4", Kind.TAP_THE, "khong-co", by_code=True).reason == "wrong_subject"
    accepted = desk.ask("so-noi-vu", "B4", Kind.TAP_THE, "ban-tdkt", by_code=True)
    assert (accepted.status, accepted.name) == ("accepted", "Ban Thi đua - Khen thưởng, Sở Nội vụ")


def test_a_commune_may_be_nominated_at_any_time_where_no_award_ranks_it() -> None:
    """S3's khen đột xuất has no limit on places."""
    plan = s3()
    desk = Desk(plan)
    assert outcome(desk.ask(SO, "S3-DX", Kind.TAP_THE, COMMUNE, by_code=True)) == (None, None)
    assert desk.ask(SO, "S3-DX", Kind.DOANH_NGHIEP, "ban-tdkt", by_code=True).reason == "wrong_subject"


@pytest.mark.parametrize(
    ("award", "kind"),
    [("B4", Kind.CAN_BO), ("B5", Kind.TAP_THE), ("B6", Kind.DOANH_NHAN), ("B6", Kind.TAP_THE), ("C3", Kind.CAN_BO)],
)
def test_a_kind_the_award_is_not_for_is_refused(award: str, kind: SubjectKind) -> None:
    """The refusal names the kinds the award is for."""
    refused = Desk().ask(DISTRICT, award, kind, "x")
    assert refused.reason == "wrong_kind"
    assert "dành cho" in (refused.detail or "")


def test_an_award_the_plan_does_not_have_is_refused() -> None:
    """This includes an award of another plan of the movement."""
    assert Desk().ask(SO, "S4-TT", Kind.TAP_THE, "x", plan=s0()).reason == "unknown_award"


def test_a_unit_that_does_not_exist_on_the_day_nominates_nobody() -> None:
    """A unit dissolved on 1 January ends at midnight in the province's time zone, not at midnight UTC."""
    rows = register().model_dump(mode="json")
    next(row for row in rows["units"] if row["code"] == "so-y-te")["valid_to"] = "2024-01-01"
    desk = Desk(units=UnitRegister.model_validate(rows))
    midnight = datetime(2023, 12, 31, 17, tzinfo=UTC)
    before_midnight = desk.ask("so-y-te", "B6", Kind.CAN_BO, "p1", now=midnight - timedelta(seconds=1))
    at_midnight = desk.ask("so-y-te", "B5", Kind.DOANH_NGHIEP, "dn", now=midnight)
    assert (before_midnight.status, at_midnight.reason) == ("accepted", "unknown_nominator")
    assert desk.ask("khong-co", "C1", Kind.TAP_THE, "khong-co").reason == "unknown_nominator"


def test_a_unit_proposes_itself_and_a_district_its_communes() -> None:
    """A42: a proposal uses no place and does not make a unit eligible."""
    desk = Desk()
    assert outcome(desk.ask(SO, "C1", Kind.TAP_THE, SO)) == (None, None)
    assert outcome(desk.ask(SO, "B1", Kind.TAP_THE, SO)) == (None, None)
    assert outcome(desk.ask(DISTRICT, "B2", Kind.TAP_THE, DISTRICT)) == (None, None)
    accepted = [desk.ask(DISTRICT, "B3", Kind.TAP_THE, commune) for commune in units(Tier.XA, DISTRICT)[:5]]
    assert {outcome(nomination) for nomination in accepted} == {(None, None)}
    assert desk.ask(SO, "C1", Kind.TAP_THE, SO).reason == "already_nominated"
    assert accepted[0].name == full_name(register(), accepted[0].subject)


@pytest.mark.parametrize(
    ("nominator", "award", "subject", "reason"),
    [
        (SO, "C1", "so-y-te", "not_its_proposer"),
        (SO, "B3", COMMUNE, "not_its_proposer"),
        ("339", "B3", COMMUNE, "not_its_proposer"),
        (COMMUNE, "B3", COMMUNE, "not_its_proposer"),
        (DISTRICT, "C1", DISTRICT, "wrong_subject"),
        (INSTITUTE, "C1", INSTITUTE, "wrong_subject"),
        (DISTRICT, "C2", "khong-co", "wrong_subject"),
    ],
)
def test_no_unit_proposes_another_unit_or_for_an_award_of_another_tier(
    nominator: str, award: str, subject: str, reason: str
) -> None:
    """Every proposal that is not allowed is refused."""
    assert outcome(Desk().ask(nominator, award, Kind.TAP_THE, subject)) == (reason, None)


@pytest.mark.parametrize(
    ("choice", "accepted"),
    [("parent", {DISTRICT}), ("itself", {COMMUNE}), ("either", {DISTRICT, COMMUNE})],
)
def test_the_proposer_of_a_commune_is_a_switch(choice: str, accepted: set[str]) -> None:
    """A42: where both may propose, only the first proposal is accepted."""
    plan = with_choices(A42=choice)
    nominations = {
        nominator: Desk(plan).ask(nominator, "B3", Kind.TAP_THE, COMMUNE) for nominator in (DISTRICT, COMMUNE)
    }
    assert {nominator for nominator, nomination in nominations.items() if nomination.status == "accepted"} == accepted
    desk = Desk(plan)
    assert [desk.ask(nominator, "B3", Kind.TAP_THE, COMMUNE).status for nominator in sorted(accepted)].count(
        "accepted"
    ) == 1


def test_withdrawing_twice_or_a_refused_nomination_changes_nothing() -> None:
    """Only an accepted nomination can be withdrawn, and only once."""
    desk = Desk()
    accepted = desk.ask(DISTRICT, "B6", Kind.CAN_BO, "p1")
    refused = desk.ask(COMMUNE, "B6", Kind.CAN_BO, "p2")
    once = desk.withdraw(accepted)
    assert (once.status, once.version, once.withdrawn_at, once.places_left) == (
        "withdrawn",
        2,
        NOW + timedelta(hours=1),
        2,
    )
    assert withdraw(once, NOW + timedelta(days=1)) is once
    assert withdraw(refused, NOW) is refused


def test_names_of_persons_and_households_are_not_published() -> None:
    """A household bears the name of a person."""
    desk = Desk(s3())
    for kind in KINDS:
        nomination = desk.ask(SO, "S3-DX", kind, f"id-{kind}", name="Nguyễn Thị Ẩn")
        assert ("Nguyễn Thị Ẩn" in nomination.model_dump_json()) == (
            kind in (Kind.TAP_THE, Kind.TAP_THE_NHO, Kind.DOANH_NGHIEP)
        )
        second = desk.ask(SO, "S3-DX", kind, f"id-{kind}", name="Nguyễn Thị Ẩn")
        assert "Nguyễn Thị Ẩn" not in (second.detail or "")


@pytest.mark.parametrize(
    "spelling",
    ["Nguyễn Văn Hòa", "NGUYỄN VĂN HÒA", "  nguyễn  văn hoà ", unicodedata.normalize("NFD", "Nguyễn Văn Hoà")],
)
def test_a_person_is_the_same_however_the_name_is_written(spelling: str) -> None:
    """Case, spaces, composition and the position of the tone mark do not matter."""
    born = date(1980, 5, 2)
    assert person_id("bí mật", spelling, born) == person_id("bí mật", "Nguyễn Văn Hòa", born)


@pytest.mark.parametrize(
    ("name", "born"),
    [("Nguyễn Văn Hóa", date(1980, 5, 2)), ("Nguyễn Văn Hoa", date(1980, 5, 2)), ("Nguyễn Văn Hòa", date(1980, 5, 3))],
)
def test_another_tone_or_day_of_birth_is_another_person(name: str, born: date) -> None:
    """A tone mark belongs to the name; another secret gives another id."""
    assert person_id("bí mật", name, born) != person_id("bí mật", "Nguyễn Văn Hòa", date(1980, 5, 2))
    assert person_id("bí mật", name, born) != person_id("bí mật khác", name, born)


def test_divisions_of_one_name_in_two_departments_differ_but_an_enterprise_is_one() -> None:
    """Every department has its own Thanh tra Sở."""
    divisions = {named_id("bí mật", Kind.TAP_THE, nominator, "Thanh tra Sở") for nominator in (SO, "so-y-te")}
    enterprises = {named_id("bí mật", Kind.DOANH_NGHIEP, nominator, "Công ty A") for nominator in (SO, "so-y-te")}
    assert (len(divisions), len(enterprises)) == (2, 1)


@pytest.mark.parametrize(
    ("nominator", "award", "reason"), [("Sở Y tế", "B6", "unknown_nominator"), (SO, "B 6", "unknown_award")]
)
def test_an_impossible_code_is_refused_and_repeated_as_given(nominator: str, award: str, reason: str) -> None:
    """Such a code comes from a file, where nothing has checked its form."""
    refused = Desk().ask(nominator, award, Kind.CAN_BO, "p1", plan=s0())
    assert (refused.reason, refused.nominator, refused.award) == (reason, nominator, award)
