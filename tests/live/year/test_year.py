"""The outcome of the played year is complete, and `thidua verify` agrees with it."""

from __future__ import annotations

import json
import re
from collections import Counter
from email import message_from_bytes
from email.policy import default
from typing import Any
from zlib import compress, decompress

import httpx
from pymongo import AsyncMongoClient

from deploy.demo.run import province
from shared.wording.unit_names import short_name
from tests.support import warm_commands
from tests.support.played_year import Played

MOVEMENT = "thai-binh/trach-nhiem-ky-cuong-2023"


async def thidua(*args: str) -> tuple[int, str]:
    """Run the command line; returns its exit code and output."""
    ended = await warm_commands.thidua(*args)
    return ended.code, ended.err + ended.out


async def test_verify_finds_no_difference_and_names_the_unit_whose_stored_score_was_changed(played: Played) -> None:
    """verify recomputes everything from the first event and finds one score changed by hand."""
    where = ("--kafka", played.stack.kafka, "--mongo", played.stack.mongo)
    code, out = await thidua("verify", *where)
    assert (code, out.splitlines()[-1].split(", ")[-1]) == (0, "0 sai khác")

    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(played.stack.mongo)
    boards = client["thidua_scoring"]["boards"]
    page = {"_id": f"{MOVEMENT}/de-an-06/xa/0"}
    doc = await boards.find_one(page)
    assert doc is not None
    rows = json.loads(decompress(doc["rows"]))
    rows["12433"]["value"]["score"] = "99.99"
    await boards.update_one(page, {"$set": {"rows": compress(json.dumps(rows).encode())}})
    try:
        code, out = await thidua("verify", *where)
    finally:
        await boards.update_one(page, {"$set": {"rows": doc["rows"]}})
        await client.close()
    assert code == 1
    assert "đơn vị 12433" in out
    assert "99.99" in out


def test_the_year_shows_early_late_returned_corrected_and_repeated_reports(played: Played) -> None:
    """It also shows both lists, and an award of each tier."""
    outcome = played.outcome
    assert outcome.reports["returned"] == outcome.reports["duplicate"] == 1
    assert outcome.reports["accepted"] > 100
    lists = {award_lists.award: award_lists for award_lists in outcome.lists}
    assert all(len(lists[flag].candidates) == 1 for flag in ("C1", "C2", "C3"))
    assert any(award_lists.for_judgement for award_lists in outcome.lists)
    assert outcome.reminders["sent"] > 0
    assert outcome.reminders["suppressed"] > 0
    assert outcome.dead_letters == 0


def test_the_demo_summary_covers_every_list_session_and_board(played: Played) -> None:
    """It is the JSON that `thidua demo --json` prints at its end."""
    summary = json.loads(json.dumps(played.outcome.summary()))
    assert summary["verify"] == "ok"
    assert summary["units"]["so"] >= 35
    assert (summary["units"]["huyen"], summary["units"]["xa"]) == (8, 260)
    assert set(summary["reports"]) == {"accepted", "returned", "taken_back", "duplicate"}
    assert set(summary["candidates"]) == set(summary["for_judgement"]) == {"C1", "C2", "C3", "B1", "B2", "B3"}
    assert all(summary["candidates"][award] for award in ("C1", "C2", "C3"))
    assert len(summary["sessions"]) >= 4
    assert all(session["items"] for session in summary["sessions"].values())
    assert len(summary["boards"]["top"]) == 12
    assert all(len(top) == 3 for top in summary["boards"]["top"].values())
    assert summary["reminders"]["sent"] > 0
    assert summary["dead_letters"] == 0


def test_the_late_agency_was_reminded_after_the_deadline_and_then_no_more(played: Played) -> None:
    """Sở KH&ĐT reported on 07/12 at 16:00, so it was reminded at L+1 and L+3, but not at L+5."""
    of_agency = (n for n in played.outcome.notices if (n.recipient, n.role) == ("so-khdt", "agency"))
    stages = [line.stage for n in of_agency for line in n.lines if line.duty == "OB09"]
    assert stages[-2:] == ["L+1", "L+3"]


