"""The page of a file that takes long to make: how far it is, and the file once it is made. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.council.long_files.state import Work
from shared.wording.formats import gio_ngay


@dataclass(frozen=True, slots=True)
class LongFileView:
    """The page. ``file`` is the file's address once it is made; ``running`` and ``button`` exclude each other.

    ``done`` of ``whole`` parts are made, where they are ``counted``.
    """

    address: str
    session: str
    session_name: str
    first: str
    running: bool
    counted: bool
    done: int
    whole: int
    button: str
    file: str
    problem: str


def long_file_view(
    address: str,
    session: str,
    session_name: str,
    file: str,
    work: Work | None,
    seconds: float,
    usual: float | None = None,
) -> LongFileView:
    """The page at an instant of the machine's clock (Unix seconds). ``file`` is the address of the file.

    ``usual`` is how many seconds the making of such a file took recent, if that was measured.
    """
    state = work.state(seconds) if work else None
    first, button, problem = "Tệp này chưa được lập từ phiên họp như hiện nay.", "Lập tệp", ""
    if work is not None and state == "running":
        first, button = _progress(work, seconds, usual), ""
    elif work is not None and state == "done":
        kept = " Tệp có họ tên cá nhân, được giữ một giờ; mỗi lần tải về đều được ghi lại." if work.named else ""
        first, button = f"Đã lập lúc {gio_ngay(work.asked_at)}, {_size(work.size)}.{kept}", ""
    elif work is not None and state == "failed":
        first, button, problem = "Chưa lập được tệp.", "Lập lại", work.problem
    elif work is not None and state == "expired":
        first, button = "Tệp có họ tên cá nhân chỉ được giữ một giờ và đã được xóa.", "Lập lại"
    elif work is not None:
        first, button = "Việc lập tệp bị ngắt giữa chừng vì hệ thống khởi động lại; chưa có tệp.", "Lập lại"
    return LongFileView(
        address=address,
        session=session,
        session_name=session_name,
        first=first,
        running=state == "running",
        counted=work is not None and work.whole > 1,
        done=work.done if work else 0,
        whole=work.whole if work else 0,
        button=button,
        file=file if state == "done" else "",
        problem=problem,
    )


def _progress(work: Work, seconds: float, usual: float | None) -> str:
    if not work.begun:
        now = "Đang chờ đến lượt."
    else:
        count = f" {work.done}/{work.whole}" if work.whole > 1 else ""
        took = f"đã {_seconds(seconds - work.begun)}"
        recent = f"; các lần trước mất khoảng {_seconds(usual)}" if usual else ""
        now = f"Đang lập: {work.doing or 'soạn nội dung'}{count}; {took}{recent}."
    return f"{now} Trang này tự mở lại sau mỗi 2 giây; có thể rời trang, việc lập vẫn tiếp tục."


def _seconds(seconds: float) -> str:
    """A duration, "12 giây" or "2 phút 05 giây"; one second at least."""
    minutes, rest = divmod(max(round(seconds), 1), 60)
    return f"{minutes} phút {rest:02} giây" if minutes else f"{rest} giây"


def _size(size: int) -> str:
    return f"{max(round(size / 1024), 1)} KB" if size < 1024 * 1024 else f"{round(size / 1024 / 1024)} MB"
