"""The MIME message of a notice: headers that mail programs act on, equal bytes, the deadline as an event."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest
from icalendar import Calendar

from tests.support.mails import every_kind, html_of, line, mail, notice, s3
from tests.support.movement import s0

NOTICES = every_kind()
FIRST = NOTICES["nhac-lan-dau"]


def parsed(message: EmailMessage) -> EmailMessage:
    """The message as a mail program reads it."""
    read = message_from_bytes(message.as_bytes(), policy=default)
    assert isinstance(read, EmailMessage)
    return read


def events_of(message: EmailMessage) -> list[dict[str, str]]:
    """The events that a message carries, property by property; none without a calendar."""
    for part in message.iter_attachments():
        assert part.get_content_type() == "text/calendar"
        calendar = Calendar.from_ical(part.get_content())
        return [{name: str(event.to_ical()) for name, event in e.items()} for e in calendar.events]
    return []


@pytest.mark.parametrize("name", NOTICES)
def test_every_mail_arrives_without_a_defect_and_as_it_was_written(name: str) -> None:
    message, read = mail(NOTICES[name]), parsed(mail(NOTICES[name]))
    assert [defect for part in read.walk() for defect in part.defects] == []
    for header in ("Subject", "To"):
        assert str(read[header]) == str(message[header])
        assert read[header].defects == ()
    assert all(len(text) <= 78 for text in message.as_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n"))
    assert message.as_bytes().isascii()


def test_a_repeated_mail_is_byte_for_byte_the_first() -> None:
    assert mail(FIRST).as_bytes() == mail(FIRST.model_copy()).as_bytes()


def test_a_mail_has_a_text_and_an_html_part_and_the_deadline_attached() -> None:
    shape = [part.get_content_type() for part in mail(FIRST).walk()]
    assert shape == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]


def test_a_mail_comes_from_the_office_by_its_name_and_nobody_answers_it_automatically() -> None:
    message = mail(FIRST)
    name, address = parseaddr(str(message_from_bytes(message.as_bytes())["From"]).replace("\r\n", ""))
    assert str(make_header(decode_header(name))) == "Ban Thi đua - Khen thưởng, Sở Nội vụ"
    assert address == "ban-tdkt@thai-binh.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Tue, 14 Nov 2023 08:00:00 +0700"
    assert message["Message-ID"] == f"<{FIRST.id}@thai-binh.example>"


def test_a_later_mail_of_a_duty_refers_to_the_earlier_ones() -> None:
    message = mail(FIRST.model_copy(update={"id": "n3", "follows": ("n1", "n2")}))
    assert message["In-Reply-To"] == "<n2@thai-binh.example>"
    assert message["References"] == "<n1@thai-binh.example> <n2@thai-binh.example>"
    assert mail(FIRST)["References"] is None
    many = mail(FIRST.model_copy(update={"follows": tuple(f"n{n}" for n in range(100))}))
    references = str(many["References"]).split()
    assert (len(references), references[0], references[-1]) == (20, "<n0@thai-binh.example>", "<n99@thai-binh.example>")


def test_the_deadline_is_an_event_of_the_last_permitted_day() -> None:
    """Also on a day off: a deadline is never shifted (A1)."""
    (event,) = events_of(mail(NOTICES["nhac-thoi-han-ngay-nghi"]))
    assert event["DTSTART"] == str(b"20231209")
    assert event["DTEND"] == str(b"20231210")
    assert "VALARM" not in event


def test_a_later_mail_moves_the_event_of_the_same_duty() -> None:
    granted = NOTICES["dong-y-lui-thoi-han"]
    asked_before = notice("so-noi-vu", date(2023, 11, 14), [line(s0(), "OB06", "L-14")])
    (first,), (moved,) = events_of(mail(asked_before)), events_of(mail(granted))
    assert first["UID"] == moved["UID"]
    assert (first["DTSTART"], moved["DTSTART"]) == (str(b"20231204"), str(b"20231208"))
    assert first["SEQUENCE"] < moved["SEQUENCE"]


def test_each_duty_of_each_agency_has_an_event_of_its_own() -> None:
    two = notice("344", date(2023, 12, 1), [line(s3(), "OB16-2023", "L-7")])
    other = notice("343", date(2023, 12, 1), [line(s3(), "OB16-2023", "L-7")])
    later = notice("344", date(2024, 12, 1), [line(s3(), "OB16-2024", "L-7")])
    assert len({events_of(mail(sent))[0]["UID"] for sent in (two, other, later)}) == 3
    assert len(events_of(mail(NOTICES["nhac-lan-2-hai-noi-dung"]))) == 2


def test_a_mail_about_what_is_late_or_about_others_has_no_event() -> None:
    for name in ("don-doc-lan-2", "bao-cao-lanh-dao", "tong-hop-hang-tuan", "de-nghi-lui-thoi-han"):
        assert events_of(mail(NOTICES[name])) == []


def test_line_breaks_in_a_plan_break_no_header() -> None:
    """A title written as a YAML block has them."""
    source = s0().source.model_copy(update={"number": None, "title": "Phong trào thi đua\nnăm 2023"})
    office = s0().office
    assert office is not None
    changed = {"source": source, "office": office.model_copy(update={"name": "Ban Thi đua -\nKhen thưởng"})}
    message = mail(FIRST, s0().model_copy(update=changed))
    assert message["Subject"] == "V/v gửi báo cáo theo Phong trào thi đua năm 2023, thời hạn trước ngày 05/12/2023"
    assert str(parsed(message)["Subject"]) == message["Subject"]


def test_what_an_agency_wrote_is_shown_and_never_becomes_html_or_a_link() -> None:
    reason = '<b>gấp</b> <script>alert(1)</script> https://la.example/"x'
    message = mail(
        notice("ban-tdkt", date(2023, 12, 1), [line(s0(), "OB06", "asked", agency="so-noi-vu", note=reason)])
    )
    html = html_of(message)
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;gấp&lt;/b&gt;" in html
    assert "<a href" not in html
