"""`thidua evaluate`, rule by rule: criteria, judgements, verdicts and candidates."""

from __future__ import annotations

import pytest

from tests.support import oracle
from tests.support.evaluating import CRITERIA, Files, evaluated
from tests.support.oracle import FIELDS
from tests.support.provinces import THAI_BINH

# Criteria.


@pytest.mark.parametrize(
    ("due", "done", "cancelled", "verdict"),
    [
        (3, 3, 0, "PASS"),
        (3, 2, 1, "PASS"),
        (3, 2, 0, "FAIL"),
        (3, 0, 0, "FAIL"),
        (0, 0, 0, "MISSING"),
        (3, 0, 3, "MISSING"),
    ],
)
def test_tasks_pass_when_all_that_were_due_and_not_cancelled_are_done(
    files: Files, due: int, done: int, cancelled: int, verdict: str
) -> None:
    files.unit("so-a")
    files.tasks("so-a", due, done, cancelled)
    assert files.criterion("so-a", "nhiem-vu-duoc-giao") == verdict


@pytest.mark.parametrize(
    ("violations", "inspections", "verdict"),
    [
        (0, None, "PASS"),
        (0, 0, "PASS"),
        (1, None, "FAIL"),
        (1, 2, "FAIL"),
        (0, 2, "HOLD"),
        (None, 1, "HOLD"),
        (None, 0, "MISSING"),
        (None, None, "MISSING"),
    ],
)
def test_discipline_fails_on_a_violation_and_holds_on_an_open_inspection(
    files: Files, violations: int | None, inspections: int | None, verdict: str
) -> None:
    files.unit("so-a")
    if violations is not None:
        files.result("discipline", "so-a", violations=violations)
    if inspections is not None:
        files.result("inspection", "so-a", open_inspections=inspections)
    assert files.criterion("so-a", oracle.DISCIPLINE) == verdict


@pytest.mark.parametrize("as_of", ["2023-01-31", "2023-12-25", ""])
def test_an_inspection_counts_whatever_its_as_of_and_releases_the_unit_when_none_is_open(
    files: Files, as_of: str
) -> None:
    files.unit("so-a")
    files.result("discipline", "so-a", violations=0)
    files.result("inspection", "so-a", open_inspections=3, as_of=as_of)
    assert files.criterion("so-a", oracle.DISCIPLINE) == "HOLD"
    assert "3 vụ việc" in files.reasons("so-a")[oracle.DISCIPLINE]
    files.result("inspection", "so-a", open_inspections=0, as_of="2024-01-10", version=2)
    assert files.criterion("so-a", oracle.DISCIPLINE) == "PASS"


@pytest.mark.parametrize(("listed", "verdict"), [("1", "PASS"), ("0", "FAIL"), (None, "MISSING")])
def test_a_unit_passes_if_listed_and_fails_if_not(files: Files, listed: str | None, verdict: str) -> None:
    files.unit("so-a")
    files.unit("so-b")
    files.result("listed", "so-b", listed=1)
    if listed is not None:
        files.result("listed", "so-a", listed=listed)
    assert files.criterion("so-a", oracle.CONTRIBUTION) == verdict


def test_every_award_has_the_criteria_of_its_line(files: Files) -> None:
    files.unit("so-a")
    files.unit("336", "huyen")
    files.unit("12401", "xa", "336")
    criteria = {award: set(row["criteria"]) for (award, _), row in files.known()["eligibility"].items()}
    always = set(oracle.ALWAYS)
    assert criteria == {
        "C1": always | {oracle.CONTRIBUTION, oracle.ADVICE},
        "C2": always | {oracle.CONTRIBUTION},
        **dict.fromkeys(("C3", "B1", "B2", "B3"), always),
    }


@pytest.mark.parametrize(("award", "tier", "within"), [("B1", "so", 5), ("B2", "huyen", 3), ("B3", "xa", 3)])
def test_a_cut_off_includes_units_tied_at_it(files: Files, award: str, tier: str, within: int) -> None:
    files.unit("340", "huyen")
    if tier == "huyen":
        files.units.clear()
    codes = [f"90{n}" for n in range(within + 2)]
    for code in codes:
        files.unit(code, tier, "340" if tier == "xa" else "")
    # The two units before the last are tied at the cut-off; the last is outside.
    for n, code in enumerate(codes):
        files.scores(code, 90 - min(n, within - 1) - (n == within + 1))
    answer = files.known()
    verdicts = [answer["eligibility"][award, code]["criteria"][FIELDS[1]] for code in codes]
    assert verdicts == ["PASS"] * (within + 1) + ["FAIL"]


def test_a_commune_is_ranked_in_the_province_for_the_flag_and_in_its_district_for_the_certificate(files: Files) -> None:
    files.unit("336", "huyen")
    files.unit("338", "huyen")
    for n in range(40):
        files.unit(f"{12401 + n}", "xa", "336" if n < 39 else "338")
        files.scores(f"{12401 + n}", 90 - n)
    answer = files.known()
    for award, criterion in (("C3", "FAIL"), ("B3", "PASS")):
        assert answer["eligibility"][award, "12440"]["criteria"][FIELDS[0]] == criterion
    assert answer["eligibility"]["C3", "12440"]["verdict"] == "FAIL"
    assert answer["eligibility"]["B3", "12440"]["verdict"] == "MISSING"


def test_all_three_fields_must_be_within_the_cut_off(files: Files) -> None:
    for n in range(6):
        files.unit(f"so-{n}")
        files.scores(f"so-{n}", 90 - n, 90 - n, 90 + n)
        files.passing(f"so-{n}")
    answer = files.known()
    assert answer["candidates"]["C1"] == []
    assert answer["candidates"]["B1"] == [f"so-{n}" for n in range(1, 5)]
    assert answer["eligibility"]["C1", "so-0"]["verdict"] == "FAIL"


