"""The words of the mails about a sitting: after the model of a giấy mời, with the links, and a calendar event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email.message import EmailMessage

import pytest
from icalendar import Calendar

from services.notify.mails.messages import sitting_message
from shared.contracts.invitations import Invitation
from tests.support.inviting import Notified, at, session
from tests.support.mails import LETTERHEAD, background, html_of, templates, text_of

COUNCIL = "Hội đồng Thi đua - Khen thưởng tỉnh Thái Bình"
WITH_LINKS = replace(LETTERHEAD, council_url="https://hoidong.thai-binh.example/")
PAGE = "https://hoidong.thai-binh.example/phien/thai-binh/38-kh-hdtdkt-2023/P2/thanh-vien"
NEW_DAY = date(2023, 12, 28)


def every_message() -> list[Invitation]:
    """The messages to one member: an invitation, a reminder, a change, a reminder, a second change, a cancellation."""
    notified, moved = Notified(), session(NEW_DAY, place="Hội trường lớn", items=5)
    notified.at(session(items=5), at(date(2023, 12, 1)))
    notified.at(session(items=5), at(date(2023, 12, 18)))
    notified.at(moved, at(date(2023, 12, 19)))
    notified.at(moved, at(date(2023, 12, 25)))
    later = session(NEW_DAY, 15, place="Hội trường lớn", items=5)
    notified.at(later, at(date(2023, 12, 26)))
    cancelled = session(NEW_DAY, 15, place="Hội trường lớn", phase="cancelled", reason="Gộp với phiên thứ Ba.")
    notified.at(cancelled, at(date(2023, 12, 27)))
    return notified.by_member["tv-2"]


MESSAGES = every_message()


def mail(message: Invitation, letterhead: object = WITH_LINKS) -> EmailMessage:
    assert isinstance(letterhead, type(LETTERHEAD))
    sent = sitting_message(message, background(), letterhead, templates(), sender="a@x.example", to="b@x.example")
    assert isinstance(sent, EmailMessage)
    return sent


def event_of(sent: EmailMessage) -> dict[str, str]:
    (part,) = sent.iter_attachments()
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.events
    return {"METHOD": str(calendar["METHOD"]), **{name: value.to_ical().decode() for name, value in event.items()}}


def test_no_two_messages_to_a_member_have_the_same_subject() -> None:
    subjects = [str(mail(message)["Subject"]) for message in MESSAGES]
    assert len(set(subjects)) == len(subjects) == 6
    assert subjects[0] == f"Giấy mời họp {COUNCIL} (Phiên thứ Hai), 14 giờ 00 ngày 21/12/2023"
    assert subjects[1].endswith("14 giờ 00 ngày 21/12/2023 (còn 03 ngày làm việc)")
    assert "(lần 2)" in subjects[4]
    assert subjects[5] == f"V/v hủy Phiên thứ Hai của {COUNCIL} ngày 28/12/2023"


def test_the_invitation_names_who_what_when_and_where_and_links_to_the_papers() -> None:
    text = text_of(mail(MESSAGES[0]))
    assert text.startswith("Kính gửi: Giám đốc Sở Nội vụ\n")
    assert f"{COUNCIL} trân trọng kính mời Giám đốc Sở Nội vụ tới dự Phiên thứ Hai của {COUNCIL}." in text
    for words in (
        "Nội dung: 05 nội dung (chương trình, tài liệu theo đường dẫn dưới đây).",
        "Chủ trì: Chủ tịch Ủy ban nhân dân tỉnh.",
        "Thời gian: 14 giờ 00, thứ Năm, ngày 21/12/2023.",
        "Địa điểm: Phòng họp số 1.",
        f"Tài liệu của phiên họp: {PAGE}",
        "Thư gửi từ hộp thư công vụ, không thay thế văn bản hành chính.",
    ):
        assert words in text
    assert f'<a href="{PAGE}"' in html_of(mail(MESSAGES[0]))


def test_a_change_names_what_it_replaces_and_only_that() -> None:
    first, second = text_of(mail(MESSAGES[2])), text_of(mail(MESSAGES[4]))
    assert "ngày 28/12/2023 (trước đây: 14 giờ 00, thứ Năm, ngày 21/12/2023)." in first
    assert "Địa điểm: Hội trường lớn (trước đây: Phòng họp số 1)." in first
    assert "Thời gian: 15 giờ 00, thứ Năm, ngày 28/12/2023 (trước đây: 14 giờ 00" in second
    assert "Địa điểm: Hội trường lớn.\n" in second


def test_a_cancellation_has_its_reason_and_no_link() -> None:
    text = text_of(mail(MESSAGES[5]))
    assert "Lý do: Gộp với phiên thứ Ba.\n" in text
    assert "https://" not in text


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: f"{message.kind}-{message.nth}")
def test_without_the_councils_address_and_in_a_trial_a_mail_has_no_link_and_is_marked(message: Invitation) -> None:
    text = text_of(mail(message, replace(LETTERHEAD, environment="trial", contact=None)))
    assert "https://" not in text
    assert "đường dẫn" not in text
    assert "Thư thử nghiệm của hệ thống" in text
    assert "None" not in text


def test_the_calendar_event_is_one_that_later_messages_update_and_the_last_cancels() -> None:
    events = [event_of(mail(message)) for message in MESSAGES]
    assert len({event["UID"] for event in events}) == 1
    assert [int(event["SEQUENCE"]) for event in events] == list(range(6))
    assert [event["DTSTART"] for event in events] == ["20231221T070000Z"] * 2 + ["20231228T070000Z"] * 2 + [
        "20231228T080000Z"
    ] * 2
    assert [event["METHOD"] for event in events] == [*["PUBLISH"] * 5, "CANCEL"]
    assert events[5]["STATUS"] == "CANCELLED"


def test_later_messages_follow_the_first_and_a_repeated_mail_is_byte_for_byte_the_same() -> None:
    sent = mail(MESSAGES[2])
    assert sent["In-Reply-To"] == f"<{MESSAGES[1].id}@thai-binh.example>"
    assert mail(MESSAGES[2]).as_bytes() == sent.as_bytes()
