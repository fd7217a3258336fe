"""Mails as an office writes them: each kind as a file that a person can read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.notify.mails.letterhead import Letterhead
from services.notify.mails.messages import copy_text
from services.notify.mails.wordings import MAIL_KINDS
from services.notify.mails.writing import wording_of
from shared.contracts.notify import Notice
from tests.support.mails import LETTERHEAD, background, every_kind, line, mail, notice, templates, text_of
from tests.support.movement import s0, s1
from tests.support.provinces import OFFICE

DATA = Path(__file__).parent / "data" / "mails"
NOTICES = every_kind()


def shown(notice: Notice) -> str:
    """A mail as its file has it."""
    message = mail(notice)
    return f"Từ: {message['From']}\nĐến: {message['To']}\nTiêu đề: {message['Subject']}\n\n{text_of(message)}"


@pytest.mark.parametrize("name", NOTICES)
def test_a_mail_reads_as_its_file(name: str) -> None:
    """Renew a file after a change of wording: python -m tests.rules.test_mails."""
    assert shown(NOTICES[name]) == (DATA / f"{name}.txt").read_text("utf-8")


def test_every_kind_of_mail_has_a_file() -> None:
    kinds = {wording_of(sent, background(), LETTERHEAD).kind for sent in NOTICES.values()}
    assert kinds == set(MAIL_KINDS)
    assert {path.stem for path in DATA.iterdir()} == set(NOTICES)


def test_a_notice_of_the_last_release_becomes_a_mail_too() -> None:
    """It names neither the line's plan nor what is reported, and does not count the reminders."""
    old = notice("so-noi-vu", date(2023, 12, 7), [line(s0(), "OB06", "L+3")]).model_dump(mode="json")
    old = {key: old[key] for key in ("id", "plan", "recipient", "due_at", "sent_at", "lines")}
    fields = ("duty", "what", "stage", "last_day", "cite", "extended_from", "note", "agency")
    old["lines"] = [{key: one[key] for key in fields} for one in old["lines"]]
    message = mail(Notice.model_validate(old))
    assert message["Subject"] == (
        "V/v đôn đốc gửi báo cáo theo Kế hoạch số 46/KH-UBND (thời hạn trước ngày 05/12/2023, chậm 03 ngày)"
    )
    assert "chưa nhận được báo cáo này (chậm 03 ngày)" in text_of(message)


def test_without_settings_a_mail_has_no_link_and_names_nobody() -> None:
    bare = Letterhead("x.example", OFFICE, "production")
    text = text_of(mail(NOTICES["nhac-lan-dau"], letterhead=bare))
    assert "http" not in text
    assert "Đầu mối" not in text
    assert "đề nghị trao đổi với Ban Thi đua - Khen thưởng, Sở Nội vụ." in text


def test_a_mail_of_a_trial_is_marked() -> None:
    message = mail(NOTICES["nhac-lan-dau"], letterhead=Letterhead("x.example", OFFICE, "trial"))
    assert message["X-Thidua-Environment"] == "trial"
    assert text_of(message).rstrip().endswith("Thư thử nghiệm của hệ thống, không phải thực hiện.")
    assert mail(NOTICES["nhac-lan-dau"])["X-Thidua-Environment"] is None


def test_the_office_reads_of_its_own_tasks_without_being_asked_whether_it_has_reported() -> None:
    text = text_of(mail(NOTICES["nhac-viec-noi-bo"]))
    assert "Nếu báo cáo đã được gửi" not in text
    assert "trân trọng đề nghị" not in text


def test_a_notice_can_be_copied_as_text() -> None:
    text = copy_text(NOTICES["nhac-lan-dau"], background(), LETTERHEAD, templates())
    subject, _, wording = text.partition("\n\n")
    assert subject == "V/v gửi báo cáo theo Kế hoạch số 46/KH-UBND, thời hạn trước ngày 05/12/2023"
    assert wording == text_of(mail(NOTICES["nhac-lan-dau"]))


def test_a_plan_that_names_no_office_writes_for_the_office_of_the_deployment() -> None:
    """A plan published by an earlier release names none; the office's name is the register's."""
    old_plan = s0().model_copy(update={"office": None})
    message = mail(NOTICES["nhac-lan-dau"], old_plan, s1())
    assert message["From"].addresses[0].display_name == "Ban Thi đua - Khen thưởng, Sở Nội vụ"


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    for path in DATA.iterdir():
        path.unlink()
    for name, sent in NOTICES.items():
        (DATA / f"{name}.txt").write_text(shown(sent), "utf-8")
