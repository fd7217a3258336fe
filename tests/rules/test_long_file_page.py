"""What the page of a file that takes long says about where its making stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from services.council.long_files.state import LOST_SECONDS, NAMED_SECONDS, Work
from services.council.work.long_file import LongFileView, long_file_view

ASKED = datetime(2023, 12, 20, 2, tzinfo=UTC)
WORK = Work("k", "s", "bundle.pdf", "Thư ký", ASKED, owner="p", beat=1000.0)


def view(work: Work | None, seconds: float = 1001.0, usual: float | None = None) -> LongFileView:
    return long_file_view("/tep", "/van-ban", "Phiên tổng kết", "/v1/bundle.pdf", work, seconds, usual)


def test_while_it_waits_for_its_turn_no_time_is_shown() -> None:
    assert view(WORK, usual=30).first.startswith("Đang chờ đến lượt. Trang này tự mở lại")


def test_while_it_is_made_the_step_the_time_and_the_usual_time_are_shown() -> None:
    begun = replace(WORK, begun=989.0, doing="dàn trang và đánh số trang", whole=1)
    assert view(begun).first.startswith("Đang lập: dàn trang và đánh số trang; đã 12 giây. Trang")
    recent = view(begun, usual=125.2)
    assert recent.first.startswith(
        "Đang lập: dàn trang và đánh số trang; đã 12 giây; các lần trước mất khoảng 2 phút 05 giây."
    )
    assert (recent.running, recent.counted, recent.button) == (True, False, "")
    counted = replace(begun, doing="lập bản Word", done=3, whole=8, begun=1000.9)
    assert view(counted, usual=0.2).first.startswith(
        "Đang lập: lập bản Word 3/8; đã 1 giây; các lần trước mất khoảng 1"
    )
    assert view(replace(begun, doing="")).first.startswith("Đang lập: soạn nội dung; đã 12 giây.")


def test_a_file_with_names_is_kept_for_an_hour_and_its_page_warns_of_it() -> None:
    made = replace(WORK, finished="done", size=2048, named=True)
    kept, gone = view(made), view(made, 1001 + NAMED_SECONDS)
    assert kept.first == (
        "Đã lập lúc 09:00 ngày 20/12/2023, 2 KB. "
        "Tệp có họ tên cá nhân, được giữ một giờ; mỗi lần tải về đều được ghi lại."
    )
    assert (kept.file, kept.button) == ("/v1/bundle.pdf", "")
    assert gone.first == "Tệp có họ tên cá nhân chỉ được giữ một giờ và đã được xóa."
    assert (gone.file, gone.button) == ("", "Lập lại")
    assert "họ tên" not in view(replace(made, named=False)).first


def test_what_failed_or_was_interrupted_may_be_made_again() -> None:
    failed = view(replace(WORK, finished="failed", problem="Mẫu hỏng"))
    assert (failed.first, failed.problem, failed.button) == ("Chưa lập được tệp.", "Mẫu hỏng", "Lập lại")
    assert view(WORK, 1001 + LOST_SECONDS).button == "Lập lại"
    assert view(None).button == "Lập tệp"
