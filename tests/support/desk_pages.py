"""The council's pages: every one is opened over the whole year by the browser's test and measured by the bench."""

from __future__ import annotations

from typing import Final, NamedTuple

from shared.contracts.people import Role


class DeskPage(NamedTuple):
    """A page: the name of its screenshots and of its ratio, its address, how large it may be, and who reads it.

    ``role`` is that of the person who is signed in when it is measured; None: nobody is.
    """

    name: str
    path: str
    most_bytes: int = 150_000
    role: Role | None = "secretary"


PAGES: Final = (
    DeskPage("overview", "/"),
    DeskPage("sessions", "/phien"),
    DeskPage("session", "/phien/thai-binh/38-kh-hdtdkt-2023/P4"),
    DeskPage("criteria", "/tieu-chuan?hinh-thuc=C1"),
    DeskPage("criteria-communes", "/tieu-chuan?hinh-thuc=B3"),
    DeskPage("judging-communes", "/tieu-chuan/tham-dinh?hinh-thuc=B3"),
    DeskPage("opinions", "/y-kien"),
    DeskPage("ranking", "/xep-hang"),
    DeskPage("ranking-communes", "/xep-hang?linh-vuc=de-an-06&cap=xa"),
    DeskPage("nominations", "/de-nghi"),
    DeskPage("search", "/tim?q=dong+hoang"),
    DeskPage("evidence", "/vi-sao/thai-binh/trach-nhiem-ky-cuong-2023/12808"),
    DeskPage("chair", "/phien/thai-binh/38-kh-hdtdkt-2023/P4/chu-tri"),
    DeskPage("member", "/phien/thai-binh/38-kh-hdtdkt-2023/P4/thanh-vien"),
    DeskPage("call", "/phien/trieu-tap"),
    DeskPage("record", "/phien/thai-binh/38-kh-hdtdkt-2023/P1/ghi-nhan"),
    DeskPage("reopen", "/phien/thai-binh/38-kh-hdtdkt-2023/P4/mo-lai"),
    DeskPage("attendance", "/phien/thai-binh/38-kh-hdtdkt-2023/P4/diem-danh"),
    DeskPage("running", "/phien/thai-binh/38-kh-hdtdkt-2023/P4/dieu-hanh?noi-dung=1"),
    DeskPage("minutes", "/phien/thai-binh/38-kh-hdtdkt-2023/P4/bien-ban"),
    DeskPage("closing", "/phien/thai-binh/38-kh-hdtdkt-2023/P4/ket-thuc"),
    DeskPage("awards", "/phien/thai-binh/38-kh-hdtdkt-2023/P4/quyet-dinh"),
    DeskPage("papers", "/van-ban?phien=thai-binh/38-kh-hdtdkt-2023/P4"),
    DeskPage("journal", "/nhat-ky"),
)
"""A new page is a line here."""
