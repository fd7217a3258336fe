"""A province's own templates of mails: used where they are, refused at the start where they are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.notify.mails.messages import message
from services.notify.mails.templates import TEXTS, BrokenTemplate, Templates
from tests.support.mails import LETTERHEAD, background, every_kind, html_of, text_of

FIRST = every_kind()["nhac-lan-dau"]


def test_a_template_of_the_province_replaces_that_of_the_release_in_text_and_html(tmp_path: Path) -> None:
    (tmp_path / "reminder.j2").write_text("Kính đề nghị {{ mail.to }}:\n\n1. {{ mail.entries[0].what }}.\n", "utf-8")
    mail = message(FIRST, background(), LETTERHEAD, Templates(tmp_path), sender="a@x.example", to="b@x.example")
    assert "Kính đề nghị Sở Thông tin và Truyền thông:" in text_of(mail)
    assert "Kính đề nghị Sở Thông tin và Truyền thông:" in html_of(mail)


@pytest.mark.parametrize(
    ("name", "text", "stated"),
    [
        ("reminder.j2", "{% if wording.basis %}", "reminder.j2, line 1: Unexpected end of template"),
        ("reminder.j2", "\n{{ mail.agenci }}", "reminder.j2: .* has no attribute 'agenci'"),
        ("reminder.j2", "{{ muc }}", "reminder.j2: 'muc' is undefined"),
        ("reminder.j2", "Gửi {{ mail.basis }}", "reminder.j2: it writes None"),
        ("reminder.j2", " \n", "reminder.j2: the letter is empty"),
        ("mail.html.j2", "{{ mail.subject | in_hoa }}", "mail.html.j2, line 1: No filter named 'in_hoa'"),
        ("reminder.j2", '{% include "khac.j2" %}', "reminder.j2: .*khac.j2"),
        ("nhac-viec.j2", "Nhắc việc", "no mail is made from nhac-viec.j2"),
    ],
)
def test_a_broken_template_is_named_before_any_mail_is_sent(tmp_path: Path, name: str, text: str, stated: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(BrokenTemplate, match=stated):
        Templates(tmp_path)


def test_a_template_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "reminder.j2").write_bytes("Kính gửi {{ mail.to }}".encode("utf-16"))
    with pytest.raises(BrokenTemplate, match=r"reminder\.j2"):
        Templates(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenTemplate, match="No such file"):
        Templates(tmp_path / "mau-thu")


def test_every_template_of_the_release_can_be_replaced(tmp_path: Path) -> None:
    for template in TEXTS.iterdir():
        (tmp_path / template.name).write_bytes(template.read_bytes())
    Templates(tmp_path)