# Judgements and verdicts.


def test_the_latest_judgement_fills_what_is_missing_and_nothing_else(files: Files) -> None:
    files.unit("so-a")
    files.tasks("so-a", 3, 2)
    files.result("inspection", "so-a", open_inspections=1)
    files.score("so-a", 90, FIELDS[0])
    files.score("so-a", 90, FIELDS[1], as_of="2023-10-31")
    for criterion in CRITERIA:
        files.judge("so-a", criterion, "PASS", "2023-12-10T08:00:00+07:00")
        files.judge("so-a", criterion, "FAIL", "2023-12-10T00:59:59Z")
    files.judge("so-a", oracle.ADVICE, "FAIL", "2023-12-10T08:00:00.5+07:00")
    files.judge("so-a", FIELDS[0], "FAIL", "2024-01-01T00:00:00Z")
    assert files.known()["eligibility"]["C1", "so-a"]["criteria"] == {
        "hoan-thanh-xuat-sac": "PASS",
        "nhiem-vu-duoc-giao": "FAIL",
        FIELDS[0]: "PASS",
        FIELDS[1]: "PASS",
        FIELDS[2]: "PASS",
        oracle.DISCIPLINE: "HOLD",
        oracle.CONTRIBUTION: "PASS",
        oracle.ADVICE: "FAIL",
    }


def test_a_verdict_is_the_worst_of_its_criteria(files: Files) -> None:
    files.unit("so-a")
    files.scores("so-a", 90)
    files.passing("so-a", but=["hoan-thanh-xuat-sac"])

    def verdict() -> str:
        value: str = files.known()["eligibility"]["C1", "so-a"]["verdict"]
        return value

    assert verdict() == "MISSING"
    files.result("inspection", "so-a", open_inspections=1)
    assert verdict() == "HOLD"
    files.result("listed", "so-a", listed=0, version=2)
    assert verdict() == "FAIL"
    files.result("listed", "so-a", listed=1, version=3)
    files.result("inspection", "so-a", open_inspections=0, version=2)
    files.judge("so-a", "hoan-thanh-xuat-sac", "PASS")
    assert verdict() == "PASS"


def test_reasons_name_the_reporting_agency(files: Files) -> None:
    files.unit("so-a")
    files.unit("so-b")
    files.scores("so-a", 90)
    files.score("so-b", 80, reported_by="Sở Thông tin và Truyền thông")
    files.result("inspection", "so-b", open_inspections=1, reported_by="thanh-tra-tinh")
    files.passing("so-a")
    reasons = files.reasons("so-a")
    fed = set(oracle.ALWAYS[1:])
    assert {criterion for criterion, reason in reasons.items() if "so-noi-vu" in reason} == fed | {oracle.CONTRIBUTION}
    assert "Hội đồng TĐKT" in reasons[oracle.ADVICE]
    other = files.reasons("so-b", "B1")
    assert "Sở Thông tin và Truyền thông" in other[FIELDS[0]]
    assert "thanh-tra-tinh" in other[oracle.DISCIPLINE]


def test_two_files_of_the_same_name_are_not_confused(files: Files) -> None:
    files.unit("so-a")
    files.result("discipline", "so-a", violations=0, reported_by="so-noi-vu")
    files.judge("so-a", oracle.ADVICE, "PASS")
    units, results, judgements, _ = files.written()
    (files.folder / "y-kien").mkdir()
    same = judgements.rename(files.folder / "y-kien" / results.name)
    answer = evaluated(THAI_BINH, (units, results, same))
    reasons = {criterion["criterion"]: criterion["reason"] for criterion in answer["eligibility"][0]["criteria"]}
    assert "so-noi-vu" in reasons[oracle.DISCIPLINE]
    assert "Hội đồng TĐKT" in reasons[oracle.ADVICE]


# Candidates.


def test_the_only_flag_candidate_leaves_the_certificates_and_nobody_moves_up(files: Files) -> None:
    for n in range(7):
        files.unit(f"so-{n}")
        files.scores(f"so-{n}", 90 - n)
        files.passing(f"so-{n}")
    candidates = files.known()["candidates"]
    assert candidates["C1"] == ["so-0"]
    assert candidates["B1"] == ["so-1", "so-2", "so-3", "so-4"]
    assert files.known()["eligibility"]["B1", "so-0"]["verdict"] == "PASS"


def test_tied_flag_candidates_stay_on_both_lists(files: Files) -> None:
    for n in range(3):
        files.unit(f"33{n}", "huyen")
        files.scores(f"33{n}", 90 - n // 2)
        files.passing(f"33{n}")
    candidates = files.known()["candidates"]
    assert candidates["C2"] == ["330", "331"]
    assert candidates["B2"] == ["330", "331", "332"]


def test_a_flag_excludes_nobody_of_another_tier(files: Files) -> None:
    files.unit("so-a")
    files.unit("336", "huyen")
    files.unit("12401", "xa", "336")
    for code in ("so-a", "336", "12401"):
        files.scores(code, 90)
    files.passing("so-a", "336", but=["listed"])
    files.passing("12401")
    files.result("listed", "336", listed=1)
    files.result("listed", "so-a", listed=0)
    candidates = files.known()["candidates"]
    assert candidates == {"C1": [], "C2": ["336"], "C3": ["12401"], "B1": ["so-a"], "B2": [], "B3": []}