def test_the_year_plays_all_five_documents_a_case_a_correction_and_the_councils_decisions(played: Played) -> None:
    """Sent documents end their reminders, a case holds one unit, and a nomination under S4 uses a place of S0."""
    outcome = played.outcome
    assert {plan.source.key for plan in outcome.plans} == {"S0", "S1", "S2", "S3", "S4"}
    held_units = [unit for entry in outcome.lists for unit in entry.held]
    assert held_units
    assert [bool(refused) for _, refused in outcome.nominated] == [False, True, False, False, True, False, True, False]
    changed = [agenda_item for agenda_item in outcome.last_agenda.items if agenda_item.changed]
    assert {(agenda_item.kind, agenda_item.award) for agenda_item in changed} == {
        ("candidates", "B3"),
        ("otherwise", "B3"),
    }
    candidates = next(agenda_item for agenda_item in changed if agenda_item.kind == "candidates")
    assert len(set(candidates.units) - set(candidates.units_now)) == 1
    statuses = {decision.status for decision in outcome.decisions}
    assert statuses == {"granted", "declined", "revoked"}
    assert candidates.change is not None
    assert (len(candidates.change.left), candidates.change.entered) == (1, ())
    assert [(cause.report, cause.by) for cause in candidates.change.because] == [("2/BC-CAT", "cong-an-tinh")]
    (revoked,) = (award for award in outcome.awards if not award.stands)
    standing = {(award.award, award.subject) for award in outcome.awards if award.stands}
    assert standing == {(d.award, d.subject) for d in outcome.decisions if d.status == "granted"}
    assert revoked.revocation is not None
    assert (revoked.award, revoked.decision.number, revoked.revocation.number) == ("B3", "57/QĐ-UBND", "58/QĐ-UBND")
    assert all(decision.reason for decision in outcome.decisions if decision.departs)
    reminders = [n for n in outcome.notices if n.role == "agency"]
    chased = {n.recipient for n in reminders for line in n.lines if line.duty == "OB16-2023" and "+" in line.stage}
    assert len(chased) == 3


def test_the_council_holds_its_sessions_as_the_secretary_would(played: Played) -> None:
    """Phiên thứ Hai begins with enough members, defers an item and is reopened; the next one takes the item over."""
    agendas = {agenda.session: agenda for agenda in played.outcome.agendas}
    assert [agendas[name].phase for name in ("P1", "P2", "P3", "P4")] == ["historical", *["closed"] * 3]
    second = agendas["P2"]
    assert second.meeting is not None
    assert (second.meeting.members, second.meeting.present) == (9, 7)
    assert [item.number for item in second.items] == list(range(1, len(second.items) + 1))
    assert {vote.given.way for vote in second.meeting.votes} == {"hands", "ballots", "written"}
    assert {recorded.given.outcome for recorded in second.outcomes} == {"proposed", "deferred", "noted"}
    verbs = [step.verb for step in second.meeting.steps]
    assert verbs.index("freeze") < verbs.index("start") < verbs.index("close") < verbs.index("reopen")
    assert verbs[-3:] == ["draft_minutes", "approve_minutes", "close"]
    assert "carried/P2/added/3" in [item.id for item in agendas["P3"].items]
    proposed = {
        (item.award, unit)
        for item, recorded in zip(agendas["P4"].items, agendas["P4"].outcomes, strict=True)
        if item.kind == "candidates" and recorded.given.outcome == "proposed"
        for unit in item.units
        if unit not in {exception.subject for exception in recorded.given.exceptions}
    }
    decided = {(d.award, d.subject) for d in played.outcome.decisions if d.status in ("granted", "revoked")}
    assert proposed <= decided
    assert {award for award, _ in proposed} >= {"C1", "C2", "C3"}


async def test_thidua_explains_five_units_to_a_clerk(played: Played) -> None:
    """The clerk gives a name or a code; an unknown name and an ambiguous one get an explanation."""
    served = played.stack.province
    assert served is not None
    at = ("--url", played.stack.urls["scoring"], "--key", played.stack.desk_key)
    scoring = (*at, "--movement", served.movement_key)
    for unit in ("Thanh tra tỉnh", "336", "12451", "Cục Thống kê tỉnh", "Trường Đại học Thái Bình"):
        code, out = await thidua("explain", unit, *scoring)
        assert code == 0, out
        assert "Xếp hạng" in out
        assert "báo cáo số" in out
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", out)
    code, out = await thidua("explain", "Xã Không Có", *scoring)
    assert (code, "Không có đơn vị" in out) == (1, True)
    code, out = await thidua("explain", "Xã Đông Hoàng", *scoring)
    choices = "hãy nêu mã: 12808 (xã Đông Hoàng, huyện Đông Hưng); 13000 (xã Đông Hoàng, huyện Tiền Hải)"
    assert (code, choices in " ".join(out.split())) == (1, True)


