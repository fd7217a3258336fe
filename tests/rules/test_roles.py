"""A role moves to another unit during a movement: which unit reports from then on, and which is reminded (L10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.intake.context import IntakeContext
from services.intake.plans import rules as plan_rules
from services.intake.reports import rules
from services.intake.reports.state import AcceptedReport
from services.notify.state import Stand
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.plan import Plan
from tests.support.chasing import Chasing, stages
from tests.support.movement import register, s0, units, with_role
from tests.support.reports import codes, report, score, submit

SO = units(Tier.SO)
MERGED = with_role(
    "thong-tin-truyen-thong",
    {"unit": "so-tttt", "last": "2023-11-30"},
    {"unit": "so-khcn", "first": "2023-12-01"},
)
"""S0, changed so that Sở Khoa học và Công nghệ takes over from Sở Thông tin và Truyền thông."""

LAST_DAY, FIRST_DAY = datetime(2023, 11, 30, 17, tzinfo=VIETNAM), datetime(2023, 12, 1, 0, 0, tzinfo=VIETNAM)


def test_after_a_merger_the_predecessor_is_refused_with_the_successor_named() -> None:
    """The change takes effect at the first local instant of the day, not before."""
    sent = report("OB07", [score(SO[0])])
    assert isinstance(submit("so-tttt", sent, plan=MERGED, now=LAST_DAY), AcceptedReport)
    assert codes(submit("so-khcn", sent, plan=MERGED, now=LAST_DAY)) == ["not_responsible"]
    refused = submit("so-tttt", sent, plan=MERGED, now=FIRST_DAY)
    assert codes(refused) == ["not_responsible"]
    (problem,) = refused.receipt.problems
    assert problem.expected == "cần cơ quan được giao: so-khcn"
    assert "Cơ quan được giao: Sở Khoa học và Công nghệ." in problem.detail
    assert isinstance(submit("so-khcn", sent, plan=MERGED, now=FIRST_DAY), AcceptedReport)


def test_after_a_merger_versions_continue_and_both_agencies_complete_the_report() -> None:
    """The duty belongs to the role, so both use one ledger; the receipt names the agency and the role."""
    context = IntakeContext(MERGED, register())
    everyone = [score(unit) for tier in (Tier.SO, Tier.HUYEN) for unit in units(tier)]
    before, after = report("OB07", everyone[:20]), report("OB07", everyone[20:])
    ledgers = [
        rules.ledger_id("thai-binh", sent, rules.account(sent, agency, context))
        for sent, agency in ((before, "so-tttt"), (after, "so-khcn"))
    ]
    assert ledgers[0] == ledgers[1]
    first = submit("so-tttt", before, plan=MERGED, now=LAST_DAY)
    assert isinstance(first, AcceptedReport)
    second = submit("so-khcn", after, plan=MERGED, now=FIRST_DAY, ledger=first.ledger)
    assert [outcome.receipt.version for outcome in (first, second)] == [1, 2]
    assert [outcome.receipt.account for outcome in (first, second)] == ["thong-tin-truyen-thong"] * 2
    assert [outcome.receipt.reported_by for outcome in (first, second)] == ["so-tttt", "so-khcn"]
    assert [outcome.receipt.complete_at for outcome in (first, second)] == [None, FIRST_DAY]


def test_where_nobody_holds_the_role_nobody_may_report() -> None:
    """The refusal names no other agency."""
    vacant = with_role("thong-tin-truyen-thong", {"unit": "so-tttt", "last": "2023-11-30"})
    refused = submit("so-tttt", report("OB07", [score(SO[0])]), plan=vacant, now=FIRST_DAY)
    assert codes(refused) == ["not_responsible"]
    assert refused.receipt.problems[0].expected == "cần nội dung có trong kế hoạch"


def reminded(stand: Stand) -> list[tuple[str, str]]:
    """The reminders of OB07 to agencies over a month in which the role changes hands."""
    year = Chasing(MERGED, only=("OB07",))
    year.stands = {("thai-binh/46-kh-ubnd-2023/thong-tin-truyen-thong", "OB07"): stand}
    assert [item.key[0] for item in year.items(date(2023, 11, 10))] == [account for account, _ in year.stands]
    sent = [notice for _, of_day in year.days(date(2023, 11, 10), date(2023, 12, 9)) for notice in of_day]
    return [(n.recipient, stage) for n in sent if n.role == "agency" for stage in stages([n])]


def test_the_current_holder_of_a_role_is_reminded_and_no_stage_is_sent_twice() -> None:
    """By L10 it is the predecessor until its last day and the successor from its first day."""
    assert reminded(Stand()) == [
        ("so-tttt", "L-14"),
        ("so-tttt", "L-7"),
        ("so-tttt", "L-3"),
        ("so-khcn", "L-1"),
        ("so-khcn", "L-0"),
        ("so-khcn", "L+1"),
        ("so-khcn", "L+3"),
    ]


def test_a_successor_is_not_reminded_of_what_its_predecessor_reported() -> None:
    """The duty belongs to the role, and the report has arrived."""
    assert reminded(Stand().with_receipt(1, LAST_DAY)) == []
    assert ("so-khcn", "L-1") in reminded(Stand().with_receipt(1, None))


def test_a_version_is_received_after_the_version_before_it_even_if_clocks_differ() -> None:
    """The clocks of two intake processes may differ; the figures of a unit still have one order."""
    first = submit("so-noi-vu", report("OB06", [score(SO[0])]), now=FIRST_DAY)
    assert isinstance(first, AcceptedReport)
    earlier = FIRST_DAY - timedelta(seconds=2)
    second = submit("so-noi-vu", report("OB06", [score(SO[1])]), now=earlier, ledger=first.ledger)
    assert second.receipt.received_at > first.receipt.received_at


def test_a_new_version_of_a_plan_must_keep_its_roles_and_scales() -> None:
    """Otherwise versions would restart under another name, and reported scores would not fit."""
    document = s0().model_dump(mode="json")
    for role in document["roles"]:
        role["id"] = "phong-noi-vu" if role["id"] == "noi-vu" else role["id"]
    for obligation in document["obligations"]:
        obligation["reporter"] = "phong-noi-vu" if obligation["reporter"] == "noi-vu" else obligation["reporter"]
    document["fields"][0] |= {"scale": "10"}
    document["fields"][1] |= {"decimals": 0}
    document["fields"][2] |= {"scale": "1000", "decimals": 5}
    problems = plan_rules.breaking_changes(s0(), Plan.model_validate(document))
    assert [text.partition(":")[0] for text in problems] == [
        "Nghĩa vụ OB05",
        "Nghĩa vụ OB06",
        "Lĩnh vực Chuyển đổi số",
        "Lĩnh vực Thực hiện Đề án 06",
    ]
    assert plan_rules.breaking_changes(s0(), MERGED) == []