async def test_a_plan_is_published_from_the_command_line_and_the_same_again_changes_nothing(played: Played) -> None:
    """The command needs the operator's key."""
    file = "shared/plans/thai-binh/s2-ct-19.yaml"
    where = ("--url", played.stack.urls["intake"], "--key", played.stack.operator_key)
    code, out = await thidua("plan", "publish", file, *where)
    assert code == 0, out
    code, out = await thidua("plan", "publish", file, "--url", played.stack.urls["intake"], "--key", "không")
    assert code == 1, out


async def test_every_notice_is_one_mail_in_the_outbox_folder(played: Played) -> None:
    """The channel's own log shows that no notice was sent twice."""
    notices = [notice.id for notice in played.outcome.notices]
    assert sorted(path.stem for path in played.stack.mails.glob("*.eml")) == sorted(notices)
    log = (played.stack.folder / "logs" / "notify.log").read_text(encoding="utf-8").splitlines()
    sent = [entry["notice"] for line in log if (entry := json.loads(line)).get("event") == "notice sent"]
    assert sorted(sent) == sorted(notices)


def test_every_mail_of_the_year_parses_and_no_two_to_one_address_share_a_subject(played: Played) -> None:
    """People find a mail by its subject."""
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in played.stack.mails.glob("*.eml")]
    assert [defect for mail in mails for part in mail.walk() for defect in part.defects] == []
    subjects = Counter((str(mail["To"]), str(mail["Subject"])) for mail in mails)
    assert [shared for shared, count in subjects.items() if count > 1] == []


async def test_the_agenda_is_served_as_json_and_as_a_page_in_vietnamese(played: Played) -> None:
    """It shows names, not codes, and the page has the content of the JSON."""
    url = played.stack.urls["council"]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {played.stack.desk_key}"}) as http:
        agenda = (await http.get(f"{url}/v1/sessions/thai-binh/38-kh-hdtdkt-2023/P4/agenda")).json()
        page = await http.get(f"{url}/phien/thai-binh/38-kh-hdtdkt-2023/P4")
        index = await http.get(f"{url}/phien")
        sessions = (await http.get(f"{url}/v1/sessions")).json()
    assert page.status_code == 200
    _, register = province()
    for item in agenda["items"]:
        assert all(short_name(register, unit) in page.text for unit in item["units"])
    assert "Phiên tổng kết" in page.text
    assert "điểm a khoản 3 Mục IV Kế hoạch số 46/KH-UBND" in page.text
    assert len(sessions) == 4
    assert all(session["name"] in index.text for session in sessions)


async def test_every_service_is_alive_ready_and_measured(played: Played) -> None:
    """All services have the same three routes."""
    async with httpx.AsyncClient() as http:
        for url in played.stack.urls.values():
            assert (await http.get(f"{url}/livez")).status_code == 200
            assert (await http.get(f"{url}/readyz")).json() == {"ready": True, "missing": []}
            metrics = (await http.get(f"{url}/metrics")).text
            assert re.search(r'^thidua_consumed_records_total\{topic="[^"]+"\} [1-9]', metrics, re.M)
            assert re.search(r"^thidua_ready 1\.0$", metrics, re.M)
            assert re.search(r"^thidua_consumer_lag_records\{[^}]+\} 0\.0$", metrics, re.M)
            assert re.search(r'^thidua_http_requests_total\{[^}]*route="/livez",status="200"\} [1-9]', metrics, re.M)
            assert re.search(r"^thidua_audit_entries [1-9]", metrics, re.M)
            assert "_created" not in metrics


async def test_a_request_without_a_key_is_refused(played: Played) -> None:
    """The routes of agencies, the operator and the council answer with problem documents that have a stable code."""
    intake, council = played.stack.urls["intake"], played.stack.urls["council"]
    async with httpx.AsyncClient() as http:
        answers = [
            await http.post(f"{intake}/v1/reports", headers={"Idempotency-Key": "x"}, json={}),
            await http.post(
                f"{intake}/v1/reports", headers={"Idempotency-Key": "x", "Authorization": "Bearer no"}, json={}
            ),
            await http.post(f"{intake}/v1/agencies/so-noi-vu/keys", headers={"Authorization": "Bearer no"}),
            await http.post(f"{council}/v1/{MOVEMENT}/judgements", headers={"Authorization": "Bearer no"}, json=[]),
        ]
    assert [a.status_code for a in answers] == [401, 401, 401, 401]
    assert [a.json()["code"] for a in answers] == ["no_key", "unknown_key", "unknown_key", "not_the_desk"]
    assert all(a.headers["content-type"].startswith("application/problem+json") for a in answers)
